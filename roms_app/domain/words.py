"""What is written once and read in either language."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """One sentence, or a part of one, in both languages."""

    en: str
    id: str
