"""Every reason that the worker gives for a failure has its words on the screen. Read from both sources."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from roms_app.services import inboxes, relaying
from wa_worker.page import state

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
        case ast.BinOp(op=ast.Add()):
            return texts(node.left)
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
    modules = ("files/downloads.py", "page/wanted_file.py")
    return given("DownloadError", *modules) | assigned("reason", *modules) | assigned("_GONE", *modules)


def refusals() -> set[str]:
    """`CommandFailed.reason` of messages."""
    return given("Refusal", "page/refusals.py", "sending/queue.py", "sending/sender.py")


def session_reasons() -> set[str]:
    """`SessionChanged.reason`, wherever the worker makes one; what stands behind a first word is cut off."""
    found: set[str] = set()
    for node in nodes(*sorted(str(path.relative_to(WORKER)) for path in WORKER.rglob("*.py"))):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name == "Observation" and len(node.args) > 1:
                found |= texts(node.args[1])
            elif name == "_say_absent":
                found |= texts(node.args[0])
            elif name == "SessionChanged":
                found |= set().union(*(texts(each.value) for each in node.keywords if each.arg == "reason"))
        elif isinstance(node, ast.FunctionDef) and node.name == "logout_reason":
            returned = [each for each in ast.walk(node) if isinstance(each, ast.Return)]
            found |= set().union(*(texts(each.value) for each in returned))
    return (found | {mode.lower() for mode in state._AWAY_MODES}) - {""}


def said_by(function: str, source: str = "words.py") -> set[str]:
    """The texts in a function of the components."""
    tree = ast.parse((ROOT / "roms_app" / "components" / source).read_text(encoding="utf-8"))
    found = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == function)
    return {node.value for node in ast.walk(found) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_reasons_are_found() -> None:
    """The premise."""
    assert media_reasons() == {
        "expired", "gone", "too_big", "timeout", "interrupted", "page_failed", "corrupt", "store_full", "store_failed",
        "too_many", "failed",
    }  # fmt: skip
    assert session_reasons() == {
        "starting", "recycling", "loading", "offline", "deaf", "browser_lost", "worker_stopped", "profile_in_use",
        "profile_elsewhere", "conflict", "proxyblock", "tos_block", "smb_tos_block", "qr_expired", "history", "scanned",
        "passkey", "phone_logout", "requested", "unlinked", "needs_update", "missing ",
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
    # `refused`: WhatsApp gave no reason, and that is what the words for all others say.
    assert not refusals() - {"refused"} - said_by("failure_word")
    assert relaying.UNSENDABLE in said_by("failure_word")


def test_why_a_number_is_as_it_is_is_said_in_words() -> None:
    """And nothing has words that nobody says."""
    app = {inboxes.WORKER_AWAY}
    said = {text for text in said_by("reason_word") if re.fullmatch(r"[a-z_]+|missing ", text)}
    assert session_reasons() | app == said


def test_the_sentences_of_a_number_know_no_other_reasons() -> None:
    for function in ("_not_paired", "_reconnecting", "_logged_out"):
        named = {text for text in said_by(function, "settings/number_state.py") if re.fullmatch(r"[a-z_]+", text)}
        assert named, function
        assert not named - session_reasons() - {inboxes.WORKER_AWAY}, function
