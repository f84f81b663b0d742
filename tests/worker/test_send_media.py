"""Files, quotes, reactions and signals through the unmodified bundle: what arrives at the customer's phone."""

import hashlib
import random
from collections.abc import Callable

import pytest

from devtools.waiting import PATIENCE, until
from tests.media.samples import PDF, film, picture, sound
from tests.worker.cast import INBOX
from tests.worker.conftest import Stage
from tests.worker.sends import arrived, await_failed, await_sent, keep, send_media, send_text
from wa_worker.contract.base import now_ms
from wa_worker.contract.commands import MarkRead, MediaKind, SendReaction, SetTyping
from wa_worker.contract.events import MediaFacts

KINDS = [
    (MediaKind.IMAGE, "jpg", "image/jpeg", lambda: picture("JPEG"), "image"),
    (MediaKind.VIDEO, "mp4", "video/mp4", film, "video"),
    (MediaKind.AUDIO, "mp3", "audio/mpeg", lambda: sound("mp3", "libmp3lame"), "audio"),
    (MediaKind.VOICE, "ogg", "audio/ogg; codecs=opus", sound, "ptt"),
    (MediaKind.DOCUMENT, "pdf", "application/pdf", lambda: PDF, "document"),
    (MediaKind.STICKER, "webp", "image/webp", lambda: picture("WEBP", (512, 512)), "sticker"),
]


@pytest.mark.parametrize(("kind", "ext", "mimetype", "make", "raw_kind"), KINDS, ids=[kind[0].value for kind in KINDS])
def test_each_kind_arrives_byte_for_byte(
    shop: Stage, kind: MediaKind, ext: str, mimetype: str, make: Callable[[], bytes], raw_kind: str
) -> None:
    chat = shop.simulator.customer(40)
    content = make()
    key = keep(shop, content, ext)
    name = "Faktur Ibu Ratna.pdf" if kind is MediaKind.DOCUMENT else None
    caption = "ini ya kak" if kind in (MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.DOCUMENT) else ""
    message_id = send_media(shop, chat, kind, key, mimetype, filename=name, caption=caption)

    sent = await_sent(shop, message_id)
    assert (sent.kind.value, sent.raw_kind, sent.body, sent.chat_jid) == (kind.value, raw_kind, caption, chat)
    assert sent.media == MediaFacts(mimetype=mimetype, size_bytes=len(content), filename=name)
    [got] = arrived(shop, message_id)
    assert (got["type"], got["sha256"]) == (raw_kind, hashlib.sha256(content).hexdigest())
    assert got["mimetype"] == mimetype
    assert got.get("caption", "") == caption
    assert name is None or got["filename"] == name
    assert shop.simulator.http.get(f"/sim/media/{got['filehash']}").content == content


def test_a_file_of_many_parts_arrives_whole_and_is_told_once(shop: Stage) -> None:
    chat = shop.simulator.customer(41)
    content = random.Random(41).randbytes(3_000_001)
    key = keep(shop, content, "bin")
    message_id = send_media(shop, chat, MediaKind.DOCUMENT, key, "application/octet-stream", filename="cadangan.bin")
    await_sent(shop, message_id)
    last = send_text(shop, chat, "sudah")
    await_sent(shop, last)
    [got] = arrived(shop, message_id)
    assert got["sha256"] == hashlib.sha256(content).hexdigest()
    told = [event for event in shop.stream.events("MessageSent") if event.wa_message_id == message_id]
    assert len(told) == 1, "the page's echo of our own file says nothing"


def test_a_file_that_is_not_in_the_store_fails_for_good(shop: Stage) -> None:
    chat = shop.simulator.customer(42)
    message_id = send_media(shop, chat, MediaKind.IMAGE, f"{INBOX}/ab/{'ab' * 32}.jpg", "image/jpeg")
    failed = await_failed(shop, message_id)
    assert (failed.command, failed.reason, failed.is_permanent) == ("SendMedia", "media_missing", True)
    assert arrived(shop, message_id) == []


def test_a_copy_of_a_file_finds_the_first(shop: Stage) -> None:
    chat = shop.simulator.customer(43)
    key = keep(shop, PDF, "pdf")
    message_id = send_media(shop, chat, MediaKind.DOCUMENT, key, "application/pdf", filename="a.pdf")
    await_sent(shop, message_id)
    send_media(shop, chat, MediaKind.DOCUMENT, key, "application/pdf", filename="a.pdf", wa_message_id=message_id)
    await_sent(shop, send_text(shop, chat, "lalu"))
    assert len(arrived(shop, message_id)) == 1


