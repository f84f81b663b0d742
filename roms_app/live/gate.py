"""The gate of the WebSocket: refuses what a browser may not send before Reflex does any work for it.

- From its connection on, a socket belongs to the session of its cookie, or to no session (a visitor).
- The state of a client token belongs to the session that filled it. Another session, or a visitor, gets an empty one.
- Only the handlers of our pages and the events of Reflex's own page are dispatched, with arguments of the right types
and sizes, and no faster than a person clicks. Visitors reach the public handlers alone.
- States of visitors are few, and are deleted when their socket closes.
"""

import asyncio
import contextlib
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import partial
from logging import DEBUG, INFO
from typing import Any, Final
from urllib.parse import parse_qs
from weakref import WeakValueDictionary

import reflex as rx
import structlog
from prometheus_client import Gauge
from reflex.app import EventNamespace
from reflex.istate.manager.memory import StateManagerMemory
from reflex.istate.manager.token import BaseStateToken
from reflex.state import StateUpdate
from reflex_base.event import Event
from socketio.exceptions import ConnectionRefusedError

from roms_app.config import get_settings
from roms_app.domain.addresses import client_group
from roms_app.errors import TemporarilyUnavailable
from roms_app.i18n.catalog import translate
from roms_app.live import orders, rooms
from roms_app.live.arguments import WrongArguments
from roms_app.live.frames import Frames
from roms_app.live.handlers import Handlers, is_well_formed, read_handlers
from roms_app.live.rates import Bucket, Buckets
from roms_app.live.transactions import reading
from roms_app.services import sessions
from roms_app.services.sessions import SignedIn

#: Maximum bytes of one message of the socket: the longest text, quoted, with its envelope.
MAX_MESSAGE: Final = 400_000
#: The most open sockets of visitors (people who are not signed in): in all, and from one address (an office, or a
#: proxy).
MAX_VISITORS: Final = 1_000
MAX_VISITORS_OF_ADDRESS: Final = 200
#: The most client tokens (tabs) of one session whose state is kept. A new one replaces the oldest closed one.
MAX_TABS: Final = 20
#: Events allowed at once, and per second from then on: of all tabs of an agent; of all visitors of one address.
_AGENT_RATE: Final = (300.0, 40.0)
_VISITOR_RATE: Final = (200.0, 30.0)
#: The number of refused events after which a socket is closed.
MAX_REFUSED: Final = 50
_TOKEN: Final = re.compile(r"[0-9A-Za-z_-]{8,64}\Z")

log = structlog.get_logger(__name__)


def sign_in_again(*, was_signed_in: bool) -> rx.event.EventSpec:
    """Send the tab to the login page, which shows the reason, and back afterwards (assets/roms/live.js)."""
    return orders.call("signOut", "ended" if was_signed_in else "")


@dataclass(slots=True)
class _Socket:
    """An open connection of a browser."""

    token: str
    address: str
    #: It came with a session cookie, whether or not the session was still valid.
    has_cookie: bool
    #: None: a visitor.
    owner: SignedIn | None
    refused: int = 0


