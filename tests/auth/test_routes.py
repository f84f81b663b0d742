"""The routes beside Reflex: cookie, presence, health, metrics; and the headers of every answer."""

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from starlette.datastructures import URL
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from roms_app import config, database
from roms_app.api.pages import Pages
from roms_app.api.routes import routes
from roms_app.api.security import KnownHosts, SecurityHeaders, accepts_origin
from roms_app.components.client.store import versioned
from roms_app.live import connection
from roms_app.models import Agent, Inbox
from roms_app.services import sessions
from tests.support.cast import Cast
from tests.support.tabs import sign_in

BASE = "http://localhost:3000"


@pytest.fixture
async def client(joined: list[str], settings: config.Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A browser on this machine."""
    transport = httpx.ASGITransport(app=SecurityHeaders(KnownHosts(routes())), client=("127.0.0.1", 5000))
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as made:
        yield made


@pytest.fixture
async def stranger(joined: list[str], settings: config.Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A browser elsewhere."""
    transport = httpx.ASGITransport(app=SecurityHeaders(KnownHosts(routes())), client=("203.0.113.9", 5000))
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as made:
        yield made


async def enter(
    client: httpx.AsyncClient, agent: Agent, browser: str = "browser-1", to: str = "", **more: Any
) -> httpx.Response:
    """Begin a session like a tab after the login. `agent` used `browser-1`; the tab is of `browser`, at `to`."""
    with database.writing_session() as session:
        ticket = sessions.issue_ticket(session, agent.id or 0, "browser-1")
        session.commit()
    client.cookies.clear()
    if browser:
        client.cookies.set(sessions.BROWSER_COOKIE, browser)
    return await client.request(
        **{"method": "POST", "url": "/auth/session", "data": {"ticket": ticket, "to": to}} | more
    )


OURS = {"origin": BASE}


async def test_a_ticket_becomes_a_cookie_that_scripts_can_not_read(people: Cast, client: httpx.AsyncClient) -> None:
    answer = await enter(client, people.budi, headers=OURS)
    assert (answer.status_code, answer.json(), answer.headers["cache-control"]) == (200, {"page": "/inbox"}, "no-store")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    ticket = dict(parse_qsl(answer.request.content.decode()))
    again = await client.post("/auth/session", data=ticket, headers=OURS)
    assert again.status_code == 403
    assert "set-cookie" not in again.headers


@pytest.mark.parametrize(
    ("to", "page"),
    [
        ("/inbox/42", "/inbox/42"),
        ("/settings/team", "/settings/team"),
        ("//evil.example", "/inbox"),
        ("/\\evil.example", "/inbox"),
        ("/inbox/../auth/logout", "/inbox"),
        ("https://evil.example/inbox", "/inbox"),
        ("", "/inbox"),
    ],
)
async def test_the_login_leads_to_our_own_pages_only(
    people: Cast, client: httpx.AsyncClient, to: str, page: str
) -> None:
    answer = await enter(client, people.budi, to=to, headers=OURS)
    assert (answer.status_code, answer.json()) == (200, {"page": page})


@pytest.mark.parametrize(
    "foreign",
    [
        {"headers": {"origin": "https://evil.example"}},
        {"headers": {"origin": "http://localhost:4000"}},
        {"headers": {"origin": "null"}},
        {"headers": {}},
        {"browser": "browser-2"},
        {"browser": ""},
        {"data": {"ticket": "x" * 1000}},
        {"data": {}},
    ],
    ids=str,
)
async def test_nobody_is_signed_in_with_a_foreign_ticket(
    people: Cast, client: httpx.AsyncClient, foreign: dict[str, Any]
) -> None:
    answer = await enter(client, people.budi, **{"headers": OURS} | foreign)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


async def test_an_address_signs_nobody_in(people: Cast, client: httpx.AsyncClient) -> None:
    for method in ("GET", "HEAD"):
        assert (await enter(client, people.budi, method=method, headers=OURS)).status_code == 405


async def test_behind_https_the_cookie_is_for_https_only(
    people: Cast, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROMS_PUBLIC_URL", "https://roms.example.com")
    config.get_settings.cache_clear()
    answer = await enter(client, people.budi, headers={"origin": "https://roms.example.com"})
    assert "Secure" in answer.headers["set-cookie"]
    # A page under a loopback name is none of ours then, whatever the Host header says.
    assert (await enter(client, people.budi, headers=OURS)).status_code == 403


async def test_an_admin_without_a_number_begins_with_pairing(people: Cast, client: httpx.AsyncClient) -> None:
    with database.writing_session() as session:
        for inbox_id in (people.shop, people.other):
            inbox = session.get(Inbox, inbox_id)
            assert inbox
            inbox.is_active = False
        session.commit()
    assert (await enter(client, people.siti, headers=OURS)).json() == {"page": "/settings/whatsapp"}
    assert (await enter(client, people.budi, headers=OURS)).json() == {"page": "/inbox"}


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
        policy = answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "unsafe-eval" not in policy
        assert "strict-transport-security" not in answer.headers


@pytest.mark.parametrize(
    ("url", "is_told"),
    [("https://roms.example.com", True), ("https://localhost:8443", False), ("http://roms.example.com", False)],
)
async def test_browsers_are_told_to_use_https_only(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, url: str, is_told: bool
) -> None:
    monkeypatch.setenv("ROMS_PUBLIC_URL", url)
    config.get_settings.cache_clear()
    assert ("strict-transport-security" in (await client.get("/healthz")).headers) is is_told


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:3000", 404),
        ("127.0.0.1", 404),
        ("[::1]:3000", 404),
        ("ROMS.example.com:8443", 404),
        ("evil.example", 400),
        ("roms.example.com.evil.example", 400),
        ("localhost.evil.example", 400),
        ("192.0.2.7", 400),
        ("[nonsense", 400),
        ("", 400),
    ],
)
async def test_other_names_are_refused(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, host: str, status: int
) -> None:
    monkeypatch.setenv("ROMS_PUBLIC_URL", "https://roms.example.com:8443")
    config.get_settings.cache_clear()
    answer = await client.get("/nothing", headers={"host": host})
    assert answer.status_code == status
    # Monitors ask by whatever name they know.
    assert (await client.get("/healthz", headers={"host": host})).status_code == 200


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        ("192.0.2.7", True),
        ("[2001:db8::7]", True),
        ("127.0.0.2", True),
        ("192.0.2.8", False),
        ("evil.example", False),
        ("", False),
    ],
)
async def test_in_local_use_pages_and_acts_come_from_every_address_of_this_machine(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, host: str, is_ours: bool
) -> None:
    """An address that may load a page may also connect its socket and post its actions."""
    nics = [SimpleNamespace(address="192.0.2.7"), SimpleNamespace(address="2001:db8::7%eth0")]
    monkeypatch.setattr("psutil.net_if_addrs", lambda: {"eth0": nics})
    assert (await client.get("/nothing", headers={"host": f"{host}:3000"})).status_code == (404 if is_ours else 400)
    assert accepts_origin(f"http://{host}:3000", {}) is is_ours
    left = await client.post("/auth/logout", headers={"origin": f"http://{host}:3000"})
    assert left.status_code == (303 if is_ours else 403)
    for other in (f"https://{host}:3000", f"http://{host}:3001", f"http://{host}", f"http://a@{host}:3000", "null"):
        assert not accepts_origin(other, {})


