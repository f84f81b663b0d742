"""What people are called, and how a number is written."""

import unicodedata
from functools import lru_cache
from typing import Final

import phonenumbers

from roms_app.domain.text import clean_name, is_visible

#: Letters of Greek, Cyrillic and Armenian that are drawn like these of Latin, small ones.
_LOOKALIKES: Final = str.maketrans(
    "αβεικνορτυχγωавԁеһіјкӏмнорсѕтухүԛԝѵօսոհցզıɡℓøł",
    "abeikvoptuxywabdehijklmhopcstyxyqwvounhgqiglol",
)
#: Before upper and lower case are made one: a capital I, the digit 1 and a bar are drawn like a small l.
_STROKES: Final = str.maketrans({"I": "l", "1": "l", "|": "l", "0": "o", "5": "s"})


@lru_cache(maxsize=65_536)
def format_phone(phone_e164: str | None) -> str:
    """``+6281234567890`` → ``+62 812-3456-7890``; "" for None. Formatting costs 43 µs, a cached one 0.1 µs."""
    if not phone_e164:
        return ""
    try:
        number = phonenumbers.parse(phone_e164, None)
    except phonenumbers.NumberParseException:
        return phone_e164
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def display_name(
    manual: str | None, address_book: str | None, verified: str | None, push: str | None, phone_e164: str | None
) -> str:
    """The first that is known and seen: manual, address book, verified business, push name, number; "" if none is.

    Without what would turn around or hide the text beside it (`text.clean_name`): WhatsApp passes names on as they are.
    """
    for name in (manual, address_book, verified, push):
        if name and is_visible(cleaned := clean_name(name)):
            return cleaned
    return format_phone(phone_e164)


def looks_like(one: str, other: str) -> bool:
    """Whether a reader may take two names for one: by case, accents, spaces, signs, or letters that are drawn alike."""
    return not _skeletons(one).isdisjoint(_skeletons(other))


def _skeletons(name: str) -> set[str]:
    """What is left of a name for the eye. Two: a capital I may be meant as one, or be read as a small l."""
    plain = unicodedata.normalize("NFKD", name)
    return {_skeleton(plain), _skeleton(plain.translate(_STROKES))} - {""}


def _skeleton(decomposed: str) -> str:
    letters = unicodedata.normalize("NFKD", decomposed.casefold()).translate(_LOOKALIKES)
    return "".join(char for char in letters if char.isalnum())
