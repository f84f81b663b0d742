"""The conversation list: its tabs, its filter, its rows, and its empty state."""

from typing import Any

import reflex as rx

from roms_app.components.client import store
from roms_app.components.forms import error_notice
from roms_app.components.glyphs import avatar, media_glyph, tick
from roms_app.components.inbox.duty import due_chip, escalated_mark, priority_mark, why
from roms_app.components.inbox.gap_receipts import gap_receipts
from roms_app.components.inbox.labels import label_mark
from roms_app.components.live_badge import live_badge
from roms_app.components.number_notices import number_notices
from roms_app.components.words import availability_word, truth
from roms_app.i18n import t
from roms_app.models import Availability
from roms_app.states.inbox import InboxState
from roms_app.states.session import SessionState


def conversation_list() -> rx.Component:
    """The second region of the page."""
    return rx.el.section(
        rx.el.header(
            rx.el.h1(t("Inbox"), class_name="roms-list-title"),
            _availability(),
            live_badge(),
            class_name="roms-list-head",
        ),
        _tabs(),
        _filter(),
        number_notices(),
        gap_receipts(),
        error_notice(InboxState.error),
        rx.el.div(
            rx.el.div(
                rx.foreach(store.rows, _row),
                id="roms-options",
                role="listbox",
                aria_label=t("Conversations"),
            ),
            rx.cond(store.rows.length() == 0, _nothing()),
            id="roms-list",
            class_name="roms-list-scroll",
        ),
        aria_label=t("List of conversations"),
        class_name="roms-list",
    )


def _availability() -> rx.Component:
    """The agent's availability: whether the rotation may assign them conversations.

    It is a menu, because tools that search the page for options would take a select's options for conversations.
    """
    word = availability_word(SessionState.availability)
    trigger = rx.el.button(
        _dot(SessionState.availability),
        rx.el.span(word),
        rx.icon("chevron-down", size=14, aria_hidden="true"),
        type="button",
        aria_label=t("Availability"),
        title=word,
        class_name="roms-availability",
    )
    return rx.menu.root(
        rx.menu.trigger(trigger), rx.menu.content(*[_availability_choice(state.value) for state in Availability])
    )


def _availability_choice(state: str) -> rx.Component:
    is_chosen = SessionState.availability == state
    return rx.menu.item(
        _dot(state),
        availability_word(state),
        rx.spacer(),
        rx.cond(is_chosen, rx.icon("check", size=14, aria_hidden="true")),
        on_select=SessionState.set_availability(state),
        custom_attrs={"role": "menuitemradio", "aria-checked": truth(is_chosen)},
    )


def _dot(state: Any) -> rx.Component:
    return rx.el.span(class_name="roms-dot", aria_hidden="true", custom_attrs={"data-availability": state})


def _tabs() -> rx.Component:
    return rx.el.div(
        _tab("mine", t("Mine"), store.counts.mine),
        _tab("unassigned", t("Unassigned"), store.counts.unassigned),
        _tab("all", t("All"), store.counts.all),
        role="tablist",
        aria_label=t("Whose conversations"),
        class_name="roms-tabs",
    )


def _tab(tab: str, label: Any, count: Any) -> rx.Component:
    """The count is the tab's description, so that the tab's name never changes."""
    is_chosen = store.listing.tab == tab
    return rx.el.button(
        rx.el.span(label),
        rx.el.span(count, id=f"roms-count-{tab}", aria_hidden="true", class_name="roms-count"),
        type="button",
        role="tab",
        aria_label=label,
        aria_selected=is_chosen,
        custom_attrs={"aria-describedby": f"roms-count-{tab}", "aria-controls": "roms-options"},
        tab_index=rx.cond(is_chosen, 0, -1),
        on_click=store.run("roms.setView", {"tab": tab}),
    )


def _filter() -> rx.Component:
    """Open or resolved."""
    return rx.el.div(
        _filter_button("open", t("Open")),
        _filter_button("resolved", t("Resolved")),
        role="radiogroup",
        aria_label=t("Status"),
        class_name="roms-filter",
    )


def _filter_button(status: str, label: Any) -> rx.Component:
    is_chosen = store.listing.status == status
    return rx.el.button(
        label,
        type="button",
        role="radio",
        aria_checked=is_chosen,
        tab_index=rx.cond(is_chosen, 0, -1),
        on_click=store.run("roms.setView", {"status": status}),
    )


def _row(item: Any) -> rx.Component:
    """One row: name, last message, its time, unread count, waiting time, assignee."""
    is_selected = item.id == store.thread.id
    return rx.el.div(
        avatar(item.initials, item.hue, item.picture),
        rx.el.span(
            rx.el.span(
                rx.cond(item.is_group, rx.icon("users", size=14, aria_label=t("Group"), class_name="roms-glyph")),
                rx.el.span(item.name, class_name="roms-row-name", dir="auto"),
                priority_mark(item),
                escalated_mark(item),
                rx.el.span(item.time, class_name="roms-row-time", title=item.exact),
                class_name="roms-row-line",
            ),
            rx.el.span(
                _preview(item),
                _marks(item),
                class_name="roms-row-line",
            ),
            class_name="roms-row-lines",
        ),
        key=item.id,
        role="option",
        aria_label=item.name,
        aria_selected=is_selected,
        tab_index=rx.cond(item.id == store.listing.stop_id, 0, -1),
        on_click=store.run("romsControls.select", item.id),
        class_name="roms-row",
        custom_attrs={"data-id": item.id, "data-unread": item.unread != "", "aria-description": item.description},
    )


