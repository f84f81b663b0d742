"""The bytes on the wire. A failing test here means: an older worker or app would not understand this one."""

import json
import typing
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from tests.contract.examples import EXAMPLES, GOLDEN
from wa_worker.contract.commands import COMMANDS, CONTROLS, AnyCommand, AnyControl
from wa_worker.contract.events import EVENTS, AnyEvent


def _name(model: BaseModel) -> str:
    return type(model).__name__


def _adapter(model: BaseModel) -> TypeAdapter[Any]:
    kinds = {"wa_worker.contract.events": EVENTS, "wa_worker.contract.commands": COMMANDS}
    return CONTROLS if _name(model) in ("StartNumber", "StopNumber") else kinds[type(model).__module__]


@pytest.mark.parametrize("model", EXAMPLES, ids=_name)
def test_is_written_as_golden(model: BaseModel) -> None:
    golden = json.loads((GOLDEN / f"{_name(model)}.json").read_text("utf-8"))
    assert json.loads(model.model_dump_json()) == golden


@pytest.mark.parametrize("model", EXAMPLES, ids=_name)
def test_golden_is_read_as_written(model: BaseModel) -> None:
    assert _adapter(model).validate_json((GOLDEN / f"{_name(model)}.json").read_bytes()) == model


def test_everything_has_an_example() -> None:
    members = {
        member.__name__
        for union in (AnyEvent, AnyCommand, AnyControl)
        for member in typing.get_args(typing.get_args(union)[0])
    }
    assert members == {_name(model) for model in EXAMPLES}
    assert members == {path.stem for path in GOLDEN.glob("*.json")}


@pytest.mark.parametrize("model", EXAMPLES, ids=_name)
@pytest.mark.parametrize("change", [{"surprise": 1}, {"v": 2}, {"v": None}, {"inbox_id": 0}, {"type": "Unknown"}])
def test_what_is_not_the_contract_is_refused(model: BaseModel, change: dict[str, Any]) -> None:
    values = {**json.loads(model.model_dump_json()), **change}
    with pytest.raises(ValidationError):
        _adapter(model).validate_json(json.dumps(values))


def test_nul_becomes_a_replacement_character() -> None:
    values = {**json.loads(EXAMPLES[0].model_dump_json()), "body": "a\x00b", "push_name": "\x00"}
    event = EVENTS.validate_json(json.dumps(values))
    assert event.body == "a\ufffdb"
    assert event.push_name == "\ufffd"


@pytest.mark.parametrize(("length", "is_taken"), [(65_536, True), (65_537, False)])
def test_body_has_whatsapps_own_limit(length: int, is_taken: bool) -> None:
    values = json.dumps({**json.loads(EXAMPLES[0].model_dump_json()), "body": "x" * length})
    if is_taken:
        assert len(EVENTS.validate_json(values).body) == length
    else:
        with pytest.raises(ValidationError):
            EVENTS.validate_json(values)


def test_a_phone_is_never_made_of_a_lid() -> None:
    values = json.loads(EXAMPLES[0].model_dump_json())
    with pytest.raises(ValidationError):
        EVENTS.validate_json(json.dumps({**values, "phone_e164": "900000000001@lid"}))
    with pytest.raises(ValidationError):
        EVENTS.validate_json(json.dumps({**values, "contact_lid": "6281234567890@c.us"}))
