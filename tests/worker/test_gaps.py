"""Decryptions, edits, deletions and reactions are reported, live and after an absence."""

import base64
from typing import Any

import pytest

from devtools.waiting import until
from tests.media import samples
from tests.worker.conftest import Stage
from wa_worker.contract.events import MessageKind, ReactionChanged


def first(stage: Stage, kind: str, message_id: str) -> Any:
    """The first event of a kind about a message."""
    return until(
        lambda: next((event for event in stage.stream.events(kind) if event.wa_message_id == message_id), None),
        f"{kind} of {message_id}",
    )


def write(stage: Stage, chat: str, cmd: str = "message", **draft: Any) -> str:
    return stage.simulator.ctl(cmd, chat=chat, **draft)["message"]["id"]


CARD = "BEGIN:VCARD\nVERSION:3.0\nFN:Budi\nTEL;waid=6281234567890:+62 812-3456-7890\nEND:VCARD"


@pytest.mark.parametrize("by", ["message", "own_message"])
def test_every_kind_without_a_file(shop: Stage, by: str) -> None:
    chat = shop.simulator.customer(50 if by == "message" else 51)
    card, both = {"name": "Budi", "vcard": CARD}, {"name": "Ayu", "vcard": ""}
    expected = {
        write(shop, chat, by, type="vcard", vcards=[card]): (MessageKind.CONTACT_CARD, "vcard", "Budi\n+6281234567890"),
        write(shop, chat, by, type="multi_vcard", vcards=[card, both]): (
            MessageKind.CONTACT_CARD, "multi_vcard", "Budi\n+6281234567890\nAyu",
        ),
        write(shop, chat, by, type="location", lat=-6.2, lng=106.8, loc="Toko"): (
            MessageKind.LOCATION, "location", "Toko\n-6.2, 106.8",
        ),
        write(shop, chat, by, type="poll_creation", poll={"name": "Kapan?", "options": ["Senin", "Selasa"]}): (
            MessageKind.POLL, "poll_creation", "Kapan?\n• Senin\n• Selasa",
        ),
        write(shop, chat, by, type="call_log", call={"outcome": "missed", "is_video": True}): (
            MessageKind.CALL, "call_log:missed_video", "",
        ),
        write(shop, chat, by, type="call_log", call={"outcome": "completed", "seconds": 9}): (
            MessageKind.CALL, "call_log:completed", "",
        ),
        write(shop, chat, by, type="e2e_notification", subtype="identity"): (
            MessageKind.NOTICE, "e2e_notification:identity", "",
        ),
        write(shop, chat, by, type="hologram", body="hai"): (MessageKind.UNSUPPORTED, "hologram", "hai"),
    }  # fmt: skip
    hidden = write(shop, chat, by, type="e2e_notification", subtype="encrypt")
    last = write(shop, chat, by, body="selesai", is_forwarded=True, quoted=next(iter(expected)))
    kind = "MessageReceived" if by == "message" else "MessageSent"
    event = first(shop, kind, last)
    assert (event.is_forwarded, event.quoted_wa_message_id) == (True, next(iter(expected)))
    told = {e.wa_message_id: (e.kind, e.raw_kind, e.body) for e in shop.stream.events(kind)}
    assert {message_id: told.get(message_id) for message_id in expected} == expected
    assert hidden not in told


def test_a_placeholder_is_replaced_where_it_stands(shop: Stage) -> None:
    chat = shop.simulator.customer(52)
    words, photo = (write(shop, chat, type="ciphertext") for _ in range(2))
    assert first(shop, "MessageReceived", photo).kind is MessageKind.UNDECRYPTED
    data = samples.picture(colour="pink")
    shop.simulator.ctl("decrypt", id=words, chat=chat, body="terbaca")
    shop.simulator.ctl(
        "decrypt", id=photo, chat=chat, type="image", mimetype="image/jpeg", media_b64=base64.b64encode(data).decode()
    )
    until(lambda: _kinds(shop, words)[-1] is MessageKind.TEXT, "the words")
    until(lambda: _kinds(shop, photo)[-1] is MessageKind.IMAGE, "the picture")
    stored = first(shop, "MediaStored", photo)
    assert (shop.folder / "media" / stored.media_key).read_bytes() == data
    assert "terbaca" in shop.stream.bodies()


