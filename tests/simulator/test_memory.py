"""The page keeps only the newest messages of a chat in memory. Others stay in its database, and still get changes."""

import pytest
from playwright.sync_api import BrowserContext

from tests.simulator.cast import DEWI, DEWI_PN, SimulatorProcess
from tests.simulator.webpage import Web

MOST = 100
IN_MEMORY = f"WPP.whatsapp.ChatStore.get('{DEWI}').msgs.length"


@pytest.fixture(scope="module")
def web(profile: BrowserContext, simulator: SimulatorProcess) -> Web:
    simulator.ctl("contact", id=DEWI, pn=DEWI_PN, pushname="Dewi")
    web = Web(profile, simulator.url)
    web.until("WPP.isFullReady")
    simulator.ctl("enter_code", code=web.read("WPP.conn.startLinkDeviceCodeForPhoneNumber('6281299990000')"))
    web.is_live()
    return web


@pytest.fixture(scope="module")
def gone(web: Web, simulator: SimulatorProcess) -> list[str]:
    """The ids of three messages, the last of them ours, after which so many came that the page has let go of them."""
    first = [simulator.ctl("message", chat=DEWI, body=body)["message"]["id"] for body in ("satu", "dua")]
    ours = "3EB0" + "C" * 18
    web.send("tiga", ours)
    for _ in range(3):
        drafts = [{"chat": DEWI, "body": f"pesan {n}"} for n in range(50)]
        last = simulator.ctl("messages", messages=drafts)["ids"][-1]
        web.hears("chat.new_message", id=last)
    ids = [*first, ours]
    assert not any(web.read("(id) => !!WPP.whatsapp.MsgStore.withShortId(id)", id) for id in ids)
    return ids


def test_a_chat_stays_small_in_memory_and_whole_in_the_database(web: Web, gone: list[str]) -> None:
    assert MOST / 2 <= web.read(IN_MEMORY) <= MOST
    assert web.read("WPP.whatsapp.MsgStore.length") <= MOST
    bodies = web.read(
        f"""() => WPP.chat.getMessages('{DEWI}', {{count: -1}}).then((found) => found.map((m) => m.body))"""
    )
    assert len(bodies) == 153
    assert bodies[:3] == ["satu", "dua", "tiga"]
    heard = web.read("heard.filter(([name]) => name === 'chat.new_message').length")
    assert heard == 153, "each was heard once, and letting go of some told nobody anything"


def test_what_has_left_the_memory_is_found(web: Web, gone: list[str]) -> None:
    key = f"false_{DEWI}_{gone[0]}"
    assert web.read("(key) => WPP.chat.getMessageById(key).then((m) => m.body)", key) == "satu"


def test_ticks_edits_reactions_and_deletions_of_what_has_left_the_memory_are_heard(
    web: Web, simulator: SimulatorProcess, gone: list[str]
) -> None:
    first, second, ours = gone
    simulator.ctl("receipt", ids=[ours], ack=3)
    web.until(f"heard.some(([name, a]) => name === 'chat.msg_ack_change' && a.ack === 3 && a.ids.includes('{ours}'))")
    simulator.ctl("reaction", id=second, text="👍")
    web.hears("chat.new_reaction", text="👍", id=f"false_{DEWI}_{second}")
    simulator.ctl("edit", id=first, body="satu setengah")
    web.hears("chat.msg_edited", id=first, body="satu setengah")
    simulator.ctl("revoke", id=first)
    web.hears("chat.msg_revoke", id=first)


def test_a_reaction_to_what_has_left_the_memory_can_be_read(
    web: Web, simulator: SimulatorProcess, gone: list[str]
) -> None:
    key = f"false_{DEWI}_{gone[1]}"
    drafts = [{"chat": DEWI, "body": f"lagi {n}"} for n in range(2 * MOST)]
    web.hears("chat.new_message", id=simulator.ctl("messages", messages=drafts)["ids"][-1])
    assert not web.read("(key) => !!WPP.whatsapp.MsgStore.get(key)", key)
    texts = "(key) => WPP.chat.getReactions(key).then(({reactions}) => reactions.map((r) => r.aggregateEmoji))"
    assert web.read(texts, key) == ["👍"]


def test_what_changed_behind_the_pages_back_is_told_as_a_change_and_not_as_new(
    web: Web, simulator: SimulatorProcess, gone: list[str]
) -> None:
    second = gone[1]
    before = web.read("heard.filter(([name]) => name === 'chat.new_message').length")
    simulator.ctl("network", online=False)
    web.until("!WPP.conn.isOnline()")
    simulator.ctl("edit", id=second, body="dua setengah")
    new = simulator.ctl("message", chat=DEWI, body="baru")["message"]["id"]
    simulator.ctl("network", online=True)
    web.hears("chat.msg_edited", id=second, body="dua setengah")
    web.hears("chat.new_message", id=new)
    assert web.read("heard.filter(([name]) => name === 'chat.new_message').length") == before + 1
