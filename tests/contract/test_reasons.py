"""Every reason that the worker gives for a failure has its words on the screen. Read from both sources."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WORKER = ROOT / "wa_worker"


def nodes(*modules: str) -> Iterator[ast.AST]:
    for module in modules:
        yield from ast.walk(ast.parse((WORKER / module).read_text(encoding="utf-8")))


def texts(node: ast.AST | None) -> set[str]:
    """The texts that an expression may turn out as; those it is chosen by are not."""
    match node:
        case ast.Constant(value=str(text)):
            return {text}
        case ast.IfExp():
            return texts(node.body) | texts(node.orelse)
        case ast.Dict():
            return set().union(*(texts(value) for value in node.values))
        case _:
            return set()


def given(name: str, *modules: str) -> set[str]:
    """The first argument of all calls of `name`, where it stands there as a text."""
    calls = [node for node in nodes(*modules) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name]
    return set().union(*(texts(call.args[0]) for call in calls if call.args))


def assigned(name: str, *modules: str) -> set[str]:
    """What a variable may be set to."""
    found = [node for node in nodes(*modules) if isinstance(node, ast.Assign | ast.AnnAssign)]
    targets = [(node.targets[0] if isinstance(node, ast.Assign) else node.target, node.value) for node in found]
    return set().union(*(texts(value) for target, value in targets if getattr(target, "id", "") == name))


def media_reasons() -> set[str]:
    """`MediaFailed.reason`."""
    modules = ("downloads.py", "wanted_files.py")
    return given("DownloadError", *modules) | assigned("reason", *modules) | assigned("_GONE", *modules)


def refusals() -> set[str]:
    """`CommandFailed.reason` of messages."""
    return given("Refusal", "refusals.py", "outbound.py", "sending.py")


def test_reasons_are_found() -> None:
    """The premise."""
    assert media_reasons() == {
        "expired", "gone", "too_big", "timeout", "interrupted", "page_failed", "corrupt", "store_full", "store_failed",
        "too_many", "failed",
    }  # fmt: skip
    assert {"refused", "unknown_number", "media_store", "page_failed", "timeout"} <= refusals()


@pytest.mark.parametrize("language", ["en", "id"])
def test_a_file_that_failed_says_why(language: str) -> None:
    script = (ROOT / "assets" / "roms" / "format.js").read_text(encoding="utf-8")
    words = re.search(rf"^    {language}: {{$(.*?)^    }},$", script, re.MULTILINE | re.DOTALL)
    assert words
    said = set(re.findall(r'\bwhy_(\w+): "[^"]+"', words[1]))
    assert not media_reasons() - said


def test_a_message_that_was_not_taken_says_why() -> None:
    source = (ROOT / "roms_app" / "components" / "words.py").read_text(encoding="utf-8")
    function = next(
        node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef) and node.name == "failure_word"
    )
    said = {node.value for node in ast.walk(function) if isinstance(node, ast.Constant)}
    # `refused`: WhatsApp gave no reason, and that is what the words for all others say.
    assert not refusals() - {"refused"} - said
