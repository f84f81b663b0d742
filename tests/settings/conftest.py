"""The same surroundings as for the door: a database, Redis, rooms that nobody listens in."""

from tests.auth.conftest import joined, people

__all__ = ["joined", "people"]
