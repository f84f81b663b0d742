"""Why agents are passed over, in English and Indonesian: parts of sentences, for system lines and `/queue` alike."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from roms_app.domain.rotation import Place, Skip
from roms_app.domain.words import Words

NOBODY: Final = Words("nobody answers this number", "nomor ini belum punya agen")

_SKIPS: Final = {
    Skip.NOT_IN_TEAM: Words("not in the team", "bukan anggota tim"),
    Skip.MAY_NOT_REPLY: Words("may not reply", "tidak boleh membalas"),
    Skip.OFF_SHIFT: Words("off shift", "di luar jam kerja"),
    Skip.AWAY: Words("away", "pergi"),
    Skip.BUSY: Words("busy", "sibuk"),
    Skip.ABSENT: Words("offline", "terputus"),
    Skip.HAD_IT: Words("had it before", "sudah pernah mendapatnya"),
    Skip.AT_CAPACITY: Words("at capacity", "sudah penuh"),
}


def skip_words(skip: Skip, place: Place, team: str = "") -> Words:
    """Why this agent was passed over: "at capacity (8 of 8)". `team`: the name of the conversation's team."""
    words = _SKIPS[skip]
    if skip is Skip.AT_CAPACITY:
        return Words(
            f"{words.en} ({place.open_count} of {place.capacity})",
            f"{words.id} ({place.open_count} dari {place.capacity})",
        )
    if skip is Skip.NOT_IN_TEAM and team:
        return Words(f"{words.en} {team}", f"{words.id} {team}")
    return words


def skipped_words(skipped: Sequence[tuple[Place, Skip]], team: str = "", limit: int = 5) -> Words:
    """Who was passed over, and why: "Ayu: at capacity (8 of 8), Budi: away and 3 more"; "" when nobody was."""
    named = [(place.name, skip_words(skip, place, team)) for place, skip in skipped[:limit]]
    en = ", ".join(f"{name}: {words.en}" for name, words in named)
    id = ", ".join(f"{name}: {words.id}" for name, words in named)
    more = len(skipped) - len(named)
    return Words(f"{en} and {more} more", f"{id} dan {more} lainnya") if more else Words(en, id)


def tally_words(skips: Iterable[Skip]) -> Words:
    """How many were passed over for what, the most common first: "3 away, 2 at capacity". Nobody at all: `NOBODY`."""
    counted = Counter(skips).most_common()
    if not counted:
        return NOBODY
    return Words(
        ", ".join(f"{count} {_SKIPS[skip].en}" for skip, count in counted),
        ", ".join(f"{count} {_SKIPS[skip].id}" for skip, count in counted),
    )
