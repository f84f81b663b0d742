"""Text from outside: making it storable, and its preview in the list."""

import re
import unicodedata
from typing import Final

#: WhatsApp's limit for one message, in characters.
MAX_BODY: Final = 65_536
MAX_PREVIEW: Final = 200
#: Shown for text without visible characters, so that a line is never blank.
INVISIBLE: Final = "␣"
_SPACES = re.compile(r"\s+")
#: Unicode categories without a visible shape: controls, formats, separators, unassigned and surrogates.
_SHAPELESS: Final = frozenset({"Cc", "Cf", "Cn", "Cs", "Zl", "Zp", "Zs"})
#: Letters or marks by category, but invisible: fillers, blank braille, inherent vowels, variation selectors.
_BLANKS: Final = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
    + "".join(map(chr, range(0xFE00, 0xFE10)))
)

#: Categories that end a line or leave a gap.
_BREAKS: Final = frozenset({"Cc", "Zl", "Zp", "Zs"})
#: The two format characters that letters and emoji need: the zero width joiner and non-joiner.
_JOINERS: Final = frozenset("\u200c\u200d")
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL", "AN"})


def storable(text: str) -> str:
    """Text that both databases store alike: NUL, and half of a surrogate pair, become U+FFFD."""
    text = text.replace("\x00", "\ufffd")
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)
    return text


def clean_name(name: str) -> str:
    """A name as one line that can't affect the text around it: without controls and direction marks.

    Joiners of letters and emoji stay. "" when nothing is left.
    """
    if name.isprintable() and "  " not in name:
        return name.strip()
    kept = "".join(" " if unicodedata.category(char) in _BREAKS else char for char in name)
    shaped = "".join(char for char in storable(kept) if unicodedata.category(char) != "Cf" or char in _JOINERS)
    return " ".join(shaped.split())


def isolated(name: str) -> str:
    """A name for the middle of a sentence: a right-to-left name does not reorder the text next to it."""
    if name.isascii() or not any(unicodedata.bidirectional(char) in _RIGHT_TO_LEFT for char in name):
        return name
    return f"\u2068{name}\u2069"


def is_visible(text: str) -> bool:
    """Whether the text has a visible character."""
    return any(char.isascii() and char.isprintable() and char != " " for char in text[:16]) or any(
        unicodedata.category(char) not in _SHAPELESS and char not in _BLANKS for char in text
    )


def preview(text: str) -> str:
    """One line of at most 200 characters; "" for no text, `INVISIBLE` for text without visible characters."""
    if not text:
        return ""
    # A few times the preview's length leaves enough to collapse; a message may hold 65,536 characters.
    line = _SPACES.sub(" ", text[: MAX_PREVIEW * 4]).strip()
    if not is_visible(line):
        return INVISIBLE
    return line if len(line) <= MAX_PREVIEW else line[: MAX_PREVIEW - 1].rstrip() + "…"
