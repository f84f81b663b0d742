"""The gettext catalogs, read once from their .po files. No Reflex here."""

from functools import cache
from pathlib import Path
from typing import Final

from babel.messages.pofile import read_po

#: What an agent can choose, in the words of the language itself.
LANGUAGES: Final = {"en": "English", "id": "Bahasa Indonesia"}
#: Those that have a catalog; English is the language of the msgids.
TRANSLATED: Final = tuple(language for language in LANGUAGES if language != "en")

_FOLDER = Path(__file__).parent


@cache
def messages(language: str) -> dict[str, str]:
    """msgid → text of one language. Raises FileNotFoundError for a language without a catalog."""
    with (_FOLDER / f"{language}.po").open("rb") as file:
        catalog = read_po(file, locale=language)
    return {str(message.id): str(message.string) for message in catalog if message.id and message.string}


def translate(language: str, text: str) -> str:
    """`text` in the language; itself where there is no translation."""
    return messages(language).get(text, text) if language in TRANSLATED else text
