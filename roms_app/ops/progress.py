"""How steps of set-up tell where they are."""

from typing import Protocol


class Say(Protocol):
    """Says that a step begins; the one before it in the same thread is done then, or failed. "" begins none."""

    def __call__(self, step: str, /, *, failed: bool = False) -> None: ...
