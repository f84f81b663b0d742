"""The base of all commands, and the types of their arguments."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from wa_worker.simulator.phone import Phone

Jid = Annotated[str, StringConstraints(pattern=r"^[\w.:-]{1,64}@[a-z.]{1,32}$")]
PhoneJid = Annotated[str, StringConstraints(pattern=r"^[1-9]\d{4,14}@c\.us$")]
Lid = Annotated[str, StringConstraints(pattern=r"^\d{1,20}@lid$")]
GroupJid = Annotated[str, StringConstraints(pattern=r"^[\d-]{1,40}@g\.us$")]
MessageId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:=+/-]{1,128}$")]
#: WhatsApp's own limit.
Body = Annotated[str, Field(max_length=65_536)]
Name = Annotated[str, Field(max_length=256)]
Result = dict[str, Any]


class Command(BaseModel):
    """Base of all commands. Unknown arguments are an error, never silently dropped."""

    model_config = ConfigDict(extra="forbid")

    phone: str

    def apply(self, phone: Phone) -> Result:
        """Carry out the command. Returns what the answer has besides ``ok``."""
        raise NotImplementedError
