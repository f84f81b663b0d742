"""Makes the keys of the media store from a file's content, so that a file sent a hundred times is stored once."""

import hashlib

THUMBNAIL_EXT = "thumb.webp"


def sha256_of(data: bytes) -> str:
    """Return the SHA-256 of a file's content, in hex."""
    return hashlib.sha256(data).hexdigest()


def media_key(inbox_id: int, sha256: str, ext: str) -> str:
    """Return the key of a message's file or an agent's upload: ``7/ab/abcd….jpg``. `ext` without a dot."""
    return f"{inbox_id}/{sha256[:2]}/{sha256}.{ext}"


def thumbnail_key(inbox_id: int, sha256: str) -> str:
    """Return the key of the thumbnail of the file with that content."""
    return media_key(inbox_id, sha256, THUMBNAIL_EXT)


def picture_key(inbox_id: int, sha256: str, ext: str) -> str:
    """Return the key of a contact's profile picture."""
    return f"{inbox_id}/pictures/{sha256}.{ext}"
