// Backfill: reads the page's own store.
// A part of the bridge: all parts are put into one function, in the order that ../bridge.py names.

/**
 * All chats with customers: their id, the time of their last message (epoch s) and its key, if it is in memory.
 * @returns {ChatHead[]}
 */
const chats = () =>
  customers().map((chat) => ({
    chat: text(chat.id),
    t: chat.t || newestOf(chat)?.t || 0,
    newest: text(newestOf(chat)?.id),
    unread: chat.unreadCount || 0,
  }));

// A query that WhatsApp's store never answers fails only for its own chat, not for the chats after it.
const ANSWER_MS = 15_000;
/**
 * @template T
 * @param {Promise<T>} asked
 * @returns {Promise<T>}
 */
async function answered(asked) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("no_answer")), ANSWER_MS);
  });
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * @param {WaChat} chat
 * @param {{ count: number, direction: "before" | "after", id: string }} options
 */
const find = (chat, options) => answered(window.WPP.chat.getMessages(chat.id, options));
/** @param {string} key */
const lookUpIfThere = (key) => answered(lookUp(key).catch(() => null));

/**
 * @param {WaChat} chat
 * @param {string} key
 */
async function after(chat, key) {
  /** @type {WaMessage[]} */
  const found = [];
  for (let anchor = key; ; ) {
    const page = await find(chat, { direction: "after", count: 200, id: anchor });
    found.push(...page);
    if (page.length < 200) return found;
    anchor = text(page[page.length - 1].id);
  }
}
/**
 * @param {WaChat} chat
 * @param {number} floor
 */
async function backTo(chat, floor) {
  const newest = newestOf(chat);
  /** @type {WaMessage[]} */
  let found = newest ? [newest] : [];
  for (let anchor = text(newest?.id || chat.lastReceivedKey); anchor; ) {
    const page = await find(chat, { direction: "before", count: 100, id: anchor });
    found = [...page, ...found];
    if (page.length < 100 || page[0].t < floor) break;
    anchor = text(page[0].id);
  }
  return found;
}
/**
 * Messages of one chat from `floor` (epoch s) or from the message `key` on, oldest first; within a second as the page
 * has them. What is in memory and not among the stored ones goes before `key` if it stands there, else to the end.
 * @param {LookBackPosition} position
 */
async function lookBackInto({ chat: id, key, floor }) {
  const chat = wa().ChatStore.get(id);
  if (!chat) return [];
  const inMemory = () => chat.msgs.getModelsArray().filter((m) => m.t >= floor);
  // Looking up puts it into memory, at the end.
  const known = inMemory();
  const before = known.slice(
    0,
    Math.max(
      0,
      known.findIndex((m) => text(m.id) === key),
    ),
  );
  const anchor = key && (await lookUpIfThere(key));
  const stored = anchor ? [...before, anchor, ...(await after(chat, key))] : await backTo(chat, floor);
  /** @type {Map<string, WaMessage>} */
  const byKey = new Map();
  for (const m of [...stored, ...inMemory()])
    if (m?.id && !byKey.has(text(m.id)) && (anchor || m.t >= floor)) byKey.set(text(m.id), m);
  return [...byKey.values()].sort((a, b) => a.t - b.t).map(messageOf);
}

/**
 * `[{chat, key, floor}]` → `[{chat, messages} | {chat, error}]`. One bad chat never hides the others.
 * @param {LookBackPosition[]} positions
 */
async function lookBack(positions) {
  const answers = [];
  for (const position of positions) {
    try {
      answers.push({ chat: position.chat, messages: await lookBackInto(position) });
    } catch (error) {
      answers.push({ chat: position.chat, error: wordsOf(error) });
    }
  }
  return answers;
}

/**
 * The ticks of our messages since `floor` (epoch s) that the page knows.
 * @param {number} floor
 */
const acks = (floor) =>
  wa()
    .MsgStore.getModelsArray()
    .filter((m) => m.id?.fromMe && m.t >= floor && (m.ack ?? 0) >= 1 && isCustomer(m.id.remote))
    .map((m) => ({ chat: text(m.id.remote), id: m.id.id, ack: m.ack }));

// ---- changes of messages that were delivered before: edits, deletions, reactions
/** @param {WaMessage} m */
async function reactionsTo(m) {
  if (!m.hasReaction) return [];
  const key = text(m.id);
  const { reactions } = await answered(window.WPP.chat.getReactions(key));
  const about = m.id;
  return reactions
    .flatMap(({ senders }) => senders)
    .map(({ id, sender, reactionText, timestamp }) =>
      reactionOf({
        about,
        sender,
        key: typeof id === "string" ? { fromMe: id.startsWith("true_") } : id,
        emoji: reactionText,
        t: timestamp,
      }),
    );
}
/**
 * @param {string} id
 * @param {string[]} keys
 * @param {number} floor
 */
async function changesIn(id, keys, floor) {
  const chat = wa().ChatStore.get(id);
  if (!chat) return { changes: [], looked_at: [] };
  /** @type {Map<string, WaMessage>} */
  const byKey = new Map();
  for (const m of [...(await backTo(chat, floor)), ...chat.msgs.getModelsArray()])
    if (m?.id && m.t >= floor) byKey.set(text(m.id), m);
  for (const key of keys)
    if (!byKey.has(key)) {
      const m = await lookUpIfThere(key);
      if (m) byKey.set(key, m);
    }
  /** @type {object[]} */
  const found = [];
  for (const m of byKey.values()) {
    if (m.type === "revoked") found.push(revokeOf(m.id));
    else if (m.latestEditMsgKey || m.latestEditSenderTimestampMs) found.push(editOf(m));
    found.push(...(await reactionsTo(m)));
  }
  return { changes: found, looked_at: keys.filter((key) => byKey.has(key)) };
}
/**
 * `{chat: [key, …]}` → `[{chat, changes, looked_at} | {chat, error}]`: of messages since `floor` (epoch s), and of those
 * with the given keys, what is not as it was written.
 * @param {{ chats: Record<string, string[]>, floor: number }} asked
 */
async function changes({ chats: asked, floor }) {
  const answers = [];
  for (const [chat, keys] of Object.entries(asked)) {
    try {
      answers.push({ chat, ...(await changesIn(chat, keys, floor)) });
    } catch (error) {
      answers.push({ chat, error: wordsOf(error) });
    }
  }
  return answers;
}

/** @type {Map<string, string>} */
const told = new Map();
/**
 * Contacts of our chats of which something changed since the last call; `isAnew`: all of them.
 * @param {boolean} isAnew
 */
function changedContacts(isAnew) {
  const contacts = customers().map((chat) => contactOf(chat.id));
  const present = new Set(contacts.map((contact) => contact.chat));
  for (const chat of told.keys()) if (isAnew || !present.has(chat)) told.delete(chat);
  return contacts.filter((contact) => {
    const now = JSON.stringify(contact);
    if (told.get(contact.chat) === now) return false;
    told.set(contact.chat, now);
    return true;
  });
}

Object.assign(bridge, { chats, lookBack, changes, acks, changedContacts });
