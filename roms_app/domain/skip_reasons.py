"""Reasons why agents are skipped, as parts of sentences for system lines and `/queue`."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from roms_app.domain.rotation import AgentSlot, Skip
from roms_app.domain.words import Words, in_all_languages
from roms_app.i18n import catalog
from roms_app.i18n.catalog import N_, N_plural, translate

NOBODY: Final = N_("nobody answers this number")
SKIPS: Final = {
    Skip.NOT_IN_TEAM: N_("not in the team"),
    Skip.MAY_NOT_REPLY: N_("may not reply"),
    Skip.OFF_SHIFT: N_("off shift"),
    Skip.AWAY: N_("away"),
    Skip.BUSY: N_("busy"),
    Skip.ABSENT: N_("offline"),
    Skip.HAD_IT: N_("had it before"),
    Skip.AT_CAPACITY: N_("at capacity"),
}
_FULL: Final = N_("at capacity ({open} of {capacity})")
_NOT_IN: Final = N_("not in the team {team}")
_AND_MORE: Final = N_plural("{names} and {count} more", "{names} and {count} more")


def skip_text(language: str, skip: Skip, open: int, capacity: int, team: str = "") -> str:
    """Why an agent was skipped: "at capacity (8 of 8)". `team`: the name of the conversation's team."""
    if skip is Skip.AT_CAPACITY:
        return translate(language, _FULL).format(open=open, capacity=capacity)
    if skip is Skip.NOT_IN_TEAM and team:
        return translate(language, _NOT_IN).format(team=team)
    return translate(language, SKIPS[skip])


def skip_texts(skip: Skip, slot: AgentSlot, team: str = "") -> Words:
    """The same text in all languages."""
    return in_all_languages(lambda language: skip_text(language, skip, slot.open_count, slot.capacity, team))


def skipped_texts(skipped: Sequence[tuple[AgentSlot, Skip]], team: str = "", limit: int = 5) -> Words:
    """The skipped agents with reasons: "Ayu: at capacity (8 of 8), Budi: away and 3 more"; empty if there are none."""
    if not skipped:
        return {}

    def said(language: str) -> str:
        names = ", ".join(
            f"{slot.name}: {skip_text(language, skip, slot.open_count, slot.capacity, team)}"
            for slot, skip in skipped[:limit]
        )
        more = len(skipped) - limit
        if more <= 0:
            return names
        return catalog.CATALOGUES.translate_plural(language, *_AND_MORE, more).format(names=names, count=more)

    return in_all_languages(said)


def tally(language: str, skips: Iterable[Skip]) -> str:
    """The counts of reasons, the most common first: "3 away, 2 at capacity". `NOBODY` if there are none."""
    counted = Counter(skips).most_common()
    if not counted:
        return translate(language, NOBODY)
    return ", ".join(f"{count} {translate(language, SKIPS[skip])}" for skip, count in counted)
