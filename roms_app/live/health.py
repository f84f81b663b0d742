"""How this process's pipeline is: for the live badge and the metrics. In memory only."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Health:
    """Written by the loops of `live/`, read by anybody."""

    #: Inbox id → how old the newest handled event was when it was committed (ms); 0 while nothing waits.
    lag_ms: dict[int, int] = field(default_factory=dict[int, int])

    @property
    def consumer_lag_ms(self) -> int:
        """The worst of this process's inboxes."""
        return max(self.lag_ms.values(), default=0)

    def forget(self, inbox_id: int) -> None:
        """This process no longer reads an inbox."""
        self.lag_ms.pop(inbox_id, None)


health = Health()
