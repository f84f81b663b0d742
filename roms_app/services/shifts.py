"""Shifts that begin and end. Nobody triggers this, but the queue and the pages change."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from roms_app.domain import hours
from roms_app.models.tables import AGENT
from roms_app.services import assignment, changes

_A = AGENT.c


def changed_between(session: Session, since: int, until: int) -> list[int]:
    """Ids of the active agents whose shift began or ended after `since`, up to and including `until` (epoch ms)."""
    found = session.execute(
        select(_A.id, _A.shift_hours, _A.timezone).where(_A.shift_hours.is_not(None), _A.is_active).order_by(_A.id)
    )
    return [
        row.id
        for row in found
        if hours.is_open(row.shift_hours, since, row.timezone) != hours.is_open(row.shift_hours, until, row.timezone)
    ]


def note_changed(session: Session, agent_ids: Sequence[int]) -> None:
    """Announce agents whose shift began or ended, and assign waiting conversations to those who are on shift now."""
    for agent_id in agent_ids:
        changes.touch_agent(session, agent_id)
    assignment.drain_queue(session)
