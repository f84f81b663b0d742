"""The words of system lines, in English and Indonesian. Written once, when the thing happens."""

from roms_app.domain.words import Words


def assigned_in_turn(name: str, open_count: int) -> Words:
    """The rotation chose. `open_count`: their open conversations before this one."""
    noun = "conversation" if open_count == 1 else "conversations"
    return Words(
        en=f"Assigned to {name}: available, waited longest for a turn, {open_count} open {noun}.",
        id=f"Diberikan kepada {name}: siap, paling lama menunggu giliran, {open_count} percakapan terbuka.",
    )


def returned_to_same(name: str) -> Words:
    """The customer wrote again, and who answered them last is there."""
    return Words(
        en=f"Assigned to {name}: available, and answered this customer before.",
        id=f"Diberikan kepada {name}: siap, dan pernah melayani pelanggan ini.",
    )


def taken(name: str) -> Words:
    """An agent took it."""
    return Words(en=f"{name} took this conversation.", id=f"{name} mengambil percakapan ini.")


def taken_by_reply(name: str) -> Words:
    """An agent answered an unassigned conversation."""
    return Words(en=f"{name} answered and took this conversation.", id=f"{name} membalas dan mengambil percakapan ini.")


def handed_over(name: str, to_name: str) -> Words:
    """An agent gave it to another."""
    return Words(
        en=f"{name} handed this conversation over to {to_name}.", id=f"{name} menyerahkan percakapan ini ke {to_name}."
    )


def returned_to_queue(name: str) -> Words:
    """Who had it can't answer any more."""
    return Words(
        en=f"Returned to the queue: {name} is no longer on the team.",
        id=f"Kembali ke antrean: {name} tidak lagi di tim.",
    )
