"""Looking into files in a process of its own: what kills a decoder costs a thumbnail, not the worker or the app.

The process is started when a file comes, takes one file at a time, and ends when none came for a while. It may take
only so much memory, and so many seconds a file, and knows none of our settings. Both sides speak lines of JSON; a
file's bytes follow its line.
"""

import asyncio
import base64
import json
import os
import resource
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO, Final

import structlog

from wa_worker.contract.commands import MediaKind
from wa_worker.media.inspect import UNKNOWN, Inspected, inspect

_log: Final = structlog.get_logger(__name__)
ROOT: Final = Path(__file__).parents[2]
_COMMAND: Final = (sys.executable, "-m", "wa_worker.media.subprocess_decoder")
#: The largest photo that is decoded takes half of it.
_MOST_MEMORY: Final = 1536 * 1024 * 1024
_SECONDS: Final = 25.0
_IDLE_SECONDS: Final = 60.0
#: Then another process takes over: libraries that meet broken files may lose memory.
_FILES: Final = 200
_ANSWER: Final = 8 * 1024 * 1024
#: Where programs and libraries are found, and in which encoding: no password or address is among them.
_ENVIRONMENT: Final = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "TMPDIR")

_turn = threading.Lock()
#: One is enough for who waits for a turn. Not the loop's threads: those write to disk what must not wait for a file.
_waiting: Final = ThreadPoolExecutor(1, thread_name_prefix="inspect")
_process: "subprocess.Popen[bytes] | None" = None
_end: threading.Timer | None = None


async def inspect_in_turn(data: bytes, told_mimetype: str = "", filename: str | None = None) -> Inspected:
    """`inspect_apart`, from a loop that goes on meanwhile, as do its other threads."""
    return await asyncio.get_running_loop().run_in_executor(_waiting, inspect_apart, data, told_mimetype, filename)


def inspect_apart(data: bytes, told_mimetype: str = "", filename: str | None = None) -> Inspected:
    """As `inspect`, whatever the file does to who looks into it. Call it in a thread: it waits for its turn."""
    with _turn:
        _keep_awake()
        is_fresh = False
        while not is_fresh:
            process, is_fresh = _running()
            found = _asked(process, data, told_mimetype, filename)
            if found is not None:
                return found
            # One that has looked into others before may have ended for their sake.
            _stop()
    _log.warning("media.decoder_died", size=len(data))
    return UNKNOWN


def _running() -> "tuple[subprocess.Popen[bytes], bool]":
    """The process, and whether it has seen no file yet."""
    global _process
    if _process is not None and _process.poll() is None:
        return _process, False
    _process = subprocess.Popen(
        _COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env=bare_environment(),
    )
    return _process, True


def _asked(process: "subprocess.Popen[bytes]", data: bytes, told: str, filename: str | None) -> Inspected | None:
    """None: it died, or had to be ended."""
    asked, answer = process.stdin, process.stdout
    if asked is None or answer is None:
        return None
    guard = threading.Timer(_SECONDS, process.kill)
    guard.daemon = True
    guard.start()
    try:
        asked.write(json.dumps({"size": len(data), "told": told, "filename": filename}).encode() + b"\n")
        asked.write(data)
        asked.flush()
        said = json.loads(answer.readline(_ANSWER))
        thumbnail = base64.b64decode(said.pop("thumbnail") or "") or None
        return Inspected(**{**said, "kind": MediaKind(said["kind"]), "thumbnail": thumbnail})
    except (OSError, ValueError, TypeError, KeyError):
        return None
    finally:
        guard.cancel()


def _keep_awake() -> None:
    """Put off the end of the process."""
    global _end
    if _end is not None:
        _end.cancel()
    _end = threading.Timer(_IDLE_SECONDS, _rest)
    _end.daemon = True
    _end.start()


def _rest() -> None:
    with _turn:
        if _end is threading.current_thread():
            _stop()


def _stop() -> None:
    global _process
    process, _process = _process, None
    if process is None:
        return
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        with suppress(OSError):
            if pipe is not None:
                pipe.close()


def bare_environment() -> dict[str, str]:
    """Of a process that reads strangers' files."""
    return {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}


def limit() -> None:
    """Of this very process: its memory; it is the first that the kernel ends when there is none; no core is left."""
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _limit_processor() -> None:
    """For one more file: also where who asked for it is gone, and can't end what hangs."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime + _SECONDS) + 1
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (until, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def serve(asked: IO[bytes], answers: IO[bytes]) -> None:
    """Look into files until there are no more."""
    for _ in range(_FILES):
        line = asked.readline()
        if not line:
            return
        told = json.loads(line)
        _limit_processor()
        found = inspect(asked.read(told["size"]), told["told"], told["filename"])
        thumbnail = base64.b64encode(found.thumbnail or b"").decode()
        answers.write(json.dumps({**asdict(found), "thumbnail": thumbnail}).encode() + b"\n")
        answers.flush()


def main() -> None:
    """The process itself. What a library prints goes nowhere: the way out is for answers."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    limit()
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
