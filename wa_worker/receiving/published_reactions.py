"""Remembers on disk which reactions were published: one that was removed during an absence leaves no trace."""

from collections import OrderedDict
from pathlib import Path
from typing import Any, Final

from wa_worker.contract.base import now_ms
from wa_worker.storage.state_file import StateFile

#: Messages whose reactions are remembered.
_MOST: Final = 1000


class PublishedReactions:
    """One number's published reactions, as the bridge reports them; `about` is the full key of the message."""

    def __init__(self, path: Path) -> None:
        self._file = StateFile(path)
        #: The raw reactions by message, then by who reacted.
        self._published: OrderedDict[str, dict[str, dict[str, Any]]] = OrderedDict(
            (message_key, reactions)
            for message_key, reactions in self._file.read().items()
            if isinstance(reactions, dict)
        )

    def note(self, raw: dict[str, Any]) -> None:
        """Note a published reaction."""
        message_key = str(raw.get("about") or "")
        if not message_key:
            return
        reactions = self._published.setdefault(message_key, {})
        if raw["emoji"]:
            reactions[_who(raw)] = raw
        else:
            reactions.pop(_who(raw), None)
        self._published.move_to_end(message_key)
        if not reactions:
            del self._published[message_key]
        while len(self._published) > _MOST:
            self._published.popitem(last=False)
        self._file.note_change()

    def keys_in_chat(self, chat: str) -> list[str]:
        """The keys of a chat's messages that had a reaction."""
        return [
            message_key
            for message_key, by_sender in self._published.items()
            if any(raw["chat"] == chat for raw in by_sender.values())
        ]

    def removed(self, looked_at: list[str], changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the removal of each published reaction to the messages `looked_at` that is not in `changes` now."""
        current = {(raw.get("about"), _who(raw)) for raw in changes if raw.get("event") == "reaction"}
        return [
            {**raw, "emoji": "", "t": now_ms()}
            for message_key in looked_at
            for who, raw in self._published.get(message_key, {}).items()
            if (message_key, who) not in current
        ]

    def clear(self) -> None:
        """Forget all: another number was paired."""
        self._published.clear()
        self._file.note_change()

    async def save(self) -> None:
        """Write if something changed. On a full disk the old file stays, and a reaction may be published twice."""
        await self._file.save(lambda: self._published)


def _who(raw: dict[str, Any]) -> str:
    return "me" if raw.get("isOurs") else str(raw.get("author") or "they")
