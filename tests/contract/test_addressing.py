"""WhatsApp's addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wa_worker.contract.addressing import jid_of_phone, mint_message_id, normalise_phone, phone_of_jid, server_of


@pytest.mark.parametrize(
    ("jid", "phone"),
    [
        ("6281234567890@c.us", "+6281234567890"),
        ("6281234567890:12@s.whatsapp.net", "+6281234567890"),
        ("6281234567890@lid", None),
        ("120363000000000000@g.us", None),
        ("0812@c.us", None),
        ("", None),
        (None, None),
    ],
)
def test_phone_of_jid(jid: str | None, phone: str | None) -> None:
    assert phone_of_jid(jid) == phone


@pytest.mark.parametrize(
    ("written", "phone"),
    [
        ("0812-3456-7890", "+6281234567890"),
        ("6281234567890", "+6281234567890"),
        ("+62 812 3456 7890", "+6281234567890"),
        ("+62 (0)812.3456.7890", "+6281234567890"),
        ("0062 812 3456 7890", "+6281234567890"),
        ("(021) 555-1234", "+62215551234"),
        # Brazil: Porto Alegre's mobile numbers with and without the ninth digit; a landline has none.
        ("+55 51 8765-4321", "+5551987654321"),
        ("5551987654321", "+5551987654321"),
        ("+55 51 3765-4321", "+555137654321"),
        ("+1 415 555 2671", "+14155552671"),
        ("", None),
        ("halo", None),
        ("+0", None),
        ("+62", None),
        ("123456789012345678", None),
        ("+62812٣456", None),
    ],
)
def test_one_form_for_every_way_to_write_a_number(written: str, phone: str | None) -> None:
    assert normalise_phone(written) == phone


NUMBERS = st.integers(min_value=10_000, max_value=10**15 - 1).map(lambda n: normalise_phone(f"+{n}"))


@given(NUMBERS)
def test_a_number_in_its_one_form_stays_as_it_is(phone: str | None) -> None:
    assert phone is None or normalise_phone(phone) == phone == phone_of_jid(jid_of_phone(phone))


@given(st.integers(min_value=81_000_000_0, max_value=89_999_999_9999))
def test_indonesias_forms_are_one(number: int) -> None:
    forms = [f"0{number}", f"62{number}", f"+62{number}", f"+620{number}", f"0062{number}"]
    assert {normalise_phone(form) for form in forms} == {f"+62{number}"}


@given(st.integers(min_value=11, max_value=99), st.integers(min_value=60_000_000, max_value=99_999_999))
def test_brazils_forms_are_one(area: int, number: int) -> None:
    jids = [f"55{area}{number}@c.us", f"55{area}9{number}@c.us"]
    assert {phone_of_jid(jid) for jid in jids} == {f"+55{area}9{number}"}


@given(st.text(max_size=30))
def test_no_text_breaks_it(written: str) -> None:
    found = normalise_phone(written)
    assert found is None or found.startswith("+")


def test_minted_ids_look_like_whatsapps_and_differ() -> None:
    ids = {mint_message_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(id.startswith("3EB0") and len(id) == 22 and id == id.upper() for id in ids)


def test_server_of() -> None:
    assert server_of("1@lid") == "lid"
    assert server_of("1") == ""
