"""Settings → WhatsApp: what an admin's tab shows and does."""

import re
from typing import Any

import pytest
from sqlalchemy import event

from roms_app import config, database
from roms_app.components.settings.numbers import number_cards
from roms_app.domain.fields import phone_number
from roms_app.errors import InvalidInput
from roms_app.live import control
from roms_app.models import Inbox
from roms_app.services import inboxes
from roms_app.states.whatsapp import PATH, WhatsappState, qr_image, simulator_address
from tests.support.cast import Cast
from tests.support.tabs import Tab, script_of, sign_in
from wa_worker.contract.commands import COMMANDS, Logout, PairWithCode, RefreshQr, ResetSession
from wa_worker.contract.events import CommandFailed, SessionChanged, SessionStatus
from wa_worker.contract.streams import DATA_FIELD, commands_stream


@pytest.fixture
async def tab(people: Cast, joined: list[str]) -> Tab:
    """Siti looks at the numbers."""
    made = Tab(sign_in(people.siti.id or 0), path=PATH)
    await made.call(WhatsappState.load)
    return made


def say(inbox_id: int, status: SessionStatus, **fields: Any) -> None:
    """The worker reports a state."""
    with database.writing_session() as session:
        inboxes.apply_session_changed(session, SessionChanged(inbox_id=inbox_id, status=status, **fields))
        session.commit()


def card(tab: Tab, inbox_id: int) -> Any:
    return next(number for number in tab.state(WhatsappState).numbers if number.card.id == inbox_id)


def codes_in(events: list[Any]) -> str | None:
    """The codes that the events give the browser to show, as script; None where they give none."""
    given = re.search(r'roms\.give\("pairings",(.*?)\)', script_of(events).replace("\\", ""))
    return given[1] if given else None


def everything_in(tab: Tab) -> str:
    """All that the tab's states hold."""
    return str(tab.root.dict()) + str(tab.state(WhatsappState).__dict__)


async def commands(redis: Any, inbox_id: int) -> list[Any]:
    """The commands that were sent to the worker."""
    entries = await redis.xrange(commands_stream(inbox_id))
    return [COMMANDS.validate_json(fields[DATA_FIELD]) for _, fields in entries]


async def test_more_numbers_ask_for_no_more_connections(tab: Tab) -> None:
    taken: list[object] = []
    engine = database.get_engine()
    event.listen(engine, "checkout", lambda connection, *_: taken.append(connection))
    costs: list[int] = []
    for _ in range(3):
        await tab.call(WhatsappState.add_demo)
        taken.clear()
        await tab.call(WhatsappState.load)
        costs.append(len(taken))
    assert len(tab.state(WhatsappState).numbers) >= 3
    assert costs[0] == costs[1] == costs[2] > 0


async def test_a_demo_phone_takes_one_click(tab: Tab) -> None:
    await tab.call(WhatsappState.add_demo)
    await tab.call(WhatsappState.add_demo)
    named = [(number.card.name, number.card.channel, number.card.status) for number in tab.state(WhatsappState).numbers]
    # The cast has two demo numbers already.
    assert named[-2:] == [("Demo phone 3", "demo", "not_paired"), ("Demo phone 4", "demo", "not_paired")]


async def test_a_number_needs_a_name(tab: Tab) -> None:
    await tab.call(WhatsappState.set_dialog, "add", True)
    await tab.call(WhatsappState.add_number, {"name": "  "})
    state = tab.state(WhatsappState)
    assert (state.dialog, state.error[:25]) == ("add", "A number needs a name of ")
    await tab.call(WhatsappState.add_number, {"name": "Toko"})
    assert (state.dialog, state.error) == ("", "")
    assert (state.numbers[-1].card.name, state.numbers[-1].card.channel) == ("Toko", "whatsapp")


async def test_the_qr_is_given_to_the_tab_and_renews_itself(tab: Tab, people: Cast) -> None:
    say(people.shop, SessionStatus.WAITING_FOR_SCAN, qr_text="2@first")
    first = codes_in(await tab.call(WhatsappState.refresh))
    assert first is not None
    assert qr_image("2@first") in first
    assert await tab.call(WhatsappState.refresh) == [], "the tab has it already"
    say(people.shop, SessionStatus.WAITING_FOR_SCAN, qr_text="2@second")
    second = codes_in(await tab.call(WhatsappState.refresh))
    assert second is not None
    assert qr_image("2@second") in second
    assert qr_image("2@second") in (codes_in(await tab.call(WhatsappState.load)) or ""), "it may be a new page"


async def test_no_code_is_kept_in_a_state(tab: Tab, people: Cast) -> None:
    """No code is kept in a state, which lives for hours: a code gives access to all chats."""
    say(people.shop, SessionStatus.WAITING_FOR_SCAN, qr_text="2@first", pairing_code="ABCD-1234")
    given = codes_in(await tab.call(WhatsappState.refresh)) or ""
    assert "ABCD-1234" in given
    assert "svg" in given
    kept = everything_in(tab)
    assert card(tab, people.shop).card.name in kept, "the premise"
    assert "ABCD-1234" not in kept
    assert "svg" not in kept
    say(people.shop, SessionStatus.SYNCING)
    gone = codes_in(await tab.call(WhatsappState.refresh))
    assert gone is not None
    assert "svg" not in gone, "the tab forgets it as well"


