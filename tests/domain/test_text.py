"""What a list line shows of a message, and what is stored of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roms_app.domain.text import INVISIBLE, MAX_PREVIEW, is_visible, preview, storable


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
