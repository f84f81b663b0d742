"""The door: what it refuses, and in which words."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import WSServerHandshakeError
from aiohttp.test_utils import TestClient, TestServer

from wa_worker.simulator.config import SimulatorSettings
from wa_worker.simulator.server import make_app


@pytest.fixture
async def client(settings: SimulatorSettings) -> AsyncIterator[TestClient[Any, Any]]:
    async with TestClient(TestServer(make_app(settings))) as client:
        yield client


async def refusal(client: TestClient[Any, Any], **command: Any) -> tuple[int, str]:
    answer = await client.post("/ctl", json=command)
    body = await answer.json()
    assert body["ok"] is False
    return answer.status, body["error"]


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ({"phone": "7", "cmd": "dance"}, "dance"),
        ({"phone": "7"}, "cmd"),
        ({"cmd": "scan"}, "phone"),
        ({"phone": "../7", "cmd": "network", "online": True}, "phone key"),
        ({"phone": "7", "cmd": "message", "chat": "no jid", "body": "x"}, "chat"),
        ({"phone": "7", "cmd": "message", "chat": "1@lid"}, "body"),
        ({"phone": "7", "cmd": "message", "chat": "1@lid", "body": "x" * 65_537}, "65536"),
        ({"phone": "7", "cmd": "message", "chat": "1@lid", "body": "x", "colour": "red"}, "colour"),
        ({"phone": "7", "cmd": "message", "chat": "1@lid", "type": "image", "media_b64": "%"}, "base64"),
        ({"phone": "7", "cmd": "receipt", "ids": ["3EB0NONE"], "ack": 3}, "3EB0NONE"),
        ({"phone": "7", "cmd": "edit", "id": "3EB0NONE", "body": "x"}, "3EB0NONE"),
        ({"phone": "7", "cmd": "lid", "lid": "1@lid"}, "1@lid"),
        ({"phone": "7", "cmd": "contact", "number": "123"}, "no phone number"),
    ],
)
async def test_bad_commands_are_refused_with_a_sentence(
    client: TestClient[Any, Any], command: dict[str, Any], says: str
) -> None:
    status, error = await refusal(client, **command)
    assert status == 400
    assert says in error


async def test_what_is_no_json_is_refused(client: TestClient[Any, Any]) -> None:
    answer = await client.post("/ctl", data=b"cmd=scan")
    assert answer.status == 400
    assert "JSON" in (await answer.json())["error"]


async def test_scanning_without_a_code_says_not_now(client: TestClient[Any, Any]) -> None:
    status, error = await refusal(client, phone="7", cmd="scan")
    assert status == 409
    assert "No QR code" in error


async def test_one_number_belongs_to_one_customer(client: TestClient[Any, Any]) -> None:
    made = await client.post(
        "/ctl", json={"phone": 7, "cmd": "contact", "pushname": "Dewi", "number": "0812-3000-1001"}
    )
    assert (await made.json())["contact"]["pn"] == "6281230001001@c.us"
    other = {"phone": "7", "cmd": "contact", "id": "5@lid", "pushname": "Lain", "number": "+62 812 3000 1001"}
    assert await refusal(client, **other) == (400, "Dewi has that number already.")


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 200),
        ("http://{host}", 200),
        ("http://localhost:3000", 403),
        ("http://127.0.0.1:5", 403),
        ("http://127.0.0.1", 403),
        ("https://{host}", 403),
        ("https://evil.example", 403),
        ("http://{host}.evil.example", 403),
        ("null", 403),
        ("", 403),
    ],
)
@pytest.mark.parametrize("path", ["/ctl", "/sim/upload"])
async def test_other_websites_may_not_drive_the_phone(
    client: TestClient[Any, Any], path: str, origin: str | None, status: int
) -> None:
    """Not those of this machine either: only its own pages."""
    headers = {} if origin is None else {"Origin": origin.format(host=f"{client.host}:{client.port}")}
    command = {"phone": "7", "cmd": "network", "online": True}
    assert (await client.post(path, json=command, headers=headers)).status == status


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:3001", 200),
        ("LOCALHOST", 200),
        ("192.168.1.5:3001", 200),
        ("[::1]:3001", 200),
        ("simulator:3001", 200),
        ("shop.example", 200),
        ("evil.example", 403),
        ("localhost.evil.example:3001", 403),
        ("127.0.0.1.evil.example", 403),
        ("localhost@evil.example", 403),
        ("evil@127.0.0.1", 403),
        ("[::1", 403),
        ("", 403),
    ],
)
@pytest.mark.parametrize("path", ["/state?phone=7", "/phone", "/", "/sim/media/x", "/phone/list"])
async def test_a_name_that_points_here_is_not_answered(
    settings: SimulatorSettings, path: str, host: str, status: int
) -> None:
    """To the browser such a website and we are one: its scripts would read everything, and post with our Origin."""
    own = {"simulator_url": "http://simulator:3001", "public_url": "https://shop.example"}
    async with TestClient(TestServer(make_app(settings.model_copy(update=own)))) as client:
        answer = await client.get(path, headers={"Host": host})
        assert (answer.status == 403) == (status == 403)
        posted = await client.post("/ctl", json={"phone": "7", "cmd": "network"}, headers={"Host": host})
        assert (posted.status == 403) == (status == 403)


async def test_its_own_address_may_be_set(settings: SimulatorSettings) -> None:
    """Behind a proxy that speaks https."""
    app = make_app(settings.model_copy(update={"simulator_url": "https://demo.example"}))
    command = {"phone": "7", "cmd": "network", "online": True}
    async with TestClient(TestServer(app)) as client:
        own = {"Host": "demo.example", "Origin": "https://demo.example"}
        assert (await client.post("/ctl", json=command, headers=own)).status == 200


async def test_reading_creates_no_phone(client: TestClient[Any, Any]) -> None:
    for path in ("/?phone=new", "/state?phone=new", "/phone?phone=new", "/sim/media/new"):
        await client.get(path)
    assert await (await client.get("/phone/list")).json() == []
    fresh = await (await client.get("/state", params={"phone": "new"})).json()
    await client.post("/ctl", json={"phone": "new", "cmd": "network", "online": True})
    assert await (await client.get("/state", params={"phone": "new"})).json() == fresh
    assert [phone["phone"] for phone in await (await client.get("/phone/list")).json()] == ["new"]


@pytest.mark.parametrize("path", ["/sim/ws?phone=7", "/phone/ws?phone=7"])
async def test_nor_listen_to_it(client: TestClient[Any, Any], path: str) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await client.ws_connect(path, headers={"Origin": "https://evil.example"})
    assert refused.value.status == 403
    async with client.ws_connect(path):
        """Without an Origin it is a program of this machine."""


async def test_state_tells_all_or_what_is_asked(client: TestClient[Any, Any]) -> None:
    await client.post("/ctl", json={"phone": "7", "cmd": "message", "chat": "1@lid", "body": "Halo"})
    whole = await (await client.get("/state", params={"phone": "7"})).json()
    assert whole["chats"] == [{"id": "1@lid", "unread": 1}]
    assert {"pages", "registered", "qr", "contacts", "messages", "sent", "online"} <= set(whole)
    part = await (await client.get("/state", params={"phone": "7", "fields": "pages,sent"})).json()
    assert part == {"pages": 0, "sent": []}


async def test_the_phones_are_listed_in_their_order(client: TestClient[Any, Any]) -> None:
    for key in ("10", "shop", "9"):
        await client.post("/ctl", json={"phone": key, "cmd": "network", "online": True})
    phones = await (await client.get("/phone/list")).json()
    assert [phone["phone"] for phone in phones] == ["9", "10", "shop"]


@pytest.mark.causes(r"page.message_refused")
async def test_a_page_that_speaks_nonsense_hurts_nobody(client: TestClient[Any, Any]) -> None:
    async with client.ws_connect("/sim/ws?phone=7") as page:
        for nonsense in (
            "no json",
            "[]",
            '{"t": "history", "q": 1}',
            '{"t": "send", "q": 2}',
            '{"t": "dance", "q": 3}',
        ):
            await page.send_str(nonsense)
        assert await page.receive_json() == {"re": 3, "result": None}


async def test_media_come_as_a_download_only(client: TestClient[Any, Any]) -> None:
    made = await client.post(
        "/ctl", json={"phone": "7", "cmd": "message", "chat": "1@lid", "type": "image", "media_b64": "PGI+"}
    )
    filehash = (await made.json())["message"]["filehash"]
    answer = await client.get(f"/sim/media/{filehash}")
    assert await answer.read() == b"<b>"
    assert answer.headers["Content-Disposition"] == "attachment"
    assert (await client.get("/sim/media/none")).status == 410
