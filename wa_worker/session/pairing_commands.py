"""Carries out commands about the pairing, in any status of the number, apart from the chats' queue."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from wa_worker.browser.keeper import BrowserKeeper
from wa_worker.contract.base import now_ms
from wa_worker.contract.commands import (
    AnyCommand,
    Backfill,
    Logout,
    PairWithCode,
    RefreshQr,
    ResetSession,
    ResumeSending,
)
from wa_worker.contract.events import CommandFailed, SessionStatus
from wa_worker.contract.reasons import CommandFailure
from wa_worker.page.calls import PageError
from wa_worker.page.whatsapp_page import WhatsAppPage
from wa_worker.session.page_tasks import PageTasks
from wa_worker.session.pairing_record import PairingRecord
from wa_worker.session.status_publisher import StatusPublisher
from wa_worker.stream.publisher import Publisher, printable

_log: Final = structlog.get_logger(__name__)
#: An older request for a pairing code is dropped: the admin who asked is no longer waiting in front of the page.
_PATIENCE_MS: Final = 300_000
_PAGE_SECONDS: Final = 20.0


class CannotDo(Exception):
    """A command that the status does not allow, or that the disk refuses. `reason`: machine-readable."""

    def __init__(self, reason: CommandFailure, detail: str = "") -> None:
        super().__init__(detail or reason)
        self.reason = reason


class PairingCommands:
    """Carries out one number's pairing commands, one at a time.

    `acknowledge` gets the stream id of each finished command; `resume_sending` closes the circuit breaker.
    """

    def __init__(
        self,
        publisher: Publisher,
        browser: BrowserKeeper,
        status_publisher: StatusPublisher,
        pairing: PairingRecord,
        page_tasks: PageTasks,
        *,
        acknowledge: Callable[[str], Awaitable[None]],
        resume_sending: Callable[[], None],
    ) -> None:
        self._publisher = publisher
        self._browser = browser
        self._status_publisher = status_publisher
        self._pairing = pairing
        self._page_tasks = page_tasks
        self._acknowledge = acknowledge
        self._resume_sending = resume_sending
        self._queue: asyncio.Queue[tuple[str, AnyCommand]] = asyncio.Queue()

    def add(self, entry_id: str, command: AnyCommand) -> None:
        """Queue a command."""
        self._queue.put_nowait((entry_id, command))

    async def run(self) -> None:
        """Carry out commands. Never returns. A failure is published to the app, never raised."""
        while True:
            entry_id, command = await self._queue.get()
            try:
                await self._carry_out(command)
            except Exception as error:
                # Deliberately everything: left pending, one command would end each session of the number.
                await self._fail(entry_id, command, error)
            await self._acknowledge(entry_id)

    async def _fail(self, entry_id: str, command: AnyCommand, error: Exception) -> None:
        reason = error.reason if isinstance(error, CannotDo) else CommandFailure.PAGE_FAILED
        name = type(error).__name__
        _log.warning("command.failed", command=command.type, entry=entry_id, reason=reason, error=name)
        if not isinstance(error, CannotDo | PageError):
            self._publisher.put_poisoned(entry_id, command, error)
        detail = printable(str(error))[:500]
        await self._publisher.publish(
            CommandFailed(inbox_id=command.inbox_id, command=command.type, reason=reason, detail=detail)
        )

    async def _carry_out(self, command: AnyCommand) -> None:
        match command:
            case ResetSession():
                if not self._pairing.is_reset_done(command.requested_at):
                    # Until it is done the command stays pending: a worker that dies meanwhile leaves it to the next.
                    await self._reset()
            case RefreshQr():
                self._browser.reset_qr_rounds()
                if self._status_publisher.status is not SessionStatus.LOGGED_OUT:
                    await (await self._page()).refresh_qr()
            case PairWithCode():
                await self._pair_with_code(command)
            case Logout():
                if self._status_publisher.status is not SessionStatus.LIVE:
                    raise CannotDo(CommandFailure.NOT_LIVE)
                self._pairing.was_logout_requested = True
                await (await self._page()).logout()
            case Backfill():
                self._page_tasks.backfill_now(repeat=True)
            case ResumeSending():
                self._resume_sending()
            case _:
                raise CannotDo(CommandFailure.NOT_A_SESSION_COMMAND)

    async def _reset(self) -> None:
        try:
            await self._browser.reset()
        except OSError as error:
            raise CannotDo(CommandFailure.DISK_FAILED, str(error)) from error

    async def _pair_with_code(self, command: PairWithCode) -> None:
        if now_ms() - command.requested_at > _PATIENCE_MS:
            raise CannotDo(CommandFailure.EXPIRED)
        page = await self._page(SessionStatus.WAITING_FOR_SCAN, SessionStatus.PAUSED)
        await page.pair_with_code(command.phone_e164)

    async def _page(self, *wanted: SessionStatus) -> WhatsAppPage:
        """Wait for the page, in one of the wanted statuses, and return it. Raises CannotDo."""
        if self._status_publisher.status is SessionStatus.LOGGED_OUT:
            raise CannotDo(CommandFailure.LOGGED_OUT)
        loop = asyncio.get_running_loop()
        until = loop.time() + _PAGE_SECONDS
        while loop.time() < until:
            page = self._browser.page
            if page is not None and (not wanted or self._status_publisher.status in wanted):
                return page
            await asyncio.sleep(0.1)
        raise CannotDo(CommandFailure.NOT_READY)
