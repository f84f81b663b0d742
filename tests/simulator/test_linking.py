"""QR codes, pairing codes, logging out, and who counts as linked."""

import pytest

from devtools.waiting import until_async
from tests.simulator.cast import FakePage, do
from wa_worker.simulator import linking
from wa_worker.simulator.cloud import Cloud
from wa_worker.simulator.errors import BadCommandError, NotNowError
from wa_worker.simulator.phone import Phone


@pytest.fixture
def fresh(cloud: Cloud) -> Phone:
    """A phone that nobody has linked."""
    return cloud.phone("8")


@pytest.fixture
def qr_page(fresh: Phone) -> FakePage:
    page = FakePage(is_member=False)
    fresh.pages.add(page)
    return page


async def _is(condition: bool) -> bool:
    return condition


async def test_codes_change_and_then_wait_until_somebody_asks(fresh: Phone, qr_page: FakePage) -> None:
    linking.ask_qr(fresh, qr_page)
    await until_async(lambda: _is(fresh.pairing.is_idle))
    refs = [event["ref"] for event in qr_page.of("qr")]
    assert len(set(refs)) == 3
    assert qr_page.told[-1] == {"t": "qr_idle"}
    with pytest.raises(NotNowError, match="No QR code"):
        do(fresh, "scan")
    linking.ask_qr(fresh, qr_page)
    await until_async(lambda: _is(fresh.pairing.ref is not None))
    do(fresh, "scan")


async def test_a_scan_links_the_page_that_shows_the_code(fresh: Phone, qr_page: FakePage) -> None:
    linking.ask_qr(fresh, qr_page)
    await until_async(lambda: _is(fresh.pairing.ref is not None))
    do(fresh, "scan")
    paired = qr_page.of("paired")[0]
    assert paired["pn"] == "6281100000008@c.us"
    assert linking.hello(fresh, qr_page, paired["device"])["state"] == "linked"
    assert linking.hello(fresh, qr_page, "somebody else's")["state"] == "unknown"
    assert fresh.pairing.ref is None


async def test_the_newest_page_is_the_one_that_is_scanned(fresh: Phone, qr_page: FakePage) -> None:
    newer = FakePage(is_member=False)
    fresh.pages.add(newer)
    linking.ask_qr(fresh, qr_page)
    linking.ask_qr(fresh, newer)
    await until_async(lambda: _is(fresh.pairing.ref is not None))
    do(fresh, "scan")
    assert (len(qr_page.of("paired")), len(newer.of("paired"))) == (0, 1)


def test_nothing_to_scan_before_a_page_shows_a_code(fresh: Phone) -> None:
    with pytest.raises(NotNowError, match="No QR code"):
        do(fresh, "scan")


def test_a_pairing_code_works_however_it_is_typed_and_once(fresh: Phone, qr_page: FakePage) -> None:
    qr_page.wants_qr = True
    code = fresh.pairing.make_link_code("6281299990000")
    with pytest.raises(BadCommandError, match="not the code"):
        do(fresh, "enter_code", code="AAAA-AAAA")
    do(fresh, "enter_code", code=f" {code.replace('-', ' ').lower()}")
    assert fresh.registration is not None
    assert fresh.registration.pn == "6281299990000@c.us"
    do(fresh, "phone_logout")
    with pytest.raises(NotNowError, match="No pairing code"):
        do(fresh, "enter_code", code=code)


def test_a_linked_phone_takes_no_second_device(phone: Phone) -> None:
    with pytest.raises(NotNowError, match="linked device already"):
        do(phone, "scan")


def test_logging_out_tells_the_page_and_forgets_the_device(phone: Phone, seat: FakePage) -> None:
    do(phone, "phone_logout")
    assert seat.of("logged_out") == [{"t": "logged_out", "reason": "unknown_companion"}]
    assert linking.hello(phone, seat, "device")["state"] == "unknown"


def test_a_page_that_was_away_learns_of_the_logout_when_it_is_back(phone: Phone, seat: FakePage) -> None:
    do(phone, "network", online=False)
    do(phone, "phone_logout")
    assert seat.of("logged_out") == []
    do(phone, "network", online=True)
    assert linking.hello(phone, seat, "device") == {"state": "unknown", "online": True}


def test_reset_forgets_everything(phone: Phone, seat: FakePage) -> None:
    do(phone, "message", chat="200200@lid", body="Halo")
    do(phone, "reset")
    assert (phone.contacts, phone.history.all, phone.registration) == ({}, [], None)
    assert seat.of("logged_out")


def test_every_phone_is_its_own(cloud: Cloud, phone: Phone) -> None:
    other = cloud.phone("9")
    do(phone, "message", chat="200200@lid", body="Halo")
    assert other.history.all == []
    assert other.own_pn != phone.own_pn
