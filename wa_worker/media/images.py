"""Inspects images: type, size and thumbnail. Only formats that browsers show and that Pillow itself reads."""

import io
import warnings
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageOps

_FORMATS: Final = {
    "JPEG": ("image/jpeg", "jpg"),
    "PNG": ("image/png", "png"),
    "WEBP": ("image/webp", "webp"),
    "GIF": ("image/gif", "gif"),
}
#: These are decoded as a whole, up to four bytes a pixel; a larger one is a decompression bomb. Pillow keeps four
#: copies of a WebP.
_MOST_PIXELS: Final = {"PNG": 24_000_000, "GIF": 24_000_000, "WEBP": 12_000_000}
#: A JPEG is decoded at a fraction of its size, but a progressive one as a whole.
_MOST_PIXELS_OF_PHOTOS: Final = 60_000_000
_MOST_PIXELS_PROGRESSIVE: Final = 24_000_000
_THUMBNAIL: Final = (480, 480)
#: First shrunk to this size by leaving pixels out, which needs no second copy, then to the thumbnail with filtering.
_COARSE: Final = (_THUMBNAIL[0] * 4, _THUMBNAIL[1] * 4)


@dataclass(frozen=True)
class Picture:
    """An image that decodes. `width` and `height` are those after its EXIF rotation."""

    mimetype: str
    ext: str
    width: int
    height: int
    thumbnail: bytes


def format_of(data: bytes) -> str | None:
    """Return Pillow's name for the format that the first bytes show; None if it is no supported image."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return "GIF"
    return "WEBP" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None


def read(data: bytes) -> Picture | None:
    """Decode an image. None if it is broken, or so large that it must be a decompression bomb."""
    claimed = format_of(data)
    if claimed is None:
        return None
    try:
        with warnings.catch_warnings():
            # Pillow's own limit is another one than ours.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=[claimed]) as image:
                return _picture(image, claimed)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, MemoryError, EOFError):
        return None


def thumbnail_of(image: Image.Image) -> bytes:
    """Return a thumbnail (WebP) of a decoded image, which is shrunk in place."""
    mode = "RGBA" if image.has_transparency_data else "RGB"
    image.thumbnail(_COARSE, Image.Resampling.NEAREST)
    small = ImageOps.exif_transpose(image).convert(mode)
    small.thumbnail(_THUMBNAIL)
    out = io.BytesIO()
    small.save(out, "WEBP", quality=70)
    return out.getvalue()


def _picture(image: Image.Image, claimed: str) -> Picture | None:
    width, height = image.size
    if width * height > _most_pixels(image, claimed) or not width or not height:
        return None
    orientation = image.getexif().get(0x0112, 1)
    if claimed == "JPEG":
        # Decode at a fraction of the size: a thumbnail then takes 20 ms instead of 300.
        image.draft("RGB", (_THUMBNAIL[0] * 2, _THUMBNAIL[1] * 2))
    image.load()
    if orientation in (5, 6, 7, 8):
        width, height = height, width
    mimetype, ext = _FORMATS[claimed]
    return Picture(mimetype, ext, width, height, thumbnail_of(image))


def _most_pixels(image: Image.Image, claimed: str) -> int:
    if claimed != "JPEG":
        return _MOST_PIXELS[claimed]
    return _MOST_PIXELS_PROGRESSIVE if image.info.get("progressive") else _MOST_PIXELS_OF_PHOTOS
