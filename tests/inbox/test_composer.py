"""The composer of assets/roms/controls.js: what it sends, under which key, and when the text leaves it."""

import json
from typing import Any

import pytest

from tests.inbox.conftest import ASSETS, Node

#: A page of which only the composer is there; `page` keeps what the composer did.
_PAGE = """
globalThis.composerPage = ((source) => {
  const stored = new Map([["token", "t"]]);
  const box = { value: "", focus() {} };
  const page = { box, sent: [], error: "", open: 1, noAnswer: null, leave: null, stored };
  const here = {
    roms: {
      conversationId: () => page.open, clearUnseen() {}, read: () => page,
      publish: (name, values) => Object.assign(page, values),
      send: (name, payload) => page.sent.push(payload),
    },
  };
  const document = {
    documentElement: { lang: "en" }, addEventListener() {}, querySelector: () => null,
    getElementById: (id) => (id === "roms-composer" ? box : null),
  };
  const window = { addEventListener: (name, handler) => { if (name === "beforeunload") page.leave = handler; } };
  const sessionStorage = {
    getItem: (name) => stored.get(name) ?? null, setItem: (name, value) => stored.set(name, value),
    removeItem: (name) => stored.delete(name), clear: () => stored.clear(),
  };
  const names = ["globalThis", "document", "window", "sessionStorage", "setTimeout", "clearTimeout", "matchMedia",
    "MutationObserver"];
  new Function(...names, source)(here, document, window, sessionStorage,
    (callback) => { page.noAnswer = callback; }, () => { page.noAnswer = null; }, () => ({ matches: false }),
    class { observe() {} });
  page.controls = here.romsControls;
  page.type = (text) => { box.value = text; page.controls.submit(); return page.sent.at(-1).key; };
  page.go = (id) => { page.controls.keepDraft(); page.open = id; page.controls.opened(id); };
  return page;
})(%s);
"""


class Composer:
    """The page in Node."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self.run(_PAGE % json.dumps((ASSETS / "controls.js").read_text("utf-8")) + "null")

    def run(self, script: str) -> Any:
        """The value of a script that knows `p`, the page."""
        return self._node.run(f"var p = globalThis.composerPage; {script}")


@pytest.fixture
def page(node: Node) -> Composer:
    return Composer(node)


def test_the_same_text_keeps_its_key_until_it_is_accepted(page: Composer) -> None:
    first = page.run("p.type('Siap')")
    assert len(first) == 32
    page.run("p.noAnswer()")
    assert page.run("p.box.value") == "Siap"
    assert page.run("p.controls.submit(); p.sent.map((each) => each.key)") == [first, first]
    page.run(f"p.controls.accepted({first!r})")
    assert page.run("[p.box.value, p.is_sending, p.error]") == ["", False, ""]
    assert page.run("p.type('Siap')") != first


def test_another_text_or_conversation_has_a_key_of_its_own(page: Composer) -> None:
    keys = [page.run("p.type('Siap')"), page.run("p.noAnswer(); p.type('Baik')")]
    keys.append(page.run("p.noAnswer(); p.go(2); p.type('Siap')"))
    assert len(set(keys)) == 3


def test_a_late_answer_clears_the_text_unless_it_was_altered(page: Composer) -> None:
    key = page.run("p.type('Siap')")
    page.run(f"p.noAnswer(); p.controls.accepted({key!r})")
    assert page.run("[p.box.value, p.error]") == ["", ""]
    key = page.run("p.type('Siap')")
    assert page.run(f"p.noAnswer(); p.box.value = 'Siap kak'; p.controls.accepted({key!r}); p.box.value") == "Siap kak"


def test_what_was_typed_while_it_was_sent_stays(page: Composer) -> None:
    key = page.run("p.type('Siap')")
    assert page.run(f"p.box.value = 'Siap kak'; p.controls.accepted({key!r}); p.box.value") == " kak"


def test_an_answer_after_the_thread_was_left_clears_that_threads_draft(page: Composer) -> None:
    key = page.run("p.type('Siap')")
    page.run("p.go(2); p.box.value = 'Siap'")
    assert page.run("p.stored.get('roms-draft-1')") == "Siap"
    page.run(f"p.controls.accepted({key!r})")
    assert page.run("[p.stored.get('roms-draft-1') ?? '', p.box.value]") == ["", "Siap"]
    assert page.run("p.go(1); p.box.value") == ""


def test_a_late_refusal_is_shown_where_it_belongs(page: Composer) -> None:
    key = page.run("p.type('Siap')")
    assert page.run(f"p.go(2); p.error = ''; p.controls.refused({key!r}, 'No.'); p.error") == ""
    assert page.run(f"p.go(1); p.controls.refused({key!r}, 'No.'); [p.error, p.box.value]") == ["No.", "Siap"]


def test_the_message_in_the_thread_is_an_answer_too(page: Composer) -> None:
    page.run("p.type('Siap'); p.noAnswer()")
    told = "{ is_ours: true, conversation_id: %d, body: 'Siap', sent_at: Date.now() }"
    assert page.run(f"p.controls.noticeAccepted([{told % 2}]); p.box.value") == "Siap"
    assert page.run(f"p.controls.noticeAccepted([{told % 1}]); p.box.value") == ""


def test_a_page_that_was_logged_out_keeps_no_draft(page: Composer) -> None:
    page.run("p.controls.mount(); p.box.value = 'Rahasia'; p.leave({ preventDefault() {} })")
    assert page.run("p.stored.get('roms-draft-1')") == "Rahasia"
    assert page.run("p.stored.clear(); p.leave({ preventDefault() {} }); p.stored.size") == 0
