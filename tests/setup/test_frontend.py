"""A build is made when its sources changed, and only then."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from roms_app.errors import ConfigurationError
from roms_app.ops import frontend
from roms_app.ops.paths import BIN, ROOT, WEB
from tests.setup.test_origin import BAKED

LOCK = "reflex.lock/package-lock.json"


def lock_of(**versions: str) -> dict[str, Any]:
    """npm's lock with these packages."""
    packages = {f"node_modules/{name}": {"version": version} for name, version in versions.items()}
    return {"packages": {"": {"name": "reflex"}, **packages}}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A small checkout."""
    for name in (
        "roms_app/pages/inbox.py",
        "roms_app/cli/main.py",
        "assets/roms.js",
        "rxconfig.py",
        "reflex.lock/package-lock.json",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")
    (tmp_path / LOCK).write_text(json.dumps(lock_of(react="19.3.1", vite="8.3.4")))
    return tmp_path


@pytest.mark.parametrize(
    "name", ["roms_app/pages/inbox.py", "assets/roms.js", "rxconfig.py", "reflex.lock/package-lock.json"]
)
def test_a_changed_source_asks_for_a_build(checkout: Path, name: str) -> None:
    before = frontend.fingerprint(checkout)
    (checkout / name).write_text("2")
    assert frontend.fingerprint(checkout) != before


def test_a_new_and_a_renamed_source_ask_for_a_build(checkout: Path) -> None:
    before = frontend.fingerprint(checkout)
    (checkout / "roms_app/pages/login.py").write_text("1")
    added = frontend.fingerprint(checkout)
    (checkout / "roms_app/pages/login.py").rename(checkout / "roms_app/pages/setup.py")
    assert len({before, added, frontend.fingerprint(checkout)}) == 3


def test_what_no_page_shows_asks_for_none(checkout: Path) -> None:
    before = frontend.fingerprint(checkout)
    (checkout / "roms_app/cli/main.py").write_text("2")
    (checkout / "roms_app/pages/__pycache__").mkdir()
    (checkout / "roms_app/pages/__pycache__/inbox.pyc").write_text("2")
    assert frontend.fingerprint(checkout) == before


@pytest.fixture
def built(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The module on that checkout, with an export that is quick; returns what was exported."""
    client = checkout / ".web" / "build" / "client"
    exports: list[str] = []

    def export() -> None:
        exports.append("export")
        client.mkdir(parents=True, exist_ok=True)
        (client / "index.html").write_text("<html>")
        (client / "env.js").write_text(BAKED)

    monkeypatch.setattr(frontend, "ROOT", checkout)
    monkeypatch.setattr(frontend, "CLIENT", client)
    monkeypatch.setattr(frontend, "STAMP", checkout / ".web" / "stamp")
    monkeypatch.setattr(frontend, "_export", export)
    monkeypatch.setattr(frontend, "fingerprint", _on(checkout, frontend.fingerprint))
    monkeypatch.setattr(frontend, "source_files", _on(checkout, frontend.source_files))
    return exports


def _on(checkout: Path, fn: Callable[[Path], Any]) -> Callable[..., Any]:
    return lambda root=checkout: fn(root)


def test_the_second_build_does_nothing(built: list[str]) -> None:
    assert frontend.build(lambda _: None)
    assert not frontend.build(lambda _: None)
    assert built == ["export"]


def test_a_build_that_breaks_is_made_again(built: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> None:
        raise ConfigurationError("The frontend has changed.")

    with monkeypatch.context() as patched:
        patched.setattr(frontend.origin, "use_page_origin", refuse)
        with pytest.raises(ConfigurationError):
            frontend.build(lambda _: None)
    assert frontend.build(lambda _: None)
    assert built == ["export", "export"]


def npm_chooses(monkeypatch: pytest.MonkeyPatch, checkout: Path, **versions: str) -> None:
    """The next export leaves such a lock, as Reflex does after it asked npm."""
    export = frontend._export

    def choosing() -> None:
        export()
        (checkout / LOCK).write_text(json.dumps(lock_of(**versions)))

    monkeypatch.setattr(frontend, "_export", choosing)


def test_a_build_with_another_version_than_the_locks_is_refused(
    built: list[str], checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (checkout / LOCK).read_text()
    npm_chooses(monkeypatch, checkout, react="19.3.1", vite="8.9.9")
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="node_modules/vite"):
            frontend.build(lambda _: None)
        assert (checkout / LOCK).read_text() == before


def test_a_new_component_may_add_a_package(built: list[str], checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    npm_chooses(monkeypatch, checkout, react="19.3.1", vite="8.3.4", sonner="2.0.8")
    assert frontend.build(lambda _: None)
    assert "sonner" in (checkout / LOCK).read_text()


@pytest.mark.parametrize(
    "chosen", [{"react": "19.3.1", "vite": "8.3.4", "sonner": "2.0.8"}, {"react": "19.3.1"}], ids=["more", "fewer"]
)
def test_a_frozen_build_has_the_packages_of_the_lock_and_no_other(
    built: list[str], checkout: Path, monkeypatch: pytest.MonkeyPatch, chosen: dict[str, str]
) -> None:
    before = (checkout / LOCK).read_text()
    npm_chooses(monkeypatch, checkout, **chosen)
    with pytest.raises(ConfigurationError, match="other packages than the lock names"):
        frontend.build(lambda _: None, frozen=True)
    assert (checkout / LOCK).read_text() == before


def test_the_pages_of_this_checkout_were_built_with_the_locked_packages() -> None:
    """Compares the lock with what the real npm installed for `make setup`."""
    assert frontend.is_built(), "Run `make setup` first."
    locked = frontend._versions((ROOT / LOCK).read_text())
    installed = frontend._versions((WEB / "node_modules" / ".package-lock.json").read_text())
    assert "node_modules/react" in installed
    assert {name: locked.get(name) for name in installed} == installed


def test_the_builder_sees_no_setting_of_ours_and_our_node_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROMS_PUBLIC_URL", "https://inbox.example")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere")
    env = frontend.tool_environment()
    assert "ROMS_PUBLIC_URL" not in env
    assert "REDIS_URL" not in env
    assert env["PATH"].startswith(str(BIN))


def test_the_order_in_which_reflex_writes_its_packages_changes_nothing(checkout: Path) -> None:
    path = checkout / "reflex.lock" / "package.json"
    texts: list[str] = []
    for written in ('{"b": {"d": 1, "c": 2}, "a": 3}', '{"a": 3, "b": {"c": 2, "d": 1}}'):
        path.write_text(written)
        frontend.install_packages(checkout)
        texts.append(path.read_text())
    assert texts[0] == texts[1]


def test_the_committed_packages_name_no_registry() -> None:
    text = (ROOT / "reflex.lock" / "package-lock.json").read_text()
    assert '"resolved"' not in text
    assert '"integrity"' in text
