"""In what state a number is: derived from what the page shows and what we remember, never from events alone.

Pure: no clock, no browser. `session.py` asks the page, calls `derive` and acts.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from wa_worker.contract.events import SessionStatus

#: Stream infos and modes that mean "paired, but not connected just now".
_AWAY_INFOS: Final = frozenset({"OFFLINE", "OPENING", "CONNECTING", "TIMEOUT", "PROXYBLOCK", "DISCONNECTED"})
_AWAY_MODES: Final = frozenset({"OFFLINE", "CONFLICT", "PROXYBLOCK", "TOS_BLOCK", "SMB_TOS_BLOCK"})


@dataclass(frozen=True)
class Evidence:
    """What one look at the page showed. The default: a page that is still loading."""

    is_ready: bool = False
    is_registered: bool = False
    is_authenticated: bool = False
    #: QR, SYNCING, MAIN, OFFLINE, CONFLICT …; empty while unknown.
    mode: str = ""
    info: str = ""
    is_online: bool = True
    #: WhatsApp stopped to renew its QR.
    is_qr_idle: bool = False
    qr_text: str | None = None
    pairing_code: str | None = None
    own_jid: str | None = None
    own_name: str | None = None
    wa_version: str = ""
    #: While syncing: how much of the history is read.
    sync_percent: int | None = None
    #: Parts of WhatsApp Web that we need and that did not resolve.
    missing: tuple[str, ...] = field(default=())

    @classmethod
    def from_page(cls, raw: dict[str, Any]) -> "Evidence":
        """From the bridge's ``evidence()``: same names, in JSON."""
        known = {name: raw[name] for name in cls.__dataclass_fields__ if raw.get(name) is not None}
        return cls(**{**known, "missing": tuple(raw.get("missing") or ())})


@dataclass(frozen=True)
class Memory:
    """What we know from before this look."""

    was_paired: bool = False
    #: The page has shown "unpaired" at the last look too: one look may catch it in the middle of a start.
    looked_unpaired_before: bool = False
    #: An idle QR has been renewed so often that only an admin may renew it again.
    are_qr_rounds_used: bool = False
    #: `Evidence.missing` has stayed for so long that it is not a late load.
    is_missing_settled: bool = False
    #: What to say if the page turns out to be unpaired.
    logout_reason: str = "phone_logout"


@dataclass(frozen=True)
class Observation:
    """The state of a number, as `SessionChanged` says it."""

    status: SessionStatus
    reason: str = ""
    qr_text: str | None = None
    pairing_code: str | None = None


def derive(evidence: Evidence, memory: Memory) -> Observation:
    """The one rule for a number's state."""
    if evidence.missing and memory.is_missing_settled:
        return Observation(SessionStatus.INCOMPATIBLE, "missing " + ", ".join(evidence.missing[:6]))
    if evidence.mode == "DEPRECATED_VERSION":
        return Observation(SessionStatus.INCOMPATIBLE, "needs_update")
    if not evidence.is_ready:
        return _loading(memory)
    if evidence.is_registered or evidence.is_authenticated:
        return _paired(evidence, memory)
    return _unpaired(evidence, memory)


def is_unpaired(evidence: Evidence) -> bool:
    """The page is up and says that no phone is linked."""
    return (
        evidence.is_ready
        and not evidence.is_registered
        and not evidence.is_authenticated
        and (evidence.mode == "QR" or evidence.is_qr_idle)
    )


def _loading(memory: Memory) -> Observation:
    if memory.was_paired:
        return Observation(SessionStatus.RECONNECTING, "loading")
    return Observation(SessionStatus.NOT_PAIRED, "loading")


def _paired(evidence: Evidence, memory: Memory) -> Observation:
    if evidence.mode == "MAIN" and evidence.is_authenticated:
        if not evidence.is_online or evidence.info in _AWAY_INFOS:
            return Observation(SessionStatus.RECONNECTING, "offline")
        return Observation(SessionStatus.LIVE)
    if evidence.mode in _AWAY_MODES and memory.was_paired:
        return Observation(SessionStatus.RECONNECTING, evidence.mode.lower())
    return Observation(SessionStatus.SYNCING)


def _unpaired(evidence: Evidence, memory: Memory) -> Observation:
    if memory.was_paired:
        if is_unpaired(evidence) and memory.looked_unpaired_before:
            return Observation(SessionStatus.LOGGED_OUT, memory.logout_reason)
        return Observation(SessionStatus.RECONNECTING, "loading")
    if evidence.is_qr_idle:
        # Between two rounds the old QR no longer works: show none rather than a dead one.
        status = SessionStatus.PAUSED if memory.are_qr_rounds_used else SessionStatus.WAITING_FOR_SCAN
        return Observation(status, "qr_expired")
    if evidence.qr_text or evidence.pairing_code:
        return Observation(SessionStatus.WAITING_FOR_SCAN, "", evidence.qr_text, evidence.pairing_code)
    return Observation(SessionStatus.NOT_PAIRED, "loading")
