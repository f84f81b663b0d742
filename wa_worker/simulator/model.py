"""The records of a simulated phone: contacts, groups, chats and messages."""

import base64
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, cast

from wa_worker.simulator.wire import Content, PageContact, PageGroup, Reaction, WireMessage

#: The sender of the business's own reactions: an account has one reaction to a message, from whichever device.
OURS = "me"
#: WhatsApp's numbers for the ticks.
ACK_SENT, ACK_DELIVERED, ACK_READ = 1, 2, 3


class Author(StrEnum):
    """Who wrote a message, and where."""

    CUSTOMER = "customer"
    #: The business, on the paired page (ROMS).
    PAGE = "page"
    #: The business, on its own phone.
    OWNER = "owner"


@dataclass(slots=True)
class Contact:
    """A customer. `id`: the jid of the chat, usually ``…@lid``.

    `pn`: the phone number's jid (``62812…@c.us``); with `hides_number` the page does not get it.
    """

    id: str
    pn: str | None = None
    hides_number: bool = False
    #: The name in the business's address book.
    name: str | None = None
    #: The name that the customer chose.
    pushname: str | None = None
    #: The name that WhatsApp verified, of a business.
    verified_name: str | None = None
    #: Whether the customer's phone is online: messages are then delivered at once.
    online: bool = True

    @property
    def shown_pn(self) -> str | None:
        """The phone number's jid, unless it is hidden from the business."""
        return None if self.hides_number else self.pn

    @property
    def own_name(self) -> str:
        """The customer's name on their own phone."""
        return self.pushname or self.name or self.verified_name or (self.pn or self.id).partition("@")[0]

    def for_page(self) -> PageContact:
        """Return the attributes of the page's contact model."""
        return {
            "id": self.id,
            "pn": self.shown_pn,
            "name": self.name,
            "shortName": self.name.split()[0] if self.name and self.name.strip() else None,
            "pushname": self.pushname,
            "verifiedName": self.verified_name,
            "isBusiness": self.verified_name is not None,
            "isAddressBookContact": self.name is not None,
            "type": "in",
        }

    def for_handset(self) -> dict[str, Any]:
        """Return what the customer's own phone shows."""
        return {**asdict(self), "own_name": self.own_name}


@dataclass(slots=True)
class Group:
    """A group of customers and the business. `id` ends with ``@g.us``; `members` are jids."""

    id: str
    subject: str
    members: list[str] = field(default_factory=list)

    def for_page(self) -> PageGroup:
        """Return the group as the page gets it."""
        return {"id": self.id, "subject": self.subject, "members": self.members}

    def for_handset(self) -> dict[str, Any]:
        """Return the group in the form of a contact, because it has a chat like one."""
        return {
            **asdict(self),
            "pn": None,
            "hides_number": True,
            "own_name": self.subject,
            "name": self.subject,
            "online": True,
            "isGroup": True,
        }


@dataclass(slots=True)
class Message:
    """A stored message. `id`: the short id (``MsgKey.id``); two messages may have the same one.

    `seq` numbers the messages of a phone. `rev` grows with every change of any message: a page that was away asks for
    what is above the last `rev` that it saw. `t`: epoch seconds, as in WhatsApp.
    """

    id: str
    chat: str
    author: Author
    t: int
    seq: int = 0
    rev: int = 0
    type: str = "chat"
    body: str | None = None
    ack: int = ACK_SENT
    edits: int = 0
    notify_name: str | None = None
    quoted: str | None = None
    caption: str | None = None
    filename: str | None = None
    mimetype: str | None = None
    filehash: str | None = None
    size: int | None = None
    subtype: str | None = None
    #: In a group: the member who wrote; None for the business.
    member: str | None = None
    is_view_once: bool = False
    is_forwarded: bool = False
    content: Content | None = None
    #: By their sender: a jid, or `OURS`.
    reactions: dict[str, Reaction] = field(default_factory=dict)

    @property
    def sha256(self) -> str | None:
        """The SHA-256 of the file, in hex."""
        return base64.urlsafe_b64decode(self.filehash).hex() if self.filehash else None

    @property
    def from_me(self) -> bool:
        """Whether the business sent it."""
        return self.author is not Author.CUSTOMER

    def for_wire(self) -> WireMessage:
        """Return the form for the page, the handset and ``/state``, without empty fields, because messages are many."""
        wire = {
            "id": self.id,
            "chat": self.chat,
            "fromMe": self.from_me,
            "by": self.author.value,
            "type": self.type,
            "body": self.body,
            "t": self.t,
            "ack": self.ack,
            "seq": self.seq,
            "rev": self.rev,
            "edits": self.edits or None,
            "notifyName": self.notify_name,
            "quoted": self.quoted,
            "caption": self.caption,
            "filename": self.filename,
            "mimetype": self.mimetype,
            "filehash": self.filehash,
            "size": self.size,
            "sha256": self.sha256,
            "subtype": self.subtype,
            "author": self.member,
            "isViewOnce": self.is_view_once or None,
            "isForwarded": self.is_forwarded or None,
            "content": self.content,
            "reactions": [{"sender": sender, **reaction} for sender, reaction in self.reactions.items()] or None,
        }
        return cast(WireMessage, {key: value for key, value in wire.items() if value is not None})


@dataclass(slots=True)
class Chat:
    """A chat, and how far the business has read it."""

    id: str
    unread: int = 0
    #: The business has read everything up to this message: the ticks on the customer's phone come from it.
    seen_seq: int = 0


@dataclass(slots=True)
class Registration:
    """A linked device. The page that knows `device` may act for the number."""

    device: str
    pn: str
    lid: str
    pushname: str
