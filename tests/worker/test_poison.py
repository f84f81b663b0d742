"""Malformed data of the page becomes a dead letter, and nothing else is lost."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from devtools.waiting import PATIENCE
from tests.worker.test_mapping import CONTACT, raw
from wa_worker.contract.events import AckChanged, Event, MessageReceived, MessageSent
from wa_worker.page.bridge import bridge_script
from wa_worker.receiving.checkpoint import Checkpoint
from wa_worker.receiving.inbound import Inbound

NODE = Path(sys.executable).parent / "node"


class Recorder:
    """A publisher that keeps what is put."""

    is_full = False

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.dead: list[Any] = []

    def put(self, event: Event, done: Any = None) -> None:
        event.model_dump_json()
        self.events.append(event)
        if done:
            done()

    def put_dead(self, source: str, entry_id: str, fields: dict[str, str], reason: str) -> None:
        fields["data"].encode()
        self.dead.append(json.loads(fields["data"]))


def inbound(folder: Path) -> tuple[Inbound, Recorder]:
    recorder: Any = Recorder()
    heard = Inbound(7, recorder, Checkpoint(folder / "c.json"), on_hint=lambda _: None, in_flight=set())
    heard.hold(set())
    return heard, recorder


def message(number: int, **changes: Any) -> dict[str, Any]:
    return raw(key=f"false_200201@lid_A{number}", id=f"A{number}", **changes)


#: A message in which something is missing, null, of another type, or beyond all measure.
WRONG = st.sampled_from([None, "", "\ud83d", 7, -1, 10**30, [], {}, ["x"], {"a": 1}, True, "x" * 70_000])
FIELDS, FACTS = st.sampled_from(sorted(raw())), st.sampled_from(sorted(CONTACT))
KINDS = st.sampled_from(["ack", "edited", "revoked", "reaction", "hint"])
POISONED = st.one_of(
    st.sampled_from([None, 7, "", [], {}, {"event": "nonsense", "chat": "1@lid"}, {"event": "broken", "key": None}]),
    st.builds(lambda field, value: {**message(1), field: value}, FIELDS, WRONG),
    st.builds(lambda field: {k: v for k, v in message(1).items() if k != field}, FIELDS),
    st.builds(lambda field, value: message(1, contact={**CONTACT, field: value}), FACTS, WRONG),
    st.builds(lambda kind: {"event": kind, "chat": "1@lid"}, KINDS),
)


@settings(max_examples=400, deadline=None)
@given(poison=st.lists(POISONED, min_size=1, max_size=4))
def test_a_poisoned_batch_costs_no_other_message(poison: list[Any]) -> None:
    heard, recorder = inbound(Path("/nonexistent"))
    heard.deliver([message(100, text="sebelum"), *poison, message(101, text="sesudah")])
    bodies = [event.body for event in recorder.events if isinstance(event, MessageReceived)]
    assert bodies[0] == "sebelum"
    assert bodies[-1] == "sesudah"


def test_what_is_refused_is_kept_once(tmp_path: Path) -> None:
    heard, recorder = inbound(tmp_path)
    bad = message(1, chat="nowhere")
    for _ in range(3):
        heard.deliver([bad])
        heard.publish_message(bad, is_backfill=True)
    assert recorder.dead == [bad]
    assert recorder.events == []


def test_held_chats_bear_poison_too(tmp_path: Path) -> None:
    heard, recorder = inbound(tmp_path)
    heard.hold({"200201@lid"})
    heard.deliver([message(1, t="?"), {"event": "ack", "chat": "200201@lid"}, message(2, text="utuh")])
    heard.release("200201@lid")
    assert [event.body for event in recorder.events if isinstance(event, MessageReceived)] == ["utuh"]
    assert len(recorder.dead) == 2


def test_a_message_of_ours_carries_the_ticks_that_came_before_it(tmp_path: Path) -> None:
    heard, recorder = inbound(tmp_path)
    heard.deliver([{"event": "ack", "chat": "200201@lid", "ids": ["A1"], "ack": 3}, message(1, fromMe=True, ack=1)])
    tick, sent = recorder.events[:2]
    assert isinstance(tick, AckChanged)
    assert isinstance(sent, MessageSent)
    assert sent.ack == 3
    heard.deliver([message(2, fromMe=True, ack=-1)])
    assert [event.ack for event in recorder.events if isinstance(event, MessageSent)] == [3, -1]


def test_what_is_decrypted_after_it_was_published_comes_again(tmp_path: Path) -> None:
    heard, recorder = inbound(tmp_path)
    heard.deliver([message(1, type="ciphertext", text="")])
    assert heard.is_decrypted_now(message(1, text="kini"))
    assert not heard.is_decrypted_now(message(1, type="ciphertext"))
    heard.hold({"200201@lid"})
    heard.deliver([message(1, text="kini", isDecrypted=True)])
    heard.release("200201@lid")
    assert [event.body for event in recorder.events if isinstance(event, MessageReceived)] == ["", "kini"]
    assert not heard.is_decrypted_now(message(1, text="kini"))


_LISTEN = """
const happen = {}, delivered = [];
const group = (text) => ({ server: text.split('@')[1], toString: () => text });
globalThis.window = globalThis;
window.top = window;
window.__romsDeliver = async (raw) => { delivered.push(...JSON.parse(raw)); };
let listen;
window.WPP = {
  on() {}, conn: {}, loader: { onInjected: (f) => { listen = f; } },
  whatsapp: {
    UserPrefs: {}, lidPnCache: { getCurrentLid() {}, getPhoneNumber() {} }, ContactStore: { get() {}, on() {} },
    ChatStore: { get() {} }, MsgStore: { on: (_, f) => { happen.add = f; }, getModelsArray: () => [] },
  },
};
const given = JSON.parse(process.argv[1]);
(0, eval)(given.bridge);
listen();
const m = (id, more = {}) => Object.defineProperties({
  isNewMsg: true, id: { id, remote: group('5@lid'), fromMe: false, toString: () => `false_5@lid_${id}` },
  type: 'chat', body: id, t: 9,
}, Object.getOwnPropertyDescriptors(more));
happen.add(m('A1'));
happen.add(m('A2', { get body() { throw new Error('no body'); } }));
happen.add(m('A3', { t: 10n }));
happen.add(m('A4', { ack: { toJSON() { throw new Error('no ack'); } } }));
happen.add({ isNewMsg: true });
happen.add({ ...m('A5'), id: { id: 'A5', remote: group('1@g.us') } });
happen.add(m('A6'));
setTimeout(() => console.log(JSON.stringify({ delivered, ignored: window.__romsBridge.ignored() })), 50);
"""


def test_what_can_not_be_shaped_hides_nothing_else_and_what_is_not_followed_is_counted() -> None:
    given = json.dumps({"bridge": bridge_script()})
    done = subprocess.run(
        [str(NODE), "-e", _LISTEN, given], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    told = [(event["event"], event.get("id") or event.get("key")) for event in said["delivered"]]
    assert ("hint", None) in told
    assert [one for one in told if one[0] != "hint"] == [
        ("message", "A1"),
        ("broken", "false_5@lid_A2"),
        ("broken", "false_5@lid_A3"),
        ("message", "A4"),
        ("message", "A6"),
    ]
    assert said["ignored"] == {"unknown": 1, "g.us": 1}
