"""ROMS behind real proxies: it knows the visitor's address, and no port, scheme or missing header misleads it."""

import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import async_playwright, expect

from devtools.system import free_port
from devtools.waiting import PATIENCE
from roms_app.live.transactions import writing
from roms_app.services import agents
from roms_app.services.access import id_of
from tests.attack.app import App, browser_at, handler, running_app, wire
from tests.attack.conftest import Scene
from tests.support import proxies
from tests.support.proxies import Proxy
from tests.support.servers import RedisServer
from wa_worker.browser.chromium import find_chromium, switches

PASSWORD = "kopi susu gula aren"
SUBMIT = handler("login", "submit")


@pytest.fixture(scope="module")
def port() -> int:
    """Of both proxies, which have addresses of their own."""
    return free_port()


@pytest.fixture(scope="module")
def app(port: int, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app, whose people come by `https://localhost:{port}`."""
    folder = tmp_path_factory.mktemp("app")
    shutil.copy(sqlite_template, folder / "roms.db")
    settings = {
        "ROMS_PUBLIC_URL": f"https://localhost:{port}",
        # Both proxies call from here; visitors have other loopback addresses.
        "ROMS_TRUSTED_PROXIES": "127.0.0.1",
        "ROMS_SETUP_TOKEN": "kembang-sepatu",
    }
    with ExitStack() as stack:
        redis = RedisServer()
        stack.callback(redis.close)
        redis.start()
        yield stack.enter_context(running_app(folder, f"sqlite:///{folder / 'roms.db'}", redis.url, **settings))


@pytest.fixture(scope="module")
def nginx(app: App, port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Proxy, Proxy]]:
    with proxies.nginx(tmp_path_factory.mktemp("proxy") / "nginx", port, app.port) as both:
        yield both


@pytest.fixture(scope="module")
def caddy(app: App, port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with proxies.caddy(tmp_path_factory.mktemp("proxy") / "caddy", port, app.port) as proxy:
        yield proxy


@pytest.fixture(params=["nginx", "caddy"])
def proxy(request: pytest.FixtureRequest) -> Proxy:
    """The proxy as docs/operations.md configures it."""
    found = request.getfixturevalue(request.param)
    return found[0] if isinstance(found, tuple) else found


@pytest.fixture
def silent(nginx: tuple[Proxy, Proxy]) -> Proxy:
    """A proxy that passes on neither the visitor's address nor the requested host name."""
    return nginx[1]


def typed(scene: Scene, password: str = "tebak") -> dict[str, str]:
    return {"email": scene.agent.email, "password": password}


async def test_failures_count_against_their_client_alone(app: App, scene: Scene, proxy: Proxy) -> None:
    await writing(agents.set_password, id_of(scene.agent), PASSWORD)
    async with wire(app, through=proxy, address="127.0.0.5", path="/login") as tab:
        for number in range(40):
            await tab.call(SUBMIT, form={"email": f"a{number}@example.com", "password": "tebak"})
        await tab.call(SUBMIT, form=typed(scene, PASSWORD))
        await tab.until("Too many attempts")
    async with wire(app, through=proxy, address="127.0.0.6", path="/login") as tab:
        await tab.call(SUBMIT, form=typed(scene, PASSWORD))
        await tab.until("roms.enter(")


async def test_a_client_can_not_choose_its_address(app: App, scene: Scene, proxy: Proxy) -> None:
    for number in range(9):
        told = {"X-Forwarded-For": f"198.51.100.{number}", "Forwarded": f"for=198.51.100.{number}"}
        async with wire(app, through=proxy, address="127.0.0.7", path="/login", headers=told) as tab:
            await tab.call(SUBMIT, form=typed(scene))
            await tab.until("Too many attempts" if number == 8 else "is not right")


async def test_logging_in_and_out_stays_on_the_proxys_port(app: App, scene: Scene, proxy: Proxy) -> None:
    await writing(agents.set_password, id_of(scene.agent), PASSWORD)
    async with browser_at("127.0.0.8", proxy) as browser:
        asked = await browser.get(f"{proxy.url}/login", allow_redirects=False)
        assert (asked.status, asked.headers["Location"]) == (307, "/login/")
        page = await browser.get(f"{proxy.url}/login")
        assert (page.status, str(page.url)) == (200, f"{proxy.url}/login/")
        mark = browser.cookie_jar.filter_cookies(page.url)["roms_browser"].value
        async with wire(app, through=proxy, address="127.0.0.8", path="/login", browser=mark) as tab:
            await tab.call(SUBMIT, form=typed(scene, PASSWORD))
            ticket = (await tab.until("roms.enter(")).partition("roms.enter(")[2].split('"')[1].rstrip("\\")
        body, ours = {"ticket": ticket}, {"Origin": proxy.url}
        foreign = await browser.post(f"{proxy.url}/auth/session", data=body, headers={"Origin": "https://evil.example"})
        assert foreign.status == 403
        entered = await browser.post(f"{proxy.url}/auth/session", data=body, headers=ours)
        assert (entered.status, (await entered.json())["page"]) == (200, "/inbox")
        assert "Secure" in entered.headers["Set-Cookie"]
        assert (await browser.post(f"{proxy.url}/api/presence", headers=ours)).status == 200
        left = await browser.post(f"{proxy.url}/auth/logout", headers=ours, allow_redirects=False)
        assert (left.status, left.headers["Location"]) == (303, "/login")
        assert (await browser.post(f"{proxy.url}/api/presence", headers=ours)).status == 401


async def test_a_foreign_name_is_refused(nginx: tuple[Proxy, Proxy]) -> None:
    async with browser_at("127.0.0.9", nginx[0]) as browser:
        for path in ("/login", "/", "/auth/logout"):
            answer = await browser.get(nginx[0].url + path, headers={"Host": "evil.example"}, allow_redirects=False)
            assert answer.status == 400
            assert "ROMS_PUBLIC_URL" in await answer.text()


@pytest.mark.causes(r"is not an accepted origin")
async def test_only_pages_of_the_public_address_connect(app: App, nginx: tuple[Proxy, Proxy]) -> None:
    strangers = ("https://evil.example", *(f"http://localhost:{port}" for port in (app.port, app.port + 1000)))
    for origin in strangers:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with wire(app, through=nginx[0], origin=origin):
                pass
        assert refused.value.status == 403


@pytest.mark.parametrize("is_silent", [False, True], ids=["documented", "silent"])
async def test_behind_a_proxy_nobody_is_on_this_machine(
    app: App, inside: None, nginx: tuple[Proxy, Proxy], is_silent: bool
) -> None:
    by = nginx[is_silent]
    async with browser_at("127.0.0.9", by) as browser:
        assert (await browser.get(f"{by.url}/metrics")).status == 403
        with_token = await browser.get(f"{by.url}/metrics", headers={"Authorization": "Bearer kembang-sepatu"})
        assert with_token.status == 200
    async with wire(app, through=by, origin="", address="127.0.0.9", path="/setup", boot=False) as tab:
        await tab.call(handler("setup", "load"))
        await tab.until('"needs_token_rx_state_":true')


@pytest.mark.browser
async def test_chromium_logs_in_and_out_on_a_port_of_localhost(
    app: App, scene: Scene, nginx: tuple[Proxy, Proxy]
) -> None:
    """With the port in the socket's address, and with no text made into code."""
    await writing(agents.set_password, id_of(scene.agent), PASSWORD)
    url, sockets, complaints = nginx[0].url, set[str](), list[str]()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=switches())
        page = await browser.new_page(ignore_https_errors=True)
        page.set_default_timeout(PATIENCE * 1000)
        page.on("websocket", lambda socket: sockets.add(socket.url.partition("/_event")[0]))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        await page.goto(f"{url}/login")
        await page.get_by_label("Email").fill(scene.agent.email)
        await page.get_by_label("Password").fill("tebak")
        await page.get_by_role("button", name="Log in").click()
        await expect(page.get_by_text("Email or password is not right")).to_be_visible(timeout=PATIENCE * 1000)
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Log in").click()
        await page.wait_for_url(re.compile(f"{url}/inbox"))
        # Sent by the server, as a call of a function of ours.
        await expect(page.locator("html")).to_have_attribute("lang", scene.agent.language, timeout=PATIENCE * 1000)
        await page.get_by_role("tab", name="Unassigned").click()
        await expect(page.get_by_text(f"Customer {scene.customer}").first).to_be_visible(timeout=PATIENCE * 1000)
        await scene.customer_writes("Masih ada?")
        await expect(page.get_by_text("Masih ada?").first).to_be_visible(timeout=PATIENCE * 1000)
        await page.evaluate("roms.toast('error', 'That did not work.')")
        await expect(page.get_by_text("That did not work.")).to_be_visible(timeout=PATIENCE * 1000)
        await page.get_by_role("button", name="Profile").click()
        await page.get_by_role("menuitem", name="Log out").click()
        await page.wait_for_url(re.compile(f"{url}/login"))
        await browser.close()
    assert sockets == {url.replace("https", "wss")}
    assert complaints == []
