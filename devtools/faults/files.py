"""Converts a line of the plan into the simulator's arguments: a text, or a file with the text as its caption."""

import base64
import io
import random
from typing import Any, Final

from PIL import Image

from devtools.faults.plan import Line

_SIDE: Final = 160


def draft(line: Line) -> dict[str, Any]:
    """Arguments of the simulator's `message`."""
    if line.kind == "chat":
        return {"body": line.body}
    make, mimetype, filename = _FILES[line.kind]
    content = base64.b64encode(make(line.body)).decode()
    return {
        "type": line.kind,
        "caption": line.body,
        "media_b64": content,
        "mimetype": mimetype,
        "filename": f"{line.body.split()[0]}.{filename}",
    }


def _photo(body: str) -> bytes:
    """A picture of noise. It can't be compressed, so it has some tens of kB, and it is unique."""
    noise = random.Random(body).randbytes(_SIDE * _SIDE * 3)
    file = io.BytesIO()
    Image.frombytes("RGB", (_SIDE, _SIDE), noise).save(file, "JPEG", quality=90)
    return file.getvalue()


def _document(body: str) -> bytes:
    return b"%PDF-1.4\n" + random.Random(body).randbytes(60_000) + b"\n%%EOF\n"


_FILES: Final = {"image": (_photo, "image/jpeg", "jpg"), "document": (_document, "application/pdf", "pdf")}
