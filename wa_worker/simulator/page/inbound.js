// From the cloud's records to models: new messages, ticks, edits, deletions.
'use strict';

// wa-js wraps these three to say chat.msg_ack_change.
for (const name of ['handleChatSimpleReceipt', 'handleGroupSimpleReceipt', 'handleStatusSimpleReceipt']) {
  __provide(`WAWebHandle_${name}`, (require) => ({
    [name]: async (receipt) => {
      const { MsgCollection } = require('WAWebMsgCollection');
      for (const id of receipt.externalIds) {
        const msg = MsgCollection.withShortId(id);
        if (msg?.id.fromMe) msg.updateAck(receipt.ack);
      }
    },
  }));
}

__provide('SimInbound', (require) => {
  const wid = (text) => require('WAWebWidFactory').createWid(text);
  const MsgKey = require('WAWebMsgKey').default;
  const messages = () => require('WAWebMsgCollection').MsgCollection;
  const isRevoke = (raw) => raw.type === 'protocol' && /revoke/.test(raw.subtype || '');

  // The cloud's record as the attributes of a message model.
  function toRaw(wire) {
    const chat = wid(wire.chat);
    const me = require('WAWebUserPrefsMeUser').getMaybeMeLidUser();
    const raw = {
      id: new MsgKey({ fromMe: wire.fromMe, remote: chat, id: wire.id }),
      type: wire.type, body: wire.body, t: wire.t, ack: wire.ack,
      from: wire.fromMe ? me : chat, to: wire.fromMe ? chat : me,
      notifyName: wire.notifyName, caption: wire.caption, filename: wire.filename, mimetype: wire.mimetype,
    };
    if (wire.quoted) raw.quotedStanzaID = wire.quoted;
    if (wire.edits) raw.latestEditMsgKey = editKey(raw.id, wire.edits);
    if (wire.filehash) {
      raw.mediaData = { filehash: wire.filehash, mimetype: wire.mimetype, size: wire.size };
      raw.mediaObject = { type: wire.type.toUpperCase() };
      raw.filehash = wire.filehash;
    }
    return raw;
  }

  const editKey = (id, edits) => new MsgKey({ fromMe: id.fromMe, remote: id.remote, id: `${id.id}E${edits}` });

  function chatOf(chatId) {
    const { ChatCollection } = require('WAWebChatCollection');
    return ChatCollection.get(chatId) || ChatCollection.add({ id: chatId });
  }

  async function ingest(chatId, raws) {
    const chat = chatOf(chatId);
    const added = [];
    for (const raw of raws) {
      if (isRevoke(raw)) {
        messages().get(raw.protocolMessageKey)?.set({ type: 'revoked', body: undefined });
        continue;
      }
      if (messages().get(raw.id)) continue;
      const msg = new (require('WAWebMsgModel').default)(raw);
      chat.msgs.add(msg);
      chat.set({ t: raw.t, lastReceivedKey: raw.id });
      messages().add(msg);
      added.push(msg);
      if (raw.isNewMsg && !raw.id.fromMe) chat.set({ unreadCount: chat.unreadCount + 1 });
    }
    return added;
  }

  // Messages as the cloud tells them. `isNew`: they came now, as opposed to history; wa-js then says chat.new_message.
  function receive(wires, isNew) {
    for (const wire of wires) {
      const raw = toRaw(wire);
      const known = messages().get(raw.id);
      if (known) update(known, wire);
      else messages().processMultipleMessages(raw.id.remote, [{ ...raw, isNewMsg: isNew }]);
    }
  }

  // What changed of a message while the page was away.
  function update(msg, wire) {
    if (wire.type === 'revoked' && msg.type !== 'revoked') revoke(wire);
    else if (wire.edits && msg.body !== wire.body) edit(wire);
    if (wire.fromMe && wire.ack > (msg.ack ?? -9)) receipt({ chat: wire.chat, ids: [wire.id], ack: wire.ack });
  }

  function edit(wire) {
    const msg = messages().withShortId(wire.id);
    msg?.set({ body: wire.body, latestEditMsgKey: editKey(msg.id, wire.edits) });
  }

  // A deletion comes as a message of its own that names the deleted one.
  function revoke(wire) {
    const raw = toRaw({ ...wire, id: `${wire.id}R`, type: 'protocol' });
    raw.subtype = 'sender_revoke';
    raw.isNewMsg = true;
    raw.protocolMessageKey = new MsgKey({ fromMe: wire.fromMe, remote: raw.id.remote, id: wire.id });
    messages().processMultipleMessages(raw.id.remote, [raw]);
  }

  function receipt({ chat, ids, ack }) {
    require('WAWebHandle_handleChatSimpleReceipt').handleChatSimpleReceipt({
      type: 'receipt', stanzaId: ids[0], externalIds: ids, from: wid(chat), participant: null, recipient: null,
      ts: Math.floor(Date.now() / 1000), ack, ackString: ack >= 3 ? 'read' : 'delivery', offline: null,
    });
  }

  function reaction({ chat, rid, parent, text }) {
    require('WAWebReactionsCollectionAction').addOrUpdateReactionsModelCollection({
      msgKey: `false_${chat}_${rid}`, parentMsgKey: parent, reactionText: text, read: false, senderUserJid: chat, t: Date.now(), orphan: 0,
    }, true);
  }

  async function loadOne(chat, key) {
    const wire = await require('SimLink').callLocal({ t: 'get', chat: String(chat.id), id: key.id });
    if (!wire) return;
    const raw = toRaw(wire);
    if (!chat.msgs.get(raw.id)) chat.msgs.add(new (require('WAWebMsgModel').default)(raw));
  }

  return { toRaw, ingest, receive, edit, revoke, receipt, reaction, loadOne };
});
