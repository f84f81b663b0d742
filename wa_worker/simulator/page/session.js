// Who is logged in, and the state of the connection: what WPP.conn reads and listens to.
"use strict";

// What the page remembers of its link to the phone. One origin serves many phones, so the keys carry the phone's.
__provide("SimRegistration", () => {
  const phone = new URLSearchParams(location.search).get("phone") || "1";
  const key = (name) => `sim:${phone}:${name}`;
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

__provide("WAWebUserPrefsMeUser", (require) => {
  const registration = require("SimRegistration");
  const maybe = (name) => {
    const text = registration.read(name);
    return text ? require("WAWebWidFactory").createWid(text) : undefined;
  };
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
__provide("WAWebAuthState", (require) => ({ isLoggedIn: () => require("SimRegistration").isLinked() }));
__provide("WAWebRegState", (require) => ({
  isRegistered: () => require("SimRegistration").isLinked() || require("SimRegistration").isAtGate,
}));

// The keys that getAuthCode puts behind the ref. Made once a page: the QR's text changes only when the ref does.
__provide("SimKeys", () => {
  const key = () => crypto.getRandomValues(new Uint8Array(32));
  return { identity: key(), noise: key() };
});
__provide("WAWebSignalStoreApi", (require) => ({
  waSignalStore: { getRegistrationInfo: async () => ({ identityKeyPair: { pubKey: require("SimKeys").identity } }) },
}));
__provide("WAWebNoiseInfoStore", (require) => ({
  waNoiseInfo: { get: async () => ({ staticKeyPair: { pubKey: require("SimKeys").noise } }) },
}));
__provide("WAWebAdvStore", () => ({ getADVSecretKey: () => btoa("sim-adv-secret-key"), setADVSignedIdentity() {} }));
__provide("WABase64", () => ({
  encodeB64: (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))),
  decodeB64: (text) => Uint8Array.from(atob(text), (ch) => ch.charCodeAt(0)).buffer,
}));

__d("WAWebConnModel", [], (require, module, exports) => {
  class Conn extends require("WAWebBaseModel").BaseModel {
    static fields = ["ref", "connected", "platform", "pushname", "wid", "battery", "plugged"];
  }
  exports.Conn = new Conn({ connected: false });
  exports.ConnImpl = Conn;
});

__d("WAWebSocketModel", [], (require, module, exports) => {
  class Socket extends require("WAWebBaseModel").BaseModel {
    static fields = ["state", "stream", "hasSynced"];
    logout() {
      require("SimLink").send({ t: "logout" });
    }
    poke() {}
    takeover() {}
  }
  exports.Socket = new Socket({ state: "OPENING", stream: "DISCONNECTED" });
});

__d("WAWebStreamModel", [], (require, module, exports) => {
  class Stream extends require("WAWebBaseModel").BaseModel {
    static fields = ["mode", "info", "needsUpdate", "available"];
    markAvailable() {}
    markUnavailable() {}
  }
  exports.Stream = new Stream({ info: "OPENING" });
});

__d("WAWebCmd", [], (require, module, exports) => {
  class CmdImpl extends require("WAWebEventEmitter").default {
    isMainLoaded = false;
    mainLoaded() {
      this.isMainLoaded = true;
      this.trigger("main_loaded");
    }
    refreshQR() {
      require("SimLink").send({ t: "refresh_qr" });
    }
  }
  exports.CmdImpl = CmdImpl;
  exports.Cmd = new CmdImpl();
});

__d("WAWebNetworkStatus", [], (require, module, exports) => {
  class NetworkStatus extends require("WAWebBaseModel").BaseModel {
    static fields = ["online"];
    checkOnline() {
      return this.online;
    }
  }
  exports.default = new NetworkStatus({ online: true });
});

// Nothing is left to sync once the page is in MAIN.
__provide("WAWebHistorySyncProgress", () => ({
  getHistorySyncProgressModel: () => ({ realProgress: 100, remainingPausedSeconds: 0 }),
}));

// wa-js wraps trigger to say conn.backend_event (offline_delivery_end among them).
__provide("WAWebBackendEventBus", (require) => ({
  BackendEventBus: new (require("WAWebEventEmitter").default)(),
  BackendEvent: {},
}));

// startLinkDeviceCodeForPhoneNumber; the events tell it that the code was typed or must be renewed.
__provide("WAWebAltDeviceLinkingApi", (require) => ({
  initializeAltDeviceLinking: async () => {},
  genLinkDeviceCodeForPhoneNumber: (phone) => require("SimLink").call({ t: "link_code", phone }),
}));
__provide("WAWebLinkDeviceEvents", (require) => ({
  WAWebLinkDeviceEvents: new (require("WAWebEventEmitter").default)(),
}));
