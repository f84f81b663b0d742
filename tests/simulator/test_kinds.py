"""Every kind of message through the real wa-js bundle, in both directions; one page for all of them."""

import base64
import hashlib
from typing import Any

import pytest
from playwright.sync_api import BrowserContext

from devtools.waiting import until
from tests.simulator.cast import AGUS, AGUS_PN, DEWI, DEWI_PN, SimulatorProcess
from tests.simulator.webpage import Web

FILE = bytes(range(256)) * 40
FILE_B64 = base64.b64encode(FILE).decode()
SHA256 = hashlib.sha256(FILE).hexdigest()
CARD = "BEGIN:VCARD\nVERSION:3.0\nFN:Budi\nTEL:+6281200001111\nEND:VCARD"
GROUP = "120363000000000001@g.us"
#: What of a model the worker reads.
FIELDS = """(key) => WPP.chat.getMessageById(key).then((m) => ({
  type: m.type, body: m.body, caption: m.caption, subtype: m.subtype, filename: m.filename, mimetype: m.mimetype,
  isViewOnce: m.isViewOnce, isForwarded: m.isForwarded, quoted: m.quotedStanzaID, lat: m.lat, lng: m.lng, loc: m.loc,
  card: m.vcardFormattedName, cards: m.vcardList, poll: m.pollName, options: m.pollOptions?.map((o) => o.name),
  outcome: m.callOutcome, isVideo: m.isVideoCall, size: m.size, hasMedia: !!m.mediaData,
  author: m.author && String(m.author), isEdited: !!m.latestEditMsgKey,
}))"""
DOWNLOAD = "(key) => WPP.chat.downloadMedia(key).then(WPP.util.blobToBase64).then((url) => url.split(',')[1])"
SEND_FILE = """([id, data, options]) => WPP.chat.sendFileMessage('200200@lid', data, {
  messageId: 'true_200200@lid_' + id, waitForAck: true, markIsRead: false, ...options}).then((r) => ({...r}))"""


@pytest.fixture(scope="module")
def web(profile: BrowserContext, simulator: SimulatorProcess) -> Web:
    simulator.ctl("contact", id=DEWI, pn=DEWI_PN, pushname="Dewi Lestari")
    simulator.ctl("contact", id=AGUS, pn=AGUS_PN, pushname="Agus")
    web = Web(profile, simulator.url)
    simulator.scan()
    web.is_live()
    return web


def arrives(web: Web, simulator: SimulatorProcess, **draft: Any) -> dict[str, Any]:
    """A customer's message, as the page's model has it."""
    message_id = simulator.ctl("message", **{"chat": DEWI, **draft})["message"]["id"]
    web.hears("chat.new_message", id=message_id)
    return web.read(FIELDS, f"false_{DEWI}_{message_id}") | {"id": message_id}


@pytest.mark.parametrize(
    ("kind", "mimetype"),
    [
        ("image", "image/jpeg"),
        ("video", "video/mp4"),
        ("audio", "audio/mpeg"),
        ("ptt", "audio/ogg; codecs=opus"),
        ("document", "application/pdf"),
        ("sticker", "image/webp"),
    ],
)
def test_a_customers_file_is_downloaded_byte_for_byte(
    web: Web, simulator: SimulatorProcess, kind: str, mimetype: str
) -> None:
    seen = arrives(
        web, simulator, type=kind, media_b64=FILE_B64, mimetype=mimetype, filename="nota.pdf", caption="ini kak"
    )
    assert (seen["type"], seen["mimetype"], seen["caption"], seen["size"]) == (kind, mimetype, "ini kak", len(FILE))
    assert web.read(DOWNLOAD, f"false_{DEWI}_{seen['id']}") == FILE_B64


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("image", {"type": "image", "mimetype": "image/png", "filename": "a.png", "caption": "foto"}),
        ("video", {"type": "video", "mimetype": "video/mp4", "filename": "a.mp4"}),
        ("audio", {"type": "audio", "mimetype": "audio/mpeg", "filename": "a.mp3"}),
        ("ptt", {"type": "audio", "isPtt": True, "mimetype": "audio/ogg", "filename": "a.ogg"}),
        ("document", {"type": "document", "mimetype": "application/pdf", "filename": "nota.pdf"}),
        ("sticker", {"type": "sticker", "mimetype": "image/webp", "filename": "a.webp"}),
    ],
)
def test_our_file_is_stored_byte_for_byte(
    web: Web, simulator: SimulatorProcess, kind: str, options: dict[str, Any]
) -> None:
    message_id = f"3EB0FACE{kind.upper():X<14}"
    url = f"data:{options['mimetype']};base64,{FILE_B64}"
    assert web.read(SEND_FILE, [message_id, url, options])["sendMsgResult"]["messageSendResult"] == "OK"
    sent = simulator.state()["sent"][-1]
    assert (sent["id"], sent["type"], sent["sha256"], sent["mimetype"]) == (
        message_id, kind, SHA256, options["mimetype"],
    )  # fmt: skip
    assert (sent["filename"], sent.get("caption")) == (options["filename"], options.get("caption"))
    assert simulator.http.get(f"/sim/media/{sent['filehash']}").content == FILE
    web.hears("chat.msg_ack_change", ack=2, ids=[message_id])


