"""A number's session without a Chromium, on a real Redis."""

import asyncio
from pathlib import Path

import pytest

from tests.worker.cast import INBOX
from wa_worker.config import WorkerSettings
from wa_worker.contract.commands import Channel
from wa_worker.ownership.held_number import HeldNumber
from wa_worker.ownership.lease import Lease
from wa_worker.ownership.profile import Profile
from wa_worker.ownership.profile_location import ProfileLocation
from wa_worker.session.number import NumberSession
from wa_worker.stream.redis_io import reading_client, writing_client


async def make_session(redis_url: str, data: Path, monkeypatch: pytest.MonkeyPatch) -> NumberSession:
    """It holds its number, and does not run yet; where its browser would be kept, nothing happens."""
    writing = writing_client(redis_url)
    profile = Profile(data, INBOX)
    assert profile.try_lock()
    number = HeldNumber(
        WorkerSettings(data_dir=data),
        INBOX,
        Channel.DEMO,
        profile,
        Lease(writing, INBOX, profile_id=profile.id, worker="w"),
        ProfileLocation(writing, INBOX, profile_id=profile.id, host="here"),
    )
    session = NumberSession(number, chromium="", reading=reading_client(redis_url), writing=writing)
    monkeypatch.setattr(session.browser, "run", asyncio.Event().wait)
    await number.lease.take(may_inherit=False)
    return session
