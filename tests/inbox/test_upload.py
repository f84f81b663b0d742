"""Files that agents attach: `POST /media/upload`, as honest and as hostile browsers use it."""

import asyncio
import errno
import io
import os
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import httpx
import pytest
from PIL import Image
from sqlalchemy import update
from sqlmodel import select

from devtools.waiting import PATIENCE, until
from roms_app import config, database
from roms_app.api import clean_up, upload
from roms_app.api.media_store import get_media_store
from roms_app.api.routes import routes
from roms_app.errors import InvalidInput
from roms_app.live import transactions
from roms_app.models import Agent, Attachment, Conversation, Message, Upload
from roms_app.models.base import now_ms
from roms_app.models.tables import AGENT
from roms_app.services import sessions, uploads
from roms_app.services.intake import intake
from tests.support import cast as says
from tests.support.cast import Cast
from tests.support.tabs import sign_in
from wa_worker.media.inspect import Inspected, inspect
from wa_worker.media.store import MediaStore, MediaStoreError
from wa_worker.media.subprocess_voice import VoiceFailed
from wa_worker.media.voice import VoiceTooLong

BASE = "http://localhost:3000"
MB = 1024 * 1024


@pytest.fixture(autouse=True)
def small(settings: config.Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing above one megabyte."""
    monkeypatch.setenv("ROMS_MEDIA_MAX_MB", "1")
    config.get_settings.cache_clear()


@pytest.fixture
async def client(redis: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A browser, signed in as nobody yet."""
    transport = httpx.ASGITransport(app=routes(), client=("127.0.0.1", 5000))
    async with httpx.AsyncClient(transport=transport, base_url=BASE, headers={"origin": BASE}) as made:
        yield made
    await transactions.settle()


@pytest.fixture
def chat(people: Cast) -> int:
    """A conversation of the shop: Siti, Budi and Ayu answer there, Eko does not."""
    with database.writing_session() as session:
        intake.receive_batch(session, [says.received(people.shop, 1, "Halo")])
        session.commit()
        return session.exec(select(Conversation.id)).one() or 0


def become(client: httpx.AsyncClient, agent: Agent) -> None:
    client.cookies.set(sessions.COOKIE, sign_in(agent.id or 0))


async def send(client: httpx.AsyncClient, chat: int, data: bytes, name: str = "a.bin", **more: Any) -> httpx.Response:
    query = {"conversation": chat, **more.pop("params", {})}
    files = {"file": (name, data, more.pop("mimetype", "application/octet-stream"))}
    return await client.post("/media/upload", params=query, files=files, **more)


def picture(kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 200), "teal").save(out, kind)
    return out.getvalue()


def recording(container: str, codec: str) -> bytes:
    """One second of sound, as a browser records it."""
    out = io.BytesIO()
    with av.open(out, "w", format=container) as target:
        stream: Any = target.add_stream(codec, rate=48_000, layout="stereo")
        for index in range(50):
            frame = av.AudioFrame(format="fltp" if codec == "aac" else "flt", layout="stereo", samples=960)
            for plane in frame.planes:
                plane.update(bytes(plane.buffer_size))
            frame.sample_rate, frame.pts = 48_000, index * 960
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return out.getvalue()


def kept() -> list[Upload]:
    with database.reading_session() as session:
        return list(session.exec(select(Upload)))


def stored_files(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "media").rglob("*") if path.is_file()]


async def test_a_picture_is_told_by_its_content_and_gets_a_small_one(
    people: Cast, chat: int, client: httpx.AsyncClient
) -> None:
    become(client, people.budi)
    answer = await send(client, chat, picture(), "../../Struk 12.exe", mimetype="text/html")
    assert answer.status_code == 200
    facts = answer.json()
    told = {name: facts[name] for name in ("kind", "mimetype", "filename", "width", "height", "size_bytes")}
    assert told == {
        "kind": "image", "mimetype": "image/png", "filename": "Struk 12.exe", "width": 320, "height": 200,
        "size_bytes": len(picture()),
    }  # fmt: skip
    assert facts["key"].startswith(f"{people.shop}/")
    store = get_media_store()
    assert await store.read(facts["key"]) == picture()
    assert (await store.read(facts["thumbnail_key"]))[8:12] == b"WEBP"


