"""Sends, delivers, reads, edits and deletes messages. Functions on a Phone, each one transaction."""

import time
from collections.abc import Iterable
from typing import Any

from wa_worker.simulator.model import ACK_DELIVERED, ACK_READ, OURS, Author, Chat, Contact, Group, Message
from wa_worker.simulator.phone import Phone, new_message_id
from wa_worker.simulator.wire import Reaction

#: Messages of a bulk call in one WebSocket frame.
_FRAME = 100


def receive_from_customer(phone: Phone, messages: list[Message], *, is_seen: bool = False) -> None:
    """Store messages that were not written on the page, and send them to everybody.

    `is_seen`: the business has read them on its own phone, so they are not unread.
    """
    with phone.store.batch():
        for message in messages:
            _meet(phone, message)
            phone.append(message)
            _count_unread(phone, message, is_seen=is_seen)
    for start in range(0, len(messages), _FRAME):
        frame = {"t": "messages", "messages": [m.for_wire() for m in messages[start : start + _FRAME]]}
        phone.send_to_pages(frame)
        phone.send_to_handsets(frame)
    for jid in {message.chat for message in messages if message.from_me or is_seen}:
        _send_seen(phone, phone.chat_of(jid))
    for message in messages:
        if message.from_me:
            deliver(phone, message)


def accept_send(phone: Phone, message: Message) -> bool:
    """Store a message that the page sends. False if it is refused, as a command asked for.

    An id that the page sends twice is stored twice: WhatsApp does not refuse it either, and a test can count the
    duplicates.
    """
    if phone.faults.refuse():
        phone.status_changed()
        return False
    with phone.store.batch():
        phone.append(message)
        phone.sent.append(message)
        phone.save_chat(phone.chat_of(message.chat))
    set_presence(phone, message.chat, "available")
    phone.send_to_handsets({"t": "messages", "messages": [message.for_wire()]})
    return True


def deliver(phone: Phone, message: Message) -> None:
    """Deliver a message to the customer's phone if it is online. In an open chat it is read at once."""
    if message.chat in phone.groups:
        raise_ack(phone, [message], ACK_DELIVERED)
        return
    contact = phone.contact_of(message.chat)
    if contact is None or not contact.online or message.ack >= ACK_READ:
        return
    raise_ack(phone, [message], ACK_DELIVERED)
    if any(handset.open_chat == contact.id for handset in phone.handsets):
        raise_ack(phone, [message], ACK_READ)


def deliver_waiting(phone: Phone, contact: Contact) -> None:
    """Deliver what waits for the customer's phone: it is online again."""
    for jid in _chat_ids(contact):
        for message in list(phone.unread_by_customer.get(jid, {}).values()):
            deliver(phone, message)


def read_by_customer(phone: Phone, contact: Contact) -> None:
    """Mark all messages of the chat as read by the customer."""
    if contact.online:
        for jid in _chat_ids(contact):
            raise_ack(phone, phone.unread_by_customer.get(jid, {}).values(), ACK_READ)


def raise_ack(phone: Phone, messages: Iterable[Message], ack: int) -> None:
    """Raise the ticks of messages of one chat. Ticks never go back."""
    changed = [message for message in messages if message.from_me and message.ack < ack]
    if not changed:
        return
    with phone.store.batch():
        for message in changed:
            message.ack = ack
            phone.save(message)
    event = {"t": "receipt", "chat": changed[0].chat, "ids": [m.id for m in changed], "ack": ack}
    phone.send_to_pages({**event, "rev": phone.history.rev})
    phone.send_to_handsets(event)


def seen_by_business(phone: Phone, jid: str) -> None:
    """Mark a chat as read by the business, on the page or on its phone."""
    chat = phone.chats.get(jid)
    if chat is None:
        return
    _mark_seen(phone, chat)
    phone.save_chat(chat)
    _send_seen(phone, chat)


def edit(phone: Phone, message: Message, body: str) -> None:
    """Change a message's text or caption."""
    if message.filehash:
        message.caption = body
    else:
        message.body = body
    message.edits += 1
    phone.save(message)
    _send_change(phone, message, "edit")


def revoke(phone: Phone, message: Message) -> None:
    """Delete a message for everyone."""
    message.type, message.body, message.content, message.reactions = "revoked", None, None, {}
    message.caption = message.filename = message.mimetype = message.filehash = message.size = None
    phone.save(message)
    _send_change(phone, message, "revoke")


def react(phone: Phone, message: Message, text: str, *, sender: str, by: Author) -> None:
    """Set a sender's reaction to a message. An empty text removes it."""
    reaction: Reaction = {"text": text, "t": int(time.time() * 1000), "rid": new_message_id(), "by": by.value}
    # An empty reaction is kept: its removal must be sent too.
    message.reactions = {**message.reactions, sender: reaction}
    phone.save(message)
    _send_change(phone, message, "reaction")


def decrypt(phone: Phone, message: Message, readable: Message) -> None:
    """Replace a placeholder by the readable message, in its place."""
    for name in ("type", "body", "caption", "filename", "mimetype", "filehash", "size", "subtype", "content"):
        setattr(message, name, getattr(readable, name))
    phone.save(message)
    _send_change(phone, message, "decrypted")


def set_presence(phone: Phone, chat: str, state: str) -> None:
    """Set what the customer sees the business doing in a chat."""
    if phone.presence.get(chat, "available") == state:
        return
    phone.presence[chat] = state
    phone.send_to_handsets({"t": "typing", "chat": chat, "state": state})


def _send_change(phone: Phone, message: Message, what: str) -> None:
    event: dict[str, Any] = {"t": what, "message": message.for_wire()}
    phone.send_to_pages(event)
    phone.send_to_handsets(event)


def _meet(phone: Phone, message: Message) -> None:
    """Make the contact of an unknown sender, with the name that they chose."""
    writer = message.chat
    if writer.endswith("@g.us"):
        if writer not in phone.groups:
            phone.put_group(Group(writer, "Group", [message.member] if message.member else []))
        writer = message.member or OURS
    if writer != OURS and phone.contact_of(writer) is None:
        pn = writer if writer.endswith("@c.us") else None
        name = message.notify_name if not message.from_me else None
        phone.put_contact(Contact(id=writer, pn=pn, pushname=name))
    if not message.from_me and message.notify_name is None:
        contact = phone.contact_of(writer)
        message.notify_name = contact.pushname if contact else None


def _count_unread(phone: Phone, message: Message, *, is_seen: bool) -> None:
    chat = phone.chat_of(message.chat)
    if message.from_me or is_seen:
        _mark_seen(phone, chat)
    else:
        chat.unread += 1
    phone.save_chat(chat)


def _mark_seen(phone: Phone, chat: Chat) -> None:
    thread = phone.history.by_chat.get(chat.id)
    chat.unread = 0
    chat.seen_seq = thread[-1].seq if thread else 0


def _send_seen(phone: Phone, chat: Chat) -> None:
    phone.send_to_pages({"t": "seen", "chat": chat.id, "unread": chat.unread})
    phone.send_to_handsets({"t": "seen", "chat": chat.id, "seq": chat.seen_seq, "unread": chat.unread})


def _chat_ids(contact: Contact) -> set[str]:
    """Return the ids that a customer's chat may have: LID and phone number."""
    return {contact.id, contact.pn or contact.id}
