"""Reads the page's own store for backfills (``bridge/history.js``)."""

from typing import Any, Final, TypedDict

from wa_worker.page.calls import PageCalls

#: For a few chats; the page waits up to 15 s for each answer of WhatsApp's store.
_CHATS_SECONDS: Final = 360
#: The error of a chat for which the store did not answer.
NO_ANSWER: Final = "no_answer"


class ChatHead(TypedDict):
    """A chat as the chat list shows it. `t`: epoch seconds; `newest`: the key of its newest message in memory."""

    chat: str
    t: int
    newest: str | None
    unread: int


class LookBackPosition(TypedDict):
    """Where to begin in a chat: at the message `key`, or at `floor` (epoch s) if there is none."""

    chat: str
    key: str | None
    floor: int


class HistoryCalls(PageCalls):
    """Calls that read the page's store."""

    async def chats(self) -> list[ChatHead]:
        """Return all followed chats."""
        return await self._call("chats", None, 30)

    async def look_back(self, positions: list[LookBackPosition]) -> list[dict[str, Any]]:
        """Return for each chat ``{chat, messages}`` (raw, oldest first, with `key` itself) or ``{chat, error}``."""
        return await self._call("lookBack", positions, _CHATS_SECONDS)

    async def changes(self, chats: dict[str, list[str]], floor: int) -> list[dict[str, Any]]:
        """Return for each chat ``{chat, changes, looked_at}`` (raw edits, deletions, reactions) or ``{chat, error}``.

        Reads the messages since `floor` (epoch s) and those whose keys are given with their chat. `looked_at`: the
        given keys that the page still has.
        """
        return await self._call("changes", {"chats": chats, "floor": floor}, _CHATS_SECONDS)

    async def ignored(self) -> dict[str, int]:
        """Count the messages of chats that are not followed since the last call, by the chat's server (``g.us`` …)."""
        return await self._call("ignored", None, 10)

    async def acks(self, floor: int) -> list[dict[str, Any]]:
        """Return ``{chat, id, ack}`` of our messages since `floor` (epoch s)."""
        return await self._call("acks", floor, 30)

    async def acks_of(self, messages: list[dict[str, str]]) -> list[dict[str, Any]]:
        """Return ``{chat, id, ack}`` of those of our messages ``{chat, id}`` that have a tick, also old ones."""
        return await self._call("acksOf", messages, 60)

    async def changed_contacts(self, *, is_anew: bool = False) -> list[dict[str, Any]]:
        """Return the raw contacts of our chats that changed since the last call; `is_anew`: all of them."""
        return await self._call("changedContacts", is_anew, 30)
