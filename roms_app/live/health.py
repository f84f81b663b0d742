"""The health of this process's pipeline, for the live badge and the metrics. In memory only."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Health:
    """Written by the loops of `live/`, read by any part of the app."""

    #: Inbox id → age (ms) of the newest handled event at its commit; 0 while nothing waits.
    lag_ms: dict[int, int] = field(default_factory=dict[int, int])

    @property
    def consumer_lag_ms(self) -> int:
        """The largest lag among this process's inboxes, in ms."""
        return max(self.lag_ms.values(), default=0)

    def forget(self, inbox_id: int) -> None:
        """Drop an inbox that this process no longer reads."""
        self.lag_ms.pop(inbox_id, None)


health = Health()
