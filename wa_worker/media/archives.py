"""Recognizes Office documents among zip files, by the names in the archive. Does not read very long lists of names."""

import io
import struct
import zipfile
from typing import Final

_OPEN_XML: Final = "application/vnd.openxmlformats-officedocument"
_ZIP: Final = ("application/zip", "zip")
_OFFICE: Final = {
    "word/": (f"{_OPEN_XML}.wordprocessingml.document", "docx"),
    "xl/": (f"{_OPEN_XML}.spreadsheetml.sheet", "xlsx"),
    "ppt/": (f"{_OPEN_XML}.presentationml.presentation", "pptx"),
}
#: Bytes of the archive's list of files that are read: some 10,000 entries, which take 400 bytes of memory each. Office
#: documents have less than a tenth of that.
_MOST_LIST: Final = 1_000_000
_END: Final = b"PK\x05\x06"
_END_LENGTH: Final = 22
_LONGEST_COMMENT: Final = 65_535


def read(data: bytes) -> tuple[str, str] | None:
    """Return the type and extension of a zip file; None if the first bytes are none's. Raises zipfile.BadZipFile."""
    if not data.startswith(b"PK\x03\x04"):
        return None
    if _has_many(data):
        return _ZIP
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
    if "[Content_Types].xml" in names:
        for folder, found in _OFFICE.items():
            if any(name.startswith(folder) for name in names):
                return found
    return _ZIP


def _has_many(data: bytes) -> bool:
    """Whether the list of files at the end is too long. Its length counts, not its stated count, which may be false."""
    at = len(data) - _END_LENGTH
    if data[at : at + 4] != _END or data[-2:] != b"\0\0":
        at = data.rfind(_END, max(0, len(data) - _END_LENGTH - _LONGEST_COMMENT))
    if at < 0 or at + _END_LENGTH > len(data):
        return False
    # An archive of more than 4 GB or 65,535 files has a second end record, which counts instead.
    is_huge = data[at - 20 : at - 16] == b"PK\x06\x07"
    (list_length,) = struct.unpack_from("<L", data, at + 12)
    return is_huge or list_length > _MOST_LIST
