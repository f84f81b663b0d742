// Wid (who) and MsgKey (which message): the two ids that everything in WhatsApp Web is named by.
"use strict";

__d("WAWebWid", [], (require, module, exports) => {
  const serverOf = (wid) => (typeof wid === "string" ? wid.split("@")[1] : wid?.server);

  class Wid {
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
    equals(other) {
      return !!other && String(other) === this._serialized;
    }
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

    static isXWid(server, wid) {
      return serverOf(wid) === server;
    }
    static isWid(wid) {
      return wid instanceof Wid;
    }
    static isGroup(wid) {
      return serverOf(wid) === "g.us";
    }
    static isUser(wid) {
      return ["c.us", "lid"].includes(serverOf(wid));
    }
    static isLid(wid) {
      return serverOf(wid) === "lid";
    }
    static isStatus(wid) {
      return String(wid) === "status@broadcast";
    }
    static isStatusV3(wid) {
      return Wid.isStatus(wid);
    }
    static isBroadcast(wid) {
      return serverOf(wid) === "broadcast";
    }
    static isPSA(wid) {
      return String(wid) === "0@c.us";
    }
    static equals(a, b) {
      return String(a) === String(b);
    }
  }
  exports.default = Wid;
});

__provide("WAWebWidFactory", (require) => {
  const Wid = require("WAWebWid").default;
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

__d("WAWebMsgKey", [], (require, module, exports) => {
  const Wid = require("WAWebWid").default;

  class MsgKey {
    constructor(parts) {
      if (!parts) throw new Error("MsgKey error: obj is null/undefined");
      this.fromMe = parts.selfDir ? parts.selfDir === "out" : !!parts.fromMe;
      this.remote = parts.remote || (this.fromMe ? parts.to : parts.from);
      this.id = parts.id;
      if (parts.participant) this.participant = parts.participant;
      this._serialized = [this.fromMe, this.remote, this.id, ...(parts.participant ? [parts.participant] : [])].join(
        "_",
      );
    }

    toString() {
      return this._serialized;
    }
    equals(other) {
      return !!other && String(other) === this._serialized;
    }
    clone() {
      return new MsgKey(this);
    }

    static fromString(text) {
      const [fromMe, remote, id, participant] = String(text).split("_");
      if (!id) throw new Error(`MsgKey error: cannot parse ${text}`);
      return new MsgKey({
        fromMe: fromMe === "true",
        remote: new Wid(remote),
        id,
        participant: participant && new Wid(participant),
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
  exports.default = MsgKey;
});
