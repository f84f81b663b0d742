"""Settings → WhatsApp: a card for each number, with the action that it needs now."""

from typing import Any

import reflex as rx

from roms_app.components.client.store import given
from roms_app.components.forms import confirm_dialog, error_notice, form_dialog, select_field, text_field
from roms_app.components.settings.number_state import alert_line, sentence, status_badge, uptime_strip
from roms_app.i18n import t
from roms_app.states.forms import NewNumberForm, RenameNumberForm
from roms_app.states.whatsapp import WhatsappState


def number_cards() -> rx.Component:
    """All numbers, or an introduction if there are none."""
    empty = rx.box(
        rx.icon("smartphone", size=28, aria_hidden="true"),
        rx.text(t("No number yet. Add your WhatsApp number, or a demo phone to try everything without one."), size="3"),
        class_name="roms-empty",
    )
    cards = rx.box(rx.foreach(WhatsappState.numbers, _card), class_name="roms-cards")
    skeleton = rx.box(rx.skeleton(height="132px"), class_name="roms-cards roms-late", aria_hidden="true")
    listed = rx.cond(WhatsappState.numbers.length() > 0, cards, empty)
    return rx.cond(WhatsappState.is_loaded, listed, skeleton)


def add_buttons() -> rx.Component:
    """The two kinds of number. A demo phone needs no form."""
    note = rx.callout.root(
        rx.callout.icon(rx.icon("info", size=16)),
        rx.callout.text(
            t(
                "ROMS works WhatsApp Web by itself; WhatsApp does not support this and may restrict a number that is "
                "used this way. Use a number that you can do without, and write only to people who wrote to you."
            )
        ),
        size="1",
        color_scheme="amber",
    )
    add = form_dialog(
        trigger=rx.button(rx.icon("plus", size=16), t("Add WhatsApp number"), size="3"),
        title=t("Add WhatsApp number"),
        fields=[
            text_field(
                t("Name"),
                "name",
                prefix="add",
                form=NewNumberForm,
                hint=t("What your team calls it: Shop, Service …"),
            ),
            note,
        ],
        submit=t("Add number"),
        on_submit=WhatsappState.add_number,
        state=WhatsappState,
        name="add",
    )
    demo = rx.button(
        rx.icon("flask-conical", size=16),
        t("Add demo phone"),
        size="3",
        variant="soft",
        on_click=WhatsappState.add_demo,
    )
    return rx.flex(add, demo, gap="12px", wrap="wrap", margin_y="20px")


def page_error() -> rx.Component:
    """The error of an action outside a dialog."""
    return rx.cond(WhatsappState.dialog == "", error_notice(WhatsappState.error))


def _card(number: Any) -> rx.Component:
    card = number.card
    return rx.el.article(
        rx.flex(
            rx.box(
                rx.heading(rx.el.bdi(card.name), as_="h2", size="4"),
                rx.text(
                    rx.cond(card.channel == "demo", t("Demo phone"), t("WhatsApp number")),
                    rx.cond(card.phone != "", " · " + card.phone, ""),
                    rx.cond(card.push_name != "", rx.fragment(" · ", rx.el.bdi(card.push_name)), ""),
                    size="2",
                    color_scheme="gray",
                ),
                min_width="0",
            ),
            rx.spacer(),
            status_badge(card),
            gap="12px",
            align="start",
        ),
        rx.text(sentence(number), size="2", class_name="roms-card-sentence"),
        rx.foreach(card.alerts, lambda alert: alert_line(card, alert)),
        rx.cond(_qr(number), _pairing(number), _code(number)),
        uptime_strip(number),
        rx.flex(
            _one_button(card),
            _demo_link(number),
            rx.spacer(),
            _options(card),
            _rename(card),
            _remove(card),
            class_name="roms-card-foot",
        ),
        id="number-" + card.id.to_string(),
        aria_label=card.name,
        class_name="roms-card",
        key=card.id.to_string(),
    )


def _pairing(number: Any) -> rx.Component:
    steps = rx.el.ol(
        rx.el.li(t("Open WhatsApp on the phone of this number.")),
        rx.el.li(t("Tap Settings, or the three dots, then Linked devices.")),
        rx.el.li(t("Tap Link a device and point the phone at this code.")),
        class_name="roms-steps",
    )
    demo_steps = rx.el.ol(
        rx.el.li(t("Open the demo phone below; it opens in a new tab.")),
        rx.el.li(t("Press Scan QR code there. This page moves on by itself.")),
        class_name="roms-steps",
    )
    return rx.box(
        rx.image(src=_qr(number), alt=t("Pairing QR code"), class_name="roms-qr"),
        rx.box(
            rx.cond(number.card.channel == "demo", demo_steps, steps),
            _code(number),
            _ask_for_code(number.card),
        ),
        class_name="roms-pairing",
    )


