"""A package index on this machine that holds every package of the locks, small but with the true dependencies.

Each wheel carries the name, the version and the requirements of the package that is installed here, and no code. Two
are whole, because set-up runs them: uv and setuptools. Of each package there is a newer release, too, as there will be
on the real index one day; one of them is yanked.
"""

import hashlib
import io
import re
import shutil
import ssl
import threading
import zipfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import metadata
from pathlib import Path

from packaging.markers import Marker
from packaging.utils import canonicalize_name

from roms_app.ops.paths import ROOT

LOCKS = ("requirements.lock", "requirements-dev.lock")
#: Set-up itself runs these.
WHOLE = ("uv", "setuptools")
NEWER = "9999.0"
YANKED = "rich"
_PINNED = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^\s;]+)(?: ; (?P<marker>[^\\\n]*))?", re.MULTILINE)


@dataclass(frozen=True)
class Pin:
    """One line of a lock."""

    name: str
    version: str
    marker: str

    @property
    def is_for_this_machine(self) -> bool:
        return not self.marker or Marker(self.marker).evaluate()


def pins(lock: str) -> list[Pin]:
    """The pins of a committed lock, also for other machines."""
    text = (ROOT / lock).read_text()
    return [Pin(found["name"], found["version"], (found["marker"] or "").strip()) for found in _PINNED.finditer(text)]


@dataclass
class Index:
    """The files by name, and how the index treats those who ask."""

    files: dict[str, bytes] = field(default_factory=dict)
    url: str = ""
    #: Packages that it answers 404 for, and files that it gives with other contents, however asked.
    absent: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    #: A file whose delivery waits until the event is set; `reached` tells that somebody waits for it.
    held: dict[str, threading.Event] = field(default_factory=dict)
    reached: threading.Event = field(default_factory=threading.Event)

    @cached_property
    def hashes(self) -> Mapping[str, str]:
        return {name: hashlib.sha256(contents).hexdigest() for name, contents in self.files.items()}

    def lock(self, name: str, only: Collection[str] = ()) -> str:
        """A committed lock with the hashes of these files: the same names, versions and markers; or `only` some."""

        def pinned(found: re.Match[str]) -> str:
            file = wheel_name(found["name"], found["version"])
            return f"{found[0].rstrip()} \\\n    --hash=sha256:{self.hashes[file]}"

        without_hashes = re.sub(r"\s*\\\n\s+--hash=\S+", "", (ROOT / name).read_text())
        blocks = re.split(r"^(?=[\w.-]+==)", _PINNED.sub(pinned, without_hashes), flags=re.MULTILINE)
        return "".join(block for block in blocks if not only or block.partition("==")[0] in only)

    def page(self, package: str) -> str | None:
        """The simple API's page of a package; None for one that isn't there."""
        prefix = f"{package.replace('-', '_')}-"
        names = [name for name in self.files if name.startswith(prefix)]
        if package in self.absent or not names:
            return None
        links = [
            f'<a href="/files/{name}#sha256={self.hashes[name]}"'
            f"{' data-yanked=broken' if name == wheel_name(YANKED, NEWER) else ''}>{name}</a><br>"
            for name in names
        ]
        return f"<!DOCTYPE html><html><body>{''.join(links)}</body></html>"

    @contextmanager
    def serve(self, certificate: Path | None = None) -> Iterator["Index"]:
        """Serve it on loopback, over https if `certificate` names a file with certificate and key."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"index": self}))
        server.daemon_threads = True
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        # Over https by name, as proxies have one: pip 25.1 fails at the certificate of an address.
        host = "https://localhost" if certificate else "http://127.0.0.1"
        self.url = f"{host}:{server.server_port}/simple"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield self
        finally:
            for event in self.held.values():
                event.set()
            server.shutdown()
            server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """Answers as PEP 503 asks."""

    protocol_version = "HTTP/1.1"
    index: Index

    def do_GET(self) -> None:
        kind, _, rest = self.path.strip("/").partition("/")
        if kind == "simple" and (page := self.index.page(rest)) is not None:
            self._answer(200, "text/html", page.encode())
        elif kind == "files" and rest in self.index.files:
            if event := self.index.held.get(rest):
                self.index.reached.set()
                event.wait()
            contents = self.index.files[rest]
            self._answer(200, "application/octet-stream", contents + b"x" * (rest in self.index.changed))
        else:
            self._answer(404, "text/plain", b"not here")

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            # Whoever asked is gone, as after a kill.
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def make_index() -> Index:
    """An index of all that the locks name, and of a newer release of each."""
    index = Index()
    for lock in LOCKS:
        for pin in pins(lock):
            whole = pin.name in WHOLE
            index.files[wheel_name(pin.name, pin.version)] = _whole(pin) if whole else _small(pin.name, pin.version)
            index.files[wheel_name(pin.name, NEWER)] = _small(pin.name, NEWER)
    return index


def wheel_name(name: str, version: str) -> str:
    return f"{canonicalize_name(name).replace('-', '_')}-{version}-py3-none-any.whl"


def _small(name: str, version: str) -> bytes:
    """A wheel with the installed package's requirements and nothing else in it."""
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    try:
        installed = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        # Pinned for another kind of machine.
        pass
    else:
        for key in ("Provides-Extra", "Requires-Dist"):
            lines += [f"{key}: {value}" for value in installed.get_all(key) or ()]
    return _wheel(name, version, {"METADATA": "\n".join(lines).encode()}, {})


def _whole(pin: Pin) -> bytes:
    """The installed package, packed again."""
    found = metadata.distribution(pin.name)
    inside: dict[str, bytes] = {}
    about: dict[str, bytes] = {}
    for path in found.files or ():
        source = Path(str(found.locate_file(path)))
        if path.suffix == ".pyc" or not source.is_file():
            continue
        if path.parts[0] == "..":
            data = f"{canonicalize_name(pin.name).replace('-', '_')}-{pin.version}.data"
            inside[f"{data}/scripts/{path.name}"] = source.read_bytes()
        elif ".dist-info" not in path.parts[0]:
            inside[path.as_posix()] = source.read_bytes()
        elif path.name in ("METADATA", "entry_points.txt"):
            about[path.name] = source.read_bytes()
    return _wheel(pin.name, pin.version, about, inside)


def _wheel(name: str, version: str, about: Mapping[str, bytes], inside: Mapping[str, bytes]) -> bytes:
    folder = f"{canonicalize_name(name).replace('-', '_')}-{version}.dist-info"
    tags = b"Wheel-Version: 1.0\nGenerator: roms\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    members = {**inside, **{f"{folder}/{file}": text for file, text in about.items()}, f"{folder}/WHEEL": tags}
    members[f"{folder}/RECORD"] = "".join(f"{path},,\n" for path in [*members, f"{folder}/RECORD"]).encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, contents in members.items():
            # A fixed date: the same index each time.
            member = zipfile.ZipInfo(path)
            member.external_attr = 0o100755 << 16
            archive.writestr(member, contents)
    return packed.getvalue()


def make_checkout(index: Index, folder: Path, only: Collection[str] = ()) -> Path:
    """A checkout at `folder` with the real scripts, and locks of this index's files; or of `only` some."""
    shutil.copytree(ROOT / "scripts", folder / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / name)
    for package in ("roms_app", "wa_worker"):
        (folder / package).mkdir()
        shutil.copy(ROOT / package / "__init__.py", folder / package / "__init__.py")
    for lock in LOCKS:
        (folder / lock).write_text(index.lock(lock, only))
    return folder
