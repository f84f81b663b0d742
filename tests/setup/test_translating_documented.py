"""docs/translating.md: the Indonesian words that ROMS uses throughout are on the screen; their rivals are nowhere."""

import re

from roms_app.ops.paths import ROOT
from tests.support.catalogue import texts

ROWS = re.findall(
    r"^\| ([^|]+) \| ([^|]+) \| [^|]+ \|$", (ROOT / "docs" / "translating.md").read_text(encoding="utf-8"), re.MULTILINE
)
RULES = [(said.split(", "), rivals.split(", ")) for said, rivals in ROWS if said != "said"]


def holds(phrase: str, text: str) -> bool:
    """Whether the phrase is in the text, also with a prefix or an ending: berkasnya, dipasangkan."""
    return re.search(rf"\b(?:di|me|ter)?{re.escape(phrase.casefold())}(?:nya)?\b", text.casefold()) is not None


def test_words_in_use_are_on_the_screen() -> None:
    """The premise: the table is of today's words."""
    assert len(RULES) > 10
    shown = texts("id").values()
    assert [word for said, _ in RULES for word in said if not any(holds(word, text) for text in shown)] == []


def test_their_rivals_are_not() -> None:
    rivals = [rival for _, found in RULES for rival in found]
    # "belum dapat giliran": to get, not to be able to.
    shown = [text.replace("dapat giliran", "") for text in texts("id").values()]
    assert [text for text in shown for rival in rivals if holds(rival, text)] == []
