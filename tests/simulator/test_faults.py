"""The simulator's faults as the real wa-js bundle sees them. The tests build upon each other."""

import base64
from typing import Any

import pytest
from playwright.sync_api import BrowserContext

from devtools.waiting import until
from tests.simulator.cast import DEWI, DEWI_PN, SimulatorProcess
from tests.simulator.webpage import Web

FILE_B64 = base64.b64encode(b"nota" * 500).decode()
DOWNLOAD = """(key) => WPP.chat.downloadMedia(key).then(WPP.util.blobToBase64).then((url) => url.split(',')[1],
  (error) => 'failed ' + error.message)"""
#: A number never asked for before, because wa-js remembers answers.
ASK = """(ms) => Promise.race([WPP.contact.queryWidExists(`62${Date.now()}@c.us`).then(() => true),
  new Promise((resolve) => setTimeout(() => resolve(false), ms))])"""


@pytest.fixture(scope="module")
def web(profile: BrowserContext, simulator: SimulatorProcess) -> Web:
    simulator.ctl("contact", id=DEWI, pn=DEWI_PN, pushname="Dewi Lestari")
    return Web(profile, simulator.url)


def is_answered(web: Web) -> bool:
    """The server answers a question of the page, however slow the machine."""
    return web.read(ASK, 60_000)


def is_unanswered(web: Web) -> bool:
    """No answer in a time in which a healthy server's is mostly there: nobody waits longer for what never comes."""
    return not web.read(ASK, 600)


def mode(web: Web) -> Any:
    return web.read("WPP.conn.getStreamData().mode")


def reloads(web: Web, simulator: SimulatorProcess) -> None:
    """The page loads anew, by the simulator's own command."""
    web.read("window.isOld = true; 0")
    simulator.ctl("reload")
    web.until("!window.isOld && document.readyState === 'complete'")


def test_the_passkey_gate_stalls_after_the_scan_until_it_is_confirmed(web: Web, simulator: SimulatorProcess) -> None:
    simulator.ctl("passkey", on=True)
    simulator.scan()
    gate = "!!document.getElementById('passkey-gate') && WPP.conn.isRegistered()"
    web.until(gate)
    assert not web.read("WPP.conn.isAuthenticated()")
    assert web.read("WPP.conn.getAuthCode()") is None
    assert mode(web) == "PAIRING"
    assert simulator.state()["awaits_passkey"] is True
    reloads(web, simulator)
    web.until(f"window.WPP?.isReady && {gate}")
    simulator.ctl("confirm_passkey")
    web.is_live()
    simulator.ctl("passkey", on=False)
    assert simulator.state()["awaits_passkey"] is False


def test_syncing_takes_as_long_as_it_is_told(web: Web, simulator: SimulatorProcess) -> None:
    simulator.ctl("syncing", seconds=600)
    reloads(web, simulator)
    web.until("window.WPP?.isReady && WPP.conn.getStreamData().mode === 'SYNCING'")
    simulator.ctl("syncing", seconds=0.1)
    reloads(web, simulator)
    web.is_live()


def test_a_deaf_socket_leaves_everything_looking_well(web: Web, simulator: SimulatorProcess) -> None:
    simulator.ctl("deaf", how="socket")
    assert is_unanswered(web)
    missed = simulator.ctl("message", chat=DEWI, body="dengar?")["message"]["id"]
    assert (mode(web), web.read("WPP.conn.isOnline()")) == ("MAIN", True)
    assert not web.read("heard.some(([name]) => name === 'chat.new_message')")
    simulator.ctl("deaf", how=None)
    web.hears("chat.new_message", id=missed)
    assert is_answered(web)


def test_deafness_ends_with_a_load_unless_it_is_for_good(web: Web, simulator: SimulatorProcess) -> None:
    simulator.ctl("deaf", how="socket", sticky=True)
    reloads(web, simulator)
    web.is_live()
    assert is_unanswered(web)
    simulator.ctl("deaf", how="socket")
    reloads(web, simulator)
    web.is_live()
    assert is_answered(web)


def test_broken_stores_throw_and_lose_nothing(web: Web, simulator: SimulatorProcess) -> None:
    simulator.ctl("deaf", how="store")
    broken = "(() => { try { WPP.whatsapp.ChatStore.getModelsArray(); return ''; } catch (e) { return e.message; } })()"
    assert web.until(broken) == "the store is broken"
    assert (mode(web), web.read("WPP.conn.isOnline()")) == ("MAIN", True)
    missed = simulator.ctl("message", chat=DEWI, body="simpan?")["message"]["id"]
    simulator.ctl("deaf", how=None)
    web.hears("chat.new_message", id=missed)
    assert web.read(broken) == ""


