"""Authentication of HTTP requests: the agent of the session cookie."""

from starlette.requests import Request

from roms_app.live.transactions import reading
from roms_app.models import Agent
from roms_app.services import sessions


async def agent_of(request: Request) -> Agent | None:
    """The signed-in agent; None: nobody. Raises TemporarilyUnavailable when the database is away."""
    token = request.cookies.get(sessions.COOKIE, "")
    return await reading(sessions.agent_of_token, token) if token else None