async def test_who_may_not_reply_uploads_nothing(
    people: Cast, chat: int, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    with database.writing_session() as session:
        session.execute(update(AGENT).where(AGENT.c.id == people.budi.id).values(may_reply=False))
        session.commit()
    become(client, people.budi)
    assert (await send(client, chat, picture())).status_code == 403
    assert (kept(), stored_files(tmp_path)) == ([], [])


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (b"%PDF-1.7\n%%EOF", "Faktur.pdf", "document"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "logo.svg", "document"),
        (b"<html><script>alert(1)</script></html>", "foto.jpg", "document"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "IMG_1.HEIC", "document"),
        (picture("JPEG"), "foto.jpg", "image"),
        (picture("BMP"), "gambar.bmp", "document"),
        (recording("mp3", "libmp3lame"), "lagu.mp3", "audio"),
    ],
    ids=["pdf", "svg", "page", "heic", "jpeg", "bmp", "mp3"],
)
async def test_each_goes_as_what_whatsapp_shows(
    people: Cast, chat: int, client: httpx.AsyncClient, data: bytes, name: str, kind: str
) -> None:
    become(client, people.budi)
    facts = (await send(client, chat, data, name, mimetype="image/jpeg")).json()
    assert (facts["kind"], facts["filename"]) == (kind, name)
    assert "html" not in facts["mimetype"]
    assert "svg" not in facts["mimetype"]


@pytest.mark.parametrize(("container", "codec"), [("webm", "libopus"), ("mp4", "aac")])
async def test_a_recording_becomes_a_voice_note(
    people: Cast, chat: int, client: httpx.AsyncClient, container: str, codec: str
) -> None:
    become(client, people.budi)
    answer = await send(client, chat, recording(container, codec), "voice.webm", params={"voice": "1"})
    facts = answer.json()
    assert (facts["kind"], facts["filename"]) == ("voice", None)
    assert facts["mimetype"].startswith("audio/ogg")
    assert 800 <= facts["duration_ms"] <= 1300
    with av.open(io.BytesIO(await get_media_store().read(facts["key"]))) as note:
        assert (note.format.name, note.streams.audio[0].codec_context.channels) == ("ogg", 1)


