"""Notices about numbers that neither send nor receive, for the agents who answer them."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, or_, select
from sqlalchemy.orm import Session

from roms_app.models import Agent
from roms_app.models.tables import INBOX
from roms_app.services.access import may_see
from roms_app.views.inbox import NumberNotice
from wa_worker.contract.events import Alert, SessionStatus

_I = INBOX.c
#: These states come only after a pairing. In the other ones, a number may never have been in use.
_AFTER_PAIRING: Final = (SessionStatus.RECONNECTING, SessionStatus.LOGGED_OUT, SessionStatus.INCOMPATIBLE)
_COLUMNS: Final[list[ColumnElement[Any]]] = [_I.id, _I.name, _I.status, _I.status_reason, _I.status_at]
_IS_DOWN: Final = and_(
    _I.is_active,
    or_(
        _I.status.in_(_AFTER_PAIRING),
        and_(_I.status != SessionStatus.LIVE, _I.phone_e164.is_not(None)),
        _I.alerts.contains(Alert.SENDING_PAUSED.value),
    ),
)


def list_notices(session: Session, agent: Agent) -> list[NumberNotice]:
    """The notices of numbers that the agent answers (admins: all numbers), ordered by name."""
    return _read(session, may_see(agent, _I.id))


def notices_of(session: Session, inbox_ids: Sequence[int]) -> dict[int, NumberNotice]:
    """Inbox id → notice. Numbers that work are left out."""
    if not inbox_ids:
        return {}
    return {notice.inbox_id: notice for notice in _read(session, _I.id.in_(inbox_ids))}


def _read(session: Session, which: ColumnElement[bool]) -> list[NumberNotice]:
    found = session.execute(select(*_COLUMNS).where(_IS_DOWN, which).order_by(_I.name, _I.id))
    return [_notice(row) for row in found]


def _notice(row: Row[Any]) -> NumberNotice:
    if row.status == SessionStatus.LIVE:
        # The start of this problem is not recorded.
        return NumberNotice(row.id, row.name, Alert.SENDING_PAUSED.value, "", 0)
    return NumberNotice(row.id, row.name, str(row.status), row.status_reason, row.status_at)
