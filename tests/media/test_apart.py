"""A file that crashes its decoder costs only its thumbnail: the caller is not affected."""

import ast
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.media import samples
from wa_worker.media import subprocess_decoder
from wa_worker.media.inspect import UNKNOWN, inspect
from wa_worker.media.subprocess_decoder import inspect_apart


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    subprocess_decoder._stop()
    yield
    subprocess_decoder._stop()


def test_it_says_what_inspect_says() -> None:
    for data, told, name in (
        (samples.picture(), "image/jpeg", None),
        (b"a,b\n1,2\n", "text/csv", "t\u00e4b\ud83d.csv"),
        (b"\x00" * 100_000, "", None),
    ):
        assert inspect_apart(data, told, name) == inspect(data, told, name)


@pytest.mark.parametrize(
    "what", ["import os; os.abort()", "import time; time.sleep(1e6)", "print('no answer')", "print('{}')"]
)
def test_a_decoder_that_dies_or_hangs_costs_the_thumbnail(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(subprocess_decoder, "_COMMAND", (sys.executable, "-c", what))
        patch.setattr(subprocess_decoder, "_SECONDS", 1.0)
        assert inspect_apart(samples.picture(), "image/jpeg") == UNKNOWN
    assert inspect_apart(samples.picture(), "image/jpeg").thumbnail, "the next file has a process of its own"


def test_who_died_over_another_file_is_replaced_without_harm() -> None:
    picture = samples.picture()
    inspect_apart(picture)
    process = subprocess_decoder._process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    assert inspect_apart(picture).thumbnail
    assert subprocess_decoder._process is not process


def test_it_can_not_take_all_memory() -> None:
    asked = "from wa_worker.media.subprocess_decoder import limit; limit(); b'x' * (2 << 30)"
    assert subprocess.run([sys.executable, "-c", asked], stderr=subprocess.DEVNULL, check=False).returncode == 1


def test_it_limits_itself_and_knows_no_password_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own `main`, with an inspection that tells what it may and what it knows."""
    show = """
import os, resource
from dataclasses import replace
from wa_worker.media import subprocess_decoder

def inspect(*_):
    kinds = (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_CORE)
    limits = [resource.getrlimit(kind)[0] for kind in kinds]
    return replace(subprocess_decoder.UNKNOWN, mimetype=repr((limits, dict(os.environ))))

subprocess_decoder.inspect = inspect
subprocess_decoder.main()
"""
    monkeypatch.setenv("ROMS_DATABASE_URL", "postgresql://roms:secret@db/roms")
    monkeypatch.setattr(subprocess_decoder, "_COMMAND", (sys.executable, "-c", show))
    (memory, processor, core), known = ast.literal_eval(inspect_apart(b"x").mimetype)
    assert (memory, core) == (1536 << 20, 0)
    assert subprocess_decoder._SECONDS <= processor <= 2 * subprocess_decoder._SECONDS
    assert known["PATH"] == os.environ["PATH"]
    assert "secret" not in str(known)


def test_it_is_replaced_after_so_many_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Libraries may keep something of each."""
    monkeypatch.setattr(subprocess_decoder, "_FILES", 3)
    # It would limit this process.
    monkeypatch.setattr(subprocess_decoder, "_limit_processor", lambda: None)
    asked = json.dumps({"size": 1, "stated": "", "filename": None}).encode() + b"\nx"
    answers = io.BytesIO()
    subprocess_decoder.serve(io.BytesIO(asked * 5), answers)
    assert answers.getvalue().count(b"\n") == 3


def test_it_ends_when_no_file_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess_decoder, "_IDLE_SECONDS", 0.1)
    inspect_apart(samples.picture())
    deadline = time.monotonic() + 30
    while subprocess_decoder._process is not None:
        assert time.monotonic() < deadline
        time.sleep(0.02)
