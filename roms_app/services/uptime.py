"""The session history of a number: spans for the uptime strip, and receipts of recovered gaps."""

from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, select
from sqlalchemy.orm import Session

from roms_app.domain import uptime
from roms_app.domain.uptime import Span, Transition
from roms_app.models import Agent
from roms_app.models.tables import INBOX, SESSION_HISTORY
from roms_app.services.access import may_see
from roms_app.views.settings import GapReceipt

_H: Final = SESSION_HISTORY.c
#: Limits the work for a number whose status changes all day, so that the page stays fast.
_MOST_TRANSITIONS: Final = 2000
_TRANSITION: Final[list[ColumnElement[Any]]] = [_H.status, _H.reason, _H.at]


def list_spans(session: Session, inbox_id: int, since: int, until: int) -> list[Span]:
    """The status spans of a number between two moments (epoch ms), oldest first."""
    of_number = (_H.inbox_id == inbox_id, _H.recovered.is_(None))
    columns: Select[Any] = select(*_TRANSITION)
    before = columns.where(*of_number, _H.at <= since).order_by(_H.at.desc(), _H.id.desc()).limit(1)
    # If there are too many, the newest are used: the strip then begins later but is still correct.
    after = columns.where(*of_number, _H.at > since, _H.at < until).order_by(_H.at.desc(), _H.id.desc())
    newest = session.execute(after.limit(_MOST_TRANSITIONS)).all()
    rows = list(reversed(newest))
    if len(newest) < _MOST_TRANSITIONS:
        rows = [*session.execute(before), *rows]
    return uptime.spans((Transition(row.status, row.reason, row.at) for row in rows), since, until)


def list_gaps(session: Session, agent: Agent, since: int, limit: int, inbox_id: int | None = None) -> list[GapReceipt]:
    """Gaps that ended after `since` (epoch ms) and whose missed messages were backfilled, newest first.

    Includes the numbers whose conversations the agent may see, or only `inbox_id`.
    """
    columns: list[ColumnElement[Any]] = [_H.id, _H.inbox_id, INBOX.c.name, _H.gap_from, _H.at, _H.recovered]
    found = (
        select(*columns)
        .join(INBOX, INBOX.c.id == _H.inbox_id)
        .where(_H.recovered > 0, _H.gap_from.is_not(None), _H.at > since, INBOX.c.is_active)
        .where(may_see(agent, _H.inbox_id))
        .order_by(_H.at.desc(), _H.id.desc())
        .limit(limit)
    )
    if inbox_id is not None:
        found = found.where(_H.inbox_id == inbox_id)
    return [_receipt(row) for row in session.execute(found)]


def _receipt(row: Row[Any]) -> GapReceipt:
    return GapReceipt(
        id=row.id,
        inbox_id=row.inbox_id,
        inbox_name=row.name,
        away_from=row.gap_from,
        away_until=row.at,
        recovered=row.recovered,
    )
