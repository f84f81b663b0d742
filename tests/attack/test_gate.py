"""Connections and events that the app refuses, and the states of tabs."""

import asyncio
import contextlib
import json
from typing import Any

import aiohttp
import httpx
import pytest
from reflex_base.constants.state import FIELD_MARKER

from devtools.waiting import PATIENCE
from roms_app.live import gate
from roms_app.live.arguments import WrongArguments, check_of
from roms_app.live.transactions import writing
from roms_app.services import sessions
from roms_app.services.access import id_of
from roms_app.states.composer import ComposerState
from tests.attack.app import ROOT_STATE, App, Wire, browser_at, handler, wire
from tests.attack.conftest import Scene

SIGN_IN = "roms.signOut("
HYDRATED = '"is_hydrated_rx_state_":true'


def said(frames: list[str]) -> str:
    return "".join(frames)


async def hydrated(app: App, cookie: str, token: str = "", others: int = 0) -> tuple[str, str]:
    """Open a tab, let its page load, close it. Returns the frames it received and its token. `others` stay open."""
    async with wire(app, cookie, token=token) as tab:
        await tab.until(HYDRATED if cookie else SIGN_IN)
        told = said(await tab.settled())
    await closed(app, tab, others)
    return told, tab.token


async def test_nobody_finds_the_state_of_a_closed_tab(app: App, scene: Scene) -> None:
    told, token = await hydrated(app, scene.agent_cookie)
    assert scene.agent.name in told
    for cookie in ("", scene.admin_cookie):
        told, _ = await hydrated(app, cookie, token)
        assert scene.agent.name not in told
        assert f"Customer {scene.customer}" not in told


async def test_the_same_browser_finds_its_state_again(app: App, scene: Scene) -> None:
    async with wire(app, scene.agent_cookie) as tab:
        await tab.until(HYDRATED)
        await tab.call(handler("thread", "open_conversation"), conversation_id=scene.conversation_id)
        await tab.until('"messages_rx_state_":')
    await closed(app, tab)
    async with wire(app, scene.agent_cookie, token=tab.token) as tab:
        frame = await tab.until(f'"conversation_id":{scene.conversation_id}')
        assert "Halo" in frame


async def test_an_open_tab_keeps_its_state_whoever_comes_with_its_token(app: App, scene: Scene) -> None:
    async with wire(app, scene.agent_cookie) as tab:
        await tab.until(HYDRATED)
        told, _ = await hydrated(app, "", tab.token, others=1)
        assert scene.agent.name not in told
        since = len(tab.frames)
        await tab.call(handler("thread", "open_conversation"), conversation_id=scene.conversation_id)
        await tab.until('"messages_rx_state_":', since)


async def test_logging_out_forgets_the_states_of_all_tabs(app: App, scene: Scene) -> None:
    _, token = await hydrated(app, scene.agent_cookie)
    async with wire(app, scene.agent_cookie) as open_tab:
        await open_tab.until(HYDRATED)
        await writing(sessions.end_session, scene.agent_cookie)
        await open_tab.until("roms.signOut(")
        since = len(open_tab.frames)
        await open_tab.call(f"{ROOT_STATE}.hydrate_and_load")
        await open_tab.until('"is_hydrated_rx_state_":', since)
        assert scene.agent.name not in said(open_tab.frames[since:])
        await open_tab.call(handler("inbox", "show"), tab="all", status="open")
        await open_tab.until(SIGN_IN, since)
    ticket = await writing(sessions.issue_ticket, id_of(scene.agent), "browser-1")
    again = await writing(sessions.redeem_ticket, ticket, "browser-1", session_days=1)
    async with wire(app, again or "", token=token, boot=False) as tab:
        await tab.call(f"{ROOT_STATE}.reflex___state____on_load_internal_state.on_load_internal")
        assert f"Customer {scene.customer}" not in said(await tab.settled())


