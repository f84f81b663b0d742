"""Derives a number's status from what its page shows and what we remember, never from events alone.

Pure: no clock, no browser. ``browser/page_watch.py`` polls the page, calls `observe` and acts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from wa_worker.contract.events import SessionStatus
from wa_worker.contract.reasons import NumberReason, with_parts

#: Modes of WhatsApp's stream that mean that the account is banned.
_BAN_MODES: Final = frozenset({"TOS_BLOCK", "SMB_TOS_BLOCK"})
#: Infos and modes of WhatsApp's stream that mean "paired, but not connected just now".
_AWAY_INFOS: Final = frozenset({"OFFLINE", "OPENING", "CONNECTING", "TIMEOUT", "PROXYBLOCK", "DISCONNECTED"})
_AWAY_MODES: Final = {
    "OFFLINE": NumberReason.OFFLINE,
    "CONFLICT": NumberReason.CONFLICT,
    "PROXYBLOCK": NumberReason.PROXYBLOCK,
    "TOS_BLOCK": NumberReason.TOS_BLOCK,
    "SMB_TOS_BLOCK": NumberReason.SMB_TOS_BLOCK,
}
#: While the page is not ready, its parts may still load: they count as missing after so many times longer.
_UNREADY_PATIENCE: Final = 3
#: How long a page may show no QR before the code counts as scanned: it may be between two codes.
_QR_GONE_SECONDS: Final = 3.0

_NOT_PAIRED, _WAITING, _SCANNED, _CONFIRM, _SYNCING, _LIVE, _AWAY, _LOGGED_OUT, _INCOMPATIBLE, _PAUSED = (
    SessionStatus.NOT_PAIRED,
    SessionStatus.WAITING_FOR_SCAN,
    SessionStatus.SCANNED,
    SessionStatus.CONFIRM_ON_PHONE,
    SessionStatus.SYNCING,
    SessionStatus.LIVE,
    SessionStatus.RECONNECTING,
    SessionStatus.LOGGED_OUT,
    SessionStatus.INCOMPATIBLE,
    SessionStatus.PAUSED,
)
_PAIRING: Final = frozenset({_NOT_PAIRED, _WAITING, _SCANNED, _SYNCING, _LIVE, _INCOMPATIBLE, _PAUSED})
#: Which statuses may follow each other from poll to poll. Besides, a reset leads from every status to NOT_PAIRED, a new
#: worker begins with NOT_PAIRED, RECONNECTING or LOGGED_OUT, and a lost browser means RECONNECTING or NOT_PAIRED.
TRANSITIONS: Final[Mapping[SessionStatus, frozenset[SessionStatus]]] = {
    _NOT_PAIRED: _PAIRING,
    _WAITING: _PAIRING,
    _PAUSED: _PAIRING,
    _SCANNED: _PAIRING | {_CONFIRM},
    _CONFIRM: _PAIRING | {_CONFIRM},
    _SYNCING: _PAIRING | {_AWAY},
    _LIVE: frozenset({_LIVE, _AWAY, _SYNCING, _INCOMPATIBLE}),
    _AWAY: frozenset({_AWAY, _LIVE, _SYNCING, _INCOMPATIBLE, _LOGGED_OUT}),
    _INCOMPATIBLE: _PAIRING | {_AWAY, _LOGGED_OUT},
    #: Only a reset leads out of it.
    _LOGGED_OUT: frozenset({_LOGGED_OUT}),
}


@dataclass(frozen=True)
class Evidence:
    """What one poll of the page showed. The default is a page that is still loading."""

    is_ready: bool = False
    is_registered: bool = False
    is_authenticated: bool = False
    #: QR, SYNCING, MAIN, OFFLINE, CONFLICT …; empty while unknown.
    mode: str = ""
    info: str = ""
    is_online: bool = True
    #: WhatsApp has stopped renewing its QR.
    is_qr_idle: bool = False
    qr_text: str | None = None
    pairing_code: str | None = None
    own_jid: str | None = None
    own_name: str | None = None
    wa_version: str = ""
    #: While syncing: how much of the history is read.
    sync_percent: int | None = None
    #: Parts of WhatsApp Web that the bridge needs and did not find.
    missing: tuple[str, ...] = field(default=())

    @classmethod
    def from_page(cls, raw: dict[str, Any]) -> "Evidence":
        """Read the bridge's ``evidence()``, which has the same names in JSON."""
        known = {name: raw[name] for name in cls.__dataclass_fields__ if raw.get(name) is not None}
        return cls(**{**known, "missing": tuple(raw.get("missing") or ())})

    @property
    def is_banned(self) -> bool:
        """Whether WhatsApp has banned the account."""
        return self.mode in _BAN_MODES


