"""`roms simulate-assignment`: a day under each order of assignment. Needs neither database nor Redis."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from roms_app.cli import simulate_picture, simulate_words
from roms_app.cli.output import out
from roms_app.domain.simulation.day import draw_day
from roms_app.domain.simulation.outcome import Outcome
from roms_app.domain.simulation.simulate import simulate
from roms_app.domain.simulation.strategies import NAMES
from roms_app.errors import InvalidInput


def simulate_assignment(
    agents: Annotated[int, typer.Option(min=1, max=1000, help="How many agents, in five shifts.")] = 50,
    chats: Annotated[int, typer.Option(min=1, max=100_000, help="How many customers write on that day.")] = 3000,
    seed: Annotated[int, typer.Option(help="The same seed is the same day.")] = 1,
    picture: Annotated[Path | None, typer.Option(help="Draw it into this SVG file.")] = None,
    figures: Annotated[Path | None, typer.Option("--json", help="Write all figures into this file.")] = None,
) -> None:
    """Simulate a day of agents and customers with each order of assignment, and with the old "last id"."""
    day = draw_day(seed, agents, chats)
    outcomes = [simulate(day, name) for name in NAMES]
    what = describe(seed, agents, chats)
    if picture:
        _write(picture, simulate_picture.draw(outcomes, what))
    if figures:
        _write(
            figures, json.dumps({"day": what, "strategies": [simulate_words.values(one) for one in outcomes]}) + "\n"
        )
    out.print(f"{what}\n")
    out.print(table(outcomes))


def describe(seed: int, agents: int, chats: int) -> str:
    """A sentence that describes the day."""
    return f"A day of {agents} agents and {chats} customers (seed {seed})."


def table(outcomes: list[Outcome]) -> Table:
    """The table of docs/assignment.md."""
    found = Table("", *(outcome.strategy for outcome in outcomes), box=box.MARKDOWN)
    for row in simulate_words.rows(outcomes):
        found.add_row(*row)
    return found


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidInput(
            f"{path} could not be written: {error.strerror}.", "Name a file in a folder that is there."
        ) from error
