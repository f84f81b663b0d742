"""Commands about messages: sending, ticks, edits, deletions, reading."""

import time
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from wa_worker.simulator import traffic
from wa_worker.simulator.commands.base import Body, Command, Jid, MessageId, Name, Result
from wa_worker.simulator.errors import BadCommandError, NotNowError
from wa_worker.simulator.model import OURS, Author, Message
from wa_worker.simulator.page_link import attach_media
from wa_worker.simulator.phone import Phone, new_message_id
from wa_worker.simulator.wire import Content, PollOption


class VCard(BaseModel):
    """A contact card: the name, and the text of the card."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    vcard: Annotated[str, Field(max_length=65_536)]


class Poll(BaseModel):
    """A question and its choices."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    options: Annotated[list[Name], Field(min_length=1, max_length=12)]


class Call(BaseModel):
    """A call: its outcome and duration."""

    model_config = ConfigDict(extra="forbid")

    outcome: Literal["missed", "completed"]
    is_video: bool = False
    seconds: Annotated[int, Field(ge=0)] = 0


#: Fields that a draft passes to the message unchanged.
_UNCHANGED = (
    "type",
    "subtype",
    "body",
    "notify_name",
    "quoted",
    "ack",
    "is_view_once",
    "is_forwarded",
    "caption",
    "filename",
    "mimetype",
)


class Draft(BaseModel):
    """A message to send. `t`: epoch seconds, by default now."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    chat: Jid
    body: Body | None = None
    id: MessageId | None = None
    t: Annotated[int, Field(ge=0, le=253_402_300_799)] | None = None
    by: Literal[Author.CUSTOMER, Author.OWNER] = Author.CUSTOMER
    type: Annotated[str, Field(max_length=64)] = "chat"
    subtype: Annotated[str, Field(max_length=64)] | None = None
    #: In a group: the member who wrote.
    author: Jid | None = None
    notify_name: Annotated[Name | None, Field(alias="notifyName")] = None
    quoted: MessageId | None = None
    ack: Annotated[int, Field(ge=1, le=4)] = 1
    is_view_once: bool = False
    is_forwarded: bool = False
    caption: Body | None = None
    filename: Annotated[str, Field(max_length=255)] | None = None
    mimetype: Annotated[str, Field(max_length=128)] | None = None
    media_b64: str | None = None
    vcards: Annotated[list[VCard], Field(min_length=1, max_length=100)] | None = None
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    lng: Annotated[float, Field(ge=-180, le=180)] | None = None
    loc: Name | None = None
    poll: Poll | None = None
    call: Call | None = None

    def message(self, phone: Phone) -> Message:
        """The stored form; media are kept on the way."""
        if self.body is None and self.type == "chat":
            raise BadCommandError("A text message needs a body.")
        if self.chat.endswith("@g.us") and self.by is Author.CUSTOMER and self.author is None:
            raise BadCommandError("In a group a message needs its author: the jid of the member who writes.")
        message = Message(
            id=self.id or new_message_id(),
            chat=self.chat,
            author=self.by,
            t=self.t if self.t is not None else int(time.time()),
            member=self.author if self.by is Author.CUSTOMER else None,
            **{name: getattr(self, name) for name in _UNCHANGED},
        )
        message.content = self._content()
        if self.type == "vcard" and self.vcards:
            message.body = self.vcards[0].vcard
        if self.call and self.call.outcome == "missed" and message.subtype is None:
            message.subtype = "miss_video" if self.call.is_video else "miss"
        if self.media_b64:
            try:
                attach_media(phone, message, self.media_b64)
            except ValueError as error:
                raise BadCommandError(f"The medium can't be read: {error}.") from error
        return message

    def _content(self) -> Content | None:
        """Return what a kind has besides its text, by the names of WhatsApp's page."""
        if self.type == "vcard" and self.vcards:
            return {"vcardFormattedName": self.vcards[0].name}
        if self.vcards:
            return {"vcardList": [{"displayName": card.name, "vcard": card.vcard} for card in self.vcards]}
        if self.lat is not None:
            return {"lat": self.lat, "lng": self.lng, "loc": self.loc}
        if self.poll:
            options: list[PollOption] = [{"name": name, "localId": n} for n, name in enumerate(self.poll.options)]
            return {"pollName": self.poll.name, "pollOptions": options, "pollSelectableOptionsCount": 1}
        if self.call:
            return {
                "callOutcome": self.call.outcome,
                "isVideoCall": self.call.is_video,
                "callDuration": self.call.seconds,
            }
        return None


