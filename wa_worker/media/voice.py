"""Voice notes as WhatsApp plays them: ogg/opus with one channel, from whatever a browser recorded.

Takes processor time: call it in a thread.
"""

import io
from typing import Any, Final

import av
import av.error

from wa_worker.media.containers import container_of

MIMETYPE: Final = "audio/ogg; codecs=opus"
_RATE: Final = 48_000
#: Speech: what WhatsApp's own recordings have.
_BITS_A_SECOND: Final = 32_000


class VoiceUnreadable(ValueError):
    """The recording holds no sound that can be read; the message is a sentence."""


def to_voice_note(data: bytes) -> bytes:
    """Any recording as ogg/opus, mono. What is opus with one channel already is only packed anew, without loss.

    Raises VoiceUnreadable.
    """
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
            pieces = _packed(source, sound, target) if is_ready else _encoded(source, sound, target)
    except (av.error.FFmpegError, MemoryError, EOFError, OSError) as error:
        raise VoiceUnreadable("The recording is broken.") from error
    if not pieces:
        raise VoiceUnreadable("The recording is empty.")
    return out.getvalue()


def _packed(source: Any, sound: Any, target: Any) -> int:
    into = target.add_stream_from_template(sound)
    pieces = 0
    for packet in source.demux(sound):
        if packet.dts is not None:
            packet.stream = into
            target.mux(packet)
            pieces += 1
    return pieces


def _encoded(source: Any, sound: Any, target: Any) -> int:
    into = target.add_stream("libopus", rate=_RATE, layout="mono")
    into.bit_rate = _BITS_A_SECOND
    resampler = av.AudioResampler(format="s16", layout="mono", rate=_RATE)
    pieces = 0
    for frame in source.decode(sound):
        for part in resampler.resample(frame):
            target.mux(into.encode(part))
            pieces += 1
    for part in resampler.resample(None):
        target.mux(into.encode(part))
    target.mux(into.encode(None))
    return pieces
