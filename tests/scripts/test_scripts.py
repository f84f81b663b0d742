"""The files of assets/roms that work on a page: `*.test.mjs` beside this, run by Node's own test runner."""

import json
import subprocess
from pathlib import Path

from devtools.waiting import PATIENCE
from roms_app.ops.paths import BIN, ROOT

HERE = Path(__file__).parent
TOOLS = ROOT / "devtools" / "js"


def test_the_scripts_pass_their_own_tests() -> None:
    assert (TOOLS / "node_modules" / "happy-dom").is_dir(), "Run `make lint-js`: it installs what these tests need."
    files = sorted(HERE.glob("*.test.mjs"))
    command = [BIN / "node", "--test", "--test-isolation=none", "--test-reporter=spec", *files]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)  # noqa: S603
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_every_script_has_a_test() -> None:
    """Here, or in tests/inbox, where those that need no page are run."""
    here = {path.name.removesuffix(".test.mjs") for path in HERE.glob("*.test.mjs")}
    elsewhere = {"composer", "duty", "format", "kinds", "live", "merge", "orders", "page", "upload", "view"}
    data = {"words"}
    assert {path.stem for path in (ROOT / "assets" / "roms").glob("*.js")} - data == here | elsewhere


def test_the_tools_are_pinned_by_checksum_and_by_no_registry() -> None:
    packages = json.loads((TOOLS / "package-lock.json").read_text())["packages"]
    wanted = packages.pop("")["devDependencies"]
    assert all(version[0].isdigit() for version in wanted.values()), "exact versions"
    assert [name for name, package in packages.items() if not package.get("integrity")] == []
    assert [name for name, package in packages.items() if "resolved" in package] == []
