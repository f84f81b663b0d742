"""Tests of message texts: their previews in the list, and their stored form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roms_app.domain.text import INVISIBLE, MAX_PREVIEW, clean_name, is_visible, isolated, preview, storable


@given(st.text(max_size=2000))
def test_preview_is_one_short_visible_line(text: str) -> None:
    shown = preview(text)
    assert len(shown) <= MAX_PREVIEW
    assert "\n" not in shown
    assert bool(shown) == bool(text)
    assert not shown or is_visible(shown) or shown == INVISIBLE


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("  Halo\n\n kak  ", "Halo kak"),
        ("", ""),
        ("\u200b\u200d\ufeff", INVISIBLE),
        (" \n ", INVISIBLE),
        ("\u3164", INVISIBLE),
        ("👨‍👩‍👧‍👦", "👨‍👩‍👧‍👦"),
        ("שלום", "שלום"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("x" * 65_536, "x" * 199 + "…"),
    ],
)
def test_preview(text: str, shown: str) -> None:
    assert preview(text) == shown


@given(st.text(alphabet=st.characters(exclude_categories=[])))
def test_storable_is_utf8_without_nul(text: str) -> None:
    assert "\x00" not in storable(text)
    storable(text).encode()


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_everything_else_is_stored_as_sent(text: str) -> None:
    assert storable(text) == text


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("Rina", "Rina"),
        ("  Rina \t Wulandari\n", "Rina Wulandari"),
        ("Rina\u202egpj.exe", "Rinagpj.exe"),
        ("\u2066Rina\u2069 \u200fB", "Rina B"),
        ("Ri\u200bna\ufeff\u00ad", "Rina"),
        ("A\u2028B\x07\x1b[31mC", "A B [31mC"),
        ("<b>Rina</b>", "<b>Rina</b>"),
        ("👨\u200d👩\u200d👧 Keluarga", "👨\u200d👩\u200d👧 Keluarga"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\u202e\u202c", ""),
        ("", ""),
    ],
)
def test_a_name_is_one_line_that_stays_in_its_place(name: str, cleaned: str) -> None:
    assert clean_name(name) == cleaned


@given(st.text(alphabet=st.characters(exclude_categories=[])))
def test_a_clean_name_has_nothing_that_turns_text_around(name: str) -> None:
    cleaned = clean_name(name)
    assert not set(cleaned) & set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\n\r\t\x00")
    assert clean_name(cleaned) == cleaned


def test_only_names_from_right_to_left_are_isolated() -> None:
    assert [isolated(name) for name in ("Budi", "Žofie", "布迪", "")] == ["Budi", "Žofie", "布迪", ""]
    assert isolated("أحمد") == "\u2068أحمد\u2069"
