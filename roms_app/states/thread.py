"""The open conversation of one browser tab: its messages, its header and the agent's actions.

Handlers get the conversation id from the browser, and every service checks it against the agent again. What is read
here reaches the browser as Reflex's own delta. An agent's changes return through `live/push.py`, like everybody else's,
so there is one update path.
"""

from dataclasses import replace
from typing import Any, Final

import reflex as rx

from roms_app.errors import NotFound, TemporarilyUnavailable, not_understood
from roms_app.i18n.catalog import translate
from roms_app.live import push, relay, rooms
from roms_app.live.transactions import reading, writing
from roms_app.models import Agent
from roms_app.services import by_hand, conversations, files, merging, outbox, reactions
from roms_app.states.browser import call, toast
from roms_app.states.forms import ContactForm
from roms_app.states.guard import signed_in
from roms_app.views.inbox import ConversationDetail, MessageRow, ThreadPage

PAGE_MESSAGES: Final = 50
_TO_RENAME: Final = call("focusOn", "roms-rename")


class ThreadState(rx.State):
    """The conversation that this tab has open."""

    #: Oldest first, as far as the tab has scrolled.
    messages: list[MessageRow] = []
    detail: ConversationDetail | None = None
    page: ThreadPage = ThreadPage()
    #: The error of the last action; shown in the thread.
    error: str = ""
    is_renaming: bool = False
    _open_id: int = 0
    #: The last requested conversation, opened or not. An error is shown only with the conversation it belongs to.
    _asked_id: int = 0

    @rx.event
    @signed_in
    async def open_conversation(self, agent: Agent, conversation_id: int):
        """Show a conversation's newest messages; 0 closes the thread. A merged conversation redirects to the kept one.

        An open conversation is reloaded whenever a number or a connection comes and goes; the agent does not notice.
        """
        if conversation_id != self._asked_id:
            self._asked_id, self.error, self.is_renaming = conversation_id, "", False
        await self._leave()
        if not conversation_id:
            self.messages, self.detail, self.page = [], None, ThreadPage()
            return None
        since = push.now_ms()
        try:
            current_id = await reading(merging.current_id, agent, conversation_id)
            if current_id != conversation_id:
                return call("follow", conversation_id, current_id)
            await self._read(agent, conversation_id, since)
        except NotFound:
            self.messages, self.detail = [], None
            self.page = ThreadPage(conversation_id, since=since, is_missing=True)
        return None

    async def _read(self, agent: Agent, conversation_id: int, since: int) -> None:
        """Join the conversation's room first, read second. If the agent may not see it, the tab stays in no room."""
        self._open_id = conversation_id
        await push.join(self, [rooms.conversation(conversation_id)])
        try:
            thread = await reading(conversations.read_thread, agent, conversation_id, limit=PAGE_MESSAGES)
        except Exception:
            await self._leave()
            raise
        self.detail, self.messages = thread
        self.page = ThreadPage(conversation_id, len(self.messages) == PAGE_MESSAGES, is_first=True, since=since)

    @rx.event
    @signed_in
    async def find_moved(self, agent: Agent, conversation_ids: list[int]):
        """Move unsent drafts of merged conversations to the kept ones.

        `conversation_ids`: the conversations for which the tab keeps something unsent.
        """
        moved = await reading(merging.find_moved, agent, conversation_ids)
        return [call("follow", id, current_id) for id, current_id in moved.items()]

    @rx.event
    @signed_in
    async def load_older(self, agent: Agent, conversation_id: int, before_at: int, before_id: str):
        """Load the messages above the oldest one that the tab has."""
        before = (before_at, _checked_line(before_id))
        _, older = await reading(conversations.read_thread, agent, conversation_id, before=before, limit=PAGE_MESSAGES)
        if conversation_id == self.page.conversation_id:
            known = {message.id for message in self.messages}
            self.messages = [*(message for message in older if message.id not in known), *self.messages]
            self.page = replace(self.page, has_more=len(older) == PAGE_MESSAGES, is_first=False)

    @rx.event
    @signed_in
    async def retry(self, agent: Agent, message_id: int):
        """Send a failed message again."""
        self.error = ""
        await writing(outbox.retry, agent, message_id)

    @rx.event
    @signed_in
    async def cancel(self, agent: Agent, message_id: int):
        """Cancel a message that waits or failed."""
        self.error = ""
        await writing(outbox.cancel_message, agent, message_id)

    @rx.event
    @signed_in
    async def react(self, agent: Agent, message_id: int, emoji: str):
        """React to a message with an emoji; an empty one removes our reaction."""
        self.error = ""
        await writing(reactions.react, agent, message_id, emoji)

    @rx.event
    @signed_in
    async def fetch_media(self, agent: Agent, message_id: int):
        """Download the file of a message again."""
        self.error = ""
        command = await writing(files.request_again, agent, message_id)
        try:
            await relay.command(command)
        except TemporarilyUnavailable:
            await writing(files.mark_not_requested, message_id)
            raise

    @rx.event
    @signed_in
    async def send_receipt(self, agent: Agent, conversation_id: int):
        """Show the customer that their messages were read."""
        self.error = ""
        await relay.command(await reading(files.receipt_of, agent, conversation_id))
        return toast("success", translate(agent.language, "WhatsApp was asked for the read receipt."))

    @rx.event
    @signed_in
    async def undo_merge(self, agent: Agent, merge_id: int):
        """Undo a merge: two contacts again."""
        self.error = ""
        await writing(merging.undo_merge, agent, merge_id)

    @rx.event
    @signed_in
    async def merge_again(self, agent: Agent, conversation_id: int, other_id: int):
        """Merge again: undoing the merge was wrong, so the other conversation goes into this one."""
        self.error = ""
        await writing(merging.merge_by_hand, agent, conversation_id, other_id)

    @rx.event
    @signed_in
    async def mark_seen(self, agent: Agent, conversation_id: int, seen_message_id: int):
        """Mark the thread as read, up to `seen_message_id`, the newest message on the page."""
        await writing(conversations.mark_seen, agent, conversation_id, seen_message_id=seen_message_id)

    @rx.event
    @signed_in
    async def resolve(self, agent: Agent, conversation_id: int, seen_message_id: int):
        """Resolve the conversation, unless the customer wrote after the last message that the agent saw."""
        self.error = ""
        await writing(conversations.resolve, agent, conversation_id, seen_message_id=seen_message_id)

    @rx.event
    @signed_in
    async def reopen(self, agent: Agent, conversation_id: int):
        """Reopen the conversation."""
        self.error = ""
        await writing(conversations.reopen, agent, conversation_id)

    @rx.event
    @signed_in
    async def take(self, agent: Agent, conversation_id: int):
        """Claim a waiting conversation. If a colleague was faster, the error names them."""
        self.error = ""
        await writing(by_hand.take, agent, conversation_id)

    @rx.event
    @signed_in
    async def set_renaming(self, agent: Agent, is_renaming: bool):
        """Show or hide the field for the customer's name. The focus returns to the button that opened it."""
        self.error, self.is_renaming = "", is_renaming
        return None if is_renaming else _TO_RENAME

    @rx.event
    @signed_in
    async def rename(self, agent: Agent, conversation_id: int, form: dict[str, Any]):
        """Set our own name of the customer; an empty one restores the name from WhatsApp."""
        self.error = ""
        await writing(conversations.rename_contact, agent, conversation_id, ContactForm.read(form).name)
        self.is_renaming = False
        return _TO_RENAME

    async def _leave(self) -> None:
        """Leave the rooms, also before the same conversation is opened again: the agent's access is checked anew."""
        if self._open_id:
            await push.leave(self, [rooms.conversation(self._open_id)])
        self._open_id = 0


def _checked_line(line_id: str) -> str:
    if line_id[:1] not in ("m", "a") or not line_id[1:].isdecimal():
        raise not_understood()
    return line_id
