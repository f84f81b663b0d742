"""Settings → WhatsApp: the numbers, their status, and pairing. For admins.

QR and pairing codes are sent to the admins' tabs that show them. No state keeps them, because a state lives for hours.
Announcements carry neither.
"""

import asyncio
import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

import reflex as rx
import segno
from sqlmodel import Session

from roms_app.config import get_settings
from roms_app.domain.time import moment
from roms_app.i18n.catalog import translate
from roms_app.live import control, relay
from roms_app.live.transactions import reading, writing
from roms_app.models import Agent
from roms_app.models.base import now_ms
from roms_app.services import inboxes
from roms_app.states.browser import give
from roms_app.states.forms import CodeForm, NewNumberForm, OptionsForm, RenameNumberForm
from roms_app.states.guard import admin_only
from roms_app.states.past import PastLine, Strip, read_past, read_strip
from roms_app.views.settings import InboxCard
from wa_worker.contract.commands import Channel, Command, PairWithCode, RefreshQr, ResetSession, ResumeSending
from wa_worker.contract.events import SessionStatus

PATH: Final = "/settings/whatsapp"
#: Statuses before the scan. The page waits for a change from one of these to one of the next two.
_PAIRING: Final = frozenset(
    {
        SessionStatus.NOT_PAIRED,
        SessionStatus.WAITING_FOR_SCAN,
        SessionStatus.SCANNED,
        SessionStatus.CONFIRM_ON_PHONE,
        SessionStatus.PAUSED,
    }
)
_PAIRED: Final = frozenset({SessionStatus.SYNCING, SessionStatus.LIVE})


@dataclass(frozen=True, slots=True)
class NumberCard:
    """A number as this page shows it."""

    card: InboxCard
    #: When the status began, in the admin's timezone.
    since: str
    strip: Strip


@lru_cache(maxsize=16)
def qr_image(text: str) -> str:
    """The QR as a data URL of an SVG, with a white quiet zone, which scanners need in dark mode, too. Takes 26 ms."""
    code = segno.make(text, error="l", micro=False)
    return code.svg_data_uri(border=4, dark="#000", light="#fff", scale=4)


def simulator_address(origin: str) -> str:
    """The simulator's address for the admin's browser: on the host of ROMS, unless configured otherwise."""
    url = urlsplit(get_settings().simulator_url)
    if url.hostname not in ("127.0.0.1", "localhost", "::1", "0.0.0.0", "simulator", "worker"):
        return get_settings().simulator_url
    page = urlsplit(origin or get_settings().public_url)
    return f"{page.scheme or 'http'}://{page.hostname or 'localhost'}:{get_settings().simulator_port}"


