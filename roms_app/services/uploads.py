"""Files that agents hand over before they send them. A token binds each to one agent and one conversation."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from roms_app.errors import InvalidInput
from roms_app.models import Agent, Upload
from roms_app.models.base import now_ms
from roms_app.models.tables import ATTACHMENT, UPLOAD
from roms_app.services.access import access_conversation, id_of, require_may_reply
from wa_worker.contract.commands import MediaKind

#: A page may stay open over lunch with a file in its tray.
KEPT_MS: Final = 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file that lies in the media store, and what it is by its content."""

    kind: MediaKind
    key: str
    thumbnail_key: str | None
    mimetype: str
    size_bytes: int
    sha256: str
    filename: str | None
    #: Pixels and ms.
    width: int | None
    height: int | None
    duration_ms: int | None


def keep_upload(session: Session, agent: Agent, conversation_id: int, file: UploadedFile) -> str:
    """Note that this agent may send the file in this conversation, for a day. Returns the token.

    Raises NotFound, NotAllowed.
    """
    access_conversation(session, agent, conversation_id)
    require_may_reply(agent)
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
    """The file that this agent uploaded to this conversation. Raises InvalidInput: a stranger's token is no token."""
    found = session.get(Upload, _hashed(token))
    is_theirs = found is not None and (found.agent_id, found.conversation_id) == (agent.id, conversation_id)
    if found is None or not is_theirs or found.created_at < now_ms() - KEPT_MS:
        raise InvalidInput("A file is not there any more.", "Remove it and attach it again.")
    return found


def forget_old(session: Session) -> list[str]:
    """End what was uploaded more than a day ago. Returns the keys of files that nothing names any more."""
    u, a = UPLOAD.c, ATTACHMENT.c
    ended = delete(UPLOAD).where(u.created_at < now_ms() - KEPT_MS).returning(u.media_key, u.thumbnail_key)
    keys = {key for row in session.execute(ended).all() for key in row if key}
    named = (u.media_key, u.thumbnail_key, a.media_key, a.thumbnail_key)
    for column in named if keys else ():
        keys.difference_update(session.execute(select(column).where(column.in_(keys))).scalars())
    return sorted(keys)


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
