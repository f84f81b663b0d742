"""Column types: times are epoch milliseconds (UTC), enums are their values as text.

Integers rather than timestamps: WhatsApp, the contract and the browser all use epoch time, both databases sort it
alike, and no step in between can attach the wrong timezone.
"""

import time
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, String
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field


def now_ms() -> int:
    """Milliseconds since the epoch, UTC."""
    return time.time_ns() // 1_000_000


class EnumText(TypeDecorator[StrEnum]):
    """A StrEnum stored as its value, so that a new member needs no migration."""

    impl = String(32)
    cache_ok = True

    def __init__(self, enum: type[StrEnum]) -> None:
        super().__init__()
        self.enum = enum

    def process_bind_param(self, value: Any, dialect: Any) -> str | None:
        return None if value is None else self.enum(value).value

    def process_result_value(self, value: Any, dialect: Any) -> StrEnum | None:
        return None if value is None else self.enum(value)


def enum_field(enum: type[StrEnum], default: Any = ..., **kwargs: Any) -> Any:
    """A column that holds one of `enum`'s values."""
    return Field(default=default, sa_type=EnumText(enum), **kwargs)  # pyright: ignore[reportArgumentType, reportCallIssue]


def epoch_field(default: Any = ..., **kwargs: Any) -> Any:
    """A column of epoch milliseconds. The default is now."""
    if default is ...:
        return Field(default_factory=now_ms, sa_type=BigInteger, **kwargs)
    return Field(default=default, sa_type=BigInteger, **kwargs)
