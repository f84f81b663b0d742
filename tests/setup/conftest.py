"""Fixtures of the tests that run the real bootstrap against an index on this machine."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from devtools.waiting import PATIENCE
from roms_app.ops.paths import ROOT
from tests.setup.package_index import Index, make_checkout, make_index

#: What would lead pip or uv to other indexes, certificates or settings than the test's.
_SETTINGS = ("PIP_", "UV_", "SSL_CERT_", "PYTHON")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NO_PROXY")


@dataclass
class Checkout:
    """A copy of ROMS's set-up with an environment of its own, not yet set up."""

    folder: Path
    env: dict[str, str]
    python: str = sys.executable

    @property
    def venv(self) -> Path:
        return self.folder / ".venv"

    def command(self, *arguments: str) -> list[str]:
        return [self.python, str(self.folder / "scripts" / "bootstrap.py"), *arguments]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*arguments),
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # Ctrl-C is heard as in a terminal, also where the tests themselves run in the background.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def bootstrap(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            env={**self.env, **env},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    def use_empty(self, venv: Path) -> None:
        """Begin with a copy of that environment, as a set-up leaves it that fails before the first package."""
        shutil.copytree(venv, self.venv, symlinks=True)
        (self.venv / "roms-origin").write_text(f"{sys.implementation.cache_tag} {self.folder}")
        (self.venv / "roms-lock.sha256").write_text("")

    def installed(self) -> dict[str, str]:
        """The installed packages: versions by name."""
        found = self.venv.glob("lib/python*/site-packages/*.dist-info")
        return dict(path.name.removesuffix(".dist-info").rsplit("-", 1) for path in found)


@pytest.fixture(scope="session")
def packed_index() -> Index:
    """The files of the index, made once."""
    return make_index()


@pytest.fixture
def index(packed_index: Index) -> Iterator[Index]:
    """The index, served over http."""
    with Index(packed_index.files).serve() as served:
        yield served


@pytest.fixture(scope="session")
def empty_venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment as Python makes it, with pip. Making one takes longer than all else in most of these tests."""
    folder = tmp_path_factory.mktemp("venv") / ".venv"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True, timeout=PATIENCE)
    return folder


@pytest.fixture
def checkout(index: Index, tmp_path: Path, empty_venv: Path) -> Checkout:
    """A checkout whose pip is set to that index, and to nothing else; its environment is made, and still empty."""
    made = make_isolated(index, tmp_path)
    made.use_empty(empty_venv)
    return made


def make_isolated(index: Index, folder: Path, name: str = "roms", only: Collection[str] = ()) -> Checkout:
    """A checkout in `folder` whose pip and uv know that index only, and share no cache with the person's."""
    (folder / name).mkdir()
    (folder / "home").mkdir(exist_ok=True)
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_SETTINGS) and name.upper() not in _PROXIES
    }
    env |= {
        "HOME": str(folder / "home"),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": index.url,
        "PIP_RETRIES": "1",
        "UV_HTTP_RETRIES": "1",
        "UV_CACHE_DIR": str(folder / "uv-cache"),
        "UV_NO_CONFIG": "1",
    }
    return Checkout(make_checkout(index, folder / name, only), env)


@pytest.fixture(scope="session")
def pips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The pips of pips.lock, unpacked: folders by version."""
    folder = tmp_path_factory.mktemp("pips")
    found: dict[str, Path] = {}
    for line in (ROOT / "tests" / "setup" / "pips.lock").read_text().splitlines():
        if line.startswith("#"):
            continue
        version = line.split()[0].removeprefix("pip==")
        (folder / "one.txt").write_text(line)
        found[version] = folder / version
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--no-compile"]
        subprocess.run([*command, "--target", found[version], "-r", folder / "one.txt"], check=True, timeout=PATIENCE)
    return found
