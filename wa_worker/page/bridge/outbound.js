// Sends the worker's messages once: each id is first looked up in the page's memory and database.
// A part of the bridge: all parts are put into one function, in the order that ../bridge.py names.

// ---- times at which nothing may be sent
// Right after a load a look-up may miss earlier messages, so until the page has caught up it gives no answer.
const CATCH_UP_MS = 30_000;
let hasCaughtUp = false;
/** @type {number | null} */
let firstAsked = null;
window.WPP.on("conn.backend_event", (name) => {
  if (name === "offline_delivery_end") hasCaughtUp = true;
  if (name === "account_temporarily_banned") hint("banned");
});
// A page that was just logged out stays in MAIN until it loads anew.
const isLinked = () => attempt(() => window.WPP.conn.isRegistered() && window.WPP.conn.getStreamData().mode === "MAIN");
function assertOpen() {
  if (!isLinked()) throw new Error("sends_closed");
  firstAsked ??= Date.now();
  if (!hasCaughtUp && Date.now() - firstAsked < CATCH_UP_MS) throw new Error("sends_closed");
}
// The end of the worker's lease on the number, by its own clock: later, another worker may send the same message.
/** @param {number} until */
function assertLease(until) {
  assertOpen();
  if (Date.now() > until) throw new Error("lease_over");
}

// ---- look-ups
/**
 * The names under which a chat may go: as asked for, by LID, by number.
 * @param {Wid | string} jid
 */
function sidesOf(jid) {
  const { chat, lid, phone } = contactOf(window.WPP.util.createWid(text(jid)));
  return [...new Set([chat, lid, phone].filter(Boolean))];
}
/** @param {Wid | string} jid */
const knownChat = (jid) =>
  sidesOf(jid)
    .map((side) => attempt(() => wa().ChatStore.get(side)))
    .find(Boolean);
/**
 * The key of a message of ours. In a group it also names us.
 * @param {WaChat} chat
 * @param {string} id
 */
async function keyFor(chat, id) {
  if (!chat.id.isGroup?.()) return `true_${chat.id}_${id}`;
  const made = await window.WPP.chat.generateMessageID(chat.id);
  return text(made).replace(made.id, id);
}
/**
 * A message by its bare id, whatever its chat is called by now; null when neither memory nor the database has it.
 * @param {Wid | string} jid
 * @param {string} id
 * @param {boolean} fromMe
 */
async function messageUnder(jid, id, fromMe) {
  /** @param {WaMessage} m */
  const isIt = (m) => m.id?.id === id && !!m.id.fromMe === fromMe;
  const inMemory = attempt(() => wa().MsgStore.getModelsArray().find(isIt));
  if (inMemory) return inMemory;
  for (const side of sidesOf(jid)) {
    const chat = attempt(() => wa().ChatStore.get(side));
    const key = fromMe && chat ? await keyFor(chat, id) : `${fromMe}_${side}_${id}`;
    const stored = await lookUp(key);
    if (stored) return stored;
  }
  return null;
}
/** @param {WaMessage} m */
const isGood = (m) => ackOf(m.ack) >= 0;
/**
 * @param {WaMessage} m
 * @param {string} id
 * @returns {SendOutcome}
 */
const found = (m, id) => ({
  outcome: "sent",
  chat: text(m.id.remote),
  ack: ackOf(m.ack),
  t: m.t,
  is_repeated: true,
  is_sending: sending.has(id),
});
/**
 * The message that was or is being sent under the given id, as the page knows it, or null. Sends no query to the server.
 * @param {AskedMessage} asked
 * @returns {Promise<SendOutcome | null>}
 */
async function findSent({ chat, id }) {
  assertOpen();
  const earlier = await messageUnder(chat, id, true);
  if (earlier && isGood(earlier)) return found(earlier, id);
  return sending.has(id) ? { outcome: "sending", is_sending: true } : null;
}
/** @param {WaMessage} m */
const isFromCustomer = (m) => m.id && !m.id.fromMe && !/notification|protocol|gp2/.test(m.type || "");
/**
 * Whether a customer ever wrote in this chat, as far as the page knows. A group always counts as known.
 * @param {string} jid
 */
async function hasWritten(jid) {
  const chat = knownChat(jid);
  if (!chat) return false;
  if (chat.id.isGroup?.() || chat.msgs.getModelsArray().some(isFromCustomer)) return true;
  const stored = await window.WPP.chat.getMessages(chat.id, { count: 100 }).catch(() => []);
  return stored.some(isFromCustomer);
}

// ---- sending
// Sends that this load of the page has begun, by id: a repeat waits for the first one instead of sending beside it.
/** @type {Map<string, Promise<SendOutcome>>} */
const sending = new Map();
/**
 * @param {string} id
 * @param {() => Promise<SendOutcome>} work
 */
function once(id, work) {
  const begun = sending.get(id) ?? work().finally(() => sending.delete(id));
  sending.set(id, begun);
  return begun;
}
// Chats that were found after the lease had ended, for the next try.
/** @type {Map<string, WaChat>} */
const foundLate = new Map();
/**
 * @param {string} jid
 * @returns {Promise<{ chat: WaChat } | { chat?: undefined, outcome: "unknown_number" | "no_chat", detail: string }>}
 */
async function openChat(jid) {
  const late = foundLate.get(jid);
  if (late) return { chat: late };
  try {
    return { chat: await window.WPP.chat.find(jid) };
  } catch (error) {
    const exists = await window.WPP.contact.queryWidExists(jid).catch(() => undefined);
    return { outcome: exists === null ? "unknown_number" : "no_chat", detail: wordsOf(error) };
  }
}
// A refusal while the page is logged out or offline says nothing about the message, which is retried later.
/** @param {SendOutcome} outcome */
function judged(outcome) {
  if (outcome.outcome === "refused") assertOpen();
  return outcome;
}
/**
 * @param {unknown} error
 * @returns {SendOutcome}
 */
