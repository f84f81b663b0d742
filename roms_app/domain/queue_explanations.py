"""Texts on `/queue` about waiting conversations and the next agent."""

from collections.abc import Iterable
from typing import Final

from roms_app.domain.rotation import Choice, Skip
from roms_app.domain.skip_reasons import tally
from roms_app.domain.words import Words, in_all_languages
from roms_app.i18n.catalog import N_, translate

_PARKED: Final = N_("Parked: it waits until somebody takes it.")
_NOW: Final = N_("It is being given out.")
_NO_NUMBER: Final = N_("answers no number")
_NOBODY_OF_TEAM: Final = N_("Nobody of the team {team} answers this number.")
_NOBODY_OF_TEAM_READY: Final = N_("Nobody of the team {team} available: {tally}.")
_NOBODY: Final = N_("Nobody answers this number.")
_NOBODY_READY: Final = N_("Nobody available: {tally}.")
_LIGHTEST: Final = N_("{open} of {capacity} open, lightest load")
_LONGEST: Final = N_("{open} of {capacity} open, waited longest for a turn")


def explain_parked() -> Words:
    """A person unassigned the conversation."""
    return _in_all_languages(_PARKED)


def explain_assigning() -> Words:
    """Shown briefly between a change and the assignment that follows from it."""
    return _in_all_languages(_NOW)


def explain_no_number() -> Words:
    """For an agent who is in no number's rotation."""
    return _in_all_languages(_NO_NUMBER)


def explain_waiting(skips: Iterable[Skip], team: str = "") -> Words:
    """Why a conversation waits: "Nobody available: 3 away, 2 at capacity.".

    `team`: the name of its team, whose members alone are counted; "" when it has none.
    """
    counted = [skip for skip in skips if skip is not Skip.NOT_IN_TEAM]
    if not counted:
        return _in_all_languages(_NOBODY_OF_TEAM if team else _NOBODY, team=team)
    text = _NOBODY_OF_TEAM_READY if team else _NOBODY_READY
    return in_all_languages(
        lambda language: translate(language, text).format(team=team, tally=tally(language, counted))
    )


def explain_next(choice: Choice, order: str) -> Words:
    """Why this agent is next: "3 of 8 open, waited longest for a turn"."""
    slot = choice.slot
    if slot is None:
        return explain_waiting(skip for _, skip in choice.skipped)
    text = _LIGHTEST if order == "balanced" else _LONGEST
    return _in_all_languages(text, open=slot.open_count, capacity=slot.capacity)


def _in_all_languages(text: str, **values: object) -> Words:
    return in_all_languages(lambda language: translate(language, text).format(**values))
