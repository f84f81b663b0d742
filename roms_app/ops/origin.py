"""Makes one frontend build serve every host and port (docs/decisions/004).

Reflex bakes the address of the backend into the browser's code. Here those literals become expressions that ask
the page where it came from, port and all. If none is found, Reflex has changed and the build must not be used.
"""

import gzip
import re
from pathlib import Path
from typing import Final

from roms_app.errors import ConfigurationError

#: The port that the build is made with; what it is does not matter, only that it is found again.
BUILD_PORT: Final = 3000
#: Endpoints without which the pages can't talk to the app.
REQUIRED: Final = frozenset({"/_event", "/ping", "/_upload"})
#: Names under which Reflex takes a backend for the page's own host; under https it then drops the port.
_SUBSTITUTED: Final = re.compile(
    r"""\[(["'`])localhost\1,\s*["'`]0\.0\.0\.0["'`],\s*["'`]::["'`],\s*["'`][0:]{15}["'`]\]"""
)
_LITERAL: Final = re.compile(r"""(["'`])(http|ws)://localhost:3000(/[\w/-]*)?\1""")
_LEFT_OVER: Final = f"localhost:{BUILD_PORT}"
_ORIGIN: Final = {"http": "location.origin", "ws": 'location.origin.replace(/^http/,"ws")'}


def follow_the_page(client: Path) -> int:
    """Rewrite the JavaScript under `client`; returns how many literals were replaced.

    Raises ConfigurationError when a required one is missing, or the address is left anywhere.
    """
    found: set[str] = set()
    count = substituted = 0
    for script in sorted(client.rglob("*.js")):
        original = script.read_text(encoding="utf-8")
        before, names = _SUBSTITUTED.subn("[]", original)
        substituted += names
        if _LEFT_OVER not in before:
            if names:
                _write(script, before)
            continue
        paths = [match[3] or "" for match in _LITERAL.finditer(before)]
        found.update(paths)
        count += len(paths)
        after = _LITERAL.sub(lambda match: f'({_ORIGIN[match[2]]}+"{match[3] or ""}")', before)
        if _LEFT_OVER in after:
            raise _changed(f"{script.name} holds the build's address in a form that is not known")
        _write(script, after)
    if missing := sorted(REQUIRED - found):
        raise _changed(f"the addresses of {', '.join(missing)} were not found")
    if substituted != 1:
        raise _changed("the names of its own host were not found")
    return count


def _write(script: Path, text: str) -> None:
    script.write_text(text, encoding="utf-8")
    compressed = script.with_name(f"{script.name}.gz")
    if compressed.exists():
        compressed.write_bytes(gzip.compress(text.encode(), mtime=0))
    for stale in (script.with_name(f"{script.name}.br"), script.with_name(f"{script.name}.zst")):
        stale.unlink(missing_ok=True)


def _changed(what: str) -> ConfigurationError:
    return ConfigurationError(
        f"The frontend was built, but {what}; pages would only work on port {BUILD_PORT}.",
        "Use the version of Reflex in requirements.lock (`make setup`).",
    )
