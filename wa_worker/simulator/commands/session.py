"""Commands about the link to the page and the network."""

from typing import Annotated, Literal

from pydantic import Field

from wa_worker.simulator import linking
from wa_worker.simulator.commands.base import Command, Lid, Name, PhoneJid, Result
from wa_worker.simulator.phone import Phone


class Scan(Command):
    """The phone scans the QR that is on the screen now."""

    cmd: Literal["scan"]
    pn: PhoneJid | None = None
    lid: Lid | None = None
    pushname: Name = "ROMS demo"

    def apply(self, phone: Phone) -> Result:
        found = linking.scan(phone, pn=self.pn, lid=self.lid, pushname=self.pushname)
        return {"pn": found.pn, "lid": found.lid}


class EnterCode(Command):
    """The pairing code is typed on the phone."""

    cmd: Literal["enter_code"]
    code: Annotated[str, Field(min_length=1, max_length=32)]

    def apply(self, phone: Phone) -> Result:
        found = linking.enter_code(phone, self.code)
        return {"pn": found.pn, "lid": found.lid}


class ConfirmPasskey(Command):
    """The owner confirms the passkey; the page goes on."""

    cmd: Literal["confirm_passkey"]

    def apply(self, phone: Phone) -> Result:
        found = linking.confirm_passkey(phone)
        return {"pn": found.pn, "lid": found.lid}


class PhoneLogout(Command):
    """The owner logs the linked device out."""

    cmd: Literal["phone_logout"]

    def apply(self, phone: Phone) -> Result:
        linking.log_out(phone, "unknown_companion")
        return {}


class Network(Command):
    """The business's network goes off or on."""

    cmd: Literal["network"]
    online: bool

    def apply(self, phone: Phone) -> Result:
        linking.set_network(phone, self.online)
        return {}


class Reset(Command):
    """Forget the phone altogether."""

    cmd: Literal["reset"]

    def apply(self, phone: Phone) -> Result:
        linking.reset(phone)
        return {}
