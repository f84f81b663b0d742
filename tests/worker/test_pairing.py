"""Pairing, logout and pairing again, through the unmodified bundle in a real Chromium."""

from devtools.waiting import until
from tests.worker.cast import INBOX
from tests.worker.conftest import Stage
from wa_worker.contract.commands import Logout, PairWithCode, RefreshQr, ResetSession
from wa_worker.contract.streams import Heartbeat, heartbeat_key
from wa_worker.ownership.profile import Profile


def qr_texts(stage: Stage) -> list[str]:
    texts = [event.qr_text for event in stage.stream.events("SessionChanged") if event.qr_text]
    return list(dict.fromkeys(texts))


def test_the_qr_renews_itself_and_a_scan_leads_to_live(stage: Stage) -> None:
    until(lambda: len(qr_texts(stage)) >= 3, "three different QRs")
    stage.simulator.ctl("scan")
    stage.stream.await_status("live")
    last = stage.stream.events("SessionChanged")[-1]
    assert last.qr_text is None
    assert last.phone_e164.startswith("+62")
    assert last.wa_version.startswith("2.")
    assert stage.stream.statuses()[0] == "not_paired"


def test_a_pairing_code(stage: Stage) -> None:
    stage.stream.await_status("waiting_for_scan")
    stage.stream.command(PairWithCode(inbox_id=INBOX, phone_e164="+628120009999"))

    def code() -> str | None:
        return next((e.pairing_code for e in stage.stream.events("SessionChanged") if e.pairing_code), None)

    stage.simulator.ctl("enter_code", code=until(code, "a pairing code"))
    stage.stream.await_status("live")
    assert stage.stream.events("SessionChanged")[-1].pairing_code is None


def test_a_logout_on_the_phone_is_said_once_and_survives_a_restart(paired: Stage) -> None:
    before = len(qr_texts(paired))
    paired.simulator.ctl("phone_logout")
    paired.stream.await_status("logged_out")
    assert paired.stream.events("SessionChanged")[-1].reason == "phone_logout"
    said = len(paired.stream.events("SessionChanged"))
    assert len(qr_texts(paired)) == before, "no QR is shown until an admin asks for it"

    paired.worker.end()
    paired.worker.start()
    until(lambda: len(paired.stream.events("SessionChanged")) > said, "the restarted worker's word")
    assert paired.stream.last_status() == "logged_out"
    assert paired.stream.statuses().count("logged_out") == 1

    paired.stream.command(ResetSession(inbox_id=INBOX))
    paired.pair()
    assert list((paired.folder / "profiles" / str(INBOX)).glob("browser.*")), "the old profile was put aside"
    chat = paired.simulator.customer(1)
    paired.simulator.write(chat, "after pairing again")
    until(lambda: "after pairing again" in paired.stream.bodies(), "the message")


def beat(stage: Stage) -> Heartbeat:
    [key] = stage.stream.redis.keys(heartbeat_key("*"))
    return Heartbeat.model_validate_json(str(stage.stream.redis.get(key)))


def test_a_logged_out_number_is_quiet(backstage: Stage) -> None:
    """Everything that is done now and then is done many times a second here: ten seconds stand for hours."""
    quick = {f"ROMS_{name}_SECONDS": "0.2" for name in ("LOOK_BACK", "RECYCLE_LOOK", "MISSING")}
    stage = backstage.start(**quick, ROMS_PROBE_SECONDS="1", ROMS_WATCHDOG_SECONDS="5")
    stage.pair()
    stage.simulator.ctl("phone_logout")
    stage.stream.await_status("logged_out")
    until(lambda: Profile(stage.folder, INBOX).chromium_pid() is None, "no Chromium")
    first = beat(stage)
    lines, said = stage.worker.log.count("\n"), len(stage.stream.events())
    until(lambda: beat(stage).at >= first.at + 10_000, "two more heartbeats")
    assert beat(stage).pid == first.pid, "the same process"
    assert stage.worker.log.count("\n") == lines
    assert len(stage.stream.events()) == said
    assert Profile(stage.folder, INBOX).chromium_pid() is None
    assert stage.stream.events("SessionChanged")[-1].qr_text is None


def test_a_passkey_that_the_phone_asks_for_is_shown(backstage: Stage) -> None:
    stage = backstage.start(ROMS_CONFIRM_SECONDS="1")
    stage.stream.await_status("waiting_for_scan")
    stage.simulator.ctl("passkey", on=True)
    stage.simulator.ctl("scan")
    stage.stream.await_status("confirm_on_phone")
    assert stage.stream.events("SessionChanged")[-1].reason == "passkey"
    assert stage.stream.events("SessionChanged")[-1].qr_text is None
    stage.simulator.ctl("confirm_passkey")
    stage.stream.await_status("live")
    steps = [status for status in stage.stream.statuses() if status not in ("not_paired", "syncing")]
    assert steps[-4:] == ["waiting_for_scan", "scanned", "confirm_on_phone", "live"]


def test_a_logout_while_the_worker_was_away(paired: Stage) -> None:
    paired.worker.end()
    paired.simulator.ctl("phone_logout")
    paired.worker.start()
    paired.stream.await_status("logged_out")
    # The page may have reloaded before anybody could hear why.
    assert paired.stream.events("SessionChanged")[-1].reason in ("phone_logout", "unlinked")
    assert paired.stream.statuses().count("logged_out") == 1


def test_a_logout_from_here(paired: Stage) -> None:
    paired.stream.command(Logout(inbox_id=INBOX))
    paired.stream.await_status("logged_out")
    assert paired.stream.events("SessionChanged")[-1].reason == "requested"


def test_what_was_written_between_logout_and_pairing_again_is_no_history(paired: Stage) -> None:
    chat = paired.simulator.customer(1)
    paired.simulator.write(chat, "before")
    until(lambda: "before" in paired.stream.bodies(), "the first message")
    paired.simulator.ctl("phone_logout")
    paired.stream.await_status("logged_out")
    paired.simulator.write(chat, "while logged out")
    paired.stream.command(ResetSession(inbox_id=INBOX))
    paired.pair()
    until(lambda: "while logged out" in paired.stream.bodies(), "the message")
    missed = next(e for e in paired.stream.events("MessageReceived") if e.body == "while logged out")
    assert not missed.is_history
    assert missed.is_backfill


def test_history_is_read_once_and_marked(stage: Stage) -> None:
    chat = stage.simulator.customer(1)
    now = stage.stream.redis.time()[0]
    old = [{"chat": chat, "body": f"day -{days}", "t": now - days * 86_400} for days in (30, 3, 1)]
    stage.simulator.ctl("messages", messages=old)
    stage.pair()
    until(lambda: "day -1" in stage.stream.bodies(), "yesterday's message")
    events = {event.body: event for event in stage.stream.events("MessageReceived")}
    assert list(events) == ["day -3", "day -1"], "history is bounded to seven days"
    assert all(event.is_history for event in events.values())


def test_a_qr_that_nobody_scans_is_paused_until_somebody_asks(backstage: Stage) -> None:
    backstage.simulator.end()
    backstage.simulator.configure(ROMS_SIMULATOR_QR_SECONDS="0.3", ROMS_SIMULATOR_QR_CODES="2")
    backstage.simulator.start()
    stage = backstage.start(ROMS_QR_ROUNDS="1")
    stage.stream.await_status("paused")
    assert stage.stream.events("SessionChanged")[-1].qr_text is None
    shown = len(qr_texts(stage))
    stage.stream.command(RefreshQr(inbox_id=INBOX))
    until(lambda: len(qr_texts(stage)) > shown, "a new QR")
