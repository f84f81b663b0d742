"""What the `live` stream carries: one entry for each committed change, read by every app process.

An entry has the field ``data``: one of these as JSON. The views are made in the transaction that changed the rows
and serialised once; a process only forwards them to its sockets.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from sqlalchemy.orm import Session

from roms_app.services import number_notices, presenting
from roms_app.services.access import visible_inboxes_of
from roms_app.services.changes import Changes
from roms_app.views.inbox import ConversationRow, MessageRow, NumberNotice


class _Announcement(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ConversationAnnounced(_Announcement):
    """A conversation, and perhaps some of its messages, look like this now."""

    type: Literal["conversation"] = "conversation"
    row: ConversationRow
    #: New or changed ones, oldest first.
    messages: list[MessageRow] = []
    #: Whose the row was before; 0: nobody's. Equal to the row's when it did not change.
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
    #: What those who answer it are told; None: it works, or is gone.
    notice: NumberNotice | None = None


class TeamAnnounced(_Announcement):
    """An agent was created or changed; pages that list agents re-read."""

    type: Literal["team"] = "team"
    agent_id: int
    #: Deactivated, or the role or password changed: this agent's tabs leave all rooms and sign in again.
    is_signed_out: bool = False
    #: They may see other numbers than before: their tabs leave the rooms of those that they lost.
    has_new_rights: bool = False


class SessionEnded(_Announcement):
    """A session was logged out: its tabs leave all rooms and go to the login."""

    type: Literal["session"] = "session"
    session_id: str


class SettingsAnnounced(_Announcement):
    """Teams, labels, rules, or how conversations are given out changed; pages that show them re-read."""

    type: Literal["settings"] = "settings"


class ReloadAnnounced(_Announcement):
    """What tabs show can't be patched (two contacts became one, or patches were lost): every tab reads again."""

    type: Literal["reload"] = "reload"


AnyAnnouncement = Annotated[
    ConversationAnnounced | InboxAnnounced | TeamAnnounced | SessionEnded | SettingsAnnounced | ReloadAnnounced,
    Field(discriminator="type"),
]
ANNOUNCEMENTS: TypeAdapter[AnyAnnouncement] = TypeAdapter(AnyAnnouncement)


def make_announcements(session: Session, noted: Changes) -> list[str]:
    """The announcements (JSON, oldest change first) of what a transaction changed, read inside it.

    Lost rights come first: who lost them hears nothing of the rest.
    """
    made: list[BaseModel] = [SessionEnded(session_id=session_id) for session_id in noted.ended_sessions]
    for agent_id, is_signed_out in noted.agents.items():
        has_new_rights = agent_id in noted.new_rights
        made.append(TeamAnnounced(agent_id=agent_id, is_signed_out=is_signed_out, has_new_rights=has_new_rights))
    if noted.must_reload:
        made.append(ReloadAnnounced())
    rows = presenting.conversation_rows(session, list(noted.conversations))
    messages = presenting.changed_messages(session, noted.conversations, rows)
    former = _former_assignees(session, noted, rows)
    for conversation_id, change in noted.conversations.items():
        if conversation_id in rows:
            row = rows[conversation_id]
            made.append(
                ConversationAnnounced(
                    row=row,
                    messages=messages.get(conversation_id, []),
                    was_assignee_id=former.get(conversation_id, row.assignee_id),
                    counts_changed=change.counts_changed,
                    occurred_at=change.occurred_at,
                )
            )
    statuses = presenting.inbox_statuses(session, list(noted.inboxes))
    notices = number_notices.notices_of(session, list(noted.inboxes))
    for inbox_id, was_status in noted.inboxes.items():
        status, notice = statuses.get(inbox_id, ""), notices.get(inbox_id)
        made.append(InboxAnnounced(inbox_id=inbox_id, status=status, was_status=was_status, notice=notice))
    if noted.has_settings:
        made.append(SettingsAnnounced())
    return [announcement.model_dump_json() for announcement in made]


def _former_assignees(session: Session, noted: Changes, rows: Mapping[int, ConversationRow]) -> dict[int, int]:
    """By conversation whose assignee changed: who had it before; 0: nobody.

    Who may not see it any more is left out: they lost it together with the number, and their tabs read afresh.
    """
    had = {id: change.was_assignee_id for id, change in noted.conversations.items() if id in rows}
    former = {id: agent_id for id, agent_id in had.items() if agent_id is not None}
    lost = {agent_id for id, agent_id in former.items() if agent_id not in (0, rows[id].assignee_id)}
    visible = visible_inboxes_of(session, lost) if lost else {}
    return {
        id: agent_id
        for id, agent_id in former.items()
        if agent_id not in lost or rows[id].inbox_id in visible.get(agent_id, ())
    }
