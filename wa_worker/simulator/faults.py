"""What goes wrong on purpose: switches of one phone. They live as long as the simulator; no disk remembers them."""

from dataclasses import dataclass, field
from typing import Any, Literal

#: How a download of the page can fail: gone (the server has it no more), slow, corrupt (other bytes than were sent).
MediaFault = Literal["gone", "slow", "corrupt"]
Deafness = Literal["socket", "store", "events"]
#: What of the page's calls can hang.
Hanging = Literal["send", "upload", "download"]


@dataclass(slots=True)
class Hang:
    """The next `count` calls of one kind are never answered; with `is_through` the message arrives all the same."""

    count: int = 0
    is_through: bool = False

    def takes(self) -> bool:
        """Whether this call hangs; counts down."""
        if self.count == 0:
            return False
        self.count -= 1
        return True


@dataclass(slots=True)
class Faults:
    """All switches, at rest to begin with."""

    refusals_left: int = 0
    refusal: str = "ERROR_UNKNOWN"
    hangs: dict[Hanging, Hang] = field(default_factory=lambda: {"send": Hang(), "upload": Hang(), "download": Hang()})
    media_fault: MediaFault = "gone"
    media_faults_left: int = 0
    #: The cloud is silent although connected; or the page's stores throw; or they take what comes and tell nobody.
    deaf: Deafness | None = None
    #: Deafness survives a new load of the page.
    is_deaf_for_good: bool = False
    #: The next link stops at WhatsApp's question for a passkey.
    has_passkey_gate: bool = False
    #: How long the next load stays in SYNCING.
    syncing_seconds: float = 0
    #: The page never comes up.
    never_ready: bool = False
    #: Modules that an injected library doesn't find.
    hidden_modules: list[str] = field(default_factory=list)

    def refuse(self) -> str | None:
        """WhatsApp's word for why this send is refused, or None; counts down."""
        if self.refusals_left == 0:
            return None
        self.refusals_left -= 1
        return self.refusal

    def download(self) -> str:
        """How the next download goes: ``ok`` or a MediaFault; counts down."""
        if self.media_faults_left == 0:
            return "ok"
        self.media_faults_left -= 1
        return self.media_fault

    def take_syncing(self) -> float:
        """Seconds of the load that begins now; the one after it is quick again."""
        seconds, self.syncing_seconds = self.syncing_seconds, 0
        return seconds

    def hanging(self) -> dict[str, int]:
        """How many calls of each kind are still to hang."""
        return {what: hang.count for what, hang in self.hangs.items() if hang.count}

    def boot(self) -> dict[str, Any]:
        """What the page has to know before it loads its modules."""
        return {"never_ready": self.never_ready, "without": self.hidden_modules}
