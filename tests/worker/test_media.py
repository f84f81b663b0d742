"""Files of messages, both ways, through the unmodified bundle: byte for byte, or told why not."""

import base64
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from devtools.waiting import until
from tests.media import samples
from tests.worker.cast import INBOX
from tests.worker.conftest import Stage, running
from wa_worker.contract.commands import FetchMedia
from wa_worker.contract.events import MediaFailed, MediaStored, MessageKind, MessageReceived, MessageSent
from wa_worker.media.keys import sha256_of

PHOTO = samples.picture()


@pytest.fixture(scope="module")
def _small() -> Iterator[Stage]:
    """A worker that keeps no file above a megabyte and waits three seconds for one."""
    with running(ROMS_MEDIA_MAX_MB="1", ROMS_MEDIA_SECONDS="3") as stage:
        stage.pair()
        yield stage


@pytest.fixture
def shop(_small: Stage) -> Stage:
    _small.stream.begin_here()
    return _small


def send_file(stage: Stage, chat: str, data: bytes, cmd: str = "message", **more: Any) -> str:
    """A customer, or the owner on the phone, sends a file; the message's id."""
    draft = {"chat": chat, "media_b64": base64.b64encode(data).decode(), "body": "", **more}
    return stage.simulator.ctl(cmd, **draft)["message"]["id"]


def stored(stage: Stage, message_id: str) -> MediaStored:
    return until(lambda: _of(stage, "MediaStored", message_id), f"the file of {message_id}")


def failed(stage: Stage, message_id: str) -> MediaFailed:
    return until(lambda: _of(stage, "MediaFailed", message_id), f"the failure of {message_id}")


def heard(stage: Stage, message_id: str) -> MessageReceived:
    return until(lambda: _of(stage, "MessageReceived", message_id), f"the message {message_id}")


def _of(stage: Stage, kind: str, message_id: str) -> Any:
    return next((event for event in stage.stream.events(kind) if event.wa_message_id == message_id), None)


def content(stage: Stage, key: str) -> bytes:
    return (stage.folder / "media" / key).read_bytes()


KINDS = [
    ("image", PHOTO, "image/jpeg", MessageKind.IMAGE, "image/jpeg"),
    ("video", samples.film(), "video/mp4", MessageKind.VIDEO, "video/mp4"),
    ("audio", samples.sound("mp3", "libmp3lame"), "audio/mpeg", MessageKind.AUDIO, "audio/mpeg"),
    ("ptt", samples.sound(), "audio/ogg; codecs=opus", MessageKind.VOICE, "audio/ogg"),
    ("document", samples.PDF, "application/pdf", MessageKind.DOCUMENT, "application/pdf"),
    ("sticker", samples.picture("WEBP", (128, 128)), "image/webp", MessageKind.STICKER, "image/webp"),
]


@pytest.mark.parametrize("by", ["message", "own_message"])
def test_every_kind_of_file_byte_for_byte(shop: Stage, by: str) -> None:
    chat = shop.simulator.customer(1 if by == "message" else 2)
    ids = [
        send_file(shop, chat, data, by, type=kind, mimetype=told, filename=f"{kind}.x", caption="lihat")
        for kind, data, told, _, _ in KINDS
    ]
    for message_id, (_, data, told, kind, mimetype) in zip(ids, KINDS, strict=True):
        event = stored(shop, message_id)
        assert (event.mimetype, event.size_bytes, event.sha256) == (mimetype, len(data), sha256_of(data))
        assert content(shop, event.media_key) == data
        has_picture = kind in (MessageKind.IMAGE, MessageKind.VIDEO, MessageKind.STICKER)
        assert (event.thumbnail_key is not None) is has_picture
        assert event.thumbnail_key is None or content(shop, event.thumbnail_key)[8:12] == b"WEBP"
        announced: MessageReceived | MessageSent | None = _of(
            shop, "MessageReceived" if by == "message" else "MessageSent", message_id
        )
        assert announced is not None
        assert announced.media is not None
        assert (announced.kind, announced.body, announced.media.mimetype) == (kind, "lihat", told)
        assert announced.media.size_bytes == len(data)


