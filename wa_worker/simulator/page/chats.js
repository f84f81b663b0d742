// Chats and messages as models, and how wa-js finds, reads and marks them.
"use strict";

__provide("WAWebMsgModel", (load) => {
  const { BaseModel } = load("WAWebBaseModel");
  /** @extends {BaseModel<MsgFields>} */
  class Msg extends BaseModel {
    static fields = [
      "id",
      "body",
      "type",
      "subtype",
      "t",
      "from",
      "to",
      "author",
      "ack",
      "isNewMsg",
      "notifyName",
      "caption",
      "filename",
      "mimetype",
      "latestEditMsgKey",
      "mediaData",
      "mediaObject",
      "quotedStanzaID",
      "quotedParticipant",
      "quotedMsg",
      "isLive",
      "isViewOnce",
      "isForwarded",
      "hasReaction",
      "lat",
      "lng",
      "loc",
      "vcardFormattedName",
      "vcardList",
      "pollName",
      "pollOptions",
      "callOutcome",
      "isVideoCall",
      "size",
      "filehash",
    ];
    get sender() {
      return this.author || this.from;
    }
    get isMedia() {
      return !!this.mediaData;
    }
    get isStatusV3() {
      return String(this.from) === "status@broadcast";
    }
    /** @param {number} ack */
    updateAck(ack) {
      if (ack > (this.ack ?? -9)) this.set({ ack });
    }
    msgContextInfo() {
      return {
        quotedStanzaID: this.id.id,
        quotedParticipant: this.sender,
        quotedMsg: { type: this.type, body: this.body },
      };
    }
    async downloadMedia() {
      await load("SimMedia").fetchInto(this);
    }
    get proxyName() {
      return "msg";
    }
  }
  return { default: Msg };
});

