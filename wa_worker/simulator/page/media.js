// Files: prepared for sending, and fetched when wa-js downloads one.
"use strict";

__provide("WAWebOpaqueData", () => {
  class OpaqueData {
    /**
     * @param {Blob} blob
     * @param {string} type
     */
    constructor(blob, type) {
      this._blob = blob;
      this._type = type;
    }
    /**
     * @param {Blob} blob
     * @param {string} type
     */
    static async createFromData(blob, type) {
      return new OpaqueData(blob, type);
    }
    type() {
      return this._type;
    }
    size() {
      return this._blob.size;
    }
    forceToBlob() {
      return this._blob;
    }
    throwIfReleased() {}
    autorelease() {}
  }
  return { default: OpaqueData };
});

__provide("WAWebMediaGating", () => ({ getUploadLimit: () => 64 * 1024 * 1024 }));

// downloadMedia looks here, by filehash, after it asked the message to download itself. The oldest gives way.
__provide("WAWebLruMediaStore", () => {
  const MOST = 20;
  /** @type {Map<string, ArrayBuffer>} */
  const files = new Map();
  return {
    LruMediaStore: {
      get: async (key) => files.get(key),
      put: async (key, value) => {
        files.set(key, value);
        const [oldest] = files.keys();
        if (files.size > MOST) files.delete(oldest);
      },
      del: async (key) => files.delete(key),
      clear: async () => files.clear(),
      count: async () => files.size,
      has: async (key) => files.has(key),
    },
  };
});

__provide("SimMedia", (load) => ({
  fetchInto: async ({ mediaData }) => {
    if (!mediaData) throw new Error("this message has no file");
    const how = await load("SimLink").call({ t: "download" });
    if (how === "slow") await new Promise((resolve) => setTimeout(resolve, 5000));
    const response = await fetch(`/sim/media/${encodeURIComponent(mediaData.filehash)}`);
    if (!response.ok || how === "gone") throw new Error("MediaNotFoundError: 410");
    const content = new Uint8Array(await response.arrayBuffer());
    if (how === "corrupt") for (let n = 0; n < content.length; n += 2) content[n] ^= 0xff;
    await load("WAWebLruMediaStore").LruMediaStore.put(mediaData.filehash, content.buffer);
  },
  // Waits for the network like everything that is sent, then brings the bytes to WhatsApp's server.
  upload: async (blob) => {
    await load("SimLink").call({ t: "upload" });
    const response = await fetch("/sim/upload", { method: "POST", body: blob });
    if (!response.ok) throw new Error(`upload failed ${response.status}`);
  },
}));

__provide("WAWebMediaPrep", (load) => {
  /**
   * @param {string} mimetype
   * @param {PrepOptions} options
   */
  const kindOf = (mimetype, options) => {
    if (options.asDocument) return "document";
    if (options.asSticker) return "sticker";
    if (options.isPtt) return "ptt";
    return /^(image|video|audio)\//.test(mimetype) ? mimetype.split("/")[0] : "document";
  };

  class MediaPrep {
    /**
     * @param {OpaqueData} data
     * @param {PrepOptions} options
     */
    constructor(data, options) {
      this.data = data;
      this.options = options;
      this._mediaData = /** @type {FileData} */ ({}); // until waitForPrep
    }
    async waitForPrep() {
      const mimetype = this.data.type();
      const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", await this.data.forceToBlob().arrayBuffer()));
      const filehash = btoa(String.fromCharCode(...hash))
        .replaceAll("+", "-")
        .replaceAll("/", "_");
      Object.assign(this._mediaData, {
        type: kindOf(mimetype, this.options),
        mimetype,
        size: this.data.size(),
        filehash,
      });
    }
    /** @param {{ chat: Chat, options: SendMediaOptions }} request */
    async sendToChat({ chat, options }) {
      await null; // wa-js listens for the message only when it has this promise
      const { type, mimetype, filehash, size } = this._mediaData;
      const raw = {
        ...options.productMsgOptions,
        type,
        mimetype,
        filehash,
        size,
        caption: options.caption,
        isViewOnce: options.isViewOnce,
        mediaData: this._mediaData,
        mediaObject: { type: type.toUpperCase() },
        body: "",
        upload: () => load("SimMedia").upload(this.data.forceToBlob()),
      };
      const [, answered] = await load("WAWebSendMsgChatAction").addAndSendMsgToChat(chat, raw);
      return answered;
    }
  }
  return {
    MediaPrep,
    uploadProductImage: async () => {},
    prepRawMedia: (data, options) => new MediaPrep(data, options),
  };
});
