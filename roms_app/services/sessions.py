"""Authentication: passwords, one-time login tickets and server-side sessions. Only hashes are stored.

The login handler can't set an HttpOnly cookie over the WebSocket. It gives the browser a ticket that is valid once and
for one minute, and `/auth/session` exchanges it for the cookie. The ticket is valid in that browser alone: each browser
gets a cookie with a random value on its first page, and a ticket is bound to the value that the login came with.
Otherwise another site could sign its visitors in as somebody else.
"""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Final

from pwdlib import PasswordHash
from pwdlib.exceptions import PwdlibError
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlmodel import Session, col, delete, select

from roms_app.models import Agent, AgentSession, LoginTicket
from roms_app.models.base import now_ms
from roms_app.services import changes

#: The browser's cookie that holds a session's token.
COOKIE: Final = "roms_session"
#: The cookie that identifies a browser before anybody is signed in.
BROWSER_COOKIE: Final = "roms_browser"
TICKET_MS: Final = 60_000
DAY_MS: Final = 24 * 60 * 60 * 1000

# OWASP's parameters: 19 MiB, two passes, one lane.
_hasher = PasswordHash((Argon2Hasher(memory_cost=19 * 1024, time_cost=2, parallelism=1),))
# Unknown emails are verified against this hash, so that the answer takes as long as for a wrong password.
_NOBODY: Final = _hasher.hash(secrets.token_urlsafe(16))


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session as it was when a tab connected."""

    #: The hash of its token. Unlike the row's id, it is never used for another session.
    session_id: str
    agent_id: int
    language: str
    #: Epoch ms.
    expires_at: int


def hash_password(password: str) -> str:
    """Hash a password with Argon2id. Takes about 26 ms and 19 MiB: never call it on the event loop."""
    return _hasher.hash(password)


def verify_password(password: str, password_hash: str | None) -> bool:
    """Whether the password matches the hash. Takes as long for an unknown email (None).

    Never call it on the event loop.
    """
    try:
        is_right = _hasher.verify(password, password_hash or _NOBODY)
    except PwdlibError:
        # The account's password was never set, or was hashed with another algorithm.
        return False
    return is_right and password_hash is not None


def credentials(session: Session, email: str) -> tuple[int, str] | None:
    """Id and password hash of the active agent with this email (in any case), or None."""
    wanted = select(Agent.id, Agent.password_hash).where(Agent.email == email.strip().lower(), Agent.is_active)
    row = session.exec(wanted).first()
    return (row[0], row[1]) if row and row[0] is not None else None


def issue_ticket(session: Session, agent_id: int, browser: str) -> str:
    """Create a ticket that `redeem_ticket` accepts once, for one minute, from the same browser."""
    now = now_ms()
    session.exec(delete(LoginTicket).where(col(LoginTicket.expires_at) < now))
    ticket = secrets.token_urlsafe(32)
    session.add(LoginTicket(ticket_hash=_hashed(f"{browser} {ticket}"), agent_id=agent_id, expires_at=now + TICKET_MS))
    session.flush()
    return ticket


def redeem_ticket(session: Session, ticket: str, browser: str, *, session_days: int) -> str | None:
    """Exchange a ticket for a new session's token.

    Returns None if the ticket is unknown, used, expired, or belongs to another browser.
    """
    now = now_ms()
    row = session.get(LoginTicket, _hashed(f"{browser} {ticket}"))
    if row is None:
        return None
    agent_id, is_fresh = row.agent_id, row.expires_at > now
    # The row count decides, not the read: of two concurrent requests only one deletes the row.
    taken = session.exec(delete(LoginTicket).where(col(LoginTicket.ticket_hash) == row.ticket_hash))
    agent = session.get(Agent, agent_id)
    if taken.rowcount != 1 or not is_fresh or agent is None or not agent.is_active:
        return None
    return _begin_session(session, agent_id, now, session_days)


def cookie_in(cookies: str, name: str) -> str:
    """The value of a cookie in a Cookie header; "" if it is missing."""
    try:
        found = SimpleCookie(cookies)
    except CookieError:
        return ""
    return found[name].value if name in found else ""


def agent_of_token(session: Session, token: str) -> Agent | None:
    """The active agent of this unexpired session, or None."""
    found = select(Agent).join(AgentSession, col(AgentSession.agent_id) == col(Agent.id))
    return session.exec(
        found.where(AgentSession.token_hash == _hashed(token), AgentSession.expires_at > now_ms(), Agent.is_active)
    ).first()


def signed_in(session: Session, token: str) -> SignedIn | None:
    """The unexpired session of an active agent that has this token, or None."""
    wanted = (
        select(AgentSession, Agent)
        .join(Agent, col(Agent.id) == col(AgentSession.agent_id))
        .where(AgentSession.token_hash == _hashed(token), AgentSession.expires_at > now_ms(), Agent.is_active)
    )
    found = session.exec(wanted).first()
    if found is None:
        return None
    row, agent = found
    return SignedIn(row.token_hash, row.agent_id, agent.language, row.expires_at)


def list_ended(session: Session, session_ids: Collection[str]) -> set[str]:
    """The sessions among these that no longer exist, are expired, or belong to a deactivated agent."""
    alive = (
        select(AgentSession.token_hash)
        .join(Agent, col(Agent.id) == col(AgentSession.agent_id))
        .where(col(AgentSession.token_hash).in_(session_ids), AgentSession.expires_at > now_ms(), Agent.is_active)
    )
    return set(session_ids) - set(session.exec(alive))


def end_session(session: Session, token: str) -> None:
    """Log out one browser. Does nothing for an unknown token.

    An agent who has logged out of their last browser is no longer present.
    """
    ended = session.exec(select(AgentSession).where(AgentSession.token_hash == _hashed(token))).first()
    if ended is None:
        return
    session.delete(ended)
    session.flush()
    changes.end_session(session, ended.token_hash)
    others = select(AgentSession.id).where(AgentSession.agent_id == ended.agent_id, AgentSession.expires_at > now_ms())
    if session.exec(others.limit(1)).first() is None:
        session.get_one(Agent, ended.agent_id).seen_at = None
        session.flush()
        changes.touch_agent(session, ended.agent_id)


def end_all_sessions(session: Session, agent_id: int) -> None:
    """Log out every browser of an agent and void their tickets.

    The agent is no longer present and is assigned nothing.
    """
    session.get_one(Agent, agent_id).seen_at = None
    session.flush()
    session.exec(delete(AgentSession).where(col(AgentSession.agent_id) == agent_id))
    session.exec(delete(LoginTicket).where(col(LoginTicket.agent_id) == agent_id))


def _begin_session(session: Session, agent_id: int, now: int, session_days: int) -> str:
    session.exec(delete(AgentSession).where(col(AgentSession.expires_at) < now))
    token = secrets.token_urlsafe(32)
    session.add(
        AgentSession(
            token_hash=_hashed(token), agent_id=agent_id, created_at=now, expires_at=now + session_days * DAY_MS
        )
    )
    session.flush()
    return token


def _hashed(token: str) -> str:
    """Tokens are 256 random bits, so a plain SHA-256 is enough: they can't be guessed."""
    return hashlib.sha256(token.encode()).hexdigest()
