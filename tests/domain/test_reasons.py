"""Every reason that the app gives has its sentence in every language, with its parameters."""

import json
from string import Formatter
from typing import Any, get_args

import pytest

from roms_app.domain import reasons, wording
from roms_app.domain.reasons import Reason, ReasonCode
from roms_app.domain.rotation import Skip
from roms_app.domain.skip_reasons import SKIPS
from roms_app.i18n.catalog import CATALOGUES

KINDS: dict[ReasonCode, type[Any]] = {kind.model_fields["code"].default: kind for kind in get_args(Reason)}
#: What the example of a reason has for each parameter.
_VALUES: dict[str, Any] = {"open": 3, "capacity": 8, "minutes": 10, "rounds": 2, "more": 2}
_SKIPPED = (reasons.Skipped(agent="Ayu", skip=Skip.AT_CAPACITY, open=8, capacity=8),)


def example(code: ReasonCode) -> Reason:
    names = set(KINDS[code].model_fields) - {"code", "skipped"}
    values = {name: _VALUES.get(name, name.title()) for name in names}
    return KINDS[code](**values, **({"skipped": _SKIPPED} if "skipped" in KINDS[code].model_fields else {}))


def texts(code: ReasonCode) -> tuple[str, ...]:
    return wording.PLURALS[code][0] if code in wording.PLURALS else (wording.SENTENCES[code],)


def fields(text: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(text) if field}


def test_every_code_has_parameters_and_a_sentence_and_no_sentence_is_without_a_code() -> None:
    assert set(KINDS) == set(ReasonCode)
    assert set(wording.SENTENCES) | set(wording.PLURALS) == set(ReasonCode)
    assert not set(wording.SENTENCES) & set(wording.PLURALS)
    assert set(SKIPS) == set(Skip)


@pytest.mark.parametrize("code", ReasonCode)
def test_a_sentence_shows_its_parameters(code: ReasonCode) -> None:
    assert set().union(*map(fields, texts(code))) == set(KINDS[code].model_fields) - {"code"}


@pytest.mark.parametrize("language", CATALOGUES.translated)
@pytest.mark.parametrize("code", sorted(set(ReasonCode) - {ReasonCode.TEXT}))
def test_a_sentence_is_there_in_every_language(code: ReasonCode, language: str) -> None:
    words = wording.words(example(code))
    assert set(words) == {"en", *CATALOGUES.translated}
    assert words[language] != words["en"]
    assert not any("{" in sentence or "}" in sentence for sentence in words.values())


@pytest.mark.parametrize("code", ReasonCode)
def test_what_is_stored_is_read_again(code: ReasonCode) -> None:
    reason = example(code)
    params = reasons.params_of(reason)
    assert "code" not in json.loads(params)
    assert reasons.read(code.value, params) == reason
    assert wording.words_of(code.value, params) == wording.words(reason)


@pytest.mark.parametrize(
    ("code", "params"),
    [
        ("promoted", '{"agent":"Budi"}'),
        ("taken", "{}"),
        ("taken", '{"agent":"Budi","by":"clock"}'),
        ("taken", "[1]"),
        ("taken", "nonsense"),
        ("in_turn", '{"agent":"Budi","open":1,"capacity":2,"skipped":[{"agent":"Ayu","skip":"asleep"}]}'),
        ("", ""),
    ],
)
def test_what_this_version_does_not_know_is_a_plain_sentence(code: str, params: str) -> None:
    assert wording.words_of(code, params) == {
        "en": "This version of ROMS does not know why.",
        "id": "Versi ROMS ini tidak mengetahui alasannya.",
    }


def test_names_and_words_have_a_bound() -> None:
    """The longest possible parameters, in their longest JSON form."""
    long = "\x01" * 1000
    skipped = [{"agent": long, "skip": "at_capacity", "open": 10**6, "capacity": 10**6}] * reasons.MOST_SKIPPED
    of_turn = reasons.InTurn(agent=long, open=10**6, capacity=10**6, skipped=skipped, more=10**6)  # pyright: ignore
    for reason in (of_turn, reasons.RoutedByWord(team=long, word=long), reasons.HandedOver(agent=long, to=long)):
        assert len(reasons.params_of(reason)) < 5000
        assert reasons.read(reason.code, reasons.params_of(reason)) == reason


def test_a_name_stays_itself_in_a_sentence() -> None:
    assert wording.words(reasons.Taken(agent="{agent} 50%"))["en"] == "{agent} 50% took this conversation."
    assert wording.words(reasons.Text(text="It {rained}."))["id"] == "It {rained}."
    assert wording.words(reasons.Taken(agent="أحمد"))["en"] == "\u2068أحمد\u2069 took this conversation."
    long = wording.words(reasons.TimedOut(agent="A" * 60, minutes=1))["en"]
    assert long == f"Returned to the queue: {'A' * 39}… did not answer within 1 minute."
