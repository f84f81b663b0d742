"""What the `live` stream carries: one entry for each committed change, read by every app process.

An entry has the field ``data``: one of these as JSON. The views are made in the transaction that changed the rows
and serialised once; a process only forwards them to its sockets.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from roms_app.views.inbox import ConversationRow, MessageRow


class _Announcement(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ConversationAnnounced(_Announcement):
    """A conversation, and perhaps some of its messages, look like this now."""

    type: Literal["conversation"] = "conversation"
    row: ConversationRow
    #: New or changed ones, oldest first.
    messages: list[MessageRow] = []
    #: 0: was unassigned. Whom the row leaves.
    was_assignee_id: int = 0
    #: The tabs' counts changed (status or assignee did).
    counts_changed: bool = False
    #: When the worker saw the oldest of these changes (epoch ms); 0 when an agent made it.
    occurred_at: int = 0


class InboxAnnounced(_Announcement):
    """A number's state, QR or pairing code changed. Carries no QR: admins' pages re-read."""

    type: Literal["inbox"] = "inbox"
    inbox_id: int
    status: str
    was_status: str


class TeamAnnounced(_Announcement):
    """An agent was created or changed; pages that list agents re-read."""

    type: Literal["team"] = "team"
    agent_id: int
    #: Deactivated, or the role or password changed: this agent's tabs leave all rooms and sign in again.
    is_signed_out: bool = False


AnyAnnouncement = Annotated[
    ConversationAnnounced | InboxAnnounced | TeamAnnounced, Field(discriminator="type")
]
ANNOUNCEMENTS: TypeAdapter[AnyAnnouncement] = TypeAdapter(AnyAnnouncement)
