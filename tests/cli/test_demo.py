"""The demo's customers, and its refusal when there is nothing to fill."""

import re

from roms_app.cli.demo_stories import STORIES
from tests.cli.conftest import Roms


def test_thirty_customers_with_numbers_of_their_own() -> None:
    assert len(STORIES) == 30
    assert len({story.phone for story in STORIES}) == 30
    assert all(re.fullmatch(r"\+628\d{8,11}", story.phone) for story in STORIES)


def test_each_story_is_told_once_and_in_order() -> None:
    for story in STORIES:
        told = [*story.past, *story.present, *story.answers]
        assert sorted(told, key=id) == sorted(story.lines, key=id), story.name
        minutes = [line.minutes for line in (*story.past, *story.present)]
        assert minutes == sorted(minutes, reverse=True), story.name


def test_most_wait_for_an_answer_and_some_are_over() -> None:
    over = [story for story in STORIES if story.is_over]
    assert 3 <= len(over) <= 10
    assert all(not story.present and not story.answers for story in over)
    assert all(story.present[-1].who == ">" for story in STORIES if not story.is_over)


def test_without_a_running_roms_it_says_so(roms: Roms) -> None:
    answer = roms("demo")
    assert answer.returncode == 1
    assert "ROMS is not running" in answer.stderr
    assert "make run" in answer.stderr
