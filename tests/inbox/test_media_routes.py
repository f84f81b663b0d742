"""Tests of file downloads: authorization, ranges, names, and that no file runs as a script."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlmodel import select

from roms_app import database
from roms_app.api.media_store import get_media_store
from roms_app.api.routes import routes
from roms_app.api.security import SecurityHeaders
from roms_app.errors import Conflict, NotFound
from roms_app.live import transactions
from roms_app.models import Agent, Attachment, AttachmentStatus, Contact, InboxMember, Message
from roms_app.models.base import now_ms
from roms_app.services import files, sessions
from roms_app.services.intake import intake
from tests.support import cast as says
from tests.support.cast import Cast
from tests.support.tabs import sign_in
from wa_worker.contract.events import MessageKind
from wa_worker.media.keys import media_key, picture_key, sha256_of, thumbnail_key

BASE = "http://localhost:3000"
DATA = bytes(range(256)) * 400
SMALL = b"a small picture"
OPEN_XML = "application/vnd.openxmlformats-officedocument"
DOCX = f"{OPEN_XML}.wordprocessingml.document"


@dataclass
class Sent:
    """A customer's file, stored."""

    message_id: int
    contact_id: int
    url: str


@pytest.fixture
async def client(redis: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A browser, signed in as nobody yet."""
    transport = httpx.ASGITransport(app=SecurityHeaders(routes()), client=("127.0.0.1", 5000))
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as made:
        yield made
    await transactions.settle()


@pytest.fixture
async def photo(people: Cast, settings: Any) -> Sent:
    """A file of a conversation of the shop, which Eko does not answer."""
    return await stored(people, "image/jpeg", "liburan.jpg")


async def stored(people: Cast, mimetype: str, filename: str | None) -> Sent:
    """A file, its small picture and its sender's picture, in database and store."""
    digest = sha256_of(DATA)
    key, small = media_key(people.shop, digest, "jpg"), thumbnail_key(people.shop, digest)
    picture = picture_key(people.shop, digest, "jpg")
    for name, data in ((key, DATA), (small, SMALL), (picture, SMALL)):
        await get_media_store().put(name, data)
    with database.writing_session() as session:
        intake.receive_batch(session, [says.received(people.shop, 1, "", kind=MessageKind.IMAGE, raw_kind="image")])
        message = session.exec(select(Message)).one()
        contact = session.exec(select(Contact)).one()
        contact.picture_key = picture
        attachment = session.get(Attachment, message.id) or Attachment(message_id=message.id or 0)
        attachment.status, attachment.media_key, attachment.thumbnail_key = AttachmentStatus.STORED, key, small
        attachment.mimetype, attachment.filename, attachment.size_bytes = mimetype, filename, len(DATA)
        session.add_all([attachment, contact])
        session.commit()
        return Sent(message.id or 0, contact.id or 0, f"/media/message/{message.id}")


def become(client: httpx.AsyncClient, agent: Agent) -> None:
    client.cookies.set(sessions.COOKIE, sign_in(agent.id or 0))


def change(row: Any, id: int, **columns: Any) -> None:
    with database.writing_session() as session:
        found = session.get(row, id)
        for name, value in columns.items():
            setattr(found, name, value)
        session.add(found)
        session.commit()


async def test_who_answers_a_chat_gets_its_files(people: Cast, client: httpx.AsyncClient, photo: Sent) -> None:
    for agent in (people.budi, people.ayu, people.siti):
        become(client, agent)
        whole = await client.get(photo.url)
        assert (whole.status_code, whole.content) == (200, DATA)
        assert whole.headers["content-type"] == "image/jpeg"
        assert whole.headers["content-length"] == str(len(DATA))
        assert (await client.get(f"{photo.url}/thumbnail")).content == SMALL
        assert (await client.get(f"/media/contact/{photo.contact_id}")).content == SMALL


async def test_nobody_else_gets_them_or_learns_that_they_exist(
    people: Cast, client: httpx.AsyncClient, photo: Sent
) -> None:
    urls = (photo.url, f"{photo.url}/thumbnail", f"/media/contact/{photo.contact_id}")
    for url in urls:
        anonymous = await client.get(url)
        assert (anonymous.status_code, anonymous.headers["cache-control"]) == (401, "no-store")
    become(client, people.eko)
    unknown = await client.get("/media/message/999999")
    for url in urls:
        refused = await client.get(url)
        assert (refused.status_code, refused.content, dict(refused.headers)) == (
            404, unknown.content, dict(unknown.headers),
        )  # fmt: skip
        assert refused.headers["cache-control"] == "no-store"


async def test_who_left_the_team_or_logged_out_gets_nothing(
    people: Cast, client: httpx.AsyncClient, photo: Sent
) -> None:
    become(client, people.budi)
    assert (await client.get(photo.url)).status_code == 200
    with database.writing_session() as session:
        session.delete(session.get_one(InboxMember, (people.shop, people.budi.id)))
        session.commit()
    assert (await client.get(photo.url)).status_code == 404
    await client.post("/auth/logout")
    assert (await client.get(photo.url)).status_code == 401


@pytest.mark.parametrize("id", ["0", "-1", "1.0", "01x", "x", "%00", "1%2Fthumbnail%2F..", "9" * 15, "9" * 400, "١"])
async def test_an_id_that_is_none_is_not_there(people: Cast, client: httpx.AsyncClient, photo: Sent, id: str) -> None:
    become(client, people.siti)
    for url in (f"/media/message/{id}", f"/media/message/{id}/thumbnail", f"/media/contact/{id}"):
        assert (await client.get(url)).status_code == 404, url


async def test_what_is_not_stored_was_deleted_or_lost_is_not_there(
    people: Cast, client: httpx.AsyncClient, photo: Sent
) -> None:
    become(client, people.budi)
    change(Attachment, photo.message_id, status=AttachmentStatus.PENDING)
    assert (await client.get(photo.url)).status_code == 404
    change(Attachment, photo.message_id, status=AttachmentStatus.STORED)
    change(Message, photo.message_id, revoked_at=now_ms())
    assert (await client.get(photo.url)).status_code == 404
    change(Message, photo.message_id, revoked_at=None)
    await get_media_store().delete(media_key(people.shop, sha256_of(DATA), "jpg"))
    assert (await client.get(photo.url)).status_code == 404


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-99", 206, DATA[:100]),
        ("bytes=100-", 206, DATA[100:]),
        ("bytes=-50", 206, DATA[-50:]),
        ("bytes=102300-999999", 206, DATA[102_300:]),
        ("bytes=0-", 200, DATA),
        ("bytes=5-2", 200, DATA),
        ("bytes=0-1,5-6", 200, DATA),
        ("bytes=-", 200, DATA),
        ("lines=1-2", 200, DATA),
        ("bytes=102400-", 416, b""),
        ("bytes=-0", 416, b""),
    ],
)
async def test_a_film_can_be_sought_in(
    people: Cast, client: httpx.AsyncClient, photo: Sent, asked: str, status: int, part: bytes
) -> None:
    become(client, people.budi)
    answer = await client.get(photo.url, headers={"range": asked})
    assert (answer.status_code, answer.content) == (status, part)
    if status == 206:
        start = DATA.index(part) if len(part) > 256 else len(DATA) - len(part) if part == DATA[-len(part) :] else 0
        assert answer.headers["content-range"] == f"bytes {start}-{start + len(part) - 1}/{len(DATA)}"
    if status == 416:
        assert answer.headers["content-range"] == f"bytes */{len(DATA)}"


