"""docs/glossary.md: each word once, and its words on the screen as the catalog has them."""

import re

from roms_app.ops.paths import ROOT
from tests.support.catalogue import texts

TEXT = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
ROWS = [row for row in re.findall(r"^\| (.+?) \| (.+?) \| (.+) \|$", TEXT, re.MULTILINE) if row[0] != "word"]


def has_word(word: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word.casefold())}(?!\w)", text.casefold()) is not None


def test_each_word_is_there_once_and_in_order() -> None:
    words = [word.casefold() for word, _, _ in ROWS]
    assert len(words) > 60, "the premise"
    assert [word for word in words if words.count(word) > 1] == []
    for table in TEXT.split("\n## ")[1:]:
        listed = [word.casefold() for word in re.findall(r"^\| (.+?) \|", table, re.MULTILINE)][1:]
        assert listed == sorted(listed)


def test_the_words_on_the_screen_are_the_catalogs() -> None:
    """A text has the English word, and its translation the Indonesian one."""
    shown = [screen.split(" / ") for _, screen, _ in ROWS if screen != "—"]
    assert len(shown) > 40, "the premise"
    translations = texts("id").items()
    missing = [
        f"{english} / {indonesian}"
        for english, indonesian in shown
        if not any(has_word(english, text) and has_word(indonesian, translated) for text, translated in translations)
    ]
    assert missing == []
