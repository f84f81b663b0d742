"""Zip files: whether one is a document of Office. Only names are read, and of no archive that has very many."""

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
#: Bytes of the list of files at the end: some 10,000 entries, each of which takes 400 bytes of memory once it is read.
#: No document of Office has a tenth of it.
_MOST_LIST: Final = 1_000_000
_END: Final = b"PK\x05\x06"
_END_LENGTH: Final = 22
_LONGEST_COMMENT: Final = 65_535


def read(data: bytes) -> tuple[str, str] | None:
    """Type and ending of a zip file. None: the first bytes claim none. Raises zipfile.BadZipFile."""
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
    """By the length of the list at its end: the reader goes by that, and not by the told count, which may lie."""
    at = len(data) - _END_LENGTH
    if data[at : at + 4] != _END or data[-2:] != b"\0\0":
        at = data.rfind(_END, max(0, len(data) - _END_LENGTH - _LONGEST_COMMENT))
    if at < 0 or at + _END_LENGTH > len(data):
        return False
    # An archive of more than 4 GB, or of more than 65,535 files, has a second end that counts instead.
    is_huge = data[at - 20 : at - 16] == b"PK\x06\x07"
    (list_length,) = struct.unpack_from("<L", data, at + 12)
    return is_huge or list_length > _MOST_LIST
