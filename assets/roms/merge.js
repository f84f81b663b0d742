/* Merges snapshots and patches into the shown rows. Pure: no page, no clock, no language; tests/inbox runs it alone.
 *
 * A page is what the server read from the database, after the tab had joined its rooms (`since`, the server's epoch
 * ms just before). A patch says how a row looks now (`at`, the same server's epoch ms) and its version counts up with
 * every change. So: of two rows the higher version is the newer; and a row that is known from a patch but missing
 * from a page is kept if its patch is younger than `since` (the page could not know it yet) and is gone otherwise.
 */
var romsMerge = (() => {
  const KEEP_FACTS = 2000;

  /**
   * Newest first; the id decides between equals.
   * @param {ConversationRow} a
   * @param {ConversationRow} b
   */
  const newestFirst = (a, b) => b.last_message_at - a.last_message_at || b.id - a.id;

  /** @param {MessageRow} message */
  const numberOf = (message) => Number(message.id.slice(1));
  /**
   * Oldest first; then by the number in "m17", messages before system lines.
   * @param {MessageRow} a
   * @param {MessageRow} b
   */
  const oldestFirst = (a, b) =>
    a.sent_at - b.sent_at || numberOf(a) - numberOf(b) || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);

  class ConversationList {
    constructor() {
      this.view = { me: 0, tab: "mine", status: "open" };
      /** The newest known version of each row, shown or not. @type {Map<number, { row: ConversationRow, at: number }>} */
      this.facts = new Map();
      /** Ids in this view. @type {Set<number>} */
      this.shown = new Set();
      /** The conversation that is open beside the list, whether or not it is in it; 0: none. */
      this.openId = 0;
      /** The oldest row of the pages read so far, while there are more below it. @type {ConversationRow | null} */
      this.floor = null;
      this.isLoaded = false;
    }

    /** @param {ConversationRow} row */
    belongs(row) {
      const { me, tab, status } = this.view;
      if (row.status !== status) return false;
      if (tab === "mine") return row.assignee_id === me;
      return tab === "all" || row.assignee_id === 0;
    }

    /**
     * Show another view. The known rows are kept.
     * @param {Partial<ListKey>} view
     */
    setView(view) {
      this.view = { ...this.view, ...view };
      this.shown.clear();
      this.floor = null;
      this.isLoaded = false;
    }

    /**
     * Take a page. Returns false if it belongs to another view.
     * @param {ListPage} page
     */
    takePage(page) {
      if (page.tab !== this.view.tab || page.status !== this.view.status) return false;
      this.view.me = page.me;
      for (const row of page.rows) this.learn(row, page.since);
      if (page.is_first) {
        const listed = new Set(page.rows.map((row) => row.id));
        this.shown.clear();
        for (const [id, { row, at }] of this.facts) {
          if ((listed.has(id) || at >= page.since) && this.belongs(row)) this.shown.add(id);
        }
      } else {
        for (const row of page.rows) if (this.belongs(this.row(row.id) ?? row)) this.shown.add(row.id);
      }
      this.floor = page.has_more && page.rows.length ? page.rows[page.rows.length - 1] : null;
      this.isLoaded = true;
      return true;
    }

    /**
     * Apply patches. Returns whether the shown rows changed.
     * @param {ConversationRow[]} rows
     * @param {number} at
     */
    patch(rows, at) {
      let changed = false;
      for (const row of rows) {
        if (!this.learn(row, at)) continue;
        const belongs = this.isLoaded ? this.belongs(row) : false;
        changed = changed || belongs || this.shown.has(row.id);
        if (belongs) this.shown.add(row.id);
        else this.shown.delete(row.id);
      }
      return changed;
    }

    /**
     * Remember a row if it is the newest of its id.
     * @param {ConversationRow} row
     * @param {number} at
     */
    learn(row, at) {
      const known = this.facts.get(row.id);
      if (known && known.row.version > row.version) return false;
      this.facts.delete(row.id);
      this.facts.set(row.id, { row, at: Math.max(at, known ? known.at : 0) });
      if (this.facts.size > KEEP_FACTS) this.forget();
      return true;
    }

    forget() {
      for (const id of this.facts.keys()) {
        if (this.facts.size <= KEEP_FACTS / 2) return;
        if (!this.shown.has(id) && id !== this.openId) this.facts.delete(id);
      }
    }

    /** @param {number} id */
    row(id) {
      return this.facts.get(id)?.row;
    }

    /** The shown rows, newest first. Rows below the floor wait until their page is read, or a page would be torn. */
    rows() {
      const rows = [];
      for (const id of this.shown) {
        const row = this.row(id);
        if (!row) continue;
        if (!this.floor || newestFirst(row, this.floor) <= 0) rows.push(row);
      }
      return rows.sort(newestFirst);
    }
  }

  class Thread {
    conversationId = 0;
    /** By their ids. @type {Map<string, { message: MessageRow, at: number }>} */
    known = new Map();
    /** The oldest message read so far, while there are older ones. @type {MessageRow | null} */
    floor = null;
    isLoaded = false;

    /**
     * Show another conversation, or none (0).
     * @param {number} conversationId
     */
    reset(conversationId) {
      this.conversationId = conversationId;
      this.known = new Map();
      this.floor = null;
      this.isLoaded = false;
    }

    /**
     * Take a page. Returns false if it belongs to another conversation.
     * @param {MessagePage} page
     */
    takePage(page) {
      if (page.conversation_id !== this.conversationId) return false;
      if (page.is_first && !this.reaches(page.messages)) {
        // After a long interruption there may be a gap between the known messages and this page.
        for (const [id, { at }] of this.known) if (at < page.since) this.known.delete(id);
        this.floor = null;
        this.isLoaded = false;
      }
      for (const message of page.messages) this.learn(message, page.since);
      if (!page.is_first || !this.isLoaded) {
        this.floor = page.has_more && page.messages.length ? page.messages[0] : null;
      }
      this.isLoaded = true;
      return true;
    }

    /** @param {MessageRow[]} messages */
    reaches(messages) {
      if (!this.isLoaded || !messages.length) return false;
      return [...this.known.values()].some(({ message }) => oldestFirst(message, messages[0]) >= 0);
    }

    /**
     * Returns whether the thread changed.
     * @param {MessageRow[]} messages
     * @param {number} at
     */
    patch(messages, at) {
      let changed = false;
      for (const message of messages) {
        if (message.conversation_id === this.conversationId) changed = this.learn(message, at) || changed;
      }
      return changed;
    }

    /**
     * @param {MessageRow} message
     * @param {number} at
     */
    learn(message, at) {
      const known = this.known.get(message.id);
      if (known && known.message.version > message.version) return false;
      this.known.set(message.id, { message, at });
      return true;
    }

    /** Oldest first, from the floor on. */
    messages() {
      const messages = [];
      for (const { message } of this.known.values()) if (this.isReached(message)) messages.push(message);
      return messages.sort(oldestFirst);
    }

    /** The number of the newest known message; 0: none. */
    newestNumber() {
      let newest = 0;
      for (const id of this.known.keys()) if (id[0] === "m") newest = Math.max(newest, Number(id.slice(1)));
      return newest;
    }

    /**
     * A message that is shown, by its id; undefined while it is above the floor or unknown.
     * @param {string} id
     */
    message(id) {
      const message = this.known.get(id)?.message;
      return message && this.isReached(message) ? message : undefined;
    }

    /** @param {MessageRow} message */
    isReached(message) {
      return !this.floor || oldestFirst(message, this.floor) >= 0;
    }
  }

  /** The numbers that don't work. A notice comes with a page's beginning (`since`) or with a change (`at`). */
  class Numbers {
    constructor() {
      /** By the inbox's id; null: the number works. @type {Map<number, { notice: NumberNotice | null, at: number }>} */
      this.known = new Map();
    }

    /**
     * Take all of the agent's numbers.
     * @param {NumberNotice[]} notices
     * @param {number} since
     */
    takeAll(notices, since) {
      for (const [id, { at }] of this.known) if (at <= since) this.known.delete(id);
      for (const notice of notices) {
        if (!this.known.has(notice.inbox_id)) this.known.set(notice.inbox_id, { notice, at: since });
      }
    }

    /**
     * @param {number} id
     * @param {NumberNotice | null} notice
     * @param {number} at
     */
    take(id, notice, at) {
      this.known.set(id, { notice, at });
    }

    /** In the order of their names. */
    down() {
      const down = [...this.known.values()].flatMap(({ notice }) => notice ?? []);
      return down.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.inbox_id - b.inbox_id));
    }
  }

  return { ConversationList, Numbers, Thread };
})();
