"""Settings → WhatsApp and Settings → Team."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class InboxCard:
    """One number. Does not contain the QR, which `states/whatsapp.py` sends to admins only."""

    id: int
    name: str
    #: whatsapp | demo
    channel: str
    #: `SessionStatus`
    status: str
    #: A `NumberReason` or `AppReason`.
    status_reason: str
    #: Epoch ms.
    status_at: int
    #: International format; "" while unknown.
    phone: str
    push_name: str
    wa_version: str
    #: `Alert` values.
    alerts: list[str] = field(default_factory=list[str])
    #: Why the worker can't start a browser, in one line; "" if it can.
    browser_error: str = ""
    #: 0 to 100 while syncing; -1: unknown.
    sync_percent: int = -1
    #: The names of missing parts of WhatsApp Web; "" for other reasons.
    missing: str = ""
    host: str = ""
    has_groups: bool = False
    #: on_reply | by_hand
    read_receipts: str = "on_reply"


@dataclass(frozen=True, slots=True)
class GapReceipt:
    """A recovered gap and its messages: "Offline 14:02-14:31; 7 messages recovered"."""

    id: int
    inbox_id: int
    inbox_name: str
    #: Epoch ms.
    away_from: int
    away_until: int
    recovered: int


@dataclass(frozen=True, slots=True)
class AgentRow:
    """One member of the team."""

    id: int
    name: str
    email: str
    #: admin | agent
    role: str
    is_active: bool
    #: available | busy | away
    availability: str
    #: A tab is open, or was within the grace period.
    is_present: bool
    #: Open conversations assigned to them.
    open_count: int
    #: The capacity, and whether it is their own or the default.
    capacity: int = 0
    has_own_capacity: bool = False
    may_reply: bool = True
    #: Their shift in the format of `domain.hours`, in `timezone`; "": always on shift.
    shift_hours: str = ""
    timezone: str = ""
    #: Names of their teams.
    teams: list[str] = field(default_factory=list[str])
    #: The name of an active colleague with whom readers may confuse them; "" for none.
    looks_like: str = ""


@dataclass(frozen=True, slots=True)
class Me:
    """The signed-in agent, for their own pages."""

    id: int
    name: str
    email: str
    role: str
    may_reply: bool
    availability: str
    language: str
    timezone: str
