"""Sends committed changes to the sockets. Events from the sockets pass `live/gate.py`.

A change is serialised once and sent to every tab that shows it, as one call of `roms.patch` (assets/roms.js). The state
of the tab is not loaded. A tab receives what is sent to the rooms that its handlers joined after authorization.

This module works below python-socketio's `emit`: with a hundred tabs, its queue, timer and two task switches for every
socket and frame cost more than all the rest (docs/decisions/007). A frame is made once and given to each socket's own
`send`. For that reason the lock file pins Reflex, python-socketio and python-engineio. If upstream changes the
transport, only this file and the gate should need changes.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import reflex as rx
import structlog
from engineio import packet as engine_packet
from engineio.async_drivers.asgi import WebSocket
from reflex.state import StateUpdate
from reflex_base.event import Event
from socketio import packet as socket_packet

from roms_app.live import gate, metrics, orders, rooms
from roms_app.views.inbox import Beat, Counts

#: While busy, changes are collected for this long; the first of a burst is sent at once.
COALESCE_SECONDS: Final = 0.025

#: The most frames that a socket may leave unsent; many seconds' worth.
_MOST_PENDING: Final = 500
#: The types of Engine.IO packets that a browser sends: close, ping, pong, message, upgrade.
_PACKETS: Final = frozenset("12345")
#: Where an Engine.IO socket keeps its `_DirectSocket`.
_DIRECT: Final = "roms_direct"
_PLACE: Final = "__ROMS_SCRIPT__"

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Change:
    """The changes of one conversation since the last flush."""

    row: dict[str, Any]
    rooms: set[str] = field(default_factory=set[str])
    messages: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    #: It was assigned to another agent, or unassigned.
    has_moved: bool = False


class Push:
    """The rooms of this process, and the changes that wait to be sent to them."""

    def __init__(self, app: rx.App) -> None:
        if app.sio is None or app.event_namespace is None:
            raise RuntimeError("The app has no Socket.IO server: push needs a state.")
        self._sio = app.sio
        self._namespace = str(app.event_namespace.namespace)
        self._before, self._after = _envelope(app.sio, self._namespace)
        app.sio.eio._async = {**app.sio.eio._async, "websocket": _DirectSocket}
        self._changes: dict[int, _Change] = {}
        self._oldest_occurred_at = 0
        self._flushed_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def join(self, sid: str, names: Iterable[str]) -> None:
        for name in names:
            # A tab that closed meanwhile has nothing to join.
            with contextlib.suppress(KeyError, ValueError):
                await self._sio.enter_room(sid, name, namespace=self._namespace)

    async def leave(self, sid: str, names: Iterable[str]) -> None:
        for name in names:
            with contextlib.suppress(KeyError, ValueError):
                await self._sio.leave_room(sid, name, namespace=self._namespace)

    def call(self, function: str, *arguments: Any, to: str) -> None:
        """Make every tab of a room call ``roms.<function>`` with arguments that JSON can hold."""
        self._send(self._packet(orders.order(function, *arguments)), self._sockets_of(to))

    def add(self, announced: dict[str, Any]) -> None:
        """Collect one `ConversationAnnounced`, given as parsed JSON."""
        row = announced["row"]
        change = self._changes.get(row["id"])
        if change is None:
            change = self._changes[row["id"]] = _Change(row)
        elif row["version"] >= change.row["version"]:
            change.row = row
        was_assignee_id = announced.get("was_assignee_id", row["assignee_id"])
        change.has_moved |= was_assignee_id != row["assignee_id"]
        change.rooms |= rooms_of(row, was_assignee_id)
        for message in announced.get("messages", ()):
            known = change.messages.get(message["id"])
            if known is None or message["version"] >= known["version"]:
                change.messages[message["id"]] = message
        occurred_at = announced.get("occurred_at", 0)
        if occurred_at:
            self._oldest_occurred_at = min(self._oldest_occurred_at or occurred_at, occurred_at)
        self._flush_soon()

    def _flush_soon(self) -> None:
        if self._timer is not None:
            return
        wait = self._flushed_at + COALESCE_SECONDS - time.monotonic()
        if wait <= 0:
            self.flush()
        else:
            self._timer = asyncio.get_running_loop().call_later(wait, self.flush)

    def flush(self) -> None:
        """Send the collected changes as a `Patch`: one frame a socket, built once for all sockets that get the same."""
        changes, self._changes = self._changes, {}
        occurred_at, self._oldest_occurred_at = self._oldest_occurred_at, 0
        self._timer = None
        self._flushed_at = time.monotonic()
        groups: dict[tuple[tuple[int, bool], ...], list[str]] = {}
        for socket, wanted in self._wanted(changes).items():
            groups.setdefault(tuple(wanted.items()), []).append(socket)
        if not groups:
            return
        at = now_ms()
        rows = {key: _dumps(change.row) for key, change in changes.items()}
        messages = {key: ",".join(map(_dumps, change.messages.values())) for key, change in changes.items()}
        tail = f'"at":{at},"lag":{max(0, at - occurred_at) if occurred_at else -1}'
        for group, sockets in groups.items():
            group_rows = ",".join(rows[key] for key, _ in group)
            group_messages = ",".join(messages[key] for key, with_messages in group if with_messages and messages[key])
            moved = ",".join(str(key) for key, _ in group if changes[key].has_moved)
            patch = f'{{"rows":[{group_rows}],"messages":[{group_messages}],"moved":[{moved}],{tail}}}'
            self._send(self._packet(f"roms.patch({patch})"), sockets)

    def _wanted(self, changes: dict[int, _Change]) -> dict[str, dict[int, bool]]:
        """Socket → conversation → whether its messages are included."""
        wanted: dict[str, dict[int, bool]] = {}
        for key, change in changes.items():
            for socket in {socket for name in change.rooms for socket in self._sockets_of(name)}:
                wanted.setdefault(socket, {})[key] = False
            for socket in self._sockets_of(rooms.conversation(key)):
                wanted.setdefault(socket, {})[key] = True
        return wanted

    def _participants(self, room: str) -> Iterable[tuple[str, str]]:
        """(Socket.IO id, Engine.IO id) of the tabs in a room."""
        return self._sio.manager.get_participants(self._namespace, room)

    def _sockets_of(self, room: str) -> list[str]:
        return [socket for _, socket in self._participants(room)]

    def _packet(self, script: str) -> engine_packet.Packet:
        quoted = json.dumps(script, ensure_ascii=False)[1:-1]
        return engine_packet.Packet(engine_packet.MESSAGE, self._before + quoted + self._after)

    def _send(self, packet: engine_packet.Packet, sockets: Iterable[str]) -> None:
        known = self._sio.eio.sockets
        message = {"type": "websocket.send", "text": packet.encode()}
        frames = 0
        for key in sockets:
            socket = known.get(key)
            if socket is None or socket.closed:
                continue
            frames += 1
            direct: _DirectSocket | None = getattr(socket, _DIRECT, None)
            # Frames that Reflex itself has queued go first.
            if direct is None or not socket.queue.empty():
                socket.queue.put_nowait(packet)
            elif direct.pending < _MOST_PENDING:
                direct.pending += 1
                self._keep(asyncio.create_task(direct.push(message)))
            else:
                # It accepts nothing any more, so Engine.IO closes it. Its tab reconnects and reloads everything.
                metrics.CUT_OFF.inc()
                socket.queue.put_nowait(None)
        metrics.FRAMES.inc(frames)

    def _keep(self, task: "asyncio.Task[None]") -> None:
        """Keep a reference to the task, because the event loop itself keeps none."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class _DirectSocket(WebSocket):
    """Engine.IO's WebSocket, which is reachable from its Engine.IO socket."""

    def __init__(self, handler: Any, server: Any) -> None:
        super().__init__(handler, server)
        self.pending = 0
        self._socket = handler.__self__
        setattr(self._socket, _DIRECT, self)

    async def wait(self) -> Any:
        """The next message. None closes the WebSocket: Engine.IO can't read the message or does not expect it."""
        data = await super().wait()
        is_packet = isinstance(data, str) and data[:1] in _PACKETS
        return data if is_packet and not self._socket.closed else None

    async def push(self, message: dict[str, Any]) -> None:
        """Send a frame. A tab that has closed meanwhile misses nothing."""
        try:
            send: Any = self.asgi_send
            await send(message)
        except Exception:
            log.debug("tab.lost", exc_info=True)
        finally:
            self.pending -= 1


