"""Starts and ends the worker."""

import asyncio
import contextlib
import signal
import sys
from types import FrameType
from typing import Any, Final

import structlog

from wa_worker.browser.chromium import find_chromium
from wa_worker.config import SettingsError, WorkerSettings, load_settings
from wa_worker.control import Control
from wa_worker.process.logs import configure_logging
from wa_worker.process.output import steady_output
from wa_worker.storage.private_files import keep_private, make_private

_log: Final = structlog.get_logger(__name__)
#: As sysexits' EX_CONFIG: starting again without a change can't help.
_EXIT_CONFIG: Final = 78
_DRIVER_DIED: Final = "Connection closed while reading from the driver"
_STOPS: Final = (signal.SIGTERM, signal.SIGINT)


def main() -> int:
    """Run until SIGTERM or SIGINT. Returns the exit code."""
    steady_output()
    keep_private()
    try:
        settings = load_settings()
        chromium = _check(settings)
    except SettingsError as error:
        print(f"The worker can't start. {error}", file=sys.stderr)
        return _EXIT_CONFIG
    configure_logging(settings.log_level, settings.log_format)
    asyncio.run(_run(settings, chromium))
    for name in _STOPS:
        # All is closed: one more signal must not turn the end into a failure.
        signal.signal(name, signal.SIG_IGN)
    return 0


def _check(settings: WorkerSettings) -> str:
    """Return the path of Chromium. Raises SettingsError when a part is missing."""
    chromium = find_chromium()
    if chromium is None:
        raise SettingsError(
            "No Chromium was found. Install it (apt install chromium), or set ROMS_CHROMIUM_PATH to one."
        )
    if not settings.bundle.is_file():
        raise SettingsError(
            f"The wa-js bundle is not at {settings.bundle}. Run `make setup`, or set ROMS_WA_JS_PATH to it."
        )
    try:
        (settings.data / "profiles").mkdir(parents=True, exist_ok=True)
        make_private(settings.data)
    except OSError as error:
        raise SettingsError(f"ROMS_DATA_DIR ({settings.data}) can't be written: {error.strerror}.") from error
    return chromium


async def _run(settings: WorkerSettings, chromium: str) -> None:
    """Run the control loop until the first signal, then end in good order."""
    working = asyncio.create_task(Control(settings, chromium).run())
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_on_stray_error)

    def stop(_number: int, _frame: FrameType | None) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(working.cancel)

    for name in _STOPS:
        # Not `add_signal_handler`: the loop takes its handlers back when it closes, a moment before the process ends.
        signal.signal(name, stop)
    _log.info("worker.started", worker_id=settings.name)
    with contextlib.suppress(asyncio.CancelledError):
        await working
    _log.info("worker.stopped")


def _on_stray_error(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log errors of tasks that are not awaited, except that Playwright's driver died: the session notices that."""
    if str(context.get("exception")) != _DRIVER_DIED:
        loop.default_exception_handler(context)
