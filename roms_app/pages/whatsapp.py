"""`/settings/whatsapp`: numbers and pairing. For admins."""

import reflex as rx

from roms_app.components.client.bridge import reread_on
from roms_app.components.settings.numbers import add_buttons, number_cards, page_error
from roms_app.components.shell import settings_page
from roms_app.i18n import t
from roms_app.states.session import SessionState
from roms_app.states.whatsapp import PATH, WhatsappState


def page() -> rx.Component:
    """The numbers, kept current by their announcements."""
    return settings_page(
        reread_on("inbox", WhatsappState.refresh),
        add_buttons(),
        page_error(),
        number_cards(),
        section="whatsapp",
        on_arrival=WhatsappState.arrive,
        title=t("WhatsApp"),
        lead=t("The numbers that your team answers."),
    )


def add_to(app: rx.App) -> None:
    """Register the page."""
    app.add_page(page, route=PATH, title="WhatsApp · ROMS", on_load=[SessionState.load, WhatsappState.load])
