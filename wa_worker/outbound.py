"""What a number sends: one at a time, in order, each under the id that the app minted, each once.

A send is looked up by its id before it is made (``page/bridge/outbound.js``), so a command that comes again, after a
crash or because Redis was emptied, finds the message instead of sending it twice. The app repeats what is unanswered:
a copy costs neither a place in the queue nor a turn of the number's pacing.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from wa_worker.contract.base import now_ms
from wa_worker.contract.commands import MarkRead, SendText
from wa_worker.contract.events import CommandFailed, MessageSent
from wa_worker.pacing import Pacing
from wa_worker.page.calls import PageError, PageTimeout, PageUnavailable
from wa_worker.page.outbound_calls import SendOutcome
from wa_worker.page.whatsapp_page import WhatsAppPage
from wa_worker.publisher import Publisher, printable

_log: Final = structlog.get_logger(__name__)
_ATTEMPTS: Final = 5
_PERMANENT: Final = frozenset({"unknown_number"})

ChatCommand = SendText | MarkRead


class Outbound:
    """One number's serial queue. While the number is not live it waits; the stream keeps what is not done."""

    def __init__(
        self,
        publisher: Publisher,
        pacing: Pacing,
        *,
        live_page: Callable[[], Awaitable[WhatsAppPage]],
        acknowledge: Callable[[str], Awaitable[None]],
        note_sent: Callable[[MessageSent], None],
    ) -> None:
        self._publisher = publisher
        self._pacing = pacing
        self._live_page = live_page
        self._acknowledge = acknowledge
        self._note_sent = note_sent
        self._queue: deque[tuple[str, ChatCommand]] = deque()
        #: Ids in the queue.
        self._waiting: set[str] = set()
        self._wake = asyncio.Event()
        #: Ids being sent now; their results are ours to report.
        self.in_flight: set[str] = set()

    async def add(self, entry_id: str, command: ChatCommand) -> None:
        """Queue a command. A copy of one that waits is done with: the first answers for both."""
        if isinstance(command, SendText):
            if command.wa_message_id in self._waiting:
                await self._acknowledge(entry_id)
                return
            self._waiting.add(command.wa_message_id)
        self._queue.append((entry_id, command))
        self._wake.set()

    async def run(self) -> None:
        """Carry out for ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                entry_id, command = self._queue[0]
                await self._carry_out(entry_id, command)
                self._queue.popleft()
                if isinstance(command, SendText):
                    self._waiting.discard(command.wa_message_id)
                await self._acknowledge(entry_id)

    async def _carry_out(self, entry_id: str, command: ChatCommand) -> None:
        """Returns once the result is on the stream. What fails is repeated: asking again never sends twice.

        Deliberately every error: left pending, a command that nobody foresaw would end each session of the number.
        """
        last: Exception | None = None
        for attempt in range(1, _ATTEMPTS + 1):
            page = await self._live_page()
            try:
                if isinstance(command, SendText):
                    await self._send(page, command)
                else:
                    await page.mark_read(command.chat_jid)
                return
            except Exception as error:
                _log.warning("command_interrupted", command=command.type, attempt=attempt, error=type(error).__name__)
                last = error
                await asyncio.sleep(0.3 * attempt)
        if last is not None and not isinstance(last, PageError):
            self._publisher.put_poisoned(entry_id, command, last)
        reason = "timeout" if isinstance(last, PageTimeout) else "page_failed"
        await self._fail(command, reason, "" if isinstance(last, PageTimeout | PageUnavailable) else str(last))

    async def _send(self, page: WhatsAppPage, command: SendText) -> None:
        earlier = await page.find_sent(command.chat_jid, command.wa_message_id)
        if earlier is not None:
            await self._report(command, earlier)
            return
        await self._pacing.wait_turn()
        self.in_flight.add(command.wa_message_id)
        try:
            outcome = await page.send_text(
                command.chat_jid,
                command.wa_message_id,
                command.body,
                quoted=command.quoted_wa_message_id,
                typing_ms=self._pacing.typing_ms(command.body),
            )
            self._pacing.note(is_ok=outcome.outcome != "refused")
            if outcome.outcome == "sent":
                await self._report(command, outcome)
            else:
                await self._fail(command, outcome.outcome, outcome.detail)
        finally:
            self.in_flight.discard(command.wa_message_id)

    async def _report(self, command: SendText, outcome: SendOutcome) -> None:
        event = MessageSent(
            inbox_id=command.inbox_id,
            wa_message_id=command.wa_message_id,
            chat_jid=outcome.chat,
            body=command.body,
            sent_at=outcome.t * 1000 if outcome.t else now_ms(),
            quoted_wa_message_id=command.quoted_wa_message_id,
            ack=max(0, outcome.ack),
        )
        await self._publisher.publish(event)
        self._note_sent(event)

    async def _fail(self, command: ChatCommand, reason: str, detail: str) -> None:
        await self._publisher.publish(
            CommandFailed(
                inbox_id=command.inbox_id,
                command=command.type,
                wa_message_id=command.wa_message_id if isinstance(command, SendText) else None,
                reason=reason,
                detail=printable(detail)[:500],
                is_permanent=reason in _PERMANENT,
            )
        )
