"""Fixtures of the services' tests: events in, conversations out."""

from tests.services.conftest import chat, receive

__all__ = ["chat", "receive"]
