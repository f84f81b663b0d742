"""Links pages to a phone by QR or pairing code, and unlinks them, from either side."""

import secrets
from typing import Any

from wa_worker.simulator.errors import BadCommandError, NotNowError
from wa_worker.simulator.links import broadcast, encode
from wa_worker.simulator.model import Registration
from wa_worker.simulator.phone import PageSeat, Phone

_NO_QR = "No QR code is on the screen. Open the pairing page in ROMS, wait for the code, then scan."


def ask_qr(phone: Phone, page: PageSeat) -> None:
    """Show a QR to a page that is not linked. A scan links the page that asked last."""
    for other in phone.pages:
        other.wants_qr = other is page
    if phone.is_online:
        phone.pairing.start()


def scan(phone: Phone, *, pn: str | None = None, lid: str | None = None, pushname: str = "ROMS demo") -> Registration:
    """Scan the QR on the screen with the phone. Raises NotNowError if none is shown."""
    if phone.registration:
        raise NotNowError("This phone has a linked device already. Log it out first.")
    if not phone.is_online:
        raise NotNowError("The phone's network is off. Switch it on, then scan.")
    if phone.pairing.ref is None:
        raise NotNowError(_NO_QR)
    registration = Registration(secrets.token_hex(16), pn or phone.own_pn, lid or phone.own_lid, pushname)
    return _at_gate(phone, registration) if phone.faults.has_passkey_gate else _link(phone, registration)


def confirm_passkey(phone: Phone) -> Registration:
    """Confirm the passkey on the phone. Raises NotNowError if nothing waits for it."""
    if phone.at_gate is None:
        raise NotNowError("Nothing waits for a passkey. Switch the gate on and scan first.")
    registration, phone.at_gate = phone.at_gate, None
    return _link(phone, registration)


def enter_code(phone: Phone, typed: str) -> Registration:
    """Type the pairing code on the phone. The phone gets the number that the code was made for."""
    code = phone.pairing.link_code
    if phone.registration:
        raise NotNowError("This phone has a linked device already. Log it out first.")
    if code is None:
        raise NotNowError("No pairing code was asked for. Choose pairing by code in ROMS first.")
    if not code.matches(typed):
        raise BadCommandError("That is not the code on the screen, or it is too old. Type the eight letters shown now.")
    waiting = [page for page in phone.pages if page.wants_qr]
    broadcast(waiting, {"t": "code_entered"})
    return _link(phone, Registration(secrets.token_hex(16), f"{code.phone}@c.us", phone.own_lid, "ROMS demo"))


def log_out(phone: Phone, reason: str) -> None:
    """Unlink the page. It learns of it now, or when it comes back."""
    phone.register(None)
    phone.at_gate = None
    for page in phone.pages:
        if (page.is_member or page.awaits_passkey) and phone.is_online:
            page.is_member = page.awaits_passkey = False
            page.send_text(encode({"t": "logged_out", "reason": reason}))
    phone.status_changed()


def set_network(phone: Phone, is_online: bool) -> None:
    """Switch the business's network off or on. A page that comes online asks for what it missed."""
    if is_online == phone.is_online:
        return
    phone.set_online(is_online)
    if not is_online:
        phone.pairing.stop()
        phone.dismiss_pages()
    broadcast(phone.pages, {"t": "network", "online": is_online})
    phone.status_changed()


def reset(phone: Phone) -> None:
    """Reset the phone to an unused one."""
    set_network(phone, True)
    log_out(phone, "unknown_companion")
    phone.forget()
    phone.send_to_handsets({"t": "snapshot_needed"})


def hello(phone: Phone, page: PageSeat, device: str | None) -> dict[str, Any]:
    """Answer a page that connects.

    `state`: ``linked``; ``new`` (show a QR); ``passkey`` (wait for the phone); ``unknown`` (the device was unlinked
    while the page was away).
    """
    page.is_member, page.wants_qr, page.awaits_passkey = False, False, False
    if device is None and phone.at_gate:
        page.awaits_passkey = True
        return {"state": "passkey", "online": phone.is_online}
    if device is None:
        return {"state": "new", "online": phone.is_online}
    known = phone.registration is not None and phone.registration.device == device
    return {"state": "linked" if known else "unknown", "online": phone.is_online}


def _at_gate(phone: Phone, registration: Registration) -> Registration:
    """Make the page wait until the passkey is confirmed on the phone: the code was scanned."""
    phone.at_gate = registration
    phone.pairing.stop()
    waiting = [page for page in phone.pages if page.wants_qr]
    for page in waiting:
        page.wants_qr, page.awaits_passkey = False, True
    broadcast(waiting, {"t": "passkey"})
    phone.status_changed()
    return registration


def _link(phone: Phone, registration: Registration) -> Registration:
    phone.register(registration)
    phone.pairing.stop()
    phone.pairing.link_code = None
    waiting = [page for page in phone.pages if page.wants_qr or page.awaits_passkey]
    broadcast(waiting, {"t": "paired", "device": registration.device, "pn": registration.pn, "lid": registration.lid})
    for page in waiting:
        page.wants_qr = page.awaits_passkey = False
    phone.status_changed()
    return registration
