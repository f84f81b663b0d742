"""Publishes a number's status when it changes, and its alerts."""

from typing import Final

import structlog

from wa_worker.contract.addressing import phone_of_jid
from wa_worker.contract.events import BROWSER_ERROR_LENGTH, Alert, SessionChanged, SessionStatus
from wa_worker.ownership.held_number import HeldNumber
from wa_worker.page.state import Evidence, Observation
from wa_worker.stream.publisher import Publisher

_log: Final = structlog.get_logger(__name__)


class StatusPublisher:
    """Publishes one number's status."""

    def __init__(self, number: HeldNumber, publisher: Publisher) -> None:
        self.alerts: set[Alert] = set()
        #: The status that was published last.
        self.status = SessionStatus.NOT_PAIRED
        self._number = number
        self._publisher = publisher
        #: Why the browser can't be started, in one line; "" while it can.
        self._browser_error = ""
        self._seen = (Observation(SessionStatus.NOT_PAIRED), Evidence())
        self._published: SessionChanged | None = None

    def publish_status(self, observation: Observation, evidence: Evidence | None = None) -> None:
        """Publish the status when it differs from the last published one."""
        if observation.status is not self.status:
            _log.info("status.published", status=observation.status.value, reason=observation.reason)
        self.status = observation.status
        if evidence is None:
            # There is no page now: the name and the build come from the last one.
            last = self._seen[1]
            evidence = Evidence(own_name=last.own_name, wa_version=last.wa_version)
        self._seen = (observation, evidence)
        event = self._event(observation, evidence)
        if self._published is None or _without_time(event) != _without_time(self._published):
            self._published = event
            self._publisher.put(event)

    def alert(self, alert: Alert, is_on: bool, reason: str = "") -> None:
        """Raise or clear an alert. A change is published at once, with the current status.

        `reason` is kept for BROWSER_FAILING only.
        """
        browser_error = self._browser_error
        if alert is Alert.BROWSER_FAILING:
            browser_error = reason[:BROWSER_ERROR_LENGTH]
        if is_on is (alert in self.alerts) and browser_error == self._browser_error:
            return
        _log.warning("alert.published", alert=alert.value, is_on=is_on, reason=reason)
        self._browser_error = browser_error
        (self.alerts.add if is_on else self.alerts.discard)(alert)
        self.publish_status(*self._seen)

    def on_redis_back(self) -> None:
        """Publish the status again: Redis may have lost it."""
        self.alerts.discard(Alert.REDIS_AWAY)
        if self._published is not None:
            self._published = None
            self.publish_status(*self._seen)

    def _event(self, observation: Observation, evidence: Evidence) -> SessionChanged:
        return SessionChanged(
            inbox_id=self._number.inbox_id,
            status=observation.status,
            reason=observation.reason[:200],
            qr_text=observation.qr_text,
            pairing_code=observation.pairing_code,
            phone_e164=phone_of_jid(evidence.own_jid) or self._number.profile.pairing.phone_e164,
            push_name=(evidence.own_name or "")[:256] or None,
            wa_version=evidence.wa_version[:64],
            sync_percent=evidence.sync_percent if observation.status is SessionStatus.SYNCING else None,
            alerts=sorted(self.alerts),
            browser_error=self._browser_error,
            host=self._number.settings.host,
        )


def _without_time(event: SessionChanged) -> SessionChanged:
    return event.model_copy(update={"occurred_at": 0})
