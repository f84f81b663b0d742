"""What the browser keeper needs of the session that it works for."""

from collections.abc import Coroutine
from typing import Any, Protocol

from wa_worker.contract.events import Alert
from wa_worker.page.state import Evidence, Observation
from wa_worker.page.whatsapp_page import WhatsAppPage


class SessionCallbacks(Protocol):
    """What the keeper calls: the session whose browser it keeps."""

    def deliver(self, batch: list[dict[str, Any]]) -> None:
        """Raw events of the page, in order."""
        ...

    def on_poll(self, observation: Observation, evidence: Evidence) -> None:
        """The result of one poll of the page."""
        ...

    def on_page_gone(self) -> None:
        """There is no page any more."""
        ...

    def on_reset(self) -> None:
        """The profile was put aside."""
        ...

    def publish_status(self, observation: Observation) -> None:
        """Publish the status while there is no page."""
        ...

    def alert(self, alert: Alert, is_on: bool, reason: str = "") -> None:
        """Raise or clear an alert. `reason`: why, in one line for an admin."""
        ...

    def logout_reason(self) -> str:
        """The reason to publish if the page turns out to be unpaired."""
        ...

    def page_coroutines(self, page: WhatsAppPage) -> list[Coroutine[Any, Any, None]]:
        """The coroutines to run for as long as the page lives."""
        ...
