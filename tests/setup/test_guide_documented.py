"""docs/guide: what it sets in bold is on the screen, in the guide's language; both guides have the same chapters."""

import re
from pathlib import Path

import pytest

from roms_app.i18n.catalog import CATALOGUES
from roms_app.ops.paths import ROOT
from tests.support.catalogue import texts

GUIDES = {path.parent.name: path for path in (ROOT / "docs" / "guide").glob("*/index.md")}


def test_there_is_one_for_each_language() -> None:
    assert GUIDES.keys() == set(CATALOGUES.codes)


@pytest.mark.parametrize("language", CATALOGUES.codes)
def test_bold_words_are_on_the_screen(language: str) -> None:
    messages = texts("id" if language == "en" else language)
    shown = {text.casefold().rstrip(".") for text in (messages if language == "en" else messages.values())}
    bold = re.findall(r"\*\*([^*]+)\*\*", GUIDES[language].read_text(encoding="utf-8"))
    words = [word for word in bold if word not in ("bold", "tebal")]
    assert len(words) > 30, "the premise"
    assert [word for word in words if word.casefold() not in shown] == []


def test_the_guides_say_the_same() -> None:
    """As many chapters, pictures and rows of tables."""

    def shape(path: Path) -> list[str]:
        lines = path.read_text(encoding="utf-8").splitlines()
        return [mark for line in lines if (mark := line[:1] if line[:1] in "#|!-" else "")]

    shapes = [shape(path) for path in GUIDES.values()]
    assert all(one == shapes[0] for one in shapes)
