"""Remembers on disk which of our messages may still get ticks, so that no tick is lost with a page.

A page that was closed, or no longer received, loses the last ticks that it got. The next page shows them by itself only
for messages that it holds in memory. The others are asked for by their ids after each absence.
"""

import time
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple

from wa_worker.contract.events import MessageSent
from wa_worker.storage.state_file import StateFile

#: Messages that are remembered.
_MOST: Final = 2000
_DAY_SECONDS: Final = 86_400
#: The tick of a read message: nothing that matters follows.
_READ: Final = 3


class _Open(NamedTuple):
    chat: str
    #: The highest tick that Redis has.
    ack: int
    #: When it was sent, in epoch seconds.
    t: int


class OpenTicks:
    """One number's messages of the last day that Redis does not know to be read, the newest `_MOST` of them."""

    def __init__(self, path: Path) -> None:
        self._file = StateFile(path)
        self._open: OrderedDict[str, _Open] = OrderedDict(
            (message_id, _Open(str(one[0]), int(one[1]), int(one[2])))
            for message_id, one in self._file.read().items()
            if isinstance(one, list) and len(one) == len(_Open._fields)
        )

    def note_sent(self, event: MessageSent) -> None:
        """Note that Redis has a message that we sent."""
        t = event.sent_at // 1000
        if not 0 <= event.ack < _READ or t < _oldest():
            return
        known = self._open.pop(event.wa_message_id, None)
        self._open[event.wa_message_id] = _Open(event.chat_jid, max(event.ack, known.ack if known else 0), t)
        if len(self._open) > _MOST:
            self._open.popitem(last=False)
        self._file.note_change()

    def note_published(self, ids: Iterable[str], ack: int) -> None:
        """Note that Redis has this tick."""
        for message_id in ids:
            known = self._open.get(message_id)
            if known is None or ack <= known.ack:
                continue
            if ack >= _READ:
                del self._open[message_id]
            else:
                self._open[message_id] = known._replace(ack=ack)
            self._file.note_change()

    def to_query(self) -> list[dict[str, str]]:
        """Return ``{chat, id}`` of the messages whose ticks are worth asking for. Forgets older ones."""
        oldest = _oldest()
        for message_id in [message_id for message_id, one in self._open.items() if one.t < oldest]:
            del self._open[message_id]
        return [{"chat": one.chat, "id": message_id} for message_id, one in self._open.items()]

    def newer_ticks(self, answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return those ``{chat, id, ack}`` that are further than what Redis has."""
        return [one for one in answers if one["id"] in self._open and one["ack"] > self._open[one["id"]].ack]

    def clear(self) -> None:
        """Forget all: another number was paired."""
        self._open.clear()
        self._file.note_change()

    async def save(self) -> None:
        """Write if something changed. On a full disk the old file stays, and a tick may be published twice."""
        await self._file.save(lambda: self._open)


def _oldest() -> int:
    return int(time.time()) - _DAY_SECONDS
