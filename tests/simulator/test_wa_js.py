"""The real, unmodified wa-js bundle in a real Chromium on the simulator's page. The tests build upon each other."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from devtools.waiting import undone_by
from tests.simulator.cast import AGUS, AGUS_PN, DEWI, DEWI_PN, SimulatorProcess
from tests.simulator.webpage import Web

OUR_ID = "3EB0AAAAAAAAAAAAAAAAAA"


@pytest.fixture(scope="module")
def people(simulator: SimulatorProcess) -> None:
    simulator.ctl("contact", id=DEWI, pn=DEWI_PN, name="Dewi (langganan)", pushname="Dewi Lestari")
    simulator.ctl("contact", id=AGUS, pn=AGUS_PN, pushname="Agus", hides_number=True)
    simulator.ctl("message", chat=DEWI, body="sebelum dipasangkan")


@pytest.fixture(scope="module")
def web(profile: BrowserContext, simulator: SimulatorProcess, people: None) -> Web:
    web = Web(profile, simulator.url)
    web.until("WPP.isFullReady")
    return web


@pytest.fixture
def unscanned(profile: BrowserContext, tmp_path: Path) -> Iterator[Web]:
    """A page of another simulator, whose QR codes come to an end."""
    simulator = SimulatorProcess(tmp_path, qr_seconds=0.5, qr_codes=3)
    simulator.start()
    with undone_by(lambda: simulator.end(signal.SIGKILL)):
        web = Web(profile, simulator.url)
    yield web
    web.page.close()
    simulator.end(signal.SIGKILL)


def test_the_qr_rotates_and_then_waits_until_somebody_asks(unscanned: Web) -> None:
    web = unscanned
    web.until("WPP.isFullReady")
    # The page keeps what it is told: who looks now and then may miss a code. The first ones it may have missed itself.
    web.read(
        """() => {
             window.codes = [];
             WPP.on('conn.auth_code_change', (code) => { if (code) codes.push(code.fullCode); });
             WPP.conn.refreshQR();
           }"""
    )
    web.until("codes.length >= 3 && WPP.conn.isIdle()")
    codes = web.read("codes")
    assert len(set(codes)) == len(codes)
    assert {len(code.split(",")) for code in codes} == {4}
    assert web.read("WPP.conn.getAuthCode().then((c) => c && c.fullCode)") is None
    assert web.read("WPP.conn.refreshQR().then((c) => c.fullCode)") not in codes
    assert not web.read("WPP.conn.isAuthenticated()")


def test_the_bindings_that_the_worker_needs_are_there(web: Web) -> None:
    missing = web.read(
        """(names) => names.filter((name) => !WPP.whatsapp[name] && !WPP.whatsapp.functions[name])""",
        ["MsgStore", "ChatStore", "ContactStore", "Conn", "Socket", "Stream", "Cmd", "NetworkStatus", "Wid", "MsgKey",
         "lidPnCache", "ApiContact", "BackendEventBus", "addAndSendMsgToChat", "findOrCreateLatestChat", "sendSeen",
         "msgFindByDirection", "getQuotedMsgObj", "handleChatSimpleReceipt", "getSearchContext", "queryWidExists",
         "genLinkDeviceCodeForPhoneNumber", "getErrorCodeFromLogoutReason", "getHistorySyncProgress"],
    )  # fmt: skip
    assert missing == []


def test_the_qrs_text_stays_while_the_code_does(web: Web) -> None:
    web.until("WPP.conn.getAuthCode().then(async (a) => a && a.fullCode === (await WPP.conn.getAuthCode()).fullCode)")


def test_a_pairing_code_links(web: Web, simulator: SimulatorProcess) -> None:
    code = web.read("WPP.conn.startLinkDeviceCodeForPhoneNumber('6281299990000')")
    assert simulator.state()["link_code"] == code
    simulator.ctl("enter_code", code=code)
    web.is_live()
    assert web.read("String(WPP.conn.getMyUserId())") == "6281299990000@c.us"


def test_history_from_before_the_pairing_is_there_and_nobody_hears_it_as_new(web: Web) -> None:
    assert "sebelum dipasangkan" in web.read(
        "WPP.chat.getMessages('200200@lid', {count: 10}).then((l) => l.map((m) => m.body))"
    )
    assert not web.read("heard.some(([name]) => name === 'chat.new_message')")


def test_names_and_numbers(web: Web) -> None:
    dewi = web.read("WPP.contact.getPnLidEntry('200200@lid')")
    assert dewi["phoneNumber"]["_serialized"] == DEWI_PN
    assert (dewi["contact"]["name"], dewi["contact"]["pushname"]) == ("Dewi (langganan)", "Dewi Lestari")
    assert web.read("WPP.contact.getPnLidEntry('300300@lid').then((e) => e.phoneNumber ?? null)") is None
    assert web.read("WPP.contact.queryWidExists('6281999999999@c.us')") is None


def test_a_hidden_number_is_revealed(web: Web, simulator: SimulatorProcess) -> None:
    simulator.ctl("lid", lid=AGUS)
    number = web.until("WPP.contact.getPnLidEntry('300300@lid').then((e) => e.phoneNumber?._serialized)")
    assert number == AGUS_PN


def test_a_customers_message_arrives(web: Web, simulator: SimulatorProcess) -> None:
    sent = simulator.ctl("message", chat=DEWI, body="<b>Halo</b> \u202e👨‍👩‍👧‍👦")["message"]
    heard = web.hears("chat.new_message", id=sent["id"])
    assert heard == {"id": sent["id"], "chat": DEWI, "fromMe": False, "body": sent["body"], "type": "chat"}


def test_we_send_under_our_own_id_and_get_the_ticks(web: Web, simulator: SimulatorProcess) -> None:
    result = web.send("Siap kak", OUR_ID)
    assert result["id"] == f"true_{DEWI}_{OUR_ID}"
    assert result["sendMsgResult"]["messageSendResult"] == "OK"
    web.hears("chat.msg_ack_change", ack=1, ids=[OUR_ID])
    web.hears("chat.msg_ack_change", ack=2, ids=[OUR_ID])
    simulator.ctl("receipt", ids=[OUR_ID], ack=3)
    web.hears("chat.msg_ack_change", ack=3, ids=[OUR_ID])
    assert [(m["id"], m["ack"]) for m in simulator.state()["sent"]] == [(OUR_ID, 3)]


def test_the_page_finds_what_was_sent_and_nothing_else(web: Web) -> None:
    find = "(id) => WPP.chat.getMessageById('true_200200@lid_' + id).then((m) => m.body, (e) => e.code)"
    assert web.read(find, OUR_ID) == "Siap kak"
    assert web.read(find, "3EB0FFFFFFFFFFFFFFFFFF") == "msg_not_found"


def test_a_refused_send_resolves_with_a_failed_ack(web: Web, simulator: SimulatorProcess) -> None:
    simulator.ctl("fail_next_send")
    result = web.send("tidak jadi", "3EB0BBBBBBBBBBBBBBBBBB")
    assert result["ack"] == -1
    assert result["sendMsgResult"]["messageSendResult"] == "ERROR_UNKNOWN"
    assert len(simulator.state()["sent"]) == 1


def test_an_unknown_number_has_no_chat(web: Web) -> None:
    error = web.read("WPP.chat.sendTextMessage('6281999999999@c.us', 'x').then(() => null, (e) => e.message)")
    assert "no such account" in error


def test_edits_deletions_reactions_and_replies_typed_on_the_phone(web: Web, simulator: SimulatorProcess) -> None:
    message_id = simulator.ctl("message", chat=DEWI, body="merah")["message"]["id"]
    simulator.ctl("edit", id=message_id, body="biru")
    web.hears("chat.msg_edited", id=message_id, body="biru")
    simulator.ctl("reaction", id=message_id, text="👍")
    web.hears("chat.new_reaction", text="👍")
    simulator.ctl("revoke", id=message_id)
    web.hears("chat.msg_revoke", id=message_id)
    typed = simulator.ctl("own_message", chat=DEWI, body="dari HP")["message"]
    web.hears("chat.new_message", id=typed["id"], fromMe=True)


def test_what_comes_while_the_network_is_off_is_heard_when_it_is_back(web: Web, simulator: SimulatorProcess) -> None:
    simulator.ctl("network", online=False)
    web.until("!WPP.conn.isOnline()")
    missed = simulator.ctl("message", chat=AGUS, body="tadi")["message"]
    web.read(
        "WPP.chat.sendTextMessage('200200@lid', 'nanti', {linkPreview: false}).then((r) => { window.late = r.ack; });0"
    )
    assert web.read("window.late ?? null") is None
    simulator.ctl("network", online=True)
    web.hears("chat.new_message", id=missed["id"])
    assert web.until("window.late") >= 1
    assert simulator.state()["sent"][-1]["body"] == "nanti"


def test_the_page_survives_the_death_of_the_cloud(web: Web, simulator: SimulatorProcess) -> None:
    simulator.end(signal.SIGKILL)
    web.until("!WPP.conn.isOnline()")
    simulator.start()
    after = simulator.ctl("message", chat=DEWI, body="sesudah mati")["message"]
    web.hears("chat.new_message", id=after["id"])
    web.is_live()


def test_a_session_is_restored_and_what_came_meanwhile_is_found(
    web: Web, profile: BrowserContext, simulator: SimulatorProcess
) -> None:
    web.page.close()
    simulator.ctl("message", chat=DEWI, body="selagi tutup")
    again = Web(profile, simulator.url)
    again.is_live()
    found = again.read(
        """([id]) => WPP.chat.getMessages('200200@lid', {count: 100, direction: 'after', id})
             .then((l) => l.map((m) => m.body))""",
        [f"true_{DEWI}_{OUR_ID}"],
    )
    assert found == [None, "dari HP", "nanti", "sesudah mati", "selagi tutup"]
    again.until("heard.some(([name, data]) => name === 'conn.backend_event' && data === 'offline_delivery_end')")
    assert not again.read("heard.some(([name]) => name === 'chat.new_message')")
    again.page.close()


def test_logging_out_on_the_phone_ends_at_a_new_qr(profile: BrowserContext, simulator: SimulatorProcess) -> None:
    web = Web(profile, simulator.url)
    web.is_live()
    simulator.ctl("phone_logout")
    web.until("!WPP.conn.isRegistered() && WPP.conn.getAuthCode().then((c) => !!c)")
    simulator.scan()
    web.is_live()
    assert web.foreign == []
    web.page.close()


def test_a_logout_that_the_page_did_not_see_shows_at_its_next_start(
    profile: BrowserContext, simulator: SimulatorProcess
) -> None:
    simulator.ctl("phone_logout")
    web = Web(profile, simulator.url)
    web.until("!WPP.conn.isRegistered() && WPP.conn.getAuthCode().then((c) => !!c)")
