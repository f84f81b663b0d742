"""A file's type is found by its content, and no file of a customer raises an error."""

import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.media import samples
from wa_worker.contract.commands import MediaKind
from wa_worker.media.inspect import OCTET_STREAM, inspect

OPEN_XML = "application/vnd.openxmlformats-officedocument"
#: What the first bytes of a file may claim.
STARTS = [b"", b"OggS", b"ID3", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBP", b"\x1aE\xdf\xa3", b"\0\0\0 ftypisom", b"PK\3\4"]


@pytest.mark.parametrize(
    ("kind", "mimetype", "ext"),
    [
        ("JPEG", "image/jpeg", "jpg"),
        ("PNG", "image/png", "png"),
        ("WEBP", "image/webp", "webp"),
        ("GIF", "image/gif", "gif"),
    ],
)
def test_pictures(kind: str, mimetype: str, ext: str) -> None:
    found = inspect(samples.picture(kind), "text/html", "invoice.pdf")
    assert (found.mimetype, found.ext, found.kind) == (mimetype, ext, MediaKind.IMAGE)
    assert (found.width, found.height) == (640, 480)
    assert found.thumbnail is not None
    with Image.open(io.BytesIO(found.thumbnail)) as small:
        assert (small.format, small.size) == ("WEBP", (480, 360))


def test_a_photo_is_measured_as_it_is_seen() -> None:
    lying = Image.Exif()
    lying[0x0112] = 6
    found = inspect(samples.picture(size=(600, 300), exif=lying))
    assert (found.width, found.height) == (300, 600)
    with Image.open(io.BytesIO(found.thumbnail or b"")) as small:
        assert small.size[0] < small.size[1]


@pytest.mark.parametrize(
    ("data", "mimetype", "kind"),
    [
        (samples.sound(), "audio/ogg", MediaKind.AUDIO),
        (samples.sound("webm"), "audio/webm", MediaKind.AUDIO),
        (samples.sound("mp3", "libmp3lame"), "audio/mpeg", MediaKind.AUDIO),
        (samples.sound("wav", "pcm_s16le"), "audio/wav", MediaKind.AUDIO),
        (samples.sound("mp4", "aac"), "audio/mp4", MediaKind.AUDIO),
        (samples.film(), "video/mp4", MediaKind.VIDEO),
        (samples.film("webm", "libvpx"), "video/webm", MediaKind.VIDEO),
    ],
)
def test_recordings(data: bytes, mimetype: str, kind: MediaKind) -> None:
    found = inspect(data, "application/x-other")
    assert (found.mimetype, found.kind) == (mimetype, kind)
    assert found.duration_ms is not None
    assert 800 <= found.duration_ms <= 1300
    if kind is MediaKind.VIDEO:
        assert (found.width, found.height) == (320, 240)
        assert found.thumbnail is not None


@pytest.mark.parametrize(
    ("data", "told", "name", "mimetype", "ext"),
    [
        (samples.PDF, "", "x", "application/pdf", "pdf"),
        (samples.office("word"), "", None, f"{OPEN_XML}.wordprocessingml.document", "docx"),
        (samples.office("xl"), "", None, f"{OPEN_XML}.spreadsheetml.sheet", "xlsx"),
        (samples.archive("a.txt"), "", None, "application/zip", "zip"),
        (b"nama,harga\nkopi,12000\n", "text/csv", None, "text/csv", "csv"),
        ("catatan: déjà vu".encode(), "", "x.txt", "text/plain", "txt"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "", "Laporan.XLS", "application/vnd.ms-excel", "xls"),
    ],
)
def test_documents(data: bytes, told: str, name: str | None, mimetype: str, ext: str) -> None:
    found = inspect(data, told, name)
    assert (found.mimetype, found.ext, found.kind) == (mimetype, ext, MediaKind.DOCUMENT)


def _huge_png() -> bytes:
    """Forty thousand by forty thousand pixels in a few bytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<!doctype html><script>alert(1)</script>",
        b"\n <svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"MZ\x90\x00" + bytes(300),
        samples.picture()[:500],
        samples.picture("PNG")[:60] + b"<script>",
        _huge_png(),
        samples.film()[:200],
        b"#EXTM3U\n#EXTINF:1\nhttp://127.0.0.1/secret\n\x00",
        b"OggS" + bytes(100),
        b"PK\x03\x04" + bytes(100),
        bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600),
    ],
)
def test_what_pretends_or_is_broken_is_shown_to_nobody(data: bytes) -> None:
    found = inspect(data, "image/png", "photo.png")
    assert (found.mimetype, found.kind, found.thumbnail) == (OCTET_STREAM, MediaKind.DOCUMENT, None)


@settings(max_examples=60, deadline=None)
@given(
    start=st.sampled_from(STARTS),
    rest=st.binary(max_size=400),
    told=st.text(max_size=40),
    name=st.text(max_size=40),
)
def test_anything_is_survived(start: bytes, rest: bytes, told: str, name: str) -> None:
    assert inspect(start + rest, told, name).ext
