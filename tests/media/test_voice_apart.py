"""A recording that crashes its converter is refused with a sentence: the caller is not affected."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from devtools.waiting import PATIENCE
from tests.media import samples
from wa_worker.media import subprocess_voice
from wa_worker.media.inspect import inspect
from wa_worker.media.subprocess_voice import VoiceFailed, to_voice_note_apart
from wa_worker.media.voice import VoiceTooLong, VoiceUnreadable


def test_it_makes_a_voice_note() -> None:
    found = inspect(to_voice_note_apart(samples.sound("webm")))
    assert (found.mimetype, round((found.duration_ms or 0) / 1000)) == ("audio/ogg", 1)


def test_what_the_converter_says_is_passed_on() -> None:
    with pytest.raises(VoiceUnreadable, match="not a sound recording") as unreadable:
        to_voice_note_apart(samples.picture())
    assert type(unreadable.value) is VoiceUnreadable
    with pytest.raises(VoiceTooLong):
        to_voice_note_apart(samples.sound("wav", "pcm_s16le"), seconds=0.0)


@pytest.mark.parametrize(
    ("what", "patience"),
    [
        ("import os; os.abort()", PATIENCE),
        ("import time; time.sleep(1e6)", 1.0),
        ("import sys; sys.exit(1)", PATIENCE),
        ("pass", PATIENCE),
        # Its own limits end it, long before anybody loses patience.
        ("from wa_worker.media.subprocess_voice import _limit; _limit(-1.0)\nwhile True: pass", PATIENCE),
        ("from wa_worker.media.subprocess_voice import _limit; _limit(9.0); print(len(b'x' * (2 << 30)))", PATIENCE),
    ],
    ids=["crash", "hang", "failure", "nothing", "processor", "memory"],
)
def test_a_converter_that_dies_or_hangs_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, what: str, patience: float
) -> None:
    monkeypatch.setattr(subprocess_voice, "_COMMAND", (sys.executable, "-c", what))
    monkeypatch.setattr(subprocess_voice, "_GRACE_SECONDS", patience)
    with pytest.raises(VoiceFailed, match=r"could not be converted\.$") as failed:
        to_voice_note_apart(samples.sound(), seconds=0.0)
    was_ended_by_us = isinstance(failed.value.__cause__, subprocess.TimeoutExpired)
    assert was_ended_by_us == (patience != PATIENCE)


def test_it_writes_no_file(tmp_path: Path) -> None:
    made = tmp_path / "made"
    write = f"from wa_worker.media.subprocess_voice import _limit; _limit(9.0); open({str(made)!r}, 'w').write('x')"
    subprocess.run([sys.executable, "-c", write], stderr=subprocess.DEVNULL, check=False)
    assert made.read_text() == ""


def test_it_knows_no_password_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROMS_DATABASE_URL", "postgresql://roms:secret@db/roms")
    show = "import os, sys; sys.stdout.write(repr(dict(os.environ)))"
    monkeypatch.setattr(subprocess_voice, "_COMMAND", (sys.executable, "-c", show))
    seen = to_voice_note_apart(b"", seconds=9.0).decode()
    assert "secret" not in seen
    assert os.environ["PATH"] in seen


def test_it_limits_itself_before_it_reads_a_recording(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own `main`, with a conversion that tells what it may."""
    show = """
import resource, sys
from wa_worker.media import subprocess_voice

def convert(data, seconds):
    kinds = (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE)
    limits = [resource.getrlimit(kind) for kind in kinds]
    return repr((limits, open("/proc/self/oom_score_adj").read())).encode()

subprocess_voice.to_voice_note = convert
sys.exit(subprocess_voice.main())
"""
    monkeypatch.setattr(subprocess_voice, "_COMMAND", (sys.executable, "-c", show))
    limits, killed_first = ast.literal_eval(to_voice_note_apart(b"", seconds=9.0).decode())
    assert limits == [(1536 << 20, 1536 << 20), (11, 12), (0, 0), (0, 0)]
    assert killed_first == "1000\n"
