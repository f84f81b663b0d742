"""The reasons for skipped agents are readable in both languages."""

import pytest

from roms_app.domain.rotation import AgentSlot, Skip
from roms_app.domain.skip_reasons import NOBODY, skip_texts, skipped_texts, tally

AYU = AgentSlot(1, "Ayu", 0, open_count=8, capacity=8)
BUDI = AgentSlot(2, "Budi", 0, availability="away")


@pytest.mark.parametrize("skip", Skip)
def test_each_reason_has_words_in_both_languages(skip: Skip) -> None:
    words = skip_texts(skip, AYU)
    assert words["en"]
    assert words["id"]
    assert words["en"] != words["id"]
    assert "_" not in words["en"] + words["id"]


def test_a_reason_says_its_numbers_and_its_team() -> None:
    assert skip_texts(Skip.AT_CAPACITY, AYU) == {"en": "at capacity (8 of 8)", "id": "sudah penuh (8 dari 8)"}
    of_team = skip_texts(Skip.NOT_IN_TEAM, AYU, "Billing")
    assert of_team == {"en": "not in the team Billing", "id": "bukan anggota tim Billing"}


def test_who_was_passed_over_is_named() -> None:
    assert skipped_texts([(AYU, Skip.AT_CAPACITY), (BUDI, Skip.AWAY)]) == {
        "en": "Ayu: at capacity (8 of 8), Budi: away",
        "id": "Ayu: sudah penuh (8 dari 8), Budi: istirahat",
    }
    assert skipped_texts([]) == {}


def test_of_many_the_first_are_named_and_the_others_counted() -> None:
    words = skipped_texts([(BUDI, Skip.AWAY)] * 7, limit=2)
    assert words == {
        "en": "Budi: away, Budi: away and 5 more",
        "id": "Budi: istirahat, Budi: istirahat dan 5 lainnya",
    }


def test_reasons_are_counted_the_most_common_first() -> None:
    skips = [Skip.AT_CAPACITY, Skip.AWAY, Skip.AWAY, Skip.AWAY, Skip.AT_CAPACITY]
    assert tally("en", skips) == "3 away, 2 at capacity"
    assert tally("id", skips) == "3 istirahat, 2 sudah penuh"
    assert tally("en", []) == NOBODY
