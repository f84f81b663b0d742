"""The delay before a process that ended is restarted. Pure."""

from dataclasses import dataclass


@dataclass
class Backoff:
    """Doubles from `first` to `longest` seconds, and starts again from `first` after a run of `healthy` seconds."""

    first: float = 0.2
    longest: float = 30.0
    healthy: float = 60.0
    #: The number of consecutive runs shorter than `healthy`.
    failures: int = 0

    def after(self, ran_for: float) -> float:
        """Seconds to wait after a run of `ran_for` seconds."""
        self.failures = 1 if ran_for >= self.healthy else self.failures + 1
        return min(self.longest, self.first * 2.0 ** min(self.failures - 1, 30))
