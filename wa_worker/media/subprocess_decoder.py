"""Inspects files in a subprocess: a file that crashes a decoder costs a thumbnail, not the worker or the app.

The subprocess is started for a file, takes one file at a time, and ends when none has come for a while. Its memory and
its time for each file are limited, and it has none of our settings. Both sides exchange lines of JSON; a file's bytes
follow its line.
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
#: Twice what the largest accepted image takes.
_MOST_MEMORY: Final = 1536 * 1024 * 1024
_SECONDS: Final = 25.0
_IDLE_SECONDS: Final = 60.0
#: Files after which the subprocess is replaced: libraries may leak memory with broken files.
_FILES: Final = 200
_ANSWER: Final = 8 * 1024 * 1024
#: Variables that the subprocess gets: paths and the encoding, no passwords or addresses.
_ENVIRONMENT: Final = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "TMPDIR")

_turn = threading.Lock()
#: A thread to wait for a turn in. Not one of the loop's: state files are written in those, and must not wait.
_waiting: Final = ThreadPoolExecutor(1, thread_name_prefix="inspect")
_process: "subprocess.Popen[bytes] | None" = None
_end: threading.Timer | None = None


async def inspect_in_turn(data: bytes, stated_mimetype: str = "", filename: str | None = None) -> Inspected:
    """Call `inspect_apart` without blocking the event loop or its threads."""
    return await asyncio.get_running_loop().run_in_executor(_waiting, inspect_apart, data, stated_mimetype, filename)


def inspect_apart(data: bytes, stated_mimetype: str = "", filename: str | None = None) -> Inspected:
    """Inspect a file as `inspect` does, in the subprocess. Call it in a thread: it waits for its turn. Never raises."""
    with _turn:
        _keep_awake()
        is_fresh = False
        while not is_fresh:
            process, is_fresh = _running()
            found = _ask(process, data, stated_mimetype, filename)
            if found is not None:
                return found
            # A subprocess that inspected other files before may have died because of those: try a fresh one.
            _stop()
    _log.warning("media.decoder_died", size=len(data))
    return UNKNOWN


def _running() -> "tuple[subprocess.Popen[bytes], bool]":
    """Return the subprocess, and whether it is fresh."""
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


def _ask(process: "subprocess.Popen[bytes]", data: bytes, stated: str, filename: str | None) -> Inspected | None:
    """Inspect a file in the subprocess. None if that died or had to be killed."""
    asked, answer = process.stdin, process.stdout
    if asked is None or answer is None:
        return None
    guard = threading.Timer(_SECONDS, process.kill)
    guard.daemon = True
    guard.start()
    try:
        asked.write(json.dumps({"size": len(data), "stated": stated, "filename": filename}).encode() + b"\n")
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
    """Postpone the end of the subprocess."""
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
    """Return the environment of a subprocess that reads customers' files."""
    return {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}


def limit() -> None:
    """Limit this process: its memory, no core dump, and the kernel kills it first when memory runs out."""
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _limit_processor() -> None:
    """Limit the CPU time for the next file, in case the parent is gone and can't kill a decoder that hangs."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime + _SECONDS) + 1
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (until, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def serve(asked: IO[bytes], answers: IO[bytes]) -> None:
    """Inspect up to `_FILES` files until there are no more."""
    for _ in range(_FILES):
        line = asked.readline()
        if not line:
            return
        asked_for = json.loads(line)
        _limit_processor()
        found = inspect(asked.read(asked_for["size"]), asked_for["stated"], asked_for["filename"])
        thumbnail = base64.b64encode(found.thumbnail or b"").decode()
        answers.write(json.dumps({**asdict(found), "thumbnail": thumbnail}).encode() + b"\n")
        answers.flush()


def main() -> None:
    """Run the subprocess. What a library prints is dropped: standard output is for answers."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    limit()
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
