"""Tests of assets/roms/page.js without a page: arrivals, read messages, and refusals without a connection."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.inbox.conftest import ASSETS, STORAGE, Node
from tests.inbox.rows import message, row

ME = 5
_BROWSER = """
later = [], sent = [], told = [];
window = { addEventListener() {} };
document = {
  title: "", hidden: false, hasFocus: () => true,
  documentElement: { lang: "en", toggleAttribute() {}, removeAttribute() {} },
};
location = { pathname: "/inbox", reload() { location.left = "reloaded"; } };
sessionStorage = makeStorage({});
setTimeout = (callback, ms) => later.push([ms, callback]);
romsComposer = {
  left() {}, opened() {}, mount: () => () => {}, dropDraftsOfOthers() {},
  keptElsewhere: () => [], noticeAccepted() {},
};
romsBubbles = { left() {}, arrived() {} };
romsControls = {
  opened() {}, mount: () => () => {}, beforePage() {}, isScrolledUp: () => false,
  select: (id) => told.push(["opened", id]),
};
0;
"""
_TOASTER = """
refs = { __toast: Object.fromEntries(["info", "error"].map((level) =>
  [level, (words, options) => told.push([level, words, options.description ?? "", options.action])])) };
romsObey('roms.announce("settings")', refs);
"""


@pytest.fixture
def page() -> Iterator[Any]:
    """Run JavaScript in a page whose agent is `ME`, with no thread open."""
    node = Node()
    node.run(STORAGE + _BROWSER)
    for name in ("store", "page", "orders"):
        node.run((ASSETS / f"{name}.js").read_text("utf-8") + ";0")
    node.run(_TOASTER)
    bridge = "{ dispatch: (...what) => sent.push(what), events: new Proxy({}, { get: (_, name) => name }) }"
    node.run(f"roms.mount({bridge}); roms.setAgent({{ id: {ME}, language: 'en', timezone: 'Asia/Jakarta' }}); 0")
    yield node.run
    node.close()


def patch(*rows: dict[str, Any], messages: tuple[dict[str, Any], ...] = (), moved: tuple[int, ...] = ()) -> str:
    what = {"rows": rows, "messages": messages, "moved": moved, "at": 2, "lag": -1}
    return f"roms.patch({json.dumps(what)});"


def opened(*messages: dict[str, Any]) -> str:
    shown = {"conversation_id": 1, "since": 1, "has_more": False, "is_first": True, "is_missing": False}
    detail = {"row": row(assignee_id=ME), "aliases": [], "first_seen_at": 1}
    return f"roms.openThread(1); roms.takeThread({json.dumps(shown)}, {json.dumps(detail)}, {json.dumps(messages)});"


def test_a_message_that_has_just_come_is_not_seen_yet(page: Any) -> None:
    """The first message of an empty thread is not read by an early click, which was meant for the previous content."""
    read_it = "later.filter(([ms]) => ms === 700).forEach(([, callback]) => callback());"
    for first in ([], [message(id="m4", version=1)]):
        page("later = []; roms.openThread(0);" + opened(*first) + "0")
        before = 4 if first else 0
        assert page("roms.read('thread').seen_id") == before
        page(patch(row(assignee_id=ME, version=2), messages=(message(id="m9", version=2),)) + "0")
        assert page("roms.read('thread').seen_id") == before
        assert page(read_it + "roms.read('thread').seen_id") == 9


def test_a_conversation_that_comes_to_the_agent_is_announced_with_the_way_to_it(page: Any) -> None:
    mine = row(assignee_id=ME, name="Dewi", because={"en": "Siti handed this conversation over to Budi."})
    page(patch(mine, moved=(1,)) + "0")
    assert page("told.map((each) => each.slice(0, 3))") == [
        ["info", "Dewi is yours now", "Siti handed this conversation over to Budi."]
    ]
    page("told[0][3].onClick(); 0")
    assert page("told.at(-1)") == ["opened", 1]


@pytest.mark.parametrize(
    ("before", "change"),
    [
        ("", patch(row(assignee_id=ME))),
        ("", patch(row(assignee_id=6), moved=(1,))),
        ("", patch(row(assignee_id=0), moved=(1,))),
        (opened(), patch(row(assignee_id=ME, version=2), moved=(1,))),
    ],
    ids=["was mine", "another's", "nobody's", "taken in the open thread"],
)
def test_nothing_else_is_announced(page: Any, before: str, change: str) -> None:
    page(before + "told = []; 0")
    assert page(change + "told") == []


def test_what_a_person_does_without_a_connection_is_refused_at_once(page: Any) -> None:
    click = "romsRefuses([{ name: 'state.resolve' }], [{ type: 'click' }], refs)"
    assert page(f"[{click}, told.length]") == [False, 0]
    page("roms.setConnected(false); 0")
    assert page(click) is True
    [[level, words, *_]] = page("told")
    assert (level, words[:25]) == ("error", "There is no connection: n")
    # What the page reads by itself waits for the connection; what is the browser's own is done.
    assert page("romsRefuses([{ name: 'state.load' }], [], refs)") is False
    assert page("romsRefuses([{ name: '_redirect' }], [{ type: 'click' }], refs)") is False
    page("roms.setConnected(true); 0")
    assert page(click) is False


def test_a_page_finds_out_that_another_agent_has_signed_in(page: Any) -> None:
    page("roms.setAgent({ id: 0, language: 'en', timezone: '' }); 0")
    assert page("location.left ?? ''") == "", "not known yet"
    page("roms.setAgent({ id: 6, language: 'en', timezone: '' }); 0")
    assert page("location.left") == "reloaded"


@pytest.mark.parametrize(
    ("path", "id"),
    [
        ("/inbox", 0),
        ("/inbox/", 0),
        ("/inbox/42", 42),
        ("/inbox/42/", 42),
        ("/inbox/abc", -1),
        ("/inbox/9999999999", -1),
    ],
)
def test_an_address_names_a_conversation_none_or_nonsense(page: Any, path: str, id: int) -> None:
    assert page(f"location.pathname = {path!r}; roms.conversationInAddress()") == id
