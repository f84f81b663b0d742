"""The notice of a failing number reaches the agents who answer it, and nobody else."""

import json
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import Session

from roms_app import database
from roms_app.live import push, rooms
from roms_app.live.announcements import make_announcements
from roms_app.models import Agent
from roms_app.models.tables import INBOX
from roms_app.services import changes, inboxes, number_notices
from roms_app.states.session import SessionState
from tests.inbox.conftest import Node, Tabs
from tests.inbox.test_handlers import Joined, handle, joined, told
from tests.support.cast import Cast
from wa_worker.contract.events import Alert, SessionChanged, SessionStatus

__all__ = ["joined"]
DEAD = {"inbox_id": 1, "name": "Shop", "state": "logged_out", "reason": "phone_logout", "since": 5000}


def changed(inbox_id: int, status: SessionStatus, reason: str = "", **columns: Any) -> SessionChanged:
    return SessionChanged(inbox_id=inbox_id, status=status, reason=reason, occurred_at=5000, **columns)


def states(session: Session, agent: Agent) -> list[str]:
    return [notice.state for notice in number_notices.list_notices(session, agent)]


def test_who_answers_a_number_hears_of_it(people: Cast) -> None:
    with database.writing_session() as session:
        inboxes.apply_session_changed(session, changed(people.shop, SessionStatus.LOGGED_OUT, "phone_logout"))
        [notice] = number_notices.list_notices(session, people.budi)
        assert (notice.name, notice.state, notice.reason, notice.since) == ("Shop", "logged_out", "phone_logout", 5000)
        assert states(session, people.siti) == ["logged_out"]
        assert states(session, people.eko) == []


@pytest.mark.parametrize(
    ("columns", "shown"),
    [
        ({"status": SessionStatus.LIVE}, []),
        ({"status": SessionStatus.RECONNECTING, "status_reason": "offline"}, ["reconnecting"]),
        ({"status": SessionStatus.INCOMPATIBLE}, ["incompatible"]),
        ({"status": SessionStatus.PAUSED, "phone_e164": "+6281230000001"}, ["paused"]),
        ({"status": SessionStatus.WAITING_FOR_SCAN, "phone_e164": "+6281230000001"}, ["waiting_for_scan"]),
        ({"status": SessionStatus.WAITING_FOR_SCAN}, []),
        ({"status": SessionStatus.LIVE, "alerts": "disk_full,sending_paused"}, ["sending_paused"]),
        ({"status": SessionStatus.LIVE, "alerts": "disk_full"}, []),
        ({"status": SessionStatus.LOGGED_OUT, "is_active": False}, []),
    ],
)
def test_what_is_told_of_a_number(people: Cast, columns: dict[str, Any], shown: list[str]) -> None:
    with database.writing_session() as session:
        session.execute(update(INBOX).where(INBOX.c.id == people.shop).values(columns))
        assert states(session, people.budi) == shown


def test_a_change_is_announced_with_what_is_to_be_told(people: Cast) -> None:
    with database.writing_session() as session:
        inboxes.apply_session_changed(session, changed(people.shop, SessionStatus.LOGGED_OUT, "phone_logout"))
        [dead] = make_announcements(session, changes.settle(session))
        paused = changed(people.shop, SessionStatus.LIVE, alerts=[Alert.SENDING_PAUSED])
        inboxes.apply_session_changed(session, paused)
        [rests] = make_announcements(session, changes.settle(session))
        inboxes.apply_session_changed(session, changed(people.shop, SessionStatus.LIVE))
        [works] = make_announcements(session, changes.settle(session))
    assert json.loads(dead)["notice"] == DEAD
    assert json.loads(rests)["notice"]["state"] == "sending_paused"
    assert json.loads(works)["notice"] is None


async def test_it_is_pushed_to_those_who_answer_it(tabs: Tabs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push, "_push", tabs.push)
    monkeypatch.setattr(push, "now_ms", lambda: 7000)
    _, budi = await tabs.open(rooms.EVERYONE, rooms.number(1))
    _, eko = await tabs.open(rooms.EVERYONE, rooms.number(2))
    push.announce_inbox({"inbox_id": 1, "status": "logged_out", "was_status": "logged_out", "notice": DEAD})
    [script] = budi.scripts()
    assert json.loads(f"[{script.removeprefix('roms.takeNumber(').removesuffix(')')}]") == [1, DEAD, 7000]
    assert eko.scripts() == []


async def test_a_page_begins_with_all_that_do_not_work(people: Cast, joined: Joined) -> None:
    with database.writing_session() as session:
        inboxes.apply_session_changed(session, changed(people.shop, SessionStatus.LOGGED_OUT))
        session.commit()
    tab = SessionState(_reflex_internal_init=True)  # pyright: ignore[reportCallIssue]
    answer = await handle(tab, "load", people.budi)
    [call] = [event for event in answer if "takeNumbers" in str(getattr(event, "args", ""))]
    notices, since = told(call)["takeNumbers"]
    assert [(notice["name"], notice["state"]) for notice in notices] == [("Shop", "logged_out")]
    assert since > 0
    assert ("join", rooms.number(people.shop)) in joined


def test_rights_to_a_number_end_with_its_room() -> None:
    assert rooms.inbox_in(rooms.number(7)) == 7


def numbers(node: Node, *steps: str) -> list[str]:
    script = f"(() => {{ const numbers = new romsMerge.Numbers(); {';'.join(steps)}; return numbers.down(); }})()"
    return [notice["name"] for notice in node.run(script)]


def notice(id: int, name: str) -> str:
    return json.dumps({**DEAD, "inbox_id": id, "name": name})


def test_the_browser_keeps_what_is_newest_of_each_number(node: Node) -> None:
    both = f"numbers.takeAll([{notice(1, 'Shop')}, {notice(2, 'Other')}], 100)"
    assert numbers(node, both) == ["Other", "Shop"]
    assert numbers(node, both, "numbers.take(1, null, 150)") == ["Other"]
    assert numbers(node, "numbers.take(1, null, 150)", both) == ["Other"], "the reading is older than the change"
    assert numbers(node, f"numbers.take(1, {notice(1, 'Shop')}, 50)", "numbers.takeAll([], 100)") == []


def test_it_says_since_when(node: Node) -> None:
    at, day = 1_738_306_920_000, 86_400_000
    format = "new romsFormat.Format('en', 'Asia/Jakarta')"
    for since, words in ((at - 60_000, "14:01"), (at - day, "30 Jan 2025, 14:02 WIB"), (0, "")):
        one = json.dumps({**DEAD, "since": since})
        [item] = node.run(f"romsView.numberItems([{one}], {format}, {at})")
        assert item == {**DEAD, "since": words}