def rooms_of(row: dict[str, Any], was_assignee_id: int) -> set[str]:
    """The list rooms that hold the row now or held it before."""
    inbox_id = row["inbox_id"]
    names = {rooms.all_of(inbox_id)}
    for agent_id in {row["assignee_id"], was_assignee_id}:
        names.add(rooms.agent(agent_id) if agent_id else rooms.unassigned(inbox_id))
    return names


def now_ms() -> int:
    """Milliseconds since the epoch. `at` of patches and `since` of pages are compared by this clock."""
    return time.time_ns() // 1_000_000


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _envelope(sio: Any, namespace: str) -> tuple[str, str]:
    """The text that Socket.IO puts before and after a script that Reflex makes the browser run."""
    events = Event.from_event_type(orders.call(_PLACE))
    packet = sio.packet_class(socket_packet.EVENT, namespace=namespace, data=["event", StateUpdate(events=events)])
    before, after = str(packet.encode()).split(orders.order(_PLACE))
    return before, after


_push: Push | None = None


def configure(app: rx.App) -> None:
    """Bind the one Push of this process to the app. Call it once, after `rx.App()`."""
    global _push
    _push = Push(app)


def _configured() -> Push:
    if _push is None:
        raise RuntimeError("push.configure(app) was not called.")
    return _push


