"""WhatsApp's addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wa_worker.contract.addressing import jid_of_phone, mint_message_id, phone_of_jid, server_of


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


@given(st.integers(min_value=10_000, max_value=10**15 - 1))
def test_phone_survives_the_way_there_and_back(number: int) -> None:
    assert phone_of_jid(jid_of_phone(f"+{number}")) == f"+{number}"


def test_minted_ids_look_like_whatsapps_and_differ() -> None:
    ids = {mint_message_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(id.startswith("3EB0") and len(id) == 22 and id == id.upper() for id in ids)


def test_server_of() -> None:
    assert server_of("1@lid") == "lid"
    assert server_of("1") == ""
