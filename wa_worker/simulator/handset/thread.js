// One chat on a phone's screen: bubbles with ticks, and the composer.
import { ask } from "./ask.js";
import { contentOf, reactionsOf, summaryOf, wordsOf } from "./content.js";
import { avatar, dayOf, h, setText, timeOf } from "./dom.js";
import { attachMenu, messageMenu } from "./menus.js";

// Longer texts are shortened, as on WhatsApp.
const FOLD_AT = 700;
/** @type {Record<number, [sign: string, words: string] | undefined>} */
const TICKS = { 1: ["✓", "sent"], 2: ["✓✓", "delivered"], 3: ["✓✓", "read"], 4: ["✓✓", "played"] };

export class ThreadView {
  /** By the message's `seq`. @type {Map<number, Bubble>} */
  #bubbles = new Map();
  /** By the customer's id. @type {Map<string, string>} */
  #drafts = new Map();
  /** @type {string | null} */
  #lastDay = null;
  /** @type {boolean | null} */
  #lastMine = null;

  /** @param {ViewOptions} options */
  constructor({
    root,
    side,
    emptyTitle,
    emptyText,
    suggestions = [],
    headerExtra,
    onCommand,
    findMessage,
    contactOf,
    onBack,
  }) {
    this.side = side;
    this.suggestions = suggestions;
    this.headerExtra = headerExtra;
    this.onCommand = onCommand;
    this.findMessage = findMessage;
    this.contactOf = contactOf;
    /** @type {Thread | null} */
    this.thread = null;
    /** The message that the next one quotes. @type {Message | null} */
    this.answers = null;
    this.log = h("div", { role: "log", "aria-label": "Messages", class: "log", tabindex: "0" });
    this.face = h("span");
    this.title = h("strong", { class: "screen-name", dir: "auto" });
    this.detail = h("span", { class: "screen-detail" });
    this.extra = h("span", { class: "screen-extra" });
    this.error = h("p", { class: "error", role: "alert", hidden: true });
    this.chips = h("div", { class: "chips suggestions", hidden: true });
    this.box = h("textarea", {
      "aria-label": "Message",
      placeholder: "Message",
      rows: "1",
      maxlength: "65536",
      dir: "auto",
      enterkeyhint: "send",
    });
    this.attach = attachMenu(
      (draft) => this.#deliver(draft),
      (error) => this.#showError(error),
    );
    this.answered = h("div", { class: "answering", hidden: true });
    this.form = h(
      "form",
      { class: "composer" },
      this.attach.element,
      this.box,
      h("button", { type: "submit", class: "send", "aria-label": "Send", title: "Send" }, "➤"),
    );
    this.screen = h(
      "div",
      { class: "screen", hidden: true },
      h(
        "div",
        { class: "screen-head" },
        h("button", { type: "button", class: "back", "aria-label": "Back", onclick: onBack }, "‹"),
        this.face,
        h("span", { class: "screen-title" }, this.title, this.detail),
        this.extra,
      ),
      this.log,
      this.chips,
      this.error,
      this.answered,
      this.form,
    );
    this.nothing = h("div", { class: "screen nothing" }, h("strong", {}, emptyTitle), h("p", {}, emptyText));
    root.append(h("div", { class: "frame" }, this.nothing, this.screen));
    this.#listen();
  }

