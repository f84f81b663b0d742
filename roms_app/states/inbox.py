"""The conversation list of one browser tab.

A handler joins the rooms of a view first and reads its rows second, so that no change is missed in between. The rows
reach the browser as Reflex's own delta; assets/roms copies them and merges the patches of `live/push.py`
(docs/decisions/001). The browser names the view that it shows. After a reconnect it names it again, and everything is
reloaded.
"""

from dataclasses import replace
from typing import Final, Literal, get_args

import reflex as rx
from sqlmodel import Session

from roms_app.errors import InvalidInput
from roms_app.live import push, rooms
from roms_app.live.transactions import reading
from roms_app.models import Agent
from roms_app.services import conversations
from roms_app.services.access import id_of, visible_inboxes
from roms_app.states.browser import call
from roms_app.states.guard import signed_in
from roms_app.views.inbox import ConversationRow, Counts, Listing

PAGE_ROWS: Final = 50
Tab = Literal["mine", "unassigned", "all"]
Status = Literal["open", "resolved"]


class InboxState(rx.State):
    """The list that this tab shows."""

    #: Newest first, as far as the tab has scrolled.
    rows: list[ConversationRow] = []
    listing: Listing = Listing()
    counts: Counts = Counts()
    #: The reason why an empty list is empty: number | customer; "": neither.
    empty_reason: str = ""
    #: The error if the list could not be read; shown in its place.
    error: str = ""
    _rooms: list[str] = []

    @rx.event
    @signed_in
    async def load(self, agent: Agent):
        """The page was opened, or its socket reconnected. After this, the tab asks for its list."""
        await push.join(self, [rooms.agent(id_of(agent))])
        return call("ready", agent.id)

    @rx.event
    @signed_in
    async def show(self, agent: Agent, tab: str, status: str):
        """List a tab's conversations of a status, from the newest on."""
        wanted_tab, wanted_status = _view(tab, status)
        self.error = ""
        since = push.now_ms()
        await self._join(agent, wanted_tab)
        self.rows, self.counts, self.empty_reason = await reading(_read, agent, wanted_tab, wanted_status)
        self.listing = Listing(id_of(agent), wanted_tab, wanted_status, len(self.rows) == PAGE_ROWS, since)

    @rx.event
    @signed_in
    async def load_more(self, agent: Agent, tab: str, status: str, before_at: int, before_id: int):
        """Load the rows below the last one that the tab has."""
        wanted_tab, wanted_status = _view(tab, status)
        if (wanted_tab, wanted_status) != (self.listing.tab, self.listing.status):
            return
        more = await reading(
            conversations.list_rows,
            agent,
            tab=wanted_tab,
            status=wanted_status,
            before=(before_at, before_id),
            limit=PAGE_ROWS,
        )
        # `since` stays that of the first page: later updates in the browser are newer than these rows.
        self.listing = replace(self.listing, has_more=len(more) == PAGE_ROWS)
        known = {row.id for row in self.rows}
        self.rows = [*self.rows, *(row for row in more if row.id not in known)]

    async def _join(self, agent: Agent, tab: Tab) -> None:
        """Join the rooms of this view, and leave those of the previous one."""
        wanted = await _rooms_of(agent, tab)
        await push.leave(self, [name for name in self._rooms if name not in wanted])
        await push.join(self, wanted)
        self._rooms = wanted


def _view(tab: str, status: str) -> tuple[Tab, Status]:
    if tab not in get_args(Tab) or status not in get_args(Status):
        raise InvalidInput("There is no such list.", "Choose one of the tabs.")
    return tab, status  # pyright: ignore[reportReturnType]  checked above


async def _rooms_of(agent: Agent, tab: Tab) -> list[str]:
    # `load` joins the agent's own room, and nothing leaves it: the title counts unread conversations in every view.
    if tab == "mine":
        return []
    room = rooms.unassigned if tab == "unassigned" else rooms.all_of
    return [room(inbox_id) for inbox_id in await reading(visible_inboxes, agent)]


def _read(session: Session, agent: Agent, tab: Tab, status: Status) -> tuple[list[ConversationRow], Counts, str]:
    rows = conversations.list_rows(session, agent, tab=tab, status=status, limit=PAGE_ROWS)
    empty_reason = "" if rows else conversations.empty_list_reason(session, agent)
    return rows, conversations.count_open(session, agent), empty_reason
