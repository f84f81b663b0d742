"""The words on the screen, in the agent's language.

English texts are the msgids. `t` makes the choice between the languages part of the compiled page, so that a
change of language repaints at once and the server sends no words. Python code (messages of errors) uses
`catalog.translate`.
"""

from __future__ import annotations

from string import Formatter
from typing import TYPE_CHECKING, Any

from roms_app.i18n import catalog

if TYPE_CHECKING:
    import reflex as rx


def t(text: str, **values: Any) -> rx.Var[str]:
    """`text` in the agent's language, with ``{name}`` replaced by the Var or text that `values` gives for it.

    The result is a Var: it goes wherever a component or a prop takes text.
    """
    # Here and not above: services may import this package for `catalog`, and must not load Reflex with it.
    import reflex as rx

    from roms_app.states.session import SessionState

    words = _filled(text, values)
    for language in catalog.TRANSLATED:
        translated = _filled(catalog.translate(language, text), values)
        words = rx.cond(SessionState.language == language, translated, words)
    return words  # pyright: ignore[reportReturnType]


def tn(one: str, many: str, count: Any, **values: Any) -> rx.Var[str]:
    """`one` when the Var `count` is 1, else `many`; both may show it as ``{count}``."""
    import reflex as rx

    return rx.cond(count == 1, t(one, count=count, **values), t(many, count=count, **values))  # pyright: ignore[reportReturnType]


def _filled(text: str, values: dict[str, Any]) -> Any:
    """The text as a Var that concatenates its parts."""
    import reflex as rx

    parts: list[Any] = []
    for literal, field, _spec, _conversion in Formatter().parse(text):
        if literal:
            parts.append(rx.Var.create(literal))
        if field:
            value = values[field]
            parts.append(value.to_string(use_json=False) if isinstance(value, rx.Var) else rx.Var.create(str(value)))
    whole = parts[0] if parts else rx.Var.create("")
    for part in parts[1:]:
        whole = whole + part
    return whole
