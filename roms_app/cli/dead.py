"""`roms dead`: dead letters, which are stream entries that could not be understood."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import typer
from redis.exceptions import RedisError
from rich.table import Table

from roms_app.cli.output import hint, out
from roms_app.errors import ConfigurationError
from roms_app.live import dead
from roms_app.live.connection import make_redis
from roms_app.ops import environment

T = TypeVar("T")
app = typer.Typer(help="Entries that could not be understood.", no_args_is_help=True)
_SHOWN = 60


@app.command("list")
def list_dead(
    inbox: Annotated[int | None, typer.Option(help="Only this number's.")] = None,
    full: Annotated[bool, typer.Option(help="The whole of each entry.")] = False,
) -> None:
    """Show the dead letters and their reasons."""
    letters = _asked(lambda redis: dead.list_dead(redis, inbox))
    table = Table("Inbox", "Id", "When (UTC)", "From", "Why", "What", box=None)
    for letter in letters:
        when = datetime.fromtimestamp(letter.at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
        what = letter.data if full or len(letter.data) <= _SHOWN else f"{letter.data[:_SHOWN]}…"
        table.add_row(*_plain(str(letter.inbox_id), letter.id, when, letter.source, letter.reason, what))
    out.print(table if letters else "There are no dead letters.")


@app.command("replay")
def replay(
    inbox: Annotated[int, typer.Argument(help="The number's inbox id.")],
    entry: Annotated[str | None, typer.Argument(help="One entry's id; all of the inbox when left out.")] = None,
) -> None:
    """Put entries back on the stream they came from, after an upgrade that understands them."""
    count = _asked(lambda redis: dead.replay(redis, inbox, entry))
    hint(f"{count} put back." if count else "There was nothing to put back; `roms dead list` shows what there is.")


def _asked(ask: Callable[[Any], Awaitable[T]]) -> T:
    url = environment.prepare().redis_url

    async def run() -> T:
        async with make_redis(url) as redis:
            return await ask(redis)

    try:
        return asyncio.run(run())
    except (RedisError, OSError) as error:
        raise ConfigurationError(f"Redis does not answer: {error}.", "Start ROMS, and try again.") from error


def _plain(*texts: str) -> list[str]:
    return [text.replace("[", r"\[") for text in texts]