@dataclass(frozen=True)
class Memory:
    """What we know from before this poll."""

    was_paired: bool = False
    #: The page showed "unpaired" at the last poll too. One poll alone may catch it in the middle of a start.
    was_unpaired_before: bool = False
    #: An idle QR was renewed so often that only an admin may renew it again.
    are_qr_rounds_used: bool = False
    #: Parts were missing (`Evidence.missing`) for too long to be a late load.
    is_missing_settled: bool = False
    #: The reason to publish if the page turns out to be unpaired.
    logout_reason: str = NumberReason.PHONE_LOGOUT
    #: The shown QR is gone, and not because it expired.
    is_qr_taken: bool = False
    #: The code was scanned so long ago that WhatsApp must be waiting for something on the phone.
    is_scan_stalled: bool = False


@dataclass(frozen=True)
class Observation:
    """A number's status, as in `SessionChanged`. `reason`: a `NumberReason`, perhaps `with_parts`; or ""."""

    status: SessionStatus
    reason: str = ""
    qr_text: str | None = None
    pairing_code: str | None = None


def derive(evidence: Evidence, memory: Memory) -> Observation:
    """Derive the status: the only rule for it."""
    if evidence.missing and memory.is_missing_settled:
        return Observation(SessionStatus.INCOMPATIBLE, with_parts(NumberReason.MISSING, evidence.missing[:6]))
    if evidence.mode == "DEPRECATED_VERSION":
        return Observation(SessionStatus.INCOMPATIBLE, NumberReason.NEEDS_UPDATE)
    if not evidence.is_ready:
        return _loading(memory)
    if evidence.is_registered or evidence.is_authenticated:
        return _paired(evidence, memory)
    return _unpaired(evidence, memory)


def is_unpaired(evidence: Evidence) -> bool:
    """Whether the page has loaded and says that no phone is linked."""
    return (
        evidence.is_ready
        and not evidence.is_registered
        and not evidence.is_authenticated
        and (evidence.mode == "QR" or evidence.is_qr_idle)
    )


def _loading(memory: Memory) -> Observation:
    if memory.was_paired:
        return Observation(SessionStatus.RECONNECTING, NumberReason.LOADING)
    return Observation(SessionStatus.NOT_PAIRED, NumberReason.LOADING)


def _paired(evidence: Evidence, memory: Memory) -> Observation:
    if evidence.mode == "MAIN" and evidence.is_authenticated:
        is_away = not evidence.is_online or evidence.info in _AWAY_INFOS
        if not is_away:
            return Observation(SessionStatus.LIVE)
        return Observation(
            SessionStatus.RECONNECTING if memory.was_paired else SessionStatus.SYNCING, NumberReason.OFFLINE
        )
    if evidence.mode in _AWAY_MODES and memory.was_paired:
        return Observation(SessionStatus.RECONNECTING, _AWAY_MODES[evidence.mode])
    if memory.was_paired or evidence.mode in ("MAIN", "SYNCING"):
        return Observation(SessionStatus.SYNCING, NumberReason.HISTORY)
    return _scanned(memory)


