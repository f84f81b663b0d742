"""Sockets that send nonsense to a running app, and check the answers."""

import asyncio
import contextlib
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from aiohttp import WSServerHandshakeError

from devtools.fuzz.meter import Meter
from devtools.fuzz.nonsense import Nonsense
from devtools.fuzz.scene import ADMIN, FOREIGN, ROLES, SECRET, VISITOR, Scene
from devtools.waiting import PATIENCE
from tests.attack.app import App, Wire, wire

#: Below the burst limit of a socket, and below the refusals after which it is closed.
PER_SOCKET: Final = 40
#: One in this many sockets ends with a frame that closes it.
_BAD_END: Final = 5
_LOOK_SECONDS: Final = 0.02
#: Seconds between two repairs of the attackers; one in this many gives them new sessions.
_TEND_SECONDS: Final = 2.0
_RENEW: Final = 5


@dataclass
class Attack:
    """An attack on one app by all roles."""

    app: App
    meter: Meter
    scene: Scene
    seed: str
    #: Seconds for the answer to a ping.
    patience: float = PATIENCE
    #: Events by role.
    sent: Counter[str] = field(default_factory=Counter[str])
    sockets: Counter[str] = field(default_factory=Counter[str])
    #: Frames with data of the sealed number that reached somebody who may not see it.
    leaks: list[str] = field(default_factory=list[str])
    _numbers: "count[int]" = field(default_factory=count)

    async def once(self, role: str) -> None:
        """Send two events to every handler, over as many sockets as needed."""
        events = self._nonsense(role, "once").round_of_all()
        for start in range(0, len(events), PER_SOCKET):
            if role == ADMIN:
                # The attackers may have removed their own rights.
                await self.scene.tend(is_renewed=False)
            # This attack does not test the limits of one address.
            number = next(self._numbers)
            await self._send(role, f"127.1.{number // 250}.{number % 250 + 1}", events[start : start + PER_SOCKET])
        await self.settled()

    async def keep_on(self, seconds: float, sockets: int) -> None:
        """Attack with all roles at once, each from this many addresses. Returns when the app is idle again."""
        until = time.monotonic() + seconds
        loops = [self._keep_on(role, n, until) for role in ROLES for n in range(sockets)]
        tending = asyncio.create_task(self._tend())
        try:
            await asyncio.gather(*loops)
        finally:
            tending.cancel()
            await asyncio.gather(tending, return_exceptions=True)
        await self.settled()

    async def settled(self) -> None:
        """Wait until every event that was sent has been handled."""
        while await asyncio.to_thread(self.meter.pending):
            await asyncio.sleep(_LOOK_SECONDS)

    def _nonsense(self, role: str, which: object) -> Nonsense:
        return Nonsense(f"{self.seed} {role} {which}", self.scene.aims[role])

    async def _tend(self) -> None:
        for number in count(1):
            await asyncio.sleep(_TEND_SECONDS)
            await self.scene.tend(is_renewed=number % _RENEW == 0)

    async def _keep_on(self, role: str, number: int, until: float) -> None:
        nonsense = self._nonsense(role, number)
        address = f"127.2.{ROLES.index(role)}.{number + 1}"
        while time.monotonic() < until:
            end = nonsense.bad_frame() if nonsense.chance.randrange(_BAD_END) == 0 else None
            await self._send(role, address, nonsense.events(PER_SOCKET), end, boot=nonsense.chance.random() < 0.3)

    async def _send(
        self,
        role: str,
        address: str,
        events: list[tuple[Any, ...]],
        end: str | bytes | None = None,
        *,
        boot: bool = False,
    ) -> None:
        cookie = self.scene.cookies[role] if role != VISITOR else ""
        self.sockets[role] += 1
        # An address may open so many sockets at once, and visitors may have so many in all.
        with contextlib.suppress(ConnectionError, WSServerHandshakeError):
            async with wire(self.app, cookie, boot=boot, address=address) as tab:
                await self._say(role, tab, events, end)

    async def _say(self, role: str, tab: Wire, events: list[tuple[Any, ...]], end: str | bytes | None) -> None:
        try:
            for event in events:
                if tab.is_closed:
                    return
                await tab.send(*event)
                self.sent[role] += 1
            # A socket that was cut off receives nothing more, and is closed when it misses a ping.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.patience):
                    await tab.settled()
            while tab.token in await asyncio.to_thread(self.meter.pending):
                await asyncio.sleep(_LOOK_SECONDS)
            if end is not None and not tab.is_closed:
                await tab.send_frame(end)
        finally:
            # An admin may see it, and the agent may have been made one by the admin's attacks.
            if role in (VISITOR, FOREIGN):
                self.leaks += [f"{role}: {frame[:300]}" for frame in tab.frames if SECRET in frame]
