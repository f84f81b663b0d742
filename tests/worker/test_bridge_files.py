"""Tests of the files that the bridge keeps, in Node with a fake WhatsApp."""

import json
import subprocess

from devtools.waiting import PATIENCE
from tests.worker.test_bridge import NODE
from wa_worker.page.bridge import bridge_script

_PLAY = """
globalThis.window = globalThis;
window.top = window;
window.__romsDeliver = async () => {};
globalThis.FileReader = class {
  readAsDataURL(blob) { this.result = `data:,${blob.size}`; queueMicrotask(() => this.onload()); }
};
window.WPP = {
  on() {}, loader: { onInjected() {} }, util: { createWid: String },
  whatsapp: { MsgStore: { get: () => null } },
  chat: {
    getMessageById: async (key) => ({ id: key, type: 'image' }),
    downloadMedia: async () => new Blob(['12345']),
  },
};
const [bridge, count] = JSON.parse(process.argv[1]);
(0, eval)(bridge);
(async () => {
  const tokens = Array.from({ length: count }, (_, n) => `t${n}`);
  for (const token of tokens) await window.__romsBridge.download({ token, key: 'k' });
  const pieces = [];
  for (const token of tokens) pieces.push(await window.__romsBridge.downloaded({ token, offset: 0 }));
  console.log(JSON.stringify(pieces));
})();
"""


def pieces_of(count: int) -> list[str | None]:
    """The first piece of each of so many files, all of them downloaded before any was fetched."""
    given = json.dumps([bridge_script(), count])
    done = subprocess.run(
        [str(NODE), "-e", _PLAY, given], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_file_that_was_downloaded_waits_until_it_is_fetched() -> None:
    assert pieces_of(4) == ["5"] * 4


def test_files_that_nobody_fetched_give_way_to_newer_ones() -> None:
    assert pieces_of(6) == [None, None, "5", "5", "5", "5"]
