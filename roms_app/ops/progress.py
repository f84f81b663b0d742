"""Progress messages of set-up steps."""

from typing import Protocol


class Say(Protocol):
    """Reports that a step begins. The previous step of the same thread is then finished or failed. "" begins none."""

    def __call__(self, step: str, /, *, failed: bool = False) -> None: ...