@pytest.mark.parametrize("then", [SessionStatus.SYNCING, SessionStatus.LIVE])
async def test_after_the_scan_the_page_moves_on(tab: Tab, people: Cast, then: SessionStatus) -> None:
    say(people.shop, SessionStatus.WAITING_FOR_SCAN, qr_text="2@first")
    await tab.call(WhatsappState.refresh)
    say(people.shop, then)
    events = await tab.call(WhatsappState.refresh)
    assert "/inbox" in script_of(events)
    assert "svg" not in (codes_in(events) or "svg")
    assert await tab.call(WhatsappState.refresh) == []


async def test_a_number_that_reconnects_takes_nobody_away(tab: Tab, people: Cast) -> None:
    say(people.shop, SessionStatus.RECONNECTING)
    await tab.call(WhatsappState.refresh)
    say(people.shop, SessionStatus.LIVE)
    assert await tab.call(WhatsappState.refresh) == []


async def test_other_pages_are_left_alone(people: Cast, joined: list[str]) -> None:
    tab = Tab(sign_in(people.siti.id or 0), path="/inbox")
    say(people.shop, SessionStatus.WAITING_FOR_SCAN, qr_text="2@first")
    assert await tab.call(WhatsappState.refresh) == []
    assert tab.state(WhatsappState).numbers == []


async def test_the_logged_out_card_says_when_and_pairs_again(tab: Tab, people: Cast, redis: Any) -> None:
    # 07:02 UTC is 14:02 in Jakarta, where Siti is.
    at = 1_763_794_920_000
    say(people.shop, SessionStatus.LOGGED_OUT, reason="phone_logout", occurred_at=at)
    await tab.call(WhatsappState.refresh)
    assert card(tab, people.shop).since.endswith("14:02 WIB")
    await tab.call(WhatsappState.pair_again, people.shop)
    assert [type(command) for command in await commands(redis, people.shop)] == [ResetSession]


async def test_a_reset_that_failed_is_told_beside_why_the_number_is_logged_out(tab: Tab, people: Cast) -> None:
    say(people.shop, SessionStatus.LOGGED_OUT, reason="requested")
    with database.writing_session() as session:
        failed = CommandFailed(inbox_id=people.shop, command="ResetSession", reason="disk_failed")
        inboxes.apply_command_failed(session, failed)
        session.commit()
    await tab.call(WhatsappState.refresh)
    shown = card(tab, people.shop).card
    assert (shown.status_reason, shown.alerts) == ("requested", ["ResetSession:disk_failed"])
    assert f'case JSON.stringify("{shown.alerts[0]}")' in str(number_cards()), "it has words of its own"


async def test_a_paused_number_shows_a_new_code_on_request(tab: Tab, people: Cast, redis: Any) -> None:
    await tab.call(WhatsappState.new_code, people.shop)
    assert [type(command) for command in await commands(redis, people.shop)] == [RefreshQr]


async def test_a_pairing_code_is_asked_for_by_number(tab: Tab, people: Cast, redis: Any) -> None:
    await tab.call(WhatsappState.request_code, {"inbox_id": str(people.shop), "phone": "0812-3456-7890"})
    asked = await commands(redis, people.shop)
    assert [(type(command), command.phone_e164) for command in asked] == [(PairWithCode, "+6281234567890")]
    say(people.shop, SessionStatus.WAITING_FOR_SCAN, qr_text="2@x", pairing_code="ABCD-1234")
    assert "ABCD-1234" in (codes_in(await tab.call(WhatsappState.refresh)) or "")


@pytest.mark.parametrize("phone", ["", "abc", "12", "+62", "0" * 40, "+62 812 3456 7890 1234 5678"])
async def test_what_is_no_number_asks_nobody(tab: Tab, people: Cast, redis: Any, phone: str) -> None:
    await tab.call(WhatsappState.request_code, {"inbox_id": str(people.shop), "phone": phone})
    assert tab.state(WhatsappState).error.startswith("This is not a phone number.")
    assert await commands(redis, people.shop) == []


async def test_rename_and_remove(tab: Tab, people: Cast, redis: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # No worker is there that could unlink it.
    monkeypatch.setattr(control, "LOGOUT_SECONDS", 0.0)
    await tab.call(WhatsappState.rename, {"inbox_id": str(people.shop), "name": "Toko Bunga"})
    assert card(tab, people.shop).card.name == "Toko Bunga"
    await tab.call(WhatsappState.remove, people.shop)
    assert [number.card.id for number in tab.state(WhatsappState).numbers] == [people.other]
    assert [type(one) for one in await commands(redis, people.shop)] == [Logout], "its phone forgets this device"
    await tab.call(WhatsappState.pair_again, people.shop)
    assert tab.state(WhatsappState).error.startswith("There is no such number.")
    with database.reading_session() as session:
        assert session.get(Inbox, people.shop) is not None


def test_numbers_abroad_keep_their_country() -> None:
    assert phone_number("+65 6123 4567") == "+6561234567"
    with pytest.raises(InvalidInput):
        phone_number("hello")


def test_a_qr_is_drawn_once() -> None:
    assert qr_image("2@same") is qr_image("2@same")


def test_the_customers_phone_is_where_the_admin_is(settings: config.Settings) -> None:
    assert simulator_address("http://192.168.1.5:3000") == "http://192.168.1.5:3001"
    assert simulator_address("") == "http://localhost:3001"


def test_a_simulator_of_its_own_address_keeps_it(monkeypatch: pytest.MonkeyPatch, settings: config.Settings) -> None:
    monkeypatch.setenv("ROMS_SIMULATOR_URL", "https://demo.example.com")
    config.get_settings.cache_clear()
    assert simulator_address("http://192.168.1.5:3000") == "https://demo.example.com"
