"""Texts for people of all languages at once: push notifications, and rows that several agents read."""

from collections.abc import Callable
from typing import TypeAlias

from roms_app.i18n import catalog

#: Language → a sentence or a part of one. Empty: no text.
Words: TypeAlias = dict[str, str]


def in_all_languages(words: Callable[[str], str]) -> Words:
    """The result of `words` for each language that ROMS supports."""
    return {language: words(language) for language in catalog.CATALOGUES.codes}