@pytest.mark.parametrize("is_through", [True, False])
def test_a_hung_send_never_ends_and_is_through_or_not(web: Web, simulator: SimulatorProcess, is_through: bool) -> None:
    simulator.ctl("hang", what="send", through=is_through)
    before = len(simulator.state()["sent"])
    web.read(
        """() => { window.end = null;
             WPP.chat.sendTextMessage('200200@lid', 'x', {waitForAck: true, linkPreview: false})
             .then((r) => { window.end = r.ack; }); }"""
    )
    web.send("sesudahnya", f"3EB0CCCCCCCCCCCCCCCC{is_through:02d}")
    assert web.read("window.end") is None
    assert len(simulator.state()["sent"]) == before + 1 + is_through


def test_hung_uploads_and_downloads(web: Web, simulator: SimulatorProcess) -> None:
    simulator.ctl("hang", what="upload")
    before = len(simulator.state()["sent"])
    message = simulator.ctl("message", chat=DEWI, type="document", media_b64=FILE_B64, mimetype="text/plain")["message"]
    web.hears("chat.new_message", id=message["id"])
    simulator.ctl("hang", what="download")
    web.read(
        """([data, key]) => {
             window.ends = [];
             WPP.chat.sendFileMessage('200200@lid', data, {type: 'document', filename: 'a.txt', waitForAck: true})
               .then(() => window.ends.push('upload'));
             WPP.chat.downloadMedia(key).then(() => window.ends.push('download'));
           }""",
        [f"data:text/plain;base64,{FILE_B64}", f"false_{DEWI}_{message['id']}"],
    )
    until(lambda: not simulator.state()["hanging"], what="both calls hang")
    assert web.read(DOWNLOAD, f"false_{DEWI}_{message['id']}") == FILE_B64
    assert web.read("window.ends") == []
    assert len(simulator.state()["sent"]) == before


def test_a_refusal_has_whatsapps_own_word(web: Web, simulator: SimulatorProcess) -> None:
    simulator.ctl("fail_next_send", count=1, error="ERROR_EXPIRED")
    assert web.send("x", "3EB0EEEEEEEEEEEEEEEEE1")["sendMsgResult"]["messageSendResult"] == "ERROR_EXPIRED"


def test_files_that_are_gone_or_corrupt(web: Web, simulator: SimulatorProcess) -> None:
    def new() -> str:
        draft = {"type": "document", "media_b64": base64.b64encode(simulator.state()["phone"].encode() * 9).decode()}
        message = simulator.ctl("message", chat=DEWI, mimetype="text/plain", **draft)["message"]
        web.hears("chat.new_message", id=message["id"])
        return f"false_{DEWI}_{message['id']}"

    key = new()
    simulator.ctl("fail_media", how="gone")
    assert web.read(DOWNLOAD, key).startswith("failed")
    simulator.ctl("fail_media", how="corrupt")
    assert base64.b64decode(web.read(DOWNLOAD, key)) != b"7" * 9


def test_whatsapps_bus_and_stream(web: Web, simulator: SimulatorProcess) -> None:
    simulator.ctl("backend_event", name="account_temporarily_banned")
    web.until("heard.some(([name, data]) => name === 'conn.backend_event' && data === 'account_temporarily_banned')")
    simulator.ctl("stream", mode="CONFLICT", info="TIMEOUT")
    web.until("WPP.conn.getStreamData().mode === 'CONFLICT' && WPP.conn.getStreamData().info === 'TIMEOUT'")


def test_a_missing_module_is_missing_for_the_library_alone(web: Web, simulator: SimulatorProcess) -> None:
    simulator.ctl("boot", without=["WAWebSendMsgChatAction"])
    reloads(web, simulator)
    web.is_live()
    assert web.read("typeof WPP.whatsapp.functions.addAndSendMsgToChat") == "undefined"
    assert web.read("typeof WPP.whatsapp.functions.sendSeen") == "function"


def test_a_page_that_never_comes_up(web: Web, simulator: SimulatorProcess) -> None:
    simulator.ctl("boot", never_ready=True)
    reloads(web, simulator)
    assert web.read("[WPP.isInjected, WPP.isReady, WPP.isFullReady].some(Boolean)") is False
    until(lambda: simulator.state()["pages"] == 0, what="the end of the page before")
    simulator.ctl("boot")
    web.page.reload()
    web.is_live()


def test_many_messages_in_many_chats_load(web: Web, simulator: SimulatorProcess) -> None:
    drafts = [{"chat": f"{400000 + n % 40}@lid", "body": f"pesan {n}"} for n in range(10_000)]
    assert len(simulator.ctl("messages", messages=drafts)["ids"]) == 10_000
    web.until("WPP.whatsapp.ChatStore.length >= 40 && WPP.whatsapp.MsgStore.length >= 2000")
    reloads(web, simulator)
    web.is_live()
    assert web.read("WPP.whatsapp.MsgStore.length") >= 2000
