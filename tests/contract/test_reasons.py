"""Every reason of the worker has a text in every language, and the worker gives no other reasons."""

import ast
from enum import StrEnum
from pathlib import Path
from typing import Any, get_args

import pytest

from devtools import translations
from roms_app.components import words as component_words
from roms_app.domain import worker_words
from roms_app.domain.worker_words import AppReason
from roms_app.i18n.catalog import CATALOGUES
from roms_app.states.session import SessionState
from wa_worker.contract import reasons
from wa_worker.contract.commands import AnyCommand
from wa_worker.contract.reasons import (
    CommandFailure,
    DelayReason,
    MediaFailure,
    NumberReason,
    SendFailure,
)

ROOT = Path(__file__).parents[2]
ENUMS: tuple[type[StrEnum], ...] = (NumberReason, SendFailure, CommandFailure, MediaFailure, DelayReason)
#: Calls that make a reason → where it stands among their arguments, or by which name.
_MAKERS: dict[str, int | str] = {
    "Observation": 1,
    "_say_absent": 0,
    "Refusal": 0,
    "DownloadError": 0,
    "CannotDo": 0,
    "SessionChanged": "reason",
    "MediaFailed": "reason",
    "SendDelayed": "reason",
    "CommandFailed": "reason",
}


def sources() -> list[tuple[str, ast.Module]]:
    paths = sorted(path for path in (ROOT / "wa_worker").rglob("*.py") if "simulator" not in path.parts)
    return [(path.name, ast.parse(path.read_text(encoding="utf-8"))) for path in paths]


def literals_in(node: ast.expr | None) -> set[str]:
    """The texts that an expression may turn out as; those it is chosen by are not."""
    match node:
        case ast.Constant(value=str(text)) if text:
            return {text}
        case ast.IfExp():
            return literals_in(node.body) | literals_in(node.orelse)
        case ast.BinOp():
            return literals_in(node.left) | literals_in(node.right)
        case ast.JoinedStr():
            return {ast.unparse(node)}
        case _:
            return set()


def given(tree: ast.Module) -> list[ast.expr]:
    """All reasons that are handed on."""
    found: list[ast.expr] = []
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        place = _MAKERS.get(getattr(call.func, "id", getattr(call.func, "attr", "")))
        if isinstance(place, int) and len(call.args) > place:
            found.append(call.args[place])
        elif isinstance(place, str):
            found += [each.value for each in call.keywords if each.arg == place]
    return found


def test_the_worker_says_no_reason_but_those_of_the_contract() -> None:
    said = [(name, reason) for name, tree in sources() for reason in given(tree)]
    assert len(said) > 40, "the premise"
    assert [(name, text) for name, reason in said for text in literals_in(reason)] == []


def test_the_contract_has_no_reason_that_nobody_says() -> None:
    used = {
        (node.value.id, node.attr)
        for name, tree in sources()
        if name != "reasons.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    assert [str(each) for enum in ENUMS for each in enum if (enum.__name__, each.name) not in used] == []


def test_every_reason_has_words_and_no_words_are_without_a_reason() -> None:
    assert set(worker_words.NUMBER) == {*NumberReason, AppReason.WORKER_AWAY}
    assert set(worker_words.SEND) == {*SendFailure, AppReason.UNSENDABLE}
    assert set(AppReason) == {AppReason.WORKER_AWAY, AppReason.UNSENDABLE, AppReason.GAP}


@pytest.mark.parametrize("language", CATALOGUES.translated)
def test_the_words_are_there_in_every_language(language: str) -> None:
    texts = {*worker_words.NUMBER.values(), *worker_words.SEND.values(), worker_words.UNKNOWN_NUMBER_REASON}
    catalog = CATALOGUES.read(language)
    assert [text for text in texts if not (known := catalog.get(text)) or not known.string] == []


@pytest.mark.parametrize(
    ("shown", "table", "unknown"),
    [
        (component_words.reason_word, worker_words.NUMBER, "not known to this version of ROMS"),
        (component_words.failure_word, worker_words.SEND, "WhatsApp did not take this message."),
    ],
)
def test_a_reason_that_the_app_does_not_know_is_a_plain_sentence(
    shown: Any, table: dict[str, str], unknown: str
) -> None:
    script = str(shown(SessionState.role))
    assert all(text in script for text in table.values())
    default = script.rpartition("default:")[2] or script
    assert unknown in default
    assert "role" not in default, "the raw word"


def test_a_reason_with_parts_is_one_word_and_its_parts() -> None:
    told = reasons.with_parts(NumberReason.MISSING, ["Chat", "Msg.send"])
    assert told == "missing Chat, Msg.send", "as older workers say it, and older apps read it"
    assert reasons.split(told) == (NumberReason.MISSING, ["Chat", "Msg.send"])
    assert reasons.split("deaf") == (NumberReason.DEAF, [])
    assert reasons.split("") == ("", [])


def test_a_file_that_failed_and_a_message_that_waits_say_why() -> None:
    """In the browser's own words, which are in every catalogue (tests/settings/test_words.py)."""
    names = set(translations.browser_words())
    files = {name.removeprefix("why_") for name in names if name.startswith("why_")}
    # `disk_full` is of older workers, whose rows are there still.
    assert files - {"unknown", "disk_full"} == set(MediaFailure)
    assert {name.removeprefix("wait_") for name in names if name.startswith("wait_")} == set(DelayReason)


def matched(file: str, function: str) -> list[tuple[str, set[str]]]:
    """Of each match of a function: what it looks at (``number.reason``), and the words that it has a sentence for."""
    tree = ast.parse((ROOT / "roms_app" / "components" / file).read_text(encoding="utf-8"))
    [found] = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == function]
    return [
        (
            ast.unparse(call.args[0]),
            {str(ast.literal_eval(case.elts[0])) for case in call.args[1:] if isinstance(case, ast.Tuple)},
        )
        for call in ast.walk(found)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "rx.match"
    ]


@pytest.mark.parametrize("name", ["_not_paired", "_reconnecting", "_logged_out"])
def test_the_sentences_of_a_number_know_no_other_reasons(name: str) -> None:
    [(_, named)] = matched("settings/number_state.py", name)
    assert named
    assert named <= {*NumberReason, AppReason.WORKER_AWAY}


def test_the_line_that_agents_read_knows_no_other_reasons() -> None:
    reasons_named = [words for what, words in matched("number_notices.py", "_why") if what == "number.reason"]
    assert len(reasons_named) == 2, "the premise: logged out, reconnecting"
    assert set().union(*reasons_named) <= {"", *NumberReason}


def test_what_an_admin_asked_for_in_vain_is_a_command_and_its_failure() -> None:
    [(_, commands)] = matched("settings/number_state.py", "_failed")
    assert commands
    assert commands <= {each.__name__ for each in get_args(get_args(AnyCommand)[0])}
    [(_, alerts)] = matched("settings/number_state.py", "alert_line")
    failures = {alert.partition(":")[2] for alert in alerts if ":" in alert}
    assert failures
    assert failures <= set(CommandFailure)
