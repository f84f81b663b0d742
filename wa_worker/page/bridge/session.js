// The session: the page's state, pairing and logging out.
// A part of the bridge: all parts are put into one function, in the order that ../bridge.py names.

/** @type {{ code: string | null }} */
const link = { code: null };
for (const name of [
  "auth_code_change",
  "authenticated",
  "main_loaded",
  "main_ready",
  "stream_mode_changed",
  "stream_info_changed",
  "online",
  "logout",
  "require_auth",
  "qrcode_idle",
  "needs_update",
]) {
  window.WPP.on(`conn.${name}`, () => hint(name));
}
window.WPP.on("conn.link_code_change", (code) => {
  link.code = code;
  hint("link_code");
});
for (const name of ["link_code_expired", "link_code_error", "authenticated"]) {
  window.WPP.on(`conn.${name}`, () => {
    link.code = null;
    hint(name);
  });
}
window.WPP.on("conn.backend_event", (name) => {
  if (name === "offline_delivery_end") hint(name);
});

// ---- requests of the worker
let isComplete = false;

/** @returns {Promise<Evidence>} */
async function evidence() {
  const { conn } = window.WPP;
  const wa_version = text(window.Debug?.VERSION) || "";
  if (!window.WPP.isReady) {
    // wa-js may be waiting for a missing part.
    return { is_ready: false, missing: window.WPP.isInjected ? missing() : [], wa_version };
  }
  const lacks = isComplete ? [] : missing();
  isComplete = lacks.length === 0;
  const stream = attempt(() => conn.getStreamData()) || {};
  const code = await Promise.resolve(attempt(() => conn.getAuthCode())).catch(() => null);
  return {
    is_ready: true,
    missing: lacks,
    is_registered: !!attempt(() => conn.isRegistered()),
    is_authenticated: !!attempt(() => conn.isAuthenticated()),
    mode: stream.mode || "",
    info: stream.info || "",
    is_online: attempt(() => conn.isOnline()) !== false,
    is_qr_idle: !!attempt(() => conn.isIdle()),
    qr_text: code?.fullCode || null,
    pairing_code: link.code,
    own_jid: text(attempt(() => conn.getMyUserId())),
    own_name: attempt(() => wa().Conn.pushname) || null,
    sync_percent: attempt(() => Math.round(conn.getHistorySyncProgress().progress)) ?? null,
    wa_version,
  };
}

// Throws when the store can't be read; false when the server does not answer. Any answer will do, also a refusal.
// Not `WPP.contact.queryWidExists`: for somebody it knows that one answers from memory.
/** @param {number} patienceMs */
async function probe(patienceMs) {
  if (!Array.isArray(wa().ChatStore.getModelsArray()) || !Array.isArray(wa().MsgStore.getModelsArray()))
    throw new Error("no store");
  const began = Date.now();
  const me = wa().UserPrefs.getMaybeMePnUser() || wa().UserPrefs.getMaybeMeLidUser();
  const answer = Promise.resolve(wa().functions.queryWidExists(me)).then(
    () => true,
    () => true,
  );
  const silence = new Promise((resolve) => {
    setTimeout(resolve, patienceMs, false);
  });
  return (await Promise.race([answer, silence])) && Date.now() >= began;
}

Object.assign(bridge, {
  evidence,
  probe,
  refreshQr: async () => {
    attempt(() => window.WPP.conn.cancelLinkDeviceCode());
    link.code = null;
    await window.WPP.conn.refreshQR();
    return true;
  },
  pairWithCode: /** @param {string} digits */ async (digits) => {
    link.code = await window.WPP.conn.startLinkDeviceCodeForPhoneNumber(digits);
    return link.code;
  },
  logout: async () => {
    await window.WPP.conn.logout();
    return true;
  },
});
