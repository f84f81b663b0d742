"""The bridge survives a store that does not answer. Runs in Node with a fake WhatsApp."""

import json
import subprocess
from typing import Any

import pytest

from devtools.waiting import PATIENCE
from tests.worker.test_bridge import NODE
from wa_worker.page.bridge import bridge_script

#: No timer waits: whoever has not answered by the next turn of the loop is late.
_PLAY = """
globalThis.window = globalThis;
window.top = window;
window.__romsDeliver = async () => {};
const now = setTimeout;
globalThis.setTimeout = (late) => now(late, 0);
const wid = (text) => ({ server: text.split('@')[1], toString: () => text });
const never = new Promise(() => {});
const message = (chat) => ({
  id: { id: 'A1', remote: wid(chat), fromMe: false, toString: () => `false_${chat}_A1` },
  type: 'chat', body: 'halo', t: 9, hasReaction: true,
});
const none = { getModelsArray: () => [] };
const [bridge, hangs, call, asked] = JSON.parse(process.argv[1]);
const said = async (name, chat, answer) => (hangs === name && String(chat).includes('1@lid') ? never : answer);
window.WPP = {
  on() {}, loader: { onInjected() {} }, util: { createWid: wid },
  whatsapp: {
    lidPnCache: { getPhoneNumber: () => null }, ContactStore: { get: () => undefined },
    ChatStore: { get: (id) => ({ id: wid(id), msgs: none, lastReceivedKey: `false_${id}_A2` }) },
  },
  chat: {
    getMessages: (chat) => said('getMessages', chat, [message(String(chat))]),
    getMessageById: (key) => said('getMessageById', key, message(key.split('_')[1])),
    getReactions: (key) => said('getReactions', key, { reactions: [] }),
  },
};
(0, eval)(bridge);
(async () => {
  const answers = await window.__romsBridge[call](asked);
  console.log(JSON.stringify(answers.map(({ chat, error, messages, changes }) => (
    { chat, error: error ?? null, found: (messages ?? changes)?.length ?? null }))));
})();
"""


def play(hangs: str, call: str, asked: Any) -> list[dict[str, Any]]:
    """A call's result for each chat, while wa-js' function of that name never answers for the chat 1@lid."""
    given = json.dumps([bridge_script(), hangs, call, asked])
    done = subprocess.run(
        [str(NODE), "-e", _PLAY, given], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout, "it never answered"
    return json.loads(done.stdout)


@pytest.mark.parametrize(("hangs", "key"), [("getMessages", None), ("getMessages", "A1"), ("getMessageById", "A1")])
def test_a_chat_that_is_never_read_does_not_keep_the_others(hangs: str, key: str | None) -> None:
    chats = ["1@lid", "2@lid"]
    asked = [{"chat": chat, "key": key and f"false_{chat}_{key}", "floor": 0} for chat in chats]
    first, second = play(hangs, "lookBack", asked)
    assert first == {"chat": "1@lid", "error": "no_answer", "found": None}
    assert second == {"chat": "2@lid", "error": None, "found": 1}


@pytest.mark.parametrize("hangs", ["getMessages", "getReactions"])
def test_a_chat_whose_changes_are_never_told_does_not_keep_the_others(hangs: str) -> None:
    first, second = play(hangs, "changes", {"chats": {"1@lid": [], "2@lid": []}, "floor": 0})
    assert (first["error"], second["error"], second["found"]) == ("no_answer", None, 0)
