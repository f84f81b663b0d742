"""Runs the rows one after the other on one system, which is started anew after a row with errors."""

import argparse
import asyncio
import contextlib
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from devtools.faults import report
from devtools.faults.ground import Ground
from devtools.faults.injuries import FAULTS, Fault
from devtools.faults.report import Row
from devtools.faults.rows import Size, run_row
from devtools.system import ROOT, System, running

console = Console(width=None if sys.stdout.isatty() else 170)
_EVIDENCE = ROOT / "test-results" / "faults"


async def run_rows(system: System, database_url: str, todo: list[tuple[Fault, int]], size: Size) -> list[Row]:
    """Run all rows. The system keeps running between clean rows."""
    rows: list[Row] = []
    while len(rows) < len(todo):
        async with Ground(system, database_url) as ground:
            while len(rows) < len(todo):
                fault, seed = todo[len(rows)]
                console.print(f"[{len(rows) + 1}/{len(todo)}] {fault.name}, seed {seed}: {fault.what} …", markup=False)
                row = await run_row(ground, fault, seed, size)
                rows.append(row)
                _say(row)
                if not row.is_clean:
                    _keep_evidence(system, row)
                    break
        if len(rows) < len(todo):
            await asyncio.to_thread(_start_anew, system)
    return rows


def _say(row: Row) -> None:
    recovered = "never" if row.recovered is None else f"{row.recovered:.1f} s"
    verdict = "clean" if row.is_clean else "NOT CLEAN"
    console.print(f"      {verdict}, recovered in {recovered}, row took {row.seconds:.0f} s {row.error}", markup=False)


def _keep_evidence(system: System, row: Row) -> None:
    """Keep the log and the database of a row with errors."""
    folder = _EVIDENCE / f"{row.fault}-{row.seed}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in (
        "up.log",
        "second.log",
        "roms.db",
        "roms.db-wal",
        "simulator/simulator.db",
        "simulator/simulator.db-wal",
    ):
        if (system.data_dir / name).is_file():
            shutil.copy(system.data_dir / name, folder)
    (folder / "row.txt").write_text("\n".join([str(row), *row.examples]))
    console.print(f"      kept in {folder.relative_to(ROOT)}", markup=False)


def _start_anew(system: System) -> None:
    system.stop()
    shutil.rmtree(system.data_dir, ignore_errors=True)
    system.start()


@contextlib.contextmanager
def _database(is_postgres: bool) -> Iterator[str]:
    """The URL of a database of our own; "": SQLite in the system's folder."""
    if not is_postgres:
        yield ""
        return
    from tests.support.servers import PostgresServer

    server = PostgresServer()
    server.start()
    try:
        yield server.url
    finally:
        server.close()


def main() -> None:
    """Read the command line and run; exit code 1 when a row is not clean."""
    parser = argparse.ArgumentParser(prog="python -m devtools.faults")
    parser.add_argument("--seeds", type=int, default=3, help="how many seeds, from --first-seed on")
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--only", default="", help=f"some of: {','.join(FAULTS)}")
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--replies", type=int, default=300)
    parser.add_argument("--customers", type=int, default=40)
    parser.add_argument("--rate", type=float, default=100.0, help="messages a second")
    parser.add_argument("--files", type=float, default=0.0, help="the share of messages that bring a file")
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL instead of SQLite")
    parser.add_argument("--json", type=Path, default=ROOT / "bench-results" / "faults.json")
    parser.add_argument("--docs", action="store_true", help="put the table into docs/faults.md")
    options = parser.parse_args()
    names = options.only.split(",") if options.only else list(FAULTS)
    if unknown := [name for name in names if name not in FAULTS]:
        parser.error(f"unknown: {', '.join(unknown)}")
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    todo = [(FAULTS[name], seed) for seed in seeds for name in names]
    size = Size(options.messages, options.replies, options.customers, options.rate, options.files)
    began = time.monotonic()
    with _database(options.postgres) as url, tempfile.TemporaryDirectory(prefix="roms-faults-") as folder:
        data = Path(folder) / "data"
        settings = {"ROMS_DATABASE_URL": url} if url else {}
        with running(data, **settings) as system:
            rows = asyncio.run(run_rows(system, url or f"sqlite:///{data / 'roms.db'}", todo, size))
    report.show(rows, console)
    report.write_json(rows, options.json)
    if options.docs:
        report.write_docs(rows, ROOT / "docs" / "faults.md")
    console.print(f"{time.monotonic() - began:.0f} s in all. Also in {options.json}.", markup=False)
    sys.exit(0 if all(row.is_clean for row in rows) else 1)
