"""The messages of one phone, indexed: nothing here walks all messages for one of them."""

import heapq
from collections import defaultdict
from collections.abc import Iterable

from wa_worker.simulator.model import Message


class History:
    """Messages by position, by chat and by id. Only grows; a change gives a message a new `rev`."""

    def __init__(self) -> None:
        self.all: list[Message] = []
        self.by_chat: dict[str, list[Message]] = defaultdict(list)
        self.rev = 0
        self._by_id: dict[str, list[Message]] = defaultdict(list)
        #: Position in its chat by `seq`.
        self._position: dict[int, int] = {}

    def append(self, message: Message) -> None:
        """Take a new message; gives it its `seq` and `rev`."""
        message.seq = self.all[-1].seq + 1 if self.all else 1
        self.touch(message)
        self.restore(message)

    def restore(self, message: Message) -> None:
        """Take a message that already has them, from disk."""
        self.all.append(message)
        self.rev = max(self.rev, message.rev)
        thread = self.by_chat[message.chat]
        self._position[message.seq] = len(thread)
        thread.append(message)
        self._by_id[message.id].append(message)

    def touch(self, message: Message) -> None:
        """Mark a message as changed."""
        self.rev += 1
        message.rev = self.rev

    def with_id(self, message_id: str) -> list[Message]:
        """All messages that carry an id: more than one when it was sent more than once."""
        return self._by_id.get(message_id, [])

    def find(self, chat: str, message_id: str) -> Message | None:
        """The newest message of a chat with that id."""
        return next((m for m in reversed(self.with_id(message_id)) if m.chat == chat), None)

    def around(self, anchor: Message, *, after: bool, count: int | None) -> list[Message]:
        """Up to `count` messages next to the anchor, oldest first; the anchor itself is not among them."""
        thread = self.by_chat[anchor.chat]
        position = self._position[anchor.seq]
        if after:
            return thread[position + 1 : None if count is None else position + 1 + count]
        return thread[0 if count is None else max(0, position - count) : position]

    def newest(self, per_chat: int) -> Iterable[Message]:
        """The last messages of each chat, all in the order they came."""
        tails = (thread[-per_chat:] for thread in self.by_chat.values())
        return heapq.merge(*tails, key=lambda message: message.seq)

    def changed_since(self, rev: int) -> list[Message]:
        """What is new or changed above a `rev`, in the order it came. Walks everything: for a page's return only."""
        return [message for message in self.all if message.rev > rev]
