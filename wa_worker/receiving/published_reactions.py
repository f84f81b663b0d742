"""Which reactions were told, on disk: one that was taken back while nobody listened leaves no trace in the page."""

from collections import OrderedDict
from pathlib import Path
from typing import Any, Final

from wa_worker.contract.base import now_ms
from wa_worker.storage.state_file import StateFile

#: Messages with reactions; of older ones nothing is known.
_MOST: Final = 1000


class PublishedReactions:
    """Of one number. A raw reaction is as the bridge hands it out; `about` is the whole key of its message."""

    def __init__(self, path: Path) -> None:
        self._file = StateFile(path)
        #: By message and by who reacted: the raw reaction.
        self._told: OrderedDict[str, dict[str, dict[str, Any]]] = OrderedDict(
            (about, told) for about, told in self._file.read().items() if isinstance(told, dict)
        )

    def note(self, raw: dict[str, Any]) -> None:
        """A reaction was put on the stream."""
        about = str(raw.get("about") or "")
        if not about:
            return
        told = self._told.setdefault(about, {})
        if raw["emoji"]:
            told[_who(raw)] = raw
        else:
            told.pop(_who(raw), None)
        self._told.move_to_end(about)
        if not told:
            del self._told[about]
        while len(self._told) > _MOST:
            self._told.popitem(last=False)
        self._file.note_change()

    def about(self, chat: str) -> list[str]:
        """The keys of a chat's messages that had a reaction."""
        return [about for about, told in self._told.items() if any(raw["chat"] == chat for raw in told.values())]

    def taken_back(self, looked_at: list[str], there: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Of messages that were looked at now: the reactions that were told and are not there any more."""
        current = {(raw.get("about"), _who(raw)) for raw in there if raw.get("event") == "reaction"}
        return [
            {**raw, "emoji": "", "t": now_ms()}
            for about in looked_at
            for who, raw in self._told.get(about, {}).items()
            if (about, who) not in current
        ]

    def clear(self) -> None:
        """Another number was paired: nothing that was told counts any more."""
        self._told.clear()
        self._file.note_change()

    async def save(self) -> None:
        """Write if something changed. On a full disk the old file stays: then a reaction is told once too often."""
        await self._file.save(lambda: self._told)


def _who(raw: dict[str, Any]) -> str:
    return "me" if raw.get("isOurs") else str(raw.get("author") or "they")
