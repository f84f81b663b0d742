"""What can go wrong when somebody drives a phone, in words a person can act on."""


class SimulatorError(Exception):
    """Base: `status` is the HTTP status, the text says what happened and what to do."""

    status = 400


class BadCommandError(SimulatorError):
    """The command or its arguments make no sense."""


class NotNowError(SimulatorError):
    """The command is right but the phone is in another state; trying again later may help."""

    status = 409
