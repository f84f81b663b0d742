"""The conversation list, the thread and the contact panel."""

from dataclasses import dataclass, field

from roms_app.domain.words import Words


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
    #: The address of the contact's picture (``/media/contact/…``); "" when there is none.
    picture: str = ""
    is_group: bool = False
    #: `Priority`: -1 low, 0 normal, 1 high, 2 urgent.
    priority: int = 0
    #: The name of its team; "" when it has none.
    team: str = ""
    #: Why it is whose it is: the newest decision's reason; empty when nothing was decided yet.
    because: Words = field(default_factory=dict[str, str])
    #: The admins are asked to look.
    is_escalated: bool = False
    #: When the response timer fires (epoch ms); 0: it does not run.
    due_at: int = 0
    #: Names, in their order.
    labels: list[str] = field(default_factory=list[str])


@dataclass(frozen=True, slots=True)
class AttachmentView:
    """The file of a message."""

    #: pending | stored | failed
    status: str
    #: Where an authorised browser gets it (``/media/message/17``); "" until it is stored.
    url: str
    #: Of images and videos: a small picture; "" when there is none.
    thumbnail_url: str
    mimetype: str
    #: As the sender named it; "" when they didn't.
    filename: str
    size_bytes: int
    #: Pixels and ms; 0 when unknown.
    width: int
    height: int
    duration_ms: int
    failure_reason: str
    #: Asking again can't help.
    is_lost: bool


@dataclass(frozen=True, slots=True)
class ReactionView:
    """One emoji under a message, and how often."""

    emoji: str
    count: int
    #: One of them is ours.
    is_ours: bool


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
    #: The text as sent; "" of a system line.
    body: str
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
    #: Of what is quoted: its line's id ("m12"), "" when it is not in the database; its kind; whether it is ours.
    quoted_id: str = ""
    quoted_kind: str = ""
    quoted_is_ours: bool = False
    #: WhatsApp's own word for the kind: of calls and notices it says more than `kind`.
    raw_kind: str = ""
    is_forwarded: bool = False
    #: In a group: who wrote.
    group_author: str = ""
    #: A queued message waits until then (epoch ms; 0: it doesn't), and why: pacing | retry | breaker.
    held_until: int = 0
    hold_reason: str = ""
    #: It failed, or no worker was told of it yet.
    can_cancel: bool = False
    attachment: AttachmentView | None = None
    reactions: list[ReactionView] = field(default_factory=list[ReactionView])
    #: Of a system line: what it says, and what a person wrote to who gets the conversation.
    words: Words = field(default_factory=dict[str, str])
    note: str = ""


@dataclass(frozen=True, slots=True)
class ConversationDetail:
    """The thread's header and the contact panel."""

    row: ConversationRow
    contact_id: int
    chat_jid: str
    #: Epoch ms.
    first_seen_at: int
    created_at: int
    #: A merge with another contact that can be taken back: its id, when (epoch ms), and who was merged in; 0 and "".
    merge_id: int = 0
    merged_at: int = 0
    merged_name: str = ""
    #: A conversation that a merge was taken back from, and with whom: people may merge the two again; 0 and "".
    parted_id: int = 0
    parted_name: str = ""
    #: Other addresses under which WhatsApp names this contact, as people read them.
    aliases: list[str] = field(default_factory=list[str])
    #: on_reply | by_hand
    read_receipts: str = "on_reply"


@dataclass(frozen=True, slots=True)
class NumberNotice:
    """A number that customers or agents can't reach each other by, for everybody who answers it."""

    inbox_id: int
    name: str
    #: Its `SessionStatus`; of a live one that rests, ``sending_paused``.
    state: str
    #: The worker's word for why.
    reason: str
    #: Epoch ms; 0 when it is not known.
    since: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Open conversations that one agent may see, for their tabs."""

    unassigned: int = 0
    all: int = 0
    #: Those that the agent has.
    mine: int = 0
    #: Those that the admins are asked to look at.
    escalated: int = 0


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
    #: There is no such conversation, or the agent may not see it.
    is_missing: bool = False


@dataclass(frozen=True, slots=True)
class Patch:
    """What `live/push.py` sends for changed conversations: how they and their messages look now."""

    rows: list[ConversationRow]
    #: Of the conversation that a tab has open.
    messages: list[MessageRow]
    #: The ids of conversations that went to another agent, or to nobody.
    moved: list[int]
    #: The server's epoch ms.
    at: int
    #: Ms since a worker saw the oldest of these changes; -1 when agents made them.
    lag: int


@dataclass(frozen=True, slots=True)
class Beat:
    """What every tab hears each second."""

    #: Redis answers.
    redis: bool
    #: How far the consumer is behind (ms).
    lag: int
    #: The server's epoch ms.
    at: int
