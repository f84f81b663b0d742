"""Commands about the page's link and the network."""

from typing import Annotated, Literal

from pydantic import Field

from wa_worker.simulator import linking
from wa_worker.simulator.commands.base import Command, Lid, Name, PhoneJid, Result
from wa_worker.simulator.phone import Phone


class Scan(Command):
    """Scan the QR on the screen."""

    cmd: Literal["scan"]
    pn: PhoneJid | None = None
    lid: Lid | None = None
    pushname: Name = "ROMS demo"

    def apply(self, phone: Phone) -> Result:
        found = linking.scan(phone, pn=self.pn, lid=self.lid, pushname=self.pushname)
        return {"pn": found.pn, "lid": found.lid}


class EnterCode(Command):
    """Type the pairing code on the phone."""

    cmd: Literal["enter_code"]
    code: Annotated[str, Field(min_length=1, max_length=32)]

    def apply(self, phone: Phone) -> Result:
        found = linking.enter_code(phone, self.code)
        return {"pn": found.pn, "lid": found.lid}


class ConfirmPasskey(Command):
    """Confirm the passkey on the phone."""

    cmd: Literal["confirm_passkey"]

    def apply(self, phone: Phone) -> Result:
        found = linking.confirm_passkey(phone)
        return {"pn": found.pn, "lid": found.lid}


class PhoneLogout(Command):
    """Log the linked device out on the phone."""

    cmd: Literal["phone_logout"]

    def apply(self, phone: Phone) -> Result:
        linking.log_out(phone, "unknown_companion")
        return {}


class Network(Command):
    """Switch the business's network off or on."""

    cmd: Literal["network"]
    online: bool

    def apply(self, phone: Phone) -> Result:
        linking.set_network(phone, self.online)
        return {}


class Reset(Command):
    """Reset the phone to an unused one."""

    cmd: Literal["reset"]

    def apply(self, phone: Phone) -> Result:
        linking.reset(phone)
        return {}
