"""Builds a number's browser keeper from the worker's settings."""

from wa_worker.browser.callbacks import SessionCallbacks
from wa_worker.browser.keeper import BrowserKeeper
from wa_worker.browser.page_watch import Patience, QrRounds
from wa_worker.ownership.held_number import HeldNumber


def build_keeper(number: HeldNumber, chromium: str, callbacks: SessionCallbacks) -> BrowserKeeper:
    """`chromium`: the path of the program. Nothing is called before the keeper runs."""
    settings = number.settings
    return BrowserKeeper(
        callbacks,
        number.profile,
        chromium=chromium,
        bundle=settings.bundle,
        url=settings.page_url(number.channel, number.inbox_id),
        rounds=QrRounds(settings.qr_rounds),
        patience=Patience.of(settings),
        has_groups=number.has_groups,
        may_lack_sandbox=settings.may_lack_sandbox(number.channel),
    )
