"""The conversation list, the thread and the contact panel."""

from dataclasses import dataclass, field

from roms_app.domain.words import Words


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """One row of the list. It is also the row's patch: its current state, the same for every agent."""

    id: int
    #: The conversation's version. A row or message with a lower version is out of date and ignored.
    version: int
    inbox_id: int
    inbox_name: str
    #: The best known name; the formatted number if no name is known; "" if neither (number hidden).
    name: str
    #: International format; "" while WhatsApp hides the number.
    phone: str
    preview: str
    #: `MessageKind` of the newest message, for its icon.
    preview_kind: str
    #: The newest message is ours. Then `preview_status` is its delivery status (otherwise "").
    preview_is_ours: bool
    preview_status: str
    #: Epoch ms.
    last_message_at: int
    unread: int
    #: Epoch ms; 0: the customer does not wait.
    waiting_since: int
    #: open | resolved
    status: str
    #: 0: unassigned.
    assignee_id: int
    assignee_name: str
    #: The address of the contact's picture (``/media/contact/…``); "" when there is none.
    picture: str = ""
    is_group: bool = False
    #: `Priority`: -1 low, 0 normal, 1 high, 2 urgent.
    priority: int = 0
    #: The name of its team; "" when it has none.
    team: str = ""
    #: The reason for its assignee, from the newest decision; empty if there was no decision yet.
    because: Words = field(default_factory=dict[str, str])
    #: It was escalated to the admins.
    is_escalated: bool = False
    #: When the response timer fires (epoch ms); 0: it does not run.
    due_at: int = 0
    #: The names of its labels, in order.
    labels: list[str] = field(default_factory=list[str])


@dataclass(frozen=True, slots=True)
class AttachmentView:
    """The file of a message."""

    #: pending | stored | failed
    status: str
    #: The address for browsers with access (``/media/message/17``); "" until it is stored.
    url: str
    #: For images and videos: the thumbnail; "" when there is none.
    thumbnail_url: str
    mimetype: str
    #: The sender's name for it; "" when there is none.
    filename: str
    size_bytes: int
    #: Pixels and milliseconds; 0 when unknown.
    width: int
    height: int
    duration_ms: int
    failure_reason: str
    #: Another request can't help.
    is_lost: bool


@dataclass(frozen=True, slots=True)
class ReactionView:
    """One emoji on a message, and its count."""

    emoji: str
    count: int
    #: One of them is ours.
    is_ours: bool


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One bubble, or one centred system line if `kind` is "system"."""

    #: "m17" for a message, "a4" for an assignment's system line: unique in a thread.
    id: str
    #: The conversation's version when this was read.
    version: int
    conversation_id: int
    #: `MessageKind`, or "system".
    kind: str
    #: The text as sent; "" for a system line.
    body: str
    is_ours: bool
    #: For our messages: the name of the agent who wrote it; "" if it was written on the phone.
    author: str
    #: contact | agent | device | system
    sender_type: str
    #: `DeliveryStatus`; "" for received ones.
    status: str
    failure_reason: str
    #: Epoch ms. The thread is sorted by it, then by the number in `id`.
    sent_at: int
    is_edited: bool
    is_revoked: bool
    quoted_body: str
    #: The quoted message: the id of its line ("m12"), "" when it is not in the database; its kind; whether it is ours.
    quoted_id: str = ""
    quoted_kind: str = ""
    quoted_is_ours: bool = False
    #: WhatsApp's own name of the kind. For calls and notices it has more details than `kind`.
    raw_kind: str = ""
    is_forwarded: bool = False
    #: In a group: the member who wrote it.
    group_author: str = ""
    #: Until when the worker holds a queued message (epoch ms; 0: not held), and why: pacing | retry | breaker.
    held_until: int = 0
    hold_reason: str = ""
    #: It failed, or no worker has received it yet.
    can_cancel: bool = False
    attachment: AttachmentView | None = None
    reactions: list[ReactionView] = field(default_factory=list[ReactionView])
    #: For a system line: its text, and a person's note to the new assignee.
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
    #: A merge with another contact that can be undone: its id, its time (epoch ms), the contact merged in; 0 and "".
    merge_id: int = 0
    merged_at: int = 0
    merged_name: str = ""
    #: The other conversation and contact of an undone merge, which people may merge again; 0 and "".
    parted_id: int = 0
    parted_name: str = ""
    #: Other addresses of this contact in WhatsApp, in readable form.
    aliases: list[str] = field(default_factory=list[str])
    #: on_reply | by_hand
    read_receipts: str = "on_reply"


@dataclass(frozen=True, slots=True)
class NumberNotice:
    """A number that does not send or receive, for everybody who answers it."""

    inbox_id: int
    name: str
    #: Its `SessionStatus`, or ``sending_paused`` for a live number whose sending is paused.
    state: str
    #: The worker's code of the reason.
    reason: str
    #: Epoch ms; 0 when it is not known.
    since: int


@dataclass(frozen=True, slots=True)
class Counts:
    """The counts of open conversations that one agent may see, for their tabs."""

    unassigned: int = 0
    all: int = 0
    #: Assigned to the agent.
    mine: int = 0
    #: Escalated to the admins.
    escalated: int = 0


@dataclass(frozen=True, slots=True)
class Listing:
    """The list that a tab shows. It was read after `since` (the server's epoch ms); 0: not read yet."""

    #: The agent whose list "mine" is shown.
    me: int = 0
    #: mine | unassigned | all
    tab: str = "mine"
    #: open | resolved
    status: str = "open"
    #: There are more rows below the last one.
    has_more: bool = False
    since: int = 0


@dataclass(frozen=True, slots=True)
class ThreadPage:
    """The part of a thread that a tab shows. It was read after `since` (the server's epoch ms); 0: not read yet."""

    conversation_id: int = 0
    #: There are more messages above the first one.
    has_more: bool = False
    #: These are the newest messages, not older ones that were loaded later.
    is_first: bool = True
    since: int = 0
    #: The conversation does not exist, or the agent may not see it.
    is_missing: bool = False


@dataclass(frozen=True, slots=True)
class Patch:
    """The current state of changed conversations and their messages, sent by `live/push.py`."""

    rows: list[ConversationRow]
    #: Messages of the conversation that a tab has open.
    messages: list[MessageRow]
    #: The ids of conversations that were assigned to another agent, or unassigned.
    moved: list[int]
    #: The server's epoch ms.
    at: int
    #: Milliseconds since a worker saw the oldest of these changes; -1 if agents made them.
    lag: int


@dataclass(frozen=True, slots=True)
class Beat:
    """The heartbeat that every tab receives each second."""

    #: Redis answers.
    redis: bool
    #: How far the consumer is behind, in ms.
    lag: int
    #: The server's epoch ms.
    at: int
