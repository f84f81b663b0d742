// The bridge inside WhatsApp Web: hands what happens there to the worker, and does what the worker asks.
// Injected by init script after the wa-js bundle, so it returns with every load of the page.
// Everything it hands out is plain JSON; nothing here decides anything that the worker could decide.
(() => {
  'use strict';
  if (window.top !== window || window.__romsBridge) return;

  const text = (value) => (value == null ? null : String(value));
  const attempt = (f) => { try { return f(); } catch { return undefined; } };
  const wa = () => window.WPP.whatsapp;

  // ---- the way out: one delivery in flight, the rest waits and goes together; so order holds and bursts are cheap
  const waiting = [];
  let isDelivering = false;
  function push(event) {
    waiting.push(event);
    if (!isDelivering) { isDelivering = true; queueMicrotask(deliver); }
  }
  async function deliver() {
    while (waiting.length) {
      const batch = waiting.splice(0, 200);
      try { await window.__romsDeliver(JSON.stringify(batch)); } catch { /* the worker is gone; it looks back when it returns */ }
    }
    isDelivering = false;
  }
  const hint = (name) => push({ event: 'hint', name });

  // ---- shapes
  const ONE_TO_ONE = new Set(['c.us', 'lid']);
  const isMe = (wid) => {
    const prefs = wa().UserPrefs;
    return [attempt(() => prefs.getMaybeMePnUser()), attempt(() => prefs.getMaybeMeLidUser())]
      .some((me) => me && String(me) === String(wid));
  };
  const isCustomer = (wid) => !!wid && ONE_TO_ONE.has(wid.server) && !isMe(wid) && String(wid) !== '0@c.us';

  // The same caches that WPP.contact.getPnLidEntry reads, without its query to the server for an unknown LID:
  // this runs for every message, and a number that is not known yet heals with a later one.
  function contactOf(wid) {
    const cache = wa().lidPnCache;
    const lid = wid.server === 'lid' ? wid : attempt(() => cache.getCurrentLid(wid));
    const phone = wid.server === 'c.us' ? wid : attempt(() => cache.getPhoneNumber(wid));
    const found = [wid, lid, phone].map((x) => x && attempt(() => wa().ContactStore.get(x))).find(Boolean);
    return {
      chat: text(wid), lid: text(lid), phone: text(phone),
      name: found?.name || null, pushName: found?.pushname || null, verifiedName: found?.verifiedName || null,
    };
  }

  // Of a medium, `body` is a thumbnail in base64: only its caption is text.
  function textOf(m) {
    if (m.type === 'chat') return m.body ?? '';
    if (m.caption) return m.caption;
    if (m.type === 'location') return m.loc || (m.lat != null ? `${m.lat}, ${m.lng}` : '');
    if (m.type === 'vcard') return m.vcardFormattedName || '';
    if (m.mediaData || m.mimetype || m.type === 'ciphertext' || typeof m.body !== 'string') return '';
    return m.body;
  }
  // WhatsApp has a negative ack for every way to fail (expired, too big, inactive …): to us all of them are -1.
  const ackOf = (ack) => Math.max(-1, ack ?? 0);
  const messageOf = (m) => ({
    event: 'message', key: text(m.id), id: m.id.id, chat: text(m.id.remote), fromMe: !!m.id.fromMe,
    type: m.type || 'unknown', text: textOf(m), t: m.t, ack: ackOf(m.ack), pushName: m.notifyName || null,
    quoted: m.quotedStanzaID || null, contact: contactOf(m.id.remote),
  });

  // ---- what happens
  // The store itself rather than WPP's `chat.new_message`: that one loses a message whose quoted message can't be found.
  function announce(m) {
    if (!m.isNewMsg || !isCustomer(m.id?.remote)) return;
    push(messageOf(m));
    if (m.type === 'ciphertext') m.once('change:type', () => queueMicrotask(() => push(messageOf(m))));
  }
  function listen() {
    wa().MsgStore.on('add', (m) => attempt(() => announce(m)));
    wa().ContactStore.on('change:name change:pushname change:verifiedName', () => hint('contact'));
  }
  const link = { code: null };
  window.WPP.on('chat.msg_ack_change', ({ ack, chat, ids }) => {
    const ours = ids.filter((key) => key.fromMe && ONE_TO_ONE.has(key.remote?.server));
    if (ours.length) push({ event: 'ack', chat: text(chat), ids: ours.map((key) => key.id), ack: ackOf(ack) });
  });
  // For an inbound edit `chat` is our own id: the key of the message knows better.
  window.WPP.on('chat.msg_edited', ({ msg }) => {
    if (isCustomer(msg.id.remote)) push({ event: 'edited', chat: text(msg.id.remote), id: msg.id.id, fromMe: !!msg.id.fromMe, text: textOf(msg) });
  });
  window.WPP.on('chat.msg_revoke', ({ refId }) => {
    if (isCustomer(refId?.remote)) push({ event: 'revoked', chat: text(refId.remote), id: refId.id, fromMe: !!refId.fromMe });
  });
  for (const name of ['auth_code_change', 'authenticated', 'main_loaded', 'main_ready', 'stream_mode_changed',
    'stream_info_changed', 'online', 'logout', 'require_auth', 'qrcode_idle', 'needs_update']) {
    window.WPP.on(`conn.${name}`, () => hint(name));
  }
  window.WPP.on('conn.link_code_change', (code) => { link.code = code; hint('link_code'); });
  for (const name of ['link_code_expired', 'link_code_error', 'authenticated']) {
    window.WPP.on(`conn.${name}`, () => { link.code = null; hint(name); });
  }
  window.WPP.on('conn.backend_event', (name) => { if (name === 'offline_delivery_end') hint(name); });
  window.WPP.loader.onInjected(listen);

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

  const customers = () => wa().ChatStore.getModelsArray().filter((chat) => isCustomer(chat.id));
  const newestOf = (chat) => chat.msgs.getModelsArray().reduce((a, b) => (!a || b.t >= a.t ? b : a), null);

  /** All chats with customers: their id, the time of their last message (epoch s) and its key, if it is in memory. */
  const chats = () => customers().map((chat) => ({
    chat: text(chat.id), t: chat.t || newestOf(chat)?.t || 0, newest: text(newestOf(chat)?.id), unread: chat.unreadCount || 0,
  }));

  async function lookUp(key) {
    try { return await window.WPP.chat.getMessageById(key); } catch (error) {
      if (['msg_not_found', 'chat_not_found'].includes(error?.code)) return null;
      throw error;
    }
  }
  const find = (chat, options) => window.WPP.chat.getMessages(chat.id, options);

  async function after(chat, key) {
    const found = [];
    for (let anchor = key; ;) {
      const page = await find(chat, { direction: 'after', count: 200, id: anchor });
      found.push(...page);
      if (page.length < 200) return found;
      anchor = text(page.at(-1).id);
    }
  }
  async function backTo(chat, floor) {
    const newest = newestOf(chat);
    let found = newest ? [newest] : [];
    for (let anchor = text(newest?.id || chat.lastReceivedKey); anchor;) {
      const page = await find(chat, { direction: 'before', count: 100, id: anchor });
      found = [...page, ...found];
      if (page.length < 100 || page[0].t < floor) break;
      anchor = text(page[0].id);
    }
    return found;
  }
  /** Messages of one chat from `floor` (epoch s) on or after the message `key`, oldest first. */
  async function lookBackInto({ chat: id, key, floor }) {
    const chat = wa().ChatStore.get(id);
    if (!chat) return [];
    const isAnchored = key && (await lookUp(key).catch(() => null));
    const stored = isAnchored ? await after(chat, key) : await backTo(chat, floor);
    const inMemory = chat.msgs.getModelsArray().filter((m) => m.t >= floor);
    const byKey = new Map();
    for (const m of [...stored, ...inMemory]) if (m?.id && !byKey.has(text(m.id)) && (isAnchored || m.t >= floor)) byKey.set(text(m.id), m);
    byKey.delete(key);
    return [...byKey.values()].sort((a, b) => a.t - b.t).map(messageOf);
  }
  /** `[{chat, key, floor}]` → `[{chat, messages} | {chat, error}]`. One bad chat never hides the others. */
  async function lookBack(positions) {
    const answers = [];
    for (const position of positions) {
      try { answers.push({ chat: position.chat, messages: await lookBackInto(position) }); }
      catch (error) { answers.push({ chat: position.chat, error: String(error?.message || error) }); }
    }
    return answers;
  }

  /** The ticks of our messages since `floor` (epoch s) that the page knows. */
  const acks = (floor) => wa().MsgStore.getModelsArray()
    .filter((m) => m.id?.fromMe && m.t >= floor && m.ack >= 1 && isCustomer(m.id.remote))
    .map((m) => ({ chat: text(m.id.remote), id: m.id.id, ack: m.ack }));

  const told = new Map();
  /** Contacts of our chats of which something changed since the last call. */
  function changedContacts() {
    return customers().map((chat) => contactOf(chat.id)).filter((contact) => {
      const now = JSON.stringify(contact);
      if (told.get(contact.chat) === now) return false;
      told.set(contact.chat, now);
      return true;
    });
  }

  async function quotedKey(chat, id) {
    for (const side of ['false', 'true']) {
      const key = `${side}_${chat.id}_${id}`;
      if (await lookUp(key).catch(() => null)) return key;
    }
    return undefined;
  }
  const repeated = (m) => ({ outcome: 'sent', chat: text(m.id.remote), ack: ackOf(m.ack), t: m.t, is_repeated: true });
  /** What was sent under the given id, as the page itself knows it, or null. Asks the server nothing and makes no chat. */
  async function findSent({ chat: jid, id }) {
    const { chat, lid, phone } = contactOf(window.WPP.util.createWid(jid));
    for (const side of new Set([chat, lid, phone].filter(Boolean))) {
      const earlier = await lookUp(`true_${side}_${id}`);
      if (earlier && ackOf(earlier.ack) >= 0) return repeated(earlier);
    }
    return null;
  }
  /** Send under the given id, or find that it was sent before: `{outcome: sent|refused|unknown_number|no_chat, …}`. */
  async function sendText({ chat: jid, id, body, quoted, delay }) {
    let chat;
    try { chat = await window.WPP.chat.find(jid); } catch (error) {
      const exists = await window.WPP.contact.queryWidExists(jid).catch(() => undefined);
      return { outcome: exists === null ? 'unknown_number' : 'no_chat', detail: String(error?.message || error) };
    }
    const key = `true_${chat.id}_${id}`;
    const earlier = await lookUp(key);
    if (earlier && ackOf(earlier.ack) >= 0) return repeated(earlier);
    if (earlier) { attempt(() => wa().MsgStore.remove(earlier)); attempt(() => chat.msgs.remove(earlier)); }
    const quotedMsg = quoted ? await quotedKey(chat, quoted) : undefined;
    const sent = await window.WPP.chat.sendTextMessage(text(chat.id), body, {
      messageId: key, linkPreview: false, waitForAck: true, markIsRead: false, detectMentioned: false, delay, quotedMsg,
    });
    const result = sent.sendMsgResult?.messageSendResult ?? sent.sendMsgResult;
    const model = attempt(() => wa().MsgStore.get(key));
    const ticks = [sent.ack ?? 0, model?.ack ?? 0];
    const hasFailed = Math.min(...ticks) < 0;
    if (hasFailed || (result && result !== 'OK')) return { outcome: 'refused', detail: String(result || `ack ${Math.min(...ticks)}`) };
    return { outcome: 'sent', chat: text(chat.id), ack: Math.max(...ticks), t: model?.t ?? null, is_repeated: false };
  }

  window.__romsBridge = {
    evidence, chats, lookBack, acks, changedContacts, findSent, sendText,
    markRead: async (jid) => { await window.WPP.chat.markIsRead(jid); return true; },
    refreshQr: async () => { attempt(() => window.WPP.conn.cancelLinkDeviceCode()); link.code = null; await window.WPP.conn.refreshQR(); return true; },
    pairWithCode: async (digits) => { link.code = await window.WPP.conn.startLinkDeviceCodeForPhoneNumber(digits); return link.code; },
    logout: async () => { await window.WPP.conn.logout(); return true; },
  };
  push({ event: 'hint', name: 'loaded' });
})();
