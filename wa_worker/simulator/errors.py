"""The errors of commands, in words that a person can act on."""


class SimulatorError(Exception):
    """Base of them. `status`: the HTTP status; the text says what happened and what to do."""

    status = 400


class BadCommandError(SimulatorError):
    """The command or its arguments are invalid."""


class NotNowError(SimulatorError):
    """The command is valid, but the phone's state does not allow it now."""

    status = 409
