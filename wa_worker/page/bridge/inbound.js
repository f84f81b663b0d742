// Delivers events of chats as they happen.
// A part of the bridge: all parts are put into one function, in the order that ../bridge.py names.

// ---- events
// The store itself rather than WPP's `chat.new_message`: that one loses a message whose quoted message can't be found.
/** @param {WaMessage} m */
function announce(m) {
  if (!m.isNewMsg) return;
  if (!isCustomer(m.id?.remote)) return ignore(m.id?.remote);
  push(messageOf(m));
  // A microtask later, all fields have changed, not only the type.
  if (m.type === "ciphertext")
    m.once("change:type", () => queueMicrotask(() => push({ ...messageOf(m), isDecrypted: true })));
}
function listen() {
  wa().MsgStore.on("add", (m) => attempt(() => announce(m)));
  wa().ContactStore.on("change:name change:pushname change:verifiedName", () => hint("contact"));
}
window.WPP.on("chat.msg_ack_change", ({ ack, chat, ids }) => {
  const ours = ids.filter((key) => key.fromMe && isCustomer(key.remote));
  if (ours.length) push({ event: "ack", chat: text(chat), ids: ours.map((key) => key.id), ack: ackOf(ack) });
});
/** @param {WaMessage} m */
const editOf = (m) => ({
  event: "edited",
  chat: text(m.id.remote),
  id: m.id.id,
  fromMe: !!m.id.fromMe,
  text: textOf(m),
});
/** @param {MsgKey} key */
const revokeOf = (key) => ({ event: "revoked", chat: text(key.remote), id: key.id, fromMe: !!key.fromMe });
// For an inbound edit `chat` is our own id, so use the key of the message.
window.WPP.on("chat.msg_edited", ({ msg }) => {
  if (isCustomer(msg.id.remote)) push(editOf(msg));
});
window.WPP.on("chat.msg_revoke", ({ refId }) => {
  if (isCustomer(refId?.remote)) push(revokeOf(refId));
});
/**
 * `about`: the key of the message; `sender`: who reacted; `key`: of the reaction itself; `t` in s or ms, as it comes.
 * @param {{ about: MsgKey, sender: Wid, key: { fromMe?: boolean } | undefined, emoji: string, t: number | undefined }} reaction
 */
const reactionOf = ({ about, sender, key, emoji, t }) => ({
  event: "reaction",
  chat: text(about.remote),
  id: about.id,
  fromMe: !!about.fromMe,
  about: text(about),
  emoji: text(emoji) ?? "",
  t: t ?? null,
  isOurs: !!key?.fromMe || isMe(sender),
  author: isGroup(about.remote) ? text(sender) : null,
});
window.WPP.on("chat.new_reaction", ({ id, msgId, reactionText, sender, timestamp }) => {
  if (isCustomer(msgId?.remote)) push(reactionOf({ about: msgId, sender, key: id, emoji: reactionText, t: timestamp }));
});
window.WPP.loader.onInjected(listen);

// An earlier page may have received the tick, and this page may have the message only in its database.
/**
 * Of our messages `[{chat, id}]`: `[{chat, id, ack}]` of those that have a tick.
 * @param {AskedMessage[]} asked
 */
async function acksOf(asked) {
  const found = [];
  for (const { chat, id } of asked) {
    const m = await messageUnder(chat, id, true).catch(() => null);
    const ack = m?.ack ?? 0;
    if (ack >= 1) found.push({ chat, id, ack });
  }
  return found;
}

Object.assign(bridge, {
  acksOf,
  /** The ignored messages since the last call: `{server: count}`. */
  ignored: () => {
    const counts = Object.fromEntries(ignored);
    ignored.clear();
    return counts;
  },
});
