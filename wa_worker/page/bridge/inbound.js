// What happens in chats, as it happens.
// A part of the bridge: all parts are put into one function, in the order that ../bridge.py names.

// ---- what happens
// The store itself rather than WPP's `chat.new_message`: that one loses a message whose quoted message can't be found.
function announce(m) {
  if (!m.isNewMsg || !isCustomer(m.id?.remote)) return;
  push(messageOf(m));
  if (m.type === 'ciphertext') m.once('change:type', () => queueMicrotask(() => push(messageOf(m))));
}
function listen() {
  wa().MsgStore.on('add', (m) => attempt(() => announce(m)));
  wa().ContactStore.on('change:name change:pushname change:verifiedName', () => hint('contact'));
}
window.WPP.on('chat.msg_ack_change', ({ ack, chat, ids }) => {
  const ours = ids.filter((key) => key.fromMe && ONE_TO_ONE.has(key.remote?.server));
  if (ours.length) push({ event: 'ack', chat: text(chat), ids: ours.map((key) => key.id), ack: ackOf(ack) });
});
// For an inbound edit `chat` is our own id: the key of the message knows better.
window.WPP.on('chat.msg_edited', ({ msg }) => {
  if (isCustomer(msg.id.remote)) push({ event: 'edited', chat: text(msg.id.remote), id: msg.id.id, fromMe: !!msg.id.fromMe, text: textOf(msg) });
});
window.WPP.on('chat.msg_revoke', ({ refId }) => {
  if (isCustomer(refId?.remote)) push({ event: 'revoked', chat: text(refId.remote), id: refId.id, fromMe: !!refId.fromMe });
});
window.WPP.loader.onInjected(listen);