async def join(state: rx.State, names: Iterable[str]) -> None:
    """Let the tab of this state join the rooms. Authorize first; read the snapshot after.

    A tab whose session has ended meanwhile joins none.
    """
    sid = state.router.session.session_id
    if not gate.is_visitor(sid):
        await _configured().join(sid, names)


async def leave(state: rx.State, names: Iterable[str]) -> None:
    """Let the tab of this state leave the rooms."""
    await _configured().leave(state.router.session.session_id, names)


def announce_conversation(announced: dict[str, Any]) -> None:
    """Send a change of a conversation or its messages."""
    _configured().add(announced)


def announce_inbox(announced: dict[str, Any]) -> None:
    """Announce a changed number: admins' pages reload it, and all who answer it learn whether it works.

    When a number was added or removed, every inbox page reloads, because its rooms changed.
    """
    inbox_id = announced["inbox_id"]
    _configured().call("takeNumber", inbox_id, announced.get("notice"), now_ms(), to=rooms.number(inbox_id))
    _configured().call("announce", "inbox", inbox_id, announced["status"], to=rooms.ADMINS)
    if announced["status"] != announced["was_status"] and "live" in (announced["status"], announced["was_status"]):
        _configured().call("reread", to=rooms.EVERYONE)


def sign_out(room: str, why: str) -> None:
    """Send all tabs of a room to the login page, which shows the reason: ``ended`` | ``logged_out`` | ``changed``."""
    _configured().call("signOut", why, to=room)


def announce_team(announced: dict[str, Any]) -> None:
    """Announce a change of the team. Pages that show it reload."""
    _configured().call("announce", "team", announced["agent_id"], to=rooms.EVERYONE)


def announce_settings() -> None:
    """Announce a change of teams, labels, rules or assignment settings. Pages that show them reload."""
    _configured().call("announce", "settings", to=rooms.EVERYONE)


def announce_queue() -> None:
    """Announce that waiting conversations or present agents changed. Supervisors' pages reload."""
    _configured().call("announce", "queue", to=rooms.SUPERVISORS)


def announce_counts(agent_id: int, counts: Counts) -> None:
    """Send an agent's conversation counts to their tabs. The numbers are absolute, so a lost one does no harm."""
    _configured().call("takeCounts", asdict(counts), to=rooms.tabs_of(agent_id))


def beat(health: Beat) -> None:
    """Tell every tab that it is connected, and how the pipeline is."""
    _configured().call("beat", health, to=rooms.EVERYONE)


def reread_all() -> None:
    """Let every tab reload, because changes may have been missed."""
    _configured().call("reread", to=rooms.EVERYONE)
