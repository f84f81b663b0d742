"""Commands that make something go wrong, as WhatsApp, its page or its servers do."""

from typing import Annotated, Literal

from pydantic import Field

from wa_worker.simulator.commands.base import Command, Result
from wa_worker.simulator.faults import Deafness, Hang, Hanging, MediaFault
from wa_worker.simulator.phone import Phone

Count = Annotated[int, Field(ge=0, le=1000)]
Word = Annotated[str, Field(min_length=1, max_length=64)]


class NeedsUpdate(Command):
    """WhatsApp tells the page that its version is too old."""

    cmd: Literal["needs_update"]

    def apply(self, phone: Phone) -> Result:
        phone.order_pages({"t": "needs_update"})
        return {}


class FailNextSend(Command):
    """Refuse the next `count` messages and reactions of the page; 0 takes it back. `error`: WhatsApp's word for it."""

    cmd: Literal["fail_next_send"]
    count: Count = 1
    error: Word = "ERROR_UNKNOWN"

    def apply(self, phone: Phone) -> Result:
        phone.faults.refusals_left, phone.faults.refusal = self.count, self.error
        phone.status_changed()
        return {}


class HangNext(Command):
    """The next `count` calls of the page are never answered; 0 takes it back. `through`: the message arrives."""

    cmd: Literal["hang"]
    what: Hanging
    count: Count = 1
    through: bool = False

    def apply(self, phone: Phone) -> Result:
        phone.faults.hangs[self.what] = Hang(self.count, self.through)
        return {}


class FailMedia(Command):
    """The next `count` downloads of the page fail; 0 takes it back."""

    cmd: Literal["fail_media"]
    count: Count = 1
    how: MediaFault = "gone"

    def apply(self, phone: Phone) -> Result:
        phone.faults.media_faults_left, phone.faults.media_fault = self.count, self.how
        return {}


class PasskeyGate(Command):
    """After a scan the page stalls until ``confirm_passkey``."""

    cmd: Literal["passkey"]
    on: bool

    def apply(self, phone: Phone) -> Result:
        phone.faults.has_passkey_gate = self.on
        phone.status_changed()
        return {}


class Syncing(Command):
    """How long the next load of the chats stays in SYNCING."""

    cmd: Literal["syncing"]
    seconds: Annotated[float, Field(ge=0, le=3600)]

    def apply(self, phone: Phone) -> Result:
        phone.faults.syncing_seconds = self.seconds
        return {}


class Deaf(Command):
    """Connected but deaf, until null or a new load of the page; `sticky` survives loads."""

    cmd: Literal["deaf"]
    how: Deafness | None
    sticky: bool = False

    def apply(self, phone: Phone) -> Result:
        if self.how in (None, "socket"):
            phone.dismiss_pages()
        phone.order_pages({"t": "deaf", "how": self.how})
        phone.faults.deaf = self.how
        phone.faults.is_deaf_for_good = self.sticky and self.how is not None
        phone.status_changed()
        return {}


class BackendEvent(Command):
    """WhatsApp's own bus says something: ``account_temporarily_banned``, ``offline_delivery_end`` …"""

    cmd: Literal["backend_event"]
    name: Word

    def apply(self, phone: Phone) -> Result:
        phone.order_pages({"t": "backend_event", "name": self.name})
        return {}


class SetStream(Command):
    """The page's stream shows another mode and info: CONFLICT, TOS_BLOCK, PROXYBLOCK … What is not said stays."""

    cmd: Literal["stream"]
    mode: Word | None = None
    info: Word | None = None

    def apply(self, phone: Phone) -> Result:
        phone.order_pages({"t": "stream", **self.model_dump(include={"mode", "info"}, exclude_none=True)})
        return {}


class Boot(Command):
    """What the next loads of the page are like; without arguments as usual again."""

    cmd: Literal["boot"]
    never_ready: bool = False
    without: Annotated[list[Word], Field(max_length=100, default_factory=list)]

    def apply(self, phone: Phone) -> Result:
        phone.faults.never_ready, phone.faults.hidden_modules = self.never_ready, self.without
        return {}


class Reload(Command):
    """The page reloads itself now."""

    cmd: Literal["reload"]

    def apply(self, phone: Phone) -> Result:
        phone.order_pages({"t": "reload"})
        return {}
