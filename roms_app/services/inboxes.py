"""Numbers (inboxes): creating, settings, connection status and session history."""

import json
from collections.abc import Collection
from typing import Any, Final, TypeAlias

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from roms_app.domain import fields
from roms_app.domain.identity import format_phone
from roms_app.domain.text import clean_name
from roms_app.domain.worker_words import AppReason
from roms_app.errors import InvalidInput, NotFound
from roms_app.models import Agent, Inbox, InboxMember, ReadReceipts, SessionHistory
from roms_app.models.base import now_ms
from roms_app.models.tables import AGENT, INBOX, SESSION_HISTORY
from roms_app.services import assignment, changes, response_timer
from roms_app.services.access import require_admin
from roms_app.views.settings import InboxCard
from wa_worker.contract import reasons
from wa_worker.contract.commands import Channel, StartNumber
from wa_worker.contract.events import Alert, CommandFailed, GapRecovered, SessionChanged, SessionStatus
from wa_worker.contract.reasons import NumberReason

#: By inbox id: (text of the QR, pairing code), None where there is none.
Codes: TypeAlias = dict[int, tuple[str | None, str | None]]

_I = INBOX.c
#: Reasons that a worker gave of itself, or of a number that it leaves to another worker.
_REASONS_WITHOUT_WORKER: Final = (
    AppReason.WORKER_AWAY.value,
    NumberReason.WORKER_STOPPED.value,
    NumberReason.PROFILE_ELSEWHERE.value,
)
_NEEDS_WORKER: Final = (
    SessionStatus.NOT_PAIRED,
    SessionStatus.WAITING_FOR_SCAN,
    SessionStatus.SCANNED,
    SessionStatus.CONFIRM_ON_PHONE,
    SessionStatus.SYNCING,
    SessionStatus.LIVE,
    SessionStatus.RECONNECTING,
)


def create_inbox(session: Session, admin: Agent, *, name: str, channel: str) -> int:
    """Create a number that the whole team answers. Returns its id. Raises InvalidInput, NotAllowed."""
    require_admin(admin)
    name = fields.number_name(name)
    if channel not in list(Channel):
        raise InvalidInput("This kind of number is unknown.", "Choose WhatsApp or a demo phone.")
    inbox = Inbox(name=name, channel=Channel(channel))
    session.add(inbox)
    session.flush()
    assert inbox.id is not None
    agent_ids = session.execute(select(AGENT.c.id)).scalars()
    session.add_all([InboxMember(inbox_id=inbox.id, agent_id=agent_id) for agent_id in agent_ids])
    changes.touch_inbox(session, inbox.id, "")
    return inbox.id


def rename(session: Session, admin: Agent, inbox_id: int, name: str) -> None:
    """Rename a number. Raises InvalidInput, NotFound, NotAllowed."""
    require_admin(admin)
    inbox = access_inbox(session, inbox_id)
    inbox.name = fields.number_name(name)
    session.add(inbox)
    changes.touch_inbox(session, inbox_id, inbox.status)


def set_has_groups(session: Session, admin: Agent, inbox_id: int, has_groups: bool) -> None:
    """Set whether WhatsApp groups of this number become conversations. Raises NotFound, NotAllowed."""
    require_admin(admin)
    inbox = access_inbox(session, inbox_id)
    inbox.has_groups = has_groups
    session.add(inbox)
    changes.touch_inbox(session, inbox_id, inbox.status)


def set_read_receipts(session: Session, admin: Agent, inbox_id: int, when: str) -> None:
    """Set when customers see that their messages were read. Raises InvalidInput, NotFound, NotAllowed."""
    require_admin(admin)
    inbox = access_inbox(session, inbox_id)
    inbox.read_receipts = fields.one_of(ReadReceipts, when)
    session.add(inbox)
    changes.touch_inbox(session, inbox_id, inbox.status)


def archive(session: Session, admin: Agent, inbox_id: int) -> None:
    """Remove a number. Its conversations stay readable. Raises NotFound, NotAllowed."""
    require_admin(admin)
    inbox = access_inbox(session, inbox_id)
    inbox.is_active = False
    session.add(inbox)
    session.flush()
    response_timer.stop(session, inbox_id)
    # Open conversations of this number no longer count: its agents have room for others.
    assignment.drain_queue(session)
    changes.touch_inbox(session, inbox_id, inbox.status)


def access_inbox(session: Session, inbox_id: int) -> Inbox:
    """An active number. Raises NotFound."""
    inbox = session.get(Inbox, inbox_id)
    if inbox is None or not inbox.is_active:
        raise NotFound("There is no such number.", "It may have been removed by another admin.")
    return inbox


