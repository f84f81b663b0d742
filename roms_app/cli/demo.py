"""`roms demo`: fills a running ROMS. Messages take the real path: simulator, worker, streams, app."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import httpx
from rich.table import Table
from sqlmodel import Session, col, select

from roms_app.cli.demo_stories import STORIES, Line, Story
from roms_app.cli.output import Steps, hint, out
from roms_app.cli.tool import ready_database
from roms_app.config import Settings
from roms_app.errors import ConfigurationError, RomsError
from roms_app.live.transactions import reading, settle, writing
from roms_app.models import Agent, Contact, Conversation, Inbox, Role
from roms_app.ops import readiness, running
from roms_app.ops.environment import is_own_redis
from roms_app.services import agents, conversations, inboxes, outbox
from wa_worker.contract.commands import Channel
from wa_worker.contract.events import SessionStatus

T = TypeVar("T")
SHOP: Final = "Toko Melati"
ADMIN: Final = ("siti@melati.example", "Siti Rahma", Role.ADMIN)
TEAM: Final = (
    ("budi@melati.example", "Budi Santoso", Role.AGENT),
    ("ayu@melati.example", "Ayu Lestari", Role.AGENT),
    ("dewi@melati.example", "Dewi Anggraini", Role.AGENT),
)
#: The last customers write while nobody is present: they wait in the queue until an agent opens the inbox.
LEFT_WAITING: Final = 5
_PATIENCE: Final = 90.0
#: Fast enough to wait for, slow enough to watch.
_TYPING_SECONDS: Final = 0.2


@dataclass(frozen=True)
class _Stage:
    """The simulator, the number and the admin that the demo uses."""

    simulator: httpx.AsyncClient
    admin: Agent
    inbox_id: int

    async def ctl(self, cmd: str, **arguments: Any) -> httpx.Response:
        """Send one command to the simulator."""
        return await self.simulator.post("/ctl", json={"phone": str(self.inbox_id), "cmd": cmd, **arguments})


def demo() -> None:
    """Fill a running ROMS with a team, a paired demo phone and thirty customers."""
    settings = _running(ready_database())
    password = _password(settings)
    with Steps() as steps:
        asyncio.run(_play(settings, password, steps.say))
    table = Table("Log in at", "Email", "Password", "Role", box=None)
    for email, _, role in (ADMIN, *TEAM):
        table.add_row(settings.public_url, email, password, role.value)
    out.print(table)
    hint("Passwords are those of the first `roms demo`; `roms agent passwd` changes one.")


async def _play(settings: Settings, password: str, say: Callable[[str], None]) -> None:
    say("Hiring the team")
    team = [await writing(_hire, person, password) for person in (ADMIN, *TEAM)]
    async with httpx.AsyncClient(base_url=settings.simulator_url, timeout=30, trust_env=False) as simulator:
        say("Pairing the demo phone")
        inbox_id = await writing(_demo_inbox, team[0])
        stage = _Stage(simulator, team[0], inbox_id)
        await _pair(stage)
        state = await simulator.get("/state", params={"phone": str(inbox_id), "fields": "contacts"})
        numbers = {contact.get("pn") for contact in state.json()["contacts"]}
        new = [story for story in STORIES if _jid(story) not in numbers]
        say(f"{len(new)} customers write")
        chats = await _customers_write(stage, team[1:], new)
        say("The team answers")
        await _team_answers(stage, chats)
    await asyncio.wait_for(settle(), 10)


async def _pair(stage: _Stage) -> None:
    async def is_live() -> bool:
        return await reading(_status, stage.inbox_id) is SessionStatus.LIVE

    async def is_linked() -> bool:
        # Refused until a QR is shown.
        return await is_live() or (await stage.ctl("scan", pushname=SHOP)).status_code == 200

    await _until(is_linked, "the demo phone to show a QR")
    await _until(is_live, "the demo phone to be live")


async def _customers_write(stage: _Stage, team: Sequence[Agent], stories: Sequence[Story]) -> dict[str, Story]:
    """Play the stories and return them by chat jid. The last few are written after the team has gone."""
    chats = {await _introduce(stage, story): story for story in stories}
    past = [_message(chat, line) for chat, story in chats.items() for line in story.past]
    if past:
        answer = await stage.ctl("messages", messages=sorted(past, key=lambda message: message["t"]), seen=True)
        answer.raise_for_status()
    waiting = set(list(chats)[-LEFT_WAITING:])
    for is_staffed, part in ((True, set(chats) - waiting), (False, waiting)):
        for agent in team:
            await writing(agents.touch_presence if is_staffed else _leave, agent.id or 0)
        for chat, story in chats.items():
            for line in story.present if chat in part else ():
                (await stage.ctl("message", chat=chat, body=line.text)).raise_for_status()
                await asyncio.sleep(_TYPING_SECONDS)
        await _until(lambda part=part: _have_all_come(stage, part), "all messages to arrive in the inbox")
    return chats


async def _have_all_come(stage: _Stage, chats: set[str]) -> bool:
    return {row.chat_jid for row in await reading(_conversations, stage.inbox_id)} >= chats


async def _introduce(stage: _Stage, story: Story) -> str:
    """Create the customer and return the chat's jid. Returning customers are in the shop's address book."""
    address_book = {"name": story.name} if story.past else {}
    first_name = story.name.split()[0]
    answer = await stage.ctl(
        "contact", pn=_jid(story), hides_number=story.hides_number, pushname=first_name, **address_book
    )
    answer.raise_for_status()
    return str(answer.json()["contact"]["id"])


def _message(chat: str, line: Line) -> dict[str, Any]:
    author = "customer" if line.who == ">" else "owner"
    return {"chat": chat, "body": line.text, "t": int(time.time()) - line.minutes * 60, "by": author}


async def _team_answers(stage: _Stage, chats: dict[str, Story]) -> None:
    for row in await reading(_conversations, stage.inbox_id):
        story = chats.get(row.chat_jid)
        if story is None or row.id is None:
            continue
        agent = await reading(lambda session, row=row: session.get(Agent, row.assignee_id or 0)) or stage.admin
        for line in story.answers:
            await writing(conversations.mark_seen, agent, row.id)
            await writing(outbox.queue_reply, agent, row.id, line.text)


async def _until(look: Callable[[], Awaitable[bool]], what: str) -> None:
    try:
        async with asyncio.timeout(_PATIENCE):
            while not await look():
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise ConfigurationError(
            f"Waited {_PATIENCE:.0f} s for {what}.", "`roms doctor` says which part is at fault; then run this again."
        ) from None


def _running(settings: Settings) -> Settings:
    """The settings of the ROMS that runs on this data folder. Its ports may differ from our settings."""
    absent = ConfigurationError(
        "ROMS is not running, and the demo needs it.", "Start it with `make run`, then run this beside it."
    )
    run = running.running_settings(settings)
    if run is None and is_own_redis(settings):
        # Another ROMS may answer on these ports.
        raise absent
    run = run or settings
    try:
        for url in (f"{readiness.address_of(run)}/readyz", f"{run.simulator_url}/healthz"):
            httpx.get(url, timeout=5, trust_env=False).raise_for_status()
    except httpx.HTTPError as error:
        raise absent from error
    return run


def _password(settings: Settings) -> str:
    """The password of all demo agents. It is random, because others may reach the machine on which the demo runs."""
    path = settings.data_dir / "demo-password"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(f"melati-{secrets.token_hex(5)}")
    return path.read_text()


def _jid(story: Story) -> str:
    return f"{story.phone.removeprefix('+')}@c.us"


def _hire(session: Session, person: tuple[str, str, Role], password: str) -> Agent:
    email, name, role = person
    agent = session.exec(select(Agent).where(Agent.email == email)).first()
    if agent is None:
        agent_id = agents.create_agent(session, email=email, name=name, password=password, role=role, language="en")
        agent = session.get_one(Agent, agent_id)
    if not agent.is_active:
        raise RomsError(f"{name} was deactivated.", "Reactivate them in Settings → Team, then run this again.")
    return agent


def _demo_inbox(session: Session, admin: Agent) -> int:
    wanted = select(Inbox).where(Inbox.name == SHOP, Inbox.channel == Channel.DEMO, col(Inbox.is_active))
    inbox = session.exec(wanted).first()
    if inbox is not None and inbox.id is not None:
        return inbox.id
    return inboxes.create_inbox(session, admin, name=SHOP, channel=Channel.DEMO)


def _leave(session: Session, agent_id: int) -> None:
    """Mark the agent as long absent. No service does this: in real use only time passes."""
    agent = session.get_one(Agent, agent_id)
    agent.seen_at = None
    session.add(agent)


def _status(session: Session, inbox_id: int) -> SessionStatus:
    return session.get_one(Inbox, inbox_id).status


def _conversations(session: Session, inbox_id: int) -> Sequence[Conversation]:
    of_inbox = select(Conversation).join(Contact).where(Conversation.inbox_id == inbox_id)
    return session.exec(of_inbox.order_by(col(Conversation.last_message_at))).all()
