"""Which of our messages may still get ticks, on disk: what a page was told and could not pass on, no other page tells.

A page that was torn down, or heard nothing, takes along the ticks that it was told last. The next one shows them by
itself only on the messages that it holds in memory; the others are asked for by their ids, after each absence.
"""

import time
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple

from wa_worker.contract.events import MessageSent
from wa_worker.storage.state_file import StateFile

_MOST: Final = 2000
_DAY_SECONDS: Final = 86_400
_READ: Final = 3


class _Open(NamedTuple):
    chat: str
    #: The highest tick that Redis has.
    ack: int
    #: When it was sent, in epoch seconds.
    t: int


class OpenTicks:
    """Of one number: messages younger than a day that Redis does not know to be read; the newest ones, if too many."""

    def __init__(self, path: Path) -> None:
        self._file = StateFile(path)
        self._open: OrderedDict[str, _Open] = OrderedDict(
            (message_id, _Open(str(one[0]), int(one[1]), int(one[2])))
            for message_id, one in self._file.read().items()
            if isinstance(one, list) and len(one) == len(_Open._fields)
        )

    def note_sent(self, event: MessageSent) -> None:
        """Redis has a message of ours."""
        t = event.sent_at // 1000
        if not 0 <= event.ack < _READ or t < _oldest():
            return
        known = self._open.pop(event.wa_message_id, None)
        self._open[event.wa_message_id] = _Open(event.chat_jid, max(event.ack, known.ack if known else 0), t)
        if len(self._open) > _MOST:
            self._open.popitem(last=False)
        self._file.note_change()

    def note_told(self, ids: Iterable[str], ack: int) -> None:
        """Redis has this tick."""
        for message_id in ids:
            known = self._open.get(message_id)
            if known is None or ack <= known.ack:
                continue
            if ack >= _READ:
                del self._open[message_id]
            else:
                self._open[message_id] = known._replace(ack=ack)
            self._file.note_change()

    def asked(self) -> list[dict[str, str]]:
        """``{chat, id}`` of those whose ticks are worth asking for; forgets those that are too old."""
        oldest = _oldest()
        for message_id in [message_id for message_id, one in self._open.items() if one.t < oldest]:
            del self._open[message_id]
        return [{"chat": one.chat, "id": message_id} for message_id, one in self._open.items()]

    def news(self, answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Of ``{chat, id, ack}``, those that are further than what Redis has."""
        return [one for one in answers if one["id"] in self._open and one["ack"] > self._open[one["id"]].ack]

    def clear(self) -> None:
        """Another number was paired."""
        self._open.clear()
        self._file.note_change()

    async def save(self) -> None:
        """Write if something changed. On a full disk the old file stays: then a tick is told once too often."""
        await self._file.save(lambda: self._open)


def _oldest() -> int:
    return int(time.time()) - _DAY_SECONDS
