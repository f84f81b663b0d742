"""The first step, which must work before anything is installed. What it installs is tested in test_index.py."""

import ast
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from roms_app.ops.paths import ROOT

SCRIPTS = sorted((ROOT / "scripts").glob("*.py"))
BOOTSTRAP = ROOT / "scripts" / "bootstrap.py"


@pytest.fixture
def scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder's modules can be imported, as when the script runs."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))


def test_it_needs_nothing_but_the_standard_library() -> None:
    own = {path.stem for path in SCRIPTS}
    for path in SCRIPTS:
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert {name.split(".")[0] for name in names} <= set(sys.stdlib_module_names) | own, path


def test_any_python_3_can_read_its_first_file() -> None:
    tree = ast.parse(BOOTSTRAP.read_text(), feature_version=(3, 4))
    # f-strings came with 3.6.
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr | ast.AnnAssign)]


def test_it_names_no_registry() -> None:
    assert not [path for path in SCRIPTS if "://" in path.read_text()]


def test_an_old_python_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    class Version(tuple[int, ...]):
        __slots__ = ()

    bootstrap = ModuleType("bootstrap")
    bootstrap.__file__ = str(BOOTSTRAP)
    exec(compile(BOOTSTRAP.read_text(), str(BOOTSTRAP), "exec"), bootstrap.__dict__)
    monkeypatch.setattr(bootstrap.sys, "version_info", Version((3, 9, 2)))
    monkeypatch.setattr(bootstrap.shutil, "which", lambda _: None)
    said: list[str] = []
    monkeypatch.setattr(bootstrap.sys.stderr, "write", said.append)
    with pytest.raises(SystemExit):
        bootstrap.require_python()
    assert "needs Python 3.11 or newer; this is 3.9" in said[0]
    assert "apt-get install" in said[0]


#: What pip 23 to 26 and uv 0.13 say, shortened.
SAID = {
    "network": [
        "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError('<pip._vendor.urllib3."
        "connection.HTTPSConnection object at 0x7f>: [Errno -3] Temporary failure in name "
        "resolution')': /simple/aiohttp/\nERROR: Could not find a version that satisfies the requirement "
        "aiohttp==3.14.5 (from versions: none)\nERROR: No matching distribution found for aiohttp==3.14.5",
        "error: Failed to fetch: `https://index/simple/av/`\n  Caused by: client error (Connect)\n"
        "  Caused by: dns error\n  Caused by: failed to lookup address information",
    ],
    "certificate": [
        "WARNING: Retrying after connection broken by 'SSLError(SSLCertVerificationError(1, '[SSL: "
        "CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate in certificate chain'))'\n"
        "ERROR: No matching distribution found for uv==0.13.9",
        "  Caused by: client error (Connect)\n  Caused by: invalid peer certificate: UnknownIssuer",
    ],
    "missing": [
        "ERROR: Could not find a version that satisfies the requirement redis==8.1.0 (from versions: 5.0, 6.0)\n"
        "ERROR: No matching distribution found for redis==8.1.0",
        "ERROR: No matching distribution found for redis==8.1.0",
        "  × No solution found when resolving dependencies:\n  ╰─▶ Because there is no version of redis==8.1.0 and you "
        "require redis==8.1.0, we can conclude that your requirements are unsatisfiable.",
        "  ╰─▶ Because redis was not found in the package registry and you require redis==8.1.0, we can conclude",
    ],
    "hash": [
        "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated the package "
        "versions, please update the hashes.\n    redis==8.1.0 from https://index/redis-8.1.0-py3-none-any.whl:\n",
        "  × Failed to download `redis==8.1.0`\n  ╰─▶ Hash mismatch for `redis==8.1.0`\n",
    ],
    "disk": [
        "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
        "error: Failed to write: No space left on device (os error 28)",
    ],
    "permission": [
        "ERROR: Could not install packages due to an OSError: [Errno 13] Permission denied: '/srv/roms/.venv/lib'",
        "error: failed to create file `/srv/roms/.venv/lib/a`: Read-only file system (os error 30)",
    ],
    "platform": [
        "ERROR: Failed building wheel for psycopg-binary",
        "  ╰─▶ Because av==18.1.0 has no wheels with a matching Python ABI tag (e.g., `cp314`)",
        "ERROR: av-18.1.0-cp311-abi3-win_amd64.whl is not a supported wheel on this platform.",
    ],
    "refused": ["ERROR: HTTP error 403 while getting\nERROR: 403 Client Error: Forbidden for url: https://index/"],
    "unknown": ["Segmentation fault"],
}


@pytest.mark.parametrize(("kind", "said"), [(kind, said) for kind, texts in SAID.items() for said in texts])
def test_the_reason_is_read_from_what_the_installer_said(scripts: None, tmp_path: Path, kind: str, said: str) -> None:
    import advice

    stop = advice.of(said, tmp_path)
    assert stop.kind == kind
    if kind != "network":
        assert "network" not in stop.mend
    if kind in ("missing", "hash"):
        assert "redis" in stop.sentence


def test_uv_is_told_what_pip_is_set_to(scripts: None) -> None:
    import pip_settings

    pip = {
        "index-url": "https://user:word@mirror/simple",
        "extra-index-url": "https://one/simple\nhttps://two/simple",
        "cert": "/etc/proxy.pem",
        "proxy": "proxy:3128",
        "no-cache-dir": "1",
        "trusted-host": "mirror",
    }
    env = pip_settings.for_uv(pip, {"PATH": "/bin", "SSL_CERT_FILE": "/other", "UV_NO_VERIFY_HASHES": "1"})
    assert env == {
        "PATH": "/bin",
        "UV_SYSTEM_CERTS": "1",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_DEFAULT_INDEX": "https://user:word@mirror/simple",
        "UV_INDEX": "https://one/simple https://two/simple",
        "UV_INSECURE_HOST": "mirror",
        "UV_NO_CACHE": "1",
        "SSL_CERT_FILE": "/etc/proxy.pem",
        "HTTP_PROXY": "proxy:3128",
        "HTTPS_PROXY": "proxy:3128",
    }
    assert pip_settings.for_uv(pip, {"UV_DEFAULT_INDEX": "https://own"})["UV_DEFAULT_INDEX"] == "https://own"


def test_the_locks_share_no_package() -> None:
    def names(lock: str) -> set[str]:
        return set(re.findall(r"^([\w.-]+)==", (ROOT / lock).read_text(), re.MULTILINE))

    assert not names("requirements.lock") & names("requirements-dev.lock")


def test_the_locks_hold_every_package_that_another_needs() -> None:
    """Set-up installs them with --no-deps, so pip itself would not notice one that is missing."""
    check = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True)
    assert check.returncode == 0, check.stdout
