"""What a customer is called."""

import pytest

from roms_app.domain.identity import display_name, format_phone


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("+6281234567890", "+62 812-3456-7890"),
        ("+622112345678", "+62 21 12345678"),
        ("+14155550123", "+1 415-555-0123"),
        ("+999", "+999"),
        ("", ""),
        (None, ""),
    ],
)
def test_format_phone(phone: str | None, shown: str) -> None:
    assert format_phone(phone) == shown


def test_order_of_names() -> None:
    names = ["Manual", "Book", "Verified", "Push"]
    for left in range(4):
        given = [None] * left + names[left:]
        assert display_name(*given, "+6281234567890") == names[left]
    assert display_name(None, " ", None, "", "+6281234567890") == "+62 812-3456-7890"
    assert display_name(None, None, None, None, None) == ""


@pytest.mark.parametrize("unseen", ["\u200b\u200d\u2060", "\ufeff", "\u3164", "\ufe0f", "\u2800 "])
def test_a_name_that_nobody_can_see_is_none(unseen: str) -> None:
    assert display_name(None, unseen, None, unseen, "+6281234567890") == "+62 812-3456-7890"
    assert display_name(unseen, None, None, "Rina", None) == "Rina"
