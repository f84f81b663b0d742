"""Files that agents upload before they send them. A token binds each file to one agent and one conversation."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from roms_app.errors import InvalidInput, TemporarilyUnavailable
from roms_app.models import Agent, Upload
from roms_app.models.base import now_ms
from roms_app.models.tables import ATTACHMENT, UPLOAD
from roms_app.services.access import access_conversation, id_of, require_may_reply
from wa_worker.contract.commands import MediaKind

#: A page may stay open over lunch with a file that is not sent yet.
KEPT_MS: Final = 24 * 60 * 60 * 1000
#: A file is stored a little later than its row, and a request with an expiring token has finished by then.
_MARGIN_MS: Final = 15 * 60 * 1000
#: The most files of one agent in a day: rows and small files take space too.
_MOST_FILES: Final = 5000
_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Quota:
    """The most bytes that one agent, and all agents together, may upload within a day."""

    agent_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file in the media store, and its type by content."""

    kind: MediaKind
    key: str
    thumbnail_key: str | None
    mimetype: str
    size_bytes: int
    sha256: str
    filename: str | None
    #: Pixels and milliseconds.
    width: int | None
    height: int | None
    duration_ms: int | None


def require_room(session: Session, agent: Agent, size_bytes: int, quota: Quota) -> None:
    """Check the quota.

    Raises TemporarilyUnavailable if this many bytes would exceed the quota of the agent or of all together.
    """
    files, used = _used(session, UPLOAD.c.agent_id == id_of(agent))
    if files >= _MOST_FILES or used + size_bytes > quota.agent_bytes:
        raise TemporarilyUnavailable(
            "You have uploaded as much as one agent may within a day.",
            "Try again tomorrow, or ask your admin to raise the limit.",
        )
    _, used = _used(session)
    if used + size_bytes > quota.total_bytes:
        raise TemporarilyUnavailable(
            "Your team has uploaded as much as it may within a day.",
            "Try again tomorrow, or ask your admin to raise the limit.",
        )


def _used(session: Session, *which: ColumnElement[bool]) -> tuple[int, int]:
    """The number of files and bytes of the last day."""
    counted = select(func.count(), func.coalesce(func.sum(UPLOAD.c.size_bytes), 0))
    files, used = session.execute(counted.where(UPLOAD.c.created_at >= now_ms() - KEPT_MS, *which)).one()
    return files, int(used)


def keep_upload(session: Session, agent: Agent, conversation_id: int, file: UploadedFile, quota: Quota) -> str:
    """Record that this agent may send the file in this conversation, for a day. Returns the token.

    Call it before the file is stored, so that every stored file has a row. Raises NotFound, NotAllowed, or
    TemporarilyUnavailable above the quota.
    """
    access_conversation(session, agent, conversation_id)
    require_may_reply(agent)
    require_room(session, agent, file.size_bytes, quota)
    now = now_ms()
    token = secrets.token_urlsafe(24)
    session.add(
        Upload(
            token_hash=_hashed(token),
            agent_id=id_of(agent),
            conversation_id=conversation_id,
            kind=file.kind,
            media_key=file.key,
            thumbnail_key=file.thumbnail_key,
            mimetype=file.mimetype,
            size_bytes=file.size_bytes,
            sha256=file.sha256,
            filename=file.filename,
            width=file.width,
            height=file.height,
            duration_ms=file.duration_ms,
            created_at=now,
        )
    )
    session.flush()
    return token


def access_upload(session: Session, agent: Agent, conversation_id: int, token: str) -> Upload:
    """The file that this agent uploaded to this conversation.

    Raises InvalidInput for an unknown token, and for a token of another agent or conversation.
    """
    found = session.get(Upload, _hashed(token))
    is_theirs = found is not None and (found.agent_id, found.conversation_id) == (agent.id, conversation_id)
    if found is None or not is_theirs or found.created_at < now_ms() - KEPT_MS:
        raise InvalidInput("A file is not there any more.", "Remove it and attach it again.")
    return found


def drop_upload(session: Session, token: str) -> None:
    """Void the token, because the file could not be stored."""
    session.execute(delete(UPLOAD).where(UPLOAD.c.token_hash == _hashed(token)))


@dataclass(frozen=True, slots=True)
class Ended:
    """Uploads that expired more than a day ago, and the keys of files that nothing else refers to."""

    token_hashes: list[str]
    keys: list[str]


def ended_uploads(session: Session) -> Ended:
    """The oldest expired uploads, one batch.

    Delete their files first and call `forget` second: on a full disk no row can be deleted.
    """
    u = UPLOAD.c
    columns = (u.token_hash, u.media_key, u.thumbnail_key)
    limit = now_ms() - KEPT_MS - _MARGIN_MS
    rows = session.execute(select(*columns).where(u.created_at < limit).limit(_BATCH)).all()
    files = {row.media_key for row in rows}
    # A row that names a file also names its thumbnail: both keys derive from the same content.
    others = (
        select(ATTACHMENT.c.media_key).where(ATTACHMENT.c.media_key.in_(files)),
        select(u.media_key).where(u.media_key.in_(files), u.created_at >= limit),
    )
    for named in others if files else ():
        files.difference_update(session.execute(named).scalars())
    keys = {key for row in rows if row.media_key in files for key in (row.media_key, row.thumbnail_key) if key}
    return Ended([row.token_hash for row in rows], sorted(keys))


def forget(session: Session, token_hashes: list[str]) -> None:
    """Delete the rows of `ended_uploads`."""
    if token_hashes:
        session.execute(delete(UPLOAD).where(UPLOAD.c.token_hash.in_(token_hashes)))


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
