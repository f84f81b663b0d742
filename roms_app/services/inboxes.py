"""Numbers: adding them, what state they are in, and what became of their session."""

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

#: By the numbers' ids: the QR's text and the pairing code, whichever there is.
Codes: TypeAlias = dict[int, tuple[str | None, str | None]]

_I = INBOX.c
#: A worker said these of itself, or of a number that it leaves to another.
_SAID_WITHOUT_WORKER: Final = (
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
    """Add a number, answered by the whole team. Returns its id. Raises InvalidInput, NotAllowed."""
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
    """Give a number another name. Raises InvalidInput, NotFound, NotAllowed."""
    require_admin(admin)
    inbox = access_inbox(session, inbox_id)
    inbox.name = fields.number_name(name)
    session.add(inbox)
    changes.touch_inbox(session, inbox_id, inbox.status)


def set_has_groups(session: Session, admin: Agent, inbox_id: int, has_groups: bool) -> None:
    """Whether WhatsApp groups of this number are conversations, too. Raises NotFound, NotAllowed."""
    require_admin(admin)
    inbox = access_inbox(session, inbox_id)
    inbox.has_groups = has_groups
    session.add(inbox)
    changes.touch_inbox(session, inbox_id, inbox.status)


def set_read_receipts(session: Session, admin: Agent, inbox_id: int, when: str) -> None:
    """When customers see that they were read. Raises InvalidInput, NotFound, NotAllowed."""
    require_admin(admin)
    inbox = access_inbox(session, inbox_id)
    inbox.read_receipts = fields.one_of(ReadReceipts, when)
    session.add(inbox)
    changes.touch_inbox(session, inbox_id, inbox.status)


def archive(session: Session, admin: Agent, inbox_id: int) -> None:
    """Stop answering a number; its conversations stay readable. Raises NotFound, NotAllowed."""
    require_admin(admin)
    inbox = access_inbox(session, inbox_id)
    inbox.is_active = False
    session.add(inbox)
    session.flush()
    response_timer.stop(session, inbox_id)
    # What its agents had open there counts no more: they have room for others.
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
    """Active numbers, by id: the word that has a worker hold each."""
    i = INBOX.c
    found = session.execute(select(i.id, i.channel, i.has_groups).where(i.is_active).order_by(i.id))
    return {row.id: StartNumber(inbox_id=row.id, channel=row.channel, has_groups=row.has_groups) for row in found}


def list_failing_browsers(session: Session) -> list[tuple[str, str]]:
    """Active numbers for which the worker can't start a browser: name, and the reason in one line."""
    i = INBOX.c
    found = session.execute(select(i.name, i.browser_error).where(i.is_active, i.browser_error != "").order_by(i.id))
    return [(row.name, row.browser_error) for row in found]


def is_live(session: Session, inbox_id: int) -> bool:
    """Whether a number is active and linked now."""
    is_linked = (INBOX.c.id == inbox_id, INBOX.c.is_active, INBOX.c.status == SessionStatus.LIVE)
    return session.execute(select(INBOX.c.id).where(*is_linked)).first() is not None


def list_codes(session: Session) -> Codes:
    """Of the active numbers that wait to be paired: the QR's text and the pairing code. For admins only."""
    i = INBOX.c
    has_code = or_(i.qr_text.is_not(None), i.pairing_code.is_not(None))
    found = session.execute(select(i.id, i.qr_text, i.pairing_code).where(i.is_active, has_code).order_by(i.id))
    return {row.id: (row.qr_text, row.pairing_code) for row in found}


def apply_session_changed(session: Session, event: SessionChanged) -> None:
    """Take over what the worker saw. A change of state is kept in the history; a new QR is not.

    One that is older than what was told since changes nothing. Raises NotFound.
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
    inbox.told_at = _told_at(event)
    inbox.status = event.status
    inbox.status_reason, inbox.status_params = reason, params
    inbox.qr_text = event.qr_text
    inbox.pairing_code = event.pairing_code
    inbox.phone_e164 = event.phone_e164 or inbox.phone_e164
    inbox.push_name = event.push_name or inbox.push_name
    inbox.wa_version = event.wa_version or inbox.wa_version
    # What an admin asked for in vain stands until it is done after all, which changes the state or brings the code.
    failed = [] if is_new or event.pairing_code else [alert for alert in inbox.alerts.split(",") if ":" in alert]
    inbox.alerts = ",".join([*sorted({alert.value for alert in event.alerts}), *failed])
    inbox.browser_error = event.browser_error
    inbox.sync_percent = event.sync_percent
    inbox.host = event.host or inbox.host
    session.add(inbox)
    changes.touch_inbox(session, event.inbox_id, was)


def _stored(reason: str) -> tuple[str, str]:
    """A reason of the wire as its word and its parameters, as the columns keep them."""
    word, parts = reasons.split(reason)
    return word, json.dumps({"parts": parts}, ensure_ascii=False, separators=(",", ":")) if parts else "{}"


def _is_late(inbox: Inbox, event: SessionChanged | CommandFailed) -> bool:
    """Whether a worker has told of the number since: this came late, or once more.

    By the time at which it was put on the stream. Workers' own clocks don't count: they differ between hosts, and step
    back when they are put right. Where Redis told the future (its clock was put right since) nothing counts as late.
    """
    return _told_at(event) < inbox.told_at <= now_ms()


def _told_at(event: SessionChanged | CommandFailed) -> int:
    return event.occurred_at if event.streamed_at is None else event.streamed_at


def note_worker_away(session: Session, inbox_ids: Collection[int]) -> None:
    """No worker holds these numbers, so nothing that was told of them is true any more. Done twice it is done once."""
    for inbox in _claiming(session, inbox_ids):
        is_paired = inbox.status in (SessionStatus.SYNCING, SessionStatus.LIVE, SessionStatus.RECONNECTING)
        status = SessionStatus.RECONNECTING if is_paired else SessionStatus.NOT_PAIRED
        _correct(session, inbox, status, AppReason.WORKER_AWAY.value)


def note_worker_back(session: Session, inbox_ids: Collection[int]) -> None:
    """A worker holds these numbers (again) and says nothing new: what it told last is true still."""
    h = SESSION_HISTORY.c
    for inbox in session.execute(_that(inbox_ids).where(_I.status_reason == AppReason.WORKER_AWAY.value)).scalars():
        told = (h.inbox_id == inbox.id, h.reason.not_in((AppReason.WORKER_AWAY.value, AppReason.GAP.value)))
        newest = select(h.status, h.reason, h.reason_params).where(*told).order_by(h.id.desc()).limit(1)
        last = session.execute(newest).first()
        if last is not None:
            _correct(session, inbox, last.status, last.reason, last.reason_params)


def list_untrue(session: Session, free: Collection[int], held: Collection[int]) -> tuple[list[int], list[int]]:
    """Of the numbers that no worker holds, those to `note_worker_away`; of those held, the ones to `note_worker_back`.

    Both oldest first.
    """
    away = [_id_of(inbox) for inbox in _claiming(session, free)]
    back = session.execute(_that(held).where(_I.status_reason == AppReason.WORKER_AWAY.value)).scalars()
    return away, [_id_of(inbox) for inbox in back]


def _that(inbox_ids: Collection[int]) -> Select[Any]:
    return select(Inbox).where(_I.id.in_(inbox_ids), _I.is_active).order_by(_I.id)


def _claiming(session: Session, inbox_ids: Collection[int]) -> list[Inbox]:
    told = _that(inbox_ids).where(_I.status.in_(_NEEDS_WORKER), _I.status_reason.not_in(_SAID_WITHOUT_WORKER))
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
    """The id of a row that was read."""
    assert inbox.id is not None
    return inbox.id


def apply_gap_recovered(session: Session, event: GapRecovered) -> None:
    """Keep the receipt of an absence: from when, until when, how many messages came meanwhile. Told twice, once."""
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
    """An admin's command (pairing code, reset …) failed: the card says so beside the state. Only the last one's.

    Told late, it changes nothing: the state was told anew since.
    """
    inbox = session.get(Inbox, event.inbox_id)
    if inbox is not None and not _is_late(inbox, event):
        told = [alert for alert in inbox.alerts.split(",") if alert in list(Alert)]
        inbox.alerts = ",".join([*told, f"{event.command}:{event.reason}"])
        session.add(inbox)
        changes.touch_inbox(session, event.inbox_id, inbox.status)
