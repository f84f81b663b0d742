"""docs/troubleshooting.md quotes what ROMS says: each sentence in italics is in the code. "…" stands for a value."""

import ast
import re
from collections.abc import Iterator

from roms_app.ops.paths import ROOT

TEXT = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")


def said() -> Iterator[str]:
    """Every text of the code, with "…" for what is put into it."""
    for folder in ("roms_app", "wa_worker", "scripts"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield re.sub(r"\{\w+\}", "…", node.value)
                elif isinstance(node, ast.JoinedStr):
                    yield "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
    yield (ROOT / "assets" / "roms" / "format.js").read_text(encoding="utf-8")


def test_what_is_quoted_is_said() -> None:
    quoted = re.findall(r"(?<!\*)\*([^*\n]+)\*(?!\*)", TEXT)
    assert len(quoted) > 30, "the premise"
    texts = "\n".join(said()).casefold()
    assert [quote for quote in quoted if quote.casefold().removesuffix("…").strip() not in texts] == []


def test_buttons_are_on_the_screen() -> None:
    buttons = re.findall(r"\*\*([^*]+)\*\*", TEXT)
    assert len(buttons) > 5, "the premise"
    texts = set(said())
    assert [button for button in buttons if button not in texts] == []
