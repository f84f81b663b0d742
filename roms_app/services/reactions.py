"""Reactions. Ours are shown at once and undone if WhatsApp refuses them; those of customers come from WhatsApp.

An older reaction never replaces a newer one, whatever the order of their events.
"""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from roms_app.domain.text import is_visible, storable
from roms_app.errors import Conflict, InvalidInput, NotFound
from roms_app.models import Agent, Inbox, Message, Reaction, ReactionOutbox
from roms_app.models.base import now_ms
from roms_app.models.tables import MESSAGE, REACTION_OUTBOX
from roms_app.services import changes
from roms_app.services.access import access_conversation, id_of, require_may_reply
from roms_app.services.message_parts import US
from wa_worker.contract.events import CommandFailed, ReactionChanged

#: `Reaction.author` of the one customer of a chat.
CUSTOMER = "customer"
_MAX_EMOJI = 64
_O = REACTION_OUTBOX.c


def react(session: Session, agent: Agent, message_id: int, emoji: str) -> None:
    """React to a message with an emoji, replace our reaction, or remove it ("").

    Raises NotFound, InvalidInput (not an emoji), Conflict (the number was removed, or the message deleted).
    """
    message = _access_message(session, agent, message_id)
    require_may_reply(agent)
    emoji = _checked(emoji)
    ours = session.get(Reaction, (message_id, US))
    shown = ours.emoji if ours else ""
    if emoji == shown:
        return
    at = now_ms()
    pending = session.get(ReactionOutbox, message_id) or ReactionOutbox(
        message_id=message_id, emoji=emoji, emoji_before=shown, agent_id=id_of(agent)
    )
    pending.emoji, pending.agent_id, pending.requested_at, pending.relayed_at = emoji, id_of(agent), at, None
    session.add(pending)
    _show(session, message_id, US, emoji, at, agent_id=id_of(agent))
    changes.mark_changed(session, message.conversation_id, message_ids=[message_id])
    changes.wake_relay(session)


def apply_changed(session: Session, message_id: int, event: ReactionChanged) -> None:
    """Apply a reaction that WhatsApp reports of a stored message. The caller announces the message."""
    if not event.is_ours:
        _show_newer(session, message_id, event.author_jid or CUSTOMER, event)
        return
    pending = session.get(ReactionOutbox, message_id)
    if pending is None:
        _show_newer(session, message_id, US, event)
    elif _bare(pending.emoji) == _bare(event.emoji):
        session.delete(pending)
        session.flush()
        ours = session.get(Reaction, (message_id, US))
        _show(session, message_id, US, event.emoji, event.reacted_at, ours.agent_id if ours else pending.agent_id)
    else:
        # Our reaction is still in the outbox and will be the later one.
        pending.emoji_before = event.emoji


def take_back(session: Session, inbox_id: int, event: CommandFailed) -> Sequence[tuple[int, int]]:
    """Undo a reaction of ours that WhatsApp refused. Returns (conversation id, message id)."""
    about = (MESSAGE.c.inbox_id == inbox_id, MESSAGE.c.wa_message_id == event.wa_message_id)
    # A reaction that was chosen since has not been relayed yet, so the refusal is not about it.
    refused = (
        select(_O.message_id, _O.emoji_before, MESSAGE.c.conversation_id)
        .join(MESSAGE, MESSAGE.c.id == _O.message_id)
        .where(*about, _O.relayed_at.is_not(None))
    )
    found = session.execute(refused).all()
    for row in found:
        session.execute(delete(REACTION_OUTBOX).where(_O.message_id == row.message_id))
        _show(session, row.message_id, US, row.emoji_before, now_ms())
    session.flush()
    return [(row.conversation_id, row.message_id) for row in found]


def give_up(session: Session, message_id: int) -> None:
    """Undo a reaction of ours that can't be sent."""
    pending = session.get_one(ReactionOutbox, message_id)
    before = pending.emoji_before
    session.delete(pending)
    session.flush()
    _show(session, message_id, US, before, now_ms())
    message = session.get_one(Message, message_id)
    changes.mark_changed(session, message.conversation_id, message_ids=[message_id])


def _show_newer(session: Session, message_id: int, author: str, event: ReactionChanged) -> None:
    known = session.get(Reaction, (message_id, author))
    if known is None or event.reacted_at > known.reacted_at:
        _show(session, message_id, author, event.emoji, event.reacted_at)


def _show(
    session: Session, message_id: int, author: str, emoji: str, reacted_at: int, agent_id: int | None = None
) -> None:
    reaction = session.get(Reaction, (message_id, author)) or Reaction(message_id=message_id, author=author, emoji="")
    reaction.emoji, reaction.reacted_at, reaction.agent_id = emoji, reacted_at, agent_id
    session.add(reaction)
    session.flush()


def _access_message(session: Session, agent: Agent, message_id: int) -> Message:
    message = session.get(Message, message_id, populate_existing=True)
    if message is None:
        raise NotFound("There is no such message.")
    access_conversation(session, agent, message.conversation_id)
    inbox = session.get_one(Inbox, message.inbox_id)
    if not inbox.is_active:
        raise Conflict(
            "The number {name} was removed.", "An admin can add it again in Settings → WhatsApp.", name=inbox.name
        )
    if message.revoked_at is not None:
        raise Conflict("This message was deleted.")
    return message


def _bare(emoji: str) -> str:
    """The emoji without its variation selector: some phones drop it, for example from a heart."""
    return emoji.replace("\ufe0f", "")


def _checked(emoji: str) -> str:
    emoji = storable(emoji).strip()
    if len(emoji) > _MAX_EMOJI or (emoji and not is_visible(emoji)) or (emoji.isascii() and emoji):
        raise InvalidInput("This is not an emoji.", "Choose one of the list.")
    return emoji
