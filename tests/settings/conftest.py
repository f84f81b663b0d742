"""The same fixtures as for tests/auth: a database, Redis, and rooms without listeners."""

from tests.auth.conftest import joined, people

__all__ = ["joined", "people"]
