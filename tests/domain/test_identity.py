"""Tests of customers' names and of names that look alike."""

from collections.abc import Callable

import pytest

from roms_app.domain import fields
from roms_app.domain.identity import display_name, format_phone, lookalikes, looks_like


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


def test_a_customers_name_does_nothing_to_the_text_beside_it() -> None:
    assert display_name(None, None, None, "\u202eRina\u202c <b>", None) == "Rina <b>"
    assert display_name(None, None, "\u202e\u200b", "Rina", None) == "Rina"
    assert display_name(None, None, None, "\u200d\u3164", "+6281234567890") == "+62 812-3456-7890"


@pytest.mark.parametrize(
    "read", [fields.person_name, fields.team_name, fields.label_name, fields.number_name, fields.contact_name]
)
def test_a_name_that_somebody_typed_does_nothing_to_the_text_beside_it(read: Callable[[str], str | None]) -> None:
    assert read(" \u202eKasir\u2066  satu\u200b\n") == "Kasir satu"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Siti", "SITI"),
        ("Siti", "Sítí"),
        ("Siti", "S i t i."),
        ("Siti", "Ѕіtі"),
        ("Siti", "Ｓｉｔｉ"),
        ("Siti", "𝐒𝐢𝐭𝐢"),
        ("Siti", "Si\u200bti"),
        ("Ali", "AIi"),
        ("Ali", "A1i"),
        ("Olivia", "0livia"),
        ("lis", "Iis"),
        ("LIS", "LlS"),
        ("Андрей", "АНДРЕЙ"),
        ("布迪", "布迪"),
    ],
)
def test_names_that_look_alike(one: str, other: str) -> None:
    assert looks_like(one, other)
    assert looks_like(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Siti", "Sita"),
        ("Budi", "Budi S"),
        ("Ayu", "Ayi"),
        ("Iis", "Lis"),
        ("IIS", "LIS"),
        ("iis", "lis"),
        ("Iin", "Lin"),
        ("Андрей", "Андрій"),
        ("布迪", "布油"),
        ("👍", "👎"),
        ("", ""),
    ],
)
def test_names_that_can_be_told_apart(one: str, other: str) -> None:
    assert not looks_like(one, other)


def test_each_name_that_looks_like_another_is_found_with_it() -> None:
    names = {1: "Siti", 2: "Budi", 3: "Ѕіtі", 4: "SITI", 5: "Iis", 6: "Lis", 7: "👍", 8: "👎"}
    assert lookalikes(names) == {1: "Ѕіtі", 3: "Siti", 4: "Siti"}
