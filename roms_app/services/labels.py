"""Labels on conversations. Agents who may reply create them; admins rename and delete them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import delete as delete_from
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from roms_app.domain import fields
from roms_app.errors import Conflict, InvalidInput, NotFound
from roms_app.models import Agent, Conversation, ConversationStatus, Label
from roms_app.models.tables import CONVERSATION, CONVERSATION_LABEL, LABEL, ROUTING_RULE
from roms_app.services import assignment, changes, opening
from roms_app.services.access import access_conversation, id_of, require_admin, require_may_decide
from roms_app.services.opening import Opening
from roms_app.views.assignment import LabelCard

#: A conversation is about few things, so more labels would not help.
MAX_ON_ONE: Final = 20
_C = CONVERSATION.c
_L = LABEL.c
_ON = CONVERSATION_LABEL.c


def create(session: Session, agent: Agent, name: str) -> int:
    """Create a label, or find the one with this name. Returns its id. Raises InvalidInput, NotAllowed."""
    require_may_decide(agent)
    name = fields.label_name(name)
    known = session.execute(select(_L.id).where(func.lower(_L.name) == func.lower(name))).scalar()
    if known is not None:
        return known
    label = Label(name=name)
    session.add(label)
    session.flush()
    changes.touch_settings(session)
    assert label.id is not None
    return label.id


def rename(session: Session, admin: Agent, label_id: int, name: str) -> None:
    """Rename a label. Raises InvalidInput, Conflict (the name is taken), NotFound, NotAllowed."""
    require_admin(admin)
    label, name = _access(session, label_id), fields.label_name(name)
    taken = select(_L.id).where(func.lower(_L.name) == func.lower(name), _L.id != label_id)
    if session.execute(taken).first() is not None:
        raise Conflict("There is a label with this name already.", "Choose another name.")
    label.name = name
    session.flush()
    _reload(session, label_id)


def delete(session: Session, admin: Agent, label_id: int) -> None:
    """Remove a label from all conversations, delete it, and delete the rules that use it.

    Raises NotFound, NotAllowed.
    """
    require_admin(admin)
    label = _access(session, label_id)
    _reload(session, label_id)
    session.execute(delete_from(CONVERSATION_LABEL).where(_ON.label_id == label_id))
    session.execute(delete_from(ROUTING_RULE).where(ROUTING_RULE.c.label_id == label_id))
    session.delete(label)
    session.flush()


def set_labels(session: Session, agent: Agent, conversation_id: int, label_ids: Collection[int]) -> None:
    """Set the labels of a conversation. While it is unassigned, a rule may send it to a team by a new label.

    Raises NotFound, InvalidInput, NotAllowed.
    """
    require_may_decide(agent)
    conversation = access_conversation(session, agent, conversation_id)
    wanted, had = set(label_ids), labels_of(session, [conversation_id])[conversation_id]
    if len(wanted) > MAX_ON_ONE:
        raise InvalidInput("A conversation can have {limit} labels at most.", "Remove one first.", limit=MAX_ON_ONE)
    if len(set(session.execute(select(_L.id).where(_L.id.in_(wanted))).scalars())) != len(wanted):
        raise InvalidInput("There is no such label.", "It may have been removed; choose another one.")
    on_it = _ON.conversation_id == conversation_id
    session.execute(delete_from(CONVERSATION_LABEL).where(on_it, _ON.label_id.in_(had - wanted)))
    new = sorted(wanted - had)
    if new:
        rows = [{"conversation_id": conversation_id, "label_id": id} for id in new]
        session.execute(CONVERSATION_LABEL.insert(), rows)
    if wanted != had:
        changes.mark_changed(session, conversation_id)
    if new:
        _route(session, conversation)


def add(session: Session, agent: Agent, conversation_id: int, name: str) -> None:
    """Add a label to a conversation by name, and create the label if it is new.

    Raises the errors of `create` and `set_labels`.
    """
    label_id = create(session, agent, name)
    toggle(session, agent, conversation_id, label_id, is_on=True)


def toggle(session: Session, agent: Agent, conversation_id: int, label_id: int, *, is_on: bool) -> None:
    """Add a label to a conversation, or remove it. Raises the errors of `set_labels`."""
    access_conversation(session, agent, conversation_id)
    had = labels_of(session, [conversation_id])[conversation_id]
    set_labels(session, agent, conversation_id, had | {label_id} if is_on else had - {label_id})


def labels_of(session: Session, conversation_ids: Sequence[int]) -> defaultdict[int, set[int]]:
    """Conversation id → ids of its labels."""
    labels: defaultdict[int, set[int]] = defaultdict(set)
    found = select(_ON.conversation_id, _ON.label_id).where(_ON.conversation_id.in_(conversation_ids))
    for row in session.execute(found):
        labels[row.conversation_id].add(row.label_id)
    return labels


def list_labels(session: Session) -> list[LabelCard]:
    """All labels by name."""
    counted = select(_ON.label_id, func.count()).group_by(_ON.label_id)
    on = {row[0]: row[1] for row in session.execute(counted)}
    r = ROUTING_RULE.c
    asked = {row[0]: row[1] for row in session.execute(select(r.label_id, func.count()).group_by(r.label_id))}
    return [
        LabelCard(row.id, row.name, on.get(row.id, 0), asked.get(row.id, 0))
        for row in session.execute(select(_L.id, _L.name).order_by(func.lower(_L.name), _L.id))
    ]


def _route(session: Session, conversation: Conversation) -> None:
    """Route by the labels alone: the customer's text was matched when it arrived."""
    is_waiting = conversation.status is ConversationStatus.OPEN and conversation.assignee_id is None
    if is_waiting and conversation.team_id is None and not conversation.is_by_hand:
        opening.route(session, conversation.inbox_id, [Opening(id_of(conversation), text="")])
        assignment.drain_inbox(session, conversation.inbox_id)


def _access(session: Session, label_id: int) -> Label:
    label = session.get(Label, label_id)
    if label is None:
        raise NotFound("There is no such label.", "It may have been removed; choose another one.")
    return label


def _reload(session: Session, label_id: int) -> None:
    """Reload every tab: the label may be on thousands of conversations, too many to announce each."""
    changes.touch_settings(session)
    on = _C.id.in_(select(_ON.conversation_id).where(_ON.label_id == label_id))
    changed = update(CONVERSATION).where(on).values(version=_C.version + 1).returning(_C.id)
    if session.execute(changed).first() is not None:
        changes.reload_all(session)
