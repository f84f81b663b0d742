"""Tests of a number's history on Settings → WhatsApp, and of the receipts of absences above the list."""

from typing import Any

import pytest

from roms_app import database
from roms_app.domain import time
from roms_app.models import Agent, Inbox, ReadReceipts
from roms_app.models.base import now_ms
from roms_app.services import inboxes
from roms_app.states.receipts import ReceiptsState
from roms_app.states.whatsapp import PATH, WhatsappState
from tests.settings.test_whatsapp import card, commands, say
from tests.support.cast import Cast
from tests.support.tabs import Tab, sign_in
from wa_worker.contract.commands import ResumeSending
from wa_worker.contract.events import Alert, GapRecovered, SessionStatus

_HOUR = 3_600_000


@pytest.fixture
async def tab(people: Cast, joined: list[str]) -> Tab:
    """Siti looks at the numbers."""
    made = Tab(sign_in(people.siti.id or 0), path=PATH)
    await made.call(WhatsappState.load)
    return made


def recover(inbox_id: int, until: int, recovered: int) -> None:
    """The worker was away for an hour up to then (epoch ms)."""
    event = GapRecovered(inbox_id=inbox_id, away_from=until - _HOUR, away_until=until, recovered=recovered)
    with database.writing_session() as session:
        inboxes.apply_gap_recovered(session, event)
        session.commit()


async def receipts_of(agent: Agent) -> Tab:
    tab = Tab(sign_in(agent.id or 0), path="/inbox")
    await tab.call(ReceiptsState.load)
    return tab


def shown(tab: Tab) -> list[tuple[str, int]]:
    return [(receipt.inbox_name, receipt.recovered) for receipt in tab.state(ReceiptsState).receipts]


async def test_the_strip_is_the_last_day(tab: Tab, people: Cast) -> None:
    now = now_ms()
    say(people.shop, SessionStatus.SYNCING, occurred_at=now - 10 * _HOUR)
    say(people.shop, SessionStatus.LIVE, occurred_at=now - 10 * _HOUR)
    say(people.shop, SessionStatus.RECONNECTING, reason="deaf", occurred_at=now - 5 * _HOUR)
    say(people.shop, SessionStatus.LIVE, occurred_at=now - 4 * _HOUR)
    await tab.call(WhatsappState.refresh)
    strip = card(tab, people.shop).strip
    assert [part.status for part in strip.parts] == ["", "live", "reconnecting", "live"]
    assert [round(float(part.grow) * 24 / 100) for part in strip.parts] == [14, 5, 1, 4]
    assert strip.share == "90\xa0%"
    assert strip.known_since == time.moment(now - 10 * _HOUR, now, timezone="Asia/Jakarta")
    assert strip.known_for == "10 hours"


async def test_a_day_that_is_known_has_no_since(tab: Tab, people: Cast) -> None:
    say(people.shop, SessionStatus.SYNCING, occurred_at=now_ms() - 31 * _HOUR)
    say(people.shop, SessionStatus.LIVE, occurred_at=now_ms() - 30 * _HOUR)
    await tab.call(WhatsappState.refresh)
    strip = card(tab, people.shop).strip
    assert (strip.share, strip.known_since, strip.known_for) == ("100\xa0%", "", "")


async def test_the_hours_before_the_pairing_do_not_count(tab: Tab, people: Cast) -> None:
    now = now_ms()
    say(people.shop, SessionStatus.WAITING_FOR_SCAN, occurred_at=now - 30 * _HOUR)
    say(people.shop, SessionStatus.LIVE, occurred_at=now - 2 * _HOUR)
    await tab.call(WhatsappState.refresh)
    strip = card(tab, people.shop).strip
    assert (strip.share, strip.known_for) == ("100\xa0%", "2 hours")


async def test_a_new_number_has_no_past(tab: Tab) -> None:
    await tab.call(WhatsappState.add_demo)
    strip = tab.state(WhatsappState).numbers[-1].strip
    assert ([part.status for part in strip.parts], strip.share) == ([""], "")


