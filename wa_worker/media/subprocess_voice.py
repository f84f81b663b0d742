"""Converts voice notes in a subprocess: a file that was made to crash the decoder ends only that process.

Each recording gets its own process. Its memory and CPU time are limited, it can't write files, and it has none of our
settings.
"""

import os
import resource
import subprocess
import sys
from contextlib import suppress
from typing import Final

import structlog

from wa_worker.media.subprocess_decoder import ROOT, bare_environment, limit
from wa_worker.media.voice import VoiceTooLong, VoiceUnreadable, to_voice_note

_log: Final = structlog.get_logger(__name__)
_COMMAND: Final = (sys.executable, "-m", "wa_worker.media.subprocess_voice")
#: Of work on one recording. The subprocess gets a little longer, to start and to return its result.
SECONDS: Final = 120.0
_GRACE_SECONDS: Final = 15.0
#: Exit codes of the subprocess for a known error; any other one is a crash.
_UNREADABLE: Final = 10
_TOO_LONG: Final = 11


class VoiceFailed(VoiceUnreadable):
    """The converter crashed, or was killed because it took too long or too much memory."""


def to_voice_note_apart(data: bytes, seconds: float = SECONDS) -> bytes:
    """Convert a recording as `to_voice_note` does, in a subprocess. Call it in a thread: it blocks.

    Raises VoiceUnreadable, VoiceTooLong, VoiceFailed.
    """
    try:
        done = subprocess.run(
            (*_COMMAND, str(seconds)),
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env=bare_environment(),
            timeout=seconds + _GRACE_SECONDS,
            check=False,
        )
    except (subprocess.TimeoutExpired, OSError) as error:
        _log.warning("voice.conversion_failed", size=len(data), error=type(error).__name__)
        raise VoiceFailed("The recording could not be converted.") from error
    if done.returncode == 0 and done.stdout:
        return done.stdout
    if done.returncode == _TOO_LONG:
        raise VoiceTooLong("The recording is too long.")
    if done.returncode == _UNREADABLE:
        raise VoiceUnreadable(_one_line(done.stdout))
    _log.warning("voice.converter_died", size=len(data), returncode=done.returncode)
    raise VoiceFailed("The recording could not be converted.")


def _one_line(said: bytes) -> str:
    return said[:200].decode("utf-8", "replace") or "The recording is broken."


def _limit(seconds: float) -> None:
    """Limit this process: memory, CPU time (of all threads together), and no writing to files."""
    limit()
    processor = int(seconds) + 2
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (processor, processor + 1))
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def main() -> int:
    """Run the subprocess: a recording on standard input, a voice note on standard output. Returns the exit code."""
    seconds = float(sys.argv[1])
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _limit(seconds)
    code = 0
    try:
        said = to_voice_note(sys.stdin.buffer.read(), seconds)
    except VoiceTooLong:
        return _TOO_LONG
    except VoiceUnreadable as error:
        said, code = str(error).encode(), _UNREADABLE
    out.write(said)
    out.close()
    return code


if __name__ == "__main__":
    sys.exit(main())
