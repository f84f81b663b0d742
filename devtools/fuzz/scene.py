"""The scene of the attack: agents, two numbers that they attack, and a sealed number that must stay untouched."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Table, select
from sqlmodel import Session, SQLModel, col, update

from devtools.fuzz.nonsense import Aims
from roms_app.live.transactions import writing
from roms_app.models import (
    Agent,
    Availability,
    DeliveryStatus,
    Inbox,
    InboxMember,
    Label,
    Message,
    Role,
    Team,
    TeamMember,
)
from roms_app.models.tables import CONVERSATION, MESSAGE, STREAM_OWNER
from roms_app.services import by_hand, labels, outbox, routing, sessions, uploads
from roms_app.services.access import id_of
from roms_app.services.intake import intake
from roms_app.services.uploads import Quota, UploadedFile
from tests.support.cast import make_agent, make_inbox, received
from tests.support.tabs import sign_in
from wa_worker.contract.commands import MediaKind
from wa_worker.contract.events import SessionStatus

VISITOR, AGENT, FOREIGN, ADMIN = ROLES = ("visitor", "agent", "foreign agent", "admin")
#: Part of all data of the sealed number. Plain letters, so that no escaping changes it.
SECRET: Final = "sealedsecret"
_QUOTA: Final = Quota(10**9, 10**9)


@dataclass
class Scene:
    """The ids and the signed-in agents of the scene."""

    #: By role, without the visitor.
    agents: Mapping[str, Agent]
    #: The agent of the sealed number. Nobody attacks as this agent; the attack must not slow their clicks.
    owner: Agent
    owner_cookie: str
    #: Number → its agents, as it was made: the admin's attacks may change it.
    members: Mapping[int, Sequence[int]]
    sealed_inbox: int
    sealed_conversations: Sequence[int]
    #: The ids that the attacks of each role use.
    aims: Mapping[str, Aims]
    cookies: dict[str, str] = field(default_factory=dict[str, str])

    async def tend(self, *, is_renewed: bool = True) -> None:
        """Restore the rights that the attackers' own events removed; with `is_renewed`, also give them new sessions."""
        self.cookies = await writing(_tend, self, is_renewed)

    def role_of(self, agent_id: int) -> str:
        """The role of this agent in the attack. 0 is a visitor; "" means that nobody attacks as the agent."""
        return next((role for role, agent in self.agents.items() if agent.id == agent_id), "" if agent_id else VISITOR)


def make_scene(session: Session) -> Scene:
    """Create the scene. The sealed number's rows come last, because guessed ids are small."""
    admin = make_agent(session, "Admin", role=Role.ADMIN)
    away: dict[str, Any] = {"availability": Availability.AWAY}
    agent = make_agent(session, "Agent", **away)
    # The last admin can't be demoted.
    make_agent(session, "Second", role=Role.ADMIN)
    foreign, owner = make_agent(session, "Foreign", **away), make_agent(session, "Owner", **away)
    shop, other = make_inbox(session, "Shop", agent, admin), make_inbox(session, "Other", foreign)
    spare = make_inbox(session, "Spare", agent)
    attacked = [
        _make_number(session, inbox_id, who, admin, "shop")
        for inbox_id, who in ((shop, agent), (other, foreign), (spare, agent))
    ]
    sealed = make_inbox(session, f"Number {SECRET}", owner)
    closed = _make_number(session, sealed, owner, admin, SECRET)
    # No worker runs here, so the status is set directly.
    session.execute(update(Inbox).values(status=SessionStatus.RECONNECTING, status_reason="worker_away"))
    own = {kind: [id for number in attacked for id in number[kind]] for kind in closed}
    # Not the foreign agent: the admin's attacks would make them an admin.
    own["agent"] = [id_of(agent), id_of(admin)]
    return Scene(
        agents={AGENT: agent, FOREIGN: foreign, ADMIN: admin},
        owner=owner,
        owner_cookie=sign_in(id_of(owner), session),
        members={
            shop: [id_of(agent), id_of(admin)],
            other: [id_of(foreign)],
            spare: [id_of(agent)],
            sealed: [id_of(owner)],
        },
        sealed_inbox=sealed,
        sealed_conversations=[int(id) for id in closed["conversation"]],
        aims={VISITOR: closed, AGENT: own, FOREIGN: closed, ADMIN: own},
    )


