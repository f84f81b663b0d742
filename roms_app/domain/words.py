"""What goes to people of every language at once: a push, and rows that several agents read."""

from collections.abc import Callable
from typing import TypeAlias

from roms_app.i18n import catalog

#: Language → one sentence, or a part of one. Empty: nothing is said.
Words: TypeAlias = dict[str, str]


def in_all_languages(words: Callable[[str], str]) -> Words:
    """What `words` says in each language that ROMS speaks."""
    return {language: words(language) for language in catalog.CATALOGUES.codes}