async def test_the_history_lists_states_and_gaps_newest_first(tab: Tab, people: Cast) -> None:
    now = now_ms()
    say(people.shop, SessionStatus.RECONNECTING, reason="worker_stopped", occurred_at=now - 3 * _HOUR)
    say(people.shop, SessionStatus.LIVE, occurred_at=now - 2 * _HOUR)
    recover(people.shop, now - _HOUR, 7)
    await tab.call(WhatsappState.show_past, people.shop)
    state = tab.state(WhatsappState)
    assert state.dialog == f"past {people.shop}"
    assert [(line.status, line.reason, line.recovered) for line in state.past] == [
        ("", "", 7),
        ("live", "", 0),
        ("reconnecting", "worker_stopped", 0),
    ]
    assert state.past[2].lasted == "1 hour"


async def test_everybody_who_sees_the_number_gets_the_receipt(people: Cast, joined: list[str]) -> None:
    recover(people.shop, now_ms() - 60_000, 7)
    recover(people.shop, now_ms() - 25 * _HOUR, 9)
    recover(people.shop, now_ms() - 60_000, 0)
    assert shown(await receipts_of(people.budi)) == [("Shop", 7)]
    assert shown(await receipts_of(people.siti)) == [("Shop", 7)]
    assert shown(await receipts_of(people.eko)) == []


async def test_a_closed_receipt_stays_closed_and_a_new_one_is_shown(people: Cast, joined: list[str]) -> None:
    recover(people.shop, now_ms() - 60_000, 7)
    tab = await receipts_of(people.budi)
    await tab.call(ReceiptsState.close)
    await tab.call(ReceiptsState.load)
    assert shown(tab) == []
    recover(people.shop, now_ms(), 3)
    await tab.call(ReceiptsState.load)
    assert shown(tab) == [("Shop", 3)]


@pytest.mark.parametrize("stored", ["-1", "x", "9" * 400, "\u0663", "null"])
async def test_what_a_browser_stored_only_hides_lines(people: Cast, joined: list[str], stored: str) -> None:
    recover(people.shop, now_ms(), 7)
    tab = Tab(sign_in(people.budi.id or 0), path="/inbox")
    tab.state(ReceiptsState).closed = stored
    await tab.call(ReceiptsState.load)
    assert shown(tab) == [("Shop", 7)]


async def test_options_are_kept(tab: Tab, people: Cast) -> None:
    form: dict[str, Any] = {"inbox_id": str(people.shop), "has_groups": "on", "read_receipts": "by_hand"}
    await tab.call(WhatsappState.save_options, form)
    shown_card = card(tab, people.shop).card
    assert (shown_card.has_groups, shown_card.read_receipts) == (True, "by_hand")
    # An unchecked box is not in the form.
    await tab.call(WhatsappState.save_options, {"inbox_id": str(people.shop), "read_receipts": "on_reply"})
    with database.reading_session() as session:
        inbox = session.get_one(Inbox, people.shop)
        assert (inbox.has_groups, inbox.read_receipts) == (False, ReadReceipts.ON_REPLY)


async def test_a_choice_that_does_not_exist_changes_nothing(tab: Tab, people: Cast) -> None:
    form: dict[str, Any] = {"inbox_id": str(people.shop), "has_groups": "on", "read_receipts": "never"}
    await tab.call(WhatsappState.save_options, form)
    assert tab.state(WhatsappState).error.startswith("There is no such choice.")
    with database.reading_session() as session:
        assert not session.get_one(Inbox, people.shop).has_groups


async def test_alerts_stand_on_the_card_and_sending_is_resumed(tab: Tab, people: Cast, redis: Any) -> None:
    say(people.shop, SessionStatus.LIVE, alerts=[Alert.SENDING_PAUSED, Alert.DISK_FULL])
    await tab.call(WhatsappState.refresh)
    assert card(tab, people.shop).card.alerts == ["disk_full", "sending_paused"]
    await tab.call(WhatsappState.resume_sending, people.shop)
    assert [type(command) for command in await commands(redis, people.shop)] == [ResumeSending]


async def test_why_no_browser_starts_stands_on_the_card(tab: Tab, people: Cast, redis: Any) -> None:
    say(people.shop, SessionStatus.NOT_PAIRED, alerts=[Alert.BROWSER_FAILING], browser_error="libnss3.so is missing")
    await tab.call(WhatsappState.refresh)
    assert card(tab, people.shop).card.browser_error == "libnss3.so is missing"
    say(people.shop, SessionStatus.WAITING_FOR_SCAN)
    await tab.call(WhatsappState.refresh)
    assert card(tab, people.shop).card.browser_error == ""
