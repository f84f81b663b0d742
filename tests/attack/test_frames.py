"""Frames that no page of ours sends: the connection is closed, nothing is logged, and no right outlives it."""

import asyncio
import contextlib
import json

import pytest
from aiohttp import WSServerHandshakeError

from devtools.waiting import PATIENCE
from roms_app.live import frames, gate
from roms_app.live.rates import Bucket, Buckets
from roms_app.live.transactions import writing
from roms_app.services import agents, assignment_settings, by_hand, conversations
from roms_app.services.access import id_of
from tests.attack.app import ROOT_STATE, App, handler, wire
from tests.attack.conftest import Scene
from tests.attack.test_gate import measured
from tests.attack.test_rights import assert_deaf, silent

FRAMES = {
    "no Engine.IO packet": "x",
    "an empty frame": "",
    "bytes": b"\x04hello",
    "no Socket.IO packet": "4x",
    "no JSON": '42/_event,["event",',
    "no list": "42/_event,{}",
    "an empty list": "42/_event,[]",
    "a list as name": '42/_event,[["a"]]',
    "two arguments": '42/_event,["event",1,2]',
    "a ping with arguments": '42/_event,["ping",1,2,3]',
    "a ping that asks for an answer": '42/_event,7["ping"]',
    "an event named connect": '42/_event,["connect",{"QUERY_STRING":"token=victimtoken1"}]',
    "an event named disconnect": '42/_event,["disconnect"]',
    "an unknown event": '42/_event,["other",1]',
    "an acknowledgement": "43/_event,1[]",
    "an error": '44/_event,{"message":"x"}',
    "a binary event": '451-/_event,["event",{"_placeholder":true,"num":0}]',
    "many attachments": '45999999999-/_event,["event",{"_placeholder":true,"num":0}]',
    "another namespace": '42/other,["event",{}]',
    "no namespace": '42["event",{}]',
    "deep JSON": '42/_event,["event",' + "[" * 100_000 + "]" * 100_000 + "]",
}


@pytest.mark.parametrize("is_joined", [True, False], ids=["joined", "not joined"])
@pytest.mark.parametrize("which", FRAMES)
async def test_the_connection_is_closed_and_nothing_is_logged(app: App, which: str, is_joined: bool) -> None:
    logged = len(app.entries())
    async with wire(app, boot=False, join=is_joined, address="127.0.0.10") as tab:
        await tab.send_frame(FRAMES[which])
        await tab.assert_cut_off()
    assert app.entries()[logged:] == []


async def test_a_client_that_says_it_has_disconnected_hears_nothing_after_a_loss(app: App, scene: Scene) -> None:
    async with silent(app, scene, scene.admin_cookie) as witness, silent(app, scene, scene.agent_cookie) as heard:
        await heard.send("disconnect")
        await writing(agents.deactivate, id_of(scene.agent))
        since = len(heard.frames)
        await scene.customer_writes("after the loss")
        await witness.until("after the loss")
        await heard.assert_cut_off()
        assert "after the loss" not in "".join(heard.frames[since:])


async def test_a_resolved_conversation_is_no_longer_heard_by_a_removed_member(app: App, scene: Scene) -> None:
    async with silent(app, scene, scene.admin_cookie) as witness, silent(app, scene, scene.agent_cookie) as heard:
        await heard.call(f"{ROOT_STATE}.roms_app___states___inbox____inbox_state.show", tab="mine", status="resolved")
        await writing(by_hand.take, scene.agent, scene.conversation_id)
        await writing(conversations.resolve, scene.agent, scene.conversation_id)
        await writing(assignment_settings.set_members, scene.admin, scene.inbox_id, [id_of(scene.admin)])
        await assert_deaf(scene, heard, witness)


async def test_events_above_the_rate_close_the_connection(app: App) -> None:
    """A visitor may send each of these frames."""
    store = f"{ROOT_STATE}.reflex___state____update_vars_internal_state.update_vars_internal"
    async with wire(app, boot=False, address="127.0.0.11") as tab, asyncio.timeout(PATIENCE):
        with contextlib.suppress(ConnectionError):
            while not tab.is_closed:
                await tab.call(store, vars={})
        await tab.until_closed()
        assert "does not understand" not in "".join(tab.frames)


