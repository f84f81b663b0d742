"""The first step, which must work before anything is installed."""

import ast
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from roms_app.ops.paths import ROOT

SCRIPT = ROOT / "scripts" / "bootstrap.py"


@pytest.fixture
def bootstrap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The script, on a checkout of its own."""
    module = ModuleType("bootstrap")
    module.__file__ = str(SCRIPT)
    exec(compile(SCRIPT.read_text(), str(SCRIPT), "exec"), module.__dict__)
    for name in ("requirements.lock", "requirements-dev.lock", "pyproject.toml"):
        (tmp_path / name).write_text(f"{name} 1")
    monkeypatch.setattr(module, "ROOT", str(tmp_path))
    monkeypatch.setattr(module, "VENV", str(tmp_path / ".venv"))
    monkeypatch.setattr(module, "PYTHON", str(tmp_path / ".venv" / "bin" / "python"))
    monkeypatch.setattr(module, "RUN", ("requirements.lock", str(tmp_path / "stamp")))
    monkeypatch.setattr(module, "DEV", ("requirements-dev.lock", str(tmp_path / "dev-stamp")))
    monkeypatch.setattr(module.sys, "argv", [str(SCRIPT)])
    return module


def test_it_needs_nothing_but_the_standard_library() -> None:
    tree = ast.parse(SCRIPT.read_text(), feature_version=(3, 6))
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert imported <= set(sys.stdlib_module_names)


def test_it_names_no_registry() -> None:
    text = SCRIPT.read_text()
    assert "http" not in text
    assert "index-url" not in text


def test_an_old_python_is_told_what_to_install(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    class Version(tuple[int, ...]):
        __slots__ = ()

    monkeypatch.setattr(bootstrap.sys, "version_info", Version((3, 9, 2)))
    monkeypatch.setattr(bootstrap.shutil, "which", lambda _: None)
    said: list[str] = []
    monkeypatch.setattr(bootstrap.sys.stderr, "write", said.append)
    with pytest.raises(SystemExit):
        bootstrap.require_python()
    assert "needs Python 3.11 or newer; this is 3.9" in said[0]
    assert "apt-get install" in said[0]


def test_a_current_environment_is_left_alone(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    Path(bootstrap.PYTHON).parent.mkdir(parents=True)
    Path(bootstrap.PYTHON).touch()
    Path(bootstrap.RUN[1]).write_text(bootstrap.fingerprint("requirements.lock"))
    monkeypatch.setattr(bootstrap, "run", lambda *_, **__: pytest.fail("something was run"))
    bootstrap.main()


def test_a_changed_lock_file_installs_again(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    Path(bootstrap.PYTHON).parent.mkdir(parents=True)
    Path(bootstrap.PYTHON).touch()
    Path(bootstrap.RUN[1]).write_text(bootstrap.fingerprint("requirements.lock"))
    (Path(bootstrap.ROOT) / "requirements.lock").write_text("requirements.lock 2")
    installs: list[list[str]] = []
    monkeypatch.setattr(bootstrap, "run", lambda *_, **__: True)
    monkeypatch.setattr(bootstrap, "pip_install", lambda arguments, total=1: installs.append(arguments) or True)
    bootstrap.main()
    # pip would otherwise look for newer releases of what a package asks for with an extra.
    assert {"--no-deps", "--require-hashes"} <= set(installs[0])
    assert "--no-deps" in installs[1]
    assert Path(bootstrap.RUN[1]).read_text() == bootstrap.fingerprint("requirements.lock")


def test_tools_are_added_and_running_does_not_ask_for_them(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(bootstrap.PYTHON).parent.mkdir(parents=True)
    Path(bootstrap.PYTHON).touch()
    Path(bootstrap.RUN[1]).write_text(bootstrap.fingerprint("requirements.lock"))
    installs: list[list[str]] = []
    monkeypatch.setattr(bootstrap, "run", lambda *_, **__: True)
    monkeypatch.setattr(bootstrap, "pip_install", lambda arguments, total=1: installs.append(arguments) or True)
    bootstrap.main()
    assert not installs
    monkeypatch.setattr(bootstrap.sys, "argv", [str(SCRIPT), "--dev"])
    bootstrap.main()
    assert [arguments[-1] for arguments in installs] == ["requirements-dev.lock"]
    bootstrap.main()
    assert len(installs) == 1


def test_the_locks_share_no_package_and_the_dev_lock_adds_no_second_version() -> None:
    def names(lock: str) -> set[str]:
        return {line.split("==")[0] for line in (ROOT / lock).read_text().splitlines() if re.match(r"[\w.-]+==", line)}

    assert not names("requirements.lock") & names("requirements-dev.lock")


def test_a_failed_install_is_told_and_not_remembered(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(bootstrap.PYTHON).parent.mkdir(parents=True)
    Path(bootstrap.PYTHON).write_text("#!/bin/sh\necho 'No matching distribution'\nexit 1\n")
    Path(bootstrap.PYTHON).chmod(0o755)
    monkeypatch.setattr(bootstrap, "run", lambda *_, **__: True)
    with pytest.raises(SystemExit):
        bootstrap.main()
    assert not Path(bootstrap.RUN[1]).exists()
    said = capsys.readouterr().err
    assert "No matching distribution" in said
    assert "Check the network" in said


def test_the_lock_holds_every_package_that_another_needs() -> None:
    """Set-up installs the lock with --no-deps, so pip itself would not notice one that is missing."""
    check = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True)
    assert check.returncode == 0, check.stdout
