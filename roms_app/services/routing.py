"""The routing rules of an inbox: they choose a conversation's team by the customer's text or by labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, Select, and_, bindparam, func, not_, select
from sqlalchemy.orm import Session

from roms_app.domain.reasons import Reason
from roms_app.domain.routing import Rule, first_match, looks_for_words, split
from roms_app.domain.text import storable
from roms_app.errors import InvalidInput, NotFound
from roms_app.models import Agent, Direction, Label, RoutingRule, RuleKind, Team
from roms_app.models.tables import AGENT, INBOX_MEMBER, LABEL, ROUTING_RULE, TEAM, TEAM_MEMBER
from roms_app.services import changes, inboxes
from roms_app.services.access import require_admin
from roms_app.views.assignment import RuleRow
from wa_worker.contract.events import MessageKind

MAX_KEYWORDS: Final = 500
MAX_RULES: Final = 50
_R = ROUTING_RULE.c
_RULE_COLUMNS: Final[list[ColumnElement[Any]]] = [
    _R.id, _R.kind, _R.is_active, _R.team_id, TEAM.c.name.label("team_name"),
    _R.keywords, _R.label_id, LABEL.c.name.label("label_name"),
]  # fmt: skip
_ALL_RULES: Final = (
    select(*_RULE_COLUMNS)
    .join(TEAM, TEAM.c.id == _R.team_id)
    .outerjoin(LABEL, LABEL.c.id == _R.label_id)
    .where(_R.inbox_id == bindparam("of_inbox"))
    .order_by(_R.position, _R.id)
)
_RULES: Final = _ALL_RULES.where(_R.is_active)
_KINDS: Final = select(_R.kind).where(_R.inbox_id == bindparam("of_inbox"), _R.is_active).distinct()
#: Keeps the teams from being removed before the commit (PostgreSQL).
_RULES_TO_SEND: Final = _RULES.with_for_update(read=True, key_share=True, of=TEAM)


@dataclass(frozen=True, slots=True)
class RoutingRequest:
    """A conversation that begins or begins again, to be matched with the rules."""

    conversation_id: int
    #: The customer's new messages, oldest first.
    text: str
    is_first_contact: bool
    label_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Routed:
    """The team of a conversation, the rule that chose it, and the reason."""

    team_id: int
    rule_id: int
    reason: Reason


def teams_for(session: Session, inbox_id: int, asked: Sequence[RoutingRequest]) -> dict[int, Routed]:
    """Conversation id → the result of the inbox's rules. Conversations that match no rule are left out.

    One statement.
    """
    if not asked:
        return {}
    rules = _read(session, _RULES_TO_SEND, inbox_id)
    if not rules:
        return {}
    fits = (
        (
            one.conversation_id,
            first_match(rules, one.text, is_first_contact=one.is_first_contact, label_ids=one.label_ids),
        )
        for one in asked
    )
    return {id: Routed(fit.rule.team_id, fit.rule.id, fit.reason()) for id, fit in fits if fit is not None}


def active_kinds(session: Session, inbox_id: int) -> frozenset[RuleKind]:
    """The kinds of the inbox's active rules; empty if no rule is active."""
    return frozenset(session.execute(_KINDS, {"of_inbox": inbox_id}).scalars())


def is_from_customer(message: FromClause) -> ColumnElement[bool]:
    """A condition: a customer's message, that is received and `domain.kinds.wants_answer`.

    `message`: the table, or an alias of it.
    """
    m = message.c
    is_taken_call = and_(m.kind == MessageKind.CALL, m.raw_kind.not_like("%missed%"))
    return and_(m.direction == Direction.INBOUND, m.kind != MessageKind.NOTICE, not_(is_taken_call))


def active_rules(session: Session, inbox_id: int) -> list[Rule]:
    """The active rules of an inbox, in their order."""
    return _read(session, _RULES, inbox_id)


def list_rules(session: Session, inbox_id: int) -> list[RuleRow]:
    """All rules of an inbox in their order, including inactive ones."""
    answered = (
        select(TEAM_MEMBER.c.team_id)
        .join(AGENT, AGENT.c.id == TEAM_MEMBER.c.agent_id)
        .join(INBOX_MEMBER, INBOX_MEMBER.c.agent_id == AGENT.c.id)
        .where(INBOX_MEMBER.c.inbox_id == inbox_id, AGENT.c.is_active, AGENT.c.may_reply)
    )
    teams = set(session.execute(answered.distinct()).scalars())
    found = session.execute(_ALL_RULES, {"of_inbox": inbox_id}).all()
    return [
        RuleRow(
            id=row.id,
            number=number,
            kind=str(row.kind),
            keywords=row.keywords,
            label_id=row.label_id or 0,
            label=row.label_name or "",
            team_id=row.team_id,
            team=row.team_name,
            is_active=row.is_active,
            is_last=number == len(found),
            is_unanswered=row.team_id not in teams,
        )
        for number, row in enumerate(found, start=1)
    ]


