// Chats and messages as models, and how wa-js finds, reads and marks them.
"use strict";

__d("WAWebMsgModel", [], (require, module, exports) => {
  class Msg extends require("WAWebBaseModel").BaseModel {
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
      await require("SimMedia").fetchInto(this);
    }
  }
  Msg.prototype.proxyName = "msg";
  exports.default = Msg;
});

__d("WAWebMsgCollection", [], (require, module, exports) => {
  class MsgCollectionImpl extends require("WAWebBaseCollection").BaseCollection {
    static model = require("WAWebMsgModel").default;

    constructor() {
      super();
      // Receipts, edits and quotes name a message by the short id alone.
      Object.defineProperty(this, "_byShortId", { value: new Map() });
    }

    _addOne(value, options) {
      const model = super._addOne(value, options);
      this._byShortId.set(model.id.id, model);
      return model;
    }

    withShortId(id) {
      return this._byShortId.get(id);
    }

    forget(models) {
      super.forget(models);
      for (const model of models) if (this._byShortId.get(model.id.id) === model) this._byShortId.delete(model.id.id);
    }

    // wa-js replaces this on the instance to say chat.msg_revoke.
    async processMultipleMessages(chatId, raws) {
      return require("SimInbound").ingest(chatId, raws);
    }
  }
  exports.MsgCollectionImpl = MsgCollectionImpl;
  exports.MsgCollection = new MsgCollectionImpl();
});

__d("WAWebChatModel", [], (require, module, exports) => {
  class Chat extends require("WAWebBaseModel").BaseModel {
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
    initialize() {
      const { MsgCollectionImpl } = require("WAWebMsgCollection");
      Object.defineProperty(this, "msgs", { value: new MsgCollectionImpl() });
      Object.defineProperty(this, "presence", { value: { subscribe: async () => {}, id: this.id } });
    }
    get contact() {
      return require("WAWebContactCollection").ContactCollection.get(this.id);
    }
  }
  Chat.prototype.proxyName = "chat";
  exports.default = Chat;
});

__d("WAWebChatCollection", [], (require, module, exports) => {
  class ChatCollectionImpl extends require("WAWebBaseCollection").BaseCollection {
    static model = require("WAWebChatModel").default;
  }
  exports.ChatCollectionImpl = ChatCollectionImpl;
  exports.ChatCollection = new ChatCollectionImpl();
});

// What the page holds of a chat in memory. Older messages are in its database, which here is the cloud's.
__provide("SimMemory", (require) => {
  // Above MOST, down to KEPT: as many as a freshly loaded page is given.
  const MOST = 100;
  const KEPT = 50;

  function trim(chat) {
    if (chat.msgs.length <= MOST) return;
    const gone = chat.msgs.toArray().slice(0, -KEPT);
    chat.msgs.forget(gone);
    require("WAWebMsgCollection").MsgCollection.forget(gone);
    require("SimReactions").forget(gone);
  }

  return { trim };
});

// Collections that wa-js binds to at its start; they stay empty.
(() => {
  const empty = (Model) => (require) => {
    const Collection = class extends require("WAWebBaseCollection").BaseCollection {
      static model = Model ? Model(require) : require("WAWebChatModel").default;
      _handleParentGroupChange() {}
    };
    return new Collection();
  };
  const blank = (require) => class extends require("WAWebBaseModel").BaseModel {};
  __provide("WAWebNewsletterCollection", (require) => ({ default: empty()(require) }));
  __provide("WAWebStatusCollection", (require) => ({ StatusCollection: empty()(require) }));
  __provide("WAWebPresenceCollection", (require) => ({ PresenceCollection: empty(blank)(require) }));
})();

__provide("WAWebFindChatAction", (require) => ({
  findOrCreateLatestChat: async (wid) => {
    const { ChatCollection } = require("WAWebChatCollection");
    const cache = require("WAWebLidPnCache").lidPnCache;
    const other = wid.isLid() ? cache.getPhoneNumber(wid) : cache.getCurrentLid(wid);
    const known = ChatCollection.get(wid) || (other && ChatCollection.get(other));
    if (known) return { chat: { id: known.id }, created: false };
    const exists = !wid.isUser() || (await require("SimLink").call({ t: "exists", wid: String(wid) }));
    if (!exists) throw new Error(`chat creation failed: no such account ${wid}`);
    // A chat is named by its LID where there is one.
    const chat = ChatCollection.add({ id: other && !wid.isLid() ? other : wid });
    return { chat: { id: chat.id }, created: true };
  },
}));

__provide("WAWebQuotedMsg", (require) => ({
  getQuotedMsgObj: (msg) => require("WAWebMsgCollection").MsgCollection.withShortId(msg.quotedStanzaID),
}));

__provide("WAWebHasUnread", () => ({ getHasUnread: (chat) => chat.unreadCount !== 0 }));
__provide("WAWebChatSeenBridge", (require) => ({
  markUnread: async () => {},
  sendSeen: async ({ chat }) => {
    if (!chat.unreadCount) return;
    require("SimLink").send({ t: "seen", chat: String(chat.id) });
    chat.set({ unreadCount: 0 });
  },
}));
__provide("WAWebChatPresenceBridge", (require) => {
  const say = (state) => async (chat) => require("SimLink").send({ t: "chatstate", chat: String(chat.id), state });
  return { markComposing: say("composing"), markPaused: say("paused"), markRecording: say("recording") };
});

// getMessages reads the page's database, which here is the cloud's.
__provide("WAWebMsgFind", (require) => {
  const find = async ({ anchor, count, direction }) => {
    const found = await require("SimLink").callLocal({
      t: "history",
      chat: String(anchor.remote),
      anchor: anchor.id,
      count: Number.isFinite(count) ? count : -1,
      direction,
    });
    return { status: 200, messages: found.map((wire) => require("SimInbound").toRaw(wire)) };
  };
  return {
    msgFindByDirection: find,
    msgFindBefore: (query) => find({ ...query, direction: "before" }),
    msgFindAfter: (query) => find({ ...query, direction: "after" }),
  };
});

// getMessageById for a message that is not in memory.
__provide("WAWebSearchContext", (require) => ({
  getSearchContext: ({ chat, msgKey }) => ({
    key: msgKey,
    collection: Object.assign(chat.msgs, { loadAroundPromise: require("SimInbound").loadOne(chat, msgKey) }),
  }),
}));