def test_cards_places_polls_calls_and_notices(web: Web, simulator: SimulatorProcess) -> None:
    card = {"name": "Budi", "vcard": CARD}
    one = arrives(web, simulator, type="vcard", vcards=[card])
    assert (one["card"], one["body"]) == ("Budi", CARD)
    two = arrives(web, simulator, type="multi_vcard", vcards=[card, {**card, "name": "Ayu"}])
    assert [c["displayName"] for c in two["cards"]] == ["Budi", "Ayu"]
    place = arrives(web, simulator, type="location", lat=-6.9, lng=107.6, loc="Gedung Sate")
    assert (place["lat"], place["lng"], place["loc"]) == (-6.9, 107.6, "Gedung Sate")
    poll = arrives(web, simulator, type="poll_creation", poll={"name": "Warna?", "options": ["Merah", "Biru"]})
    assert (poll["poll"], poll["options"]) == ("Warna?", ["Merah", "Biru"])
    call = arrives(web, simulator, type="call_log", call={"outcome": "missed", "is_video": True})
    assert (call["outcome"], call["isVideo"], call["subtype"]) == ("missed", True, "miss_video")
    notice = arrives(web, simulator, type="e2e_notification", subtype="encrypt")
    assert (notice["type"], notice["subtype"]) == ("e2e_notification", "encrypt")
    assert arrives(web, simulator, type="brand_new_kind", body="?")["type"] == "brand_new_kind"


def test_seen_once_forwarded_and_quoted(web: Web, simulator: SimulatorProcess) -> None:
    once = arrives(web, simulator, type="image", media_b64=FILE_B64, mimetype="image/png", is_view_once=True)
    assert (once["isViewOnce"], once["hasMedia"]) == (True, False)
    first = arrives(web, simulator, body="terusan", is_forwarded=True)
    assert first["isForwarded"] is True
    assert arrives(web, simulator, body="yang ini", quoted=first["id"])["quoted"] == first["id"]


def test_our_answer_quotes_the_customers_message(web: Web, simulator: SimulatorProcess) -> None:
    asked = arrives(web, simulator, body="Masih ada?")["id"]
    web.read(
        """(key) => WPP.chat.sendTextMessage('200200@lid', 'Ada kak',
             {quotedMsg: key, waitForAck: true, linkPreview: false}).then((r) => r.ack)""",
        f"false_{DEWI}_{asked}",
    )
    assert simulator.state()["sent"][-1]["quoted"] == asked


def test_a_placeholder_becomes_readable_in_place(web: Web, simulator: SimulatorProcess) -> None:
    hidden = arrives(web, simulator, type="ciphertext")
    simulator.ctl("decrypt", id=hidden["id"], chat=DEWI, body="akhirnya")
    web.hears("chat.new_message", id=hidden["id"], type="chat", body="akhirnya")
    file = arrives(web, simulator, type="ciphertext")["id"]
    simulator.ctl("decrypt", id=file, type="image", media_b64=FILE_B64, mimetype="image/png")
    web.hears("chat.new_message", id=file, type="image")
    assert web.read(DOWNLOAD, f"false_{DEWI}_{file}") == FILE_B64


def test_reactions_of_both_sides_are_told_and_can_be_read(web: Web, simulator: SimulatorProcess) -> None:
    message = arrives(web, simulator, body="Makasih")
    key = f"false_{DEWI}_{message['id']}"
    simulator.ctl("reaction", id=message["id"], chat=DEWI, text="🙏")
    web.hears("chat.new_reaction", id=key, text="🙏", sender=DEWI)
    result = web.read("(key) => WPP.chat.sendReactionToMessage(key, '❤️').then((r) => r.sendMsgResult)", key)
    assert result == {"messageSendResult": "OK"}
    own = simulator.state()["registered"]["lid"]
    web.hears("chat.new_reaction", id=key, text="❤️", sender=own)
    read = (
        "(key) => WPP.chat.getReactions(key).then((r) => r.reactions.map((x) => [x.aggregateEmoji, x.hasReactionByMe]))"
    )
    assert web.read(read, key) == [["🙏", False], ["❤️", True]]
    simulator.ctl("reaction", id=message["id"], text="")
    web.hears("chat.new_reaction", id=key, text="", sender=DEWI)
    assert web.read(read, key) == [["❤️", True]]
    told = [(r["by"], r["text"]) for r in simulator.state()["reactions"] if r["id"] == message["id"]]
    assert told == [("customer", ""), ("page", "❤️")]


def test_the_owner_edits_and_deletes_what_we_sent(web: Web, simulator: SimulatorProcess) -> None:
    web.send("Besok ya", "3EB0DDDDDDDDDDDDDDDDD1")
    simulator.ctl("edit", id="3EB0DDDDDDDDDDDDDDDDD1", body="Lusa ya", by="owner")
    web.hears("chat.msg_edited", id="3EB0DDDDDDDDDDDDDDDDD1", body="Lusa ya")
    simulator.ctl("revoke", id="3EB0DDDDDDDDDDDDDDDDD1", by="owner")
    web.hears("chat.msg_revoke", id="3EB0DDDDDDDDDDDDDDDDD1")


