// What the worker sends.
// A part of the bridge: all parts are put into one function, in the order that ../bridge.py names.

async function quotedKey(chat, id) {
  for (const side of ['false', 'true']) {
    const key = `${side}_${chat.id}_${id}`;
    if (await lookUp(key).catch(() => null)) return key;
  }
  return undefined;
}
const repeated = (m) => ({ outcome: 'sent', chat: text(m.id.remote), ack: ackOf(m.ack), t: m.t, is_repeated: true });
/** What was sent under the given id, as the page itself knows it, or null. Asks the server nothing and makes no chat. */
async function findSent({ chat: jid, id }) {
  const { chat, lid, phone } = contactOf(window.WPP.util.createWid(jid));
  for (const side of new Set([chat, lid, phone].filter(Boolean))) {
    const earlier = await lookUp(`true_${side}_${id}`);
    if (earlier && ackOf(earlier.ack) >= 0) return repeated(earlier);
  }
  return null;
}
/** Send under the given id, or find that it was sent before: `{outcome: sent|refused|unknown_number|no_chat, …}`. */
async function sendText({ chat: jid, id, body, quoted, delay }) {
  let chat;
  try { chat = await window.WPP.chat.find(jid); } catch (error) {
    const exists = await window.WPP.contact.queryWidExists(jid).catch(() => undefined);
    return { outcome: exists === null ? 'unknown_number' : 'no_chat', detail: String(error?.message || error) };
  }
  const key = `true_${chat.id}_${id}`;
  const earlier = await lookUp(key);
  if (earlier && ackOf(earlier.ack) >= 0) return repeated(earlier);
  if (earlier) { attempt(() => wa().MsgStore.remove(earlier)); attempt(() => chat.msgs.remove(earlier)); }
  const quotedMsg = quoted ? await quotedKey(chat, quoted) : undefined;
  const sent = await window.WPP.chat.sendTextMessage(text(chat.id), body, {
    messageId: key, linkPreview: false, waitForAck: true, markIsRead: false, detectMentioned: false, delay, quotedMsg,
  });
  const result = sent.sendMsgResult?.messageSendResult ?? sent.sendMsgResult;
  const model = attempt(() => wa().MsgStore.get(key));
  const ticks = [sent.ack ?? 0, model?.ack ?? 0];
  const hasFailed = Math.min(...ticks) < 0;
  if (hasFailed || (result && result !== 'OK')) return { outcome: 'refused', detail: String(result || `ack ${Math.min(...ticks)}`) };
  return { outcome: 'sent', chat: text(chat.id), ack: Math.max(...ticks), t: model?.t ?? null, is_repeated: false };
}

Object.assign(bridge, {
  findSent, sendText,
  markRead: async (jid) => { await window.WPP.chat.markIsRead(jid); return true; },
});
