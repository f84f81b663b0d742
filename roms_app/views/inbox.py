"""The conversation list, the thread and the contact panel."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """One line of the list. Also the row patch: it says how the row looks now, for every agent alike."""

    id: int
    #: The conversation's; a row or message of a lower version is older and ignored.
    version: int
    inbox_id: int
    inbox_name: str
    #: By the order of names; the formatted number if no name is known; "" if neither (number hidden).
    name: str
    #: International format; "" while WhatsApp hides the number.
    phone: str
    preview: str
    #: `MessageKind` of the newest message, for its glyph.
    preview_kind: str
    #: The newest message is ours; then `preview_status` is its tick ("" otherwise).
    preview_is_ours: bool
    preview_status: str
    #: Epoch ms.
    last_message_at: int
    unread: int
    #: Epoch ms; 0 when nobody waits.
    waiting_since: int
    #: open | resolved
    status: str
    #: 0 when unassigned.
    assignee_id: int
    assignee_name: str


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One bubble or, with `kind == "system"`, one centred system line."""

    #: "m17" for a message, "a4" for an assignment's line: unique in a thread.
    id: str
    #: The conversation's version when this was read.
    version: int
    conversation_id: int
    #: `MessageKind`, or "system".
    kind: str
    #: The text as sent; of a system line, its English words.
    body: str
    #: The Indonesian words of a system line; "" for messages.
    body_id: str
    is_ours: bool
    #: Who wrote it, when it is ours: the agent's name; "" from the phone.
    author: str
    #: contact | agent | device | system
    sender_type: str
    #: `DeliveryStatus`; "" for received ones.
    status: str
    failure_reason: str
    #: Epoch ms; what the thread is sorted by, then `id`'s number.
    sent_at: int
    is_edited: bool
    is_revoked: bool
    quoted_body: str


@dataclass(frozen=True, slots=True)
class ConversationDetail:
    """The thread's header and the contact panel."""

    row: ConversationRow
    contact_id: int
    chat_jid: str
    #: Epoch ms.
    first_seen_at: int
    created_at: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Open conversations, for the tabs."""

    unassigned: int
    all: int
    #: agent id as text → their open conversations.
    mine: dict[str, int]


@dataclass(frozen=True, slots=True)
class Listing:
    """What a tab lists. A list was read after `since` (the server's epoch ms); 0: none was read yet."""

    #: Whose Mine it is.
    me: int = 0
    #: mine | unassigned | all
    tab: str = "mine"
    #: open | resolved
    status: str = "open"
    #: There are rows below the last one.
    has_more: bool = False
    since: int = 0


@dataclass(frozen=True, slots=True)
class ThreadPage:
    """What part of a thread a tab shows. It was read after `since` (the server's epoch ms); 0: none was read yet."""

    conversation_id: int = 0
    #: There are messages above the first one.
    has_more: bool = False
    #: The newest messages, not older ones that were asked for.
    is_first: bool = True
    since: int = 0
