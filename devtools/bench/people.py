"""Who takes part in the benchmark: a paired demo phone, its customers, and agents who are signed in already."""

import os
from dataclasses import dataclass

from devtools.bench import load
from devtools.system import System, until

STEPS = (1, 10, 50, 100)
BESIDE = (0, 25, 100)


@dataclass
class People:
    """Sessions and the one inbox. `cookies[0]` is the agent whose page is painted."""

    inbox_id: int
    cookies: list[str]
    redis_url: str
    steps: tuple[int, ...]
    beside: tuple[int, ...]

    def count_messages(self) -> int:
        """How many messages stand in the database."""
        from sqlalchemy import func, select
        from roms_app.database import reading_session
        from roms_app.models import Message

        with reading_session() as session:
            return session.execute(select(func.count()).select_from(Message)).scalar_one()


def prepare(system: System, is_quick: bool) -> People:
    """Make agents, sessions and a demo phone by the services, as the pages do, and pair it."""
    os.environ.update({k: v for k, v in system.env.items() if k.startswith("ROMS_") or k == "REDIS_URL"})
    from roms_app.config import get_settings

    inbox_id, cookies = _make_rows()
    until(lambda: system.simulator_state(inbox_id).get("qr"), "the demo phone's QR", 60)
    for contact in load.customers():
        system.ctl(inbox_id, "contact", **contact)
    system.ctl(inbox_id, "scan")
    until(lambda: _status(inbox_id) == "live", "the demo phone to be live", 60)
    steps, beside = ((1, 100), (0, 100)) if is_quick else (STEPS, BESIDE)
    return People(inbox_id, cookies, get_settings().redis_url, steps, beside)