def _make_number(session: Session, inbox_id: int, agent: Agent, admin: Agent, word: str) -> dict[str, list[int | str]]:
    """Create the rows of a number that has been used for some days, each named with `word`. Returns the ids by kind."""
    customers = [100 * inbox_id + n for n in range(3)]
    for _ in range(3):
        said = [received(inbox_id, n, f"{word} says {n}", push_name=f"{word} {n}") for n in customers]
        intake.receive_batch(session, said)
    conversations = _ids(session, CONVERSATION, inbox_id)
    # Labels, teams and colleagues are everybody's: their names are no secret.
    label, team = Label(name=f"label {inbox_id}"), Team(name=f"team {inbox_id}")
    session.add_all([label, team])
    session.flush()
    assert label.id and team.id
    session.add(TeamMember(team_id=team.id, agent_id=id_of(agent)))
    for id in conversations:
        by_hand.take(session, agent, id)
        labels.toggle(session, agent, id, label.id, is_on=True)
        reply_id = outbox.queue_reply(session, agent, id, f"{word} is answered", key=f"key-{id}")
        # What waits is tried again and again; what failed is touched by nobody but its agent.
        session.execute(
            update(Message).where(col(Message.id) == reply_id).values(delivery_status=DeliveryStatus.FAILED)
        )
    rule_id = routing.create_rule(session, admin, inbox_id, kind="keyword", team_id=team.id, keywords=word)
    file = UploadedFile(
        MediaKind.DOCUMENT, f"media/{word}", None, "application/pdf", 10, "0" * 64, f"{word}.pdf", None, None, None
    )
    token = uploads.keep_upload(session, agent, conversations[0], file, _QUOTA)
    return {
        "conversation": [*conversations],
        "message": [*_ids(session, MESSAGE, inbox_id)],
        "inbox": [inbox_id],
        "agent": [id_of(agent)],
        "label": [label.id],
        "team": [team.id],
        "rule": [rule_id],
        "token": [token],
    }


def _ids(session: Session, table: Table, inbox_id: int) -> list[int]:
    session.flush()
    return list(session.execute(select(table.c.id).where(table.c.inbox_id == inbox_id)).scalars())


def _tend(session: Session, scene: Scene, is_renewed: bool) -> dict[str, str]:
    if is_renewed:
        for cookie in scene.cookies.values():
            sessions.end_session(session, cookie)
    for inbox_id, agent_ids in scene.members.items():
        session.execute(update(Inbox).where(col(Inbox.id) == inbox_id).values(is_active=True))
        for agent_id in agent_ids:
            session.merge(InboxMember(inbox_id=inbox_id, agent_id=agent_id))
    for role, agent in scene.agents.items():
        values = {"role": Role.ADMIN if role == ADMIN else Role.AGENT, "is_active": True, "may_reply": True}
        session.execute(update(Agent).where(col(Agent.id) == agent.id).values(**values))
    session.flush()
    kept = {role: cookie for role, cookie in scene.cookies.items() if sessions.signed_in(session, cookie)}
    return {role: kept.get(role) or sign_in(id_of(agent), session) for role, agent in scene.agents.items()}


def sealed_rows(session: Session, scene: Scene) -> dict[str, list[dict[str, Any]]]:
    """All rows of the sealed number in the database, by table."""
    conversations = select(CONVERSATION.c.id).where(CONVERSATION.c.inbox_id == scene.sealed_inbox)
    messages = select(MESSAGE.c.id).where(MESSAGE.c.inbox_id == scene.sealed_inbox)
    sealed, rows = scene.aims[FOREIGN], {}
    for table in SQLModel.metadata.sorted_tables:
        c = table.c
        if table is STREAM_OWNER:
            # The app's own.
            continue
        if "inbox_id" in c:
            which = c.inbox_id == scene.sealed_inbox
        elif "conversation_id" in c:
            which = c.conversation_id.in_(conversations)
        elif "message_id" in c:
            which = c.message_id.in_(messages)
        elif table.name == "inbox":
            which = c.id == scene.sealed_inbox
        elif table.name in ("agent", "label", "team"):
            which = c.id.in_(sealed[table.name])
        elif table.name == "team_member":
            which = c.team_id.in_(sealed["team"])
        else:
            continue
        rows[table.name] = [dict(row._mapping) for row in session.execute(select(table).where(which))]
    return rows
