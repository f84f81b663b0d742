"""Dry run: what an inbox's routing rules would have done with past conversations. Reads only."""

from collections import Counter
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, exists, func, select
from sqlalchemy.orm import Session

from roms_app.domain import identity
from roms_app.domain.routing import first_match
from roms_app.domain.text import preview
from roms_app.models.tables import CONTACT, CONVERSATION, MESSAGE
from roms_app.services import labels, routing
from roms_app.views.assignment import DryRun, TriedLine, TriedRule

DAY_MS: Final = 86_400_000
_C = CONVERSATION.c
_M = MESSAGE.c


def dry_run(session: Session, inbox_id: int, now: int, *, days: int = 7, limit: int = 200) -> DryRun:
    """Apply the inbox's active rules to the customers' first messages of the last `days` before `now` (epoch ms).

    Returns the newest `limit` conversations, newest first. Uses the labels of today.
    """
    rules = routing.active_rules(session, inbox_id)
    numbers = {row.id: row.number for row in routing.list_rules(session, inbox_id)}
    found = _openings(session, inbox_id, now - days * DAY_MS, limit)
    on = labels.labels_of(session, [row.id for row in found])
    lines: list[TriedLine] = []
    for row in found:
        fit = first_match(rules, row.body, is_first_contact=not row.is_known, label_ids=on[row.id])
        names = row.manual_name, row.address_book_name, row.verified_name, row.push_name, row.phone_e164
        lines.append(
            TriedLine(
                conversation_id=row.id,
                name=identity.display_name(*names),
                text=preview(row.body),
                at=row.sent_at,
                rule_number=numbers[fit.rule.id] if fit else 0,
                team=fit.rule.team_name if fit else "",
                word=fit.word if fit else "",
            )
        )
    counted = Counter(line.rule_number for line in lines)
    tried = [TriedRule(numbers[rule.id], rule.team_name, counted[numbers[rule.id]]) for rule in rules]
    return DryRun(inbox_id, days, lines, [*tried, TriedRule(0, "", counted[0])])


def _openings(session: Session, inbox_id: int, since: int, limit: int) -> list[Row[Any]]:
    """Each customer's first message since then, and whether they had written before."""
    newest = (
        select(_C.id)
        .where(_C.inbox_id == inbox_id, _C.last_message_at >= since)
        .order_by(_C.last_message_at.desc(), _C.id.desc())
        .limit(limit)
        .scalar_subquery()
    )
    ranked = (
        select(
            _M.id, func.row_number().over(partition_by=_M.conversation_id, order_by=(_M.sent_at, _M.id)).label("nth")
        )
        .where(_M.conversation_id.in_(newest), routing.is_from_customer(MESSAGE), _M.sent_at >= since)
        .subquery()
    )
    earlier = MESSAGE.alias("earlier")
    was_known = exists().where(
        earlier.c.conversation_id == _C.id, routing.is_from_customer(earlier), earlier.c.sent_at < since
    )
    contact = CONTACT.c
    columns: list[ColumnElement[Any]] = [
        _C.id, _M.body, _M.sent_at, was_known.label("is_known"),
        contact.manual_name, contact.address_book_name, contact.verified_name, contact.push_name, contact.phone_e164,
    ]  # fmt: skip
    wanted = (
        select(*columns)
        .join(MESSAGE, _M.conversation_id == _C.id)
        .join(ranked, ranked.c.id == _M.id)
        .join(CONTACT, contact.id == _C.contact_id)
        .where(ranked.c.nth == 1)
    )
    return [*session.execute(wanted.order_by(_M.sent_at.desc(), _M.id.desc())).all()]