def list_cards(session: Session) -> list[InboxCard]:
    """The active numbers, oldest first."""
    found = session.execute(select(INBOX).where(INBOX.c.is_active).order_by(INBOX.c.id))
    return [
        InboxCard(
            id=row.id,
            name=row.name,
            channel=str(row.channel),
            status=str(row.status),
            status_reason=row.status_reason,
            status_at=row.status_at,
            phone=format_phone(row.phone_e164),
            push_name=clean_name(row.push_name or ""),
            wa_version=row.wa_version,
            alerts=row.alerts.split(",") if row.alerts else [],
            browser_error=row.browser_error,
            sync_percent=-1 if row.sync_percent is None else row.sync_percent,
            missing=", ".join(json.loads(row.status_params).get("parts", ())),
            host=row.host,
            has_groups=row.has_groups,
            read_receipts=str(row.read_receipts),
        )
        for row in found
    ]


def list_active(session: Session) -> dict[int, StartNumber]:
    """The active numbers, by id, each with the command that has a worker hold it."""
    i = INBOX.c
    found = session.execute(select(i.id, i.channel, i.has_groups).where(i.is_active).order_by(i.id))
    return {row.id: StartNumber(inbox_id=row.id, channel=row.channel, has_groups=row.has_groups) for row in found}


def list_failing_browsers(session: Session) -> list[tuple[str, str]]:
    """Active numbers whose browser does not start: (name, reason in one line)."""
    i = INBOX.c
    found = session.execute(select(i.name, i.browser_error).where(i.is_active, i.browser_error != "").order_by(i.id))
    return [(row.name, row.browser_error) for row in found]


def is_live(session: Session, inbox_id: int) -> bool:
    """Whether a number is active and linked."""
    is_linked = (INBOX.c.id == inbox_id, INBOX.c.is_active, INBOX.c.status == SessionStatus.LIVE)
    return session.execute(select(INBOX.c.id).where(*is_linked)).first() is not None


def list_codes(session: Session) -> Codes:
    """The QR's text and the pairing code of active numbers that wait to be paired. For admins only."""
    i = INBOX.c
    has_code = or_(i.qr_text.is_not(None), i.pairing_code.is_not(None))
    found = session.execute(select(i.id, i.qr_text, i.pairing_code).where(i.is_active, has_code).order_by(i.id))
    return {row.id: (row.qr_text, row.pairing_code) for row in found}


def apply_session_changed(session: Session, event: SessionChanged) -> None:
    """Store the session status that a worker reported. A new status is kept in the history; a new QR is not.

    A report that is older than the last one changes nothing. Raises NotFound.
    """
    inbox = session.get(Inbox, event.inbox_id)
    if inbox is None:
        raise NotFound("There is no number {number}.", number=event.inbox_id)
    was = inbox.status
    if _is_late(inbox, event):
        changes.touch_inbox(session, event.inbox_id, was)
        return
    reason, params = _stored(event.reason)
    is_new = (event.status, reason, params) != (inbox.status, inbox.status_reason, inbox.status_params)
    if is_new:
        inbox.status_at = event.occurred_at
        session.add(
            SessionHistory(
                inbox_id=event.inbox_id,
                status=event.status,
                reason=reason,
                reason_params=params,
                at=event.occurred_at,
            )
        )
    inbox.told_at = _reported_at(event)
    inbox.status = event.status
    inbox.status_reason, inbox.status_params = reason, params
    inbox.qr_text = event.qr_text
    inbox.pairing_code = event.pairing_code
    inbox.phone_e164 = event.phone_e164 or inbox.phone_e164
    inbox.push_name = event.push_name or inbox.push_name
    inbox.wa_version = event.wa_version or inbox.wa_version
    # A failed command of an admin stays on the card until it succeeds: that changes the status or brings the code.
    failed = [] if is_new or event.pairing_code else [alert for alert in inbox.alerts.split(",") if ":" in alert]
    inbox.alerts = ",".join([*sorted({alert.value for alert in event.alerts}), *failed])
    inbox.browser_error = event.browser_error
    inbox.sync_percent = event.sync_percent
    inbox.host = event.host or inbox.host
    session.add(inbox)
    changes.touch_inbox(session, event.inbox_id, was)


def _stored(reason: str) -> tuple[str, str]:
    """A reason of the contract as its code and its parameters, as the columns store them."""
    word, parts = reasons.split(reason)
    return word, json.dumps({"parts": parts}, ensure_ascii=False, separators=(",", ":")) if parts else "{}"


def _is_late(inbox: Inbox, event: SessionChanged | CommandFailed) -> bool:
    """Whether the event arrived late or twice: a worker has reported on the number since.

    Compares the times at which events were put on the stream. The workers' own clocks are not used: they differ between
    hosts, and step back when they are corrected. If a Redis clock was ahead and is corrected, no event counts as late.
    """
    return _reported_at(event) < inbox.told_at <= now_ms()


