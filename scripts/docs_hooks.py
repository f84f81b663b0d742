"""MkDocs hook: replaces a link from docs/ to a file of the repository by the file's path.

On GitHub such a link opens the file; the documentation site has pages only.
"""

import posixpath
import re
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parent.parent
_LINK = re.compile(r"(?<!!)\[[^\]]+\]\((?P<target>(?:\.\./)+[^)#\s]+)(?:#[^)]*)?\)")


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Called by MkDocs with each page's text."""
    return without_links_out(markdown, page.file.src_uri)


def without_links_out(markdown: str, page: str) -> str:
    """The text, with links to the repository's files replaced by paths.

    `page`: its path below docs/. Raises FileNotFoundError.
    """

    def replace(link: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join("docs", posixpath.dirname(page), link["target"]))
        if path.startswith("docs/"):
            return link[0]
        if not (_ROOT / path).exists():
            raise FileNotFoundError(f"docs/{page} links to {path}, which is not there.")
        return f"`{path}`"

    return _LINK.sub(replace, markdown)
