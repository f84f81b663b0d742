"""Tests of labels on conversations: rights, routing, and merges."""

from typing import Any

import pytest
from sqlalchemy import Engine, select, update
from sqlmodel import Session

from roms_app.domain import wording
from roms_app.errors import Conflict, InvalidInput, NotAllowed, NotFound
from roms_app.models import Assignment, AssignmentKind, Conversation
from roms_app.models.tables import AGENT, CONVERSATION
from roms_app.services import assignment_settings, by_hand, changes, labels, merging, presenting, routing, teams
from tests.services.conftest import Receive
from tests.services.statements import counted
from tests.support.cast import Cast, received


def names_on(session: Session, conversation_id: int) -> list[str]:
    return presenting.conversation_rows(session, [conversation_id])[conversation_id].labels


def test_whoever_may_reply_makes_labels_and_puts_them_on(session: Session, chat: int, cast: Cast) -> None:
    labels.add(session, cast.budi, chat, " vip  customer ")
    labels.add(session, cast.ayu, chat, "Refund")
    labels.add(session, cast.ayu, chat, "refund")
    assert names_on(session, chat) == ["Refund", "vip customer"]
    assert chat in changes.of(session).conversations
    refund = labels.create(session, cast.budi, "REFUND")
    labels.toggle(session, cast.budi, chat, refund, is_on=False)
    assert names_on(session, chat) == ["vip customer"]
    assert [(card.name, card.count) for card in labels.list_labels(session)] == [("Refund", 0), ("vip customer", 1)]


def test_who_may_not_reply_or_see_it_puts_none_on(session: Session, chat: int, cast: Cast) -> None:
    label_id = labels.create(session, cast.siti, "VIP")
    with pytest.raises(NotFound):
        labels.set_labels(session, cast.eko, chat, [label_id])
    assignment_settings.set_duty(
        session, cast.siti, cast.budi.id or 0, capacity=None, may_reply=False, shift_hours=None
    )
    cast.budi.may_reply = False
    with pytest.raises(NotAllowed):
        labels.set_labels(session, cast.budi, chat, [label_id])
    with pytest.raises(NotAllowed):
        labels.create(session, cast.budi, "Mine")
    assert names_on(session, chat) == []


def test_nonsense_is_refused(session: Session, chat: int, cast: Cast) -> None:
    for name in ("", " \u200b ", "x" * 41):
        with pytest.raises(InvalidInput):
            labels.create(session, cast.budi, name)
    with pytest.raises(InvalidInput):
        labels.set_labels(session, cast.budi, chat, [999])
    ids = [labels.create(session, cast.budi, f"L{n}") for n in range(labels.MAX_ON_ONE + 1)]
    with pytest.raises(InvalidInput):
        labels.set_labels(session, cast.budi, chat, ids)


def test_admins_rename_and_delete(session: Session, chat: int, cast: Cast) -> None:
    vip, other = (labels.create(session, cast.siti, name) for name in ("VIP", "Other"))
    labels.set_labels(session, cast.budi, chat, [vip, other])
    team_id = teams.create(session, cast.siti, "Care")
    routing.create_rule(session, cast.siti, cast.shop, kind="label", team_id=team_id, label_id=vip)
    with pytest.raises(NotAllowed):
        labels.delete(session, cast.budi, vip)
    with pytest.raises(Conflict):
        labels.rename(session, cast.siti, vip, "OTHER")
    version = session.execute(select(CONVERSATION.c.version)).scalar_one()
    labels.rename(session, cast.siti, vip, "Gold")
    assert names_on(session, chat) == ["Gold", "Other"]
    assert session.execute(select(CONVERSATION.c.version)).scalar_one() > version, "tabs take the new row"
    labels.delete(session, cast.siti, vip)
    assert names_on(session, chat) == ["Other"]
    assert routing.list_rules(session, cast.shop) == []


