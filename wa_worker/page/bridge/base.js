// The bridge's ground: the way out to the worker, and the shapes in which everything leaves. Everything it hands out is
// plain JSON; nothing here decides anything that the worker could decide.
// A part of the bridge: all parts are put into one function, in the order that ../bridge.py names.

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

const customers = () => wa().ChatStore.getModelsArray().filter((chat) => isCustomer(chat.id));
const newestOf = (chat) => chat.msgs.getModelsArray().reduce((a, b) => (!a || b.t >= a.t ? b : a), null);

async function lookUp(key) {
  try { return await window.WPP.chat.getMessageById(key); } catch (error) {
    if (['msg_not_found', 'chat_not_found'].includes(error?.code)) return null;
    throw error;
  }
}

/** What the worker may call, by name. */
const bridge = {};
