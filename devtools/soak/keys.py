"""Compares Redis' keys with the table of docs/streams.md: a key without a bound there may grow."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from redis import Redis

_ROW: Final = re.compile(
    r"^\|\s*`(?P<key>[^`]+)`\s*\|\s*(?P<type>\w+)\s*\|\s*(?P<most>[\d,]+)\s*\|\s*(?P<expires>[^|]*)\|"
)
_LENGTH: Final = {"stream": "xlen", "hash": "hlen", "list": "llen", "set": "scard", "zset": "zcard"}


@dataclass(frozen=True, slots=True)
class Bound:
    """One row of the table. `expires` in seconds, None: never."""

    key: str
    type: str
    most: int
    expires: int | None

    @property
    def pattern(self) -> re.Pattern[str]:
        """The pattern of the key. Braces match any text."""
        return re.compile(".+".join(re.escape(part) for part in re.split(r"\{\w+\}", self.key)))


@dataclass(frozen=True, slots=True)
class Key:
    """A key in Redis. `ttl` in seconds, -1: never. `trouble`: its difference from the table."""

    name: str
    type: str
    length: int
    bytes: int
    ttl: int
    bound: Bound | None
    trouble: str


def read_bounds(page: Path) -> list[Bound]:
    """The table's rows: key, type, at most, expires."""
    found = (_ROW.match(line) for line in page.read_text().splitlines())
    return [
        Bound(
            row["key"],
            row["type"],
            int(row["most"].replace(",", "")),
            int(match[0]) if (match := re.search(r"\d+", row["expires"])) else None,
        )
        for row in found
        if row
    ]


def look(redis: "Redis", bounds: list[Bound]) -> list[Key]:
    """All keys, by name. A key that vanishes meanwhile is left out."""
    found = (_read(redis, name, bounds) for name in sorted(redis.scan_iter(count=1000)))
    return [key for key in found if key]


def _read(redis: "Redis", name: str, bounds: list[Bound]) -> Key | None:
    kind: Any = redis.type(name)
    if kind == "none":
        return None
    measure = _LENGTH.get(kind)
    length: Any = getattr(redis, measure)(name) if measure else 1
    size: Any = redis.memory_usage(name)
    ttl: Any = redis.ttl(name)
    bound = next((bound for bound in bounds if bound.pattern.fullmatch(name)), None)
    return Key(name, kind, length, size or 0, ttl, bound, _trouble(bound, kind, length, ttl))


def _trouble(bound: Bound | None, kind: str, length: int, ttl: int) -> str:
    if bound is None:
        return "has no bound in docs/streams.md"
    if bound.type != kind:
        return f"is a {kind}, not a {bound.type}"
    if length > bound.most:
        return f"has {length} entries, more than {bound.most}"
    if bound.expires is not None and not -2 != ttl <= bound.expires:
        return f"expires in {ttl} s, not within {bound.expires}"
    if bound.expires is not None and ttl == -1:
        return "never expires"
    return ""
