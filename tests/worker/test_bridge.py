"""The bridge's rules about ticks, in Node with a WhatsApp that is played."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from devtools.waiting import PATIENCE
from wa_worker.page.bridge import bridge_script

NODE = Path(sys.executable).parent / "node"
_PLAY = """
let calls = 0, finds = 0;
const handlers = {}, stored = new Map(), delivered = [];
const chat = { id: '5@lid', msgs: { remove() {} } };
const wid = (text) => ({ server: text.split('@')[1], toString: () => text });
const model = (ack) => ({ id: { id: 'A1', remote: wid('5@lid') }, t: 9, ack });
globalThis.window = globalThis;
window.top = window;
window.__romsDeliver = async (raw) => { delivered.push(...JSON.parse(raw)); };
window.WPP = {
  on: (name, handle) => { (handlers[name] ??= []).push(handle); },
  conn: { isRegistered: () => true, getStreamData: () => ({ mode: given.mode }) },
  loader: { onInjected() {} },
  util: { createWid: wid },
  whatsapp: {
    lidPnCache: { getCurrentLid: () => wid('5@lid'), getPhoneNumber: () => null },
    ContactStore: { get: () => undefined },
    MsgStore: { get: (key) => stored.get(key), remove: () => stored.clear(), getModelsArray: () => [] },
    ChatStore: { get: () => chat },
  },
  chat: {
    find: async () => { finds += 1; return chat; },
    getMessageById: async (key) => { if (!stored.has(key)) throw { code: 'msg_not_found' }; return stored.get(key); },
    sendTextMessage: async () => { calls += 1; return { ack: given.answer }; },
  },
};
const given = JSON.parse(process.argv[1]);
if (given.earlier !== null) stored.set('true_5@lid_A1', model(given.earlier));
(0, eval)(given.bridge);
(async () => {
  const key = { fromMe: true, id: 'A1', remote: wid('5@lid') };
  const said = {};
  const happened = (name, what) => handlers[name].forEach((handle) => handle(what));
  happened('chat.msg_ack_change', { ack: given.answer, chat: '5@lid', ids: [key] });
  const asked = { chat: '62812@c.us', id: 'A1' };
  const text = { ...asked, body: 'halo', quoted: null, until: Date.now() + given.lease };
  const words = (error) => ({ error: error.message });
  said.early = await window.__romsBridge.findSent(asked).catch(words);
  happened('conn.backend_event', 'offline_delivery_end');
  said.found = await window.__romsBridge.findSent(asked).catch(words);
  said.sent = await window.__romsBridge.sendText(text).catch(words);
  said.calls = calls;
  const fresh = { ...text, until: Date.now() + 60_000 };
  if (given.lease < 0) said.again = await window.__romsBridge.sendText(fresh).catch(words);
  console.log(JSON.stringify({ ...said, delivered, finds }));
})();
"""


def play(*, answer: int, earlier: int | None = None, mode: str = "MAIN", lease: int = 60_000) -> dict[str, Any]:
    """The bridge's result when WhatsApp answers with an ack and has an earlier message under the same id."""
    given = json.dumps({"answer": answer, "earlier": earlier, "mode": mode, "lease": lease, "bridge": bridge_script()})
    done = subprocess.run(
        [str(NODE), "-e", _PLAY, given], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("ack", [-1, -2, -7])
def test_every_negative_ack_is_a_failure(ack: int) -> None:
    said = play(answer=ack)
    assert (said["sent"]["outcome"], said["sent"]["detail"]) == ("refused", f"ack {ack}")
    assert [event["ack"] for event in said["delivered"] if event["event"] == "ack"] == [-1]


def test_what_failed_before_is_sent_anew() -> None:
    said = play(answer=1, earlier=-5)
    assert said["found"] is None
    assert (said["sent"]["outcome"], said["sent"]["ack"], said["sent"]["is_repeated"]) == ("sent", 1, False)


def test_what_was_sent_before_is_found_by_the_number_or_its_lid() -> None:
    said = play(answer=-1, earlier=2)
    expected = {"outcome": "sent", "chat": "5@lid", "ack": 2, "t": 9, "is_repeated": True, "is_sending": False}
    assert said["found"] == expected
    # It is found by the very call that was to send it.
    assert said["sent"] == {**expected, "is_sending": True}
    assert said["calls"] == 0


def test_a_page_that_has_not_caught_up_after_its_load_answers_nothing() -> None:
    said = play(answer=1)
    assert said["early"] == {"error": "sends_closed"}
    assert said["found"] is None


def test_a_page_that_is_not_connected_sends_nothing() -> None:
    said = play(answer=1, mode="OFFLINE")
    assert (said["sent"], said["calls"]) == ({"error": "sends_closed"}, 0)


def test_nothing_is_sent_after_the_lease() -> None:
    said = play(answer=1, lease=-1)
    assert (said["sent"], said["calls"]) == ({"error": "lease_over"}, 0)
    assert (said["again"]["outcome"], said["finds"]) == ("sent", 1), "the next try has the chat at once"
