"""Printing never fails, also when whoever read it is gone."""

import os
import subprocess
import sys

import pytest

from devtools.waiting import PATIENCE
from tests.worker.cast import ROOT

_PROGRAM = """
import sys
from wa_worker.process.output import steady_output
steady_output()
sys.stdin.readline()
for _ in range(3):
    print("lost" * 10_000, file=sys.{stream})
    sys.{stream}.flush()
print("left in the buffer", end="", file=sys.{stream})
print("done", file=sys.{other}, flush=True)
"""


@pytest.mark.parametrize(("stream", "other"), [("stdout", "stderr"), ("stderr", "stdout")])
def test_a_reader_that_is_gone_stops_nothing(stream: str, other: str) -> None:
    reading, writing = os.pipe()
    pipes = {stream: writing, other: subprocess.PIPE}
    program = _PROGRAM.format(stream=stream, other=other)
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, text=True, **pipes) as child:
        os.close(writing)
        os.close(reading)
        answers = child.communicate("go\n", timeout=PATIENCE)
    assert child.returncode == 0
    assert "".join(answer or "" for answer in answers) == "done\n"
