"""The one tree of errors. Each says what happened, what a person can do, and whether trying again can help."""


class RomsError(Exception):
    """Base of all errors that ROMS raises on purpose.

    `message` says what happened and `mend` what a person can do; both are shown, in the agent's language. What is
    different each time stands in `message` as ``{name}`` and comes in `values`, so that the sentence can be translated.
    """

    is_permanent = True

    def __init__(self, message: str, mend: str = "", **values: object) -> None:
        self.template = message
        self.values = values
        self.message = message.format(**values) if values else message
        self.mend = mend
        super().__init__(f"{self.message} {mend}".strip())


class ConfigurationError(RomsError):
    """The start can't go on: a setting, a port, a folder, a missing or wrong part."""


class NotAllowed(RomsError):
    """The agent may not do this."""


class NotFound(RomsError):
    """There is no such row, or none that this agent may see: both look alike on purpose."""


class InvalidInput(RomsError):
    """What a person typed can't be accepted."""


def not_understood() -> InvalidInput:
    """The error for what no page of ours sends."""
    return InvalidInput("The page sent something that ROMS does not understand.", "Reload the page.")


class Conflict(RomsError):
    """Somebody else was faster; the page shows how it is now."""


class TemporarilyUnavailable(RomsError):
    """A part is away (Redis, the worker). Nothing is lost; it resumes by itself."""

    is_permanent = False


class LeaseLost(TemporarilyUnavailable):
    """Another process has taken over what this one did: nothing that it still holds may be written."""
