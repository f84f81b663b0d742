"""The messages of one phone, indexed, so that finding one does not read all."""

import heapq
from collections import defaultdict
from collections.abc import Iterable

from wa_worker.simulator.model import Message


class History:
    """Messages in order, by chat and by id. It only grows; a change gives a message a new `rev`."""

    def __init__(self) -> None:
        self.all: list[Message] = []
        self.by_chat: dict[str, list[Message]] = defaultdict(list)
        self.rev = 0
        self._by_id: dict[str, list[Message]] = defaultdict(list)
        #: By `seq`: the message's position in its chat.
        self._position: dict[int, int] = {}

    def append(self, message: Message) -> None:
        """Add a new message, and set its `seq` and `rev`."""
        message.seq = self.all[-1].seq + 1 if self.all else 1
        self.touch(message)
        self.restore(message)

    def restore(self, message: Message) -> None:
        """Add a message from disk, which has its `seq` and `rev`."""
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
        """Return all messages with an id: several if it was sent several times."""
        return self._by_id.get(message_id, [])

    def find(self, chat: str, message_id: str) -> Message | None:
        """Return the newest message of a chat with that id."""
        return next((m for m in reversed(self.with_id(message_id)) if m.chat == chat), None)

    def around(self, anchor: Message, *, after: bool, count: int | None) -> list[Message]:
        """Return up to `count` messages before or after the anchor, oldest first, without the anchor."""
        thread = self.by_chat[anchor.chat]
        position = self._position[anchor.seq]
        if after:
            return thread[position + 1 : None if count is None else position + 1 + count]
        return thread[0 if count is None else max(0, position - count) : position]

    def newest(self, per_chat: int) -> Iterable[Message]:
        """Return the newest messages of each chat, in the order in which they came."""
        tails = (thread[-per_chat:] for thread in self.by_chat.values())
        return heapq.merge(*tails, key=lambda message: message.seq)

    def changed_since(self, rev: int) -> list[Message]:
        """Return messages new or changed above a `rev`, in order. Reads all: only for a page that comes back."""
        return [message for message in self.all if message.rev > rev]
