"""`roms simulate-assignment`, and that docs/assignment.md shows what it says."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from roms_app.cli import simulate_picture, simulate_words
from roms_app.domain.simulation.day import draw_day
from roms_app.domain.simulation.simulate import simulate
from roms_app.domain.simulation.strategies import NAMES
from roms_app.ops.paths import ROOT
from tests.cli.conftest import Roms

SVG = "{http://www.w3.org/2000/svg}"
PICTURE = ROOT / "docs" / "pictures" / "assignment.svg"


def lines_of_table(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.startswith("|")]


def test_the_documented_day_is_what_the_command_says(roms: Roms, tmp_path: Path) -> None:
    """To mend: `roms simulate-assignment --picture docs/pictures/assignment.svg`, and its table into the page."""
    drawn = tmp_path / "day.svg"
    answer = roms("simulate-assignment", "--picture", str(drawn))
    assert answer.returncode == 0, answer.stderr
    said = lines_of_table(answer.stdout)
    assert len(said) > 15
    documented = (ROOT / "docs" / "assignment.md").read_text(encoding="utf-8")
    assert "\n".join(said) in documented
    assert drawn.read_text(encoding="utf-8") == PICTURE.read_text(encoding="utf-8")
    assert not (tmp_path / "data").exists(), "it needs no data folder"


def test_all_figures_as_json(roms: Roms, tmp_path: Path) -> None:
    file = tmp_path / "day.json"
    answer = roms("simulate-assignment", "--agents", "6", "--chats", "90", "--seed", "7", "--json", str(file))
    assert answer.returncode == 0, answer.stderr
    found = json.loads(file.read_text(encoding="utf-8"))
    assert found["day"] == "A day of 6 agents and 90 customers (seed 7)."
    assert [one["strategy"] for one in found["strategies"]] == list(NAMES)
    for one in found["strategies"]:
        assert len(one["agents"]) == 6
        assert one["opened"] >= 90
        assert set(one["until_answered_s"]) == {"p50", "p90", "p99", "max"}
    assert found["strategies"][2]["never_assigned"] > 0
    assert found["strategies"][2]["until_assigned_s"]["max"] is None, "never is no number"


def test_another_seed_is_another_day(roms: Roms) -> None:
    small = ("simulate-assignment", "--agents", "6", "--chats", "90")
    first, again, other = (roms(*small, "--seed", seed).stdout for seed in ("1", "1", "2"))
    assert first == again
    assert lines_of_table(first) != lines_of_table(other)


def test_a_folder_that_is_not_there_is_told(roms: Roms, tmp_path: Path) -> None:
    answer = roms("simulate-assignment", "--agents", "2", "--chats", "5", "--json", str(tmp_path / "no" / "day.json"))
    assert answer.returncode == 1
    assert "could not be written: No such file or directory." in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize(("agents", "chats"), [(1, 1), (6, 90)])
def test_the_picture_tells_strategies_apart_without_colour(agents: int, chats: int) -> None:
    outcomes = [simulate(draw_day(1, agents, chats), name) for name in NAMES]
    picture = ET.fromstring(simulate_picture.draw(outcomes, "A day <of> & few."))
    assert picture.findtext(f"{SVG}desc") == "A day <of> & few."
    texts = [text.text for text in picture.iter(f"{SVG}text")]
    assert set(NAMES) <= set(texts)
    dots = [dot.get("class") for dot in picture.iter(f"{SVG}path") if "dot" in (dot.get("class") or "")]
    # One in the legend, four shares of the customers, and each agent's in two panels.
    assert dots.count("dot s0") == dots.count("dot s1") == dots.count("dot s2") == 5 + 2 * agents
    shapes = {dot.get("class"): dot.get("d", "").strip("M0123456789. -")[:1] for dot in picture.iter(f"{SVG}path")}
    assert [shapes[f"dot s{index}"] for index in range(3)] == ["a", "h", "h"]
    assert "stroke-dasharray" in (picture.findtext(f"{SVG}style") or "")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "at once"),
        (1.4, "1 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (60, "1 min"),
        (106, "1 min 46"),
        (605, "10 min"),
        (3599, "1 h"),
        (5875, "1 h 38"),
        (float("inf"), "never"),
    ],
)
def test_durations_as_people_say_them(seconds: float, words: str) -> None:
    assert simulate_words.duration(seconds) == words
