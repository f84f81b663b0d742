// The page's state: customers, their threads and the business's phone. Views listen; nothing here
// touches the DOM.

export class Thread {
  /** @type {Message[]} */
  messages = [];
  // Messages of the business that the customer has not read, and those of the customer that the business has not read.
  unreadByCustomer = 0;
  unreadByBusiness = 0;
  seenSeq = 0;
  // The business's current activity: 'composing', 'recording', or none.
  /** @type {string | null} */
  doing = null;

  /** @param {Contact} contact */
  constructor(contact) {
    this.contact = contact;
  }

  get last() {
    return this.messages[this.messages.length - 1];
  }
}

export class PhoneState extends EventTarget {
  /** By the customer's id. @type {Map<string, Thread>} */
  threads = new Map();
  /** @type {Status | null} */
  status = null;
  /** @type {Map<string, string>} */
  #byPn = new Map();
  /** By chat and message id the messages that carry it. @type {Map<string, Message[]>} */
  #byKey = new Map();

  /**
   * The thread of a chat, whichever of its names is used.
   * @param {string} jid
   */
  thread(jid) {
    return this.threads.get(jid) || this.threads.get(this.#byPn.get(jid) ?? "");
  }

  /** @param {SimEvent} event */
  apply(event) {
    const take = /** @type {((event: SimEvent) => void) | undefined} */ (this[`_${event.t}`]);
    take?.call(this, event);
  }

  /**
   * The message of a thread with that id, or undefined.
   * @param {string} chat
   * @param {string} id
   */
  find(chat, id) {
    return this.#byKey.get(`${chat} ${id}`)?.[0];
  }

  /**
   * @param {string} name
   * @param {object} [detail]
   */
  #say(name, detail = undefined) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  /** @param {SimEvents["snapshot"]} event */
  _snapshot({ status, contacts, seen, unread, messages }) {
    this.threads.clear();
    this.#byPn.clear();
    this.#byKey.clear();
    this.status = status;
    for (const contact of contacts) this.#putContact(contact);
    for (const message of messages) this.#add(message);
    for (const [chat, seq] of Object.entries(seen)) this.#mark(chat, seq, unread[chat]);
    this.#say("everything");
  }

  /** @param {SimEvents["status"]} event */
  _status({ status }) {
    this.status = status;
    this.#say("status");
  }

  /** @param {SimEvents["contact"]} event */
  _contact({ contact }) {
    this.#putContact(contact);
    this.#say("list");
  }

  /** @param {SimEvents["messages"]} event */
  _messages({ messages }) {
    for (const message of messages) {
      const thread = this.#add(message);
      if (!thread) continue;
      if (message.fromMe) thread.doing = null;
      else thread.unreadByBusiness += 1;
      this.#say("message", { thread, message });
    }
    this.#say("list");
  }

  /** @param {SimEvents["receipt"]} event */
  _receipt({ chat, ids, ack }) {
    const thread = this.thread(chat);
    for (const id of ids) {
      for (const message of this.#byKey.get(`${chat} ${id}`) || []) {
        if (thread && message.ack < 3 && ack >= 3) thread.unreadByCustomer -= 1;
        message.ack = Math.max(message.ack, ack);
        this.#say("changed", { thread, message });
      }
    }
    this.#say("list");
  }

  /** @param {SimEvents["edit"]} event */
  _edit({ message }) {
    this.#replace(message);
  }

  /** @param {SimEvents["revoke"]} event */
  _revoke({ message }) {
    this.#replace(message);
  }

  /** @param {SimEvents["reaction"]} event */
  _reaction({ message }) {
    this.#replace(message);
  }

  /** @param {SimEvents["decrypted"]} event */
  _decrypted({ message }) {
    this.#replace(message);
  }

  /** @param {SimEvents["seen"]} event */
  _seen({ chat, seq, unread }) {
    const thread = this.#mark(chat, seq, unread);
    if (thread) this.#say("seen", { thread });
    this.#say("list");
  }

  /** @param {SimEvents["typing"]} event */
  _typing({ chat, state }) {
    const thread = this.thread(chat);
    if (!thread) return;
    thread.doing = ["composing", "recording"].includes(state) ? state : null;
    this.#say("list");
  }

  /** @param {Contact} contact */
  #putContact(contact) {
    const known = this.threads.get(contact.id);
    if (known) known.contact = contact;
    else this.threads.set(contact.id, new Thread(contact));
    if (contact.pn) this.#byPn.set(contact.pn, contact.id);
  }

  /** @param {Message} message */
  #add(message) {
    const thread = this.thread(message.chat);
    if (!thread) return undefined;
    thread.messages.push(message);
    const key = `${message.chat} ${message.id}`;
    this.#byKey.set(key, [...(this.#byKey.get(key) || []), message]);
    if (message.fromMe && message.ack < 3) thread.unreadByCustomer += 1;
    return thread;
  }

  /** @param {Message} changed */
  #replace(changed) {
    for (const message of this.#byKey.get(`${changed.chat} ${changed.id}`) || []) {
      if (message.seq !== changed.seq) continue;
      for (const name of /** @type {(keyof Message)[]} */ (Object.keys(message)))
        if (!(name in changed)) Reflect.deleteProperty(message, name);
      Object.assign(message, changed);
      this.#say("changed", { thread: this.thread(changed.chat), message });
    }
    this.#say("list");
  }

  /**
   * @param {string} chat
   * @param {number} seq
   * @param {number} unread
   */
  #mark(chat, seq, unread) {
    const thread = this.thread(chat);
    if (!thread) return undefined;
    thread.seenSeq = Math.max(thread.seenSeq, seq);
    thread.unreadByBusiness = unread;
    return thread;
  }
}
