"""The wa-js bundle: only the one that was tested is ever used."""

import base64
import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from roms_app.config import Settings
from roms_app.errors import ConfigurationError
from roms_app.ops import npm_package, wa_js

BUNDLE = b"console.log('a bundle')"


def package_with(folder: Path, bundle: bytes = BUNDLE) -> Path:
    path = folder / "package.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for name, content in {"package/LICENSE": b"Apache", "package/dist/wppconnect-wa.js": bundle}.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A package whose checksums are those that are pinned."""
    package = package_with(tmp_path)
    digest = hashlib.sha512(package.read_bytes()).digest()
    monkeypatch.setattr(wa_js, "PACKAGE_SHA512", base64.b64encode(digest).decode())
    monkeypatch.setattr(wa_js, "BUNDLE_SHA256", hashlib.sha256(BUNDLE).hexdigest())
    return package


def test_the_bundle_and_its_licence_are_laid(trusted: Path, tmp_path: Path) -> None:
    path = tmp_path / "data" / "wa-js" / "wppconnect-wa.js"
    wa_js.unpack(trusted, path)
    wa_js.check_bundle(path)
    assert sorted(file.name for file in path.parent.iterdir()) == ["LICENSE", "wppconnect-wa.js"]


def test_a_package_that_was_changed_is_not_unpacked(trusted: Path, tmp_path: Path) -> None:
    path = tmp_path / "data" / "wppconnect-wa.js"
    with pytest.raises(ConfigurationError, match="wrong checksum"):
        wa_js.unpack(package_with(tmp_path, b"stealsTokens()"), path)
    assert not path.exists()


def test_a_bundle_that_was_changed_is_refused_with_the_mend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ROMS_WA_JS_PATH", raising=False)
    settings = Settings(data_dir=tmp_path)
    path = wa_js.bundle_path(settings)
    path.parent.mkdir()
    path.write_bytes(b"stealsTokens()")
    with pytest.raises(ConfigurationError, match="wrong checksum") as caught:
        wa_js.ensure_bundle(settings, lambda _: None)
    assert "make setup" in caught.value.mend
    assert path.read_bytes() == b"stealsTokens()"


def test_a_bundle_that_is_there_is_not_fetched_again(
    trusted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "elsewhere.js"
    monkeypatch.setenv("ROMS_WA_JS_PATH", str(path))
    wa_js.unpack(trusted, path)
    said: list[str] = []
    assert wa_js.ensure_bundle(Settings(data_dir=tmp_path), said.append) == path
    assert said == []


def test_npm_that_gives_nothing_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ROMS_WA_JS_PATH", raising=False)
    monkeypatch.setattr(npm_package, "BIN", tmp_path / "no-npm-here")
    with pytest.raises(ConfigurationError, match="can't be fetched from npm"):
        wa_js.ensure_bundle(Settings(data_dir=tmp_path), lambda _: None)