class WhatsappState(rx.State):
    """The cards. Announcements of changed numbers call `refresh` in every admin's tab."""

    numbers: list[NumberCard] = []
    is_loaded: bool = False
    error: str = ""
    #: The open dialog: "add", "rename 3", "remove 3", "code 3", "past 3", "options 3"; "" for none.
    dialog: str = ""
    #: The list of the dialog "past 3".
    past: list[PastLine] = []
    simulator: str = ""
    #: Inbox id → status at this tab's last read.
    _seen: dict[int, str] = {}
    #: Digest of the codes that this tab was given. They are sent again only when they change.
    _given: str = ""

    @rx.event
    @admin_only
    async def load(self, agent: Agent):
        """Fill the page. An open dialog keeps its content, because this also runs after every lost connection."""
        if not self.dialog:
            self.error = ""
        self._seen = {}
        # The page may be a new one that has no codes.
        self._given = "unknown"
        self.simulator = simulator_address(self.router.headers.origin)
        return await self._read(agent)

    @rx.event
    @admin_only
    async def arrive(self, agent: Agent):
        """Clear what an earlier visit left.

        Runs when the page is opened; unlike `load`, not after a lost connection.
        """
        self.error, self.dialog = "", ""

    @rx.event
    @admin_only
    async def refresh(self, agent: Agent):
        """Show a changed number. When one was just paired here, go on to the inbox."""
        if self.router.url.path.rstrip("/") != PATH:
            return []
        before = self._seen
        events = await self._read(agent)
        if any(before.get(id) in _PAIRING and now in _PAIRED for id, now in self._seen.items()):
            events.append(rx.redirect("/inbox"))
        return events

    @rx.event
    @admin_only
    async def set_dialog(self, agent: Agent, name: str, is_open: bool):
        """Open or close a dialog."""
        self.dialog, self.error = (name if is_open else ""), ""

    @rx.event
    @admin_only
    async def add_number(self, agent: Agent, form: dict[str, Any]):
        """Add a real WhatsApp number."""
        await writing(inboxes.create_inbox, agent, name=NewNumberForm.read(form).name, channel=Channel.WHATSAPP)
        self.dialog, self.error = "", ""
        return await self._read(agent)

    @rx.event
    @admin_only
    async def add_demo(self, agent: Agent):
        """Add a demo phone, ready to be scanned in the simulator."""
        name = translate(agent.language, "Demo phone")
        count = sum(number.card.channel == Channel.DEMO for number in self.numbers)
        await writing(inboxes.create_inbox, agent, name=f"{name} {count + 1}" if count else name, channel=Channel.DEMO)
        self.error = ""
        return await self._read(agent)

    @rx.event
    @admin_only
    async def rename(self, agent: Agent, form: dict[str, Any]):
        """Rename a number."""
        sent = RenameNumberForm.read(form)
        await writing(inboxes.rename, agent, sent.inbox_id, sent.name)
        self.dialog, self.error = "", ""
        return await self._read(agent)

    @rx.event
    @admin_only
    async def remove(self, agent: Agent, inbox_id: int):
        """Remove a number. Its conversations stay."""
        await control.remove_number(agent, inbox_id)
        self.dialog, self.error = "", ""
        return await self._read(agent)

    @rx.event
    @admin_only
    async def request_code(self, agent: Agent, form: dict[str, Any]):
        """Ask WhatsApp for a code to type on the phone instead of scanning."""
        sent = CodeForm.read(form)
        await self._command(PairWithCode, sent.inbox_id, phone_e164=sent.phone)
        self.dialog = ""

    @rx.event
    @admin_only
    async def pair_again(self, agent: Agent, inbox_id: int):
        """Start pairing a number again with a QR, after a logout."""
        await self._command(ResetSession, inbox_id)

    @rx.event
    @admin_only
    async def new_code(self, agent: Agent, inbox_id: int):
        """Show a new QR after the last one expired because nobody scanned it."""
        await self._command(RefreshQr, inbox_id)

    @rx.event
    @admin_only
    async def resume_sending(self, agent: Agent, inbox_id: int):
        """Resume sending, which was paused because WhatsApp showed signs of a ban."""
        await self._command(ResumeSending, inbox_id)

    @rx.event
    @admin_only
    async def save_options(self, agent: Agent, form: dict[str, Any]):
        """Save a number's options: groups, and when customers see that their messages were read."""
        await writing(_save_options, agent, OptionsForm.read(form))
        self.dialog, self.error = "", ""
        return await self._read(agent)

    @rx.event
    @admin_only
    async def show_past(self, agent: Agent, inbox_id: int):
        """Show a number's events of the last week."""
        await reading(inboxes.access_inbox, inbox_id)
        self.past = await reading(read_past, agent, inbox_id, now_ms())
        self.dialog, self.error = f"past {inbox_id}", ""

    async def _command(self, kind: type[Command], inbox_id: int, **values: Any) -> None:
        await reading(inboxes.access_inbox, inbox_id)
        await relay.command(kind(inbox_id=inbox_id, **values))
        self.error = ""

    async def _read(self, agent: Agent) -> list[Any]:
        """Read all cards. Returns the event that gives the tab their codes, if those changed."""
        self.numbers, codes = await reading(_read_numbers, agent, now_ms())
        self._seen = {number.card.id: number.card.status for number in self.numbers}
        self.is_loaded = True
        pairings = {str(inbox_id): await _pairing(*both) for inbox_id, both in codes.items()}
        digest = hashlib.sha256(json.dumps(pairings).encode()).hexdigest()
        if digest == self._given:
            return []
        self._given = digest
        return [give("pairings", pairings)]


async def _pairing(text: str | None, code: str | None) -> dict[str, str]:
    image = {"qr": await asyncio.to_thread(qr_image, text)} if text else {}
    return {**image, "code": code} if code else image


def _read_numbers(session: Session, agent: Agent, now: int) -> tuple[list[NumberCard], inboxes.Codes]:
    """Read everything in one turn of the reader: a turn for each number costs more than the reading."""
    numbers = [
        NumberCard(
            card=card,
            since=moment(card.status_at, now, timezone=agent.timezone, language=agent.language),
            strip=read_strip(session, agent, card.id, now),
        )
        for card in inboxes.list_cards(session)
    ]
    return numbers, inboxes.list_codes(session)


def _save_options(session: Session, admin: Agent, sent: OptionsForm) -> None:
    inboxes.set_has_groups(session, admin, sent.inbox_id, sent.has_groups)
    inboxes.set_read_receipts(session, admin, sent.inbox_id, sent.read_receipts)
