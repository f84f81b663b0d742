// The base of the bridge: delivery to the worker, and the shapes of everything that is delivered. All of it is
// plain JSON; nothing here decides anything that the worker could decide.
// A part of the bridge: all parts are put into one function, in the order that ../bridge.py names.

/** @type {{ (value: null | undefined): null; (value: {}): string; (value: unknown): string | null }} */
const text = (value) => /** @type {any} */ (value == null ? null : String(value));
/** @type {<T>(f: () => T) => T | undefined} */
const attempt = (f) => {
  try {
    return f();
  } catch {
    return undefined;
  }
};
const wa = () => window.WPP.whatsapp;
/**
 * The code of an error that wa-js throws.
 * @param {unknown} error
 */
const faultOf = (error) => /** @type {WaError | null | undefined} */ (error);
/** @param {unknown} error */
const wordsOf = (error) => String(faultOf(error)?.message || error);

// ---- delivery: one at a time; the rest waits and is delivered together. This keeps the order and makes bursts cheap
/** @type {string[]} */
const waiting = [];
let isDelivering = false;
// Each event is prepared separately, so that a bad one does not spoil a whole batch.
/** @param {{ event: string, [field: string]: unknown }} event */
const packed = (event) => {
  try {
    return JSON.stringify(event);
  } catch (error) {
    return JSON.stringify({
      event: "broken",
      what: text(event?.event),
      key: attempt(() => text(event.key)) ?? null,
      error: text(error),
    });
  }
};
/** @param {{ event: string, [field: string]: unknown }} event */
function push(event) {
  waiting.push(packed(event));
  if (!isDelivering) {
    isDelivering = true;
    queueMicrotask(deliver);
  }
}
async function deliver() {
  while (waiting.length) {
    const batch = waiting.splice(0, 200);
    try {
      await window.__romsDeliver(`[${batch.join(",")}]`);
    } catch {
      /* the worker is gone; it backfills when it returns */
    }
  }
  isDelivering = false;
}
/** @param {string} name */
const hint = (name) => push({ event: "hint", name });

// ---- followed chats
const ONE_TO_ONE = new Set(["c.us", "lid"]);
/** @param {Wid | undefined} wid */
const isMe = (wid) => {
  const prefs = wa().UserPrefs;
  return [attempt(() => prefs.getMaybeMePnUser()), attempt(() => prefs.getMaybeMeLidUser())].some(
    (me) => me && String(me) === String(wid),
  );
};
/** @param {Wid | undefined} wid */
const isGroup = (wid) => wid?.server === "g.us";
/** @param {Wid | undefined} wid */
const isCustomer = (wid) =>
  !!wid &&
  (isGroup(wid) ? !!window.__romsHasGroups : ONE_TO_ONE.has(wid.server) && !isMe(wid) && String(wid) !== "0@c.us");
// Ignored messages are counted by their server: groups, broadcasts, channels.
/** @type {Map<string, number>} */
const ignored = new Map();
/** @param {Wid | undefined} wid */
const ignore = (wid) => {
  const at = wid?.server || "unknown";
  ignored.set(at, (ignored.get(at) || 0) + 1);
};

// ---- shapes
// The same caches that WPP.contact.getPnLidEntry reads, without its query to the server for an unknown LID:
// this runs for every message, and a number that is not known yet heals with a later one.
/** @param {Wid} wid */
function contactOf(wid) {
  if (isGroup(wid)) return groupOf(wid);
  const cache = wa().lidPnCache;
  const lid = wid.server === "lid" ? wid : attempt(() => cache.getCurrentLid(wid));
  const phone = wid.server === "c.us" ? wid : attempt(() => cache.getPhoneNumber(wid));
  const found = [wid, lid, phone].map((x) => x && attempt(() => wa().ContactStore.get(x))).find(Boolean);
  return {
    chat: text(wid),
    lid: text(lid),
    phone: text(phone),
    name: text(found?.name) || null,
    pushName: text(found?.pushname) || null,
    verifiedName: text(found?.verifiedName) || null,
  };
}
/** @param {Wid} wid */
function groupOf(wid) {
  const chat = attempt(() => wa().ChatStore.get(wid));
  const subject =
    chat?.groupMetadata?.subject ||
    chat?.name ||
    chat?.formattedTitle ||
    attempt(() => wa().ContactStore.get(wid)?.name);
  return { chat: text(wid), lid: null, phone: null, name: null, pushName: text(subject) || null, verifiedName: null };
}
/** @param {WaMessage} m */
const authorOf = (m) => {
  const wid = m.author || m.id.participant;
  if (!isGroup(m.id.remote) || !wid || m.id.fromMe) return {};
  const known = attempt(() => wa().ContactStore.get(wid));
  return { author: text(wid), authorName: text(m.notifyName || known?.name || known?.pushname) };
};

