"""What the simulator tells its pages, as JSON. ``make types`` writes it for their scripts as well."""

from typing import NotRequired, TypedDict


class VCard(TypedDict):
    """One person of a contact card."""

    displayName: str
    vcard: str


class PollOption(TypedDict):
    """One choice of a poll."""

    name: str
    localId: int


class Content(TypedDict, total=False):
    """What a message of another kind than text holds, by the names of WhatsApp's page."""

    lat: float
    lng: float | None
    loc: str | None
    vcardFormattedName: str
    vcardList: list[VCard]
    pollName: str
    pollOptions: list[PollOption]
    pollSelectableOptionsCount: int
    callOutcome: str
    isVideoCall: bool
    callDuration: int


class Reaction(TypedDict):
    """A sender's reaction to a message; `text` "" once it was taken back. `t`: epoch ms."""

    text: str
    t: int
    rid: str
    by: str


class WireReaction(Reaction):
    """A reaction with its sender: a jid, or `model.OURS`."""

    sender: str


class WireMessage(TypedDict):
    """A message; `t`: epoch seconds. What is empty is left out."""

    id: str
    chat: str
    fromMe: bool
    by: str
    type: str
    t: int
    ack: int
    seq: int
    rev: int
    body: NotRequired[str]
    edits: NotRequired[int]
    notifyName: NotRequired[str]
    quoted: NotRequired[str]
    caption: NotRequired[str]
    filename: NotRequired[str]
    mimetype: NotRequired[str]
    filehash: NotRequired[str]
    size: NotRequired[int]
    sha256: NotRequired[str]
    subtype: NotRequired[str]
    author: NotRequired[str]
    isViewOnce: NotRequired[bool]
    isForwarded: NotRequired[bool]
    content: NotRequired[Content]
    reactions: NotRequired[list[WireReaction]]


class PageContact(TypedDict):
    """The attributes of the page's contact model, with the phone number's jid as `pn`."""

    id: str
    pn: str | None
    name: str | None
    shortName: str | None
    pushname: str | None
    verifiedName: str | None
    isBusiness: bool
    isAddressBookContact: bool
    type: str


class PageChat(TypedDict):
    """A chat as the page counts it."""

    id: str
    unreadCount: int


class PageGroup(TypedDict):
    """A group; `members` are jids."""

    id: str
    subject: str
    members: list[str]


class Ticks(TypedDict):
    """The new ack of messages of one chat, by their short ids."""

    chat: str
    ids: list[str]
    ack: int


class Snapshot(TypedDict):
    """Everything for a loaded page, or what has changed since. `syncing`: seconds that the page is to take over it."""

    syncing: float
    contacts: list[PageContact]
    groups: list[PageGroup]
    chats: list[PageChat]
    messages: list[WireMessage]
    receipts: list[Ticks]
    rev: int
    pushname: str | None


class Account(TypedDict):
    """Whom a jid belongs to, as far as the business may know. `biz`: a business with a verified name."""

    pn: str | None
    lid: str | None
    biz: bool
