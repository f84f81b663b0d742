"""The font Inter, from its npm package. We serve it ourselves, so no other server is contacted."""

from typing import Any

import reflex as rx


class _Inter(rx.Fragment):
    """Adds the font's style sheet to the build; renders nothing visible."""

    lib_dependencies: list[str] = ["@fontsource-variable/inter@5.3.0"]  # noqa: RUF012  Reflex reads it so

    def add_imports(self) -> dict[str, Any]:
        """The style sheet, which has a file for each range of letters. Browsers fetch the ranges they need."""
        return {"": "@fontsource-variable/inter/wght.css"}


def inter() -> rx.Component:
    """Once on a page."""
    return _Inter.create()
