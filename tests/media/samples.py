"""Small real files of every kind, made on the spot: pictures, recordings, films, documents."""

import io
import math
import zipfile
from array import array
from functools import cache
from typing import Any

import av
from PIL import Image

PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)


def picture(kind: str = "JPEG", size: tuple[int, int] = (640, 480), colour: str = "teal", **options: Any) -> bytes:
    """A picture in one colour."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind, **options)
    return out.getvalue()


def sound(container: str = "ogg", codec: str = "libopus", layout: str = "mono", seconds: float = 1.0) -> bytes:
    """A tone of 440 Hz."""
    rate = 48_000
    wave = _tone(rate, seconds)
    out = io.BytesIO()
    with av.open(out, "w", format=container) as target:
        stream: Any = target.add_stream(codec, rate=rate, layout=layout)
        channels = len(stream.layout.channels)
        for start in range(0, len(wave), 960):
            part = wave[start : start + 960]
            frame = av.AudioFrame(format="s16", layout=layout, samples=len(part))
            values = array("h", (value for value in part for _ in range(channels))).tobytes()
            frame.planes[0].update(values.ljust(frame.planes[0].buffer_size, b"\0"))
            frame.sample_rate, frame.pts = rate, start
            resampler = av.AudioResampler(format=stream.format, layout=layout, rate=rate)
            for fitting in resampler.resample(frame):
                target.mux(stream.encode(fitting))
        target.mux(stream.encode(None))
    return out.getvalue()


@cache
def _tone(rate: int, seconds: float) -> list[int]:
    return [int(8000 * math.sin(2 * math.pi * 440 * i / rate)) for i in range(int(rate * seconds))]


def film(container: str = "mp4", codec: str = "libx264", size: tuple[int, int] = (320, 240)) -> bytes:
    """One second of one colour."""
    out = io.BytesIO()
    with av.open(out, "w", format=container) as target:
        stream: Any = target.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for _ in range(10):
            frame: Any = av.VideoFrame.from_image(Image.new("RGB", size, "orange"))
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return out.getvalue()


def office(folder: str = "word") -> bytes:
    """A file with the outer structure of an Office document."""
    return archive("[Content_Types].xml", f"{folder}/document.xml")


def archive(*names: str) -> bytes:
    """A zip of small files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name in names:
            packed.writestr(name, "<x/>")
    return out.getvalue()