class CustomerMessage(Command, Draft):
    """Send a message from a customer; with `by` "owner" or as ``own_message``, from the owner's phone."""

    cmd: Literal["message", "own_message"]
    #: Whether the business has read it.
    seen: bool = False

    def apply(self, phone: Phone) -> Result:
        if self.cmd == "own_message":
            self.by = Author.OWNER
        message = self.message(phone)
        traffic.receive_from_customer(phone, [message], is_seen=self.seen)
        return {"message": message.for_wire()}


class ManyMessages(Command):
    """Send many messages in one transaction, in the given order."""

    cmd: Literal["messages"]
    messages: Annotated[list[Draft], Field(min_length=1, max_length=10_000)]
    seen: bool = False

    def apply(self, phone: Phone) -> Result:
        messages = [draft.message(phone) for draft in self.messages]
        traffic.receive_from_customer(phone, messages, is_seen=self.seen)
        return {"ids": [message.id for message in messages]}


class OfMessage(Command):
    id: MessageId
    chat: Jid | None = None

    def found(self, phone: Phone) -> Message:
        return _message(phone, self.id, self.chat)


class OfAuthor(OfMessage):
    """Base of what only the author can do. `by` may be left out; otherwise it must be the author."""

    by: Literal[Author.CUSTOMER, Author.OWNER] | None = None

    def found(self, phone: Phone) -> Message:
        message = super().found(phone)
        if self.by and (self.by is Author.OWNER) != message.from_me:
            raise BadCommandError(f"{self.by.value.capitalize()} did not write {self.id}; only the author can do that.")
        return message


class Edit(OfAuthor):
    """Change the text, or the caption of a file, as its author."""

    cmd: Literal["edit"]
    body: Body

    def apply(self, phone: Phone) -> Result:
        traffic.edit(phone, self.found(phone), self.body)
        return {}


class Revoke(OfAuthor):
    """Delete the message for everyone, as its author."""

    cmd: Literal["revoke"]

    def apply(self, phone: Phone) -> Result:
        traffic.revoke(phone, self.found(phone))
        return {}


class Decrypt(OfMessage):
    """Make a placeholder (type ``ciphertext``) readable, in its place."""

    cmd: Literal["decrypt"]
    body: Body | None = None
    type: Annotated[str, Field(max_length=64)] = "chat"
    caption: Body | None = None
    filename: Annotated[str, Field(max_length=255)] | None = None
    mimetype: Annotated[str, Field(max_length=128)] | None = None
    media_b64: str | None = None

    def apply(self, phone: Phone) -> Result:
        found = self.found(phone)
        if found.type != "ciphertext":
            raise NotNowError(f"The message {self.id} is readable already.")
        draft = Draft(**self.model_dump(exclude={"phone", "cmd", "chat"}), chat=found.chat, author=found.member)
        traffic.decrypt(phone, found, draft.message(phone))
        return {}


class Reaction(OfMessage):
    """Set a reaction to a message; an empty text removes it. In a group, `author` is the member."""

    cmd: Literal["reaction"]
    text: Annotated[str, Field(max_length=64)]
    by: Literal[Author.CUSTOMER, Author.OWNER] = Author.CUSTOMER
    author: Jid | None = None

    def apply(self, phone: Phone) -> Result:
        message = self.found(phone)
        sender = OURS if self.by is Author.OWNER else self.author or message.member or message.chat
        traffic.react(phone, message, self.text, sender=sender, by=self.by)
        return {}


class Receipt(Command):
    """Set ticks of the business's messages: 2 delivered, 3 read, 4 played."""

    cmd: Literal["receipt"]
    ids: Annotated[list[MessageId], Field(min_length=1, max_length=10_000)]
    chat: Jid | None = None
    ack: Annotated[int, Field(ge=2, le=4)]

    def apply(self, phone: Phone) -> Result:
        by_chat: dict[str, list[Message]] = {}
        for message_id in self.ids:
            message = _message(phone, message_id, self.chat)
            by_chat.setdefault(message.chat, []).append(message)
        for messages in by_chat.values():
            traffic.raise_ack(phone, messages, self.ack)
        return {}


class Seen(Command):
    """Read a chat on the owner's phone."""

    cmd: Literal["seen"]
    chat: Jid

    def apply(self, phone: Phone) -> Result:
        traffic.seen_by_business(phone, self.chat)
        return {}


def _message(phone: Phone, message_id: str, chat: str | None) -> Message:
    found = phone.history.find(chat, message_id) if chat else next(reversed(phone.history.with_id(message_id)), None)
    if found is None:
        raise BadCommandError(f"There is no message {message_id}{f' in {chat}' if chat else ''}.")
    return found
