"""The TypeScript declarations say what Python says."""

from dataclasses import dataclass

import pytest

from devtools import js_types


def test_the_committed_declarations_are_those_that_python_makes_now() -> None:
    declared = js_types.declared()
    assert {path: path.read_text("utf-8") for path in declared} == declared, "Run `make types`."


@dataclass
class Nothing:
    """Holds what JSON can't."""

    what: complex


def test_what_json_cannot_hold_is_refused_by_its_name() -> None:
    with pytest.raises(TypeError, match="complex"):
        js_types.Declarations().add(Nothing)
