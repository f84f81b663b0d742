"""Sends one message: looks it up, waits for its turn, sends it, and reports the result.

Two rules keep a message from being sent twice. Before every send the page is asked for the message id; nothing is sent
while the answer is uncertain, because the page may still be sending it or has just loaded. A call that does not answer
is ended by reloading the page before the id is used again.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import structlog

from wa_worker.contract.commands import MediaKind, SendMedia, SendReaction, SendText
from wa_worker.contract.events import MessageSent
from wa_worker.contract.reasons import DelayReason, SendFailure
from wa_worker.media.store import MediaMissing, MediaStore, MediaStoreError
from wa_worker.page.calls import PageError, PageUnavailable
from wa_worker.page.kinds import SENT_FILES
from wa_worker.page.outbound_calls import Addressed, FileToSend, SendOutcome
from wa_worker.page.refusals import MEDIA_MISSING, NOT_ALLOWED, UNKNOWN_NUMBER, Refusal, refusal_of
from wa_worker.page.whatsapp_page import WhatsAppPage
from wa_worker.sending.breaker import Breaker
from wa_worker.sending.events import Message, delayed_event, reacted_event, sent_event
from wa_worker.sending.pacing import Pacing
from wa_worker.stream.publisher import Publisher

_log: Final = structlog.get_logger(__name__)
#: Bytes of a file that are handed to the page at once.
_PART: Final = 512 * 1024
#: Files that the page may hold for us at a time.
_FILES_AT_ONCE: Final = 2
#: A message that takes longer lets the next chat begin.
_TURN_SECONDS: Final = 5.0
#: How often, and how many seconds apart, a message without a tick is looked up before the page is reloaded.
_LOOKS: Final = 10
_STEP_SECONDS: Final = 0.5
_REACTION_SECONDS: Final = 30.0


class Refused(Exception):
    """WhatsApp, or a rule of ours, refuses a message."""

    def __init__(self, refusal: Refusal, words: str) -> None:
        super().__init__(f"{refusal.reason}: {words}")
        self.refusal = refusal
        #: What WhatsApp said.
        self.words = words


class WithoutTick(PageError):
    """The message is still in the page's own outbox: the chat's next message would overtake it."""


@dataclass(frozen=True)
class Patience:
    """How long the page may take to send a message and to upload a file, in seconds."""

    send: float = 60.0
    upload: float = 120.0


class Sender:
    """Sends one number's messages and reactions. Raises the page's errors; the caller retries.

    `lease_until` returns until when (epoch ms) this worker may send; the page refuses a send later than that.
    """

    def __init__(
        self,
        publisher: Publisher,
        pacing: Pacing,
        breaker: Breaker,
        store: MediaStore,
        patience: Patience,
        *,
        live_page: Callable[[], Awaitable[WhatsAppPage]],
        lease_until: Callable[[], int],
        note_sent: Callable[[MessageSent], None],
    ) -> None:
        self.breaker = breaker
        self._publisher = publisher
        self._pacing = pacing
        self._store = store
        self._patience = patience
        self._live_page = live_page
        self._lease_until = lease_until
        self._note_sent = note_sent
        #: The number's turn: only one message at a time begins to be sent.
        self._turn = asyncio.Lock()
        self._files = asyncio.Semaphore(_FILES_AT_ONCE)
        #: Ids of messages that are being sent: the sender reports them, not the receiving side.
        self.in_flight: set[str] = set()

    async def send(self, command: Message) -> None:
        """Send a message unless it was sent before, and report it. Raises Refused and the page's errors."""
        page = await self._live_page()
        earlier = await page.find_sent(command.chat_jid, command.wa_message_id)
        if earlier is not None:
            await self._report(command, await self._with_tick(command, earlier))
            return
        is_trial = await self._admit(page, command)
        is_good: bool | None = None
        self.in_flight.add(command.wa_message_id)
        try:
            outcome = await self._hand_over(command)
            refusal = _refusal(outcome)
            is_good = True if refusal is None else (False if refusal.is_ban_sign else None)
            if refusal is not None:
                raise Refused(refusal, outcome.detail)
            await self._report(command, await self._with_tick(command, outcome))
        finally:
            self.in_flight.discard(command.wa_message_id)
            self.breaker.note(is_good=is_good, is_trial=is_trial)

    async def is_sent_after_all(self, command: Message) -> bool:
        """Find out about a message whose call did not answer. Reports it if it was sent; False if it never will be."""
        looks = 0
        while looks < _LOOKS:
            page = await self._live_page()
            try:
                found = await page.find_sent(command.chat_jid, command.wa_message_id)
                if found is None:
                    return False
                await self._report(command, await self._settle(command, found))
                return True
            except PageError as error:
                # A page that is loading or has not caught up can't know: its own outbox may still send the message.
                looks += not isinstance(error, PageUnavailable)
                await asyncio.sleep(_STEP_SECONDS)
        return False

    async def react(self, page: WhatsAppPage, command: SendReaction) -> None:
        """Set or remove a reaction, and report it. Raises Refused and the page's errors."""
        await self.breaker.wait_rested()
        outcome = await page.react(
            Addressed(command.chat_jid, command.wa_message_id, self._lease_until()),
            is_from_me=command.is_from_me,
            emoji=command.emoji,
            seconds=_REACTION_SECONDS,
        )
        refusal = _refusal(outcome)
        if refusal is not None:
            raise Refused(refusal, outcome.detail)
        await self._publisher.publish(reacted_event(command, outcome.chat))

    async def _with_tick(self, command: Message, found: SendOutcome) -> SendOutcome:
        """Wait for the tick as `_settle` does. Raises WithoutTick if there is none."""
        settled = await self._settle(command, found)
        if settled.ack < 1:
            raise WithoutTick("the page has not sent it yet")
        return settled

    async def _settle(self, command: Message, found: SendOutcome) -> SendOutcome:
        """Wait for the tick of a message that the page has already.

        A send that the loaded page has begun and can't finish is ended by reloading the page; the next look-up is then
        reliable. A message without a tick from before the load is in the page's own outbox, which sends it: it is
        returned with ack 0. Raises PageUnavailable after a reload.
        """
        last: SendOutcome | None = found
        for _ in range(_LOOKS):
            if last is None:
                raise PageUnavailable("what was being sent has ended")
            if last.outcome == "sent" and last.ack >= 1:
                return last
            await asyncio.sleep(_STEP_SECONDS)
            last = await (await self._live_page()).find_sent(command.chat_jid, command.wa_message_id)
        if last is not None and not last.is_sending:
            return last
        _log.warning("page.reloaded", why="a send does not end")
        await (await self._live_page()).reload()
        raise PageUnavailable("loaded again to end a send")

    async def _admit(self, page: WhatsAppPage, command: Message) -> bool:
        """Wait until this message may be sent. Returns True if on trial. Raises Refused for too many first contacts."""
        chat, pacing = command.chat_jid, self._pacing
        if pacing.limits_first_contacts and not await page.has_written(chat) and not pacing.may_contact(chat):
            raise Refused(NOT_ALLOWED, "first contact")
        while True:
            is_trial = await self.breaker.admit(lambda until: self._report_delay(command, until, DelayReason.BREAKER))
            await pacing.wait_turn(lambda until: self._report_delay(command, until, DelayReason.PACING))
            if is_trial or not self.breaker.is_open:
                return is_trial

    async def _hand_over(self, command: Message) -> SendOutcome:
        if isinstance(command, SendText):
            return await self._in_turn(command, lambda page: self._send_text(page, command))
        async with self._files:
            page = await self._live_page()
            token = command.wa_message_id
            try:
                await page.hand_over(token, self._parts(command.media_key))
                return await self._in_turn(command, lambda now: self._send_media(now, command, token))
            except MediaMissing as error:
                raise Refused(MEDIA_MISSING, error.sentence) from error
            except MediaStoreError as error:
                raise Refused(Refusal(SendFailure.MEDIA_STORE, is_transient=True), error.sentence) from error
            finally:
                await _quietly(page.drop_file(token))

    async def _in_turn(self, command: Message, send: Callable[[WhatsAppPage], Awaitable[SendOutcome]]) -> SendOutcome:
        """Send in the number's turn. A message that takes long gives up the turn and is looked up meanwhile."""
        await self._turn.acquire()
        try:
            page = await self._live_page()
            await self._show_typing(page, command)
            sending = asyncio.ensure_future(send(page))
            await _wait(sending)
        finally:
            self._turn.release()
        while not sending.done():
            # The call may hang although the message was sent.
            with contextlib.suppress(PageError):
                found = await page.find_sent(command.chat_jid, command.wa_message_id)
                if found is not None and found.ack >= 1:
                    sending.cancel()
                    return found
            await _wait(sending)
        return await sending

    async def _show_typing(self, page: WhatsAppPage, command: Message) -> None:
        seconds = self._pacing.typing_seconds(command.body if isinstance(command, SendText) else command.caption)
        if seconds:
            is_voice = isinstance(command, SendMedia) and command.kind is MediaKind.VOICE
            await _quietly(page.set_typing(command.chat_jid, "recording" if is_voice else "typing"))
            await asyncio.sleep(seconds)
            await _quietly(page.set_typing(command.chat_jid, "paused"))

    def _send_text(self, page: WhatsAppPage, command: SendText) -> Awaitable[SendOutcome]:
        return page.send_text(self._address(command), command.body, seconds=self._patience.send)

    def _send_media(self, page: WhatsAppPage, command: SendMedia, token: str) -> Awaitable[SendOutcome]:
        file = FileToSend(
            token=token,
            type=SENT_FILES[command.kind][0],
            filename=command.filename or command.media_key.rpartition("/")[2],
            mimetype=command.mimetype,
            caption=command.caption,
            is_voice=command.kind is MediaKind.VOICE,
        )
        return page.send_media(self._address(command), file, seconds=self._patience.upload)

    def _address(self, command: Message) -> Addressed:
        return Addressed(command.chat_jid, command.wa_message_id, self._lease_until(), command.quoted_wa_message_id)

    async def _parts(self, key: str) -> AsyncIterator[bytes]:
        """Read a file of the store in parts of `_PART` bytes."""
        size = await self._store.size(key)
        for start in range(0, max(size, 1), _PART):
            pieces = [piece async for piece in self._store.stream(key, start, min(start + _PART, size))]
            yield b"".join(pieces)

    def _report_delay(self, command: Message, until: int, reason: DelayReason) -> None:
        self._publisher.put(delayed_event(command, until, reason))

    async def _report(self, command: Message, outcome: SendOutcome) -> None:
        size = 0
        if isinstance(command, SendMedia):
            with contextlib.suppress(MediaStoreError):
                size = await self._store.size(command.media_key)
        event = sent_event(command, outcome, size)
        await self._publisher.publish(event)
        self._note_sent(event)


def _refusal(outcome: SendOutcome) -> Refusal | None:
    """Why the page did not send; None if it did."""
    match outcome.outcome:
        case "sent":
            return None
        case "unknown_number":
            return UNKNOWN_NUMBER
        case _:
            return refusal_of(outcome.detail)


async def _wait(sending: asyncio.Future[SendOutcome]) -> None:
    """Wait for as long as one message may keep the turn. If cancelled meanwhile, cancels the call too."""
    try:
        await asyncio.wait({sending}, timeout=_TURN_SECONDS)
    except asyncio.CancelledError:
        sending.cancel()
        raise


async def _quietly(asked: Awaitable[None]) -> None:
    """Await a call that may fail without harm."""
    with contextlib.suppress(PageError):
        await asked
