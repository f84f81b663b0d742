// Reactions: kept by message, told when they come, and sent.
"use strict";

__provide("WAWebReactionsCollection", (load) => {
  const { BaseModel } = load("WAWebBaseModel");
  /** @extends {BaseModel<ReactionsFields>} */
  class Reactions extends BaseModel {
    static fields = ["id", "reactions", "reactionByMe"];
  }
  const { BaseCollection } = load("WAWebBaseCollection");
  /** @extends {BaseCollection<Reactions>} */
  class ReactionsCollectionImpl extends BaseCollection {
    static model = Reactions;
  }
  return { ReactionsCollectionImpl, ReactionsCollection: new ReactionsCollectionImpl() };
});

// wa-js wraps this to say chat.new_reaction; one record at a time, the second argument true.
__provide("WAWebReactionsCollectionAction", (load) => ({
  addOrUpdateReactionsModelCollection: async (record) => load("SimReactions").keep([record].flat()),
}));

__provide("WAWebGetReactions", (load) => ({
  getReactions: async (id) => {
    const { ReactionsCollection } = load("WAWebReactionsCollection");
    const found = ReactionsCollection.get(String(id)) ?? (await load("SimReactions").stored(String(id)));
    return { reactions: found.reactions, reactionByMe: found.reactionByMe };
  },
}));

__provide("WAWebSendReactionMsgAction", (load) => ({
  sendReactionToMsg: async (msg, text) => {
    const answer = await load("SimLink").call({ t: "react", chat: String(msg.id.remote), id: msg.id.id, text });
    return { messageSendResult: answer?.error ?? "OK" };
  },
}));

__provide("SimReactions", (load) => {
  /**
   * By the message's key, then by the sender.
   * @type {Map<string, Map<string, ReactionRecord>>}
   */
  const known = new Map();
  const myLid = () => String(load("WAWebUserPrefsMeUser").getMaybeMeLidUser());
  const messages = () => load("WAWebMsgCollection").MsgCollection;

  /**
   * The cloud's record in WhatsApp's words.
   * @type {(key: MsgKey, reaction: WireReaction) => ReactionRecord}
   */
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

  /** @param {ReactionRecord[]} records */
  function keep(records) {
    for (const record of records) {
      const key = String(record.parentMsgKey);
      const bySender = known.get(key) ?? new Map();
      known.set(key, bySender.set(record.senderUserJid, record));
      const shown = shownAs([...bySender.values()]);
      load("WAWebReactionsCollection").ReactionsCollection.add({ id: key, ...shown });
      messages()
        .get(key)
        ?.set({ hasReaction: shown.reactions.length > 0 });
    }
  }

  /**
   * @param {ReactionRecord[]} records
   * @returns {ShownReactions}
   */
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

  /**
   * Of a message that is not in memory: from the page's database.
   * @param {string} text
   */
  async function stored(text) {
    const key = load("WAWebMsgKey").default.fromString(text);
    const wire = await load("SimLink").callLocal({ t: "get", chat: String(key.remote), id: key.id });
    return shownAs((wire?.reactions ?? []).map((reaction) => recordOf(key, reaction)));
  }

  /**
   * Those of messages that leave the memory.
   * @param {Msg[]} gone
   */
  function forget(gone) {
    for (const { id } of gone) known.delete(String(id));
    const { ReactionsCollection } = load("WAWebReactionsCollection");
    ReactionsCollection.forget(ReactionsCollection.where(gone.map(({ id }) => String(id))));
  }

  /**
   * What a message carries when it comes from the cloud. `isNew`: what is not known yet is told, else only kept.
   * @param {MsgKey} key
   * @param {WireReaction[]} reactions
   * @param {boolean} isNew
   */
  function receive(key, reactions, isNew) {
    for (const reaction of reactions) {
      const record = recordOf(key, reaction);
      if (known.get(String(key))?.get(record.senderUserJid)?.msgKey === record.msgKey) continue;
      if (isNew) load("WAWebReactionsCollectionAction").addOrUpdateReactionsModelCollection(record, true);
      else keep([record]);
    }
  }

  return { keep, receive, stored, forget };
});
