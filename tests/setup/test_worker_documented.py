"""docs/worker-reference.md: every module of the worker, tests that are there, and settings with their defaults."""

import re
from pathlib import Path

from roms_app.ops.paths import ROOT
from wa_worker.config import WorkerSettings

WORKER = ROOT / "wa_worker"
TEXT = (ROOT / "docs" / "worker-reference.md").read_text(encoding="utf-8")
TESTS = {path.stem: path for area in ("worker", "media") for path in (ROOT / "tests" / area).glob("test_*.py")}


def section(title: str) -> str:
    return TEXT.partition(f"## {title}")[2].partition("\n## ")[0]


def test_every_module_is_named_beside_its_folder() -> None:
    """The media store is told of elsewhere; the bridge has a line of its own."""
    named: set[str] = set()
    folder = ""
    for row in section("Modules").splitlines():
        if row.startswith("| ") and (cells := row.split(" | ")):
            folder = next(iter(re.findall(r"`([\w/]+/)`", cells[0])), folder).removeprefix("wa_worker/")
            named |= {folder + name for name in re.findall(r"`(\w+\.py)`", cells[1] if len(cells) > 1 else "")}
    modules = {str(path.relative_to(WORKER)) for path in WORKER.rglob("*.py") if not path.name.startswith("__")}
    elsewhere = ("contract/", "media/", "simulator/")
    assert named == {module for module in modules if not module.startswith(elsewhere)}


def test_every_failure_names_a_test_that_is_there() -> None:
    """A row's last column: files, and parts of the names of tests in the file that stands before them."""
    rows = [line.split(" | ") for line in section("Failures").splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 20, "the premise"
    for failure, _, proof in rows:
        words = re.findall(r"`([^`]+)`", proof)
        assert words, failure
        file: Path | None = None
        for word in words:
            if word.startswith("test_"):
                file = TESTS[word]
            else:
                assert file, failure
                start = word.removesuffix("…")
                assert re.search(rf"def test_{re.escape(start)}", file.read_text(encoding="utf-8")), word


def test_every_setting_has_its_default() -> None:
    """A row may name several settings, and then as many defaults."""
    fields = WorkerSettings.model_fields
    defaults = {f"ROMS_{name}".upper(): str(field.default) for name, field in fields.items()}
    found: dict[str, str] = {}
    for row in section("Settings").splitlines():
        if row.startswith("| `ROMS_"):
            names, values, _ = row.removeprefix("| ").split(" | ", 2)
            found.update(zip(re.findall(r"`(\w+)`", names), values.split(", "), strict=True))
    assert len(found) > 20, "the premise"
    stated = {name: str(float(value)) if _is_number(value) else value.lower() for name, value in found.items()}
    meant = {name: defaults[name] for name in found}
    assert stated == {name: str(float(value)) if _is_number(value) else value.lower() for name, value in meant.items()}


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdecimal()
