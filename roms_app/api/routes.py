"""The HTTP routes beside Reflex: session cookie, presence, files, and the routes for monitoring."""

import contextlib
import secrets
import time
from urllib.parse import parse_qsl

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis.exceptions import RedisError
from sqlmodel import Session, col, exists, select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from roms_app.api import media
from roms_app.api.cookie import agent_of
from roms_app.api.security import is_from_this_machine, is_same_origin
from roms_app.api.upload import upload
from roms_app.config import get_settings
from roms_app.domain.pages import page_to_return_to
from roms_app.errors import TemporarilyUnavailable
from roms_app.live import metrics as live_metrics
from roms_app.live.connection import get_redis
from roms_app.live.transactions import reading, writing
from roms_app.models import Agent, Inbox, Role
from roms_app.services import agents, sessions

_DAY_SECONDS = 24 * 60 * 60
#: Maximum bytes of a form with a ticket and a page.
_MAX_FORM = 500


def routes() -> Starlette:
    """The app into which Reflex mounts itself."""
    return Starlette(
        routes=[
            Route("/auth/session", begin_session, methods=["POST"]),
            Route("/auth/logout", log_out, methods=["POST"]),
            Route("/api/presence", presence, methods=["POST"]),
            Route("/media/upload", upload, methods=["POST"]),
            Route("/media/message/{message_id}", media.message_file),
            Route("/media/message/{message_id}/thumbnail", media.message_thumbnail),
            Route("/media/contact/{contact_id}", media.contact_picture),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", metrics),
        ]
    )


async def begin_session(request: Request) -> Response:
    """Exchange the login ticket for the session cookie.

    The answer contains the page (`to`) where the agent was, or where they are needed.
    """
    if "origin" not in request.headers or not is_same_origin(request):
        return PlainTextResponse("This came from another site.", 403)
    settings, form = get_settings(), await _small_form(request)
    ticket, browser = form.get("ticket", ""), request.cookies.get(sessions.BROWSER_COOKIE, "")
    token = None
    if ticket and browser:
        token = await writing(sessions.redeem_ticket, ticket, browser, session_days=settings.session_days)
    if token is None:
        return JSONResponse({"error": "Log in again."}, 403, headers={"Cache-Control": "no-store"})
    page = page_to_return_to(form.get("to", "")) or await reading(_first_page, token)
    response = JSONResponse({"page": page}, headers={"Cache-Control": "no-store"})
    response.set_cookie(
        sessions.COOKIE,
        token,
        max_age=settings.session_days * _DAY_SECONDS,
        httponly=True,
        samesite="lax",
        secure=settings.is_https,
        path="/",
    )
    return response


async def _small_form(request: Request) -> dict[str, str]:
    """The form's fields; empty for a form that is larger than one with a ticket, which is not read to the end."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_FORM:
            return {}
    return dict(parse_qsl(body.decode("latin-1")))


async def log_out(request: Request) -> Response:
    """End this browser's session and delete the cookie."""
    if not is_same_origin(request):
        return PlainTextResponse("This came from another site.", 403)
    if token := request.cookies.get(sessions.COOKIE):
        await writing(sessions.end_session, token)
    response = RedirectResponse("/login", 303)
    response.delete_cookie(sessions.COOKIE, path="/", httponly=True, samesite="lax")
    return response


async def presence(request: Request) -> Response:
    """Record that a tab is open. The answer contains our clock, so the tab can measure the round trip."""
    if not is_same_origin(request):
        return PlainTextResponse("This came from another site.", 403)
    # Read first, which keeps strangers away from the writer; the writer checks again.
    is_signed_in = await agent_of(request) is not None
    if not is_signed_in or not await writing(agents.attend, request.cookies.get(sessions.COOKIE, "")):
        return JSONResponse({"error": "Sign in again."}, 401)
    return JSONResponse({"now": time.time_ns() // 1_000_000}, headers={"Cache-Control": "no-store"})


async def healthz(_request: Request) -> Response:
    """Liveness: the process answers."""
    return JSONResponse({"status": "ok"})


async def readyz(_request: Request) -> Response:
    """Readiness: 200, or 503 with the part (database, Redis) that does not answer."""
    parts = {"database": False, "redis": False}
    with contextlib.suppress(TemporarilyUnavailable):
        parts["database"] = await reading(agents.is_set_up) is not None
    with contextlib.suppress(RedisError, OSError):
        parts["redis"] = bool(await get_redis().ping())  # pyright: ignore[reportGeneralTypeIssues]  it is
    is_ready = all(parts.values())
    return JSONResponse({"status": "ready" if is_ready else "not ready", **parts}, 200 if is_ready else 503)


async def metrics(request: Request) -> Response:
    """Prometheus' text format; for this machine, or with the set-up token as bearer."""
    token = get_settings().setup_token
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
    is_known = bool(token) and secrets.compare_digest(bearer.encode(), token.encode())
    if not is_known and not is_from_this_machine(request):
        return PlainTextResponse("Not from here.", 403)
    await live_metrics.refresh()
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _first_page(session: Session, token: str) -> str:
    """An admin without a number starts with pairing one."""
    agent: Agent | None = sessions.agent_of_token(session, token)
    if agent is None or agent.role is not Role.ADMIN:
        return "/inbox"
    has_number = session.exec(select(exists().where(col(Inbox.is_active)))).one()
    return "/inbox" if has_number else "/settings/whatsapp"
