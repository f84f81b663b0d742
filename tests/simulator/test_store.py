"""The simulator's state survives a restart."""

import base64
import signal
from pathlib import Path

import pytest

from tests.simulator.cast import DEWI, SimulatorProcess, do
from wa_worker.simulator.cloud import Cloud, describe
from wa_worker.simulator.config import SimulatorSettings
from wa_worker.simulator.phone import Phone
from wa_worker.simulator.store import Store, StoreError

GROUP = "120363000000000001@g.us"


def test_a_phone_comes_back_as_it_was(cloud: Cloud, phone: Phone, settings: SimulatorSettings) -> None:
    do(phone, "message", chat=DEWI, body="Halo 👋", id="3A01")
    do(phone, "own_message", chat=DEWI, body="Ya?", id="3A02")
    do(phone, "edit", id="3A01", body="Halo!")
    do(phone, "network", online=False)
    before = describe(phone, None)
    cloud.close()
    again = Cloud(settings)
    try:
        assert describe(again.phone("7"), None) == before
        after = do(again.phone("7"), "message", chat=DEWI, body="lagi")["message"]
        assert (after["seq"], after["rev"]) > (before["messages"][-1]["seq"], before["messages"][-1]["rev"])
    finally:
        again.close()


def test_what_happened_to_messages_comes_back_too(cloud: Cloud, phone: Phone, settings: SimulatorSettings) -> None:
    file = base64.b64encode(b"nota").decode()
    do(phone, "group", id=GROUP, subject="Reseller", members=[DEWI])
    do(phone, "picture", chat=DEWI, image_b64=file)
    do(phone, "message", chat=GROUP, author=DEWI, type="document", media_b64=file, filename="a.txt", id="3A01")
    do(phone, "message", chat=DEWI, type="location", lat=-6.9, lng=107.6, is_forwarded=True, id="3A02")
    do(phone, "message", chat=DEWI, type="ciphertext", id="3A03")
    do(phone, "decrypt", id="3A03", body="akhirnya")
    do(phone, "reaction", id="3A02", text="👍")
    do(phone, "reaction", id="3A02", text="❤️", by="owner")
    before = describe(phone, None)
    cloud.close()
    again = Cloud(settings)
    try:
        assert describe(again.phone("7"), None) == before
        assert [m["type"] for m in before["messages"]] == ["document", "location", "chat"]
        assert len(before["reactions"]) == 2
        assert again.store.media(before["pictures"][DEWI]) == b"nota"
    finally:
        again.close()


def test_nothing_answered_is_lost_by_sigkill(tmp_path: Path) -> None:
    simulator = SimulatorProcess(tmp_path)
    simulator.start()
    simulator.ctl("contact", id=DEWI, pushname="Dewi")
    ids = [simulator.ctl("message", chat=DEWI, body=f"pesan {n}")["message"]["id"] for n in range(50)]
    simulator.end(signal.SIGKILL)
    simulator.start()
    try:
        assert [message["id"] for message in simulator.state()["messages"]] == ids
    finally:
        assert simulator.end() == 0


def test_a_batch_that_fails_leaves_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with pytest.raises(RuntimeError), store.batch():
        store.put("7", "contact", "a", {})
        raise RuntimeError
    assert store.phones() == []
    store.close()


def test_a_second_simulator_on_the_same_folder_is_told_so(cloud: Cloud, settings: SimulatorSettings) -> None:
    cloud.phone("7").set_online(True)
    with pytest.raises(StoreError, match="Another simulator"):
        Cloud(settings)


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "simulator").write_text("a file where the folder should be")
    with pytest.raises(StoreError, match="simulator"):
        Store(tmp_path / "simulator")


def test_no_work_grows_with_the_number_of_messages(phone: Phone) -> None:
    """The indexes find what a walk over all messages would, also where ids repeat."""
    ids = do(phone, "messages", messages=[{"chat": f"{n % 5}00@lid", "body": str(n)} for n in range(500)])["ids"]
    found = phone.history.find("300@lid", ids[303])
    assert found is not None and found.body == "303"
    assert [m.body for m in phone.history.around(found, after=True, count=2)] == ["308", "313"]
    assert [m.body for m in phone.history.around(found, after=False, count=2)] == ["293", "298"]
    assert len(phone.history.around(found, after=True, count=None)) == 39
    assert [m.body for m in phone.history.newest(1)] == ["495", "496", "497", "498", "499"]
