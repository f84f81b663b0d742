"""A number that this worker holds: what all parts of its session need to know about it."""

from dataclasses import dataclass
from pathlib import Path

from wa_worker.config import WorkerSettings
from wa_worker.contract.commands import Channel
from wa_worker.ownership.lease import Lease
from wa_worker.ownership.profile import Profile
from wa_worker.ownership.profile_location import ProfileLocation


@dataclass(frozen=True)
class HeldNumber:
    """One held number. Its channel and groups setting are fixed: a change starts another session."""

    settings: WorkerSettings
    inbox_id: int
    channel: Channel
    #: Locked by this process, so what is read from its folder stays true.
    profile: Profile
    lease: Lease
    location: ProfileLocation
    has_groups: bool = False

    @property
    def folder(self) -> Path:
        """Where the number's files lie, beside the browser's profile."""
        return self.profile.folder
