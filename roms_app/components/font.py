"""Inter, from its npm package: served by ourselves, named by nobody else's server."""

from typing import Any

import reflex as rx


class _Inter(rx.Fragment):
    """Brings the font's style sheet into the build; shows nothing."""

    lib_dependencies: list[str] = ["@fontsource-variable/inter@5.3.0"]  # noqa: RUF012  Reflex reads it so

    def add_imports(self) -> dict[str, Any]:
        """The style sheet, which names a file for each range of letters; browsers fetch the ranges they need."""
        return {"": "@fontsource-variable/inter/wght.css"}


def inter() -> rx.Component:
    """Once on a page."""
    return _Inter.create()
