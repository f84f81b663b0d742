"""Commands about customers and groups, and what WhatsApp reveals about them."""

import base64
import binascii
import secrets
from typing import Annotated, Any, Literal

from pydantic import Field

from wa_worker.simulator import traffic
from wa_worker.simulator.commands.base import Command, GroupJid, Jid, Lid, Name, PhoneJid, Result
from wa_worker.simulator.errors import BadCommandError
from wa_worker.simulator.model import Contact, Group
from wa_worker.simulator.page_link import keep_file
from wa_worker.simulator.phone import Phone


class PutContact(Command):
    """Add or change a customer. What is left out stays as it was.

    Without `id` a LID is made up. `number`: the phone number as a person writes it (0812…, +62 812-…); `pn`: its jid.
    """

    cmd: Literal["contact"]
    id: Jid | None = None
    pn: PhoneJid | None = None
    number: Annotated[str, Field(max_length=40)] | None = None
    hides_number: bool | None = None
    name: Name | None = None
    pushname: Name | None = None
    verified_name: Name | None = None
    online: bool | None = None

    def apply(self, phone: Phone) -> Result:
        pn = _pn_of(self.number) if self.number else self.pn
        known = phone.contact_of(self.id or pn or "")
        if pn and (holder := phone.contact_of(pn)) and (not known or holder.id != known.id):
            raise BadCommandError(f"{holder.own_name} has that number already.")
        contact = known or Contact(id=self.id or f"{secrets.randbelow(9 * 10**13) + 10**13}@lid")
        contact = Contact(**{**_fields(contact), **self._changes(), **({"pn": pn} if pn else {})})
        phone.put_contact(contact)
        if contact.online:
            traffic.deliver_waiting(phone, contact)
        return {"contact": contact.for_handset()}

    def _changes(self) -> dict[str, Any]:
        """Return the given fields. Null removes a name; a switch is on or off."""
        said = self.model_dump(exclude_unset=True, include={"name", "pushname", "verified_name"})
        switches = self.model_dump(exclude_none=True, include={"hides_number", "online"})
        return {**said, **switches}


class PutGroup(Command):
    """Add or change a group that the business is in."""

    cmd: Literal["group"]
    id: GroupJid
    subject: Name
    members: Annotated[list[Jid], Field(max_length=1024)]

    def apply(self, phone: Phone) -> Result:
        group = Group(self.id, self.subject, self.members)
        phone.put_group(group)
        return {"group": group.for_handset()}


class PutPicture(Command):
    """Set the profile picture of a customer or group; null removes it."""

    cmd: Literal["picture"]
    chat: Jid
    image_b64: str | None = None

    def apply(self, phone: Phone) -> Result:
        filehash = None
        if self.image_b64:
            try:
                filehash = keep_file(phone.store, base64.b64decode(self.image_b64, validate=True))
            except binascii.Error as error:
                raise BadCommandError("The picture can't be read: image_b64 is no base64.") from error
        phone.put_picture(self.chat, filehash)
        return {"filehash": filehash}


class RevealLid(Command):
    """Reveal the phone number behind a LID to the business."""

    cmd: Literal["lid"]
    lid: Lid
    pn: PhoneJid | None = None

    def apply(self, phone: Phone) -> Result:
        contact = phone.contact_of(self.lid)
        if contact is None:
            raise BadCommandError(f"No customer has the LID {self.lid}. Add the contact first.")
        pn = self.pn or contact.pn
        if pn is None:
            raise BadCommandError("This customer has no number to reveal. Say which: pn=62812…@c.us.")
        phone.put_contact(Contact(**{**_fields(contact), "pn": pn, "hides_number": False}))
        return {}


def _fields(contact: Contact) -> dict[str, Any]:
    return {name: getattr(contact, name) for name in Contact.__slots__}


def _pn_of(number: str) -> str:
    """Return a phone number's jid: ``0812-3456-7890`` or ``+62 812…`` → ``62812…@c.us``."""
    digits = "".join(ch for ch in number if ch.isdigit())
    if digits.startswith("0"):
        digits = "62" + digits[1:]
    if not 8 <= len(digits) <= 15:
        raise BadCommandError("That is no phone number. Write it like 0812-3456-7890 or +62 812-3456-7890.")
    return f"{digits}@c.us"
