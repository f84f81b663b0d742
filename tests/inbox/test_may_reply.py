"""An agent who may only read can neither reach a customer nor change shared data."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import reflex as rx
from sqlalchemy import update

from roms_app import database
from roms_app.errors import NotAllowed
from roms_app.live import transactions
from roms_app.models import Agent
from roms_app.models.tables import AGENT, CONVERSATION, MESSAGE
from roms_app.services import labels, merging, outbox
from roms_app.states.composer import ComposerState
from roms_app.states.handover import HandoverState
from roms_app.states.labels import LabelsState
from roms_app.states.thread import ThreadState
from tests.inbox.test_handlers import fetched, handle, write
from tests.support.cast import Cast


@dataclass(frozen=True)
class Scene:
    """Ids of the rows on which Budi tries to act."""

    open: int
    resolved: int
    unassigned: int
    received: int
    failed: int
    waiting: int
    merge: int
    label: int
    ayu: int


#: They only read, or change what is the agent's own.
READS = {
    ThreadState: {"open_conversation", "load_older", "find_moved", "fetch_media", "mark_seen", "set_renaming"},
    HandoverState: {"set_dialog"},
    LabelsState: {"list_labels"},
}
#: (state, handler) → its arguments.
WRITES: dict[tuple[type[rx.State], str], Callable[[Scene], list[Any]]] = {
    (ThreadState, "retry"): lambda scene: [scene.failed],
    (ThreadState, "cancel"): lambda scene: [scene.waiting],
    (ThreadState, "react"): lambda scene: [scene.received, "👍"],
    (ThreadState, "send_receipt"): lambda scene: [scene.open],
    (ThreadState, "undo_merge"): lambda scene: [scene.merge],
    (ThreadState, "merge_again"): lambda scene: [scene.open, scene.resolved],
    (ThreadState, "resolve"): lambda scene: [scene.open, scene.waiting],
    (ThreadState, "reopen"): lambda scene: [scene.resolved],
    (ThreadState, "take"): lambda scene: [scene.unassigned],
    (ThreadState, "rename"): lambda scene: [scene.open, {"name": "Pak Joko"}],
    (HandoverState, "hand_over"): lambda scene: [scene.open, {"to": f"agent-{scene.ayu}"}],
    (HandoverState, "take_over"): lambda scene: [scene.unassigned, 0],
    (HandoverState, "return_to_queue"): lambda scene: [scene.open, {}],
    (HandoverState, "unassign"): lambda scene: [scene.open],
    (HandoverState, "set_priority"): lambda scene: [scene.open, 2],
    (LabelsState, "set_label"): lambda scene: [scene.open, scene.label, True],
    (LabelsState, "add_label"): lambda scene: [scene.open, {"name": "VIP"}],
}


@pytest.fixture
def scene(people: Cast) -> Scene:
    """Budi and Ayu have answered and merged; then Budi's right to reply is withdrawn behind the services' back."""
    one, resolved, unassigned, parted = (write(people, customer) for customer in range(1, 5))
    budi = people.budi
    with database.writing_session() as session:
        c = CONVERSATION.c
        session.execute(update(CONVERSATION).values(assignee_id=budi.id))
        session.execute(update(CONVERSATION).where(c.id == unassigned).values(assignee_id=None, is_by_hand=True))
        failed, waiting = (outbox.queue_reply(session, budi, one, text) for text in ("Ya", "Sebentar"))
        session.execute(update(MESSAGE).where(MESSAGE.c.id == failed).values(delivery_status="failed"))
        merge = merging.merge_by_hand(session, budi, one, parted)
        session.execute(update(CONVERSATION).where(c.id == resolved).values(status="resolved"))
        label = labels.create(session, budi, "Refund")
        session.execute(update(AGENT).where(AGENT.c.id == budi.id).values(may_reply=False))
        session.commit()
    # The first message of all.
    return Scene(one, resolved, unassigned, 1, failed, waiting, merge, label, people.ayu.id or 0)


@pytest.mark.parametrize("state", READS)
def test_every_handler_is_known_to_read_or_to_write(state: type[rx.State]):
    own = {name for name, handler in state.event_handlers.items() if hasattr(handler.fn, "roms_guard")}
    assert own == READS[state] | {name for of, name in WRITES if of is state}


@pytest.mark.parametrize(("state", "name"), WRITES, ids=lambda one: one if isinstance(one, str) else one.__name__)
async def test_who_may_not_reply_is_refused(
    state: type[rx.State], name: str, people: Cast, scene: Scene, asked: list[Any]
):
    arguments = WRITES[state, name](scene)
    tab = state(_reflex_internal_init=True)  # pyright: ignore[reportCallIssue]
    with pytest.raises(NotAllowed, match="You may read conversations, but not answer them"):
        await handle(tab, name, fetched(Agent, people.budi.id or 0), *arguments)
    assert asked == []
    # Ayu may: it is the right to reply that Budi lacks.
    if isinstance(tab, HandoverState):
        tab._seen_assignee_id = people.budi.id or 0
    await handle(tab, name, people.ayu, *arguments)
    await transactions.settle()


async def test_nobody_sees_them_type(people: Cast, scene: Scene, asked: list[Any]):
    composer = ComposerState(_reflex_internal_init=True)  # pyright: ignore[reportCallIssue]
    assert await handle(composer, "set_typing", fetched(Agent, people.budi.id or 0), scene.open, "typing") is None
    assert asked == []
    await handle(composer, "set_typing", people.ayu, scene.open, "typing")
    assert len(asked) == 1


#: What is about the team's work and not said to the customer.
DECISIONS = [key for key in WRITES if key[0] is LabelsState or key[1] in ("rename", "merge_again", "undo_merge")]


@pytest.mark.parametrize(("state", "name"), DECISIONS, ids=lambda one: one if isinstance(one, str) else one.__name__)
async def test_an_admin_who_answers_nobody_decides_all_the_same(
    state: type[rx.State], name: str, people: Cast, scene: Scene, asked: list[Any]
):
    with database.writing_session() as session:
        session.execute(update(AGENT).where(AGENT.c.id == people.siti.id).values(may_reply=False))
        session.commit()
    siti = fetched(Agent, people.siti.id or 0)
    await handle(state(_reflex_internal_init=True), name, siti, *WRITES[state, name](scene))  # pyright: ignore[reportCallIssue]
    await transactions.settle()