  #listen() {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send(this.box.value);
    });
    this.box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.form.requestSubmit();
    });
    this.box.addEventListener("input", () => this.#fit());
  }

  /** @param {Thread | null} thread */
  show(thread) {
    if (this.thread) this.#drafts.set(this.thread.contact.id, this.box.value);
    this.thread = thread;
    this.#answer(null);
    this.nothing.hidden = !!thread;
    this.screen.hidden = !thread;
    if (!thread) return;
    this.box.value = this.#drafts.get(thread.contact.id) || "";
    this.error.hidden = true;
    this.#fit();
    this.redraw();
  }

  redraw() {
    this.#bubbles.clear();
    this.#lastDay = this.#lastMine = null;
    this.log.replaceChildren();
    for (const message of this.thread?.messages ?? []) this.#append(message);
    this.drawHead();
    this.#toEnd();
  }

  drawHead() {
    if (!this.thread) return;
    const { contact, doing, messages } = this.thread;
    const name = this.side.nameOf(contact);
    if (this.title.textContent !== name) {
      setText(this.title, name);
      this.face.replaceChildren(avatar(name, contact.id));
    }
    setText(
      this.detail,
      doing && this.headerExtra
        ? `the business is ${doing === "recording" ? "recording" : "typing"}…`
        : this.side.detailOf(contact),
    );
    this.headerExtra?.(this.extra, contact);
    this.chips.hidden = messages.length > 0 || this.suggestions.length === 0;
    if (!this.chips.hidden && !this.chips.children.length) {
      this.chips.append(
        ...this.suggestions.map((text) =>
          h("button", { type: "button", class: "chip", onclick: () => this.#send(text) }, text),
        ),
      );
    }
  }

  /** @param {Message} message */
  add(message) {
    const isAtEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 80;
    this.#append(message);
    this.drawHead();
    if (isAtEnd || this.side.isMine(message)) this.#toEnd();
  }

  /** @param {Message} message */
  change(message) {
    const bubble = this.#bubbles.get(message.seq);
    if (bubble) this.#fillBubble(bubble, message);
  }

  // The other side has read, so all own bubbles may have new ticks.
  changeAll() {
    for (const message of this.thread?.messages ?? []) this.change(message);
  }

  /** @param {Message} message */
  #append(message) {
    const day = dayOf(message.t);
    if (day !== this.#lastDay) {
      this.log.append(h("p", { class: "day" }, day));
      this.#lastDay = day;
      this.#lastMine = null;
    }
    const isMine = this.side.isMine(message);
    const parts = {
      head: h("span", { class: "bubble-head" }),
      quote: h("span", { class: "quote", dir: "auto" }),
      content: h("div", { class: "content" }),
      text: h("span", { class: "bubble-text", dir: "auto" }),
      reactions: h("span", { class: "reactions" }),
      menu: h("span"),
      note: h("span", { class: "bubble-note" }),
      ticks: h("span", { class: "ticks" }),
    };
    const element = h(
      "div",
      { class: `bubble ${isMine ? "mine" : "theirs"}${this.#lastMine === isMine ? " follows" : ""}` },
      parts.menu,
      parts.head,
      parts.quote,
      parts.content,
      parts.text,
      h("span", { class: "meta" }, parts.note, h("time", {}, timeOf(message.t)), isMine && parts.ticks),
      parts.reactions,
    );
    const bubble = { element, ...parts };
    this.#lastMine = isMine;
    this.#bubbles.set(message.seq, bubble);
    this.#fillBubble(bubble, message);
    this.log.append(bubble.element);
  }

  /**
   * @param {Bubble} bubble
   * @param {Message} message
   */
  #fillBubble(bubble, message) {
    const { element, text, note, ticks } = bubble;
    this.#fillContent(bubble, message);
    const full = wordsOf(message);
    if (full.length > FOLD_AT && text.dataset.open !== "true") this.#fold(text, full);
    else setText(text, full);
    element.classList.toggle("gone", message.type === "revoked");
    setText(note, message.edits && message.type !== "revoked" ? "edited" : "");
    const ack = this.thread ? this.side.ackOf(message, this.thread) : message.ack;
    const [sign, words] = TICKS[ack] ?? ["✓", "sent"];
    setText(ticks, sign);
    ticks.setAttribute("role", "img");
    ticks.setAttribute("aria-label", words);
    ticks.classList.toggle("read", ack >= 3);
  }

  /**
   * Rebuild only changed parts: a new tick must not restart a film.
   * @param {Bubble} bubble
   * @param {Message} message
   */
  #fillContent(bubble, message) {
    const marks = [
      message.author && this.#nameOf(message.author),
      message.isForwarded && "Forwarded",
      message.isViewOnce && "View once",
    ];
    setText(bubble.head, marks.filter(Boolean).join(" · "));
    const quoted = message.quoted && this.findMessage(message.chat, message.quoted);
    setText(bubble.quote, quoted ? summaryOf(quoted).slice(0, 140) : message.quoted ? "An earlier message" : "");
    setText(bubble.reactions, reactionsOf(message));
    const shown = JSON.stringify([message.type, message.filehash, message.content]);
    if (bubble.shown === shown) return;
    bubble.shown = shown;
    bubble.content.replaceChildren(...[contentOf(message)].filter((content) => content !== null));
    bubble.menu.replaceChildren(...(message.type === "revoked" ? [] : [this.#menuFor(message)]));
  }

  /** @param {string} jid */
  #nameOf(jid) {
    return this.side.nameOf(this.contactOf(jid) || { id: jid, own_name: jid.split("@")[0] });
  }

  /** @param {Message} message */
  #menuFor(message) {
    const about = { id: message.id, chat: message.chat };
    const by = this.side.by;
    /**
     * @param {string} cmd
     * @param {object} [args]
     */
    const act = (cmd, args) => this.onCommand(cmd, { ...about, by, ...args }).catch((error) => this.#showError(error));
    const mine = () =>
      message.reactions?.find((reaction) => (reaction.by === "customer") === (by === "customer"))?.text;
    return messageMenu(message, this.side.isMine(message), mine, {
      reply: () => this.#answer(message),
      react: (text) => act("reaction", { text }),
      remove: () => act("revoke"),
      edit: async () => {
        const told = await ask(
          "Edit message",
          [{ name: "body", label: "Text", value: wordsOf(message), rows: 4 }],
          "Save",
        );
        if (told) await act("edit", { body: told.body });
      },
    });
  }

  /**
   * Quote this message in the next one; null: none.
   * @param {Message | null} message
   */
  #answer(message) {
    this.answers = message;
    this.answered.hidden = !message;
    if (!message) return;
    this.answered.replaceChildren(
      h("span", { class: "quote", dir: "auto" }, summaryOf(message).slice(0, 140)),
      h(
        "button",
        { type: "button", class: "cancel", "aria-label": "Cancel reply", onclick: () => this.#answer(null) },
        "×",
      ),
    );
    this.box.focus();
  }

  /**
   * Send a draft. In a group the first member is the author.
   * @param {object} draft
   */
  async #deliver(draft) {
    if (!this.thread) return;
    const { id, isGroup, members } = this.thread.contact;
    const author = isGroup && this.side.by === "customer" ? { author: members[0] } : {};
    const quoted = this.answers ? { quoted: this.answers.id } : {};
    this.#answer(null);
    await this.onCommand(this.side.command, { chat: id, ...author, ...quoted, ...this.attach.takeMarks(), ...draft });
  }

  /** @param {unknown} error */
  #showError(error) {
    setText(this.error, String(/** @type {Error} */ (error).message));
    this.error.hidden = false;
  }

  /**
   * @param {HTMLElement} text
   * @param {string} full
   */
  #fold(text, full) {
    const more = h(
      "button",
      {
        type: "button",
        class: "more",
        onclick: () => {
          text.dataset.open = "true";
          text.textContent = full;
        },
      },
      `Read all ${full.length.toLocaleString()} characters`,
    );
    text.replaceChildren(full.slice(0, FOLD_AT), "… ", more);
  }

  /** @param {string} text */
  async #send(text) {
    if (!text.trim() || !this.thread) return;
    const { id } = this.thread.contact;
    if (text === this.box.value) this.box.value = "";
    this.#fit();
    this.error.hidden = true;
    try {
      await this.#deliver({ body: text });
    } catch (error) {
      // Restore the text, unless something else was written meanwhile.
      if (this.thread?.contact.id === id && !this.box.value) this.box.value = text;
      else if (this.thread?.contact.id !== id) this.#drafts.set(id, text);
      this.#showError(error);
      this.#fit();
    }
    this.box.focus();
  }

  #fit() {
    this.box.style.height = "auto";
    this.box.style.height = `${Math.min(this.box.scrollHeight, 132)}px`;
  }

  #toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
  }
}
