"""npm resolves nothing anew on the user's machine: every package of the lock also has a newer release here."""

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from devtools.waiting import PATIENCE
from roms_app.ops import frontend
from roms_app.ops.paths import BIN, ROOT

LOCKED = ROOT / "reflex.lock"
#: The last number of the newer releases: a range that admits a locked version admits them, too.
NEWER = "9999"
_ABOUT = ("dependencies", "optionalDependencies", "peerDependencies", "peerDependenciesMeta", "bin", "os", "cpu")


@contextmanager
def registry(lock: dict[str, Any]) -> Iterator[tuple[str, set[str]]]:
    """A registry of the lock's packages, each also in a newer release; its address, and the names it was asked for."""
    known: dict[str, dict[str, Any]] = {}
    for path, package in lock["packages"].items():
        if not path:
            continue
        name = path.rpartition("node_modules/")[2]
        about = {key: package[key] for key in _ABOUT if key in package}
        newer = f"{package['version'].split('-')[0].rpartition('.')[0]}.{NEWER}"
        versions = known.setdefault(name, {})
        versions[newer] = _release(name, newer, about, "sha512-newer")
        versions[package["version"]] = _release(name, package["version"], about, package["integrity"])
    asked: set[str] = set()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = unquote(self.path.removeprefix("/"))
            asked.add(name)
            versions = known.get(name, {})
            body = json.dumps({"name": name, "dist-tags": {"latest": newest(versions)}, "versions": versions}).encode()
            self.send_response(200 if versions else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Tests are quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def newest(versions: dict[str, Any]) -> str:
    """One of the newer releases."""
    return next((version for version in versions if version.endswith(NEWER)), "")


def _release(name: str, version: str, about: dict[str, Any], integrity: str) -> dict[str, Any]:
    dist = {"tarball": f"http://127.0.0.1:1/{name}-{version}.tgz", "integrity": integrity}
    return {"name": name, "version": version, **about, "dist": dist}


def install(folder: Path, address: str, *packages: str) -> dict[str, tuple[str, str]]:
    """Ask npm as Reflex does, without unpacking; returns the versions and checksums that it chose."""
    env = {key: value for key, value in os.environ.items() if not key.lower().startswith("npm_config_")}
    env |= {
        "HOME": str(folder),
        "NPM_CONFIG_REGISTRY": address,
        "NPM_CONFIG_CACHE": str(folder / "cache"),
        "NPM_CONFIG_PACKAGE_LOCK_ONLY": "true",
        "NPM_CONFIG_OMIT_LOCKFILE_REGISTRY_RESOLVED": "true",
        "NPM_CONFIG_AUDIT": "false",
        # npm looks for a newer npm itself, but not in CI.
        "NPM_CONFIG_UPDATE_NOTIFIER": "false",
        "NO_PROXY": "127.0.0.1",
    }
    command = [BIN / "npm", "install", "--legacy-peer-deps", *packages]
    ran = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=PATIENCE)
    assert ran.returncode == 0, ran.stderr
    return frontend._versions((folder / "package-lock.json").read_text())


def test_what_is_locked_stays_whatever_the_registry_offers(tmp_path: Path) -> None:
    for name in ("package.json", "package-lock.json"):
        (tmp_path / name).write_text((LOCKED / name).read_text())
    lock = json.loads((LOCKED / "package-lock.json").read_text())
    wanted = json.loads((LOCKED / "package.json").read_text())["dependencies"]
    with registry(lock) as (address, asked):
        assert install(tmp_path, address) == frontend._versions(json.dumps(lock))
        # Then Reflex asks for the packages that it pins itself. Of the others it asks for those only that are missing.
        pinned = [f"{name}@{version}" for name, version in wanted.items() if version[0].isdigit()]
        assert install(tmp_path, address, *pinned) == frontend._versions(json.dumps(lock))
        assert not asked
        # Without the lock npm asks the registry and takes the newer ones.
        (tmp_path / "package-lock.json").unlink()
        assert newest({version: None for version, _ in install(tmp_path, address).values()})
