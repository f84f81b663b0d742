// Reactions: kept by message, told when they come, and sent.
"use strict";

__d("WAWebReactionsCollection", [], (require, module, exports) => {
  class Reactions extends require("WAWebBaseModel").BaseModel {
    static fields = ["id", "reactions", "reactionByMe"];
  }
  class ReactionsCollectionImpl extends require("WAWebBaseCollection").BaseCollection {
    static model = Reactions;
  }
  exports.ReactionsCollectionImpl = ReactionsCollectionImpl;
  exports.ReactionsCollection = new ReactionsCollectionImpl();
});

// wa-js wraps this to say chat.new_reaction; one record at a time, the second argument true.
__provide("WAWebReactionsCollectionAction", (require) => ({
  addOrUpdateReactionsModelCollection: async (record) => require("SimReactions").keep([record].flat()),
}));

__provide("WAWebGetReactions", (require) => ({
  getReactions: async (id) => {
    const { ReactionsCollection } = require("WAWebReactionsCollection");
    const found = ReactionsCollection.get(String(id)) ?? (await require("SimReactions").stored(String(id)));
    return { reactions: found.reactions, reactionByMe: found.reactionByMe };
  },
}));

__provide("WAWebSendReactionMsgAction", (require) => ({
  sendReactionToMsg: async (msg, text) => {
    const question = { t: "react", chat: String(msg.id.remote), id: msg.id.id, text };
    const answer = await require("SimLink").call(question);
    return { messageSendResult: answer?.error ?? "OK" };
  },
}));

__provide("SimReactions", (require) => {
  const known = new Map(); // key of the message -> Map(sender -> record)
  const myLid = () => String(require("WAWebUserPrefsMeUser").getMaybeMeLidUser());
  const messages = () => require("WAWebMsgCollection").MsgCollection;

  // The cloud's record in WhatsApp's words.
  const recordOf = (key, { sender, text, t, rid }) => {
    const isMine = sender === "me";
    const member = key.participant && !isMine ? `_${sender}` : "";
    return {
      msgKey: `${isMine}_${key.remote}_${rid}${member}`,
      parentMsgKey: String(key),
      reactionText: text,
      read: false,
      senderUserJid: isMine ? myLid() : sender,
      t,
      timestamp: t,
      orphan: 0,
    };
  };

  function keep(records) {
    for (const record of records) {
      const key = String(record.parentMsgKey);
      if (!known.has(key)) known.set(key, new Map());
      known.get(key).set(record.senderUserJid, record);
      const shown = shownAs([...known.get(key).values()]);
      require("WAWebReactionsCollection").ReactionsCollection.add({ id: key, ...shown });
      messages()
        .get(key)
        ?.set({ hasReaction: shown.reactions.length > 0 });
    }
  }

  function shownAs(records) {
    const senders = records.filter(({ reactionText }) => reactionText);
    const mine = senders.find(({ senderUserJid }) => senderUserJid === myLid());
    const reactions = [...new Set(senders.map(({ reactionText }) => reactionText))].map((emoji) => ({
      aggregateEmoji: emoji,
      hasReactionByMe: mine?.reactionText === emoji,
      senders: senders.filter(({ reactionText }) => reactionText === emoji),
    }));
    return { reactions, reactionByMe: mine };
  }

  // Of a message that is not in memory: from the page's database.
  async function stored(text) {
    const key = require("WAWebMsgKey").default.fromString(text);
    const wire = await require("SimLink").callLocal({ t: "get", chat: String(key.remote), id: key.id });
    return shownAs((wire?.reactions ?? []).map((reaction) => recordOf(key, reaction)));
  }

  // Those of messages that leave the memory.
  function forget(gone) {
    for (const { id } of gone) known.delete(String(id));
    const { ReactionsCollection } = require("WAWebReactionsCollection");
    ReactionsCollection.forget(ReactionsCollection.where(gone.map(({ id }) => String(id))));
  }

  // What a message carries when it comes from the cloud. `isNew`: what is not known yet is told, else only kept.
  function receive(key, reactions, isNew) {
    for (const reaction of reactions) {
      const record = recordOf(key, reaction);
      if (known.get(String(key))?.get(record.senderUserJid)?.msgKey === record.msgKey) continue;
      if (isNew) require("WAWebReactionsCollectionAction").addOrUpdateReactionsModelCollection(record, true);
      else keep([record]);
    }
  }

  return { keep, receive, stored, forget };
});
