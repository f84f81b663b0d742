"""The door of ``POST /ctl``: from JSON to a checked command.

A command is ``{"phone": "7", "cmd": "message", …}``; docs/simulator.md lists them all.
"""

from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from wa_worker.simulator.commands.base import Command
from wa_worker.simulator.commands.messages import CustomerMessage, Edit, ManyMessages, Reaction, Receipt, Revoke, Seen
from wa_worker.simulator.commands.people import PutContact, RevealLid
from wa_worker.simulator.commands.session import EnterCode, FailNextSend, NeedsUpdate, Network, PhoneLogout, Reset, Scan
from wa_worker.simulator.errors import BadCommandError

_COMMANDS = TypeAdapter[Command](
    Annotated[
        Scan
        | EnterCode
        | PhoneLogout
        | Network
        | Reset
        | NeedsUpdate
        | FailNextSend
        | PutContact
        | RevealLid
        | CustomerMessage
        | ManyMessages
        | Edit
        | Revoke
        | Reaction
        | Receipt
        | Seen,
        Field(discriminator="cmd"),
    ]
)


def parse(data: Any) -> Command:
    """A checked command. Raises BadCommandError with one sentence about what is wrong."""
    if isinstance(data, dict) and isinstance(data.get("phone"), int):
        data = {**data, "phone": str(data["phone"])}
    try:
        return _COMMANDS.validate_python(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadCommandError(f"{where or 'The command'}: {first['msg']}.") from error
