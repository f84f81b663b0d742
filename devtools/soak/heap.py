"""What JavaScript holds in WhatsApp's page after a collection: there, laziness can't pass for a leak."""

import stat
from pathlib import Path
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, ClientWebSocketResponse

from wa_worker.browser import find_chromium


def inspectable_chromium(folder: Path) -> Path:
    """A command that starts the machine's Chromium so that others than the worker may ask it too."""
    command = folder / "chromium"
    command.write_text(f'#!/bin/sh\nexec "{find_chromium()}" --remote-debugging-port=0 "$@"\n')
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    return command


async def held_by_page(data_dir: Path, port: int) -> float:
    """Megabytes in use, collected a moment ago, in the page that is from this `port`; NaN: none can be asked."""
    for address in _addresses(data_dir):
        try:
            async with ClientSession(timeout=ClientTimeout(total=20)) as client:
                targets: list[dict[str, Any]] = await (await client.get(address)).json()
                for target in targets:
                    if target["type"] == "page" and f":{port}/" in target["url"]:
                        async with client.ws_connect(target["webSocketDebuggerUrl"]) as socket:
                            return await _collected(socket)
        except (ClientError, TimeoutError):
            continue
    return float("nan")


def _addresses(data_dir: Path) -> list[str]:
    """Of each Chromium that runs or ran below the folder: where it tells its pages."""
    ports = [told.read_text().split()[0] for told in data_dir.rglob("DevToolsActivePort")]
    return [f"http://127.0.0.1:{port}/json/list" for port in ports]


async def _collected(socket: ClientWebSocketResponse) -> float:
    await _ask(socket, 1, "HeapProfiler.collectGarbage")
    usage = await _ask(socket, 2, "Runtime.getHeapUsage")
    return (usage["usedSize"] + usage["embedderHeapUsedSize"] + usage["backingStorageSize"]) / 1e6


async def _ask(socket: ClientWebSocketResponse, number: int, method: str) -> dict[str, Any]:
    await socket.send_json({"id": number, "method": method})
    while True:
        answer: dict[str, Any] = await socket.receive_json()
        if answer.get("id") == number:
            return answer["result"]
