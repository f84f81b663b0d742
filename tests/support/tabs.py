"""Browser tabs without a browser: state instances with the router data that a socket would bring."""

from typing import Any

import reflex as rx
from reflex.istate.data import RouterData
from sqlmodel import Session

from roms_app import database
from roms_app.services import sessions


def sign_in(agent_id: int, session: Session | None = None) -> str:
    """A session's token, made through the door that people use."""
    if session is not None:
        return sessions.redeem_ticket(session, sessions.issue_ticket(session, agent_id), session_days=1) or ""
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
        cookie = f"{sessions.COOKIE}={token}" if token else "theme=dark"
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
            return [event async for event in result if event is not None]
        if hasattr(result, "__await__"):
            result = await result
        if result is None:
            return []
        return list(result) if isinstance(result, (list, tuple)) else [result]


def script_of(events: list[Any]) -> str:
    """All that the events make the browser do, as one text to look into."""
    return " ".join(
        f"{event.handler.fn.__qualname__} {event.args}" if hasattr(event, "handler") else str(event) for event in events
    )
