// Sending. wa-js gives a prepared message and gets back two promises: the model, and the cloud's answer.
'use strict';

__provide('WAWebSendMsgChatAction', (require) => ({
  addAndSendMsgToChat: async (chat, raw) => {
    const msg = new (require('WAWebMsgModel').default)(raw);
    chat.msgs.add(msg);
    require('WAWebMsgCollection').MsgCollection.add(msg);
    chat.set({ t: raw.t });
    const wire = {
      id: raw.id.id, chat: String(chat.id), type: raw.type, body: raw.body, caption: raw.caption, filename: raw.filename,
      mimetype: raw.mimetype, media_b64: raw.mediaBase64, quoted: raw.quotedStanzaID, t: raw.t,
    };
    const answered = require('SimLink').call({ t: 'send', msg: wire }).then((answer) => {
      // A refused message resolves, as WhatsApp's does; the ack tells.
      if (answer?.error) {
        msg.set({ ack: -1, isSendFailure: true });
        return { messageSendResult: 'ERROR_UNKNOWN' };
      }
      msg.updateAck(1);
      return { messageSendResult: 'OK', t: raw.t, count: null };
    });
    return [Promise.resolve(msg), answered];
  },
}));