async def test_what_is_no_recording_is_refused_with_a_sentence(
    people: Cast, chat: int, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    become(client, people.budi)
    answer = await send(client, chat, b"not a sound", params={"voice": "1"})
    assert answer.status_code == 400
    assert answer.json() == {"error": "There is no sound in this recording. Record it again.", "can_retry": False}
    assert (stored_files(tmp_path), kept()) == ([], [])


async def test_the_size_is_counted_while_it_is_read(
    people: Cast, chat: int, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    """An endless body is refused although its header claims a small size."""
    become(client, people.budi)
    told = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal told
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
        while told < 100 * MB:
            told += 64 * 1024
            yield bytes(64 * 1024)

    headers = {"content-type": "multipart/form-data; boundary=x", "content-length": "100"}
    answer = await client.post("/media/upload", params={"conversation": chat}, content=endless(), headers=headers)
    assert answer.status_code == 413
    assert answer.json()["error"] == "Files may have 1 MB. Make it smaller, or send a link."
    assert told < 2 * MB
    assert (stored_files(tmp_path), kept()) == ([], [])
    assert (await send(client, chat, bytes(MB + 1))).status_code == 413
    assert (await send(client, chat, bytes(MB))).status_code == 200


async def test_only_who_answers_the_conversation_gets_that_far(
    people: Cast, chat: int, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    assert (await send(client, chat, picture())).status_code == 401
    become(client, people.budi)
    foreign = await send(client, chat, picture(), headers={"origin": "https://evil.example"})
    assert foreign.status_code == 403
    become(client, people.eko)
    answers = [await send(client, number, picture()) for number in (chat, 999)]
    assert [each.status_code for each in answers] == [404, 404]
    assert answers[0].json() == answers[1].json(), "what may not be seen does not exist"
    for nonsense in ("", "-1", "x", "1;drop"):
        answer = await client.post("/media/upload", params={"conversation": nonsense}, files={"file": b"x"})
        assert answer.status_code == 404
    assert (stored_files(tmp_path), kept()) == ([], [])


async def test_a_body_that_is_no_form_is_a_sentence(people: Cast, chat: int, client: httpx.AsyncClient) -> None:
    become(client, people.budi)
    where = {"params": {"conversation": chat}}
    form = {"content-type": "multipart/form-data; boundary=x"}
    for answer in (
        await client.post("/media/upload", content=b"x", **where),
        await client.post("/media/upload", content=b"x", headers=form, **where),
        await client.post("/media/upload", content=b"--x\r\n\r\n", headers=form, **where),
        await client.post("/media/upload", files=[("file", b"a"), ("file", b"b")], **where),
        await client.post("/media/upload", files={"file": ("a.txt", b"")}, **where),
    ):
        assert answer.status_code == 400
        assert answer.json()["error"]


async def test_without_space_it_can_be_tried_again(
    people: Cast, chat: int, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    become(client, people.budi)
    monkeypatch.setattr("wa_worker.media.store.shutil.disk_usage", lambda _path: type("Disk", (), {"free": 0}))
    answer = await send(client, chat, picture())
    assert answer.status_code == 503
    assert answer.json()["can_retry"]
    assert kept() == []


async def test_a_token_is_good_for_its_agent_and_its_conversation_only(
    people: Cast, chat: int, client: httpx.AsyncClient
) -> None:
    become(client, people.budi)
    facts = (await send(client, chat, picture())).json()
    with database.reading_session() as session:
        found = uploads.access_upload(session, people.budi, chat, facts["token"])
        assert found.media_key == facts["key"]
        for agent, conversation, token in (
            (people.ayu, chat, facts["token"]),
            (people.siti, chat, facts["token"]),
            (people.budi, chat + 1, facts["token"]),
            (people.budi, chat, facts["key"]),
            (people.budi, chat, found.token_hash),
            (people.budi, chat, ""),
        ):
            with pytest.raises(InvalidInput):
                uploads.access_upload(session, agent, conversation, token)


async def test_a_token_ends_after_a_day(people: Cast, chat: int, client: httpx.AsyncClient) -> None:
    become(client, people.budi)
    facts = (await send(client, chat, picture())).json()
    with database.writing_session() as session:
        for each in session.exec(select(Upload)):
            each.created_at = now_ms() - uploads.KEPT_MS - 1
        session.commit()
    with database.reading_session() as session, pytest.raises(InvalidInput):
        uploads.access_upload(session, people.budi, chat, facts["token"])
    assert len(kept()) == 1, "the row is there until its file is removed"


def age(tmp_path: Path) -> None:
    """A day and more goes by."""
    then = now_ms() - uploads.KEPT_MS - uploads._MARGIN_MS - 1000
    with database.writing_session() as session:
        for each in session.exec(select(Upload)):
            each.created_at = then
        session.commit()
    for path in stored_files(tmp_path):
        os.utime(path, (then / 1000, then / 1000))


async def test_what_was_never_sent_is_removed_with_its_token(
    people: Cast, chat: int, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    become(client, people.budi)
    old = [(await send(client, chat, data)).json()["key"] for data in (b"one", b"two", b"three")]
    with database.writing_session() as session:
        message_id = session.exec(select(Message.id)).one() or 0
        session.add(Attachment(message_id=message_id, mimetype="text/plain", media_key=old[0]))
        session.commit()
    age(tmp_path)
    # The customer sends the same file as the second: it is put there anew before its message is told.
    await get_media_store().put(old[1], b"two")
    new = (await send(client, chat, b"four")).json()["key"]
    await clean_up.remove_ended_uploads()
    assert [each.media_key for each in kept()] == [new]
    names = {path.name for path in stored_files(tmp_path)}
    assert names == {key.rpartition("/")[2] for key in (old[0], old[1], new)}


async def test_a_full_disk_is_cleaned_before_a_file_is_refused(
    people: Cast, chat: int, client: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    become(client, people.budi)
    await send(client, chat, b"old")
    age(tmp_path)

    def free(_path: Path) -> SimpleNamespace:
        return SimpleNamespace(free=0 if stored_files(tmp_path) else 1 << 40)

    monkeypatch.setattr("wa_worker.media.store.shutil.disk_usage", free)
    assert (await send(client, chat, b"new")).status_code == 200
    assert len(kept()) == len(stored_files(tmp_path)) == 1
    again = await send(client, chat, b"newer")
    assert (again.status_code, again.json()["can_retry"]) == (503, True)
    assert len(kept()) == 1, "what could not be stored is not noted either"


async def test_without_space_for_the_body_it_can_be_tried_again(
    people: Cast, chat: int, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: Any, **_options: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    become(client, people.budi)
    monkeypatch.setattr("starlette.formparsers.SpooledTemporaryFile", full)
    answer = await send(client, chat, picture())
    assert answer.status_code == 503
    assert answer.json() == {
        "error": "There is no space left for files. Tell the admin of your team.",
        "can_retry": True,
    }


async def test_a_store_that_is_away_loses_no_file_out_of_sight(
    people: Cast, chat: int, client: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    become(client, people.budi)
    await send(client, chat, b"old")
    age(tmp_path)

    async def away(*_args: Any) -> None:
        raise MediaStoreError("The media store did not answer.")

    with monkeypatch.context() as patch:
        patch.setattr(MediaStore, "delete", away)
        await clean_up.remove_ended_uploads()
    assert len(kept()) == len(stored_files(tmp_path)) == 1
    await clean_up.remove_ended_uploads()
    assert (kept(), stored_files(tmp_path)) == ([], [])


async def test_it_is_cleaned_by_the_clock(
    people: Cast, chat: int, client: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where nobody uploads any more."""
    become(client, people.budi)
    monkeypatch.setattr(clean_up, "_EVERY_SECONDS", 0.01)
    task = asyncio.create_task(clean_up.run())
    try:
        for _ in range(2):
            await send(client, chat, b"old")
            age(tmp_path)
            async with asyncio.timeout(PATIENCE):
                while kept() or stored_files(tmp_path):
                    await asyncio.sleep(0.01)
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_an_agent_has_a_quota(
    people: Cast, chat: int, client: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sent files count for the quota, files older than a day don't. A refused file is not stored."""
    monkeypatch.setenv("ROMS_UPLOAD_AGENT_MB", "1")
    config.get_settings.cache_clear()
    become(client, people.budi)
    assert (await send(client, chat, bytes(MB - 10))).status_code == 200
    over = await send(client, chat, bytes(11))
    assert over.status_code == 503
    assert over.json()["error"].startswith("You have uploaded as much as one agent may within a day.")
    assert len(kept()) == len(stored_files(tmp_path)) == 1
    assert (await send(client, chat, bytes(10))).status_code == 200
    become(client, people.ayu)
    assert (await send(client, chat, bytes(11))).status_code == 200
    age(tmp_path)
    become(client, people.budi)
    assert (await send(client, chat, bytes(11))).status_code == 200


async def test_above_the_quota_no_body_is_read(
    people: Cast, chat: int, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROMS_UPLOAD_TOTAL_MB", "1")
    config.get_settings.cache_clear()
    become(client, people.budi)
    assert (await send(client, chat, bytes(MB))).status_code == 200
    become(client, people.ayu)

    async def body() -> AsyncIterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    answer = await client.post("/media/upload", params={"conversation": chat}, content=body())
    assert answer.status_code == 503
    assert answer.json()["error"].startswith("Your team has uploaded as much as it may within a day.")


async def test_small_files_are_counted_too(
    people: Cast, chat: int, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "_MOST_FILES", 2)
    become(client, people.budi)
    answers = [(await send(client, chat, b"x")).status_code for _ in range(3)]
    assert answers == [200, 200, 503]


async def test_what_is_given_up_keeps_its_slot_and_no_login_waits(
    people: Cast, chat: int, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files that take for ever are looked into two at a time, and not by the threads that verify passwords."""
    end, begun = threading.Event(), []

    def endless(data: bytes, *_told: Any) -> Inspected:
        begun.append(threading.current_thread().name)
        end.wait(PATIENCE)
        return inspect(data)

    queue = upload._lookers.submit

    def begin(*look: Any) -> Any:
        # The time for a look runs from here: a thread that began later would find its file closed.
        due, work = len(begun) + 1, queue(*look)
        until(lambda: len(begun) >= due, "a thread looks into the file")
        return work

    monkeypatch.setattr(upload._lookers, "submit", begin)
    monkeypatch.setattr(upload, "inspect_apart", endless)
    monkeypatch.setattr(upload, "_LOOK_SECONDS", 0.1)
    become(client, people.budi)
    try:
        refused = await asyncio.gather(*(send(client, chat, b"x") for _ in range(2)))
        assert {each.json()["error"] for each in refused} == {
            "The file takes too long to look into. Choose another one."
        }
        monkeypatch.setattr(upload, "_LOOK_SECONDS", 240.0)
        third = asyncio.create_task(send(client, chat, b"x"))
        await asyncio.to_thread(lambda: None)
        done, _ = await asyncio.wait([third], timeout=0.3)
        assert (len(begun), done) == (2, set())
        assert all(name.startswith("roms-files") for name in begun)
    finally:
        end.set()
    assert (await third).status_code == 200


async def test_one_agent_uploads_so_many_at_once(
    people: Cast, chat: int, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "_AT_ONCE", 1)
    become(client, people.budi)
    answers = await asyncio.gather(*(send(client, chat, b"x") for _ in range(3)))
    assert sorted(each.status_code for each in answers) == [200, 503, 503]
    assert all(each.json()["can_retry"] for each in answers if each.status_code == 503)
    assert (await send(client, chat, b"x")).status_code == 200


async def test_all_agents_together_upload_so_many_at_once(
    people: Cast, chat: int, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "_ALL_AT_ONCE", 1)
    become(client, people.budi)
    answers = await asyncio.gather(*(send(client, chat, b"x") for _ in range(3)))
    assert sorted(each.status_code for each in answers) == [200, 503, 503]
    assert (await send(client, chat, b"x")).status_code == 200


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (VoiceTooLong, "The recording is too long. Send it in parts."),
        (VoiceFailed, "This recording could not be made into a voice note. Record it again."),
    ],
)
async def test_a_recording_that_ends_its_converter_is_refused_with_a_sentence(
    people: Cast,
    chat: int,
    client: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    failure: type[Exception],
    sentence: str,
) -> None:
    def fails(_data: bytes) -> bytes:
        raise failure

    monkeypatch.setattr(upload, "to_voice_note_apart", fails)
    become(client, people.budi)
    answer = await send(client, chat, recording("webm", "libopus"), params={"voice": "1"})
    assert (answer.status_code, answer.json()) == (400, {"error": sentence, "can_retry": False})
