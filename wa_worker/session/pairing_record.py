"""Remembers the pairing beside the profile, as polls of the page show it: a restart must know it without a page."""

from wa_worker.contract.addressing import phone_of_jid
from wa_worker.contract.base import now_ms
from wa_worker.contract.reasons import NumberReason
from wa_worker.ownership.profile import Profile
from wa_worker.page.state import Evidence, Observation


class PairingRecord:
    """One number's pairing record. Publishes nothing."""

    def __init__(self, profile: Profile) -> None:
        #: The disk did not take the last note: it is tried again while the number is live.
        self.is_unwritten = False
        #: We were asked to log out.
        self.was_logout_requested = False
        #: WhatsApp said that the number was logged out.
        self.was_logout_heard = False
        self._profile = profile
        self._registered_at: int | None = None

    def note_registered(self) -> None:
        """Note that the page is registered: messages older than the first such moment are history."""
        if self._registered_at is None:
            self._registered_at = now_ms() // 1000 * 1000

    def note_live(self, evidence: Evidence) -> str | None:
        """Note that the number is paired. Returns its phone number (E.164) if the page knows it."""
        pairing = self._profile.pairing
        phone = phone_of_jid(evidence.own_jid)
        if not pairing.is_paired or (phone and phone != pairing.phone_e164):
            if pairing.paired_at is None or phone != pairing.phone_e164:
                pairing.paired_at = self._registered_at
            pairing.is_paired = True
            pairing.phone_e164 = phone
            self.is_unwritten = True
        if self.is_unwritten:
            self._remember()
        return phone

    def note_logged_out(self, observation: Observation) -> None:
        """Note the logout: the pairing is over until a reset."""
        self._profile.pairing.is_paired = False
        self._profile.pairing.logged_out_reason = observation.reason
        self._remember()

    def is_reset_done(self, requested_at: int) -> bool:
        """Whether a reset that was requested then (epoch ms) is done: the profile was put aside since."""
        reset_at = self._profile.pairing.reset_at
        return reset_at is not None and requested_at <= reset_at

    def on_reset(self) -> None:
        """Forget the last pairing."""
        self.was_logout_requested = self.was_logout_heard = False
        self._registered_at = None

    def logout_reason(self) -> NumberReason:
        """The reason to publish if the page turns out to be unpaired."""
        if self.was_logout_requested:
            return NumberReason.REQUESTED
        # WhatsApp did not say so: it happened while we were away, or the browser's storage was lost.
        return NumberReason.PHONE_LOGOUT if self.was_logout_heard else NumberReason.UNLINKED

    def _remember(self) -> None:
        self.is_unwritten = not self._profile.remember()