UNKNOWN = [
    f"{ROOT_STATE}.setvar",
    f"{ROOT_STATE}.hydrate",
    f"{ROOT_STATE}.set_is_hydrated",
    f"{ROOT_STATE}.roms_app___states___login____login_state.setvar",
    f"{ROOT_STATE}.roms_app___states___team____team_state._read",
    f"{ROOT_STATE}.roms_app___states___session____session_state.__init__",
    "x" * 10_000,
    "",
    None,
    7,
    {"a": 1},
]


def assert_refused(frames: list[str]) -> None:
    """The event was answered once, and changed no state. What belongs to the connection may come between."""
    assert sum("does not understand" in frame for frame in frames) == 1
    assert not [frame for frame in frames if f'"{ROOT_STATE}' in frame]


@pytest.mark.parametrize("name", UNKNOWN, ids=lambda name: str(name)[-30:])
async def test_an_unknown_handler_is_not_called(app: App, scene: Scene, name: Any) -> None:
    logged = len(app.entries())
    for cookie in ("", scene.admin_cookie):
        async with wire(app, cookie, boot=False) as tab:
            before = len(await tab.settled())
            await tab.send("event", tab.event(name, {"name": "error", "value": "x"}))
            assert_refused((await tab.settled())[before:])
    assert all(entry["event"] == "gate.event_refused" for entry in app.entries()[logged:])


WRONG = {
    "no conversation": ("thread", "mark_seen", {}),
    "one argument more": ("thread", "mark_seen", {"conversation_id": 1, "x": 1}),
    "not a number": ("thread", "mark_seen", {"conversation_id": "one"}),
    "a number beyond the database's": ("thread", "mark_seen", {"conversation_id": 2**70}),
    "a list": ("thread", "mark_seen", {"conversation_id": [1]}),
    "a text too long": ("thread", "react", {"message_id": 1, "emoji": "x" * 80_000}),
    "a name too long": ("team", "set_dialog", {"name": "x" * 301, "is_open": True}),
    "NUL": ("thread", "react", {"message_id": 1, "emoji": "\0"}),
    "half a character": ("thread", "react", {"message_id": 1, "emoji": "\ud800"}),
    "a form of forms": ("profile", "save", {"form": {"name": {"a": {"b": 1}}}}),
    "a submitted form of forms": ("profile", "save", {"form": {"__reflex_form_data__": [["name", {"a": 1}]]}}),
    "a form of many": ("profile", "save", {"form": {str(n): "x" for n in range(300)}}),
    "many tokens": (
        "composer",
        "send_message",
        {
            "conversation_id": 1,
            "body": "",
            "key": "k",
            "quoted_message_id": 0,
            "tokens": ["t"] * 300,
            "captions": [],
        },
    ),
    "no dictionary": ("thread", "mark_seen", ["conversation_id", 1]),
}


@pytest.mark.parametrize("which", WRONG)
async def test_wrong_arguments_are_told_and_go_no_further(app: App, scene: Scene, which: str) -> None:
    state, name, payload = WRONG[which]
    logged = len(app.entries())
    async with wire(app, scene.agent_cookie, boot=False) as tab:
        before = len(await tab.settled())
        await tab.send("event", tab.event(handler(state, name), payload))
        assert_refused((await tab.settled())[before:])
    assert [entry["event"] for entry in app.entries()[logged:]] == ["gate.event_refused"]


def test_what_people_write_may_be_long_and_nothing_else() -> None:
    check = check_of(ComposerState.send_message.fn)
    sent = {
        "conversation_id": 1,
        "body": "x" * 65_536,
        "key": "k",
        "quoted_message_id": 0,
        "tokens": [],
        "captions": [],
    }
    check(sent)
    with pytest.raises(WrongArguments, match="key"):
        check({**sent, "key": "x" * 301})


