"""Builds the sending side of a number."""

from collections.abc import Awaitable, Callable

from wa_worker.contract.commands import Channel
from wa_worker.contract.events import MessageSent
from wa_worker.media.store import MediaStore
from wa_worker.ownership.held_number import HeldNumber
from wa_worker.page.whatsapp_page import PageSource
from wa_worker.sending.breaker import Breaker
from wa_worker.sending.pacing import HumanPacing, Pacing
from wa_worker.sending.queue import SendQueue
from wa_worker.sending.sender import Patience, Sender
from wa_worker.stream.publisher import Publisher


def build_send_queue(
    number: HeldNumber,
    publisher: Publisher,
    store: MediaStore,
    pages: PageSource,
    *,
    acknowledge: Callable[[str], Awaitable[None]],
    note_sent: Callable[[MessageSent], None],
    on_breaker: Callable[[bool], None],
) -> SendQueue:
    """Build a number's send queue with its sender, pacing and circuit breaker.

    `acknowledge` gets the stream id of each finished command, `note_sent` each event of a sent message, `on_breaker`
    whether sending is paused, after each change.
    """
    settings = number.settings
    sender = Sender(
        publisher,
        _pacing_of(number),
        Breaker(number.folder / "breaker.json", settings.breaker_seconds, on_breaker),
        store,
        Patience(settings.send_seconds, settings.upload_seconds),
        live_page=pages.live_page,
        lease_until=number.lease.until_ms,
        note_sent=note_sent,
    )
    return SendQueue(publisher, sender, live_page=pages.live_page, page_now=pages.page_now, acknowledge=acknowledge)


def _pacing_of(number: HeldNumber) -> Pacing:
    settings = number.settings
    if number.channel is Channel.DEMO and not settings.pace_demo:
        return Pacing()
    return HumanPacing(number.folder / "first_contacts.json", settings.first_contacts_per_day, settings.pace_scale)
