"""The routing rules of an inbox: which team a conversation goes to, by what the customer wrote or by its labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from roms_app.domain.routing import Rule, first_fit
from roms_app.domain.wording import Words
from roms_app.models.tables import LABEL, ROUTING_RULE, TEAM

_R = ROUTING_RULE.c
_RULES: Final = (
    select(
        _R.id, _R.kind, _R.team_id, TEAM.c.name.label("team_name"),
        _R.keywords, _R.label_id, LABEL.c.name.label("label_name"),
    )
    .join(TEAM, TEAM.c.id == _R.team_id)
    .outerjoin(LABEL, LABEL.c.id == _R.label_id)
    .where(_R.inbox_id == bindparam("of_inbox"), _R.is_active)
    .order_by(_R.position, _R.id)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """A conversation that begins, or begins again."""

    conversation_id: int
    #: What the customer wrote, oldest first.
    text: str
    is_first_contact: bool
    label_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Routed:
    """Which team a conversation goes to, by which rule, and why in words."""

    team_id: int
    rule_id: int
    words: Words


def teams_for(session: Session, inbox_id: int, asked: Sequence[Asked]) -> dict[int, Routed]:
    """Conversation id → where the inbox's rules send it; those that no rule fits are left out. One statement."""
    if not asked:
        return {}
    rules = active_rules(session, inbox_id)
    if not rules:
        return {}
    fits = (
        (
            one.conversation_id,
            first_fit(rules, one.text, is_first_contact=one.is_first_contact, label_ids=one.label_ids),
        )
        for one in asked
    )
    return {id: Routed(fit.rule.team_id, fit.rule.id, fit.words()) for id, fit in fits if fit is not None}


def active_rules(session: Session, inbox_id: int) -> list[Rule]:
    """The rules of an inbox that are on, in their order."""
    return [
        Rule(
            id=row.id,
            kind=str(row.kind),
            team_id=row.team_id,
            team_name=row.team_name,
            keywords=row.keywords,
            label_id=row.label_id,
            label_name=row.label_name or "",
        )
        for row in session.execute(_RULES, {"of_inbox": inbox_id})
    ]