async def test_pings_count_as_well(app: App) -> None:
    async with wire(app, boot=False, address="127.0.0.12") as tab, asyncio.timeout(PATIENCE):
        with contextlib.suppress(ConnectionError):
            while not tab.is_closed:
                await tab.send("ping")
        await tab.until_closed()


async def test_an_agent_has_one_rate_for_all_their_tabs(app: App, scene: Scene) -> None:
    """More sockets do not raise an agent's rate. None of these sockets alone exceeds the limit."""
    each, were_closed = 200, False
    async with asyncio.timeout(PATIENCE):
        for _ in range(10):
            async with wire(app, scene.agent_cookie, boot=False) as tab:
                with contextlib.suppress(ConnectionError):
                    for _ in range(each):
                        await tab.send("ping")
                    while not tab.is_closed and sum('["ping","pong"]' in frame for frame in tab.frames) < each:
                        # Engine.IO's pong, which nothing counts. Granian closes a connection at its next message.
                        await tab.send_frame("3")
                        await asyncio.sleep(0.01)
                were_closed |= tab.is_closed
    assert were_closed


async def test_one_address_has_so_many_visitors(app: App) -> None:
    async with asyncio.TaskGroup() as group:
        leave, arrived = asyncio.Event(), asyncio.Semaphore(0)

        async def visit() -> None:
            async with wire(app, boot=False, address="127.0.0.13"):
                arrived.release()
                await leave.wait()

        for n in range(gate.MAX_VISITORS_OF_ADDRESS):
            group.create_task(visit())
            await arrived.acquire()
            if n % 20 == 19:
                # The rate of one address; see `gate._VISITOR_RATE`.
                await asyncio.sleep(0.7)
        with pytest.raises(ConnectionError, match="too many visitors"):
            async with wire(app, boot=False, address="127.0.0.13"):
                pass
        async with wire(app, boot=False, address="127.0.0.14"):
            pass
        leave.set()


async def test_a_connection_that_never_joins_is_closed(app: App) -> None:
    async with wire(app, join=False) as tab:
        # Engine.IO's word for it; a browser closes the WebSocket then.
        await tab.until("1")


async def test_a_visitor_who_leaves_at_once_leaves_nothing(app: App, scene: Scene) -> None:
    before = await measured(app, "roms_tab_states")
    for _ in range(5):
        async with wire(app, boot=False) as tab:
            for _ in range(5):
                await tab.call(handler("login", "load"))
    async with asyncio.timeout(PATIENCE):
        while await measured(app, "roms_tab_states") > before:
            await asyncio.sleep(0.05)
    assert "disconnected client" not in json.dumps(app.entries())


def test_a_bucket_gives_so_much_at_once_and_then_at_its_rate() -> None:
    bucket = Bucket(3, 2)
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
    bucket.at -= 1
    assert [bucket.take() for _ in range(3)] == [True, True, False]
    bucket.at -= 1_000
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]


def test_the_bounds_of_waiting_connections_leave_room_for_a_team() -> None:
    """A hundred agents with three tabs each reconnect at once from one address."""
    assert frames.MAX_WAITING_OF_ADDRESS >= 300
    assert frames._CONNECTION_RATE[0] >= 300


def test_full_buckets_are_not_kept() -> None:
    buckets = Buckets(1, 0)
    assert buckets.of(0).take()
    for key in range(1, 3_000):
        buckets.of(key)
    assert len(buckets._buckets) <= 1_001
    assert not buckets.of(0).take(), "what was taken stays taken"


async def test_an_address_opens_so_many_sockets_and_no_more(app: App) -> None:
    address, opened = "127.0.0.11", 0
    with pytest.raises(WSServerHandshakeError):
        # At a hundred a second, it would take the rate of ten a few seconds to allow twice as many.
        for _ in range(3 * int(frames._CONNECTION_RATE[0])):
            async with wire(app, boot=False, join=False, address=address):
                opened += 1
    assert opened >= frames._CONNECTION_RATE[0]
    async with wire(app, boot=False, address="127.0.0.12"):
        pass