class Gate(EventNamespace):
    """Reflex's namespace with our checks in front."""

    def __init__(self, app: rx.App, handlers: Handlers) -> None:
        if app.event_namespace is None or app.sio is None:
            raise RuntimeError("The app has no Socket.IO server: the gate needs a state.")
        super().__init__(str(app.event_namespace.namespace), app)
        self._handlers = handlers
        self._sockets: dict[str, _Socket] = {}
        self._visitors: Counter[str] = Counter()
        #: By address: more sockets do not allow more events.
        self._visitor_buckets = Buckets(*_VISITOR_RATE)
        #: By agent: more sockets, or new ones, do not allow more events.
        self._agent_buckets = Buckets(*_AGENT_RATE)
        #: Client token → session that filled its state; None: a visitor. Oldest first.
        self._owners: dict[str, SignedIn | None] = {}
        #: Tokens that are being bound to a socket, one socket at a time.
        self._binding: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._tasks: set[asyncio.Task[None]] = set()
        self._frames = Frames(app.sio, self.namespace, self._address_of, self._visitor_buckets.of)

    # -- connections --

    async def on_connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        """Bind the socket to its session. Raises ConnectionRefusedError for a bad token and for too many visitors."""
        try:
            await self._bind(sid, environ, auth)
        except ConnectionRefusedError:
            self._close(sid)
            raise

    async def _bind(self, sid: str, environ: dict[str, Any], auth: Any) -> None:
        [token] = parse_qs(environ.get("QUERY_STRING", "")).get("token", [""])[:1]
        if not _TOKEN.match(token):
            raise ConnectionRefusedError("bad token")
        headers = self._build_static_router_data(sid, environ)["headers"]
        address = self._address_of(environ)
        try:
            cookie = sessions.cookie_in(str(headers.get("cookie", "")), sessions.COOKIE)
            owner = await reading(sessions.signed_in, cookie) if cookie else None
        except TemporarilyUnavailable as error:
            # The page retries by itself. If the socket became a visitor's, the page would be sent to the login.
            raise ConnectionRefusedError("unavailable") from error
        if owner is None and not self._has_room_for_visitor(address):
            raise ConnectionRefusedError("too many visitors")
        lock = self._binding.setdefault(token, asyncio.Lock())
        async with lock:
            await self._join(sid, _Socket(token, address, bool(cookie), owner), environ, auth)

    async def _join(self, sid: str, socket: _Socket, environ: dict[str, Any], auth: Any) -> None:
        token, address, owner = socket.token, socket.address, socket.owner
        # An open tab keeps its state. Reflex gives a new token to a socket that comes with a token in use.
        if token not in self._token_manager.token_to_socket:
            await self._own(token, owner)
        self._sockets[sid] = socket
        self._frames.meter(self._key_of(sid), self._bucket_of(socket))
        if owner is None:
            self._visitors[address] += 1
        else:
            for name in (rooms.session(owner.session_id), rooms.tabs_of(owner.agent_id)):
                await self.enter_room(sid, name)
        try:
            await super().on_connect(sid, environ, auth)
        except BaseException:
            self._forget(sid)
            raise
        actual = self.sid_to_token.get(sid) or token
        if actual != token:
            socket.token = actual
            await self._own(actual, owner)

    def on_disconnect(self, sid: str) -> "asyncio.Task[None] | None":
        """Forget the socket, and delete its state if it was a visitor's."""
        socket = self._sockets.get(sid)
        task = super().on_disconnect(sid)
        self._forget(sid)
        if socket is not None and socket.owner is None:
            self._purge_soon(socket.token)
        return task

    def _close(self, sid: str) -> None:
        self._frames.close(self._key_of(sid))

    def _key_of(self, sid: str) -> str:
        """The connection's Engine.IO id."""
        return str(self.server.manager.eio_sid_from_sid(sid, self.namespace))  # pyright: ignore[reportOptionalMemberAccess]

    def _address_of(self, environ: dict[str, Any]) -> str:
        """The address of a connection, as limits count it. `api.security.true_client` has put it there."""
        return client_group(str(self._build_static_router_data("", environ)["ip"]))

    def _forget(self, sid: str) -> None:
        socket = self._sockets.pop(sid, None)
        if socket is not None and socket.owner is None:
            self._leave_as_visitor(socket.address)

    def _leave_as_visitor(self, address: str) -> None:
        self._visitors[address] -= 1
        if self._visitors[address] <= 0:
            del self._visitors[address]

    def _has_room_for_visitor(self, address: str) -> bool:
        is_full = self._visitors.total() >= MAX_VISITORS or self._visitors[address] >= MAX_VISITORS_OF_ADDRESS
        return not is_full

    def _bucket_of(self, socket: _Socket) -> Bucket:
        owner = socket.owner
        return self._agent_buckets.of(owner.agent_id) if owner else self._visitor_buckets.of(socket.address)

    # -- whose state --

    async def _own(self, token: str, owner: SignedIn | None) -> None:
        """Make the session the owner of the token's state. The state of another owner is deleted."""
        session_id = owner.session_id if owner else ""
        former = self._owners.get(token, owner)
        if (former.session_id if former else "") != session_id:
            await self._purge(token)
        # Moves the token to the end, as the newest.
        self._owners.pop(token, None)
        self._owners[token] = owner
        if owner is not None:
            await self._forget_oldest(session_id)

    async def _forget_oldest(self, session_id: str) -> None:
        """Delete the states of a session's closed tabs, except the newest."""
        open_ = {socket.token for socket in self._sockets.values()}
        closed = [
            token
            for token, owner in self._owners.items()
            if owner is not None and owner.session_id == session_id and token not in open_
        ]
        for token in closed[:-MAX_TABS]:
            await self._purge(token)

    async def _purge(self, token: str) -> None:
        """Delete a token's state once no handler uses it. Until then it keeps its owner."""
        owner, manager = self._owners.get(token), self.app.state_manager
        if isinstance(manager, StateManagerMemory) and self.app._state is not None:
            known = BaseStateToken(ident=token, cls=self.app._state)
            if known.cache_key in manager.states:
                async with await manager._get_state_lock(known):
                    # The token may have a new owner with a new state by now.
                    if self._owners.get(token) is owner:
                        manager._purge_token(known)
        if self._owners.get(token) is owner:
            self._owners.pop(token, None)

    def _purge_soon(self, token: str) -> None:
        self._keep(asyncio.create_task(self._purge(token)))

    def _keep(self, task: "asyncio.Task[None]") -> None:
        """Keep a reference to the task, because the event loop itself keeps none."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def count_states(self) -> int:
        """The number of tabs whose state is kept."""
        manager = self.app.state_manager
        return len(manager.states) if isinstance(manager, StateManagerMemory) else 0

    def count_sockets(self, is_signed_in: bool) -> int:
        """The number of open sockets of agents, or of visitors."""
        return sum((socket.owner is not None) == is_signed_in for socket in self._sockets.values())

    # -- rights --

    def is_visitor(self, sid: str) -> bool:
        """Return True for an open socket without a session."""
        socket = self._sockets.get(sid)
        return socket is not None and socket.owner is None

    def owners(self) -> dict[str, SignedIn]:
        """The sessions of all open sockets and of all kept states, by session id."""
        found = [*self._owners.values(), *(socket.owner for socket in self._sockets.values())]
        return {owner.session_id: owner for owner in found if owner is not None}

    def agents(self) -> set[int]:
        """Ids of the agents who have a socket open."""
        return {socket.owner.agent_id for socket in self._sockets.values() if socket.owner is not None}

    async def sweep(self) -> None:
        """Delete the states of visitors who have left: an event that was still queued may have created one again."""
        manager = self.app.state_manager
        if not isinstance(manager, StateManagerMemory):
            return
        kept = {socket.token for socket in self._sockets.values()} | self._owners.keys()
        for _, token in list(manager._token_expires_at.values()):
            if token.ident not in kept:
                await self._purge(token.ident)

    def rooms_of_agents(self, agent_ids: Collection[int]) -> dict[str, tuple[int, list[str]]]:
        """Socket id → its agent and rooms, for the open sockets of these agents."""
        return {
            sid: (socket.owner.agent_id, [name for name in self.rooms(sid) if name != sid])
            for sid, socket in self._sockets.items()
            if socket.owner and socket.owner.agent_id in agent_ids
        }

    async def leave_rooms(self, sid: str, names: Iterable[str]) -> None:
        """Let the socket leave the rooms. Does nothing for a closed socket."""
        for name in names:
            with contextlib.suppress(KeyError, ValueError):
                await self.leave_room(sid, name)

    async def dismiss(self, is_meant: Callable[[SignedIn], bool]) -> None:
        """Sign out the sockets and states of the sessions for which `is_meant` returns True.

        The sockets leave all rooms. The states are deleted, including those of closed tabs.
        """
        for sid, socket in list(self._sockets.items()):
            if socket.owner is None or not is_meant(socket.owner):
                continue
            socket.owner = None
            self._frames.meter(self._key_of(sid), self._bucket_of(socket))
            self._visitors[socket.address] += 1
            await self.leave_rooms(sid, [name for name in self.rooms(sid) if name != sid])
        for token, owner in self._owners.items():
            if owner is not None and is_meant(owner):
                # In the background: a handler may hold the state for seconds, and the next announcement must not wait.
                self._purge_soon(token)

    # -- events --

    async def on_event(self, sid: str, data: Any) -> None:
        """Dispatch an allowed event; answer, count and drop any other."""
        socket = self._sockets.get(sid)
        if socket is None:
            return
        name = data.get("name") if isinstance(data, dict) else None
        if not isinstance(name, str) or name not in self._handlers.checks:
            await self._refuse(sid, socket, "unknown")
        elif socket.owner is None and name not in self._handlers.public:
            await self._say(sid, Event.from_event_type(sign_in_again(was_signed_in=socket.has_cookie)))
            await self._refuse(sid, socket, "not signed in", is_answered=True)
        elif not is_well_formed(data):
            await self._refuse(sid, socket, "malformed")
        else:
            payload = data.get("payload") or {}
            try:
                self._handlers.checks[name](payload)
            except WrongArguments as error:
                await self._refuse(sid, socket, str(error))
                return
            router = data.get("router_data") or {}
            await super().on_event(sid, {"name": name, "payload": payload, "router_data": router})

    async def on_client_error(self, sid: str, data: Any = None) -> None:
        """Accept an error report of Reflex's page. Those of visitors are ignored."""
        socket = self._sockets.get(sid)
        if socket is not None and socket.owner is not None:
            await super().on_client_error(sid, data)

    async def _refuse(self, sid: str, socket: _Socket, why: str, *, is_answered: bool = False) -> None:
        """Count a refused event.

        The person is told about the first one: a page of an older version may have sent it.
        """
        socket.refused += 1
        agent_id = socket.owner.agent_id if socket.owner else 0
        if socket.refused == MAX_REFUSED:
            log.warning("socket.closed", sid=sid, agent_id=agent_id, why=why)
            self._close(sid)
        elif socket.refused == 1 and not is_answered:
            # Level DEBUG for visitors, so that they can't fill the log.
            log.log(INFO if agent_id else DEBUG, "gate.event_refused", sid=sid, agent_id=agent_id, why=why)
            language = socket.owner.language if socket.owner else get_settings().default_language
            words = translate(language, "The page sent something that ROMS does not understand.")
            mend = translate(language, "Reload the page.")
            await self._say(sid, Event.from_event_type(orders.call("toast", "error", f"{words} {mend}")))

    async def _say(self, sid: str, events: list[Event]) -> None:
        await self.emit("event", StateUpdate(events=events), to=sid)