__provide("WAWebMsgCollection", (load) => {
  const { BaseCollection } = load("WAWebBaseCollection");
  /** @extends {BaseCollection<Msg>} */
  class MsgCollectionImpl extends BaseCollection {
    static model = load("WAWebMsgModel").default;
    /**
     * Receipts, edits and quotes name a message by the short id alone.
     * @type {Map<string | undefined, Msg>}
     */
    #byShortId = new Map();

    /**
     * @param {Msg | Msg["attributes"]} value
     * @param {AddOptions} options
     */
    _addOne(value, options) {
      const model = super._addOne(value, options);
      this.#byShortId.set(model.id.id, model);
      return model;
    }

    /** @param {string | undefined} id */
    withShortId(id) {
      return this.#byShortId.get(id);
    }

    /** @param {Msg[]} models */
    forget(models) {
      super.forget(models);
      for (const model of models) if (this.#byShortId.get(model.id.id) === model) this.#byShortId.delete(model.id.id);
    }

    /**
     * wa-js replaces this on the instance to say chat.msg_revoke.
     * @param {Wid} chatId
     * @param {MsgFields[]} raws
     */
    async processMultipleMessages(chatId, raws) {
      return load("SimInbound").ingest(chatId, raws);
    }
  }
  return { MsgCollectionImpl, MsgCollection: new MsgCollectionImpl() };
});

__provide("WAWebChatModel", (load) => {
  const { BaseModel } = load("WAWebBaseModel");
  /** @extends {BaseModel<ChatFields>} */
  class Chat extends BaseModel {
    static fields = [
      "id",
      "name",
      "t",
      "unreadCount",
      "lastReceivedKey",
      "archive",
      "active",
      "labels",
      "pausedTimerId",
      "groupMetadata",
      "isParentGroup",
    ];
    static defaults = () => ({ unreadCount: 0, archive: false, labels: [] });
    #msgs = new (load("WAWebMsgCollection").MsgCollectionImpl)();
    #presence = { subscribe: async () => {}, id: this.id };

    get msgs() {
      return this.#msgs;
    }
    get presence() {
      return this.#presence;
    }
    get contact() {
      return load("WAWebContactCollection").ContactCollection.get(this.id);
    }
    get proxyName() {
      return "chat";
    }
  }
  return { default: Chat };
});

__provide("WAWebChatCollection", (load) => {
  const { BaseCollection } = load("WAWebBaseCollection");
  /** @extends {BaseCollection<Chat>} */
  class ChatCollectionImpl extends BaseCollection {
    static model = load("WAWebChatModel").default;
  }
  return { ChatCollectionImpl, ChatCollection: new ChatCollectionImpl() };
});

// What the page holds of a chat in memory. Older messages are in its database, which here is the cloud's.
__provide("SimMemory", (load) => {
  // Above MOST, down to KEPT: as many as a freshly loaded page is given.
  const MOST = 100;
  const KEPT = 50;

  /** @param {Chat} chat */
  function trim(chat) {
    if (chat.msgs.length <= MOST) return;
    const gone = chat.msgs.toArray().slice(0, -KEPT);
    chat.msgs.forget(gone);
    load("WAWebMsgCollection").MsgCollection.forget(gone);
    load("SimReactions").forget(gone);
  }

  return { trim };
});

// Collections that wa-js binds to at its start; they stay empty.
(() => {
  /**
   * @template {BaseModel<any>} Model
   * @param {Load} load
   * @param {ModelClass<Model>} model
   * @returns {BaseCollection<Model>}
   */
  function empty(load, model) {
    const { BaseCollection } = load("WAWebBaseCollection");
    /** @extends {BaseCollection<Model>} */
    class Empty extends BaseCollection {
      static model = model;
      _handleParentGroupChange() {}
    }
    return new Empty();
  }
  __provide("WAWebNewsletterCollection", (load) => ({ default: empty(load, load("WAWebChatModel").default) }));
  __provide("WAWebStatusCollection", (load) => ({ StatusCollection: empty(load, load("WAWebChatModel").default) }));
  __provide("WAWebPresenceCollection", (load) => ({
    PresenceCollection: empty(load, load("WAWebBaseModel").BaseModel),
  }));
})();

__provide("WAWebFindChatAction", (load) => ({
  findOrCreateLatestChat: async (wid) => {
    const { ChatCollection } = load("WAWebChatCollection");
    const cache = load("WAWebLidPnCache").lidPnCache;
    const other = wid.isLid() ? cache.getPhoneNumber(wid) : cache.getCurrentLid(wid);
    const known = ChatCollection.get(wid) || (other && ChatCollection.get(other));
    if (known) return { chat: { id: known.id }, created: false };
    const exists = !wid.isUser() || (await load("SimLink").call({ t: "exists", wid: String(wid) }));
    if (!exists) throw new Error(`chat creation failed: no such account ${wid}`);
    // A chat is named by its LID where there is one.
    const chat = ChatCollection.add({ id: other && !wid.isLid() ? other : wid });
    return { chat: { id: chat.id }, created: true };
  },
}));

__provide("WAWebQuotedMsg", (load) => ({
  getQuotedMsgObj: (msg) => load("WAWebMsgCollection").MsgCollection.withShortId(msg.quotedStanzaID),
}));

__provide("WAWebHasUnread", () => ({ getHasUnread: (chat) => chat.unreadCount !== 0 }));
__provide("WAWebChatSeenBridge", (load) => ({
  markUnread: async () => {},
  sendSeen: async ({ chat }) => {
    if (!chat.unreadCount) return;
    load("SimLink").send({ t: "seen", chat: String(chat.id) });
    chat.set({ unreadCount: 0 });
  },
}));
__provide("WAWebChatPresenceBridge", (load) => {
  /** @type {(state: string) => (chat: Chat) => Promise<void>} */
  const say = (state) => async (chat) => load("SimLink").send({ t: "chatstate", chat: String(chat.id), state });
  return { markComposing: say("composing"), markPaused: say("paused"), markRecording: say("recording") };
});

// getMessages reads the page's database, which here is the cloud's.
__provide("WAWebMsgFind", (load) => {
  /** @type {FindMessages} */
  const find = async ({ anchor, count, direction }) => {
    const found = await load("SimLink").callLocal({
      t: "history",
      chat: String(anchor.remote),
      anchor: anchor.id,
      count: count !== undefined && Number.isFinite(count) ? count : -1,
      direction,
    });
    return { status: 200, messages: found.map((wire) => load("SimInbound").toRaw(wire)) };
  };
  return {
    msgFindByDirection: find,
    msgFindBefore: (query) => find({ ...query, direction: "before" }),
    msgFindAfter: (query) => find({ ...query, direction: "after" }),
  };
});

// getMessageById for a message that is not in memory.
__provide("WAWebSearchContext", (load) => ({
  getSearchContext: ({ chat, msgKey }) => ({
    key: msgKey,
    collection: Object.assign(chat.msgs, { loadAroundPromise: load("SimInbound").loadOne(chat, msgKey) }),
  }),
}));
