"""Problems in the logs of the processes that tests start, and of the test process: each is expected, or fails the test.

A problem is an entry of level error or above, a traceback, or something put aside as a dead letter. A test says which
ones it causes: ``@pytest.mark.causes(r"task.failed")``; the patterns are searched in the whole entry.
"""

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import structlog

#: The first line of an entry of ours in the form ``console``.
_HEADER = re.compile(r"(?m)^(?=\d{4}-\d\d-\d\dT\S+ \[\w+ *\] )")
_IS_ERROR = re.compile(r"\d{4}-\d\d-\d\dT\S+ \[(error|critical) *\] ")
_TRACEBACK = "Traceback (most recent call last):"
#: What was put aside because nobody understood it.
_PUT_ASIDE = re.compile(r"entry\.dead_lettered|command\.refused")
#: Playwright leaves one behind when its driver dies or can't start; it is told whenever the garbage is collected.
_OF_LIBRARIES = re.compile(
    r"Future exception was never retrieved.*(Connection closed while reading from the driver|Cannot launch Node)",
    re.DOTALL,
)
#: Characters of an entry that are shown.
_SHOWN = 1500

#: By file, how much of it was looked at.
_watched: dict[Path, int] = {}
_found: list[str] = []


def watch(log: Path) -> None:
    """Look for problems in this file from now on, until it is gone."""
    _watched.setdefault(log, 0)


def look() -> None:
    """Read on in the files. To be called before one is removed; else `take` does it."""
    for path, begun in list(_watched.items()):
        try:
            with path.open("rb") as file:
                file.seek(begun)
                new = file.read()
        except FileNotFoundError:
            del _watched[path]
            continue
        # An entry that is still being written is looked at the next time.
        whole = new[: new.rfind(b"\n") + 1]
        _watched[path] = begun + len(whole)
        _found.extend(problems_in(whole.decode(errors="replace")))


def take() -> list[str]:
    """The problems since the last time."""
    look()
    found = [problem for problem in _found if not _OF_LIBRARIES.search(problem)]
    _found.clear()
    return found


def problems_in(text: str) -> Iterator[str]:
    """Entries of a log that are problems."""
    for entry in _entries(text):
        if _is_problem(entry):
            yield entry.strip()[:_SHOWN]


def _entries(text: str) -> Iterator[str]:
    for part in _HEADER.split(text):
        # Each line in the form ``json`` is an entry.
        plain: list[str] = []
        for line in part.splitlines(keepends=True):
            if line.startswith('{"'):
                yield line
            else:
                plain.append(line)
        if plain:
            yield "".join(plain)


def _is_problem(entry: str) -> bool:
    if entry.startswith('{"'):
        try:
            said: dict[str, Any] = json.loads(entry)
        except ValueError:
            return _TRACEBACK in entry
        return said.get("level") in ("error", "critical") or "exception" in said or bool(_PUT_ASIDE.search(entry))
    return bool(_IS_ERROR.match(entry) or _TRACEBACK in entry or _PUT_ASIDE.search(entry))


def watch_this_process() -> None:
    """Note what the test process itself logs, by whatever handler."""
    make = logging.getLogRecordFactory()

    def noted(*args: Any, **fields: Any) -> logging.LogRecord:
        record = make(*args, **fields)
        # Records that are only copied have no level yet.
        level = record.levelno or logging.NOTSET
        if level >= logging.WARNING or record.exc_info:
            said, error = record.getMessage(), record.exc_info[1] if record.exc_info else None
            if level >= logging.ERROR or error is not None or _PUT_ASIDE.search(said):
                _found.append(f"[{record.levelname.lower()}] {record.name}: {said} {error!r}"[:_SHOWN])
        return record

    logging.setLogRecordFactory(noted)
    structlog.configure(processors=[_note, *structlog.get_config()["processors"]])


def _note(_logger: Any, method: str, entry: dict[str, Any]) -> dict[str, Any]:
    """For loggers of ours while they are not set up to go through `logging`."""
    if method in ("error", "critical", "exception") or entry.get("exc_info") or _PUT_ASIDE.search(str(entry["event"])):
        _found.append(f"[{method}] {entry}"[:_SHOWN])
    return entry
