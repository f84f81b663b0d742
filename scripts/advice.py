"""Finds the reason why pip or uv could not install in their output, and what a person can do about it."""

import re
import shutil
import sys
import tempfile
from pathlib import Path

_AGAIN = "then run the command again"
#: Free bytes below which a disk counts as full when nothing else explains a failure.
_FULL = 20_000_000


class Stop(Exception):
    """The set-up can't go on. `kind` is a code for the reason, `sentence` the problem, `mend` the fix."""

    def __init__(self, kind: str, sentence: str, mend: str) -> None:
        super().__init__(sentence)
        self.kind, self.sentence, self.mend = kind, sentence, mend


#: The first match is the reason: pip ends with "No matching distribution" even without a network. A group `name` is the
#: package. The texts are those of pip 23 to 26 and uv 0.13.
_REASONS = (
    ("disk", r"No space left on device|Disk quota exceeded|File too large|os error (28|122|27)\b"),
    ("hash", r"(?s)DO NOT MATCH THE HASHES.*?\n\s+(?P<name>[\w.-]+)==|Hash mismatch for `(?P<other>[\w.-]+)"),
    ("permission", r"Permission denied|Read-only file system|Operation not permitted|os error (13|30|1)\b"),
    (
        "certificate",
        r"CERTIFICATE_VERIFY_FAILED|certificate verify failed|invalid peer certificate|UnknownIssuer|"
        r"self.signed certificate|SSLError|SSLCertVerificationError|unable to get local issuer|"
        r"OSError: Could not find a suitable TLS CA certificate bundle",
    ),
    (
        "refused",
        r"\b(401|403|407) (Client Error|Unauthorized|Forbidden|Proxy Authentication)|"
        r"status (code )?\(?(401|403|407)|Proxy Authentication Required|EOFError: EOF when reading",
    ),
    (
        "missing",
        r"Could not find a version that satisfies the requirement (?P<name>[\w.-]+)\S* "
        r"\(from versions: (?!none)|there is no version of (?P<other>[\w.-]+)",
    ),
    (
        "network",
        r"name resolution|Name or service not known|No address associated|NewConnectionError|dns error|"
        r"failed to lookup address|Connection refused|Connection reset|Network is unreachable|No route to host|"
        r"ConnectTimeout|ReadTimeout|timed out|Max retries exceeded|ProxyError|Cannot connect to proxy|"
        r"tcp connect error|error sending request|Could not connect|Connection broken|ConnectionError|ProtocolError",
    ),
    (
        "platform",
        r"requires? a different [Pp]ython|is not a supported wheel on this platform|"
        r"(?P<name>[\w.-]+)\S* has no (usable )?wheels|no wheels? (with|are|for)|"
        r"Failed building wheel for (?P<other>\S+)|Failed to build|subprocess-exited-with-error|"
        r"not compatible with this Python",
    ),
    (
        "missing",
        r"No matching distribution found for (?P<name>[\w.-]+)|Because (?P<other>[\w.-]+) was not found in|"
        r"(404 Client Error|404 Not Found)",
    ),
)


def of(output: str, root: Path, otherwise: str = "The packages could not be installed.") -> Stop:
    """The reason in `output`. `otherwise` is the sentence if the reason is unknown."""
    kind, name = _reason(output)
    if kind == "unknown" and any(_free(place) < _FULL for place in _places(root)):
        kind = "disk"
    python = "{}.{}".format(*sys.version_info[:2])
    package = name or "a package"
    sentence, mend = {
        "disk": (
            "There is no room left on the disk.",
            f"Free about 2 GB on {_fullest(root)} (`df -h` shows all disks), {_AGAIN}.",
        ),
        "hash": (
            f"The index gave a file of {package} that is not the one in the lock; it was not used.",
            "A cache or a mirror holds another file: empty the caches (`python3 -m pip cache purge`, "
            f"`.venv/bin/uv cache clean`) or use another index (`python3 -m pip config list` shows yours), {_AGAIN}.",
        ),
        "permission": (
            f"This user may not write where the set-up must: {_written(output) or root}.",
            "Give it the right (if another user made the files: `sudo chown -R $USER .`), or clone ROMS to a folder "
            f"that this user may write to, {_AGAIN}.",
        ),
        "certificate": (
            "The package index's certificate is not trusted; a proxy with a certificate of its own may stand between.",
            "Name the file with its CA certificate: `export PIP_CERT=/path/to/ca.pem` (or REQUESTS_CA_BUNDLE, or "
            f"`python3 -m pip config set global.cert /path/to/ca.pem`), {_AGAIN}.",
        ),
        "refused": (
            "The package index or the proxy refuses access.",
            "Check the user and password in its address (`python3 -m pip config list`, HTTPS_PROXY) or in ~/.netrc, "
            f"{_AGAIN}.",
        ),
        "network": (
            "The package index can't be reached.",
            "Check this machine's network and, if it has one, the proxy and the index that pip is set to (HTTPS_PROXY; "
            f"`python3 -m pip config list`), {_AGAIN}.",
        ),
        "platform": (
            f"There is no ready-made file of {package} for Python {python} on this kind of machine.",
            f"Use Python 3.11, 3.12 or 3.13 on x86-64 or ARM64 (`make run PYTHON=python3.12`), {_AGAIN}.",
        ),
        "missing": (
            f"The package index has not the version of {package} that the lock names.",
            "Use an index that has it (`python3 -m pip config list` shows which one is set; a mirror may need time "
            f"or a permission to bring it), {_AGAIN}.",
        ),
    }.get(kind, (otherwise, f"The reason stands above. Mend it, {_AGAIN}."))
    return Stop(kind, sentence, mend)


def _reason(output: str) -> tuple[str, str]:
    for kind, pattern in _REASONS:
        if found := re.search(pattern, output):
            names = found.groupdict()
            return kind, names.get("name") or names.get("other") or ""
    return "unknown", ""


def _written(output: str) -> str:
    """The path in an error of the operating system, if there is one."""
    found = re.search(
        r"(?:Permission denied|Read-only file system|Operation not permitted)[^'`\n]*['`]([^'`\n]+)", output
    )
    return found[1] if found else ""


def _places(root: Path) -> tuple[Path, ...]:
    """The folders to which an installation writes: the environment, the caches, the temporary folder."""
    return root, Path.home(), Path(tempfile.gettempdir())


def _free(place: Path) -> int:
    try:
        return shutil.disk_usage(place).free
    except OSError:
        return _FULL


def _fullest(root: Path) -> Path:
    return min(_places(root), key=_free)