def _kinds(stage: Stage, message_id: str) -> list[MessageKind]:
    return [e.kind for e in stage.stream.events("MessageReceived") if e.wa_message_id == message_id]


def test_reactions_live(shop: Stage) -> None:
    chat = shop.simulator.customer(53)
    theirs = write(shop, chat, body="halo")
    ours = write(shop, chat, "own_message", body="ya")
    first(shop, "MessageSent", ours)
    shop.simulator.ctl("reaction", id=ours, chat=chat, text="❤️", by="customer")
    shop.simulator.ctl("reaction", id=theirs, chat=chat, text="👍🏽", by="owner")
    heart, thumb = first(shop, "ReactionChanged", ours), first(shop, "ReactionChanged", theirs)
    assert (heart.emoji, heart.is_from_me, heart.is_ours, heart.author_jid) == ("❤️", True, False, None)
    assert (thumb.emoji, thumb.is_from_me, thumb.is_ours, thumb.chat_jid) == ("👍🏽", False, True, chat)
    shop.simulator.ctl("reaction", id=ours, chat=chat, text="", by="customer")
    until(lambda: _emojis(shop, ours) == ["❤️", ""], "that it was taken back")


def _emojis(stage: Stage, message_id: str) -> list[str]:
    told = [e for e in stage.stream.events("ReactionChanged") if e.wa_message_id == message_id]
    return [e.emoji for e in told if isinstance(e, ReactionChanged)]


def test_what_changed_during_an_absence_is_told(shop: Stage) -> None:
    chat = shop.simulator.customer(54)
    edited, gone, liked, disliked, hidden = (write(shop, chat, body=f"teks {n}") for n in range(5))
    coded = write(shop, chat, type="ciphertext")
    shop.simulator.ctl("reaction", id=disliked, chat=chat, text="👎")
    first(shop, "ReactionChanged", disliked)
    first(shop, "MessageReceived", coded)
    assert shop.worker.end() == 0
    shop.simulator.ctl("edit", id=edited, chat=chat, body="teks baru")
    shop.simulator.ctl("revoke", id=gone, chat=chat)
    shop.simulator.ctl("reaction", id=liked, chat=chat, text="😂")
    shop.simulator.ctl("reaction", id=disliked, chat=chat, text="")
    shop.simulator.ctl("decrypt", id=coded, chat=chat, body="kini terbaca")
    shop.worker.start()
    assert first(shop, "MessageEdited", edited).body == "teks baru"
    assert first(shop, "MessageRevoked", gone).chat_jid == chat
    assert first(shop, "ReactionChanged", liked).emoji == "😂"
    until(lambda: _emojis(shop, disliked)[-1] == "", "that a reaction was taken back")
    until(lambda: "kini terbaca" in shop.stream.bodies(), "the decrypted text")
    assert hidden not in {e.wa_message_id for e in shop.stream.events("MessageEdited")}


def test_ticks_that_come_before_the_message_are_not_lost(shop: Stage) -> None:
    """A reply typed on the phone: whatever the order, the last that is said of it is its highest tick."""
    chat = shop.simulator.customer(55)
    for n in range(20):
        message_id = write(shop, chat, "own_message", body=f"dari HP {n}")
        shop.simulator.ctl("receipt", ids=[message_id], ack=3, chat=chat)
        sent = first(shop, "MessageSent", message_id)
        until(lambda i=message_id: max(shop.stream.acks(i)) == 3, "the tick")
        events = [e for e in shop.stream.events() if message_id in str(e)]
        assert sent.ack == 3 or events.index(sent) < len(events) - 1
