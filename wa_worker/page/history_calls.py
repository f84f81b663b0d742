"""Looking back into the page's own store (``bridge/history.js``)."""

from typing import Any, Final, TypedDict

from wa_worker.page.calls import PageCalls

#: For a few chats, for which the page awaits each answer of WhatsApp's store for up to 15 s.
_CHATS_SECONDS: Final = 360
#: The error of a chat for which it awaited that in vain.
NO_ANSWER: Final = "no_answer"


class ChatHead(TypedDict):
    """A chat as the list shows it; `t` in epoch seconds, `newest` the key of a message in memory."""

    chat: str
    t: int
    newest: str | None
    unread: int


class LookBackPosition(TypedDict):
    """From where to look: from the message `key` on, or from `floor` (epoch s) when there is none."""

    chat: str
    key: str | None
    floor: int


class HistoryCalls(PageCalls):
    """What the store of a page has."""

    async def chats(self) -> list[ChatHead]:
        """All chats with one customer."""
        return await self._call("chats", None, 30)

    async def look_back(self, positions: list[LookBackPosition]) -> list[dict[str, Any]]:
        """One answer a chat: ``{chat, messages}`` (raw, oldest first, `key` among them) or ``{chat, error}``."""
        return await self._call("lookBack", positions, _CHATS_SECONDS)

    async def changes(self, chats: dict[str, list[str]], floor: int) -> list[dict[str, Any]]:
        """One answer a chat: ``{chat, changes, looked_at}`` (raw edits, deletions, reactions) or ``{chat, error}``.

        Of messages since `floor` (epoch s), and of those whose keys are given with the chat: what is not as it was
        written. `looked_at`: which of those keys the page still has.
        """
        return await self._call("changes", {"chats": chats, "floor": floor}, _CHATS_SECONDS)

    async def ignored(self) -> dict[str, int]:
        """How many messages were not followed since the last call, by the server of their chat (``g.us`` …)."""
        return await self._call("ignored", None, 10)

    async def acks(self, floor: int) -> list[dict[str, Any]]:
        """``{chat, id, ack}`` of our messages since `floor` (epoch s)."""
        return await self._call("acks", floor, 30)

    async def acks_of(self, messages: list[dict[str, str]]) -> list[dict[str, Any]]:
        """Of our messages ``{chat, id}``, wherever the page keeps them: ``{chat, id, ack}`` of those with a tick."""
        return await self._call("acksOf", messages, 60)

    async def changed_contacts(self, *, is_anew: bool = False) -> list[dict[str, Any]]:
        """Raw contacts of our chats that changed since the last call; `is_anew`: all of them."""
        return await self._call("changedContacts", is_anew, 30)
