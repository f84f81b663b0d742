"""The gettext catalogues: one .po file a language, read once. English is the language of the msgids.

A new language needs its catalogue only (docs/translating.md). No Reflex here: rules and services use it, too.
"""

from __future__ import annotations

from functools import cached_property
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from typing import Final

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

#: The language of the msgids.
SOURCE: Final = "en"
#: English as the rest of the world writes it: the day first, 24 hours.
_SOURCE_LOCALE: Final = "en_GB"


def N_(text: str) -> str:
    """`text` itself: marks it for the catalogues where it stands in a table and is translated later."""
    return text


def N_plural(one: str, many: str) -> tuple[str, str]:
    """The two themselves: marks a text with a plural, as `N_` does."""
    return one, many


#: What a language calls itself is the translation of this text.
_OWN_NAME: Final = N_("English")


class Catalogues:
    """The languages of a folder of .po files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def translated(self) -> tuple[str, ...]:
        """The codes of the languages that have a catalogue: all but English."""
        return tuple(sorted(path.stem for path in self.folder.glob("*.po")))

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """All languages, English first. Unlike `languages` it reads no catalogue."""
        return (SOURCE, *self.translated)

    @cached_property
    def languages(self) -> dict[str, str]:
        """Code → what the language calls itself, as `codes` has them."""
        return {code: self._own_name(code) if code != SOURCE else _OWN_NAME for code in self.codes}

    def translate(self, language: str, text: str) -> str:
        """`text` in the language; itself where there is no translation, or no such language."""
        known = self._translations.get(language)
        return known.gettext(text) if known and text else text

    def translate_plural(self, language: str, one: str, many: str, count: int) -> str:
        """The form for `count` in the language."""
        known = self._translations.get(language)
        return known.ngettext(one, many, count) if known else (one if count == 1 else many)

    def read(self, language: str) -> Catalog:
        """The catalogue as babel has it. Raises FileNotFoundError for a language without one."""
        with (self.folder / f"{language}.po").open("rb") as file:
            return read_po(file, locale=language)

    def plural_expression(self, language: str) -> str:
        """Which form of a plural `n` takes, from 0: gettext's expression, which is one in C and in JavaScript, too."""
        return self._catalogs[language].plural_expr

    def plural_forms(self, language: str, one: str, many: str) -> list[str]:
        """All forms in the language, in the order of `plural_expression`; the English two where there are none."""
        message = self._catalogs[language].get((one, many))
        forms = list(message.string) if message and isinstance(message.string, (tuple, list)) else []
        return [str(form) for form in forms] if forms and all(forms) else [one, many]

    @cached_property
    def _catalogs(self) -> dict[str, Catalog]:
        return {code: self.read(code) for code in self.translated}

    @cached_property
    def _translations(self) -> dict[str, GNUTranslations]:
        return {language: _compiled(catalog) for language, catalog in self._catalogs.items()}

    def _own_name(self, language: str) -> str:
        name = self.translate(language, _OWN_NAME)
        return name if name != _OWN_NAME else Locale.parse(language).get_display_name() or language


def _compiled(catalog: Catalog) -> GNUTranslations:
    # Here and not in a file: a compiled catalogue that is older than its source would be believed.
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return GNUTranslations(compiled)


#: Those of ROMS.
CATALOGUES = Catalogues(Path(__file__).parent)


def languages() -> dict[str, str]:
    """What an agent can choose: code → the language's own name."""
    return CATALOGUES.languages


def is_known(language: str) -> bool:
    """Whether ROMS speaks it."""
    return language in CATALOGUES.codes


def translate(language: str, text: str) -> str:
    """`text` in the language; itself where there is no translation."""
    return CATALOGUES.translate(language, text)


def locale_of(language: str) -> str:
    """The locale in which times and numbers are written: ``en_GB``, ``id``."""
    return _SOURCE_LOCALE if language == SOURCE or not is_known(language) else language
