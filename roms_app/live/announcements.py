"""The entries of the `live` stream: one for each committed change, read by every app process.

An entry has the field ``data``: one of these classes as JSON. The views are built in the transaction that changed the
rows and are serialised once; a process only forwards them to its sockets.
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
    """A conversation, and perhaps some of its messages, changed. Carries their new state."""

    type: Literal["conversation"] = "conversation"
    row: ConversationRow
    #: New or changed messages, oldest first.
    messages: list[MessageRow] = []
    #: The assignee before; 0: unassigned. Equal to the row's assignee if it did not change.
    was_assignee_id: int = 0
    #: The counts of the tabs changed, because the status or assignee did.
    counts_changed: bool = False
    #: The time (epoch ms) at which the worker saw the oldest of these changes; 0 when an agent made them.
    occurred_at: int = 0


class InboxAnnounced(_Announcement):
    """A number's state, QR or pairing code changed. Carries no QR: the admins' pages reload it."""

    type: Literal["inbox"] = "inbox"
    inbox_id: int
    status: str
    was_status: str
    #: The notice for those who answer the number; None: it works, or is removed.
    notice: NumberNotice | None = None


class TeamAnnounced(_Announcement):
    """An agent was created or changed. Pages that list agents reload."""

    type: Literal["team"] = "team"
    agent_id: int
    #: The agent was deactivated, or their role or password changed: their tabs leave all rooms and sign in again.
    is_signed_out: bool = False
    #: The numbers that the agent may see changed: their tabs leave the rooms of the lost ones.
    has_new_rights: bool = False


class SessionEnded(_Announcement):
    """A session was logged out: its tabs leave all rooms and go to the login."""

    type: Literal["session"] = "session"
    session_id: str


class SettingsAnnounced(_Announcement):
    """Teams, labels, rules or assignment settings changed. Pages that show them reload."""

    type: Literal["settings"] = "settings"


class ReloadAnnounced(_Announcement):
    """The rows of tabs can't be patched (two contacts were merged, or patches were lost). Every tab reloads."""

    type: Literal["reload"] = "reload"


AnyAnnouncement = Annotated[
    ConversationAnnounced | InboxAnnounced | TeamAnnounced | SessionEnded | SettingsAnnounced | ReloadAnnounced,
    Field(discriminator="type"),
]
ANNOUNCEMENTS: TypeAdapter[AnyAnnouncement] = TypeAdapter(AnyAnnouncement)


def make_announcements(session: Session, noted: Changes) -> list[str]:
    """The announcements (JSON, oldest change first) of a transaction's changes, read inside the transaction.

    Lost rights come first, so that an agent who lost them receives nothing of the rest.
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
    """Conversation id → the previous assignee (0: unassigned), for conversations whose assignee changed.

    Assignees who may no longer see the conversation are left out: they lost the whole number, and their tabs reload.
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
