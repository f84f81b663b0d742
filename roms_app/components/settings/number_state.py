"""A number's status in words: its badge, its sentence with the next step, its alerts, and its history."""

from typing import Any

import reflex as rx

from roms_app.components.words import reason_word, status_word
from roms_app.i18n import t, tn
from roms_app.states.whatsapp import WhatsappState


def status_badge(card: Any) -> rx.Component:
    """The status as a word, an icon and a colour. A live number whose sending is paused is not shown as healthy."""
    paused = rx.badge(
        rx.icon("circle-pause", size=14), t("Sending paused"), color_scheme="amber", size="2", role="status"
    )
    rests = (card.status == "live") & card.alerts.contains("sending_paused")
    return rx.cond(rests, paused, _status_badge(card))


def _status_badge(card: Any) -> rx.Component:
    color = rx.match(
        card.status,
        ("live", "jade"),
        ("logged_out", "red"),
        ("incompatible", "red"),
        ("reconnecting", "amber"),
        ("confirm_on_phone", "amber"),
        ("paused", "amber"),
        "gray",
    )
    icon = rx.match(
        card.status,
        ("live", rx.icon("circle-check", size=14)),
        ("logged_out", rx.icon("circle-x", size=14)),
        ("incompatible", rx.icon("circle-x", size=14)),
        ("reconnecting", rx.icon("refresh-cw", size=14)),
        ("syncing", rx.icon("refresh-cw", size=14)),
        ("scanned", rx.icon("smartphone", size=14)),
        ("confirm_on_phone", rx.icon("smartphone", size=14)),
        ("paused", rx.icon("circle-pause", size=14)),
        rx.icon("circle-dashed", size=14),
    )
    return rx.badge(icon, status_word(card.status), color_scheme=color, size="2", role="status", flex_shrink="0")


def sentence(number: Any) -> Any:
    """The meaning of the status, its start, and the next step."""
    since = number.since
    return rx.match(
        number.card.status,
        ("not_paired", _not_paired(number)),
        ("waiting_for_scan", t("Scan the code with the phone of this number. It renews itself.")),
        ("scanned", t("Scanned at {since}. Connecting with the phone; keep it switched on.", since=since)),
        (
            "confirm_on_phone",
            t(
                "Waiting for the phone since {since}. Look at it: it asks for a passkey or the screen lock.",
                since=since,
            ),
        ),
        ("syncing", _syncing(number)),
        ("live", t("Live since {since}.", since=since)),
        ("reconnecting", _reconnecting(number)),
        ("logged_out", _logged_out(number)),
        ("incompatible", _incompatible(number)),
        t("Nobody scanned, so the code rests since {since}. Press the button to show a new one.", since=since),
    )


def _worker_away(since: Any) -> Any:
    return t(
        "The worker is not running since {since}. Start it; .venv/bin/roms doctor says what is missing. "
        "Messages are caught up.",
        since=since,
    )


def _not_paired(number: Any) -> Any:
    return rx.match(
        number.card.status_reason,
        ("worker_away", _worker_away(number.since)),
        ("profile_in_use", t("Another program uses the browser profile of this number. ROMS waits until it ends.")),
        # The alert below explains the cause.
        ("browser_lost", t("The browser is not running; the QR code appears here as soon as it does.")),
        t("Starting the browser; the QR code appears here by itself."),
    )


def _syncing(number: Any) -> Any:
    percent = number.card.sync_percent
    return rx.cond(
        percent >= 0,
        t("Paired. Reading chats and names since {since}: {percent} %.", since=number.since, percent=percent),
        t("Paired. Reading chats and names since {since}.", since=number.since),
    )


def _reconnecting(number: Any) -> Any:
    since, card = number.since, number.card
    return rx.match(
        card.status_reason,
        ("offline", t("Without internet since {since}. Messages are caught up when it returns.", since=since)),
        ("deaf", t("WhatsApp Web stopped answering at {since}. ROMS loads it anew; nothing is lost.", since=since)),
        ("conflict", t("WhatsApp Web is open elsewhere since {since}. ROMS takes it back by itself.", since=since)),
        ("tos_block", t("WhatsApp restricts this number since {since}. Open WhatsApp on the phone.", since=since)),
        ("smb_tos_block", t("WhatsApp restricts this number since {since}. Open WhatsApp on the phone.", since=since)),
        (
            "proxyblock",
            t("Something between us and WhatsApp blocks the way since {since}. Check proxy and firewall.", since=since),
        ),
        (
            "profile_elsewhere",
            t(
                "This number was paired on the computer {host}. Start its worker there, or log out and pair again.",
                host=card.host,
            ),
        ),
        ("profile_in_use", t("Another program uses the browser profile of this number. ROMS waits until it ends.")),
        ("worker_away", _worker_away(since)),
        ("worker_stopped", t("The worker stopped at {since}. Messages are caught up when it returns.", since=since)),
        ("recycling", t("The browser is started afresh since {since}, as every night. Nothing is lost.", since=since)),
        t("Reconnecting since {since}. Nothing is lost; messages are caught up.", since=since),
    )


def _logged_out(number: Any) -> Any:
    since = number.since
    return rx.match(
        number.card.status_reason,
        ("requested", t("Logged out here at {since}; pair again to go on.", since=since)),
        ("unlinked", t("No longer linked with the phone since {since}; pair again.", since=since)),
        t("Logged out on the phone at {since}; pair again.", since=since),
    )


