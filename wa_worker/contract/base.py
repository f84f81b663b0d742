"""Base classes and field types of the contract's models, which are strict, immutable and versioned."""

import time
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

#: Increased with every change that an older reader would misunderstand.
CONTRACT_VERSION: Literal[1] = 1


class ContractModel(BaseModel):
    """Base of every event and command. Unknown fields are an error, never silently dropped."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    v: Literal[1] = CONTRACT_VERSION
    inbox_id: int = Field(gt=0)


class Part(BaseModel):
    """A group of fields inside an event or command."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def now_ms() -> int:
    """Return the current time in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


def _storable(value: Any) -> Any:
    """Replace what a database or JSON can't hold, NUL and lone surrogates (half an emoji), by U+FFFD."""
    if not isinstance(value, str):
        return value
    value = value.replace("\x00", "\ufffd")
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


#: Text as the customer sent it, up to WhatsApp's own limit of 65,536 characters.
MessageText = Annotated[str, BeforeValidator(_storable), Field(max_length=65_536)]
#: A name that a person chose. Whoever makes the event cuts longer ones.
Name = Annotated[str, BeforeValidator(_storable), Field(max_length=256)]
#: The largest INTEGER of a database.
LARGEST_INTEGER: Final = (1 << 31) - 1
#: The largest width or height in pixels.
LONGEST_SIDE: Final = 100_000
#: The largest size in bytes: the largest integer that every JSON parser reads exactly.
LARGEST_SIZE: Final = (1 << 53) - 1
#: The latest time of a message in ms since the epoch, the year 2100: valid in every time zone's calendar.
LATEST_MS: Final = 4_102_444_800_000


def _within(most: int) -> BeforeValidator:
    """Cut a number to 0…`most`: a customer's app may state any number, and that must not cost the message."""

    def cut(value: Any) -> Any:
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        return min(max(value, 0), most) if is_whole else value

    return BeforeValidator(cut)


#: A width or height in pixels, as a customer's app or file states it.
Side = Annotated[int, _within(LONGEST_SIDE), Field(ge=0, le=LONGEST_SIDE)]
#: A size in bytes, as a customer's app or file states it.
Bytes = Annotated[int, _within(LARGEST_SIZE), Field(ge=0, le=LARGEST_SIZE)]
#: A duration in milliseconds, as a customer's app or file states it.
DurationMs = Annotated[int, _within(LARGEST_INTEGER), Field(ge=0, le=LARGEST_INTEGER)]
#: A count.
Count = Annotated[int, _within(LARGEST_INTEGER), Field(ge=0, le=LARGEST_INTEGER)]
#: WhatsApp's timestamp, in milliseconds since the epoch.
ReportedMs = Annotated[int, _within(LATEST_MS), Field(ge=0, le=LATEST_MS)]
#: A time by our own clock, in milliseconds since the epoch.
EpochMs = Annotated[int, Field(ge=0, le=253_402_300_799_000)]
#: One emoji as WhatsApp sends it, with skin tones and joiners; empty: the reaction was removed.
Emoji = Annotated[str, BeforeValidator(_storable), Field(max_length=64)]
#: A file's key in the media store (``wa_worker/media/store.py``): ``7/ab/abcd….jpg``, never above the store's root.
MediaKey = Annotated[
    str, Field(pattern=r"^[0-9A-Za-z_-]{1,64}(/[0-9A-Za-z_-][0-9A-Za-z._-]{0,127}){1,6}$", max_length=300)
]
