"""The faults that are injected. Each function returns when its fault is over; recovery is measured from there."""

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import psutil
from redis.asyncio import Redis

from devtools.faults.ground import Ground, until

Inflict = Callable[[Ground, int], Awaitable[None]]
#: Longer than any lease.
STOPPED_SECONDS: Final = 40.0
_NETWORK_SECONDS: Final = 8.0
_BEHIND_SECONDS: Final = 8.0


@dataclass(frozen=True)
class Fault:
    """One row of the table. `limit`: the seconds within which the system must recover (a process 30, a browser 90)."""

    name: str
    what: str
    inflict: Inflict
    limit: float
    needs_second_worker: bool = False


def _killed(part: str) -> Inflict:
    async def inflict(ground: Ground, _inbox_id: int) -> None:
        await asyncio.to_thread(ground.system.kill, part)

    return inflict


async def _kill_worker(ground: Ground, inbox_id: int) -> None:
    """Kill only the worker's process: its Chromium becomes an orphan that the next worker must end."""
    _end([await until(lambda: ground.holder(inbox_id), "the worker that holds the number")])


def _at_once(*injuries: Inflict) -> Inflict:
    async def inflict(ground: Ground, inbox_id: int) -> None:
        await asyncio.gather(*(injury(ground, inbox_id) for injury in injuries))

    return inflict


def _end(processes: list[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


async def _kill_browser(ground: Ground, inbox_id: int) -> None:
    """Kill only the browser process; its children notice by themselves."""
    _end(await until(lambda: ground.browsers(inbox_id), "the number's Chromium"))


async def _kill_renderer(ground: Ground, inbox_id: int) -> None:
    """Kill the page's renderer; the browser continues."""

    def renderers() -> list[psutil.Process]:
        below = [child for browser in ground.browsers(inbox_id) for child in browser.children(recursive=True)]
        return [process for process in below if "--type=renderer" in process.cmdline()]

    _end(await until(renderers, "the page's renderer"))


async def _empty_redis(ground: Ground, _inbox_id: int) -> None:
    """Empty Redis while the app is stopped, so that unread entries are lost."""
    app = ground.system.processes("app")
    for process in app:
        process.send_signal(signal.SIGSTOP)
    try:
        await asyncio.sleep(_BEHIND_SECONDS)
        async with Redis.from_url(ground.system.redis_url) as redis:
            await redis.flushall()
    finally:
        for process in app:
            process.send_signal(signal.SIGCONT)


def stop_worker(seconds: float) -> Inflict:
    """Suspend the worker that holds the number, but not its Chromium, while a second worker runs."""

    async def inflict(ground: Ground, inbox_id: int) -> None:
        worker: psutil.Process = await until(lambda: ground.holder(inbox_id), "the worker that holds the number")
        worker.send_signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            with contextlib.suppress(psutil.NoSuchProcess):
                worker.send_signal(signal.SIGCONT)

    return inflict


async def _cut_network(ground: Ground, inbox_id: int) -> None:
    await ground.ctl(inbox_id, "network", online=False)
    await asyncio.sleep(_NETWORK_SECONDS)
    await ground.ctl(inbox_id, "network", online=True)


async def _reload_page(ground: Ground, inbox_id: int) -> None:
    """Reload the page during a send: WhatsApp has the message, and the page never gets the confirmation."""
    before = len((await ground.phone(inbox_id, "sent"))["sent"])
    await ground.ctl(inbox_id, "hang", what="send", count=1, through=True)

    async def has_left() -> bool:
        return len((await ground.phone(inbox_id, "sent"))["sent"]) > before

    await until(has_left, "a message in mid-send", 30, every=0.02)
    await ground.ctl(inbox_id, "reload")


async def _log_out(ground: Ground, inbox_id: int) -> None:
    """Log out on the phone, then press "Pair again" and scan. The fault is over after the scan."""
    await ground.ctl(inbox_id, "phone_logout")
    await until(lambda: ground.status(inbox_id) == "logged_out", "the logout to be known", 60)
    await ground.pair_again(inbox_id)
    await ground.scan_qr(inbox_id)


async def _start_twice(ground: Ground, _inbox_id: int) -> None:
    await ground.start_second_worker()


FAULTS: Final = {
    fault.name: fault
    for fault in (
        Fault("worker", "SIGKILL of the worker", _kill_worker, 30),
        Fault("browser", "SIGKILL of Chromium's browser process", _kill_browser, 90),
        Fault("renderer", "SIGKILL of the page's renderer", _kill_renderer, 90),
        Fault("app", "SIGKILL of the app", _killed("app"), 30),
        Fault("redis", "SIGKILL of Redis, started again", _killed("redis"), 30),
        Fault("emptied", "Redis forgets everything, and the app was behind", _empty_redis, 30),
        Fault(
            "stopped",
            "SIGSTOP of the worker for 40 s beside a second one, then SIGCONT",
            stop_worker(STOPPED_SECONDS),
            30,
            True,
        ),
        Fault("network", "the page's network off for 8 s", _cut_network, 30),
        Fault("reload", "the page reloads in mid-send", _reload_page, 90),
        Fault("logout", "logout on the phone, then paired again", _log_out, 90),
        Fault("worker+redis", "SIGKILL of worker and Redis at once", _at_once(_kill_worker, _killed("redis")), 30),
        Fault("app+renderer", "SIGKILL of app and renderer at once", _at_once(_killed("app"), _kill_renderer), 90),
        Fault("twice", "a second worker starts on the same profile", _start_twice, 30),
    )
}