def test_a_text_does_not_wait_for_a_file(shop: Stage) -> None:
    chat = shop.simulator.customer(3)
    shop.simulator.ctl("hang", what="download", count=2)
    hanging = [send_file(shop, chat, os.urandom(50), type="document", mimetype="text/plain") for _ in range(2)]
    shop.simulator.write(chat, "cepat")
    until(lambda: "cepat" in shop.stream.bodies(), "the text")
    for one in hanging:
        stored(shop, one)
    ends = [e.wa_message_id if e.type == "MediaStored" else getattr(e, "body", "") for e in shop.stream.events()]
    assert ends.index("cepat") < min(ends.index(one) for one in hanging)


def test_what_failed_is_told_and_can_be_asked_for_again(shop: Stage) -> None:
    chat = shop.simulator.customer(4)
    shop.simulator.ctl("fail_media", count=3, how="gone")
    data = os.urandom(100)
    message_id = send_file(shop, chat, data, type="document", mimetype="application/x-data")
    failure = failed(shop, message_id)
    assert (failure.reason, failure.is_permanent, failure.is_from_me) == ("expired", False, False)
    shop.stream.command(FetchMedia(inbox_id=INBOX, chat_jid=chat, wa_message_id=message_id, is_from_me=False))
    event = stored(shop, message_id)
    assert (content(shop, event.media_key), event.mimetype) == (data, "application/octet-stream")


def test_a_passing_failure_is_not_even_told(shop: Stage) -> None:
    chat = shop.simulator.customer(5)
    shop.simulator.ctl("fail_media", count=1, how="corrupt")
    data = samples.picture(colour="red")
    event = stored(shop, send_file(shop, chat, data, type="image", mimetype="image/jpeg"))
    assert content(shop, event.media_key) == data
    assert shop.stream.events("MediaFailed") == []


def test_what_is_too_big_is_not_downloaded(shop: Stage) -> None:
    chat = shop.simulator.customer(6)
    message_id = send_file(shop, chat, bytes(1024 * 1024 + 1), type="document", mimetype="application/zip")
    failure = failed(shop, message_id)
    assert (failure.reason, failure.is_permanent) == ("too_big", True)
    assert heard(shop, message_id).media is not None


def test_what_is_no_picture_is_kept_as_bytes(shop: Stage) -> None:
    chat = shop.simulator.customer(7)
    page = b"<!doctype html><script>alert(1)</script>"
    event = stored(shop, send_file(shop, chat, page, type="image", mimetype="image/png", filename="a.png"))
    assert (event.mimetype, event.thumbnail_key, event.width) == ("application/octet-stream", None, None)
    assert event.media_key.endswith(".bin")
    cut = stored(shop, send_file(shop, chat, PHOTO[:400], type="image", mimetype="image/jpeg"))
    assert cut.mimetype == "application/octet-stream"


def test_hostile_names_cost_nothing(shop: Stage) -> None:
    chat = shop.simulator.customer(8)
    name = "../" * 60 + "\u202egpj.exe\n\x01" + "ä" * 60
    message_id = send_file(shop, chat, b"halo", type="document", mimetype="x" * 128, filename=name)
    event = stored(shop, message_id)
    assert event.filename == "\u202egpj.exe" + "ä" * 60
    assert content(shop, event.media_key) == b"halo"


def test_view_once_is_announced_and_not_fetched(shop: Stage) -> None:
    chat = shop.simulator.customer(9)
    message_id = send_file(shop, chat, PHOTO, type="image", mimetype="image/jpeg", is_view_once=True, caption="x")
    last = send_file(shop, chat, samples.picture(colour="blue"), type="image", mimetype="image/jpeg")
    stored(shop, last)
    event = heard(shop, message_id)
    assert (event.kind, event.body, event.media) == (MessageKind.VIEW_ONCE, "", None)
    assert _of(shop, "MediaStored", message_id) is None


def test_downloads_survive_a_killed_worker(shop: Stage) -> None:
    chat = shop.simulator.customer(10)
    shop.simulator.ctl("hang", what="download", count=2)
    data = samples.picture(colour="green")
    message_id = send_file(shop, chat, data, type="image", mimetype="image/jpeg")
    waiting = shop.folder / "profiles" / str(INBOX) / "downloads.json"
    until(lambda: _names(waiting) == {message_id}, "the download on disk")
    shop.worker.end(signal.SIGKILL)
    shop.simulator.ctl("hang", what="download", count=0)
    shop.worker.start()
    assert content(shop, stored(shop, message_id).media_key) == data
    until(lambda: _names(waiting) == set(), "nothing waits any more")


def _names(path: Path) -> set[str]:
    return {one["message_id"] for one in json.loads(path.read_text())["wanted"] if one["starts"]}
