// Wid (who) and MsgKey (which message): the two ids that everything in WhatsApp Web is named by.
"use strict";

__provide("WAWebWid", () => {
  /** @param {string | Wid | null | undefined} wid */
  const serverOf = (wid) => (typeof wid === "string" ? wid.split("@")[1] : wid?.server);

  class Wid {
    /** @param {unknown} text */
    constructor(text) {
      const [user, server] = String(text).split("@");
      this.user = user;
      this.server = server || "c.us";
      this._serialized = `${this.user}@${this.server}`;
    }

    toString() {
      return this._serialized;
    }
    toJSON() {
      return this._serialized;
    }
    toJid() {
      return this._serialized.replace("@c.us", "@s.whatsapp.net");
    }
    /** @param {unknown} other */
    equals(other) {
      return !!other && String(other) === this._serialized;
    }
    /** @param {unknown} other */
    isSameAccount(other) {
      return this.equals(other);
    }
    isUser() {
      return ["c.us", "lid", "bot", "hosted", "hosted.lid"].includes(this.server);
    }
    isLid() {
      return this.server === "lid";
    }
    isGroup() {
      return this.server === "g.us";
    }
    isBot() {
      return this.server === "bot";
    }
    isNewsletter() {
      return this.server === "newsletter";
    }
    isBroadcast() {
      return this.server === "broadcast";
    }
    isStatus() {
      return this._serialized === "status@broadcast";
    }
    isStatusV3() {
      return this.isStatus();
    }
    isPSA() {
      return this._serialized === "0@c.us";
    }
    isServer() {
      return this.server === "s.whatsapp.net";
    }
    isGroupCall() {
      return false;
    }
    isCompanion() {
      return false;
    }
    isUserNotPSA() {
      return this.isUser() && !this.isPSA();
    }

    /**
     * @param {string} server
     * @param {string | Wid | null | undefined} wid
     */
    static isXWid(server, wid) {
      return serverOf(wid) === server;
    }
    /** @param {unknown} wid */
    static isWid(wid) {
      return wid instanceof Wid;
    }
    /** @param {string | Wid | null | undefined} wid */
    static isGroup(wid) {
      return serverOf(wid) === "g.us";
    }
    /** @param {string | Wid | null | undefined} wid */
    static isUser(wid) {
      return ["c.us", "lid"].includes(serverOf(wid) ?? "");
    }
    /** @param {string | Wid | null | undefined} wid */
    static isLid(wid) {
      return serverOf(wid) === "lid";
    }
    /** @param {unknown} wid */
    static isStatus(wid) {
      return String(wid) === "status@broadcast";
    }
    /** @param {unknown} wid */
    static isStatusV3(wid) {
      return Wid.isStatus(wid);
    }
    /** @param {string | Wid | null | undefined} wid */
    static isBroadcast(wid) {
      return serverOf(wid) === "broadcast";
    }
    /** @param {unknown} wid */
    static isPSA(wid) {
      return String(wid) === "0@c.us";
    }
    /**
     * @param {unknown} a
     * @param {unknown} b
     */
    static equals(a, b) {
      return String(a) === String(b);
    }
  }
  return { default: Wid };
});

__provide("WAWebWidFactory", (load) => {
  const Wid = load("WAWebWid").default;
  /** @param {unknown} text */
  const createWid = (text) => {
    if (!/^[\w.:-]+@[\w.]+$/.test(String(text))) throw new Error(`wid error: invalid wid ${text}`);
    return new Wid(text);
  };
  return {
    createWid,
    isWidlike: (x) => !!x && typeof x === "object" && typeof x.user === "string" && typeof x.server === "string",
    createWidFromWidLike: (x) => (x instanceof Wid ? x : new Wid(`${x.user}@${x.server}`)),
    createUserWidOrThrow: (user, server = "c.us") => createWid(String(user).includes("@") ? user : `${user}@${server}`),
  };
});

__provide("WAWebMsgKey", (load) => {
  const Wid = load("WAWebWid").default;

  class MsgKey {
    /** @param {KeyParts} parts */
    constructor(parts) {
      if (!parts) throw new Error("MsgKey error: obj is null/undefined");
      this.fromMe = parts.selfDir ? parts.selfDir === "out" : !!parts.fromMe;
      this.remote = /** @type {Wid} */ (parts.remote || (this.fromMe ? parts.to : parts.from));
      this.id = parts.id;
      if (parts.participant) this.participant = parts.participant;
      this._serialized = [this.fromMe, this.remote, this.id, ...(parts.participant ? [parts.participant] : [])].join(
        "_",
      );
    }

    toString() {
      return this._serialized;
    }
    /** @param {unknown} other */
    equals(other) {
      return !!other && String(other) === this._serialized;
    }
    clone() {
      return new MsgKey(this);
    }

    /** @param {unknown} text */
    static fromString(text) {
      const [fromMe, remote, id, participant] = String(text).split("_");
      if (!id) throw new Error(`MsgKey error: cannot parse ${text}`);
      return new MsgKey({
        fromMe: fromMe === "true",
        remote: new Wid(remote),
        id,
        participant: participant ? new Wid(participant) : undefined,
      });
    }

    static async newId() {
      const bytes = [...crypto.getRandomValues(new Uint8Array(9))];
      return (
        "3EB0" +
        bytes
          .map((byte) => byte.toString(16).padStart(2, "0"))
          .join("")
          .toUpperCase()
      );
    }
  }
  return { default: MsgKey };
});
