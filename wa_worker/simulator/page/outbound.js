// Sending. wa-js gives a prepared message and gets back two promises: the model, and the cloud's answer.
"use strict";

__provide("WAWebSendMsgChatAction", (load) => ({
  addAndSendMsgToChat: async (chat, raw) => {
    const msg = new (load("WAWebMsgModel").default)(raw);
    chat.msgs.add(msg);
    load("WAWebMsgCollection").MsgCollection.add(msg);
    chat.set({ t: raw.t });
    load("SimMemory").trim(chat);
    /** @type {OutgoingMessage} */
    const wire = {
      id: raw.id.id,
      chat: String(chat.id),
      type: raw.type,
      body: raw.body,
      caption: raw.caption,
      filename: raw.filename,
      mimetype: raw.mimetype,
      filehash: raw.filehash,
      size: raw.size,
      quoted: raw.quotedStanzaID,
      t: raw.t,
      isForwarded: raw.isForwarded,
      isViewOnce: raw.isViewOnce,
    };
    /** @type {(keyof Content)[]} */
    const names = ["lat", "lng", "loc", "vcardFormattedName", "vcardList", "pollName", "pollOptions"];
    const content = names.filter((name) => raw[name] != null);
    if (content.length) wire.content = Object.fromEntries(content.map((name) => [name, raw[name]]));
    const ready = raw.upload ? raw.upload() : Promise.resolve();
    const answered = ready
      .then(() => load("SimLink").call({ t: "send", msg: wire }))
      .then((answer) => {
        // A refused message resolves, as WhatsApp's does; the ack tells.
        if (answer?.error) {
          msg.set({ ack: -1, isSendFailure: true });
          return { messageSendResult: answer.error };
        }
        msg.updateAck(1);
        return { messageSendResult: "OK", t: raw.t, count: null };
      });
    return [Promise.resolve(msg), answered];
  },
}));
