"""How a real number writes: turns, typing, first contacts; and seen by those who wait."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from devtools.waiting import until
from tests.worker.conftest import Stage, running
from tests.worker.sends import arrived, await_failed, await_sent, delays, send_text
from wa_worker.sending.pacing import HumanPacing


def turns(pacing: HumanPacing, count: int, now: float = 1000.0) -> list[float]:
    """How far away each of so many turns is that are asked for at once."""
    return [pacing._take_turn(now) for _ in range(count)]


def test_two_to_three_seconds_lie_between_two_messages(tmp_path: Path) -> None:
    waits = turns(HumanPacing(tmp_path / "f.json", 0), 20)
    assert waits[0] == 0
    gaps = [later - earlier for earlier, later in itertools.pairwise(waits)]
    assert all(2.0 <= gap <= 3.0 for gap in gaps)
    assert len(set(gaps)) > 10, "not like a clock"


def test_twenty_go_in_a_minute(tmp_path: Path) -> None:
    pacing = HumanPacing(tmp_path / "f.json", 0)
    waits = turns(pacing, 21)
    assert waits[20] >= 60.0
    assert turns(HumanPacing(tmp_path / "g.json", 0, scale=0.1), 21)[20] < 10.0


def test_typing_is_as_long_as_the_text(tmp_path: Path) -> None:
    pacing = HumanPacing(tmp_path / "f.json", 0)
    assert (pacing.typing_seconds(""), pacing.typing_seconds("x" * 1000)) == (1.0, 3.0)


def test_first_contacts_are_counted_over_restarts(tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    assert not HumanPacing(path, 0).may_contact("1@lid")
    assert [HumanPacing(path, 2).may_contact(f"{n}@lid") for n in (1, 2, 3)] == [True, True, False]
    assert HumanPacing(path, 2).may_contact("1@lid"), "who was written to today is no other contact"
    path.write_text(path.read_text().replace('"day": "20', '"day": "19'))
    assert HumanPacing(path, 2).may_contact("3@lid"), "another day"


@pytest.fixture(scope="module")
def _paced() -> Iterator[Stage]:
    with running(ROMS_PACE_DEMO="1", ROMS_PACE_SCALE="0.5", ROMS_FIRST_CONTACTS_PER_DAY="1") as stage:
        stage.pair()
        yield stage


@pytest.fixture
def paced(_paced: Stage) -> Stage:
    """A number that writes like a person, at double speed."""
    _paced.stream.begin_here()
    return _paced


def test_who_waits_sees_why_and_a_chat_keeps_its_order(paced: Stage) -> None:
    chats = [paced.simulator.customer(n) for n in (80, 81)]
    for chat in chats:
        paced.simulator.write(chat, "halo")
    ids = {chat: [send_text(paced, chat, f"{n}") for n in range(2)] for chat in chats}
    until(lambda: "composing" in paced.simulator.state()["presence"].values(), "typing is seen")
    for one in (message_id for chat in chats for message_id in ids[chat]):
        await_sent(paced, one)
    sent = paced.simulator.state()["sent"]
    assert {chat: [m["id"] for m in sent if m["chat"] == chat] for chat in chats} == ids
    told = [delay for chat in chats for one in ids[chat] for delay in delays(paced, one)]
    assert len(told) >= 2
    assert {delay.reason for delay in told} == {"pacing"}
    assert all(0 < delay.until - delay.occurred_at < 10_000 for delay in told)


def test_only_so_many_first_contacts_are_made(paced: Stage) -> None:
    first, second = (paced.simulator.customer(n) for n in (82, 83))
    await_sent(paced, send_text(paced, first, "selamat siang"))
    refused = send_text(paced, second, "selamat siang")
    failed = await_failed(paced, refused)
    assert (failed.reason, failed.detail, failed.is_permanent) == ("not_allowed", "first contact", False)
    assert arrived(paced, refused) == []
    paced.simulator.write(second, "halo juga")
    await_sent(paced, send_text(paced, second, "selamat siang", wa_message_id=refused))
    assert len(arrived(paced, refused)) == 1