def test_text_and_file_answer_a_message(shop: Stage) -> None:
    chat = shop.simulator.customer(44)
    asked = shop.simulator.write(chat, "harganya?")
    answer = send_text(shop, chat, "seratus", quoted_wa_message_id=asked)
    sent = await_sent(shop, answer)
    assert sent.quoted_wa_message_id == asked
    ours = send_media(
        shop, chat, MediaKind.IMAGE, keep(shop, picture(), "jpg"), "image/jpeg", quoted_wa_message_id=answer
    )
    await_sent(shop, ours)
    assert [arrived(shop, one)[0]["quoted"] for one in (answer, ours)] == [asked, answer]


def test_an_answer_to_what_is_gone_goes_without_its_quote(shop: Stage) -> None:
    chat = shop.simulator.customer(45)
    answer = send_text(shop, chat, "baik", quoted_wa_message_id="3EB0FFFFFFFFFFFFFFFFFF")
    await_sent(shop, answer)
    assert "quoted" not in arrived(shop, answer)[0]


def test_a_reaction_is_put_changed_and_taken_back(shop: Stage) -> None:
    chat = shop.simulator.customer(46)
    theirs = shop.simulator.write(chat, "makasih")
    await_heard(shop, theirs)
    for emoji in ("👍", "🙏", ""):
        shop.stream.command(
            SendReaction(inbox_id=INBOX, chat_jid=chat, wa_message_id=theirs, is_from_me=False, emoji=emoji)
        )
        until(lambda e=emoji: said(shop, theirs)[-1:] == [e], f"reaction {emoji!r}")
        assert [r["text"] for r in shop.simulator.state()["reactions"] if r["id"] == theirs and r["text"]] == (
            [emoji] if emoji else []
        )


def test_a_reaction_to_a_message_that_is_not_there(shop: Stage) -> None:
    chat = shop.simulator.customer(47)
    shop.stream.command(
        SendReaction(inbox_id=INBOX, chat_jid=chat, wa_message_id="3EB0AA", is_from_me=True, emoji="👍")
    )
    failed = await_failed(shop, "3EB0AA")
    assert (failed.command, failed.reason, failed.is_permanent) == ("SendReaction", "message_missing", True)


def test_the_customer_sees_who_types(shop: Stage) -> None:
    chat = shop.simulator.customer(48)
    # A signal for a chat that the page does not know yet is dropped.
    await_heard(shop, shop.simulator.write(chat, "halo"))
    for activity, seen in (("typing", "composing"), ("recording", "recording"), ("paused", "paused")):
        # As if asked for later: a slow machine must not make it out of date.
        soon = now_ms() + int(PATIENCE * 1000)
        shop.stream.command(SetTyping(inbox_id=INBOX, chat_jid=chat, activity=activity, requested_at=soon))
        until(lambda s=seen: connectivity(shop, chat) == s, seen)
    shop.stream.command(SetTyping(inbox_id=INBOX, chat_jid=chat, activity="typing", requested_at=now_ms() - 11_000))
    shop.stream.command(MarkRead(inbox_id=INBOX, chat_jid=chat))
    until(lambda: shop.simulator.state()["chats"], "the next command")
    until(lambda: unread(shop, chat) == 0, "the read receipt")
    assert connectivity(shop, chat) == "paused", "a signal that is out of date is dropped"


def await_heard(stage: Stage, message_id: str) -> None:
    """Wait until the page has the customer's message."""
    until(lambda: message_id in [e.wa_message_id for e in stage.stream.events("MessageReceived")], "the message")


def said(stage: Stage, message_id: str) -> list[str]:
    found = [event for event in stage.stream.events("ReactionChanged") if event.wa_message_id == message_id]
    return [event.emoji for event in found if event.is_ours]


def connectivity(stage: Stage, chat: str) -> str | None:
    return stage.simulator.state()["presence"].get(chat)


def unread(stage: Stage, chat: str) -> int:
    return next(c["unread"] for c in stage.simulator.state()["chats"] if c["id"] == chat)
