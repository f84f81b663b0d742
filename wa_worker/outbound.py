"""What a number sends: each chat in its order, each message under the id that the app minted, each once.

A chat has a lane of its own, so that a message that hangs holds up nobody but its own chat; it keeps its lane while its
address heals from number to LID. The commands of a lane stay pending in the stream until their result is published.
Whether a message was sent already is the page's to say (``sending.py``); a copy of a command that waits costs neither
a place nor a turn of the number's pacing.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog

from wa_worker.contract.base import now_ms
from wa_worker.contract.commands import MarkRead, SendMedia, SendReaction, SendText, SetTyping
from wa_worker.outbound_events import ChatCommand, delayed_event, failed_event
from wa_worker.page.calls import PageError, PageTimeout, PageUnavailable
from wa_worker.page.outbound_calls import LeaseOver, SendsClosed
from wa_worker.page.whatsapp_page import WhatsAppPage
from wa_worker.publisher import Publisher
from wa_worker.refusals import Refusal
from wa_worker.sending import Refused, Sender

_log: Final = structlog.get_logger(__name__)
#: Who stopped typing ten seconds ago is not seen to type now.
_TYPING_MS: Final = 10_000
_CLOSED_SECONDS: Final = 0.2
#: Seconds before each new try: of a message nearly two minutes in all, of the rest a moment.
_MESSAGE_WAITS: Final = (1.0, 5.0, 20.0, 60.0)
_OTHER_WAITS: Final = (0.5, 2.0)
#: While pages come and go, nothing is tried in vain: the next page is waited for. A message that ends each page is not.
_INTERRUPTIONS: Final = 20
_UNFORESEEN: Final = 2

_MESSAGES: Final = (SendText, SendMedia)


class Outbound:
    """One number's lanes. While the number is not live they wait; the stream keeps what is not done."""

    def __init__(
        self,
        publisher: Publisher,
        sender: Sender,
        *,
        live_page: Callable[[], Awaitable[WhatsAppPage]],
        page_now: Callable[[], WhatsAppPage | None],
        acknowledge: Callable[[str], Awaitable[None]],
    ) -> None:
        self._publisher = publisher
        self.sender = sender
        self._live_page = live_page
        self._page_now = page_now
        self._acknowledge = acknowledge
        #: By conversation, or by address where the app names none.
        self._lanes: dict[int | str, deque[tuple[str, ChatCommand]]] = {}
        #: Ids of messages in the lanes.
        self._waiting: set[str] = set()
        self._group: asyncio.TaskGroup | None = None
        #: The newest signal of each chat that has not gone out.
        self._signals: dict[str, SetTyping] = {}
        self._has_signals = asyncio.Event()

    @property
    def is_idle(self) -> bool:
        """Nothing waits and nothing is being sent."""
        return not self._lanes

    async def add(self, entry_id: str, command: ChatCommand | SetTyping) -> None:
        """Queue a command. A copy of one that waits is done with: the first answers for both."""
        if isinstance(command, SetTyping):
            self._signals[command.chat_jid] = command
            self._has_signals.set()
            await self._acknowledge(entry_id)
            return
        if isinstance(command, _MESSAGES):
            if command.wa_message_id in self._waiting:
                await self._acknowledge(entry_id)
                return
            self._waiting.add(command.wa_message_id)
        chat = command.conversation_id or command.chat_jid
        lane = self._lanes.get(chat)
        if lane is not None:
            # Not the first: it is being carried out, and may have read what it needs already.
            if _is_repeated(command, [other for _, other in lane][1:]):
                await self._acknowledge(entry_id)
                return
            lane.append((entry_id, command))
            return
        self._lanes[chat] = deque([(entry_id, command)])
        if self._group is not None:
            self._group.create_task(self._walk(chat))

    async def run(self) -> None:
        """Carry out for ever."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            for chat in self._lanes:
                group.create_task(self._walk(chat))
            group.create_task(self._signal())

    async def _walk(self, chat: int | str) -> None:
        """One chat's commands, in their order, until there is none."""
        lane = self._lanes[chat]
        while lane:
            entry_id, command = lane[0]
            await self._carry_out(entry_id, command)
            if isinstance(command, _MESSAGES):
                self._waiting.discard(command.wa_message_id)
            await self._acknowledge(entry_id)
            lane.popleft()
        del self._lanes[chat]

    async def _signal(self) -> None:
        """Typing signals: at once or not at all, beside everything else."""
        while True:
            await self._has_signals.wait()
            self._has_signals.clear()
            while self._signals:
                _, command = self._signals.popitem()
                page = self._page_now()
                if page is None or now_ms() - command.requested_at > _TYPING_MS:
                    continue
                with contextlib.suppress(PageError):
                    await page.set_typing(command.chat_jid, command.activity)

    async def _carry_out(self, entry_id: str, command: ChatCommand) -> None:
        """Returns once the result is on the stream. Asking again never sends twice.

        Deliberately every error: left pending, a command that nobody foresaw would end each session of the number.
        """
        tries = Tries(_MESSAGE_WAITS if isinstance(command, _MESSAGES) else _OTHER_WAITS)
        while True:
            page = await self._live_page()
            try:
                await self._do(page, command)
                return
            except SendsClosed:
                await asyncio.sleep(_CLOSED_SECONDS)
                continue
            except Exception as error:
                wait = tries.wait_after(error)
                _log.warning("command_interrupted", command=command.type, error=type(error).__name__, wait=wait)
                if wait is None:
                    await self._give_up(entry_id, command, error)
                    return
            if wait >= 1 and isinstance(command, _MESSAGES):
                self._publisher.put(delayed_event(command, now_ms() + int(wait * 1000), "retry"))
            await asyncio.sleep(wait)

    async def _do(self, page: WhatsAppPage, command: ChatCommand) -> None:
        match command:
            case SendText() | SendMedia():
                await self.sender.send(command)
            case SendReaction():
                await self.sender.react(page, command)
            case MarkRead():
                await page.mark_read(command.chat_jid)

    async def _give_up(self, entry_id: str, command: ChatCommand, error: Exception) -> None:
        """Tell that it failed; of a message, only once it is certain that it does not go out all the same."""
        if (
            isinstance(error, PageError)
            and isinstance(command, _MESSAGES)
            and await self.sender.is_sent_after_all(command)
        ):
            return
        match error:
            case Refused():
                refusal, words = error.refusal, error.words
            case PageTimeout() | LeaseOver():
                refusal, words = Refusal("timeout"), ""
            case PageError():
                refusal, words = Refusal("page_failed"), "" if isinstance(error, PageUnavailable) else str(error)
            case _:
                refusal, words = Refusal("page_failed"), str(error)
                self._publisher.put_poisoned(entry_id, command, error)
        await self._publisher.publish(failed_event(command, refusal, words))


