"""The documents: links and anchors lead somewhere, named files are there, and every page is on the site."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from roms_app.ops.paths import ROOT
from scripts.docs_hooks import without_links_out

DOCS = ROOT / "docs"
#: Decisions tell of their day, the changelog of all days.
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted(DOCS.rglob("*.md"))]
CURRENT = [page for page in PAGES if page.parent.name != "decisions"]
_CODE = re.compile(r"```.*?```|^ {4,}.*?$|`[^`\n]*`", re.DOTALL | re.MULTILINE)
#: Below these, what people make themselves.
_MADE = ("data/", "site/", "bench-results/", "test-results/", ".venv/", "simulator/simulator.db")


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def links(page: Path) -> Iterator[tuple[str, str]]:
    """(path, anchor) of each link to a file or a chapter of ours."""
    text = _CODE.sub("", page.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"https?:|mailto:", target):
            path, _, anchor = target.partition("#")
            yield path, anchor


def anchors(page: Path) -> set[str]:
    """As GitHub and MkDocs name the chapters."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.casefold()).strip().replace(" ", "-") for title in titles}


def ends_of_paths() -> set[str]:
    """ "/push.py", "/live/push.py", "/roms_app/live/push.py" of each file and folder, without what was built."""
    skipped = {".git", ".venv", ".venv-docs", ".web", ".states", "node_modules", "site", "data", "__pycache__"}
    found: set[str] = set()
    todo = [ROOT]
    while todo:
        for path in todo.pop().iterdir():
            if path.name not in skipped:
                parts = path.relative_to(ROOT).parts
                found.update("/" + "/".join(parts[start:]) for start in range(len(parts)))
                if path.is_dir():
                    todo.append(path)
    return found


@pytest.fixture(scope="module")
def files() -> set[str]:
    return ends_of_paths()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    for path, anchor in links(page):
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), path
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), f"{path}#{anchor}"


@pytest.mark.parametrize("page", CURRENT, ids=name_of)
def test_named_files_are_there(page: Path, files: set[str]) -> None:
    """A path in code style: from the root, or the end of one, such as `live/push.py`."""
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"`((?:[\w.-]+/)+[\w.-]*|[\w-]+\.(?:py|js|po|toml|yml|lock))`", text)
    assert [name for name in named if not name.startswith(_MADE) and f"/{name.rstrip('/')}" not in files] == []


def test_every_page_is_on_the_site() -> None:
    def pages(entry: object) -> Iterator[str]:
        if isinstance(entry, str):
            yield entry
        elif isinstance(entry, dict):
            for inner in entry.values():
                yield from pages(inner)
        elif isinstance(entry, list):
            for inner in entry:
                yield from pages(inner)

    listed = list(pages(yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]))
    assert sorted(listed) == sorted(str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md"))


def test_recipes_are_short() -> None:
    pages = sorted((DOCS / "how-to").glob("*.md"))
    assert len(pages) > 6, "the premise"
    assert [page.name for page in pages if len(page.read_text(encoding="utf-8").splitlines()) > 60] == []


def test_a_link_out_of_the_docs_becomes_a_path() -> None:
    text = "See [.env.example](../.env.example), [opening](../../Makefile#x) and [faults](faults.md)."
    assert without_links_out(text.replace("../../", "../"), "operations.md") == (
        "See `.env.example`, `Makefile` and [faults](faults.md)."
    )
    inside = "![The page](../../screenshots/inbox-light.png) and [troubleshooting](../../troubleshooting.md)"
    assert without_links_out(inside, "guide/en/index.md") == inside
    with pytest.raises(FileNotFoundError):
        without_links_out("[gone](../gone.py)", "operations.md")


def test_the_locks_name_no_registry() -> None:
    lock = (ROOT / "requirements-docs.lock").read_text(encoding="utf-8")
    assert "--hash=sha256:" in lock
    assert not re.search(r"https?://|index-url", lock)
