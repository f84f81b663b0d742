"""Makes what a page shows before it is linked: QR codes that expire, and the pairing code."""

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

#: WhatsApp's letters, without 0, I, O and U, which are easily misread.
_LETTERS = "123456789ABCDEFGHJKLMNPQRSTVWXYZ"
#: wa-js asks for a new code after 195 s; the old one then expires.
_LINK_CODE_SECONDS = 200


@dataclass(frozen=True, slots=True)
class LinkCode:
    """A pairing code, the phone number it is for, and when it expires (monotonic seconds)."""

    text: str
    phone: str
    ends: float

    def matches(self, typed: str) -> bool:
        """Whether a person typed this code: dashes, spaces and case don't matter."""
        letters = "".join(ch for ch in typed.upper() if ch.isalnum())
        return letters == self.text.replace("-", "") and time.monotonic() < self.ends


class Pairing:
    """Rotates one phone's QR codes. `show` gets each message for the page."""

    def __init__(self, seconds: float, codes: int, show: Callable[[dict[str, Any]], None]) -> None:
        self._seconds, self._codes, self._show = seconds, codes, show
        self._rotation: asyncio.Task[None] | None = None
        #: The QR code on the screen, or None.
        self.ref: str | None = None
        #: Counts the shown codes, so that a test sees each change.
        self.generation = 0
        self.is_idle = False
        self.link_code: LinkCode | None = None

    def start(self) -> None:
        """Show a new QR code now, and start the rotation from its beginning."""
        self.stop()
        self._rotation = asyncio.get_running_loop().create_task(self._rotate())

    def stop(self) -> None:
        """Show no QR code any more."""
        if self._rotation:
            self._rotation.cancel()
        self._rotation, self.ref, self.is_idle = None, None, False

    def make_link_code(self, phone: str) -> str:
        """Make a pairing code for a phone number (digits only). An earlier one expires."""
        letters = "".join(secrets.choice(_LETTERS) for _ in range(8))
        self.link_code = LinkCode(f"{letters[:4]}-{letters[4:]}", phone, time.monotonic() + _LINK_CODE_SECONDS)
        return self.link_code.text

    def describe(self) -> dict[str, Any]:
        """Return the state for ``/state`` and the handset."""
        return {"ref": self.ref, "generation": self.generation, "idle": self.is_idle}

    async def _rotate(self) -> None:
        for _ in range(self._codes):
            self.ref = "2@" + secrets.token_urlsafe(48)
            self.generation += 1
            self._show({"t": "qr", "ref": self.ref})
            await asyncio.sleep(self._seconds)
        self.ref, self.is_idle = None, True
        self._show({"t": "qr_idle"})