def _preview(item: Any) -> rx.Component:
    return rx.el.span(
        rx.cond(item.tick != "", tick(item.tick)),
        rx.cond(item.glyph != "", media_glyph(item.glyph)),
        rx.el.span(item.preview, dir="auto", class_name="roms-row-text"),
        class_name="roms-row-preview",
    )


def _marks(item: Any) -> rx.Component:
    return rx.el.span(
        rx.cond(item.label != "", label_mark(item)),
        rx.cond(item.assignee != "", _holder(item)),
        due_chip(item),
        rx.cond(
            (item.waiting != "") & (item.due == ""),
            rx.el.span(
                rx.icon("hourglass", size=11, aria_hidden="true"),
                item.waiting,
                title=item.waiting_label,
                class_name=rx.cond(item.waits_long, "roms-waiting roms-waiting-long", "roms-waiting"),
            ),
        ),
        rx.cond(item.unread != "", rx.el.span(item.unread, title=item.unread_label, class_name="roms-unread")),
        class_name="roms-row-marks",
    )


def _holder(item: Any) -> rx.Component:
    """The assignee, or the team in whose queue it waits. The tooltip says why."""
    return rx.el.span(
        rx.cond(item.is_team, rx.icon("users", size=12, aria_hidden="true")),
        rx.el.bdi(item.assignee),
        custom_attrs=why(item.because),
        class_name="roms-chip",
    )


def _nothing() -> rx.Component:
    """A skeleton if loading takes long; otherwise one sentence and one action."""
    return rx.cond(
        store.listing.is_loaded,
        rx.match(
            store.listing.status + " " + store.listing.tab,
            ("open mine", _mine_is_empty()),
            (
                "open unassigned",
                _or_beginning(_empty("party-popper", t("Nobody waits: every open chat has its agent."), _see("all"))),
            ),
            (
                "open all",
                _or_beginning(
                    _empty("inbox", t("No open chats. New messages appear here by themselves."), _see_resolved())
                ),
            ),
            _or_beginning(_empty("check-check", t("Nothing resolved here yet."), _see_open())),
        ),
        rx.cond(store.listing.is_slow, _skeleton()),
    )


def _or_beginning(later: rx.Component) -> rx.Component:
    """Before the first customer: the next step (add a number, invite agents). Afterwards `later`."""
    begins = store.counts.all == "0"
    is_admin = SessionState.is_admin
    no_number = rx.cond(
        is_admin,
        _empty(
            "smartphone",
            t("No number is paired yet. Once one is, its chats appear here."),
            _go(t("Add a number"), "/settings/whatsapp"),
        ),
        _empty("smartphone", t("You answer no number yet. Ask an admin of your team.")),
    )
    no_customer = rx.cond(
        is_admin,
        _empty(
            "message-square-text",
            t("No customer has written yet. Write to your number from another phone and see it arrive here."),
            _go(t("Invite agents"), "/settings/team"),
        ),
        _empty(
            "message-square-text",
            t("No customer has written yet. Write to the number from another phone and see it arrive here."),
        ),
    )
    return rx.cond(
        begins & (InboxState.empty_reason == "number"),
        no_number,
        rx.cond(begins & (InboxState.empty_reason == "customer"), no_customer, later),
    )


def _go(label: Any, href: str) -> rx.Component:
    return rx.el.a(label, href=href, class_name="roms-button-link")


def _mine_is_empty() -> rx.Component:
    is_available = SessionState.availability == "available"
    return rx.cond(
        is_available,
        _or_beginning(_empty("coffee", t("No chats are yours now. The next new one may be."), _see("unassigned"))),
        _empty(
            "moon",
            rx.cond(
                SessionState.availability == "busy",
                t("You are busy: new chats wait in Unassigned."),
                t("You are away: new chats wait in Unassigned."),
            ),
            rx.button(
                t("Become available"), size="2", variant="soft", on_click=SessionState.set_availability("available")
            ),
        ),
    )


def _empty(icon: str, sentence: Any, act: rx.Component | None = None) -> rx.Component:
    return rx.el.div(
        rx.icon(icon, size=28, aria_hidden="true"),
        rx.el.p(sentence),
        act or rx.fragment(),
        class_name="roms-nothing",
    )


def _see(tab: str) -> rx.Component:
    label = t("See unassigned chats") if tab == "unassigned" else t("See all chats")
    return rx.button(label, size="2", variant="soft", on_click=store.run("roms.setView", {"tab": tab}))


def _see_resolved() -> rx.Component:
    show = store.run("roms.setView", {"status": "resolved"})
    return rx.button(t("See resolved chats"), size="2", variant="soft", on_click=show)


def _see_open() -> rx.Component:
    return rx.button(
        t("See open chats"), size="2", variant="soft", on_click=store.run("roms.setView", {"status": "open"})
    )


def _skeleton() -> rx.Component:
    line = rx.el.div(
        rx.el.span(class_name="roms-avatar roms-bone"),
        rx.el.span(
            rx.el.span(class_name="roms-bone roms-bone-name"),
            rx.el.span(class_name="roms-bone roms-bone-text"),
            class_name="roms-row-lines",
        ),
        class_name="roms-row",
    )
    return rx.el.div(*[line] * 7, aria_hidden="true")
