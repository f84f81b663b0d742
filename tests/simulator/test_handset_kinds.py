"""Every kind of message on the customer's phone, sent and shown."""

from playwright.sync_api import Locator, Page, expect

from devtools.waiting import until
from tests.simulator.cast import SimulatorProcess
from tests.simulator.hands import add, customers, write


def act(bubble: Locator, name: str) -> None:
    """Choose something in the menu of one message."""
    bubble.get_by_role("button", name="Message actions").click()
    bubble.get_by_role("menuitem", name=name).click()


def test_a_customer_sends_every_kind(handset: Page, simulator: SimulatorProcess) -> None:
    add(handset, "Dewi", "0812-3000-1001")
    panel = customers(handset)
    files = {"Photo or video": ("a.png", "image/png"), "Voice note": ("a.ogg", "audio/ogg"),
             "Document": ("nota.pdf", "application/pdf"), "Sticker": ("a.webp", "image/webp")}  # fmt: skip
    for choice, (name, mimetype) in files.items():
        panel.get_by_role("button", name="Attach").click()
        if choice == "Photo or video":
            panel.get_by_role("menuitemcheckbox", name="View once").click()
        with handset.expect_file_chooser() as chooser:
            panel.get_by_role("menuitem", name=choice).click()
        chooser.value.set_files({"name": name, "mimeType": mimetype, "buffer": choice.encode()})
    for choice in ("Location", "Contact card", "Poll"):
        panel.get_by_role("button", name="Attach").click()
        panel.get_by_role("menuitem", name=choice).click()
        handset.get_by_role("dialog", name=choice).get_by_role("button", name="Send").click()
    until(lambda: len(simulator.state()["messages"]) == 7, what="seven messages")
    sent = simulator.state()["messages"]
    kinds = ["image", "ptt", "document", "sticker", "location", "vcard", "poll_creation"]
    assert [message["type"] for message in sent] == kinds
    assert [message.get("isViewOnce", False) for message in sent] == [True, *[False] * 6]
    assert simulator.http.get(f"/sim/media/{sent[2]['filehash']}").content == b"Document"
    expect(panel.get_by_role("link", name="nota.pdf")).to_have_attribute("download", "nota.pdf")


def test_a_customer_replies_reacts_edits_and_deletes(handset: Page, simulator: SimulatorProcess) -> None:
    add(handset, "Dewi", "0812-3000-1001")
    panel = customers(handset)
    write(panel, "Masih ada?")
    chat = simulator.state()["messages"][0]["chat"]
    ours = simulator.ctl("own_message", chat=chat, body="Ada kak")["message"]
    bubbles = panel.locator(".bubble")
    act(bubbles.nth(1), "React 👍")
    expect(bubbles.nth(1)).to_contain_text("👍")
    act(bubbles.nth(1), "Reply")
    write(panel, "Saya ambil")
    act(bubbles.nth(2), "Edit")
    dialog = handset.get_by_role("dialog", name="Edit message")
    dialog.get_by_role("textbox").fill("Saya ambil dua")
    dialog.get_by_role("button", name="Save").click()
    expect(bubbles.nth(2)).to_contain_text("Saya ambil dua")
    act(bubbles.nth(0), "Delete for everyone")
    expect(bubbles.nth(0)).to_contain_text("This message was deleted")
    first, answered, last = simulator.state()["messages"]
    assert first["type"] == "revoked"
    assert [(r["by"], r["text"]) for r in answered["reactions"]] == [("customer", "👍")]
    assert (last["body"], last["quoted"], last["edits"]) == ("Saya ambil dua", ours["id"], 1)


def test_what_the_business_sends_is_shown(handset: Page, simulator: SimulatorProcess) -> None:
    add(handset, "Dewi", "0812-3000-1001")
    handset.set_viewport_size({"width": 390, "height": 844})
    pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
    chat = simulator.state()["contacts"][0]["id"]
    simulator.ctl("own_message", chat=chat, type="image", media_b64=pixel, mimetype="image/png", caption="Ini kak")
    picture = customers(handset).get_by_role("img", name="Ini kak")
    expect(picture).to_be_visible()
    assert picture.evaluate("(img) => img.decode().then(() => img.naturalWidth)") == 1
    simulator.ctl("own_message", chat=chat, type="ptt", media_b64=pixel, mimetype="audio/ogg; codecs=opus")
    expect(customers(handset).get_by_label("Voice message")).to_be_visible()
    assert handset.evaluate("document.documentElement.scrollWidth") <= 390
