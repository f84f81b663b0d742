"""A consumer that dies between its commit and its acknowledgement. Run as a process of its own; it never returns.

Arguments: Redis' address, the database's address, the inbox.
"""

import asyncio
import os
import signal
import sys
from typing import Any

from roms_app import database
from roms_app.live import connection
from roms_app.live.consumer import Consumer


class MortalConsumer(Consumer):
    """Commits and announces, and is killed before it can acknowledge."""

    async def acknowledge(self, *_: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class EarlierMortalConsumer(Consumer):
    """Is killed with its entries read and nothing written."""

    async def handle(self, *_: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


async def main(redis_url: str, database_url: str, inbox_id: str, when: str) -> None:
    """Consume until killed."""
    database.use_engine(database.make_engine(database_url))
    client = connection.make_redis(redis_url)
    connection.use_redis(client)
    kind = MortalConsumer if when == "after-commit" else EarlierMortalConsumer
    await kind(client, int(inbox_id)).run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
