"""The unsent content of a merged conversation moves with it. Tests the composer's parts without a page."""

from collections.abc import Iterator

import pytest

from tests.inbox.conftest import ASSETS, STORAGE, Node

#: As much of a browser as moving needs; one upload never ends.
_BROWSER = """
globalThis.window = globalThis;
globalThis.shown = { id: 2 };
globalThis.box = { value: "Untuk Rina", focus() {}, dataset: {} };
globalThis.document = {
  documentElement: { lang: "en" },
  getElementById: (id) => (id === "roms-composer" ? box : null),
};
globalThis.sessionStorage = makeStorage({ "roms-draft-5-1": "Selamat pagi" });
globalThis.addEventListener = () => {};
globalThis.matchMedia = () => ({ matches: false });
globalThis.FormData = class { append() {} };
globalThis.XMLHttpRequest = class { upload = {}; open() {} send() {} abort() {} };
globalThis.roms = {
  now: () => Date.now(), agentId: () => 5, conversationId: () => shown.id, publish() {}, send() {}, read: () => ({}),
  words: () => ({}),
  format: () => ({ words: {}, fill: () => "", size: () => "", length: () => "" }),
};
globalThis.romsControls = { toBottom() {} };
0
"""


@pytest.fixture
def parts() -> Iterator[Node]:
    running = Node()
    running.run(STORAGE + _BROWSER)
    for name in ("composer", "upload", "recorder"):
        running.run((ASSETS / f"{name}.js").read_text("utf-8") + ";0")
    yield running
    running.close()


def test_draft_and_tray_go_where_the_conversation_went(parts: Node):
    script = """
    romsUpload.add([{ name: "a.pdf", type: "application/pdf", size: 9 }]);
    romsComposer.move(2, 1);
    const emptied = box.value;
    romsComposer.left();
    shown.id = 1;
    romsComposer.opened(1);
    const tray = (id) => romsUpload.items(id).map((item) => [item.file.name, item.conversationId]);
    ({ emptied, text: box.value, left: sessionStorage.getItem("roms-draft-5-2"), here: tray(1), there: tray(2) })
    """
    assert parts.run(script) == {
        "emptied": "",
        "text": "Selamat pagi\nUntuk Rina",
        "left": None,
        "here": [["a.pdf", 1]],
        "there": [],
    }


def test_what_a_closed_conversation_keeps_goes_along_and_is_seen_in_the_open_one(parts: Node):
    script = """
    shown.id = 1;
    romsUpload.add([{ name: "a.pdf", type: "application/pdf", size: 9 }]);
    shown.id = 3;
    box.value = "Sebentar";
    const asked = romsComposer.keptElsewhere();
    romsComposer.move(1, 3);
    const text = box.value;
    romsComposer.left();
    ({ asked, text, kept: sessionStorage.getItem("roms-draft-5-3"), there: romsComposer.keptElsewhere(),
      tray: romsUpload.items(3).length })
    """
    assert parts.run(script) == {
        "asked": [1],
        "text": "Sebentar\nSelamat pagi",
        "kept": "Sebentar\nSelamat pagi",
        "there": [],
        "tray": 1,
    }
