"""Sends a number's messages: each chat in its order, each message once, under the id that the app minted.

Messages of one chat leave in the order in which they were requested; a message that hangs delays only its own chat. A
command stays pending in the stream until its result is published. Only the page knows whether a message was already
sent (``sending/sender.py``). A duplicate of a waiting command takes neither a place in the queue nor a turn of the
number's pacing.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog

from wa_worker.contract.base import now_ms
from wa_worker.contract.commands import MarkRead, SendMedia, SendReaction, SendText, SetTyping
from wa_worker.contract.reasons import DelayReason, SendFailure
from wa_worker.page.calls import PageError, PageTimeout, PageUnavailable
from wa_worker.page.outbound_calls import LeaseOver, SendsClosed
from wa_worker.page.refusals import Refusal
from wa_worker.page.whatsapp_page import WhatsAppPage
from wa_worker.sending.events import ChatCommand, delayed_event, failed_event
from wa_worker.sending.sender import Refused, Sender
from wa_worker.stream.publisher import Publisher

_log: Final = structlog.get_logger(__name__)
#: Older typing signals are not sent: the agent may have stopped since.
_TYPING_MS: Final = 10_000
_CLOSED_SECONDS: Final = 0.2
#: Seconds before each retry: of a message nearly two minutes in all, of other commands a moment.
_MESSAGE_WAITS: Final = (1.0, 5.0, 20.0, 60.0)
_OTHER_WAITS: Final = (0.5, 2.0)
#: Tries that a lost page may interrupt. They use up no retry, but are bounded: the message itself may crash each page.
_INTERRUPTIONS: Final = 20
#: Tries that may end with an error that nobody foresaw.
_UNFORESEEN: Final = 2

_MESSAGES: Final = (SendText, SendMedia)


@dataclass(eq=False, slots=True)
class _Queued:
    """A queued command, and the earlier ones that it must not overtake."""

    entry_id: str
    command: ChatCommand
    #: Commands that share a key keep their order. The keys are the chat's address and the conversation: the address may
    #: change from phone number to LID, the conversation may be merged into another, but not both between two commands.
    keys: frozenset[int | str]
    #: The last command before it of each key.
    after: list["_Queued"]
    has_begun: bool = False
    is_done: asyncio.Event = field(default_factory=asyncio.Event)


class SendQueue:
    """One number's commands for chats. They wait while the number is not live; the stream keeps unfinished ones."""

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
        #: Unfinished commands in their order.
        self._queued: list[_Queued] = []
        #: The last command of each key.
        self._last: dict[int | str, _Queued] = {}
        #: Ids of messages that are queued.
        self._waiting: set[str] = set()
        self._group: asyncio.TaskGroup | None = None
        #: The newest typing signal of each chat that is not sent yet.
        self._signals: dict[str, SetTyping] = {}
        self._has_signals = asyncio.Event()

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits and nothing is being sent."""
        return not self._queued

    async def add(self, entry_id: str, command: ChatCommand | SetTyping) -> None:
        """Queue a command. A duplicate of a waiting one is acknowledged at once: the first one stands for both."""
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
        keys = frozenset(key for key in (command.chat_jid, command.conversation_id) if key is not None)
        # A command that has begun is no duplicate: it may have read what it needs already.
        waiting = [other.command for other in self._queued if other.keys & keys and not other.has_begun]
        if _is_repeated(command, waiting):
            await self._acknowledge(entry_id)
            return
        queued = _Queued(entry_id, command, keys, [self._last[key] for key in keys if key in self._last])
        self._queued.append(queued)
        self._last.update(dict.fromkeys(keys, queued))
        if self._group is not None:
            self._group.create_task(self._take_turn(queued))

    async def run(self) -> None:
        """Carry out commands. Never returns."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            for queued in self._queued:
                group.create_task(self._take_turn(queued))
            group.create_task(self._signal())

    async def _take_turn(self, queued: _Queued) -> None:
        """Carry out a command once those before it are done."""
        for other in queued.after:
            await other.is_done.wait()
        queued.after.clear()
        queued.has_begun = True
        await self._carry_out(queued.entry_id, queued.command)
        if isinstance(queued.command, _MESSAGES):
            self._waiting.discard(queued.command.wa_message_id)
        await self._acknowledge(queued.entry_id)
        self._queued.remove(queued)
        for key in queued.keys:
            if self._last[key] is queued:
                del self._last[key]
        queued.is_done.set()

    async def _signal(self) -> None:
        """Send typing signals at once or not at all, beside everything else."""
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
        """Carry out a command with retries, until its result is published. A retry never sends twice.

        Deliberately every error: left pending, one command would end each session of the number.
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
                name = type(error).__name__
                _log.warning("command.interrupted", command=command.type, entry=entry_id, error=name, wait=wait)
                if wait is None:
                    await self._give_up(entry_id, command, error)
                    return
            if wait >= 1 and isinstance(command, _MESSAGES):
                self._publisher.put(delayed_event(command, now_ms() + int(wait * 1000), DelayReason.RETRY))
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
        """Publish that a command failed; for a message, only once it is certain that it is not sent after all."""
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
                refusal, words = Refusal(SendFailure.TIMEOUT), ""
            case PageError():
                refusal, words = (
                    Refusal(SendFailure.PAGE_FAILED),
                    "" if isinstance(error, PageUnavailable) else str(error),
                )
            case _:
                refusal, words = Refusal(SendFailure.PAGE_FAILED), str(error)
                self._publisher.put_poisoned(entry_id, command, error)
        await self._publisher.publish(failed_event(command, refusal, words))


def _is_repeated(command: ChatCommand, waiting: Sequence[ChatCommand]) -> bool:
    """Whether a waiting command has the same effect: a read receipt, or the last reaction to the same message."""
    if isinstance(command, MarkRead):
        return any(isinstance(other, MarkRead) for other in waiting)
    if not isinstance(command, SendReaction):
        return False
    about = (command.wa_message_id, command.is_from_me)
    reactions = [other for other in waiting if isinstance(other, SendReaction)]
    emojis = [other.emoji for other in reactions if (other.wa_message_id, other.is_from_me) == about]
    return emojis[-1:] == [command.emoji]


class Tries:
    """How often one command is retried, and after how many seconds."""

    def __init__(self, waits: tuple[float, ...]) -> None:
        self._waits = deque(waits)
        self._interruptions = 0
        self._unforeseen = 0

    def wait_after(self, error: Exception) -> float | None:
        """Seconds until the next try after this error; None if there is none."""
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
