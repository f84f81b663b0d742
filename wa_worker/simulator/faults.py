"""Switches that make one phone fail on purpose. They are not kept on disk."""

from dataclasses import dataclass, field
from typing import Any, Literal

#: How a download can fail: gone (the server no longer has the file), slow, corrupt (other bytes than were sent).
MediaFault = Literal["gone", "slow", "corrupt"]
Deafness = Literal["socket", "store", "events"]
#: Which calls of the page can hang.
Hanging = Literal["send", "upload", "download"]


@dataclass(slots=True)
class Hang:
    """The next `count` calls of one kind get no answer. `is_through`: the message is sent nevertheless."""

    count: int = 0
    is_through: bool = False

    def takes(self) -> bool:
        """Whether this call hangs. Counts down."""
        if self.count == 0:
            return False
        self.count -= 1
        return True


@dataclass(slots=True)
class Faults:
    """All switches; at first all are off."""

    refusals_left: int = 0
    refusal: str = "ERROR_UNKNOWN"
    hangs: dict[Hanging, Hang] = field(default_factory=lambda: {"send": Hang(), "upload": Hang(), "download": Hang()})
    media_fault: MediaFault = "gone"
    media_faults_left: int = 0
    #: ``socket``: the connected cloud sends nothing. ``store``: the page's stores throw. ``events``: they fire none.
    deaf: Deafness | None = None
    #: Deafness survives a reload of the page.
    is_deaf_for_good: bool = False
    #: The next link waits for a passkey.
    has_passkey_gate: bool = False
    #: How long the next load of the page stays in SYNCING.
    syncing_seconds: float = 0
    #: The page never becomes ready.
    never_ready: bool = False
    #: Modules that the injected library does not find.
    hidden_modules: list[str] = field(default_factory=list)

    def refuse(self) -> str | None:
        """Return WhatsApp's word if this send is refused, else None. Counts down."""
        if self.refusals_left == 0:
            return None
        self.refusals_left -= 1
        return self.refusal

    def download(self) -> str:
        """Return the next download's result: ``ok`` or a MediaFault. Counts down."""
        if self.media_faults_left == 0:
            return "ok"
        self.media_faults_left -= 1
        return self.media_fault

    def take_syncing(self) -> float:
        """Return how long the load that begins now stays in SYNCING. The next one does not."""
        seconds, self.syncing_seconds = self.syncing_seconds, 0
        return seconds

    def hanging(self) -> dict[str, int]:
        """Return how many calls of each kind will still hang."""
        return {what: hang.count for what, hang in self.hangs.items() if hang.count}

    def boot(self) -> dict[str, Any]:
        """Return what the page must know before it loads its modules."""
        return {"never_ready": self.never_ready, "without": self.hidden_modules}
