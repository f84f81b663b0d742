// The session: what the page shows of its state, pairing and logging out.
// A part of the bridge: all parts are put into one function, in the order that ../bridge.py names.

const link = { code: null };
for (const name of ['auth_code_change', 'authenticated', 'main_loaded', 'main_ready', 'stream_mode_changed',
  'stream_info_changed', 'online', 'logout', 'require_auth', 'qrcode_idle', 'needs_update']) {
  window.WPP.on(`conn.${name}`, () => hint(name));
}
window.WPP.on('conn.link_code_change', (code) => { link.code = code; hint('link_code'); });
for (const name of ['link_code_expired', 'link_code_error', 'authenticated']) {
  window.WPP.on(`conn.${name}`, () => { link.code = null; hint(name); });
}
window.WPP.on('conn.backend_event', (name) => { if (name === 'offline_delivery_end') hint(name); });

// ---- what the worker asks
const NEEDED = ['MsgStore', 'ChatStore', 'ContactStore', 'Conn', 'Socket', 'Stream', 'Cmd', 'NetworkStatus', 'MsgKey', 'UserPrefs', 'lidPnCache'];
const NEEDED_FUNCTIONS = ['addAndSendMsgToChat', 'findOrCreateLatestChat', 'sendSeen', 'msgFindByDirection', 'getSearchContext',
  'handleChatSimpleReceipt', 'isAuthenticated', 'isRegistered', 'randomMessageId', 'unixTime'];
const missing = () => [
  ...NEEDED.filter((name) => !attempt(() => wa()[name])),
  ...NEEDED_FUNCTIONS.filter((name) => typeof attempt(() => wa().functions[name]) !== 'function'),
];
let isComplete = false;

async function evidence() {
  const { conn } = window.WPP;
  if (!window.WPP.isReady) return { is_ready: false };
  const lacks = isComplete ? [] : missing();
  isComplete = lacks.length === 0;
  const stream = attempt(() => conn.getStreamData()) || {};
  const code = await Promise.resolve(attempt(() => conn.getAuthCode())).catch(() => null);
  return {
    is_ready: true, missing: lacks,
    is_registered: !!attempt(() => conn.isRegistered()), is_authenticated: !!attempt(() => conn.isAuthenticated()),
    mode: stream.mode || '', info: stream.info || '', is_online: attempt(() => conn.isOnline()) !== false,
    is_qr_idle: !!attempt(() => conn.isIdle()), qr_text: code?.fullCode || null, pairing_code: link.code,
    own_jid: text(attempt(() => conn.getMyUserId())), own_name: attempt(() => wa().Conn.pushname) || null,
    wa_version: window.Debug?.VERSION || '',
  };
}

Object.assign(bridge, {
  evidence,
  refreshQr: async () => { attempt(() => window.WPP.conn.cancelLinkDeviceCode()); link.code = null; await window.WPP.conn.refreshQR(); return true; },
  pairWithCode: async (digits) => { link.code = await window.WPP.conn.startLinkDeviceCodeForPhoneNumber(digits); return link.code; },
  logout: async () => { await window.WPP.conn.logout(); return true; },
});
