"""Borders that import-linter's contracts (pyproject.toml) can't say: which part of a package, and what is called."""

import ast
from collections.abc import Iterator
from pathlib import Path

from roms_app.ops.paths import ROOT


def sources(folder: str) -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted((ROOT / folder).rglob("*.py")):
        yield path.relative_to(ROOT), ast.parse(path.read_text())


def imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)


#: Shared by both processes.
SHARED = ("wa_worker.contract.", "wa_worker.media.", "wa_worker.process.", "wa_worker.storage.private_files.")
#: Set-up brings the Chromium that the worker looks for, with the driver that the worker starts.
OF_SET_UP = ("wa_worker.browser.chromium.", "wa_worker.browser.driver.")


def test_the_app_knows_of_the_worker_what_both_share_and_set_up_its_chromium() -> None:
    wrong = [
        (str(path), name)
        for path, tree in sources("roms_app")
        for name in imports(tree)
        if name.startswith("wa_worker")
        and not name.startswith((*SHARED, *(OF_SET_UP if path.is_relative_to("roms_app/ops") else ())))
    ]
    assert wrong == []


def test_only_push_and_the_gate_touch_the_sockets() -> None:
    """Only these files use Reflex's transport, so that a change of it affects no others."""
    touching = {"sio", "event_namespace", "enter_room", "leave_room", "emit_update"}
    found = {
        str(path)
        for path, tree in sources("roms_app")
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and node.attr in touching)
        or (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("socketio"))
    }
    assert found == {f"roms_app/live/{name}.py" for name in ("push", "gate", "frames")}


def test_nothing_of_the_project_sleeps_in_a_handler() -> None:
    """`time.sleep` in the loop would stop every agent's page; services and states have no reason to wait."""
    wrong = [
        str(path)
        for folder in ("roms_app/states", "roms_app/services", "roms_app/pages", "roms_app/components")
        for path, tree in sources(folder)
        if "time.sleep" in set(imports(tree)) or "time.sleep(" in (ROOT / path).read_text()
    ]
    assert wrong == []
