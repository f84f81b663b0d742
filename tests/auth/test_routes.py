"""The routes beside Reflex: cookie, presence, health, metrics; and the headers of every answer."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from roms_app import config, database
from roms_app.api.routes import routes
from roms_app.api.security import SecurityHeaders
from roms_app.live import connection
from roms_app.models import Agent, Inbox
from roms_app.services import sessions
from tests.support.cast import Cast
from tests.support.tabs import sign_in

BASE = "http://localhost:3000"


@pytest.fixture
async def client(joined: list[str]) -> AsyncIterator[httpx.AsyncClient]:
    """A browser on this machine."""
    transport = httpx.ASGITransport(app=SecurityHeaders(routes()), client=("127.0.0.1", 5000))
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as made:
        yield made


@pytest.fixture
async def stranger(joined: list[str]) -> AsyncIterator[httpx.AsyncClient]:
    """A browser elsewhere."""
    transport = httpx.ASGITransport(app=SecurityHeaders(routes()), client=("203.0.113.9", 5000))
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as made:
        yield made


def ticket_of(agent: Agent) -> str:
    with database.writing_session() as session:
        ticket = sessions.issue_ticket(session, agent.id or 0)
        session.commit()
    return ticket


async def test_a_ticket_becomes_a_cookie_that_scripts_can_not_read(people: Cast, client: httpx.AsyncClient) -> None:
    ticket = ticket_of(people.budi)
    answer = await client.get("/auth/session", params={"t": ticket})
    assert (answer.status_code, answer.headers["location"]) == (303, "/inbox")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    again = await client.get("/auth/session", params={"t": ticket})
    assert again.headers["location"] == "/login"
    assert "set-cookie" not in again.headers


@pytest.mark.parametrize(
    ("to", "place"),
    [
        ("/inbox/42", "/inbox/42"),
        ("/settings/team", "/settings/team"),
        ("//evil.example", "/inbox"),
        ("/\\evil.example", "/inbox"),
        ("/inbox/../auth/logout", "/inbox"),
        ("https://evil.example/inbox", "/inbox"),
    ],
)
async def test_the_login_leads_to_our_own_pages_only(
    people: Cast, client: httpx.AsyncClient, to: str, place: str
) -> None:
    answer = await client.get("/auth/session", params={"t": ticket_of(people.budi), "to": to})
    assert answer.headers["location"] == place


async def test_behind_https_the_cookie_is_for_https_only(
    people: Cast, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROMS_PUBLIC_URL", "https://roms.example.com")
    config.get_settings.cache_clear()
    answer = await client.get("/auth/session", params={"t": ticket_of(people.budi)})
    assert "Secure" in answer.headers["set-cookie"]


async def test_an_admin_without_a_number_begins_with_pairing(people: Cast, client: httpx.AsyncClient) -> None:
    with database.writing_session() as session:
        for inbox_id in (people.shop, people.other):
            inbox = session.get(Inbox, inbox_id)
            assert inbox
            inbox.is_active = False
        session.commit()
    answer = await client.get("/auth/session", params={"t": ticket_of(people.siti)})
    assert answer.headers["location"] == "/settings/whatsapp"
    answer = await client.get("/auth/session", params={"t": ticket_of(people.budi)})
    assert answer.headers["location"] == "/inbox"


async def test_logging_out_takes_a_post_from_our_own_page(people: Cast, client: httpx.AsyncClient) -> None:
    token = sign_in(people.budi.id or 0)
    client.cookies.set(sessions.COOKIE, token)
    assert (await client.get("/auth/logout")).status_code == 405
    foreign = await client.post("/auth/logout", headers={"origin": "https://evil.example"})
    assert foreign.status_code == 403
    answer = await client.post("/auth/logout", headers={"origin": BASE})
    assert answer.status_code == 303
    assert 'roms_session=""' in answer.headers["set-cookie"]
    with database.reading_session() as session:
        assert sessions.agent_of_token(session, token) is None


async def test_presence_is_kept_and_answers_with_our_clock(people: Cast, client: httpx.AsyncClient) -> None:
    with database.writing_session() as session:
        ayu = session.get(Agent, people.ayu.id)
        assert ayu
        ayu.seen_at = None
        session.commit()
    assert (await client.post("/api/presence")).status_code == 401
    client.cookies.set(sessions.COOKIE, sign_in(people.ayu.id or 0))
    foreign = await client.post("/api/presence", headers={"origin": "https://evil.example"})
    assert foreign.status_code == 403
    answer = await client.post("/api/presence", headers={"origin": BASE})
    with database.reading_session() as session:
        ayu = session.get(Agent, people.ayu.id)
        assert ayu
        assert ayu.seen_at is not None
        assert 0 <= answer.json()["now"] - ayu.seen_at < 5000


async def test_health_and_readiness(people: Cast, client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    ready = await client.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready", "database": True, "redis": True})


async def test_not_ready_without_redis(people: Cast, client: httpx.AsyncClient, redis: Any) -> None:
    connection.use_redis(connection.make_redis("unix:///nowhere/redis.sock"))
    answer = await client.get("/readyz")
    connection.use_redis(redis)
    assert (answer.status_code, answer.json()["redis"]) == (503, False)


async def test_metrics_are_for_this_machine_or_the_token(
    people: Cast, client: httpx.AsyncClient, stranger: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "python_info" in (await client.get("/metrics")).text
    for name in ("x-forwarded-for", "x-forwarded-host", "x-real-ip", "forwarded", "via"):
        assert (await client.get("/metrics", headers={name: "127.0.0.1"})).status_code == 403
    assert (await client.get("/metrics", headers={"host": "inbox.example.id"})).status_code == 403
    assert (await stranger.get("/metrics")).status_code == 403
    assert (await stranger.get("/metrics", headers={"authorization": "Bearer "})).status_code == 403
    monkeypatch.setenv("ROMS_SETUP_TOKEN", "kembang-sepatu")
    config.get_settings.cache_clear()
    monkeypatch.setenv("ROMS_PUBLIC_URL", "https://inbox.example.id")
    config.get_settings.cache_clear()
    assert (await client.get("/metrics")).status_code == 403
    answer = await stranger.get("/metrics", headers={"authorization": "Bearer kembang-sepatu"})
    assert answer.status_code == 200


async def test_every_answer_carries_the_headers(client: httpx.AsyncClient) -> None:
    for answer in (await client.get("/healthz"), await client.get("/nothing/here")):
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
