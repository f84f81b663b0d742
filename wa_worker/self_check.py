"""Checks that this machine can do the worker's job: starts the driver, a browser and the decoders once.

Run as ``python -m wa_worker.self_check CHROMIUM DATA_FOLDER`` it prints a `Verdict` as one line of JSON; set-up and
`roms doctor` do so. The worker runs it at its start and publishes the result in its heartbeat.
"""

import asyncio
import contextlib
import io
import shutil
import sys
import tempfile
import wave
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Route

from wa_worker.browser.driver import BrowserUnavailable, reason_in, running_driver
from wa_worker.browser.launch import launch_context
from wa_worker.contract.streams import Verdict
from wa_worker.media.inspect import UNKNOWN
from wa_worker.media.subprocess_decoder import inspect_in_turn
from wa_worker.media.subprocess_voice import to_voice_note_apart
from wa_worker.media.voice import VoiceUnreadable

_SECONDS: Final = 30.0
_CLOSE_SECONDS: Final = 5.0
#: Answered by the check itself; nothing is fetched.
_ADDRESS: Final = "https://self-check.invalid/"
#: What WhatsApp Web keeps its keys and messages in; it must be written to the profile's folder.
_STORES: Final = """() => new Promise((done, fail) => {
    const opening = indexedDB.open("self-check", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("kept");
    opening.onerror = () => fail(opening.error);
    opening.onsuccess = () => {
        const writing = opening.result.transaction("kept", "readwrite");
        writing.objectStore("kept").put("written", 1);
        writing.oncomplete = () => done(crypto.subtle !== undefined);
        writing.onerror = () => fail(writing.error);
    };
})"""


async def check(chromium: str, data: Path) -> Verdict:
    """Start each part once. Never raises for a part that fails; takes a second or two, at most `_SECONDS` a part."""
    try:
        (data / "profiles").mkdir(parents=True, exist_ok=True)
        profile = Path(tempfile.mkdtemp(prefix="self-check-", dir=data / "profiles"))
    except OSError as error:
        return Verdict(part="folder", reason=f"{data} can't be written: {error.strerror}")
    try:
        await _open_page(chromium, profile)
        await _decode()
    except BrowserUnavailable as error:
        return Verdict(part="browser", reason=str(error))
    except VoiceUnreadable as error:
        return Verdict(part="media", reason=str(error))
    finally:
        await asyncio.to_thread(shutil.rmtree, profile, ignore_errors=True)
    return Verdict()


async def _open_page(chromium: str, profile: Path) -> None:
    """Open a page that stores something in its profile. Raises BrowserUnavailable."""
    try:
        async with asyncio.timeout(_SECONDS), running_driver() as playwright:
            context = await launch_context(playwright, chromium, profile)
            try:
                await context.route("**/*", _answer)
                page = await context.new_page()
                await page.goto(_ADDRESS)
                if not await page.evaluate(_STORES):
                    raise BrowserUnavailable(f"{chromium} has no cryptography, which WhatsApp Web needs")
            finally:
                with contextlib.suppress(PlaywrightError, TimeoutError):
                    async with asyncio.timeout(_CLOSE_SECONDS):
                        await context.close()
    except TimeoutError as error:
        raise BrowserUnavailable(f"{chromium} does not show a page within {_SECONDS:.0f} s") from error
    except PlaywrightError as error:
        raise BrowserUnavailable(f"{chromium} starts but shows no page: {reason_in(str(error))}") from error


async def _answer(route: Route) -> None:
    await route.fulfill(body="<!doctype html><title>Self-check</title>", content_type="text/html")


async def _decode() -> None:
    """Decode a sound and a picture with the libraries that customers' files go through. Raises VoiceUnreadable."""
    sound, picture = io.BytesIO(), io.BytesIO()
    with wave.open(sound, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(16_000)
        out.writeframes(bytes(3200))
    Image.new("RGB", (64, 64), "green").save(picture, "PNG")
    note = await asyncio.to_thread(to_voice_note_apart, sound.getvalue())
    for data in (note, picture.getvalue()):
        if await inspect_in_turn(data) == UNKNOWN:
            raise VoiceUnreadable("The process that looks into files does not start, or can't read them.")


if __name__ == "__main__":
    print(asyncio.run(check(sys.argv[1], Path(sys.argv[2]))).model_dump_json())
