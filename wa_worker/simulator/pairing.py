"""What a page shows while it waits to be linked: QR codes that expire, and the code to type instead."""

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

#: WhatsApp's letters: no 0, I, O, U that somebody could misread.
_LETTERS = "123456789ABCDEFGHJKLMNPQRSTVWXYZ"
#: wa-js asks for a new code after 195 s; an old one is then worth nothing.
_LINK_CODE_SECONDS = 200


@dataclass(frozen=True, slots=True)
class LinkCode:
    """A pairing code, the number it was made for, and when it ends (monotonic seconds)."""

    text: str
    phone: str
    ends: float

    def matches(self, typed: str) -> bool:
        """As a person types it: dashes, spaces and case don't matter."""
        letters = "".join(ch for ch in typed.upper() if ch.isalnum())
        return letters == self.text.replace("-", "") and time.monotonic() < self.ends


class Pairing:
    """The rotation of QR codes of one phone. `show` gets what the page has to be told."""

    def __init__(self, seconds: float, codes: int, show: Callable[[dict[str, Any]], None]) -> None:
        self._seconds, self._codes, self._show = seconds, codes, show
        self._rotation: asyncio.Task[None] | None = None
        #: The code on the screen, or None.
        self.ref: str | None = None
        #: Counts the codes ever shown, so that a test can see that they change.
        self.generation = 0
        self.is_idle = False
        self.link_code: LinkCode | None = None

    def start(self) -> None:
        """Show a new code now and go on; begins the count anew."""
        self.stop()
        self._rotation = asyncio.get_running_loop().create_task(self._rotate())

    def stop(self) -> None:
        """Nothing is on the screen any more."""
        if self._rotation:
            self._rotation.cancel()
        self._rotation, self.ref, self.is_idle = None, None, False

    def make_link_code(self, phone: str) -> str:
        """A new pairing code for a number (digits only); the one before is worth nothing now."""
        letters = "".join(secrets.choice(_LETTERS) for _ in range(8))
        self.link_code = LinkCode(f"{letters[:4]}-{letters[4:]}", phone, time.monotonic() + _LINK_CODE_SECONDS)
        return self.link_code.text

    def describe(self) -> dict[str, Any]:
        """For ``/state`` and the handset."""
        return {"ref": self.ref, "generation": self.generation, "idle": self.is_idle}

    async def _rotate(self) -> None:
        for _ in range(self._codes):
            self.ref = "2@" + secrets.token_urlsafe(48)
            self.generation += 1
            self._show({"t": "qr", "ref": self.ref})
            await asyncio.sleep(self._seconds)
        self.ref, self.is_idle = None, True
        self._show({"t": "qr_idle"})