async def test_a_part_of_another_file_is_never_joined_to_this_one(
    people: Cast, client: httpx.AsyncClient, photo: Sent
) -> None:
    become(client, people.budi)
    etag = (await client.get(photo.url)).headers["etag"]
    same = await client.get(photo.url, headers={"range": "bytes=0-9", "if-range": etag})
    other = await client.get(photo.url, headers={"range": "bytes=0-9", "if-range": '"other"'})
    assert (same.status_code, other.status_code) == (206, 200)


async def test_browsers_keep_files_but_only_for_this_session(
    people: Cast, client: httpx.AsyncClient, photo: Sent
) -> None:
    become(client, people.budi)
    answer = await client.get(photo.url)
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert answer.headers["vary"] == "Cookie"
    again = await client.get(photo.url, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    contact = f"/media/contact/{photo.contact_id}"
    assert (await client.get(contact)).headers["cache-control"] == "private, no-cache"
    assert "immutable" in (await client.get(f"{contact}?v=1")).headers["cache-control"]


@pytest.mark.parametrize(
    ("mimetype", "is_shown", "told"),
    [
        ("image/png", True, "image/png"),
        ("audio/ogg; codecs=opus", True, "audio/ogg"),
        ("video/mp4", True, "video/mp4"),
        ("application/pdf", False, "application/pdf"),
        (DOCX, False, DOCX),
        (f"{OPEN_XML}.spreadsheetml.sheet", False, f"{OPEN_XML}.spreadsheetml.sheet"),
        (f"{OPEN_XML}.presentationml.presentation", False, f"{OPEN_XML}.presentationml.presentation"),
        ("application/msword", False, "application/msword"),
        ("application/vnd.ms-excel", False, "application/vnd.ms-excel"),
        ("application/vnd.oasis.opendocument.text", False, "application/vnd.oasis.opendocument.text"),
        ("text/html", False, "application/octet-stream"),
        ("application/xml", False, "application/octet-stream"),
        ("application/xslt+xml", False, "application/octet-stream"),
        ("application/x-ecmascript", False, "application/octet-stream"),
        ("image/svg+xml", False, "application/octet-stream"),
        ("application/xhtml+xml", False, "application/octet-stream"),
        ("text/javascript", False, "application/octet-stream"),
        ("text/xml", False, "application/octet-stream"),
        ("multipart/x-mixed-replace", False, "application/octet-stream"),
        ("IMAGE/SVG+XML", False, "application/octet-stream"),
        ("image/png\r\nSet-Cookie: a=b", False, "application/octet-stream"),
        ("", False, "application/octet-stream"),
    ],
)
async def test_only_what_can_not_run_is_shown_in_place(
    people: Cast, client: httpx.AsyncClient, mimetype: str, is_shown: bool, told: str
) -> None:
    photo = await stored(people, mimetype, "a.bin")
    become(client, people.budi)
    answer = await client.get(photo.url)
    assert answer.headers["content-type"] == told
    assert answer.headers["content-disposition"].startswith("inline" if is_shown else "attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "set-cookie" not in answer.headers
    download = await client.get(f"{photo.url}?download=1")
    assert download.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("filename", "plain", "full"),
    [
        ("Daftar harga.pdf", "Daftar harga.pdf", "Daftar%20harga.pdf"),
        ("حساب.pdf", "____.pdf", "%D8%AD%D8%B3%D8%A7%D8%A8.pdf"),
        ('a"; filename=x.exe', "a__ filename=x.exe", "a__%20filename%3Dx.exe"),
        ("../../etc/passwd", "_.._etc_passwd", "_.._etc_passwd"),
        ("baris\r\nbaru.txt", "baris__baru.txt", "baris__baru.txt"),
        ("foto\u202egpj.exe", "foto_gpj.exe", "foto_gpj.exe"),
        ("x" * 400 + ".docx", "x" * 138 + ".docx", "x" * 138 + ".docx"),
        (None, "file.jpg", "file.jpg"),
        ("...", "file.jpg", "file.jpg"),
    ],
)
async def test_a_name_does_no_harm(
    people: Cast, client: httpx.AsyncClient, filename: str | None, plain: str, full: str
) -> None:
    photo = await stored(people, "application/pdf", filename)
    become(client, people.budi)
    told = (await client.get(photo.url)).headers["content-disposition"]
    assert told == f"attachment; filename=\"{plain}\"; filename*=UTF-8''{full}"


async def test_a_question_about_a_file_has_no_body(people: Cast, client: httpx.AsyncClient, photo: Sent) -> None:
    become(client, people.budi)
    answer = await client.head(photo.url)
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", str(len(DATA)))


async def test_a_file_that_failed_is_asked_for_once_and_a_lost_one_never(people: Cast, photo: Sent) -> None:
    change(Attachment, photo.message_id, status=AttachmentStatus.FAILED, failure_reason="timeout")
    with database.writing_session() as session:
        with pytest.raises(NotFound):
            files.request_again(session, people.eko, photo.message_id)
        command = files.request_again(session, people.budi, photo.message_id)
        assert (command.inbox_id, command.is_from_me) == (people.shop, False)
        with pytest.raises(Conflict):
            files.request_again(session, people.budi, photo.message_id)
        files.mark_not_requested(session, photo.message_id)
        assert session.get_one(Attachment, photo.message_id).status is AttachmentStatus.FAILED
        session.commit()
    change(Attachment, photo.message_id, is_lost=True)
    with database.writing_session() as session, pytest.raises(Conflict, match="no longer on the phone"):
        files.request_again(session, people.budi, photo.message_id)
