"""Parses ``POST /ctl``: from JSON to a validated command.

A command is ``{"phone": "7", "cmd": "message", …}``; docs/simulator.md lists them all.
"""

from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from wa_worker.simulator.commands.base import Command
from wa_worker.simulator.commands.faults import (
    BackendEvent,
    Boot,
    Deaf,
    FailMedia,
    FailNextSend,
    HangNext,
    NeedsUpdate,
    PasskeyGate,
    Reload,
    SetStream,
    Syncing,
)
from wa_worker.simulator.commands.messages import (
    CustomerMessage,
    Decrypt,
    Edit,
    ManyMessages,
    Reaction,
    Receipt,
    Revoke,
    Seen,
)
from wa_worker.simulator.commands.people import PutContact, PutGroup, PutPicture, RevealLid
from wa_worker.simulator.commands.session import ConfirmPasskey, EnterCode, Network, PhoneLogout, Reset, Scan
from wa_worker.simulator.errors import BadCommandError

_COMMANDS = TypeAdapter[Command](
    Annotated[
        Scan
        | ConfirmPasskey
        | EnterCode
        | PhoneLogout
        | Network
        | Reset
        | NeedsUpdate
        | FailNextSend
        | PasskeyGate
        | Syncing
        | Deaf
        | HangNext
        | FailMedia
        | BackendEvent
        | SetStream
        | Boot
        | Reload
        | PutContact
        | PutGroup
        | PutPicture
        | RevealLid
        | CustomerMessage
        | ManyMessages
        | Edit
        | Decrypt
        | Revoke
        | Reaction
        | Receipt
        | Seen,
        Field(discriminator="cmd"),
    ]
)


def parse(data: Any) -> Command:
    """Return the validated command. Raises BadCommandError with one sentence about what is wrong."""
    if isinstance(data, dict) and isinstance(data.get("phone"), int):
        data = {**data, "phone": str(data["phone"])}
    try:
        return _COMMANDS.validate_python(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadCommandError(f"{where or 'The command'}: {first['msg']}.") from error