const refused = (error) => ({
  outcome: "refused",
  detail: [faultOf(error)?.code, wordsOf(error)].filter(Boolean).join(": "),
});
/**
 * WhatsApp's name of the result; "" without one.
 * @param {SentMessage} sent
 */
function resultOf({ sendMsgResult: result }) {
  const word = typeof result === "object" ? (result?.messageSendResult ?? result) : result;
  return typeof word === "string" ? word : "";
}
/**
 * @param {SentMessage} sent
 * @param {WaChat} chat
 * @param {string} key
 * @returns {SendOutcome}
 */
function outcomeOf(sent, chat, key) {
  const result = resultOf(sent);
  const model = attempt(() => wa().MsgStore.get(key));
  const ticks = [sent.ack ?? 0, model?.ack ?? 0];
  const lowest = Math.min(...ticks);
  const words = result !== "OK" ? result : "";
  if (lowest < 0 || words)
    return { outcome: "refused", detail: [words, lowest < 0 && `ack ${lowest}`].filter(Boolean).join(", ") };
  return { outcome: "sent", chat: text(chat.id), ack: Math.max(...ticks), t: model?.t ?? null, is_repeated: false };
}
/**
 * Send under the given id, or find that it was sent before: `{outcome: sent|refused|unknown_number|no_chat, …}`.
 * @param {AskedSend} asked
 * @param {(chat: string, options: SendOptions) => Promise<SentMessage>} go
 * @returns {Promise<SendOutcome>}
 */
async function send({ chat: jid, id, quoted, until }, go) {
  assertOpen();
  const opened = await openChat(jid);
  if (!opened.chat) return opened;
  const { chat } = opened;
  if (Date.now() > until) foundLate.set(jid, chat);
  else foundLate.delete(jid);
  const earlier = await messageUnder(chat.id, id, true);
  if (earlier && isGood(earlier)) return found(earlier, id);
  if (earlier) {
    attempt(() => wa().MsgStore.remove(earlier));
    attempt(() => chat.msgs.remove(earlier));
  }
  const key = await keyFor(chat, id);
  const answered = quoted
    ? (await messageUnder(chat.id, quoted, false)) || (await messageUnder(chat.id, quoted, true))
    : null;
  /** @type {SendOptions} */
  const options = { messageId: key, linkPreview: false, waitForAck: true, markIsRead: false, detectMentioned: false };
  if (answered) options.quotedMsg = text(answered.id);
  assertLease(until);
  let outcome;
  try {
    outcome = outcomeOf(await go(text(chat.id), options), chat, key);
  } catch (error) {
    outcome = refused(error);
  }
  return judged(outcome);
}
/** @param {AskedSend & { body: string }} asked */
const sendText = (asked) =>
  once(asked.id, () => send(asked, (chat, options) => window.WPP.chat.sendTextMessage(chat, asked.body, options)));

// ---- files: received in parts, and kept outside of the script's own memory until they are sent
/** @type {Map<string, Blob[]>} */
const files = new Map();
/** @param {{ file: string, part: string, is_first: boolean }} asked */
function addToFile({ file, part, is_first }) {
  const parts = is_first ? [] : files.get(file) || [];
  keepFile(files, file, [...parts, new Blob([Uint8Array.from(atob(part), (ch) => ch.charCodeAt(0))])]);
  return true;
}
/** @param {string} file */
const dropFile = (file) => files.delete(file);
/** @param {AskedFile} asked */
const sendMedia = (asked) =>
  once(asked.id, () =>
    send(asked, (chat, options) => {
      const { file, type, filename, mimetype, caption, is_voice } = asked;
      const parts = files.get(file);
      if (!parts) throw new Error("file_missing");
      const content = new File(parts, filename, { type: mimetype });
      files.delete(file);
      return window.WPP.chat.sendFileMessage(chat, content, {
        ...options,
        type,
        filename,
        mimetype,
        isPtt: is_voice || undefined,
        caption: caption || undefined,
      });
    }),
  );

/**
 * @param {AskedSend & { fromMe: boolean, emoji: string }} asked
 * @returns {Promise<SendOutcome>}
 */
async function react({ chat, id, fromMe, emoji, until }) {
  assertOpen();
  const message = await messageUnder(chat, id, fromMe);
  if (!message) return { outcome: "refused", detail: "msg_not_found" };
  assertLease(until);
  try {
    const result = resultOf(await window.WPP.chat.sendReactionToMessage(text(message.id), emoji));
    if (result && result !== "OK") return judged({ outcome: "refused", detail: result });
  } catch (error) {
    return judged(refused(error));
  }
  return { outcome: "sent", chat: text(message.id.remote) };
}

// ---- signals: none are sent for an unknown chat
const SIGNALS = /** @type {const} */ ({
  typing: "markIsComposing",
  recording: "markIsRecording",
  paused: "markIsPaused",
});
/** @param {{ chat: string, activity: keyof typeof SIGNALS }} asked */
async function setTyping({ chat: jid, activity }) {
  const chat = knownChat(jid);
  if (chat) await window.WPP.chat[SIGNALS[activity]](text(chat.id));
  return true;
}
/** @param {string} jid */
async function markRead(jid) {
  const chat = knownChat(jid);
  if (chat) await window.WPP.chat.markIsRead(text(chat.id));
  return true;
}

Object.assign(bridge, { findSent, hasWritten, sendText, addToFile, dropFile, sendMedia, react, setTyping, markRead });
