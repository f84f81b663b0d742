"""Sending texts, files and voice notes, and the typing indicator.

The browser keeps the text, the list of files and the recording (assets/roms); this module queues them.
"""

import contextlib
import re
from typing import Final, Literal, cast, get_args

import reflex as rx
from sqlmodel import Session

from roms_app.config import get_settings
from roms_app.errors import RomsError, TemporarilyUnavailable, not_understood
from roms_app.live import relay
from roms_app.live.transactions import reading, writing
from roms_app.models import Agent
from roms_app.services import outbox, uploads
from roms_app.services.access import access_conversation
from roms_app.states.browser import call
from roms_app.states.guard import signed_in, words_of
from wa_worker.contract.commands import SetTyping

Activity = Literal["typing", "recording", "paused"]

#: The key that the browser generates for each sending.
_KEY: Final = re.compile(r"[A-Za-z0-9-]{8,64}")
#: The most files in one sending: as many as a person checks before sending.
MOST_FILES: Final = 30


class ComposerState(rx.State):
    """Sends for one browser tab. Keeps no data."""

    @rx.var
    def max_mb(self) -> int:
        """The largest file in MB. The page refuses a larger one before the upload."""
        return get_settings().media_max_mb

    @rx.event
    @signed_in
    async def send_message(
        self,
        agent: Agent,
        conversation_id: int,
        body: str,
        key: str,
        quoted_message_id: int,
        tokens: list[str],
        captions: list[str],
    ):
        """Queue files in their order, and a text after them. The first of all carries the quote (0: no quote).

        The browser clears its composer only after the answer that everything is in the database. `key` belongs to
        exactly these messages: if they are sent again after a missing answer, nothing is queued twice.
        """
        try:
            key = _checked_key(key)
            await writing(_queue_all, agent, conversation_id, body, key, quoted_message_id, tokens, captions)
        except RomsError as error:
            return call("refused", key, words_of(error, agent.language))
        return call("accepted", key)

    @rx.event
    @signed_in
    async def set_typing(self, agent: Agent, conversation_id: int, activity: str):
        """Show the customer that an agent is typing or recording. Skipped without an error when Redis is away."""
        if activity not in get_args(Activity):
            raise not_understood()
        if not agent.may_reply:
            # Sending will report the outage; not every keystroke must.
            return
        inbox_id, chat_jid = await reading(_address_of, agent, conversation_id)
        shown = cast(Activity, activity)
        with contextlib.suppress(TemporarilyUnavailable):
            await relay.command(SetTyping(inbox_id=inbox_id, chat_jid=chat_jid, activity=shown))


def _queue_all(
    session: Session,
    agent: Agent,
    conversation_id: int,
    body: str,
    key: str,
    quoted_message_id: int,
    tokens: list[str],
    captions: list[str],
) -> None:
    """Queue all messages, or none of them."""
    if len(tokens) != len(captions) or len(tokens) > MOST_FILES:
        raise not_understood()
    quoted: int | None = quoted_message_id or None
    for index, (token, caption) in enumerate(zip(tokens, captions, strict=True)):
        file = uploads.access_upload(session, agent, conversation_id, token)
        own_key = f"{key}-{index}"
        outbox.queue_media(
            session, agent, conversation_id, file, caption=caption, quoted_message_id=quoted, key=own_key
        )
        quoted = None
    if body or not tokens:
        outbox.queue_reply(session, agent, conversation_id, body, quoted_message_id=quoted, key=key)


def _address_of(session: Session, agent: Agent, conversation_id: int) -> tuple[int, str]:
    conversation = access_conversation(session, agent, conversation_id)
    return conversation.inbox_id, conversation.chat_jid


def _checked_key(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise not_understood()
    return key
