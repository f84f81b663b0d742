"""Every browser's recording becomes a voice note that WhatsApp plays."""

import io

import av
import pytest

from tests.media import samples
from wa_worker.media.inspect import inspect
from wa_worker.media.voice import VoiceUnreadable, to_voice_note


@pytest.mark.parametrize(
    "recorded",
    [
        samples.sound("webm"),
        samples.sound("ogg"),
        samples.sound("webm", layout="stereo"),
        samples.sound("mp4", "aac"),
        samples.sound("wav", "pcm_s16le", "stereo"),
    ],
)
def test_becomes_ogg_opus_with_one_channel(recorded: bytes) -> None:
    note = to_voice_note(recorded)
    found = inspect(note)
    assert found.mimetype == "audio/ogg"
    assert found.duration_ms is not None
    assert 900 <= found.duration_ms <= 1150
    with av.open(io.BytesIO(note)) as opened:
        sound = opened.streams.audio[0]
        assert (sound.codec_context.name, sound.codec_context.channels) == ("opus", 1)
        assert sum(frame.samples for frame in opened.decode(sound)) >= 45_000


def test_opus_is_packed_anew_without_loss() -> None:
    """The very same packets: nothing was encoded a second time."""

    def packets(data: bytes) -> list[bytes]:
        with av.open(io.BytesIO(data)) as opened:
            return [bytes(packet) for packet in opened.demux(audio=0) if packet.size]

    recorded = samples.sound("webm")
    assert packets(to_voice_note(recorded)) == packets(recorded)


@pytest.mark.parametrize("broken", [b"", b"halo", samples.picture(), samples.film(), b"OggS" + bytes(200)])
def test_what_has_no_sound_is_told(broken: bytes) -> None:
    with pytest.raises(VoiceUnreadable, match=r"\.$"):
        to_voice_note(broken)
