"""Files, reactions and quotes of messages, as views.

Messages without any of them cost no statement. Reads only.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.orm import Session

from roms_app.domain import text
from roms_app.models import AttachmentStatus, Direction
from roms_app.models.tables import ATTACHMENT, MESSAGE, REACTION
from roms_app.services import attachments, sql
from roms_app.views.inbox import AttachmentView, ReactionView
from wa_worker.contract.commands import MediaKind
from wa_worker.contract.reasons import MediaFailure

#: `ConversationRow.preview_kind` and `MessageRow.quoted_kind` of messages that were deleted for everyone.
REVOKED: Final = "revoked"
#: `Reaction.author` of our own reactions.
US: Final = "us"
_HAS_FILE: Final = frozenset(str(kind) for kind in MediaKind)
_M = MESSAGE.c
_ATTACHMENTS = select(ATTACHMENT).where(ATTACHMENT.c.message_id.in_(sql.among("ids")))
_REACTIONS = (
    select(REACTION)
    .where(REACTION.c.message_id.in_(sql.among("ids")), REACTION.c.emoji != "")
    .order_by(REACTION.c.reacted_at, REACTION.c.author)
)
_QUOTED_COLUMNS: list[ColumnElement[Any]] = [
    _M.id, _M.conversation_id, _M.wa_message_id, _M.body, _M.kind, _M.direction, _M.revoked_at,
]  # fmt: skip
_QUOTED = select(*_QUOTED_COLUMNS).where(
    _M.conversation_id.in_(sql.among("conversation_ids")), _M.wa_message_id.in_(sql.among("wa_message_ids"))
)


@dataclass(frozen=True, slots=True)
class Quote:
    """The quoted message; all fields are empty if it is not in the database."""

    id: str = ""
    kind: str = ""
    body: str = ""
    is_ours: bool = False


_NO_QUOTE: Final = Quote()


@dataclass(frozen=True, slots=True)
class Parts:
    """Parts by message id; quotes by (conversation id, WhatsApp's id)."""

    attachments: dict[int, AttachmentView]
    reactions: dict[int, list[ReactionView]]
    quotes: dict[tuple[int, str], Quote]

    def quote_of(self, row: Row[Any]) -> Quote:
        """The quote of a message."""
        return self.quotes.get((row.conversation_id, row.quoted_wa_message_id), _NO_QUOTE)


def read(session: Session, found: Sequence[Row[Any]]) -> Parts:
    """The parts of rows of `presenting.select_messages`."""
    return Parts(
        attachments=_attachments(session, [row.id for row in found if str(row.kind) in _HAS_FILE]),
        reactions=_reactions(session, [row.id for row in found if row.has_reactions]),
        quotes=_quotes(session, [row for row in found if row.quoted_wa_message_id]),
    )


def _attachments(session: Session, message_ids: Sequence[int]) -> dict[int, AttachmentView]:
    if not message_ids:
        return {}
    return {row.message_id: _to_attachment(row) for row in session.execute(_ATTACHMENTS, {"ids": message_ids})}


def _to_attachment(row: Row[Any]) -> AttachmentView:
    is_stored = row.status is AttachmentStatus.STORED
    is_overdue = attachments.is_overdue(row.status, row.pending_since)
    url = f"/media/message/{row.message_id}"
    return AttachmentView(
        status=str(AttachmentStatus.FAILED if is_overdue else row.status),
        url=url if is_stored else "",
        thumbnail_url=f"{url}/thumbnail" if is_stored and row.thumbnail_key else "",
        mimetype=row.mimetype,
        filename=text.clean_name(row.filename or ""),
        size_bytes=row.size_bytes,
        width=row.width or 0,
        height=row.height or 0,
        duration_ms=row.duration_ms or 0,
        failure_reason=MediaFailure.TIMEOUT.value if is_overdue else row.failure_reason or "",
        is_lost=row.is_lost,
    )


def _reactions(session: Session, message_ids: Sequence[int]) -> dict[int, list[ReactionView]]:
    if not message_ids:
        return {}
    counts: defaultdict[int, Counter[str]] = defaultdict(Counter)
    ours: set[tuple[int, str]] = set()
    for row in session.execute(_REACTIONS, {"ids": message_ids}):
        counts[row.message_id][row.emoji] += 1
        if row.author == US:
            ours.add((row.message_id, row.emoji))
    return {
        id: [ReactionView(emoji, count, is_ours=(id, emoji) in ours) for emoji, count in counted.items()]
        for id, counted in counts.items()
    }


def _quotes(session: Session, quoting: Sequence[Row[Any]]) -> dict[tuple[int, str], Quote]:
    if not quoting:
        return {}
    wanted = {
        "conversation_ids": list({row.conversation_id for row in quoting}),
        "wa_message_ids": list({row.quoted_wa_message_id for row in quoting}),
    }
    return {(row.conversation_id, row.wa_message_id): _to_quote(row) for row in session.execute(_QUOTED, wanted)}


def _to_quote(row: Row[Any]) -> Quote:
    return Quote(
        id=f"m{row.id}",
        kind=REVOKED if row.revoked_at else str(row.kind),
        body="" if row.revoked_at else text.preview(row.body),
        is_ours=row.direction is Direction.OUTBOUND,
    )