const FILES = new Set(["image", "video", "ptv", "audio", "ptt", "document", "sticker"]);
// The `body` of a file message is a thumbnail in base64. Only its caption is text.
/** @param {WaMessage} m */
function textOf(m) {
  if (m.type === "chat") return text(m.body) ?? "";
  if (m.caption) return text(m.caption);
  if (FILES.has(m.type) || m.mediaData || m.mimetype || ["ciphertext", "location", "vcard", "revoked"].includes(m.type))
    return "";
  return typeof m.body === "string" ? m.body : "";
}
/** @param {WaMessage} m */
function fileOf(m) {
  if (!FILES.has(m.type)) return null;
  const data = m.mediaData || {};
  return {
    mimetype: text(m.mimetype || data.mimetype),
    size: m.size ?? data.size ?? null,
    filename: text(m.filename),
    hash: text(m.filehash),
    duration: m.duration ?? data.duration ?? null,
    width: m.width ?? data.fullWidth ?? null,
    height: m.height ?? data.fullHeight ?? null,
  };
}
/** @param {WaMessage} m */
const cardsOf = (m) =>
  m.type === "vcard"
    ? [{ name: text(m.vcardFormattedName), vcard: text(m.body) }]
    : [...(m.vcardList || [])].map((card) => ({ name: text(card?.displayName), vcard: text(card?.vcard) }));
/**
 * Content that some kinds have besides their text.
 * @param {WaMessage} m
 */
function detailsOf(m) {
  switch (m.type) {
    case "vcard":
    case "multi_vcard":
      return { cards: cardsOf(m) };
    case "location":
      return { place: { label: text(m.loc), lat: m.lat ?? null, lng: m.lng ?? null } };
    case "poll_creation":
      return { poll: { question: text(m.pollName), choices: [...(m.pollOptions || [])].map((x) => text(x?.name)) } };
    case "call_log":
      return { call: { outcome: text(m.callOutcome), isVideo: !!m.isVideoCall } };
    case "protocol":
    case "notification_template":
      return { seconds: m.ephemeralDuration ?? null };
    default:
      return {};
  }
}
// WhatsApp has a negative ack for every way to fail (expired, too big, inactive …): to us all of them are -1.
/** @param {number | undefined} ack */
const ackOf = (ack) => Math.max(-1, ack ?? 0);
/** @param {WaMessage} m */
const shapeOf = (m) => ({
  event: "message",
  key: text(m.id),
  id: m.id.id,
  chat: text(m.id.remote),
  fromMe: !!m.id.fromMe,
  type: text(m.type) || "unknown",
  subtype: text(m.subtype),
  text: textOf(m),
  t: m.t,
  ack: ackOf(m.ack),
  pushName: text(m.notifyName),
  quoted: text(m.quotedStanzaID),
  isForwarded: !!m.isForwarded,
  isEdited: !!(m.latestEditMsgKey || m.latestEditSenderTimestampMs),
  isViewOnce: !!m.isViewOnce,
  file: fileOf(m),
  ...detailsOf(m),
  ...authorOf(m),
  contact: contactOf(m.id.remote),
});
// A message that can't be converted is delivered as such: it must neither vanish nor hide others of its chat.
/** @param {WaMessage} m */
const messageOf = (m) => {
  try {
    return shapeOf(m);
  } catch (error) {
    return {
      event: "broken",
      what: "message",
      key: attempt(() => text(m.id)) ?? null,
      chat: attempt(() => text(m.id.remote)) ?? null,
      t: attempt(() => m.t) ?? null,
      error: text(error),
    };
  }
};

const customers = () =>
  wa()
    .ChatStore.getModelsArray()
    .filter((chat) => isCustomer(chat.id));
/**
 * @param {WaChat} chat
 * @returns {WaMessage | null}
 */
const newestOf = (chat) =>
  chat.msgs.getModelsArray().reduce((a, b) => (!a || b.t >= a.t ? b : a), /** @type {WaMessage | null} */ (null));

/** @param {string} key */
async function lookUp(key) {
  try {
    return await window.WPP.chat.getMessageById(key);
  } catch (error) {
    if (["msg_not_found", "chat_not_found"].includes(faultOf(error)?.code ?? "")) return null;
    throw error;
  }
}

// Drop abandoned files, whose call by the worker has timed out. The worker handles two files at a time.
const MOST_FILES = 4;
/**
 * @template T
 * @param {Map<string, T>} files
 * @param {string} name
 * @param {T} file
 */
function keepFile(files, name, file) {
  files.delete(name);
  files.set(name, file);
  for (const oldest of files.keys()) if (files.size > MOST_FILES) files.delete(oldest);
}

/** The functions that the worker may call, by name. @type {Record<string, (asked: never) => unknown>} */
const bridge = {};
