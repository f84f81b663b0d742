"""Converts a browser's recording to a voice note that WhatsApp plays: mono ogg/opus.

It takes CPU time: call it in a thread.
"""

import io
import time
from typing import Any, Final

import av
import av.error

from wa_worker.media.containers import container_of

_RATE: Final = 48_000
#: For speech; WhatsApp's own recordings have as much.
_BITS_A_SECOND: Final = 32_000
#: Silence needs few bytes: a small file may hold hours, and each takes minutes of CPU time.
LONGEST_SECONDS: Final = 20 * 60
#: A recording with a lower sample rate would grow too large when it is resampled.
_LOWEST_RATE: Final = 4000


class VoiceUnreadable(ValueError):
    """The recording has no readable sound. The message is a sentence for an agent."""


class VoiceTooLong(VoiceUnreadable):
    """The recording holds more than `LONGEST_SECONDS` of sound, or takes too long to read."""


class _Bounds:
    """Limits how much of one recording is read."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._sound = 0.0

    def add(self, sound: float) -> None:
        """Count so many seconds of sound. Raises VoiceTooLong."""
        self._sound += sound
        if self._sound > LONGEST_SECONDS or time.monotonic() > self._until:
            raise VoiceTooLong("The recording is too long.")


def to_voice_note(data: bytes, seconds: float = 120.0) -> bytes:
    """Convert any recording to mono ogg/opus. Mono opus is only put into an ogg container, without loss.

    Gives up after so many `seconds` of work. Raises VoiceUnreadable, VoiceTooLong.
    """
    bounds = _Bounds(seconds)
    container = container_of(data)
    if container is None:
        raise VoiceUnreadable("This is not a sound recording.")
    out = io.BytesIO()
    try:
        with av.open(io.BytesIO(data), format=container) as source, av.open(out, "w", format="ogg") as target:
            if not source.streams.audio:
                raise VoiceUnreadable("The recording has no sound.")
            sound = source.streams.audio[0]
            is_ready = sound.codec_context.name in ("opus", "libopus") and sound.codec_context.channels == 1
            take = _packed if is_ready else _encoded
            pieces = take(source, sound, target, bounds)
    except (av.error.FFmpegError, MemoryError, EOFError, OSError) as error:
        raise VoiceUnreadable("The recording is broken.") from error
    if not pieces:
        raise VoiceUnreadable("The recording is empty.")
    return out.getvalue()


def _packed(source: Any, sound: Any, target: Any, bounds: _Bounds) -> int:
    into = target.add_stream_from_template(sound)
    pieces = 0
    for packet in source.demux(sound):
        bounds.add(float((packet.duration or 0) * (packet.time_base or 0)))
        if packet.dts is not None:
            packet.stream = into
            target.mux(packet)
            pieces += 1
    return pieces


def _encoded(source: Any, sound: Any, target: Any, bounds: _Bounds) -> int:
    into = target.add_stream("libopus", rate=_RATE, layout="mono")
    into.bit_rate = _BITS_A_SECOND
    # The best level, 10, takes three times as long, for no difference in speech.
    into.options = {"compression_level": "4"}
    resampler = av.AudioResampler(format="s16", layout="mono", rate=_RATE)
    pieces = 0
    for frame in source.decode(sound):
        if frame.sample_rate < _LOWEST_RATE:
            raise VoiceUnreadable("The recording is broken.")
        bounds.add(frame.samples / frame.sample_rate)
        for part in resampler.resample(frame):
            target.mux(into.encode(part))
            pieces += 1
    for part in resampler.resample(None):
        target.mux(into.encode(part))
    target.mux(into.encode(None))
    return pieces
