"""Passwords, tickets and sessions, on both databases."""

import pytest
from sqlmodel import Session, select

from roms_app.models import Agent, AgentSession, LoginTicket
from roms_app.services import sessions
from tests.support.cast import make_agent
from tests.support.tabs import sign_in


@pytest.fixture
def budi(session: Session) -> Agent:
    return make_agent(session, "Budi")


def test_a_password_is_verified_and_never_stored(session: Session) -> None:
    hashed = sessions.hash_password("rahasia sekali")
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert sessions.verify_password("rahasia sekali", hashed)
    assert not sessions.verify_password("rahasia sekal", hashed)


def test_nobody_has_a_password() -> None:
    """An unknown email (its hash is None) or an account without a usable hash is refused."""
    assert not sessions.verify_password("", None)
    assert not sessions.verify_password("-", "-")


def test_credentials_are_found_by_any_case_of_the_email(session: Session, budi: Agent) -> None:
    assert sessions.credentials(session, " BUDI@example.com ") == (budi.id, "-")
    assert sessions.credentials(session, "siti@example.com") is None
    budi.is_active = False
    session.flush()
    assert sessions.credentials(session, "budi@example.com") is None


def test_a_ticket_opens_one_session_once(session: Session, budi: Agent) -> None:
    ticket = sessions.issue_ticket(session, budi.id or 0, "browser-1")
    token = sessions.redeem_ticket(session, ticket, "browser-1", session_days=30)
    assert token
    assert sessions.redeem_ticket(session, ticket, "browser-1", session_days=30) is None
    found = sessions.agent_of_token(session, token)
    assert found is not None
    assert found.id == budi.id


def test_a_ticket_is_for_one_browser(session: Session, budi: Agent) -> None:
    ticket = sessions.issue_ticket(session, budi.id or 0, "browser-1")
    for other in ("", "browser-2"):
        assert sessions.redeem_ticket(session, ticket, other, session_days=30) is None
    assert sessions.redeem_ticket(session, ticket, "browser-1", session_days=30)


def test_only_hashes_are_stored(session: Session, budi: Agent) -> None:
    ticket = sessions.issue_ticket(session, budi.id or 0, "browser-1")
    stored = session.exec(select(LoginTicket)).one()
    assert ticket not in stored.model_dump().values()
    token = sessions.redeem_ticket(session, ticket, "browser-1", session_days=30)
    assert token not in session.exec(select(AgentSession)).one().model_dump().values()


def test_a_ticket_is_good_for_a_minute(session: Session, budi: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    now = sessions.now_ms()
    ticket = sessions.issue_ticket(session, budi.id or 0, "browser-1")
    monkeypatch.setattr(sessions, "now_ms", lambda: now + 61_000)
    assert sessions.redeem_ticket(session, ticket, "browser-1", session_days=30) is None


def test_a_session_expires(session: Session, budi: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    now = sessions.now_ms()
    token = sign_in(budi.id or 0, session)
    monkeypatch.setattr(sessions, "now_ms", lambda: now + sessions.DAY_MS - 60_000)
    assert sessions.agent_of_token(session, token)
    monkeypatch.setattr(sessions, "now_ms", lambda: now + sessions.DAY_MS + 60_000)
    assert sessions.agent_of_token(session, token) is None


def test_logging_out_ends_one_session_and_no_other(session: Session, budi: Agent) -> None:
    here, there = sign_in(budi.id or 0, session), sign_in(budi.id or 0, session)
    sessions.end_session(session, here)
    assert sessions.agent_of_token(session, here) is None
    assert sessions.agent_of_token(session, there)


def test_ending_all_sessions_voids_tickets_too_and_spares_others(session: Session, budi: Agent) -> None:
    ayu = make_agent(session, "Ayu")
    token, others = sign_in(budi.id or 0, session), sign_in(ayu.id or 0, session)
    ticket = sessions.issue_ticket(session, budi.id or 0, "browser-1")
    sessions.end_all_sessions(session, budi.id or 0)
    assert sessions.agent_of_token(session, token) is None
    assert sessions.redeem_ticket(session, ticket, "browser-1", session_days=1) is None
    assert sessions.agent_of_token(session, others)


def test_a_deactivated_agent_has_no_session(session: Session, budi: Agent) -> None:
    token, ticket = sign_in(budi.id or 0, session), sessions.issue_ticket(session, budi.id or 0, "browser-1")
    budi.is_active = False
    session.flush()
    assert sessions.agent_of_token(session, token) is None
    assert sessions.redeem_ticket(session, ticket, "browser-1", session_days=1) is None
