"""Fencing tokens for event streams: only the process that took a stream over last may write its events.

A lease in Redis is not a fence. Its owner may pause until the lease has expired, and then continue with a batch that
another process has already finished and passed. Therefore each take-over increments an epoch in the database, and a
batch is written only while its epoch is the newest.
"""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from roms_app.errors import LeaseLost
from roms_app.models.tables import STREAM_OWNER
from roms_app.services import sql

_O = STREAM_OWNER.c


def take_over(session: Session, inbox_id: int) -> int:
    """Become the only process that may write. Returns the epoch. Waits for a batch that is being committed."""
    sql.insert_missing(session, STREAM_OWNER, [{"inbox_id": inbox_id, "epoch": 0}], [_O.inbox_id])
    newest = update(STREAM_OWNER).where(_O.inbox_id == inbox_id).values(epoch=_O.epoch + 1)
    return session.execute(newest.returning(_O.epoch)).scalar_one()


def require(session: Session, inbox_id: int, epoch: int) -> None:
    """Keep others from taking over before the commit. Raises LeaseLost if another process has already done so."""
    # SQLite has a single writer.
    newest = select(_O.epoch).where(_O.inbox_id == inbox_id).with_for_update(read=True)
    if session.execute(newest).scalar() != epoch:
        raise LeaseLost("Another process reads the events of this number now.")
