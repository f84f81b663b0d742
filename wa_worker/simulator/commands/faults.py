"""Commands that make WhatsApp, its page or its servers fail on purpose."""

from typing import Annotated, Literal

from pydantic import Field

from wa_worker.simulator.commands.base import Command, Result
from wa_worker.simulator.faults import Deafness, Hang, Hanging, MediaFault
from wa_worker.simulator.phone import Phone

Count = Annotated[int, Field(ge=0, le=1000)]
Word = Annotated[str, Field(min_length=1, max_length=64)]


class NeedsUpdate(Command):
    """Tell the page that its version is too old."""

    cmd: Literal["needs_update"]

    def apply(self, phone: Phone) -> Result:
        phone.command_pages({"t": "needs_update"})
        return {}


class FailNextSend(Command):
    """Refuse the next `count` messages and reactions of the page; 0: none. `error`: WhatsApp's word for it."""

    cmd: Literal["fail_next_send"]
    count: Count = 1
    error: Word = "ERROR_UNKNOWN"

    def apply(self, phone: Phone) -> Result:
        phone.faults.refusals_left, phone.faults.refusal = self.count, self.error
        phone.status_changed()
        return {}


class HangNext(Command):
    """Never answer the next `count` calls of the page; 0: none. `through`: the message is sent nevertheless."""

    cmd: Literal["hang"]
    what: Hanging
    count: Count = 1
    through: bool = False

    def apply(self, phone: Phone) -> Result:
        phone.faults.hangs[self.what] = Hang(self.count, self.through)
        return {}


class FailMedia(Command):
    """Make the next `count` downloads of the page fail; 0: none."""

    cmd: Literal["fail_media"]
    count: Count = 1
    how: MediaFault = "gone"

    def apply(self, phone: Phone) -> Result:
        phone.faults.media_faults_left, phone.faults.media_fault = self.count, self.how
        return {}


class PasskeyGate(Command):
    """Make the page wait for ``confirm_passkey`` after a scan."""

    cmd: Literal["passkey"]
    on: bool

    def apply(self, phone: Phone) -> Result:
        phone.faults.has_passkey_gate = self.on
        phone.status_changed()
        return {}


class Syncing(Command):
    """Set how long the next load of the page stays in SYNCING."""

    cmd: Literal["syncing"]
    seconds: Annotated[float, Field(ge=0, le=3600)]

    def apply(self, phone: Phone) -> Result:
        phone.faults.syncing_seconds = self.seconds
        return {}


class Deaf(Command):
    """Make the connected page deaf, until null or a reload. `sticky`: also after a reload."""

    cmd: Literal["deaf"]
    how: Deafness | None
    sticky: bool = False

    def apply(self, phone: Phone) -> Result:
        if self.how in (None, "socket"):
            phone.dismiss_pages()
        phone.command_pages({"t": "deaf", "how": self.how})
        phone.faults.deaf = self.how
        phone.faults.is_deaf_for_good = self.sticky and self.how is not None
        phone.status_changed()
        return {}


class BackendEvent(Command):
    """Fire an event of WhatsApp's own event bus: ``account_temporarily_banned``, ``offline_delivery_end`` …"""

    cmd: Literal["backend_event"]
    name: Word

    def apply(self, phone: Phone) -> Result:
        phone.command_pages({"t": "backend_event", "name": self.name})
        return {}


class SetStream(Command):
    """Set the mode and info of the page's stream: CONFLICT, TOS_BLOCK, PROXYBLOCK … What is left out stays."""

    cmd: Literal["stream"]
    mode: Word | None = None
    info: Word | None = None

    def apply(self, phone: Phone) -> Result:
        phone.command_pages({"t": "stream", **self.model_dump(include={"mode", "info"}, exclude_none=True)})
        return {}


class Boot(Command):
    """Set how the next loads of the page go; without arguments, as usual."""

    cmd: Literal["boot"]
    never_ready: bool = False
    without: Annotated[list[Word], Field(max_length=100, default_factory=list)]

    def apply(self, phone: Phone) -> Result:
        phone.faults.never_ready, phone.faults.hidden_modules = self.never_ready, self.without
        return {}


class Reload(Command):
    """Make the page reload."""

    cmd: Literal["reload"]

    def apply(self, phone: Phone) -> Result:
        phone.command_pages({"t": "reload"})
        return {}