def _scanned(memory: Memory) -> Observation:
    """The code was scanned and WhatsApp has not linked us yet: some accounts must confirm a passkey first."""
    if memory.is_scan_stalled:
        return Observation(SessionStatus.CONFIRM_ON_PHONE, NumberReason.PASSKEY)
    return Observation(SessionStatus.SCANNED, NumberReason.SCANNED)


def _unpaired(evidence: Evidence, memory: Memory) -> Observation:
    if memory.was_paired:
        if is_unpaired(evidence) and memory.was_unpaired_before:
            return Observation(SessionStatus.LOGGED_OUT, memory.logout_reason)
        return Observation(SessionStatus.RECONNECTING, NumberReason.LOADING)
    if evidence.is_qr_idle:
        # Between two rounds the old QR no longer works: show none.
        status = SessionStatus.PAUSED if memory.are_qr_rounds_used else SessionStatus.WAITING_FOR_SCAN
        return Observation(status, NumberReason.QR_EXPIRED)
    if evidence.qr_text or evidence.pairing_code:
        return Observation(SessionStatus.WAITING_FOR_SCAN, "", evidence.qr_text, evidence.pairing_code)
    if memory.is_qr_taken:
        return _scanned(memory)
    return Observation(SessionStatus.NOT_PAIRED, NumberReason.LOADING)


@dataclass
class StateMachine:
    """Remembers what matters from poll to poll of one page. Times are seconds of one monotonic clock."""

    #: How long parts may be missing, and a scan may have no effect, before that counts.
    missing_seconds: float = 20.0
    confirm_seconds: float = 15.0
    status: SessionStatus | None = None
    _was_unpaired: bool = False
    _missing_since: float | None = None
    _was_qr_shown: bool = False
    _qr_gone_since: float | None = None
    _scanned_since: float | None = None

    def observe(
        self, evidence: Evidence, now: float, *, was_paired: bool, are_qr_rounds_used: bool, logout_reason: str
    ) -> Observation:
        """Return the status after this poll."""
        memory = Memory(
            was_paired=was_paired,
            was_unpaired_before=self._was_unpaired,
            are_qr_rounds_used=are_qr_rounds_used,
            is_missing_settled=self._is_missing_settled(evidence, now),
            logout_reason=logout_reason,
            is_qr_taken=self._is_qr_taken(evidence, now),
            is_scan_stalled=self._scanned_since is not None and now - self._scanned_since > self.confirm_seconds,
        )
        observation = derive(evidence, memory)
        self._was_unpaired = is_unpaired(evidence)
        self._note(observation, now)
        return observation

    def _is_missing_settled(self, evidence: Evidence, now: float) -> bool:
        if not evidence.missing:
            self._missing_since = None
            return False
        self._missing_since = now if self._missing_since is None else self._missing_since
        patience = self.missing_seconds * (1 if evidence.is_ready else _UNREADY_PATIENCE)
        return now - self._missing_since > patience

    def _is_qr_taken(self, evidence: Evidence, now: float) -> bool:
        is_gone = evidence.is_online and not (evidence.qr_text or evidence.pairing_code or evidence.is_qr_idle)
        if not (evidence.is_ready and self._was_qr_shown and is_gone):
            self._qr_gone_since = None
            return False
        self._qr_gone_since = now if self._qr_gone_since is None else self._qr_gone_since
        return now - self._qr_gone_since > _QR_GONE_SECONDS

    def _note(self, observation: Observation, now: float) -> None:
        self.status = observation.status
        if observation.status is _WAITING and observation.reason == "":
            self._was_qr_shown = True
        elif observation.reason == NumberReason.LOADING and self._qr_gone_since is None:
            # The page was loaded again: a QR that it has not shown can't be gone.
            self._was_qr_shown = False
        if observation.status in (_SCANNED, _CONFIRM):
            self._scanned_since = now if self._scanned_since is None else self._scanned_since
        else:
            self._scanned_since = None
