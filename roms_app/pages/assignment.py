"""`/settings/assignment`. For admins."""

import reflex as rx

from roms_app.components.client.bridge import reread_on
from roms_app.components.settings.assignment import capacity_section, labels_section, page_error, teams_section
from roms_app.components.settings.assignment_numbers import numbers_section
from roms_app.components.shell import settings_page
from roms_app.i18n import t
from roms_app.states.assignment import AssignmentState
from roms_app.states.rules import RulesState
from roms_app.states.session import SessionState


def page() -> rx.Component:
    """What holds for everybody, teams, labels, then numbers with their rules; kept current by announcements."""
    sections = rx.fragment(capacity_section(), teams_section(), labels_section(), numbers_section())
    skeleton = rx.box(
        *[rx.skeleton(height="96px", margin_top="24px") for _ in range(3)], class_name="roms-late", aria_hidden="true"
    )
    return settings_page(
        *[reread_on(kind, AssignmentState.refresh) for kind in ("team", "inbox", "settings")],
        page_error(),
        rx.cond(AssignmentState.is_loaded, sections, skeleton),
        section="assignment",
        on_arrival=[AssignmentState.arrive, RulesState.arrive],
        title=t("Assignment"),
        lead=t(
            "To whom new conversations go. Every decision is explained in its conversation, and on the queue's page."
        ),
    )


def add_to(app: rx.App) -> None:
    """Register the page."""
    on_load = [SessionState.load, AssignmentState.load]
    app.add_page(page, route="/settings/assignment", title="Assignment · ROMS", on_load=on_load)
