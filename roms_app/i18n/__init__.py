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

#: The Var of the reader's language (`use_language`).
_language: Any = None


def use_language(language: Any) -> None:
    """Give the Var that says which language the reader of a page speaks. States do so; this package knows none."""
    global _language
    _language = language


def t(text: str, **values: Any) -> rx.Var[str]:
    """`text` in the agent's language, with ``{name}`` replaced by the Var or text that `values` gives for it.

    The result is a Var: it goes wherever a component or a prop takes text.
    """
    translate = catalog.CATALOGUES.translate
    return _choice(_filled(text, values), lambda language: _filled(translate(language, text), values))


def marked(text: str, **values: Any) -> rx.Var[str]:
    """As `t`, of a text that stands in a table, where `catalog.N_` marks it."""
    return t(text, **values)


def tn(one: str, many: str, count: Any, **values: Any) -> rx.Var[str]:
    """The form that the reader's language has for the Var `count`; each may show it as ``{count}``.

    `one` and `many` are the English ones.
    """
    import reflex as rx

    values = {"count": count, **values}
    english = rx.cond(count == 1, _filled(one, values), _filled(many, values))
    return _choice(english, lambda language: _plural(language, one, many, count, values))


def in_language(words: Any) -> rx.Var[str]:
    """A Var of `Words` (a text in each language) in the reader's."""
    return _choice(words[catalog.SOURCE], lambda language: words[language])


def _choice(english: Any, translated: Any) -> Any:
    # Here and not above: services may import this package for `catalog`, and must not load Reflex with it.
    import reflex as rx

    if _language is None:
        raise RuntimeError("Nobody has said whose language pages speak; import roms_app.states.session first.")
    words = english
    for language in catalog.CATALOGUES.translated:
        words = rx.cond(_language == language, translated(language), words)
    return words


def _plural(language: str, one: str, many: str, count: Any, values: dict[str, Any]) -> Any:
    import reflex as rx

    forms = [_filled(form, values) for form in catalog.CATALOGUES.plural_forms(language, one, many)]
    if len(forms) == 1:
        return forms[0]
    number = rx.Var.create(count)
    index = rx.Var(
        f"((n) => Number({catalog.CATALOGUES.plural_expression(language)}))({number!s})",
        _var_type=int,
        _var_data=number._get_all_var_data(),
    )
    return rx.match(index, *enumerate(forms[:-1]), forms[-1]).to(str)  # pyright: ignore[reportAttributeAccessIssue]


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
