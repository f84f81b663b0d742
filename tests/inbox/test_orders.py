"""Tests of the calls that the server can make in a tab (assets/roms/orders.js); the code uses no others."""

import ast
import json
import re
from collections.abc import Iterator

import pytest

from roms_app.ops.paths import ROOT
from tests.inbox.conftest import ASSETS, STORAGE, Node

#: What makes Reflex send text that its page would run as code. Names of `reflex`, wherever they come from.
_SENDS_CODE = {
    "call_script",
    "call_function",
    "run_script",
    "toast",
    "ClientStateVar",
    "console_log",
    "window_alert",
    "set_clipboard",
    "scroll_to",
    "back",
    "noop",
    "clear_selected_files",
    "cancel_upload",
}
#: Where they do no harm: the one way to send an order; and components, whose functions are compiled into the page.
_ALLOWED = {
    "roms_app/live/orders.py": {"call_script"},
    "roms_app/components/client/store.py": {"run_script"},
    # Its `provider`, which draws the toasts.
    "roms_app/roms_app.py": {"toast"},
}
#: What gives an order its name: live/orders.py's own, and `Push.call`.
_ORDERS = {"call", "order"}


def ordered(node: Node, text: str) -> list[object]:
    """The calls that `text` led to: name and arguments, or what was thrown."""
    node.run("globalThis.roms = {}")
    node.run((ASSETS / "orders.js").read_text("utf-8"))
    script = f"""(() => {{
      const calls = [];
      const note = (name) => (...values) => calls.push([name, ...values]);
      roms.patch = note("patch");
      globalThis.alert = note("alert");
      const refs = {{ __toast: {{ error: note("toast") }} }};
      try {{ romsObey({json.dumps(text)}, refs); }} catch (error) {{ calls.push(error.message); }}
      delete globalThis.roms;
      delete globalThis.alert;
      return calls;
    }})()"""
    return node.run(script)


def test_a_function_of_ours_is_called_with_what_json_can_hold(node: Node):
    assert ordered(node, 'roms.patch({"a":[1,"\\u2028)"]},null)') == [["patch", {"a": [1, "\u2028)"]}, None]]
    assert ordered(node, "roms.patch()") == [["patch"]]


def test_a_toast_is_reflexs(node: Node):
    assert ordered(node, 'roms.toast("error","Maaf.")') == [
        ["toast", "Maaf.", {"position": "top-center", "id": "Maaf."}]
    ]


@pytest.mark.parametrize(
    "text",
    [
        "alert(1)",
        "roms.patch(alert(1))",
        "roms.patch(1);alert(1)",
        "roms.patch(1),roms.patch(2)",
        "roms.unknown(1)",
        "roms.constructor('alert(1)')",
        "roms.toString()",
        "roms.__proto__.x(1)",
        "",
        "undefined",
    ],
)
def test_everything_else_does_nothing(node: Node, text: str):
    """Neither a function of ours nor one of the page's is called: `alert` is there, and would be noted."""
    [thrown] = ordered(node, text)
    assert isinstance(thrown, str)


def sources() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((ROOT / "roms_app").rglob("*.py")):
        yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8"))


def code_sent_in(tree: ast.AST) -> set[str]:
    """The names of `_SENDS_CODE` that the code uses, from the module `rx` or imported from Reflex."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("reflex"):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.Attribute) and re.match(r"(rx|reflex)\.", ast.unparse(node)):
            found.add(node.attr)
    return found & _SENDS_CODE


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("rx.call_script('x')", {"call_script"}),
        ("rx.toast.error('x')", {"toast"}),
        ("rx.toast('x')", {"toast"}),
        ("rx.event.call_function('x')", {"call_function"}),
        ("from reflex.experimental.client_state import ClientStateVar", {"ClientStateVar"}),
        ("from reflex.event import run_script as run", {"run_script"}),
        ("from roms_app.states.browser import toast", set()),
    ],
)
def test_the_search_finds_what_sends_code(source: str, found: set[str]):
    assert code_sent_in(ast.parse(source)) == found


def test_the_server_sends_orders_only():
    """The pages ignore any other code, so the app must send none."""
    used = {name: found for name, tree in sources() if (found := code_sent_in(tree))}
    assert used == _ALLOWED
    app = (ROOT / "roms_app/roms_app.py").read_text("utf-8")
    assert app.count("rx.toast") == app.count("rx.toast.provider(") == 1


def names_ordered() -> set[str]:
    """The functions that the server's code has tabs call."""
    names = {"patch"}
    for file, tree in sources():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not node.args or file.startswith("roms_app/components"):
                continue
            function = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            first = node.args[0]
            if function in _ORDERS and isinstance(first, ast.Constant):
                names.add(first.value)
    return names


def test_the_pages_know_what_the_server_orders():
    page = Node()
    try:
        page.run("document = { title: '' }; window = { addEventListener() {} }; 0")
        for name in ("store", "page", "orders"):
            page.run((ASSETS / f"{name}.js").read_text("utf-8"))
        known = set(page.run("Object.keys(globalThis.roms)"))
    finally:
        page.close()
    wanted = names_ordered()
    assert {"enter", "signOut", "toast", "give", "takeNumbers", "announce", "beat"} <= wanted, "the premise"
    assert wanted <= known


def entered(answer: str) -> dict[str, object]:
    """The form, the tab's storage and where it went, when the server's answer to a login's ticket is this promise."""
    page = Node()
    try:
        page.run(STORAGE + "globalThis.roms = {}; 0")
        page.run((ASSETS / "orders.js").read_text("utf-8"))
        page.run(f"""
        sessionStorage = makeStorage({{ token: 't', 'roms-left-page': '/queue', 'roms-draft-5-1': 'Baik' }});
        told = [];
        BroadcastChannel = class {{ postMessage() {{ told.push("others"); }} }};
        location = {{ replace: (to) => {{ location.left = to; }} }};
        fetch = (url, {{ method, body }}) => {{ asked = [method, url, String(body)]; return {answer}; }};
        romsObey('roms.enter("secret","/queue")');
        0;""")
        # What stands after an `await` runs when the next line of input is read.
        return page.run("({ asked, to: location.left, kept: { ...sessionStorage }, told })")
    finally:
        page.close()


def test_a_ticket_is_posted_with_the_page_to_return_to():
    found = entered("Promise.resolve({ ok: true, json: () => Promise.resolve({ page: '/queue' }) })")
    assert found == {
        "asked": ["POST", "/auth/session", "ticket=secret&to=%2Fqueue"],
        "to": "/queue",
        "kept": {"roms-draft-5-1": "Baik"},
        "told": ["others"],
    }


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("Promise.resolve({ ok: false, status: 403 })", "refused"),
        ("Promise.resolve({ ok: false, status: 502 })", "unanswered"),
        ("Promise.reject(new Error('no network'))", "unanswered"),
    ],
)
def test_after_a_failure_the_login_says_so_and_still_knows_where_to(answer: str, why: str):
    found = entered(answer)
    kept = {"roms-left-page": "/queue", "roms-left-why": why, "roms-draft-5-1": "Baik"}
    assert (found["to"], found["kept"], found["told"]) == ("/login", kept, [])
