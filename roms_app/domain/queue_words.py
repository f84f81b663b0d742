"""What `/queue` says about who waits and who is next, in English and Indonesian."""

from collections.abc import Iterable
from typing import Final

from roms_app.domain.rotation import Choice, Skip
from roms_app.domain.skip_words import NOBODY, tally_words
from roms_app.domain.words import Words

PARKED: Final = Words("Parked: it waits until somebody takes it.", "Disisihkan: menunggu sampai ada yang mengambil.")
#: Seen for the moment between a change and the gift that follows from it.
NOW: Final = Words("It is being given out.", "Sedang diberikan.")
#: Of an agent who is in no number's rotation.
NO_NUMBER: Final = Words("answers no number", "tidak melayani nomor mana pun")


def waits_words(skips: Iterable[Skip], team: str = "") -> Words:
    """Why a conversation waits: "Nobody available: 3 away, 2 at capacity.".

    `team`: the name of its team, whose members alone are counted; "" when it has none.
    """
    tally = tally_words(skip for skip in skips if skip is not Skip.NOT_IN_TEAM)
    if team:
        if tally is NOBODY:
            return Words(
                f"Nobody of the team {team} answers this number.", f"Tidak ada anggota tim {team} di nomor ini."
            )
        return Words(f"Nobody of the team {team} available: {tally.en}.", f"Belum ada dari tim {team}: {tally.id}.")
    if tally is NOBODY:
        return Words("Nobody answers this number.", "Nomor ini belum punya agen.")
    return Words(f"Nobody available: {tally.en}.", f"Belum ada yang siap: {tally.id}.")


def next_words(choice: Choice, order: str) -> Words:
    """Why the next chat goes to whom: "3 of 8 open, waited longest for a turn"."""
    place = choice.place
    if place is None:
        return waits_words(skip for _, skip in choice.skipped)
    en, id = f"{place.open_count} of {place.capacity} open", f"{place.open_count} dari {place.capacity} terbuka"
    if order == "balanced":
        return Words(f"{en}, lightest load", f"{id}, beban paling ringan")
    return Words(f"{en}, waited longest for a turn", f"{id}, paling lama menunggu giliran")