def _given(number: Any) -> Any:
    """The pairing data that this tab was given and that no state keeps; undefined before and afterwards."""
    return given.pairings[number.card.id.to_string()]


def _qr(number: Any) -> Any:
    return _given(number)["qr"]


def _code_text(number: Any) -> Any:
    return _given(number)["code"]


def _code(number: Any) -> rx.Component:
    shown = rx.box(
        rx.text(t("Pairing code"), size="2", weight="medium"),
        rx.code(_code_text(number), size="6", variant="ghost", class_name="roms-code"),
        rx.text(t("On the phone: Linked devices, Link with phone number instead."), size="1", color_scheme="gray"),
        role="status",
    )
    return rx.cond(_code_text(number), shown)


def _ask_for_code(card: Any) -> rx.Component:
    return form_dialog(
        trigger=rx.button(t("Use a pairing code instead"), variant="ghost", size="2"),
        title=t("Pair with a code"),
        fields=[
            rx.el.input(type="hidden", name="inbox_id", value=card.id.to_string()),
            text_field(
                t("Phone number"),
                "phone",
                prefix="code",
                type="tel",
                auto_complete="tel",
                required=True,
                hint=t("The number of that phone, with its country code: +62 812-3456-7890."),
            ),
        ],
        submit=t("Get code"),
        on_submit=WhatsappState.request_code,
        state=WhatsappState,
        name="code " + card.id.to_string(),
    )


def _one_button(card: Any) -> rx.Component:
    again = rx.button(t("Pair again"), size="3", on_click=WhatsappState.pair_again(card.id))
    fresh = rx.button(t("Show a new code"), size="3", on_click=WhatsappState.new_code(card.id))
    return rx.match(card.status, ("logged_out", again), ("paused", fresh), rx.fragment())


def _demo_link(number: Any) -> rx.Component:
    """While there is a code to scan: a link to the business's own phone in the simulator.

    That phone has the button to scan.
    """
    card = number.card
    link = rx.link(
        t("Open the demo phone"),
        rx.icon("external-link", size=14, aria_hidden="true"),
        href=WhatsappState.simulator + "/phone?phone=" + card.id.to_string() + rx.cond(_qr(number), "#business", ""),
        is_external=True,
        size="2",
        class_name="roms-demo-link",
    )
    return rx.cond(card.channel == "demo", link)


def _options(card: Any) -> rx.Component:
    groups = rx.el.label(
        rx.checkbox(name="has_groups", default_checked=card.has_groups, size="3"),
        rx.box(
            rx.text(t("WhatsApp groups, too"), size="2", weight="medium"),
            rx.text(t("Off: messages in groups of this number are left on the phone."), size="1", color_scheme="gray"),
        ),
        class_name="roms-check",
    )
    receipts = select_field(
        t("Blue ticks for the customer"),
        "read_receipts",
        [
            rx.el.option(t("When we answer"), value="on_reply"),
            rx.el.option(t("Only when an agent sends them"), value="by_hand"),
        ],
        prefix="options",
        default_value=card.read_receipts,
    )
    return form_dialog(
        trigger=rx.button(t("Options"), variant="ghost", color_scheme="gray", size="2"),
        title=t("Options of {name}", name=card.name),
        fields=[rx.el.input(type="hidden", name="inbox_id", value=card.id.to_string()), receipts, groups],
        submit=t("Save"),
        on_submit=WhatsappState.save_options,
        state=WhatsappState,
        name="options " + card.id.to_string(),
    )


def _rename(card: Any) -> rx.Component:
    return form_dialog(
        trigger=rx.button(t("Rename"), variant="ghost", color_scheme="gray", size="2"),
        title=t("Rename"),
        fields=[
            rx.el.input(type="hidden", name="inbox_id", value=card.id.to_string()),
            text_field(t("Name"), "name", prefix="rename", form=RenameNumberForm, default_value=card.name),
        ],
        submit=t("Save"),
        on_submit=WhatsappState.rename,
        state=WhatsappState,
        name="rename " + card.id.to_string(),
    )


def _remove(card: Any) -> rx.Component:
    return confirm_dialog(
        trigger=rx.button(t("Remove"), variant="ghost", color_scheme="gray", size="2"),
        title=t("Remove {name}?", name=card.name),
        text=t("ROMS stops answering this number. Its conversations stay readable."),
        confirm=t("Remove number"),
        on_confirm=WhatsappState.remove(card.id),
        state=WhatsappState,
        name="remove " + card.id.to_string(),
    )
