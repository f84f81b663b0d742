"""What a number's outbound side is made of, put together."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from wa_worker.config import WorkerSettings
from wa_worker.contract.commands import Channel
from wa_worker.contract.events import MessageSent
from wa_worker.media.store import MediaStore
from wa_worker.page.whatsapp_page import WhatsAppPage
from wa_worker.sending.breaker import Breaker
from wa_worker.sending.pacing import HumanPacing, Pacing
from wa_worker.sending.queue import SendQueue
from wa_worker.sending.sender import Patience, Sender
from wa_worker.stream.publisher import Publisher


def build_send_queue(
    settings: WorkerSettings,
    channel: Channel,
    folder: Path,
    publisher: Publisher,
    store: MediaStore,
    *,
    live_page: Callable[[], Awaitable[WhatsAppPage]],
    page_now: Callable[[], WhatsAppPage | None],
    acknowledge: Callable[[str], Awaitable[None]],
    lease_until: Callable[[], int],
    note_sent: Callable[[MessageSent], None],
    on_breaker: Callable[[bool], None],
) -> SendQueue:
    """`folder`: the number's own, beside the browser's profile. `on_breaker` gets whether sending is paused now."""
    is_paced = channel is not Channel.DEMO or settings.pace_demo
    pacing = (
        HumanPacing(folder / "first_contacts.json", settings.first_contacts_per_day, settings.pace_scale)
        if is_paced
        else Pacing()
    )
    sender = Sender(
        publisher,
        pacing,
        Breaker(folder / "breaker.json", settings.breaker_seconds, on_breaker),
        store,
        Patience(settings.send_seconds, settings.upload_seconds),
        live_page=live_page,
        lease_until=lease_until,
        note_sent=note_sent,
    )
    return SendQueue(publisher, sender, live_page=live_page, page_now=page_now, acknowledge=acknowledge)
