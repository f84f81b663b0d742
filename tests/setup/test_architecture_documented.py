"""docs/architecture.md: each step of its three paths is in the code, and the step before it leads there.

A step leads to another by a call, or by a name that both sides use. A call may pass through other functions of the
first step's file.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from roms_app.ops.paths import ROOT
from wa_worker.contract import streams

TEXT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PATHS = ("The path of a message", "The path of a reply", "The path of a number's status")
#: A name that both sides use → what must be in the code of the step before, and in that of the step after.
NAMES: Mapping[str, tuple[str, str]] = {
    "__romsDeliver": (r"window\.__romsDeliver\(", r"expose_binding\('__romsDeliver'"),
    "_queue": (r"self\._queue\.append\(", r"self\._queue\.popleft\("),
    "wa:{inbox}:events": (r"\bevents_stream\(", r"\bevents_stream\("),
    "wa:{inbox}:commands": (r"\bcommands_stream\(", r"\bcommands_stream\("),
    "live": (r"xadd\(LIVE_STREAM", r"xread\(\{LIVE_STREAM"),
    "roms.patch": (r"roms\.patch\(\{patch\}\)", r"const patch = "),
    "subscribe": (r"listener\(\)", r"globalThis\.roms\?\.subscribe"),
    "send_message": (r"roms\.send\(\"send_message\"", r"async def send_message\("),
    "outbox_woken": (r"has_outbox = True", r"outbox_woken"),
    "handle": (r"self\._handle\(", r"handle=self\._sort"),
    "report": (r"self\._report\(", r"def on_poll\("),
    "inboxes": (r"\.inboxes\.setdefault\(", r"noted\.inboxes"),
    "inbox": (r"InboxAnnounced\(", r"case 'inbox'"),
    "announce": (r"call\('announce', 'inbox'", r"const announce = "),
    "onAnnounced": (r"announcedTo\.get\(kind\)", r"reread_on\('inbox', WhatsappState\.refresh\)"),
    "sendText": (r"'sendText'", r"const sendText = "),
}


@dataclass(frozen=True)
class Step:
    """A row: `cause` is the step before it, 0 for none; `name` what leads here, "" for a call."""

    number: int
    cause: int
    name: str
    function: str
    file: str


def steps(title: str) -> dict[int, Step]:
    table = TEXT.partition(f"## {title}\n")[2].partition("\n## ")[0]
    found: dict[int, Step] = {}
    for row in re.findall(r"^\| (\d+) \| (.+?) \| `(.+?)` \| `(.+?)` \|", table, re.MULTILINE):
        number, reached, function, file = row
        cause = re.fullmatch(r"(?:a call|`(.+)`) from (\d+)", reached)
        assert cause or number == "1", reached
        found[int(number)] = Step(
            int(number), int(cause[2]) if cause else 0, (cause[1] or "") if cause else "", function, file
        )
    return found


def python_functions(source: str) -> Iterator[tuple[str, str]]:
    """(name or Class.name, code) of each function of a module and of its classes, without comments and docstrings."""
    for node in ast.parse(source).body:
        for inner in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                prefix = f"{node.name}." if isinstance(node, ast.ClassDef) else ""
                if ast.get_docstring(inner) is not None:
                    inner.body = inner.body[1:] or [ast.Pass()]
                yield prefix + inner.name, ast.unparse(inner)


def script_functions(source: str) -> Iterator[tuple[str, str]]:
    """(name, code) of each function or constant: it ends where a line is indented as its first one is."""
    lines = [line for line in source.splitlines() if not re.match(r"\s*(//|/?\*)", line)]
    for at, line in enumerate(lines):
        if begin := re.match(r"(\s*)(?:async )?(?:function|const|let) (\w+)\b", line):
            indent, name = begin.groups()
            text = [line]
            for following in lines[at + 1 :] if not line.rstrip().endswith(";") and not line.endswith("}") else []:
                text.append(following)
                if re.match(rf"{indent}[^\s]", following):
                    break
            yield name, "\n".join(text)


def code_of(step: Step) -> str:
    """The step's function, what builds its class, and every function of the file that these lead to."""
    source = (ROOT / step.file).read_text(encoding="utf-8")
    functions = dict((python_functions if step.file.endswith(".py") else script_functions)(source))
    by_name: dict[str, set[str]] = {}
    for name in functions:
        by_name.setdefault(name.rpartition(".")[2], set()).add(name)
    owner, _, _ = step.function.rpartition(".")
    todo = [step.function, *([f"{owner}.__init__"] if f"{owner}.__init__" in functions else [])]
    assert step.function in functions, f"step {step.number}: {step.file} has no {step.function}"
    seen: dict[str, str] = {}
    while todo:
        name = todo.pop()
        if name not in seen:
            seen[name] = functions[name]
            for word in set(re.findall(r"\w+", functions[name])):
                todo.extend(by_name.get(word, ()))
    return "\n".join(seen.values())


@pytest.mark.parametrize("title", PATHS)
def test_each_step_leads_to_the_next(title: str) -> None:
    path = steps(title)
    assert list(path) == list(range(1, len(path) + 1)) and len(path) > 10, "the premise"
    for step in path.values():
        after = code_of(step)
        if not step.cause:
            continue
        before = code_of(path[step.cause])
        if step.name:
            leads, arrives = NAMES[step.name]
            assert re.search(leads, before), f"step {step.cause} does not lead to {step.name}"
            assert re.search(arrives, after), f"step {step.number} does not begin with {step.name}"
        else:
            called = step.function.rpartition(".")[2]
            assert re.search(rf"\b{called}\b", before), f"step {step.cause} does not call {called}"


def test_the_streams_are_named_as_the_page_says() -> None:
    assert streams.events_stream(7) == "wa:7:events"
    assert streams.commands_stream(7) == "wa:7:commands"
    assert streams.LIVE_STREAM == "live"


def test_a_commit_that_queued_a_reply_wakes_the_relay() -> None:
    """The one name that another file hands on."""
    source = (ROOT / "roms_app" / "live" / "transactions.py").read_text(encoding="utf-8")
    after_commit = dict(python_functions(source))["_after_commit"]
    assert re.search(r"if noted\.has_outbox:\s+per_loop\.outbox_woken\.set\(\)", after_commit)


def test_the_picture_is_there() -> None:
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", TEXT)
    assert len(pictures) == 1
    assert (ROOT / "docs" / pictures[0]).read_text(encoding="utf-8").startswith("<svg")
