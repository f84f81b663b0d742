"""Reads and fills the memory of WhatsApp's page, over a second connection to its Chromium."""

import contextlib
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

from aiohttp import ClientError, ClientSession, ClientTimeout, ClientWebSocketResponse

from wa_worker.browser.chromium import find_chromium

_FETCH: Final = """(async () => {
    const body = new Uint8Array(1_000_000).map((_, n) => (n * 2654435761) >>> 13);
    const { filehash } = await (await fetch('/sim/upload', { method: 'POST', body })).json();
    for (let n = 0; n < %d; n++) await (await fetch('/sim/media/' + filehash, { cache: 'no-store' })).arrayBuffer();
})()"""


class NoPage(Exception):
    """No page can be reached."""


def inspectable_chromium(folder: Path) -> Path:
    """A command that starts the machine's Chromium with a debugging port, so that others can also inspect it."""
    command = folder / "chromium"
    command.write_text(f'#!/bin/sh\nexec "{find_chromium()}" --remote-debugging-port=0 "$@"\n')
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    return command


async def held_by_page(data_dir: Path, port: int) -> float:
    """Megabytes in use, collected a moment ago, in the page that is from this `port`; NaN: none can be asked."""
    try:
        async with _page(data_dir, port) as socket:
            await _ask(socket, 1, "HeapProfiler.collectGarbage")
            usage = await _ask(socket, 2, "Runtime.getHeapUsage")
    except (NoPage, ClientError, TimeoutError):
        return float("nan")
    return (usage["usedSize"] + usage["embedderHeapUsedSize"] + usage["backingStorageSize"]) / 1e6


async def fetch_in_page(data_dir: Path, port: int, megabytes: int) -> None:
    """Let the page fetch this much: Chromium keeps fetched data for its driver, up to a bound.

    Raises NoPage.
    """
    async with _page(data_dir, port) as socket:
        await _ask(socket, 1, "Runtime.evaluate", expression=_FETCH % megabytes, awaitPromise=True)


@contextlib.asynccontextmanager
async def _page(data_dir: Path, port: int) -> AsyncIterator[ClientWebSocketResponse]:
    async with ClientSession(timeout=ClientTimeout(total=120)) as client:
        for address in _addresses(data_dir):
            with contextlib.suppress(ClientError):
                targets: list[dict[str, Any]] = await (await client.get(address)).json()
                found = (t for t in targets if t["type"] == "page" and f":{port}/" in t["url"])
                if (target := next(found, None)) is not None:
                    break
        else:
            raise NoPage(f"No Chromium below {data_dir} has a page from port {port}.")
        async with client.ws_connect(target["webSocketDebuggerUrl"]) as socket:
            yield socket


def _addresses(data_dir: Path) -> list[str]:
    """The debugging addresses of all Chromiums that run or ran below the folder."""
    ports = [told.read_text().split()[0] for told in data_dir.rglob("DevToolsActivePort")]
    return [f"http://127.0.0.1:{port}/json/list" for port in ports]


async def _ask(socket: ClientWebSocketResponse, number: int, method: str, **parameters: Any) -> dict[str, Any]:
    await socket.send_json({"id": number, "method": method, "params": parameters})
    while True:
        answer: dict[str, Any] = await socket.receive_json()
        if answer.get("id") == number:
            return answer["result"]
