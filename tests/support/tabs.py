"""Browser tabs without a browser: state instances with the router data that a socket would bring."""

import json
import re
from typing import Any

import reflex as rx
from reflex.istate.data import RouterData
from reflex_base.event import Event
from sqlmodel import Session

from roms_app import database
from roms_app.services import sessions

#: What the browser of these tabs is known by.
BROWSER = "browser-1"


def sign_in(agent_id: int, session: Session | None = None) -> str:
    """A session's token, created like at a login."""
    if session is not None:
        ticket = sessions.issue_ticket(session, agent_id, BROWSER)
        return sessions.redeem_ticket(session, ticket, BROWSER, session_days=1) or ""
    with database.writing_session() as own:
        token = sign_in(agent_id, own)
        own.commit()
    return token


class Tab:
    """One tab: its states, and how to call a handler as an event from it would."""

    def __init__(
        self, token: str = "", *, address: str = "127.0.0.1", path: str = "/", headers: dict[str, str] | None = None
    ):
        self.root: Any = rx.State(_reflex_internal_init=True)  # pyright: ignore[reportCallIssue]
        cookie = f"{sessions.BROWSER_COOKIE}={BROWSER}"
        if token:
            cookie += f"; {sessions.COOKIE}={token}"
        self.root.router = RouterData.from_router_data(
            {
                "headers": {
                    "cookie": cookie,
                    "origin": "http://localhost:3000",
                    "host": "localhost:3000",
                    **(headers or {}),
                },
                "ip": address,
                "pathname": path,
                "asPath": path,
                "sid": "sid-1",
                "token": "token-1",
            }
        )
        self.root._clean()

    def state(self, kind: type[rx.State]) -> Any:
        """This tab's instance of a state class."""
        return self.root.get_substate(kind.get_full_name().split("."))

    async def call(self, handler: Any, *arguments: Any, **named: Any) -> list[Any]:
        """Run an event handler; returns what it hands back: events for the browser."""
        result = handler.fn(self.state(handler.state), *arguments, **named)
        if hasattr(result, "__aiter__"):
            return _obeyed([event async for event in result if event is not None])
        if hasattr(result, "__await__"):
            result = await result
        if result is None:
            return []
        return _obeyed(list(result) if isinstance(result, (list, tuple)) else [result])


def _obeyed(events: list[Any]) -> list[Any]:
    """The same. Fails for a script that pages don't run (assets/roms/orders.js)."""
    for spec in events:
        for event in Event.from_event_type(spec) if isinstance(spec, rx.event.EventSpec) else ():
            assert event.name != "_call_function", event.payload
            if event.name == "_call_script":
                found = re.fullmatch(r"roms\.\w+\((.*)\)", event.payload["javascript_code"], re.DOTALL)
                assert found, event.payload
                json.loads(f"[{found[1]}]")
    return events


def script_of(events: list[Any]) -> str:
    """All that the events make the browser do, as one text to look into."""
    return " ".join(
        f"{event.handler.fn.__qualname__} {event.args}" if hasattr(event, "handler") else str(event) for event in events
    )