def _incompatible(number: Any) -> Any:
    card, since = number.card, number.since
    changed = t("WhatsApp has changed in a way that ROMS does not know yet ({since}). Update ROMS.", since=since)
    parts = t("missing {parts}", parts=card.missing)
    reason = rx.cond(card.missing != "", parts, reason_word(card.status_reason))
    which = t("WhatsApp Web {version}; {reason}.", version=card.wa_version, reason=reason)
    return changed + rx.cond(card.wa_version != "", " " + which, "")


def alert_line(card: Any, alert: Any) -> rx.Component:
    """A problem that needs attention although the number still works, and the button for it."""
    words = rx.match(
        alert,
        (
            "sending_paused",
            t("Sending rests: WhatsApp showed signs of a ban. Look at the phone first. Replies wait and are not lost."),
        ),
        (
            "browser_failing",
            rx.cond(
                card.browser_error != "",
                t(
                    "No browser can be started. {reason}. ROMS keeps trying; .venv/bin/roms doctor names the mend.",
                    reason=card.browser_error,
                ),
                t("The browser failed several times in a row. ROMS keeps trying, less and less often."),
            ),
        ),
        ("disk_full", t("The disk is nearly full: photos and files are not downloaded until there is space again.")),
        ("redis_away", t("Redis did not answer for a while. What was missed is being caught up.")),
        (
            "ResetSession:disk_failed",
            t(
                "The number can't be paired again: the worker's disk is full, or can't be written. "
                "Make room there, then press Pair again."
            ),
        ),
        _failed(alert.split(":")[0]),
    )
    resume = rx.button(
        t("Resume sending"),
        size="2",
        variant="soft",
        color_scheme="amber",
        on_click=WhatsappState.resume_sending(card.id),
    )
    return rx.box(
        rx.icon("triangle-alert", size=16, aria_hidden="true"),
        rx.text(words, size="2"),
        rx.cond(alert == "sending_paused", resume),
        role="alert",
        class_name="roms-alert",
    )


def _failed(command: Any) -> Any:
    """An admin's command failed."""
    return rx.match(
        command,
        ("ResetSession", t("The number could not be prepared for pairing. Press Pair again.")),
        ("RefreshQr", t("No new code could be shown. Press Show a new code.")),
        ("PairWithCode", t("There is no pairing code. Scan the QR code, or ask for a pairing code again.")),
        t("The last command for this number failed. Try it again."),
    )


def uptime_strip(number: Any) -> rx.Component:
    """The last 24 hours as a strip, which opens the events of the last week."""
    strip, card = number.strip, number.card
    label = rx.cond(
        strip.share == "",
        t("Not live yet in the last 24 hours"),
        rx.cond(
            strip.known_since == "",
            t("Live {share} of the last 24 hours", share=strip.share),
            t(
                "Live {share} since {since} ({length})",
                share=strip.share,
                since=strip.known_since,
                length=strip.known_for,
            ),
        ),
    )
    return rx.cond(
        strip.parts.length() > 0,
        rx.box(
            rx.box(
                rx.foreach(
                    strip.parts,
                    lambda part: rx.el.span(
                        title=rx.cond(
                            part.status == "", t("Nothing known"), status_word(part.status) + " " + part.times
                        ),
                        style={"flexGrow": part.grow},
                        custom_attrs={"data-status": part.status},
                    ),
                ),
                role="img",
                aria_label=label,
                class_name="roms-strip",
            ),
            rx.flex(
                rx.text(label, size="1", color_scheme="gray"),
                rx.spacer(),
                _past(card),
                align="center",
            ),
            class_name="roms-uptime",
        ),
    )


def _past(card: Any) -> rx.Component:
    """The dialog with the last week's events."""
    name = "past " + card.id.to_string()
    lines = rx.el.ol(rx.foreach(WhatsappState.past, _past_line), class_name="roms-past")
    return rx.dialog.root(
        rx.dialog.trigger(
            rx.button(t("History"), variant="ghost", color_scheme="gray", size="1"),
            # Not on the button: Reflex would wrap it in a box, which then becomes the trigger.
            on_click=WhatsappState.show_past(card.id),
        ),
        rx.dialog.content(
            rx.dialog.title(t("History of {name}", name=card.name)),
            rx.dialog.description(t("The last 7 days, newest first."), size="2", color_scheme="gray"),
            rx.cond(WhatsappState.past.length() > 0, lines, rx.text(t("Nothing has happened yet."), size="2")),
            rx.flex(
                rx.dialog.close(rx.button(t("Close"), size="3", variant="soft", color_scheme="gray")), justify="end"
            ),
            max_width="560px",
        ),
        open=WhatsappState.dialog == name,
        on_open_change=WhatsappState.set_dialog(name),
    )


def _past_line(line: Any) -> rx.Component:
    gap = tn(
        "Offline {times}; {count} message recovered",
        "Offline {times}; {count} messages recovered",
        line.recovered,
        times=line.lasted,
    )
    state = rx.fragment(
        rx.text(status_word(line.status), size="2", weight="medium", as_="span"),
        rx.cond(line.reason != "", rx.text(reason_word(line.reason), size="1", color_scheme="gray", as_="span")),
    )
    return rx.el.li(
        rx.el.span(class_name="roms-strip-dot", custom_attrs={"data-status": line.status}),
        rx.box(
            rx.cond(line.recovered > 0, rx.text(gap, size="2", as_="span"), state),
            class_name="roms-past-what",
        ),
        rx.text(
            line.at,
            rx.cond((line.lasted != "") & (line.recovered == 0), " · " + line.lasted, ""),
            size="1",
            color_scheme="gray",
        ),
        key=line.key,
    )
