// From the cloud's records to models: new messages, ticks, edits, deletions.
"use strict";

// wa-js wraps these three to say chat.msg_ack_change.
for (const name of /** @type {Receipts[]} */ ([
  "handleChatSimpleReceipt",
  "handleGroupSimpleReceipt",
  "handleStatusSimpleReceipt",
])) {
  __provide(`WAWebHandle_${name}`, (load) => ({
    [name]: async (receipt) => {
      const { MsgCollection } = load("WAWebMsgCollection");
      for (const id of receipt.externalIds) {
        const msg = MsgCollection.withShortId(id);
        if (msg?.id.fromMe) msg.updateAck(receipt.ack);
      }
    },
  }));
}

__provide("SimInbound", (load) => {
  /** @param {string} text */
  const wid = (text) => load("WAWebWidFactory").createWid(text);
  const MsgKey = load("WAWebMsgKey").default;
  const messages = () => load("WAWebMsgCollection").MsgCollection;
  /** @param {MsgFields} raw */
  const isRevoke = (raw) => raw.type === "protocol" && /revoke/.test(raw.subtype || "");

  /**
   * The cloud's record as the attributes of a message model.
   * @param {WireMessage} wire
   */
  function toRaw(wire) {
    const chat = wid(wire.chat);
    const me = load("WAWebUserPrefsMeUser").getMaybeMeLidUser();
    /** @type {MsgFields} */
    const raw = {
      id: keyOf(wire, chat),
      type: wire.type,
      body: wire.body,
      t: wire.t,
      ack: wire.ack,
      from: wire.fromMe ? me : chat,
      to: wire.fromMe ? chat : me,
      notifyName: wire.notifyName,
      caption: wire.caption,
      filename: wire.filename,
      mimetype: wire.mimetype,
      ...wire.content,
    };
    if (wire.subtype) raw.subtype = wire.subtype;
    if (wire.isViewOnce) raw.isViewOnce = true;
    if (wire.isForwarded) Object.assign(raw, { isForwarded: true, forwardingScore: 1 });
    if (raw.id.participant) raw.author = raw.id.participant;
    if (wire.reactions?.some(({ text }) => text)) raw.hasReaction = true;
    if (wire.quoted) raw.quotedStanzaID = wire.quoted;
    if (wire.edits) raw.latestEditMsgKey = editKey(raw.id, wire.edits);
    // What may be seen once is for the phone's eyes only: a linked device is not given the file.
    if (wire.filehash && (!wire.isViewOnce || wire.fromMe)) {
      raw.mediaData = { type: wire.type, filehash: wire.filehash, mimetype: wire.mimetype, size: wire.size };
      raw.mediaObject = { type: wire.type.toUpperCase() };
      raw.filehash = wire.filehash;
      raw.size = wire.size;
    }
    return raw;
  }

  /**
   * In a group, the key says who wrote.
   * @param {WireMessage} wire
   * @param {Wid} chat
   */
  function keyOf(wire, chat) {
    const writer = wire.fromMe ? load("WAWebUserPrefsMeUser").getMaybeMeLidUser() : wid(wire.author || wire.chat);
    return new MsgKey({
      fromMe: wire.fromMe,
      remote: chat,
      id: wire.id,
      participant: chat.isGroup() ? writer : undefined,
    });
  }

  /**
   * @param {MsgKey} id
   * @param {number | undefined} edits
   */
  const editKey = (id, edits) => new MsgKey({ fromMe: id.fromMe, remote: id.remote, id: `${id.id}E${edits}` });

  /** @param {Wid} chatId */
  function chatOf(chatId) {
    const { ChatCollection } = load("WAWebChatCollection");
    return ChatCollection.get(chatId) || ChatCollection.add({ id: chatId });
  }

  /**
   * @param {Wid} chatId
   * @param {MsgFields[]} raws
   */
  async function ingest(chatId, raws) {
    const chat = chatOf(chatId);
    const added = [];
    for (const raw of raws) {
      if (isRevoke(raw)) {
        messages().get(raw.protocolMessageKey)?.set({
          type: "revoked",
          body: undefined,
          caption: undefined,
          mediaData: undefined,
          mediaObject: undefined,
        });
        continue;
      }
      if (messages().get(raw.id)) continue;
      const msg = new (load("WAWebMsgModel").default)(raw);
      chat.msgs.add(msg);
      chat.set({ t: raw.t, lastReceivedKey: raw.id });
      messages().add(msg);
      added.push(msg);
      if (raw.isNewMsg && !raw.id.fromMe) chat.set({ unreadCount: chat.unreadCount + 1 });
    }
    load("SimMemory").trim(chat);
    return added;
  }

  /**
   * One that has left the memory, or never was in it, and is spoken of now: in memory as it was before the change.
   * @param {WireMessage} wire
   */
  function recall(wire) {
    const raw = toRaw(wire);
    const before = { ...raw, type: raw.type === "revoked" ? "chat" : raw.type, latestEditMsgKey: undefined };
    const msg = chatOf(raw.id.remote).msgs.add(before);
    return messages().add(msg);
  }

  // The newest message that the cloud told of: what is older and not in memory has left it, and is no news.
  let newestSeq = 0;

  /**
   * Messages as the cloud tells them. `isNew`: they came now, as opposed to history; wa-js then says chat.new_message.
   * @param {WireMessage[]} wires
   * @param {boolean} isNew
   */
  function receive(wires, isNew) {
    for (const wire of wires) {
      const raw = toRaw(wire);
      const known = messages().get(raw.id) || (wire.seq <= newestSeq && recall(wire));
      newestSeq = Math.max(newestSeq, wire.seq);
      if (known) update(known, wire);
      else messages().processMultipleMessages(raw.id.remote, [{ ...raw, isNewMsg: isNew }]);
      if (wire.reactions) load("SimReactions").receive(raw.id, wire.reactions, isNew);
    }
  }

  /**
   * What changed of a message while the page was away.
   * @param {Msg} msg
   * @param {WireMessage} wire
   */
  function update(msg, wire) {
    if (wire.type === "revoked" && msg.type !== "revoked") revoke(wire);
    else if (wire.edits && String(msg.latestEditMsgKey) !== String(editKey(msg.id, wire.edits))) edit(wire);
    if (msg.type === "ciphertext" && wire.type !== "ciphertext") decrypted(wire);
    if (wire.fromMe && wire.ack > (msg.ack ?? -9)) receipt({ chat: wire.chat, ids: [wire.id], ack: wire.ack });
  }

  /** @param {WireMessage} wire */
  function edit(wire) {
    const msg = messages().withShortId(wire.id) || recall(wire);
    msg.set({ body: wire.body, caption: wire.caption, latestEditMsgKey: editKey(msg.id, wire.edits) });
  }

  /**
   * A placeholder becomes readable in place; all of it is there when anybody hears of the new type. Where the
   * placeholder has left the memory, the message comes as new.
   * @param {WireMessage} wire
   */
  function decrypted(wire) {
    const { id, ...readable } = toRaw(wire);
    const known = messages().get(id);
    if (known) known.set(readable);
    else messages().processMultipleMessages(id.remote, [{ id, ...readable, isNewMsg: true }]);
  }

  /**
   * A deletion comes as a message of its own that names the deleted one.
   * @param {WireMessage} wire
   */
  function revoke(wire) {
    const raw = toRaw({ ...wire, id: `${wire.id}R`, type: "protocol" });
    raw.subtype = "sender_revoke";
    raw.isNewMsg = true;
    raw.protocolMessageKey = keyOf(wire, raw.id.remote);
    messages().processMultipleMessages(raw.id.remote, [raw]);
  }

  /** @param {Ticks} ticks */
  function receipt({ chat, ids, ack }) {
    load("WAWebHandle_handleChatSimpleReceipt").handleChatSimpleReceipt({
      type: "receipt",
      stanzaId: ids[0],
      externalIds: ids,
      from: wid(chat),
      participant: null,
      recipient: null,
      ts: Math.floor(Date.now() / 1000),
      ack,
      ackString: ack >= 3 ? "read" : "delivery",
      offline: null,
    });
  }

  /** @param {WireMessage} wire */
  function reaction(wire) {
    load("SimReactions").receive(keyOf(wire, wid(wire.chat)), wire.reactions ?? [], true);
  }

  /**
   * @param {Chat} chat
   * @param {MsgKey} key
   */
  async function loadOne(chat, key) {
    const wire = await load("SimLink").callLocal({ t: "get", chat: String(chat.id), id: key.id });
    if (!wire) return;
    const raw = toRaw(wire);
    if (wire.reactions) load("SimReactions").receive(raw.id, wire.reactions, false);
    if (!chat.msgs.get(raw.id)) chat.msgs.add(new (load("WAWebMsgModel").default)(raw));
  }

  return { toRaw, ingest, receive, edit, revoke, decrypted, receipt, reaction, loadOne };
});