async def test_behind_a_proxy_the_addresses_of_this_machine_are_no_names_of_ours(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("psutil.net_if_addrs", lambda: {"eth0": [SimpleNamespace(address="192.0.2.7")]})
    monkeypatch.setenv("ROMS_PUBLIC_URL", "https://roms.example.com")
    config.get_settings.cache_clear()
    assert (await client.get("/nothing", headers={"host": "192.0.2.7:3000"})).status_code == 400
    for origin in ("http://192.0.2.7:3000", "http://127.0.0.2:3000", "http://localhost:3000"):
        assert not accepts_origin(origin, {})
    assert accepts_origin("https://roms.example.com", {})


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/pages/login", "/pages/login/"),
        ("/pages/login?next=1", "/pages/login/?next=1"),
        ("/pages//evil.example/login", "/pages//evil.example/login/"),
        ("//evil.example/login", "/evil.example/login/"),
    ],
)
async def test_nobody_is_led_to_another_host(client: httpx.AsyncClient, path: str, location: str) -> None:
    """Starlette makes a whole address of the Host header, with http."""

    async def add_slash(scope: Scope, receive: Receive, send: Send) -> None:
        url = URL(scope=scope)
        await RedirectResponse(url.replace(path=url.path + "/"), 307)(scope, receive, send)

    transport = httpx.ASGITransport(app=Pages(add_slash))
    async with httpx.AsyncClient(transport=transport) as asking:
        answer = await asking.get("https://roms.example.com:8443" + path, headers={"host": "evil.example"})
    assert answer.headers["location"] == location


