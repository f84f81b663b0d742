"""Commands that ROMS and its documents name can be typed as they stand: `roms` is seldom on PATH."""

import os
import re
import subprocess
from pathlib import Path

import pytest
import typer.main

from roms_app.cli.main import app
from roms_app.ops.paths import BIN, ROOT, runnable
from tests.cli.conftest import Roms

DOCS = ROOT / "docs"
NAMES = ("operations.md", "assignment.md", "troubleshooting.md", "moving-to-postgresql.md")
DOCUMENTS = [ROOT / "README.md", *(DOCS / name for name in NAMES), *sorted(DOCS.glob("guide/*/index.md"))]
#: Of the shell's folder, what a person there types.
HINT = "Run `roms doctor`."


@pytest.fixture
def from_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")


def test_from_the_checkout_it_is_short(from_root: None) -> None:
    assert runnable(HINT) == f"Run `{os.path.relpath(BIN / 'roms', ROOT)} doctor`."


def test_from_elsewhere_it_is_the_whole_path(from_root: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert runnable(HINT) == f"Run `{BIN / 'roms'} doctor`."


def test_on_the_path_it_is_the_name_alone(from_root: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(BIN))
    assert runnable(HINT) == HINT
    other = tmp_path / "roms"
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert runnable(HINT) != HINT


def test_an_error_names_a_command_that_runs(roms: Roms, from_root: None) -> None:
    answer = roms("agent", "passwd", "nobody@melati.example", answers="rahasia-sekali\nrahasia-sekali\n", PATH="/bin")
    assert answer.returncode == 1
    [command] = re.findall(r"`(.*roms) agent list`", answer.stderr)
    assert subprocess.run([command, "--help"], cwd=ROOT, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_documents_name_commands_that_can_be_pasted(document: Path) -> None:
    text = document.read_text()
    commands = set(typer.main.get_command(app).commands)  # pyright: ignore[reportAttributeAccessIssue]
    named = set(re.findall(r"\.venv/bin/roms ([\w-]+)", text))
    assert named
    assert named <= commands
    # `roms up` as the name of the process, and `roms serve` in its container, are not told to anybody to type.
    assert not re.findall(r"(?:`|^ {4})roms (?!up|serve)[\w-]+", text, re.MULTILINE)
