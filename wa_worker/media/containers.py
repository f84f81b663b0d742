"""Inspects audio and video: type, duration, size and a thumbnail, with FFmpeg's libraries (PyAV).

The first bytes decide the container, and FFmpeg must use that one: otherwise it would also open playlists and follow
them to addresses that the sender chose.
"""

import io
from dataclasses import dataclass
from typing import Any, Final

import av
import av.error
from av.stream import Disposition

from wa_worker.media.images import thumbnail_of

_AUDIO: Final = {
    "ogg": ("audio/ogg", "ogg"),
    "mov": ("audio/mp4", "m4a"),
    "matroska": ("audio/webm", "weba"),
    "mp3": ("audio/mpeg", "mp3"),
    "wav": ("audio/wav", "wav"),
    "amr": ("audio/amr", "amr"),
    "flac": ("audio/flac", "flac"),
    "aac": ("audio/aac", "aac"),
}
_VIDEO: Final = {"mov": ("video/mp4", "mp4"), "matroska": ("video/webm", "webm"), "ogg": ("video/ogg", "ogv")}
_BRANDS_OF_PHONES: Final = (b"3gp", b"3g2")
_MOST_PIXELS: Final = 40_000_000
#: More than 4K: a decoder keeps many frames of this size at once, so a larger video gets no thumbnail.
_MOST_PIXELS_DECODED: Final = 9_500_000
#: Packets that are read to find the first frame, and to find a duration that the container does not state.
_MOST_PACKETS: Final = 300
_MOST_COUNTED: Final = 200_000
_LONGEST_MS: Final = 7 * 86_400_000
_COVER_ART: Final = Disposition.attached_pic


@dataclass(frozen=True)
class Recording:
    """An audio or video file that FFmpeg can read."""

    mimetype: str
    ext: str
    is_video: bool
    duration_ms: int | None
    width: int | None = None
    height: int | None = None
    thumbnail: bytes | None = None


def container_of(data: bytes) -> str | None:
    """Return FFmpeg's name for the container that the first bytes show; None if it is neither audio nor video."""
    if data[4:8] == b"ftyp":
        return "mov"
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return "wav"
    for start, name in (
        (b"OggS", "ogg"), (b"\x1aE\xdf\xa3", "matroska"), (b"ID3", "mp3"), (b"fLaC", "flac"), (b"#!AMR", "amr"),
    ):  # fmt: skip
        if data.startswith(start):
            return name
    return _frames(data[:2])


def read(data: bytes, container: str) -> Recording | None:
    """Inspect a recording. None if it is broken, or holds neither audio nor video."""
    try:
        with av.open(io.BytesIO(data), format=container, metadata_errors="replace") as source:
            films = [film for film in source.streams.video if not film.disposition & _COVER_ART]
            if films and container in _VIDEO:
                return _video(source, films[0], data, container)
            if source.streams.audio:
                mimetype, ext = _AUDIO[container]
                return Recording(mimetype, ext, is_video=False, duration_ms=_duration(source, source.streams.audio[0]))
    except (av.error.FFmpegError, ValueError, MemoryError, EOFError, OSError):
        return None
    return None


def _frames(start: bytes) -> str | None:
    """Return the container of bare audio frames without a header: eleven set bits, then the layer."""
    if len(start) < 2 or start[0] != 0xFF or start[1] & 0xE0 != 0xE0:
        return None
    return "aac" if start[1] & 0xF6 == 0xF0 else "mp3"


def _video(source: Any, film: Any, data: bytes, container: str) -> Recording | None:
    width, height = film.codec_context.width, film.codec_context.height
    if not width or not height or width * height > _MOST_PIXELS:
        return None
    mimetype, ext = _VIDEO[container]
    if container == "mov" and data[8:11] in _BRANDS_OF_PHONES:
        mimetype, ext = "video/3gpp", "3gp"
    elif container == "mov" and data[8:12] == b"qt  ":
        mimetype, ext = "video/quicktime", "mov"
    thumbnail = _first_frame(source, film)
    return Recording(mimetype, ext, True, _duration(source, film), width, height, thumbnail)


def _first_frame(source: Any, film: Any) -> bytes | None:
    """Return a thumbnail of the first frame; None if none decodes soon, although the video may still play."""
    context = film.codec_context
    if context.width * context.height > _MOST_PIXELS_DECODED:
        return None
    # Each thread of a decoder keeps its own frames, and the size may grow in the middle of a video.
    context.thread_count = 1
    context.options = {"max_pixels": str(_MOST_PIXELS_DECODED)}
    try:
        for number, packet in enumerate(source.demux(film)):
            for frame in packet.decode():
                return thumbnail_of(frame.to_image())
            if number > _MOST_PACKETS:
                return None
    except (av.error.FFmpegError, ValueError, MemoryError):
        return None
    return None


def _duration(source: Any, stream: Any) -> int | None:
    """Return the duration in ms. A browser's recording does not state it: then the last packet shows it."""
    if source.duration:
        length = source.duration / 1000
    elif stream.duration and stream.time_base:
        length = float(stream.duration * stream.time_base) * 1000
    else:
        length = _last_time(source, stream)
    return int(length) if 0 < length <= _LONGEST_MS else None


def _last_time(source: Any, stream: Any) -> float:
    last = 0.0
    for number, packet in enumerate(source.demux(stream)):
        if packet.pts is not None and packet.time_base:
            last = max(last, float((packet.pts + (packet.duration or 0)) * packet.time_base))
        if number > _MOST_COUNTED:
            break
    return last * 1000
