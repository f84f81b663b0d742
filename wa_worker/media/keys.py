"""Where files lie in the media store. Keys are made of their content, so one file sent a hundred times is kept once."""

import hashlib

THUMBNAIL_EXT = "thumb.webp"


def sha256_of(data: bytes) -> str:
    """Of the content, in hex."""
    return hashlib.sha256(data).hexdigest()


def media_key(inbox_id: int, sha256: str, ext: str) -> str:
    """``7/ab/abcd….jpg``: the file of a message, or an agent's upload. `ext` without a dot."""
    return f"{inbox_id}/{sha256[:2]}/{sha256}.{ext}"


def thumbnail_key(inbox_id: int, sha256: str) -> str:
    """The small picture that stands for the file of that content."""
    return media_key(inbox_id, sha256, THUMBNAIL_EXT)


def picture_key(inbox_id: int, sha256: str, ext: str) -> str:
    """A contact's profile picture."""
    return f"{inbox_id}/pictures/{sha256}.{ext}"