def test_a_new_label_routes_what_nobody_has(session: Session, receive: Receive, cast: Cast) -> None:
    session.execute(update(AGENT).values(availability="away"))
    chat = receive(received(cast.shop))[0].id
    team_id = teams.create(session, cast.siti, "Care")
    teams.set_members(session, cast.siti, team_id, [cast.ayu.id or 0])
    vip = labels.create(session, cast.siti, "VIP")
    routing.create_rule(session, cast.siti, cast.shop, kind="label", team_id=team_id, label_id=vip)
    session.execute(update(AGENT).where(AGENT.c.id != cast.siti.id).values(availability="available"))
    labels.set_labels(session, cast.siti, chat, [vip])
    session.expire_all()
    found = session.get_one(Conversation, chat)
    assert (found.team_id, found.assignee_id) == (team_id, cast.ayu.id)
    line = session.execute(select(Assignment).order_by(Assignment.id)).scalars().first()  # pyright: ignore
    assert line is not None and line.kind is AssignmentKind.ROUTED
    assert wording.words_of(line.reason_code, line.reason_params)["en"] == "Routed to Care: it is labelled “VIP”."


def test_what_somebody_has_or_parked_stays_where_it_is(session: Session, chat: int, cast: Cast) -> None:
    team_id = teams.create(session, cast.siti, "Care")
    vip = labels.create(session, cast.siti, "VIP")
    routing.create_rule(session, cast.siti, cast.shop, kind="label", team_id=team_id, label_id=vip)
    labels.set_labels(session, cast.siti, chat, [vip])
    session.expire_all()
    assert session.get_one(Conversation, chat).team_id is None
    labels.set_labels(session, cast.siti, chat, [])
    by_hand.unassign(session, cast.siti, chat)
    labels.set_labels(session, cast.siti, chat, [vip])
    session.expire_all()
    assert session.get_one(Conversation, chat).team_id is None


def test_rows_without_labels_cost_no_statement(engine: Engine, session: Session, receive: Receive, cast: Cast) -> None:
    rows = receive(received(cast.shop, 1), received(cast.shop, 2))
    with counted(engine) as plain:
        presenting.conversation_rows(session, [row.id for row in rows])
    labels.add(session, cast.siti, rows[0].id, "VIP")
    session.flush()
    with counted(engine) as labelled:
        presenting.conversation_rows(session, [row.id for row in rows])
    assert (len(plain), len(labelled)) == (1, 2)


@pytest.fixture
def two(session: Session, receive: Receive, cast: Cast) -> tuple[int, int, dict[str, int]]:
    """Two conversations: one has A and B, the other B and C; the labels' ids."""
    kept, dropped = (row.id for row in receive(received(cast.shop, 1), received(cast.shop, 2)))
    ids = {name: labels.create(session, cast.siti, name) for name in "ABC"}
    labels.set_labels(session, cast.siti, kept, [ids["A"], ids["B"]])
    labels.set_labels(session, cast.siti, dropped, [ids["B"], ids["C"]])
    return kept, dropped, ids


def test_a_merge_keeps_all_labels_and_its_undoing_gives_each_its_own(
    two: tuple[int, int, dict[str, int]], session: Session, cast: Cast
) -> None:
    kept, dropped, _ = two
    merge_id = merging.merge_by_hand(session, cast.siti, kept, dropped)
    assert names_on(session, kept) == ["A", "B", "C"]
    session.expire_all()
    merging.undo_merge(session, cast.siti, merge_id)
    assert (names_on(session, kept), names_on(session, dropped)) == (["A", "B"], ["B", "C"])


def test_what_was_put_on_or_taken_away_meanwhile_stays_so(
    two: tuple[int, int, dict[str, int]], session: Session, cast: Cast
) -> None:
    kept, dropped, ids = two
    merge_id = merging.merge_by_hand(session, cast.siti, kept, dropped)
    session.expire_all()
    labels.add(session, cast.siti, kept, "New")
    labels.toggle(session, cast.siti, kept, ids["C"], is_on=False)
    labels.delete(session, cast.siti, ids["B"])
    merging.undo_merge(session, cast.siti, merge_id)
    assert (names_on(session, kept), names_on(session, dropped)) == (["A", "New"], [])


def test_an_undone_merge_survives_that_its_team_was_deleted(
    two: tuple[int, int, dict[str, int]], session: Session, cast: Cast
) -> None:
    kept, dropped, _ = two
    team_id = teams.create(session, cast.siti, "Care")
    by_hand.assign_to_team(session, cast.siti, dropped, team_id)
    session.expire_all()
    merge_id = merging.merge_by_hand(session, cast.siti, kept, dropped)
    session.expire_all()
    teams.delete(session, cast.siti, team_id)
    merging.undo_merge(session, cast.siti, merge_id)
    session.expire_all()
    found: Any = session.get_one(Conversation, dropped)
    assert found.team_id is None