async def test_files_whose_name_changes_with_their_content_are_kept(tmp_path: Path) -> None:
    names = ("assets/root-B1M7IPhY.js", "assets/plain.js", "roms/page.js", "index.html")
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    transport = httpx.ASGITransport(app=Pages(StaticFiles(directory=tmp_path, html=True)))
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as asking:
        said = {
            path: (await asking.get(path)).headers["cache-control"]
            for path in ("/assets/root-B1M7IPhY.js", versioned("roms/page.js"))
        }
        assert set(said.values()) == {"public, max-age=31536000, immutable"}
        for path in ("/", "/assets/plain.js", "/roms/page.js", "/roms/page.js?v=0"):
            assert (await asking.get(path)).headers["cache-control"] == "no-cache"
        with pytest.raises(HTTPException):
            await asking.get("/assets/gone-B1M7IPhY.js")
        kept = await asking.get("/assets/root-B1M7IPhY.js")
        again = await asking.get("/assets/root-B1M7IPhY.js", headers={"if-none-match": kept.headers["etag"]})
        assert (again.status_code, "immutable" in again.headers["cache-control"]) == (304, True)


@pytest.mark.parametrize(
    ("status", "kind", "kept"),
    [
        (200, "text/javascript", True),
        (404, "text/javascript", False),
        (503, "text/plain", False),
        (200, "text/html", False),
    ],
)
async def test_what_stands_in_for_a_file_is_not_kept(status: int, kind: str, kept: bool) -> None:
    """An error, or a page that the server answers instead: the file may come back at this address."""
    transport = httpx.ASGITransport(app=Pages(Response("x", status, media_type=kind)))
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as asking:
        for path in ("/assets/root-B1M7IPhY.js", versioned("roms/page.js")):
            assert ("immutable" in (await asking.get(path)).headers["cache-control"]) == kept


async def test_a_browser_gets_its_own_mark_with_its_first_page(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("x")
    transport = httpx.ASGITransport(app=Pages(StaticFiles(directory=tmp_path, html=True)))
    marks: set[str] = set()
    for _ in range(2):
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as asking:
            first = await asking.get("/")
            assert "HttpOnly" in first.headers["set-cookie"]
            marks.add(asking.cookies[sessions.BROWSER_COOKIE])
            assert "set-cookie" not in (await asking.get("/")).headers
    assert len(marks) == 2


@pytest.mark.parametrize(("public", "is_secure"), [("", False), ("https://roms.example.com", True)])
async def test_a_browsers_mark_lasts_and_goes_to_our_own_pages_only(
    monkeypatch: pytest.MonkeyPatch, public: str, is_secure: bool
) -> None:
    monkeypatch.setenv("ROMS_PUBLIC_URL", public)
    config.get_settings.cache_clear()
    transport = httpx.ASGITransport(app=Pages(Response("x", media_type="text/html")))
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as asking:
        mark = (await asking.get("/")).headers["set-cookie"]
    config.get_settings.cache_clear()
    for part in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age=31536000"):
        assert part in mark
    assert ("Secure" in mark) == is_secure


async def test_a_browser_that_kept_the_page_and_lost_its_mark_gets_a_new_one(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("x")
    transport = httpx.ASGITransport(app=Pages(StaticFiles(directory=tmp_path, html=True)))
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as asking:
        kept = {"if-none-match": (await asking.get("/")).headers["etag"]}
        asking.cookies.clear()
        again = await asking.get("/", headers={**kept, "sec-fetch-dest": "document"})
        assert (again.status_code, "HttpOnly" in again.headers["set-cookie"]) == (304, True)
        asking.cookies.clear()
        script = await asking.get("/", headers={**kept, "sec-fetch-dest": "script"})
        assert (script.status_code, "set-cookie" in script.headers) == (304, False)
