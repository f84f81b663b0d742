"""The TypeScript declarations say what Python says."""

import re
from dataclasses import dataclass
from typing import NotRequired, TypedDict

import pytest

from devtools import js_types
from roms_app.ops.paths import ROOT


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


class Letter(TypedDict):
    """A shape that leaves out what is empty."""

    body: str
    caption: NotRequired[str]


def test_what_a_typed_dict_may_lack_is_optional() -> None:
    made = js_types.Declarations()
    made.add(Letter)
    assert "  body: string;\n  caption?: string;\n" in str(made)


def test_every_script_that_a_browser_gets_is_checked_strictly() -> None:
    projects = re.findall(r"tsc -p \$\(JS\)/(\w+\.json)", (ROOT / "Makefile").read_text("utf-8"))
    checked = {
        script
        for project in projects
        for pattern in re.findall(r'"../../(\S+\.js)"', (js_types.FOLDER / project).read_text("utf-8"))
        for script in ROOT.glob(pattern)
    }
    scripts = {path for folder in ("assets", "wa_worker") for path in (ROOT / folder).rglob("*.js")}
    assert scripts
    assert not scripts - checked, "Add it to the `include` of a project in devtools/js."