_STATES: Final = Gauge("roms_tab_states", "Browser tabs, open and closed, whose state is kept.")
_SOCKETS: Final = Gauge("roms_sockets", "Open sockets of browsers.", ["owner"])

_gate: Gate | None = None


def configure(
    app: rx.App, public_handlers: Collection[str], accepts_origin: Callable[[str | None, object], bool]
) -> Gate:
    """Put the gate in front of the app's sockets. Call it once, when all pages are added.

    `accepts_origin` decides about the origin of each connection that names one. Raises TypeError for a handler with an
    argument that has no limits.
    """
    global _gate
    _gate = Gate(app, read_handlers(public_handlers))
    _STATES.set_function(_gate.count_states)
    for owner, is_signed_in in (("agent", True), ("visitor", False)):
        _SOCKETS.labels(owner).set_function(partial(_gate.count_sockets, is_signed_in))
    app._event_namespace = _gate
    if app.sio is not None:
        app.sio.eio.max_http_buffer_size = MAX_MESSAGE
        app.sio.eio.cors_allowed_origins = accepts_origin
        app.sio.register_namespace(_gate)
    return _gate


def is_visitor(sid: str) -> bool:
    """Return True for an open socket without a session, and for one whose session has ended."""
    return _gate is not None and _gate.is_visitor(sid)


def connected_agents() -> set[int]:
    """Ids of the agents who have a tab open in this process."""
    return _gate.agents() if _gate is not None else set()


def configured() -> Gate:
    """The gate of this process. Raises RuntimeError before `configure`."""
    if _gate is None:
        raise RuntimeError("gate.configure(app) was not called.")
    return _gate
