"""Voice notes as WhatsApp plays them: ogg/opus with one channel, from whatever a browser recorded.

Takes processor time: call it in a thread.
"""

import io
import time
from typing import Any, Final

import av
import av.error

from wa_worker.media.containers import container_of

_RATE: Final = 48_000
#: Speech: what WhatsApp's own recordings have.
_BITS_A_SECOND: Final = 32_000
#: Silence takes no room: a small file may hold hours, each of which takes minutes of a processor.
LONGEST_SECONDS: Final = 20 * 60
#: What tells a lower rate would grow without measure when it is brought to ours.
_LOWEST_RATE: Final = 4000


class VoiceUnreadable(ValueError):
    """The recording holds no sound that can be read; the message is a sentence."""


class VoiceTooLong(VoiceUnreadable):
    """The recording holds more than `LONGEST_SECONDS` of sound, or takes too long to read."""


class _Bounds:
    """How much of one recording may be read."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._sound = 0.0

    def add(self, sound: float) -> None:
        """So many more seconds of sound. Raises VoiceTooLong."""
        self._sound += sound
        if self._sound > LONGEST_SECONDS or time.monotonic() > self._until:
            raise VoiceTooLong("The recording is too long.")


def to_voice_note(data: bytes, seconds: float = 120.0) -> bytes:
    """Any recording as ogg/opus, mono. What is opus with one channel already is only packed anew, without loss.

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
    # The best of ten takes three times as long, for a difference that speech does not have.
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
