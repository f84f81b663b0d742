"""Who may write what an inbox's event stream says: the process that took over last.

A lease in Redis alone is no fence: its owner may stand still until it has ended, and then go on with a batch that
somebody else has finished and overtaken. So whoever takes over counts up an epoch here, and each batch is written only
while its own epoch is the newest.
"""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from roms_app.errors import LeaseLost
from roms_app.models.tables import STREAM_OWNER
from roms_app.services import sql

_O = STREAM_OWNER.c


def take_over(session: Session, inbox_id: int) -> int:
    """Be the only one who may write from now on. Returns the epoch. Waits for a batch that is just being committed."""
    sql.insert_missing(session, STREAM_OWNER, [{"inbox_id": inbox_id, "epoch": 0}], [_O.inbox_id])
    newest = update(STREAM_OWNER).where(_O.inbox_id == inbox_id).values(epoch=_O.epoch + 1)
    return session.execute(newest.returning(_O.epoch)).scalar_one()


def require(session: Session, inbox_id: int, epoch: int) -> None:
    """Let nobody take over before the commit. Raises LeaseLost when somebody has."""
    # SQLite's writer is alone by itself.
    newest = select(_O.epoch).where(_O.inbox_id == inbox_id).with_for_update(read=True)
    if session.execute(newest).scalar() != epoch:
        raise LeaseLost("Another process reads the events of this number now.")
