// Who is logged in, and the state of the connection: what WPP.conn reads and listens to.
"use strict";

// What the page remembers of its link to the phone. One origin serves many phones, so the keys carry the phone's.
__provide("SimRegistration", () => {
  const phone = new URLSearchParams(location.search).get("phone") || "1";
  /** @param {Remembered} name */
  const key = (name) => `sim:${phone}:${name}`;
  /** @type {Remembered[]} */
  const names = ["device", "pn", "lid"];
  return {
    phone,
    read: (name) => localStorage.getItem(key(name)),
    write: (values) => {
      for (const name of names) localStorage.setItem(key(name), values[name]);
    },
    clear: () => {
      for (const name of names) localStorage.removeItem(key(name));
    },
    isLinked: () => !!localStorage.getItem(key("device")),
    // Scanned, but WhatsApp asks for a passkey on the phone first: registered, not yet logged in.
    isAtGate: false,
  };
});

__provide("WAWebUserPrefsMeUser", (load) => {
  const registration = load("SimRegistration");
  /** @param {Remembered} name */
  const maybe = (name) => {
    const text = registration.read(name);
    return text ? load("WAWebWidFactory").createWid(text) : undefined;
  };
  /** @param {Remembered} name */
  const must = (name) => {
    const wid = maybe(name);
    if (!wid) throw new Error("no me user");
    return wid;
  };
  return {
    getMaybeMePnUser: () => maybe("pn"),
    getMaybeMeLidUser: () => maybe("lid"),
    getMePnUserOrThrow: () => must("pn"),
    getMeLidUserOrThrow: () => must("lid"),
    getMe: () => maybe("pn"),
  };
});
__provide("WAWebAuthState", (load) => ({ isLoggedIn: () => load("SimRegistration").isLinked() }));
__provide("WAWebRegState", (load) => ({
  isRegistered: () => load("SimRegistration").isLinked() || load("SimRegistration").isAtGate,
}));

// The keys that getAuthCode puts behind the ref. Made once a page: the QR's text changes only when the ref does.
__provide("SimKeys", () => {
  const key = () => crypto.getRandomValues(new Uint8Array(32));
  return { identity: key(), noise: key() };
});
__provide("WAWebSignalStoreApi", (load) => ({
  waSignalStore: { getRegistrationInfo: async () => ({ identityKeyPair: { pubKey: load("SimKeys").identity } }) },
}));
__provide("WAWebNoiseInfoStore", (load) => ({
  waNoiseInfo: { get: async () => ({ staticKeyPair: { pubKey: load("SimKeys").noise } }) },
}));
__provide("WAWebAdvStore", () => ({ getADVSecretKey: () => btoa("sim-adv-secret-key"), setADVSignedIdentity() {} }));
__provide("WABase64", () => ({
  encodeB64: (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))),
  decodeB64: (text) => Uint8Array.from(atob(text), (ch) => ch.charCodeAt(0)).buffer,
}));

__provide("WAWebConnModel", (load) => {
  const { BaseModel } = load("WAWebBaseModel");
  /** @extends {BaseModel<ConnFields>} */
  class Conn extends BaseModel {
    static fields = ["ref", "connected", "platform", "pushname", "wid", "battery", "plugged"];
  }
  return { Conn: new Conn({ connected: false }), ConnImpl: Conn };
});

__provide("WAWebSocketModel", (load) => {
  const { BaseModel } = load("WAWebBaseModel");
  /** @extends {BaseModel<SocketFields>} */
  class Socket extends BaseModel {
    static fields = ["state", "stream", "hasSynced"];
    logout() {
      load("SimLink").send({ t: "logout" });
    }
    poke() {}
    takeover() {}
  }
  return { Socket: new Socket({ state: "OPENING", stream: "DISCONNECTED" }) };
});

__provide("WAWebStreamModel", (load) => {
  const { BaseModel } = load("WAWebBaseModel");
  /** @extends {BaseModel<StreamFields>} */
  class Stream extends BaseModel {
    static fields = ["mode", "info", "needsUpdate", "available"];
    markAvailable() {}
    markUnavailable() {}
  }
  return { Stream: new Stream({ info: "OPENING" }) };
});

__provide("WAWebCmd", (load) => {
  const { default: EventEmitter } = load("WAWebEventEmitter");
  class CmdImpl extends EventEmitter {
    isMainLoaded = false;
    mainLoaded() {
      this.isMainLoaded = true;
      this.trigger("main_loaded");
    }
    refreshQR() {
      load("SimLink").send({ t: "refresh_qr" });
    }
  }
  return { CmdImpl, Cmd: new CmdImpl() };
});

__provide("WAWebNetworkStatus", (load) => {
  const { BaseModel } = load("WAWebBaseModel");
  /** @extends {BaseModel<{ online: boolean }>} */
  class NetworkStatus extends BaseModel {
    static fields = ["online"];
    checkOnline() {
      return this.online;
    }
  }
  return { default: new NetworkStatus({ online: true }) };
});

// Nothing is left to sync once the page is in MAIN.
__provide("WAWebHistorySyncProgress", () => ({
  getHistorySyncProgressModel: () => ({ realProgress: 100, remainingPausedSeconds: 0 }),
}));

// wa-js wraps trigger to say conn.backend_event (offline_delivery_end among them).
__provide("WAWebBackendEventBus", (load) => ({
  BackendEventBus: new (load("WAWebEventEmitter").default)(),
  BackendEvent: {},
}));

// startLinkDeviceCodeForPhoneNumber; the events tell it that the code was typed or must be renewed.
__provide("WAWebAltDeviceLinkingApi", (load) => ({
  initializeAltDeviceLinking: async () => {},
  genLinkDeviceCodeForPhoneNumber: (phone) => load("SimLink").call({ t: "link_code", phone }),
}));
__provide("WAWebLinkDeviceEvents", (load) => ({
  WAWebLinkDeviceEvents: new (load("WAWebEventEmitter").default)(),
}));