async def test_only_what_a_page_keeps_in_the_browser_is_taken(app: App) -> None:
    closed = f"{ROOT_STATE}.roms_app___states___receipts____receipts_state.closed{FIELD_MARKER}"
    update = f"{ROOT_STATE}.reflex___state____update_vars_internal_state.update_vars_internal"
    other = f"{ROOT_STATE}.roms_app___states___session____session_state.role"
    for values in ({other: "admin"}, {closed: "9" * 460_000}, {closed: ["1"]}, {closed: "1", other: "admin"}):
        async with wire(app, boot=False) as tab:
            with_it = len(json.dumps(values)) < gate.MAX_MESSAGE
            await tab.call(update, vars=values)
            if with_it:
                told = said(await tab.settled())
                assert "does not understand" in told
                assert "_state_" not in told
            else:
                await tab.until_closed()
    async with wire(app, boot=False) as tab:
        await tab.call(update, vars={closed: "1"})
        assert "does not understand" not in said(await tab.settled()), "the browser names it so"


async def test_a_flood_is_cut_off_and_costs_no_log(app: App) -> None:
    logged = len(app.entries())
    # From its own address: this uses up the rate of one.
    async with wire(app, boot=False, address="127.0.0.9") as tab, asyncio.timeout(PATIENCE):
        with contextlib.suppress(ConnectionError):
            while not tab.is_closed:
                await tab.send("event", tab.event(handler("login", "setvar"), {"name": "error", "value": "x"}))
                await asyncio.sleep(0)
        await tab.until_closed()
    assert len(app.entries()) - logged <= 1
    async with httpx.AsyncClient() as client:
        assert (await client.get(f"{app.url}/healthz")).status_code == 200


async def test_a_page_under_another_address_of_this_machine_has_its_socket(app: App, scene: Scene) -> None:
    origin = f"http://127.0.0.2:{app.port}"
    async with browser_at("127.0.0.1") as browser:
        page = await browser.get(f"{app.url}/login/", headers={"Host": f"127.0.0.2:{app.port}"})
        assert page.status == 200
    async with wire(app, scene.agent_cookie, origin=origin) as tab:
        await tab.until(scene.agent.name)


@pytest.mark.causes(r"is not an accepted origin")
async def test_a_foreign_page_has_no_socket(app: App, scene: Scene) -> None:
    for origin in ("https://evil.example", f"http://evil.example:{app.port}", f"http://127.0.0.2:{app.port + 1}"):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with wire(app, scene.agent_cookie, origin=origin):
                pass
        assert refused.value.status == 403


@pytest.mark.parametrize("token", ["", "x", "../../etc", "a" * 65, "é" * 10])
async def test_a_token_is_like_those_of_browsers(app: App, token: str) -> None:
    with pytest.raises(ConnectionError, match="bad token"):
        async with wire(app, token=token or " ", boot=False):
            pass


async def test_of_a_sessions_closed_tabs_only_the_newest_keep_their_states(app: App, scene: Scene) -> None:
    before = await measured(app, "roms_tab_states")
    for _ in range(gate.MAX_TABS + 5):
        async with wire(app, scene.agent_cookie, boot=False) as tab:
            await tab.call(handler("session", "keep_open_conversations"))
            await tab.settled()
    await closed(app, tab)
    # The last one was open when the others were counted.
    assert await measured(app, "roms_tab_states") <= before + gate.MAX_TABS + 1


async def test_visitors_leave_nothing(app: App) -> None:
    before = await measured(app, "roms_tab_states")
    async with asyncio.TaskGroup() as group:
        for _ in range(50):
            group.create_task(visit(app))
    while await measured(app, "roms_tab_states") > before:
        await asyncio.sleep(0.01)


async def visit(app: App) -> None:
    async with wire(app, path="/login") as tab:
        await tab.until(HYDRATED)


async def measured(app: App, name: str) -> int:
    """The sum of a metric."""
    async with httpx.AsyncClient() as client:
        lines = (await client.get(f"{app.url}/metrics")).text.splitlines()
    return int(sum(float(line.split()[-1]) for line in lines if line.startswith((f"{name} ", f"{name}{{"))))


async def closed(app: App, tab: Wire, others: int = 0) -> None:
    """The app knows that the tab is gone. Before that Reflex takes its token for a duplicated tab's."""
    assert tab.socket.closed
    async with asyncio.timeout(PATIENCE):
        while await measured(app, "roms_sockets") > others:
            await asyncio.sleep(0.01)
