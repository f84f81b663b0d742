"""One app with a shop in it, on SQLite and without a worker: for what needs pages, and no customer's phone."""

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from sqlalchemy import select, update
from sqlmodel import Session

from roms_app import database
from roms_app.models import Agent, DeliveryStatus, Priority, Role, SessionHistory
from roms_app.models.base import now_ms
from roms_app.models.tables import CONVERSATION, INBOX, MESSAGE
from roms_app.services import assignment_settings, by_hand, conversations, labels, outbox, routing, teams
from roms_app.services.access import id_of
from roms_app.services.intake import intake
from tests.attack.app import App, running_app
from tests.support.cast import make_agent, make_inbox, received
from tests.support.servers import RedisServer
from tests.support.tabs import sign_in
from wa_worker.contract.events import MessageKind, SessionStatus
from wa_worker.contract.streams import Heartbeat, heartbeat_key

MINUTE = 60_000
_C = CONVERSATION.c


@dataclass(frozen=True)
class Stage:
    """The app and its database."""

    app: App

    @property
    def url(self) -> str:
        """The URL of the app."""
        return self.app.url

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A transaction of this process. Pages learn of it when they are loaded."""
        engine = database.make_engine(self.app.database_url)
        database.use_engine(engine)
        try:
            # Nothing that the app writes comes between what is read here and what follows from it.
            with database.writing_session() as session:
                yield session
                session.commit()
        finally:
            database.use_engine(None)
            engine.dispose()


@dataclass(frozen=True)
class Shop:
    """Session cookies of the admin and of an agent, and a conversation with a bit of everything in it."""

    siti: str
    budi: str
    conversation_id: int


@contextmanager
def running_stage(template: Path, folder: Path) -> Iterator[Stage]:
    """The app on an empty database, a copy of the migrated `template`."""
    shutil.copy(template, folder / "roms.db")
    redis = RedisServer()
    redis.start()
    _hold_numbers(redis.url)
    with closing(redis), running_app(folder, f"sqlite:///{folder / 'roms.db'}", redis.url) as app:
        yield Stage(app)


def _hold_numbers(redis_url: str) -> None:
    """Leave a worker's heartbeat that holds the first numbers: without one the app calls them offline after a while."""
    beat = Heartbeat(worker_id="stage", pid=0, inbox_ids=[1, 2, 3], at=now_ms())
    with closing(Redis.from_url(redis_url)) as client:
        client.set(heartbeat_key(beat.worker_id), beat.model_dump_json())


def open_shop(session: Session) -> Shop:
    """A team, two numbers, rules, and conversations in every state."""
    siti = make_agent(session, "Siti", role=Role.ADMIN)
    budi, ayu = make_agent(session, "Budi"), make_agent(session, "Ayu")
    inbox_id = make_inbox(session, "Shop", siti, budi, ayu)
    paused = make_inbox(session, "Service", siti)
    session.execute(update(INBOX).where(INBOX.c.id == paused).values(status=SessionStatus.PAUSED))
    _remember(session, inbox_id)
    team_id = teams.create(session, siti, "Pengiriman")
    teams.set_members(session, siti, team_id, [id_of(ayu)])
    label_id = labels.create(session, siti, "Refund")
    routing.create_rule(session, siti, inbox_id, kind="keyword", team_id=team_id, keywords="ongkir, resi")
    off = routing.create_rule(session, siti, inbox_id, kind="label", team_id=team_id, label_id=label_id)
    routing.set_active(session, siti, off, is_active=False)
    conversation_id = _fill(session, inbox_id, siti, budi, label_id)
    assignment_settings.set_duty(
        session, siti, id_of(ayu), capacity=3, may_reply=False, shift_hours=";;;;;;09:00-10:00"
    )
    return Shop(sign_in(id_of(siti), session), sign_in(id_of(budi), session), conversation_id)


def _remember(session: Session, inbox_id: int) -> None:
    """Add the number's session history of today."""
    now = now_ms()
    for minutes, status, reason in (
        (400, SessionStatus.LIVE, ""),
        (60, SessionStatus.RECONNECTING, "offline"),
        (50, SessionStatus.LOGGED_OUT, "phone_logout"),
        (40, SessionStatus.LIVE, ""),
    ):
        session.add(SessionHistory(inbox_id=inbox_id, status=status, reason=reason, at=now - minutes * MINUTE))


def _fill(session: Session, inbox_id: int, siti: Agent, budi: Agent, label_id: int) -> int:
    """Ten customers; the first one's conversation is Budi's. Returns its id."""
    since = now_ms() - 30 * MINUTE
    for customer in range(1, 11):
        at = since + customer * MINUTE
        intake.receive_batch(session, [received(inbox_id, customer, "Halo, apakah bajunya masih ada?", sent_at=at)])
    for kind in (MessageKind.IMAGE, MessageKind.LOCATION, MessageKind.VOICE, MessageKind.STICKER):
        intake.receive_batch(session, [received(inbox_id, 1, "Ini", kind=kind, sent_at=since + 20 * MINUTE)])
    ids = list(session.execute(select(_C.id).order_by(_C.id)).scalars())
    first, urgent, escalated, alone, low, done = ids[:6]
    for each in (first, urgent):
        by_hand.assign_to_agent(session, siti, each, id_of(budi), "Tolong dibantu")
    for text, status in (("Masih ada.", DeliveryStatus.READ), ("Kirim?", DeliveryStatus.FAILED), ("Ya", None)):
        message_id = outbox.queue_reply(session, budi, first, f"{text} https://melati.example")
        if status is not None:
            session.execute(update(MESSAGE).where(MESSAGE.c.id == message_id).values(delivery_status=status))
    labels.set_labels(session, siti, first, [label_id])
    by_hand.set_priority(session, siti, urgent, Priority.URGENT)
    by_hand.set_priority(session, siti, low, Priority.LOW)
    session.execute(update(CONVERSATION).where(_C.id == escalated).values(escalated_at=now_ms()))
    by_hand.unassign(session, siti, alone)
    session.execute(update(CONVERSATION).where(_C.id == urgent).values(waiting_since=since - 90 * MINUTE))
    conversations.resolve(session, budi, done)
    return first
