"""The words of system lines, in English and Indonesian. Written once, when the thing happens."""

from typing import Final

from roms_app.domain import skip_words
from roms_app.domain.rotation import Choice, Place, Skip
from roms_app.domain.text import isolated
from roms_app.domain.words import Words

#: That somebody is away surprises nobody, and who is away is seen on `/queue`.
_SURPRISING: Final = frozenset({Skip.AT_CAPACITY, Skip.HAD_IT})
#: So many of those whose turn was before are named; a line has to be read.
_NAMED: Final = 3
#: Names are at most this long within a reason, which has 500 characters.
_NAME: Final = 40


def assigned(choice: Choice, order: str) -> Words:
    """The engine chose: who, why them, and who would have come before. As everything was before the gift."""
    place = choice.place
    assert place is not None
    name, count = short(place.name), f"{place.open_count} of {place.capacity}"
    open_en, open_id = f"{count} open", f"{place.open_count} dari {place.capacity} terbuka"
    if choice.is_sticky:
        return Words(
            en=f"Assigned to {name}: answered this customer before, available, {open_en}.",
            id=f"Diberikan kepada {name}: pernah melayani pelanggan ini, siap, {open_id}.",
        )
    why_en, why_id = (
        ("lightest load", "beban paling ringan")
        if order == "balanced"
        else ("waited longest", "paling lama menunggu giliran")
    )
    passed_en, passed_id = _passed_over(choice, place, order)
    return Words(
        en=f"Assigned to {name}: available, {open_en}, {why_en}{passed_en}.",
        id=f"Diberikan kepada {name}: siap, {open_id}, {why_id}{passed_id}.",
    )


def _passed_over(choice: Choice, place: Place, order: str) -> tuple[str, str]:
    """ "; Ayu skipped: at capacity" for those who would have had it; the rest of the team is of no interest here."""

    def rank(one: Place) -> tuple[float, int, int]:
        return (one.load if order == "balanced" else 0.0), one.last_turn, one.agent_id

    before = [(one, skip) for one, skip in choice.skipped if skip in _SURPRISING and rank(one) < rank(place)]
    before.sort(key=lambda pair: rank(pair[0]))
    said = [(short(one.name), skip_words.skip_words(skip, one)) for one, skip in before[:_NAMED]]
    en = "".join(f"; {name} skipped: {words.en}" for name, words in said)
    id = "".join(f"; {name} dilewati: {words.id}" for name, words in said)
    more = len(before) - len(said)
    return (f"{en}; {more} more skipped", f"{id}; {more} lainnya dilewati") if more else (en, id)


def taken(name: str) -> Words:
    """An agent took it."""
    name = isolated(name)
    return Words(en=f"{name} took this conversation.", id=f"{name} mengambil percakapan ini.")


def taken_by_reply(name: str) -> Words:
    """An agent answered an unassigned conversation."""
    name = isolated(name)
    return Words(en=f"{name} answered and took this conversation.", id=f"{name} membalas dan mengambil percakapan ini.")


def handed_over(name: str, to_name: str) -> Words:
    """A person gave it to an agent."""
    name, to_name = isolated(name), isolated(to_name)
    return Words(
        en=f"{name} handed this conversation over to {to_name}.", id=f"{name} menyerahkan percakapan ini ke {to_name}."
    )


def handed_to_team(name: str, team: str) -> Words:
    """A person gave it to a team: the engine chooses who of them."""
    name, team = isolated(name), isolated(team)
    return Words(
        en=f"{name} handed this conversation over to the team {team}.",
        id=f"{name} menyerahkan percakapan ini ke tim {team}.",
    )


def unassigned(name: str) -> Words:
    """A person took it from everybody."""
    name = isolated(name)
    return Words(
        en=f"{name} unassigned this conversation: it stays so until somebody takes it.",
        id=f"{name} melepas percakapan ini: tetap tanpa agen sampai ada yang mengambilnya.",
    )


def resolved(name: str) -> Words:
    """A person resolved it."""
    name = isolated(name)
    return Words(en=f"{name} resolved this conversation.", id=f"{name} menyelesaikan percakapan ini.")


def returned_by(name: str) -> Words:
    """A person put it back into the queue."""
    name = isolated(name)
    return Words(
        en=f"{name} returned this conversation to the queue.", id=f"{name} mengembalikan percakapan ini ke antrean."
    )


def returned_left_team(name: str) -> Words:
    """Who had it can't answer any more."""
    name = isolated(name)
    return Words(
        en=f"Returned to the queue: {name} is no longer on the team.",
        id=f"Kembali ke antrean: {name} tidak lagi di tim.",
    )


def returned_away(name: str) -> Words:
    """Who had it went away, and gave it back."""
    name = isolated(name)
    return Words(en=f"Returned to the queue: {name} went away.", id=f"Kembali ke antrean: {name} sedang pergi.")


def returned_not_answering(name: str) -> Words:
    """Who had it was taken from those who answer the number."""
    name = isolated(name)
    return Words(
        en=f"Returned to the queue: {name} no longer answers this number.",
        id=f"Kembali ke antrean: {name} tidak lagi melayani nomor ini.",
    )


def returned_may_not_reply(name: str) -> Words:
    """Who had it was taken the right to reply."""
    name = isolated(name)
    return Words(
        en=f"Returned to the queue: {name} may no longer reply to customers.",
        id=f"Kembali ke antrean: {name} tidak boleh lagi membalas pelanggan.",
    )


def returned_shift_ended(name: str) -> Words:
    """Who had it went home."""
    name = isolated(name)
    return Words(
        en=f"Returned to the queue: the shift of {name} has ended.",
        id=f"Kembali ke antrean: jam kerja {name} sudah selesai.",
    )


def timed_out(name: str, minutes: int) -> Words:
    """The response timer took it back."""
    unit = "minute" if minutes == 1 else "minutes"
    return Words(
        en=f"Returned to the queue: {short(name)} did not answer within {minutes} {unit}.",
        id=f"Kembali ke antrean: {short(name)} tidak menjawab dalam {minutes} menit.",
    )


def escalated(rounds: int) -> Words:
    """The admins are asked to look. `rounds`: how often the timer took it back."""
    times_en = "once" if rounds == 1 else f"{rounds} times"
    return Words(
        en=f"Escalated to the admins: returned to the queue {times_en} without an answer.",
        id=f"Diteruskan ke admin: {rounds} kali kembali ke antrean tanpa jawaban.",
    )


def short(name: str) -> str:
    """A name that leaves room for the rest of the sentence."""
    return isolated(name if len(name) <= _NAME else f"{name[: _NAME - 1]}…")
