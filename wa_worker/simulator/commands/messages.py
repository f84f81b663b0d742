"""Commands about messages: written, ticked, edited, deleted, read."""

import time
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from wa_worker.simulator import traffic
from wa_worker.simulator.commands.base import Body, Command, Jid, MessageId, Name, Result
from wa_worker.simulator.errors import BadCommandError
from wa_worker.simulator.model import Author, Message
from wa_worker.simulator.page_link import attach_media
from wa_worker.simulator.phone import Phone, new_message_id


class Draft(BaseModel):
    """A message as a caller of ``messages`` writes it; `t` in seconds, now when left out."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    chat: Jid
    body: Body | None = None
    id: MessageId | None = None
    t: Annotated[int, Field(ge=0, le=253_402_300_799)] | None = None
    by: Literal[Author.CUSTOMER, Author.OWNER] = Author.CUSTOMER
    type: Annotated[str, Field(max_length=64)] = "chat"
    notify_name: Annotated[Name | None, Field(alias="notifyName")] = None
    quoted: MessageId | None = None
    ack: Annotated[int, Field(ge=1, le=4)] = 1
    caption: Body | None = None
    filename: Annotated[str, Field(max_length=255)] | None = None
    mimetype: Annotated[str, Field(max_length=128)] | None = None
    media_b64: str | None = None

    def message(self, phone: Phone) -> Message:
        """The stored form; media are kept on the way."""
        if self.body is None and self.type == "chat":
            raise BadCommandError("A text message needs a body.")
        fields = self.model_dump(exclude={"id", "t", "by", "media_b64"})
        message = Message(
            **{k: v for k, v in fields.items() if k in Message.__slots__},
            id=self.id or new_message_id(),
            t=self.t if self.t is not None else int(time.time()),
            author=self.by,
        )
        if self.media_b64:
            try:
                attach_media(phone, message, self.media_b64)
            except ValueError as error:
                raise BadCommandError(f"The medium can't be read: {error}.") from error
        return message


class CustomerMessage(Command, Draft):
    """A customer writes; with `by` "owner" or as ``own_message`` the owner does, on the phone itself."""

    cmd: Literal["message", "own_message"]
    #: The business has read it already.
    seen: bool = False

    def apply(self, phone: Phone) -> Result:
        if self.cmd == "own_message":
            self.by = Author.OWNER
        message = self.message(phone)
        traffic.bring_in(phone, [message], is_seen=self.seen)
        return {"message": message.for_wire()}


class ManyMessages(Command):
    """Many messages in one call, stored in one transaction, in the order given."""

    cmd: Literal["messages"]
    messages: Annotated[list[Draft], Field(min_length=1, max_length=10_000)]
    seen: bool = False

    def apply(self, phone: Phone) -> Result:
        messages = [draft.message(phone) for draft in self.messages]
        traffic.bring_in(phone, messages, is_seen=self.seen)
        return {"ids": [message.id for message in messages]}


class OfMessage(Command):
    id: MessageId
    chat: Jid | None = None

    def found(self, phone: Phone) -> Message:
        return _message(phone, self.id, self.chat)


class Edit(OfMessage):
    """The author changes the text."""

    cmd: Literal["edit"]
    body: Body

    def apply(self, phone: Phone) -> Result:
        traffic.edit(phone, self.found(phone), self.body)
        return {}


class Revoke(OfMessage):
    """The author deletes the message for everyone."""

    cmd: Literal["revoke"]

    def apply(self, phone: Phone) -> Result:
        traffic.revoke(phone, self.found(phone))
        return {}


class Reaction(OfMessage):
    """The customer puts an emoji on a message; an empty text takes it away."""

    cmd: Literal["reaction"]
    text: Annotated[str, Field(max_length=64)]

    def apply(self, phone: Phone) -> Result:
        traffic.react(phone, self.found(phone), self.text)
        return {}


class Receipt(Command):
    """Ticks for messages of the business: 2 delivered, 3 read, 4 played."""

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
    """The owner reads a chat on the phone."""

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