def create_rule(
    session: Session, admin: Agent, inbox_id: int, *, kind: str, team_id: int, keywords: str = "", label_id: int = 0
) -> int:
    """Add a rule below all others of an inbox. Returns its id. Raises InvalidInput, NotFound, NotAllowed."""
    require_admin(admin)
    inboxes.access_inbox(session, inbox_id)
    values = _checked(session, kind, team_id, keywords, label_id)
    count = session.execute(select(func.count()).where(_R.inbox_id == inbox_id)).scalar_one()
    if count >= MAX_RULES:
        raise InvalidInput("A number can have {limit} rules at most.", "Delete one first.", limit=MAX_RULES)
    last = session.execute(select(func.max(_R.position)).where(_R.inbox_id == inbox_id)).scalar() or 0
    rule = RoutingRule(inbox_id=inbox_id, position=last + 1, **values)
    session.add(rule)
    session.flush()
    changes.touch_settings(session)
    assert rule.id is not None
    return rule.id


def change_rule(
    session: Session, admin: Agent, rule_id: int, *, kind: str, team_id: int, keywords: str = "", label_id: int = 0
) -> None:
    """Change what a rule matches, and its team. Raises InvalidInput, NotFound, NotAllowed."""
    require_admin(admin)
    rule = _access(session, rule_id)
    rule.sqlmodel_update(_checked(session, kind, team_id, keywords, label_id))
    session.add(rule)
    changes.touch_settings(session)


def set_active(session: Session, admin: Agent, rule_id: int, is_active: bool) -> None:
    """Turn a rule on or off. Raises NotFound, NotAllowed."""
    require_admin(admin)
    rule = _access(session, rule_id)
    rule.is_active = is_active
    session.add(rule)
    changes.touch_settings(session)


def move_rule(session: Session, admin: Agent, rule_id: int, *, is_up: bool) -> None:
    """Swap a rule with the one above or below, if there is one. Raises NotFound, NotAllowed."""
    require_admin(admin)
    rule = _access(session, rule_id)
    rules = list(
        session.execute(
            select(RoutingRule).where(_R.inbox_id == rule.inbox_id).order_by(_R.position, _R.id).with_for_update()
        ).scalars()
    )
    at = rules.index(rule)
    to = at - 1 if is_up else at + 1
    if 0 <= to < len(rules):
        rules[at], rules[to] = rules[to], rules[at]
        for position, one in enumerate(rules, start=1):
            one.position = position
        session.add_all(rules)
        changes.touch_settings(session)


def delete_rule(session: Session, admin: Agent, rule_id: int) -> None:
    """Delete a rule. Conversations that it routed stay with their team. Raises NotFound, NotAllowed."""
    require_admin(admin)
    session.delete(_access(session, rule_id))
    changes.touch_settings(session)


def _access(session: Session, rule_id: int) -> RoutingRule:
    rule = session.get(RoutingRule, rule_id)
    if rule is None:
        raise NotFound("There is no such rule.", "It may have been deleted by another admin.")
    return rule


def _checked(session: Session, kind: str, team_id: int, keywords: str, label_id: int) -> dict[str, Any]:
    """The columns of a rule. Those that its kind does not use are empty. Raises InvalidInput."""
    if kind not in list(RuleKind):
        raise InvalidInput("There is no such choice.", "Choose one of the list.")
    if session.get(Team, team_id) is None:
        raise InvalidInput("There is no such team.", "It may have been removed; choose another one.")
    words = ", ".join(split(storable(keywords))) if looks_for_words(kind) else ""
    if looks_for_words(kind) and not words:
        raise InvalidInput("This rule has no word to look for.", "Write one or more, separated by commas.")
    if len(words) > MAX_KEYWORDS:
        raise InvalidInput(
            "The words of a rule have {limit} characters at most.", "Make two rules.", limit=MAX_KEYWORDS
        )
    if kind == RuleKind.LABEL and session.get(Label, label_id) is None:
        raise InvalidInput("There is no such label.", "It may have been removed; choose another one.")
    label = label_id if kind == RuleKind.LABEL else None
    return {"kind": RuleKind(kind), "team_id": team_id, "keywords": words, "label_id": label}


def _read(session: Session, statement: Select[Any], inbox_id: int) -> list[Rule]:
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
        for row in session.execute(statement, {"of_inbox": inbox_id})
    ]