def test_typing_recording_and_reading_are_seen(web: Web, simulator: SimulatorProcess) -> None:
    arrives(web, simulator, body="Halo?")

    def presence() -> str | None:
        return simulator.state()["presence"].get(DEWI)

    for call, state in [("markIsComposing", "composing"), ("markIsPaused", "paused"), ("markIsRecording", "recording")]:
        web.read(f"WPP.chat.{call}('200200@lid').then(() => 0)")
        until(lambda state=state: presence() == state, what=state)
    web.send("Ya", "3EB0DDDDDDDDDDDDDDDDD2")
    assert presence() == "available"
    newest = arrives(web, simulator, body="Sip")["id"]
    web.read("WPP.chat.markIsRead('200200@lid').then(() => 0)")
    until(lambda: simulator.state()["seen"][DEWI] == newest)


def test_profile_pictures(web: Web, simulator: SimulatorProcess) -> None:
    url = "WPP.contact.getProfilePictureUrl('200200@lid').then((url) => url ?? null)"
    assert web.read(url) is None
    simulator.ctl("picture", chat=DEWI, image_b64=FILE_B64)
    assert simulator.http.get(web.read(url)).content == FILE
    assert web.read("WPP.contact.getProfilePictureUrl('6281230001001@c.us')") == web.read(url)
    simulator.ctl("picture", chat=DEWI, image_b64=None)
    assert web.read(url) is None


def test_a_group_has_a_subject_members_and_authors(web: Web, simulator: SimulatorProcess) -> None:
    simulator.ctl("group", id=GROUP, subject="Reseller Bandung", members=[DEWI, AGUS])
    sent = simulator.ctl("message", chat=GROUP, author=AGUS, body="Stok?")["message"]
    web.hears("chat.new_message", id=sent["id"], chat=GROUP)
    seen = web.read(FIELDS, f"false_{GROUP}_{sent['id']}_{AGUS}")
    assert (seen["author"], seen["body"]) == (AGUS, "Stok?")
    name = "(id) => [WPP.whatsapp.ChatStore.get(id).name, WPP.whatsapp.ContactStore.get(id).name]"
    assert web.read(name, GROUP) == ["Reseller Bandung", "Reseller Bandung"]
    members = f"WPP.whatsapp.GroupMetadataStore.get('{GROUP}').participants.map((p) => String(p.id))"
    assert web.read(members) == [DEWI, AGUS]
    answer = "(id) => WPP.chat.sendTextMessage(id, 'Ada', {waitForAck: true, linkPreview: false}).then((r) => r.ack)"
    assert web.read(answer, GROUP) >= 1
    assert simulator.state()["sent"][-1]["chat"] == GROUP


def test_what_changed_during_an_absence_is_heard_afterwards(web: Web, simulator: SimulatorProcess) -> None:
    ids = [arrives(web, simulator, body=body)["id"] for body in ("satu", "dua", "tiga")]
    hidden = arrives(web, simulator, type="ciphertext")["id"]
    simulator.ctl("network", online=False)
    web.until("!WPP.conn.isOnline()")
    simulator.ctl("edit", id=ids[0], body="SATU")
    simulator.ctl("revoke", id=ids[1])
    simulator.ctl("reaction", id=ids[2], text="👍")
    simulator.ctl("decrypt", id=hidden, body="empat")
    simulator.ctl("network", online=True)
    web.hears("chat.msg_edited", id=ids[0], body="SATU")
    web.hears("chat.msg_revoke", id=ids[1])
    web.hears("chat.new_reaction", id=f"false_{DEWI}_{ids[2]}", text="👍")
    web.hears("chat.new_message", id=hidden, body="empat")


def test_a_freshly_loaded_page_has_it_all_in_its_history(web: Web, simulator: SimulatorProcess) -> None:
    message = arrives(web, simulator, body="lama")["id"]
    gone = arrives(web, simulator, type="image", media_b64=FILE_B64, mimetype="image/png")["id"]
    simulator.ctl("edit", id=message, body="baru")
    simulator.ctl("reaction", id=message, text="🔥")
    simulator.ctl("revoke", id=gone)
    simulator.ctl("reload")
    web.until("!window.heard || window.heard.every(([name]) => name !== 'chat.new_message')")
    web.is_live()
    seen = web.read(FIELDS, f"false_{DEWI}_{message}")
    assert (seen["body"], seen["isEdited"]) == ("baru", True)
    emoji = f"WPP.chat.getReactions('false_{DEWI}_{message}').then((r) => r.reactions.map((x) => x.aggregateEmoji))"
    assert web.read(emoji) == ["🔥"]
    revoked = web.read(FIELDS, f"false_{DEWI}_{gone}")
    assert (revoked["type"], revoked["hasMedia"]) == ("revoked", False)
