"""What all contract models share: strict, immutable, versioned."""

import time
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

#: Raised together with a change that an older reader would misunderstand.
CONTRACT_VERSION: Literal[1] = 1


class ContractModel(BaseModel):
    """Base of every event and command: unknown fields are an error, never silently dropped."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    v: Literal[1] = CONTRACT_VERSION
    inbox_id: int = Field(gt=0)


class Part(BaseModel):
    """A group of fields inside an event or command."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def now_ms() -> int:
    """Milliseconds since the epoch, UTC."""
    return time.time_ns() // 1_000_000


def _storable(value: Any) -> Any:
    """Text that both databases and JSON can hold: NUL and lone surrogates (half an emoji) become U+FFFD."""
    if not isinstance(value, str):
        return value
    value = value.replace("\x00", "\ufffd")
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


#: Text as the customer sent it. WhatsApp's own limit is 65,536 characters; more is refused at this edge.
MessageText = Annotated[str, BeforeValidator(_storable), Field(max_length=65_536)]
#: A name that somebody chose. Longer ones are cut by whoever makes the event.
Name = Annotated[str, BeforeValidator(_storable), Field(max_length=256)]
#: As much as an INTEGER of a database holds.
LARGEST_INTEGER: Final = (1 << 31) - 1
#: Pixels: as far as a width or height is told.
LONGEST_SIDE: Final = 100_000
#: Bytes: as far as JSON tells whole numbers everywhere.
LARGEST_SIZE: Final = (1 << 53) - 1
#: Milliseconds since the epoch: the year 2100. Nothing that was said is from later, and every zone's calendar holds it.
LATEST_MS: Final = 4_102_444_800_000


def _within(most: int) -> BeforeValidator:
    """What a customer's app says may be any number: it is cut to what can be kept, for it must not cost the message."""

    def cut(value: Any) -> Any:
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        return min(max(value, 0), most) if is_whole else value

    return BeforeValidator(cut)


#: Pixels, as a customer's app or file says.
Side = Annotated[int, _within(LONGEST_SIDE), Field(ge=0, le=LONGEST_SIDE)]
#: Bytes, as a customer's app or file says.
Bytes = Annotated[int, _within(LARGEST_SIZE), Field(ge=0, le=LARGEST_SIZE)]
#: Milliseconds that a recording lasts, as a customer's app or file says.
DurationMs = Annotated[int, _within(LARGEST_INTEGER), Field(ge=0, le=LARGEST_INTEGER)]
#: How many of something.
Count = Annotated[int, _within(LARGEST_INTEGER), Field(ge=0, le=LARGEST_INTEGER)]
#: When something was said, as WhatsApp tells. Milliseconds since the epoch, UTC.
SaidMs = Annotated[int, _within(LATEST_MS), Field(ge=0, le=LATEST_MS)]
#: Milliseconds since the epoch, UTC, by a clock of ours.
EpochMs = Annotated[int, Field(ge=0, le=253_402_300_799_000)]
#: One emoji as WhatsApp sends it, skin tones and joiners included; empty: taken back.
Emoji = Annotated[str, BeforeValidator(_storable), Field(max_length=64)]
#: Where a file lies in the media store (`wa_worker/media/store.py`): ``7/ab/abcd….jpg``, never above the store's root.
MediaKey = Annotated[
    str, Field(pattern=r"^[0-9A-Za-z_-]{1,64}(/[0-9A-Za-z_-][0-9A-Za-z._-]{0,127}){1,6}$", max_length=300)
]