def _is_repeated(command: ChatCommand, waiting: Sequence[ChatCommand]) -> bool:
    """What waits already leads to the same: a receipt, or the last reaction to the same message."""
    if isinstance(command, MarkRead):
        return any(isinstance(other, MarkRead) for other in waiting)
    if not isinstance(command, SendReaction):
        return False
    about = (command.wa_message_id, command.is_from_me)
    reactions = [other for other in waiting if isinstance(other, SendReaction)]
    told = [other.emoji for other in reactions if (other.wa_message_id, other.is_from_me) == about]
    return told[-1:] == [command.emoji]


class Tries:
    """How often one command is tried again, and after how many seconds."""

    def __init__(self, waits: tuple[float, ...]) -> None:
        self._waits = deque(waits)
        self._interruptions = 0
        self._unforeseen = 0

    def wait_after(self, error: Exception) -> float | None:
        """None: that was the last."""
        if isinstance(error, Refused) and not error.refusal.is_transient:
            return None
        if isinstance(error, PageUnavailable):
            self._interruptions += 1
            return min(0.3 * self._interruptions, 2.0) if self._interruptions < _INTERRUPTIONS else None
        if not isinstance(error, PageError | Refused):
            self._unforeseen += 1
            if self._unforeseen == _UNFORESEEN:
                return None
        return self._waits.popleft() if self._waits else None
