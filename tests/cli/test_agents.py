"""Tests of `roms agent`, which manages the team when nobody can log in."""

from pathlib import Path

import pytest

from tests.cli.conftest import Roms, roms_in

SITI = ("siti@roms.example", "--name", "Siti", "--password", "kopi susu gula aren", "--admin")


@pytest.fixture(scope="module")
def roms(tmp_path_factory: pytest.TempPathFactory) -> Roms:
    """`roms` where Siti is the first admin."""
    roms = roms_in(tmp_path_factory.mktemp("roms") / "data")
    created = roms("agent", "create", *SITI)
    assert created.returncode == 0, created.stderr
    return roms


def test_the_first_admin_from_the_command_line(roms: Roms) -> None:
    listed = roms("agent", "list")
    assert listed.returncode == 0
    assert "siti@roms.example" in listed.stdout
    assert "admin" in listed.stdout
    assert "available" in listed.stdout, "nobody else can answer the first customer"


def test_the_same_email_twice_is_refused_in_a_sentence(roms: Roms) -> None:
    again = roms("agent", "create", *SITI)
    assert again.returncode == 1
    assert "Traceback" not in again.stderr
    assert "already" in again.stderr


def test_a_name_that_looks_like_a_colleagues_is_taken_with_a_warning(roms: Roms) -> None:
    for name, words in (("Iis", ""), ("lis", "for that of Iis")):
        made = roms("agent", "create", f"{name}@roms.example", "--name", name, "--password", "teh tarik panas")
        assert made.returncode == 0, made.stderr
        assert (words or "can log in now") in made.stdout
        assert ("Readers may take" in made.stdout) is bool(words)


def test_a_password_that_is_too_short_is_refused(roms: Roms) -> None:
    answer = roms("agent", "create", "budi@roms.example", "--name", "Budi", "--password", "pendek")
    assert answer.returncode == 1
    assert "password" in answer.stderr


def test_a_new_password_may_be_typed(roms: Roms) -> None:
    answer = roms("agent", "passwd", "siti@roms.example", answers="teh tarik panas\nteh tarik panas\n")
    assert answer.returncode == 0, answer.stderr
    assert "changed" in answer.stdout
    assert "teh tarik" not in answer.stdout


def test_somebody_unknown_is_told(roms: Roms) -> None:
    answer = roms("agent", "passwd", "eko@roms.example", "--password", "teh tarik panas")
    assert answer.returncode == 1
    assert "roms agent list" in answer.stderr


def test_the_first_one_is_an_admin(tmp_path: Path) -> None:
    """The first agent must be an admin: otherwise nobody could manage the team, as `/setup` is closed."""
    empty = roms_in(tmp_path / "data")
    answer = empty("agent", "create", "budi@roms.example", "--name", "Budi", "--password", "teh tarik panas")
    assert answer.returncode == 1
    assert "--admin" in answer.stderr
