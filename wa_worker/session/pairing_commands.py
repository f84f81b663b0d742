"""Carries out commands about the pairing, in any status of the number, apart from the chats' queue."""

import asyncio
from typing import TYPE_CHECKING, Final

import structlog

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
from wa_worker.page.calls import PageError
from wa_worker.page.whatsapp_page import WhatsAppPage
from wa_worker.stream.publisher import printable

if TYPE_CHECKING:
    from wa_worker.session.number import NumberSession

_log: Final = structlog.get_logger(__name__)
#: A code is asked for by somebody who sits in front of the page: later it is of no use.
_PATIENCE_MS: Final = 300_000
_PAGE_SECONDS: Final = 20.0


class CannotDo(Exception):
    """A command that the status does not allow, or that the disk refuses. `reason`: machine-readable."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(detail or reason)
        self.reason = reason


class PairingCommands:
    """Carries out one number's pairing commands, one at a time."""

    def __init__(self, session: "NumberSession") -> None:
        self._session = session
        self._queue: asyncio.Queue[tuple[str, AnyCommand]] = asyncio.Queue()

    def add(self, entry_id: str, command: AnyCommand) -> None:
        """Queue a command."""
        self._queue.put_nowait((entry_id, command))

    async def run(self) -> None:
        """Carry commands out for ever. A failure is published to the app, never raised."""
        while True:
            entry_id, command = await self._queue.get()
            try:
                await self._carry_out(command)
            except Exception as error:
                # Deliberately everything: left pending, one command would end each session of the number.
                await self._fail(entry_id, command, error)
            await self._session.commands.acknowledge(entry_id)

    async def _fail(self, entry_id: str, command: AnyCommand, error: Exception) -> None:
        reason = error.reason if isinstance(error, CannotDo) else "page_failed"
        _log.warning("command.failed", command=command.type, reason=reason, error=type(error).__name__)
        if not isinstance(error, CannotDo | PageError):
            self._session.publisher.put_poisoned(entry_id, command, error)
        detail = printable(str(error))[:500]
        await self._session.publisher.publish(
            CommandFailed(inbox_id=command.inbox_id, command=command.type, reason=reason, detail=detail)
        )

    async def _carry_out(self, command: AnyCommand) -> None:
        session = self._session
        match command:
            case ResetSession():
                reset_at = session.profile.pairing.reset_at
                if reset_at is None or command.requested_at > reset_at:
                    # Until it is done the command stays pending: a worker that dies meanwhile leaves it to the next.
                    await self._reset()
            case RefreshQr():
                session.rounds.used = 0
                if session.status is not SessionStatus.LOGGED_OUT:
                    await (await self._page()).refresh_qr()
            case PairWithCode():
                await self._pair_with_code(command)
            case Logout():
                if session.status is not SessionStatus.LIVE:
                    raise CannotDo("not_live")
                session.pairing.was_logout_requested = True
                await (await self._page()).logout()
            case Backfill():
                session.page_tasks.backfill_now(repeat=True)
            case ResumeSending():
                session.send_queue.sender.breaker.close()
            case _:
                raise CannotDo("not_a_session_command")

    async def _reset(self) -> None:
        try:
            await self._session.browser.reset()
        except OSError as error:
            raise CannotDo("disk_failed", str(error)) from error

    async def _pair_with_code(self, command: PairWithCode) -> None:
        if now_ms() - command.requested_at > _PATIENCE_MS:
            raise CannotDo("expired")
        page = await self._page(SessionStatus.WAITING_FOR_SCAN, SessionStatus.PAUSED)
        await page.pair_with_code(command.phone_e164)

    async def _page(self, *wanted: SessionStatus) -> WhatsAppPage:
        """Wait for the page, in one of the wanted statuses, and return it."""
        session = self._session
        if session.status is SessionStatus.LOGGED_OUT:
            raise CannotDo("logged_out")
        loop = asyncio.get_running_loop()
        until = loop.time() + _PAGE_SECONDS
        while loop.time() < until:
            if session.browser.page is not None and (not wanted or session.status in wanted):
                return session.browser.page
            await asyncio.sleep(0.1)
        raise CannotDo("not_ready")