def _reported_at(event: SessionChanged | CommandFailed) -> int:
    return event.occurred_at if event.streamed_at is None else event.streamed_at


def note_worker_away(session: Session, inbox_ids: Collection[int]) -> None:
    """Mark numbers as held by no worker: their last reported status is not true any more.

    A second call changes nothing.
    """
    for inbox in _that_need_a_worker(session, inbox_ids):
        is_paired = inbox.status in (SessionStatus.SYNCING, SessionStatus.LIVE, SessionStatus.RECONNECTING)
        status = SessionStatus.RECONNECTING if is_paired else SessionStatus.NOT_PAIRED
        _correct(session, inbox, status, AppReason.WORKER_AWAY.value)


def note_worker_back(session: Session, inbox_ids: Collection[int]) -> None:
    """Mark numbers as held by a worker again that reports nothing new: their last reported status is true again."""
    h = SESSION_HISTORY.c
    for inbox in session.execute(_with_ids(inbox_ids).where(_I.status_reason == AppReason.WORKER_AWAY.value)).scalars():
        told = (h.inbox_id == inbox.id, h.reason.not_in((AppReason.WORKER_AWAY.value, AppReason.GAP.value)))
        newest = select(h.status, h.reason, h.reason_params).where(*told).order_by(h.id.desc()).limit(1)
        last = session.execute(newest).first()
        if last is not None:
            _correct(session, inbox, last.status, last.reason, last.reason_params)


def list_wrong_statuses(session: Session, free: Collection[int], held: Collection[int]) -> tuple[list[int], list[int]]:
    """The numbers for `note_worker_away` (of those held by no worker) and for `note_worker_back` (of those held).

    Both lists are ordered by id.
    """
    away = [_id_of(inbox) for inbox in _that_need_a_worker(session, free)]
    back = session.execute(_with_ids(held).where(_I.status_reason == AppReason.WORKER_AWAY.value)).scalars()
    return away, [_id_of(inbox) for inbox in back]


def _with_ids(inbox_ids: Collection[int]) -> Select[Any]:
    return select(Inbox).where(_I.id.in_(inbox_ids), _I.is_active).order_by(_I.id)


def _that_need_a_worker(session: Session, inbox_ids: Collection[int]) -> list[Inbox]:
    told = _with_ids(inbox_ids).where(_I.status.in_(_NEEDS_WORKER), _I.status_reason.not_in(_REASONS_WITHOUT_WORKER))
    return list(session.execute(told).scalars())


def _correct(session: Session, inbox: Inbox, status: SessionStatus, reason: str, params: str = "{}") -> None:
    was, inbox_id, at = inbox.status, _id_of(inbox), now_ms()
    inbox.status, inbox.status_at = status, at
    inbox.status_reason, inbox.status_params = reason, params
    inbox.qr_text = inbox.pairing_code = inbox.sync_percent = None
    session.add_all(
        [inbox, SessionHistory(inbox_id=inbox_id, status=status, reason=reason, reason_params=params, at=at)]
    )
    changes.touch_inbox(session, inbox_id, was)


def _id_of(inbox: Inbox) -> int:
    """The id of a row that was read from the database."""
    assert inbox.id is not None
    return inbox.id


def apply_gap_recovered(session: Session, event: GapRecovered) -> None:
    """Record a recovered gap: its begin, its end, and how many messages were backfilled.

    Recorded once if reported twice.
    """
    inbox = session.get(Inbox, event.inbox_id)
    h = SESSION_HISTORY.c
    same = (h.inbox_id == event.inbox_id, h.gap_from == event.away_from, h.at == event.away_until)
    if session.execute(select(h.id).where(*same, h.recovered == event.recovered)).first() is None:
        session.add(
            SessionHistory(
                inbox_id=event.inbox_id,
                status=inbox.status if inbox else SessionStatus.LIVE,
                reason=AppReason.GAP.value,
                at=event.away_until,
                gap_from=event.away_from,
                recovered=event.recovered,
            )
        )
        session.flush()
    changes.touch_inbox(session, event.inbox_id, inbox.status if inbox else "")


def apply_command_failed(session: Session, event: CommandFailed) -> None:
    """Record that an admin's command (pairing code, reset …) failed.

    The card shows the last failure next to the status.
    A late report changes nothing, because the status was reported since.
    """
    inbox = session.get(Inbox, event.inbox_id)
    if inbox is not None and not _is_late(inbox, event):
        told = [alert for alert in inbox.alerts.split(",") if alert in list(Alert)]
        inbox.alerts = ",".join([*told, f"{event.command}:{event.reason}"])
        session.add(inbox)
        changes.touch_inbox(session, event.inbox_id, inbox.status)
