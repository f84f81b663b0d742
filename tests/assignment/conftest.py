"""Events in, conversations out: as the services' tests have it."""

from tests.services.conftest import chat, receive

__all__ = ["chat", "receive"]
