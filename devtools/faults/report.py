"""Writes the results as a table for people, as JSON for programs, and into a page of the docs."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from devtools.bench.report import machine

COLUMNS: Final = (
    "fault", "seed", "messages in", "in the database", "lost", "doubled", "out of order",
    "replies sent", "lost", "doubled", "out of order", "wrong ticks", "seconds to recover",
)  # fmt: skip
_BEGIN, _END = "<!-- the table: begin -->", "<!-- the table: end -->"


@dataclass(slots=True)
class Row:
    """One fault with one seed. `recovered`: seconds; None: not before the time-out."""

    fault: str
    seed: int
    limit: float
    messages_in: int = 0
    in_database: int = 0
    lost: int = 0
    doubled: int = 0
    disordered: int = 0
    replies_sent: int = 0
    replies_lost: int = 0
    replies_doubled: int = 0
    replies_disordered: int = 0
    wrong_ticks: int = 0
    dead_letters: int = 0
    recovered: float | None = None
    #: Replies that an agent's tab repeated because no answer came.
    repeats: int = 0
    seconds: float = 0.0
    error: str = ""
    examples: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """True if no message is lost, doubled, out of order or wrong, and the system recovered in time."""
        counts = (
            self.lost, self.doubled, self.disordered, self.replies_lost, self.replies_doubled, self.replies_disordered,
            self.wrong_ticks, self.dead_letters,
        )  # fmt: skip
        return not any(counts) and not self.error and self.recovered is not None and self.recovered <= self.limit

    def cells(self) -> list[str]:
        """The cells of the row, in the order of `COLUMNS`."""
        numbers = (
            self.seed, self.messages_in, self.in_database, self.lost, self.doubled, self.disordered, self.replies_sent,
            self.replies_lost, self.replies_doubled, self.replies_disordered, self.wrong_ticks,
        )  # fmt: skip
        recovered = "never" if self.recovered is None else f"{self.recovered:.1f}"
        return [self.fault, *(f"{number:,}" for number in numbers), recovered]


def show(rows: Sequence[Row], console: Console) -> None:
    """Print the table. Rows with errors are red, with the reasons below."""
    table = Table(title="What came of it (all columns of losses must be 0)")
    for number, name in enumerate(COLUMNS):
        table.add_column(name, justify="right" if number else "left", no_wrap=number == 0)
    for row in rows:
        table.add_row(*row.cells(), style="" if row.is_clean else "red")
    console.print(table)
    for row in rows:
        if not row.is_clean:
            why = row.error or f"dead letters {row.dead_letters}, limit {row.limit:.0f} s"
            console.print(f"{row.fault} {row.seed}: {why}", style="red", markup=False)
            for line in row.examples[:10]:
                console.print(f"    {line}", markup=False)


def write_json(rows: Sequence[Row], path: Path) -> None:
    """Write all counts and the machine as JSON."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = {"at": at, "machine": machine(), "rows": [asdict(row) | {"is_clean": row.is_clean} for row in rows]}
    path.write_text(json.dumps(whole, indent=2))


def write_docs(rows: Sequence[Row], path: Path) -> None:
    """Put the table between the marks of docs/faults.md."""
    head, _, rest = path.read_text().partition(_BEGIN)
    _, _, tail = rest.partition(_END)
    lines = [f"| {' | '.join(COLUMNS)} |", f"|{'---|' * len(COLUMNS)}"]
    lines += [f"| {' | '.join(row.cells())} |" for row in rows]
    when = f"{datetime.now(UTC):%Y-%m-%d}, {machine()['cores']} cores"
    path.write_text(f"{head}{_BEGIN}\n{when}\n\n" + "\n".join(lines) + f"\n{_END}{tail}")
