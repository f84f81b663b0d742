"""Finds the log entries that an attack must never cause."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from wa_worker.process.logs import MAX_TRACEBACK, MAX_VALUE, MAX_VALUES

#: The mark that replaces the part cut out of a long value.
_CUT: Final = len(" […100000000 more…] ")


def wrong_entries(entries: Iterable[Mapping[str, Any]]) -> list[str]:
    """The wrong entries of a log (`App.entries`): errors, foreign formats, and values above their bound."""
    found = ((_trouble(entry), str(entry)[:1000]) for entry in entries)
    return [f"{trouble}: {entry}" for trouble, entry in found if trouble]


def _trouble(entry: Mapping[str, Any]) -> str:
    if "text" in entry:
        return "not in our form"
    if entry.get("level") in ("error", "critical") or "exception" in entry:
        return "an error"
    if len(entry) > MAX_VALUES:
        return "too many values"
    bounds = {name: MAX_TRACEBACK if name == "exception" else MAX_VALUE for name in entry}
    return "too long" if any(len(str(entry[name])) > bounds[name] + _CUT for name in entry) else ""
