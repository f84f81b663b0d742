"""Files that expand hugely use bounded memory and time. Memory is measured in another process."""

import io
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import av
import pytest
from PIL import Image

from devtools.system import ROOT
from devtools.waiting import PATIENCE
from tests.media import samples
from wa_worker.media import images, voice
from wa_worker.media.voice import VoiceTooLong, VoiceUnreadable, to_voice_note

#: Looks into the file; tells by how many kB the most memory has grown, and what the file is.
_LOOK = """
import resource, sys
from wa_worker.media.inspect import inspect
inspect(open(sys.argv[2], "rb").read())
data = open(sys.argv[1], "rb").read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
found = inspect(data)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, found.mimetype)
"""


def growth(tmp_path: Path, data: bytes, warm: bytes) -> tuple[float, str]:
    """Megabytes that looking into `data` took, after a harmless file of its kind; and its type."""
    for name, content in (("file", data), ("warm", warm)):
        (tmp_path / name).write_bytes(content)
    command = [sys.executable, "-c", _LOOK, str(tmp_path / "file"), str(tmp_path / "warm")]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=PATIENCE)  # noqa: S603
    grown, mimetype = told.stdout.split()
    return int(grown) / 1024, mimetype


def plain_png(side: int) -> bytes:
    """A square of one colour with transparency, of which only the packed rows are made."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(b"\0" + b"\x20\x40\x60\x80" * side) for _ in range(side)) + packer.flush()
    head = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_a_picture_takes_little_more_than_itself(tmp_path: Path) -> None:
    grown, mimetype = growth(tmp_path, plain_png(4800), samples.picture("PNG"))
    assert mimetype == "image/png"
    assert grown < 150, "23 megapixels of four bytes, once"


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_a_picture_that_was_made_to_exhaust_is_not_decoded(kind: str) -> None:
    side = 5000 if kind != "WEBP" else 3600
    out = io.BytesIO()
    Image.new("P" if kind == "GIF" else "RGB", (side, side)).save(out, kind)
    assert images.read(out.getvalue()) is None


def test_a_photo_may_be_large_unless_it_is_progressive() -> None:
    large = (6000, 4500)
    found = images.read(samples.picture(size=large))
    assert found is not None
    assert (found.width, found.height) == large
    assert images.read(samples.picture(size=large, progressive=True)) is None


def test_a_zip_of_very_many_files_is_not_listed(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("[Content_Types].xml", "")
        for number in range(30_000):
            packed.writestr(zipfile.ZipInfo(f"word/{number:040}"), "")
    grown, mimetype = growth(tmp_path, out.getvalue(), samples.office())
    assert mimetype == "application/zip"
    assert grown < 10


def silence(minutes: int, rate: int = 8000) -> bytes:
    """FLAC: a minute takes a few bytes."""
    out = io.BytesIO()
    with av.open(out, "w", format="flac") as target:
        stream = target.add_stream("flac", rate=rate, layout="mono")
        for index in range(minutes * 60):
            frame = av.AudioFrame(format="s16", layout="mono", samples=rate)
            frame.planes[0].update(bytes(frame.planes[0].buffer_size))
            frame.sample_rate, frame.pts = rate, index * rate
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return out.getvalue()


def test_sound_ends_at_its_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A minute and a half here; twenty in earnest take half a minute of a processor."""
    monkeypatch.setattr(voice, "LONGEST_SECONDS", 90)
    assert to_voice_note(silence(1), seconds=600.0)
    with pytest.raises(VoiceTooLong, match=r"\.$"):
        to_voice_note(silence(2), seconds=600.0)


def test_sound_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(VoiceTooLong):
        to_voice_note(silence(1), seconds=0.0)


def test_a_rate_that_would_grow_without_measure_is_refused() -> None:
    with pytest.raises(VoiceUnreadable):
        to_voice_note(silence(1, rate=1000))
