"""Makes one frontend build work on every host and port (docs/decisions/004).

Reflex writes the backend's address into the browser's code. This module replaces these literals by expressions that use
the page's own address, including the port. If it finds none, Reflex has changed and the build must not be used.
"""

import gzip
import re
from pathlib import Path
from typing import Final

from roms_app.errors import ConfigurationError

#: The port used for the build. Its value does not matter, but it must be recognisable.
BUILD_PORT: Final = 3000
#: Endpoints that the pages need to connect to the app.
REQUIRED: Final = frozenset({"/_event", "/ping", "/_upload"})
#: Host names for which Reflex uses the page's own host; with https it then drops the port.
_SUBSTITUTED: Final = re.compile(
    r"""\[(["'`])localhost\1,\s*["'`]0\.0\.0\.0["'`],\s*["'`]::["'`],\s*["'`][0:]{15}["'`]\]"""
)
_LITERAL: Final = re.compile(r"""(["'`])(http|ws)://localhost:3000(/[\w/-]*)?\1""")
_LEFT_OVER: Final = f"localhost:{BUILD_PORT}"
_ORIGIN: Final = {"http": "location.origin", "ws": 'location.origin.replace(/^http/,"ws")'}


def use_page_origin(client: Path) -> int:
    """Rewrite the JavaScript below `client`. Returns the number of replaced literals.

    Raises ConfigurationError when a required endpoint is missing, or the address is left anywhere.
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
