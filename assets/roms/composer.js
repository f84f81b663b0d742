/* The composer: the text and what goes with it (a quote, the tray of upload.js), sent once, and kept until the server has
 * it. The text box is the browser's own: typing sends no event, except for the typing indicator of the customer.
 */
var romsComposer = (() => {
  const { byId, listen } = globalThis.romsDom;
  const LIMIT = 65_536; // WhatsApp's own, in characters
  const CAPTION = 1024; // the length that WhatsApp shows under a file
  const ANSWER_MS = 10_000;
  const TYPING_MS = 5000;

  /** By their keys. @type {Map<string, Attempt>} */
  const attempts = new Map();
  /** By conversation. @type {Map<number, Quote>} */
  const quotes = new Map();
  /** Conversations whose Send was pressed before all files were uploaded. @type {Set<number>} */
  const waiting = new Set();
  /** The error of each conversation, until something is typed. @type {Map<number, string>} */
  const errors = new Map();
  /** The attempt that the composer waits for. @type {Attempt | null} */
  let sending = null;
  let hasTyped = false;
  /** The last activity that was sent to the customer. @type {{ conversationId: number, what: string, at: number } | null} */
  let activity = null;
  let pauseTimer = 0;

  /**
   * @param {Word} word
   * @param {Record<string, string | number>} [values]
   */
  const text = (word, values = {}) => globalThis.roms.format().fill(word, values);
  const open = () => globalThis.roms.conversationId();
  /** @param {Partial<ComposerView>} values */
  const publish = (values) => globalThis.roms.publish("composer", values);

  /**
   * Show an error, or clear it with "". An error of a closed conversation is shown when it is opened.
   * @param {string} error
   * @param {number} [id]
   */
  const say = (error, id = open()) => {
    if (error) errors.set(id, error);
    else errors.delete(id);
    if (id === open()) publish({ error });
  };

  /**
   * Report an unsent message at once, even if another thread is open.
   * @param {number} id
   * @param {string} words
   */
  const fail = (id, words) => {
    say(words, id);
    if (id !== open() && open()) say(text("elsewhere", { words }));
  };
  /** @param {string} body */
  const length = (body) => [...body].length;

  /* ---- drafts ---- */

  /**
   * The prefix of an agent's drafts. A draft survives the session in this tab until its agent or another one signs in.
   * @param {number} agentId
   */
  const draftsOf = (agentId) => `roms-draft-${agentId}-`;
  /** @param {number} id */
  const draftKey = (id) => `${draftsOf(globalThis.roms.agentId())}${id}`;

  const dropDraftsOfOthers = () => {
    const own = draftsOf(globalThis.roms.agentId());
    for (const name of Object.keys(sessionStorage)) {
      if (name.startsWith("roms-draft-") && !name.startsWith(own)) sessionStorage.removeItem(name);
    }
  };

  const keepDraft = () => {
    const box = byId("roms-composer");
    const id = open();
    if (!box || !id) return;
    if (box.value) sessionStorage.setItem(draftKey(id), box.value);
    else sessionStorage.removeItem(draftKey(id));
  };

  /**
   * The text in the box of a conversation, which need not be open.
   * @param {number} id
   */
  const bodyOf = (id) =>
    id === open() ? (byId("roms-composer")?.value ?? "") : (sessionStorage.getItem(draftKey(id)) ?? "");

  /** Leave the open thread and keep its draft. */
  const left = () => {
    keepDraft();
    pause();
    globalThis.romsRecorder.left();
  };

  /** @param {number} id */
  const opened = (id) => {
    const box = byId("roms-composer");
    sending = null;
    globalThis.romsUpload.show();
    globalThis.romsRecorder.show();
    showQuote();
    publish({ is_sending: waiting.has(id), is_emoji_open: false, error: errors.get(id) ?? "" });
    if (!box) return;
    box.value = id ? (sessionStorage.getItem(draftKey(id)) ?? "") : "";
    showEmpty();
    if (id && matchMedia("(min-width: 640px)").matches) queueMicrotask(() => box.focus({ preventScroll: true }));
  };

  const showEmpty = () => publish({ is_empty: !byId("roms-composer")?.value.trim() });

  /**
   * Move the unsent content of a conversation to the one that it was merged into.
   * @param {number} from
   * @param {number} to
   */
  const move = (from, to) => {
    keepDraft();
    const box = byId("roms-composer");
    // The merged thread keeps nothing.
    if (box && open() === from) box.value = "";
    const drafts = [to, from].map((id) => sessionStorage.getItem(draftKey(id))).filter(Boolean);
    sessionStorage.removeItem(draftKey(from));
    if (drafts.length) sessionStorage.setItem(draftKey(to), drafts.join("\n"));
    if (box && open() === to && drafts.length) {
      box.value = drafts.join("\n");
      showEmpty();
    }
    const quote = quotes.get(from);
    if (quote && !quotes.has(to)) quotes.set(to, quote);
    quotes.delete(from);
    showQuote();
    // Send was pressed for the other conversation, so the agent must press it again here.
    waiting.delete(from);
    errors.delete(from);
    for (const attempt of attempts.values()) if (attempt.conversationId === from) attempt.conversationId = to;
    globalThis.romsUpload.move(from, to);
    globalThis.romsRecorder.move(from, to);
  };

  /** The closed conversations with unsent content. Any of them may have been merged. */
  const keptElsewhere = () => {
    const own = draftsOf(globalThis.roms.agentId());
    const drafts = Object.keys(sessionStorage).map((name) =>
      name.startsWith(own) ? Number(name.slice(own.length)) : 0,
    );
    const sent = [...attempts.values()].map(({ conversationId }) => conversationId);
    const kept = [
      ...drafts,
      ...sent,
      ...quotes.keys(),
      ...globalThis.romsUpload.kept(),
      ...globalThis.romsRecorder.kept(),
    ];
    return [...new Set(kept)].filter((id) => id && id !== open());
  };

  /* ---- the quote ---- */

  const showQuote = () => {
    const quote = quotes.get(open());
    publish({
      quote_author: quote?.author ?? "",
      quote: quote?.preview ?? "",
      quote_kind: quote?.kind ?? "",
      has_quote: Boolean(quote),
    });
  };

  /**
   * Quote this message in the reply (its line's id, "m17").
   * @param {string} lineId
   * @param {string} author
   * @param {string} preview
   * @param {string} kind
   */
  const quote = (lineId, author, preview, kind) => {
    quotes.set(open(), { id: Number(lineId.slice(1)), author, preview, kind });
    showQuote();
    requestAnimationFrame(() => byId("roms-composer")?.focus());
  };

  const unquote = () => {
    quotes.delete(open());
    showQuote();
    byId("roms-composer")?.focus();
  };

  /* ---- sending ---- */

  const submit = () => {
    const box = byId("roms-composer");
    const id = open();
    if (!box || !id || sending || waiting.has(id)) return;
    const files = globalThis.romsUpload.items(id);
    if (!box.value.trim() && !files.length) return;
    if (length(box.value) > LIMIT) return say(tooLong(length(box.value)));
    say("");
    box.focus();
    if (files.some(({ state }) => state === "refused")) return say(removeFirst());
    if (files.every(({ state }) => state === "ready")) return dispatch(id);
    waiting.add(id);
    publish({ is_sending: true });
  };

  /** @param {number} has */
  const tooLong = (has) => {
    const [is, may] = [has, LIMIT].map((number) => number.toLocaleString(globalThis.roms.format().locale));
    return text("too_long", { may, has: is });
  };
  const removeFirst = () => text("file_refused");

  /**
   * A file was uploaded, refused or removed: send what waited for it, or show the error.
   * @param {number} id
   */
  const trayChanged = (id) => {
    if (!waiting.has(id)) return;
    const files = globalThis.romsUpload.items(id);
    const isRefused = files.some(({ state }) => state === "refused");
    if (!isRefused && !files.every(({ state }) => state === "ready")) return;
    waiting.delete(id);
    if (id === open()) publish({ is_sending: false });
    if (isRefused) return fail(id, removeFirst());
    if (files.length || bodyOf(id).trim()) dispatch(id);
  };

  /**
   * The text becomes the caption of the first file that can have one. Otherwise it is sent by itself.
   * @param {number} id
   * @param {string} body
   * @returns {Content}
   */
  const contentOf = (id, body) => {
    const files = globalThis.romsUpload.items(id);
    const captioned = length(body) <= CAPTION ? globalThis.romsUpload.captionedByBox(files) : null;
    return {
      body: captioned || !body.trim() ? "" : body,
      tokens: files.map(({ token }) => token),
      captions: files.map((item) => (item === captioned ? body.trim() : item.caption)),
      quoted_message_id: quotes.get(id)?.id ?? 0,
    };
  };

  /** @param {number} id */
  const dispatch = (id) => {
    const body = bodyOf(id);
    const attempt = attemptOf(id, contentOf(id, body));
    Object.assign(attempt, { text: body, files: [...globalThis.romsUpload.items(id)], quote: quotes.get(id) });
    if (id === open()) {
      sending = attempt;
      publish({ is_sending: true });
      pause();
    }
    tellServer(attempt);
  };

  /** @param {Attempt} attempt */
  const tellServer = (attempt) => {
    const { conversationId, key, content } = attempt;
    say("", conversationId);
    clearTimeout(attempt.timer);
    attempt.timer = setTimeout(() => noAnswer(attempt), ANSWER_MS);
    globalThis.roms.send("send_message", { conversation_id: conversationId, key, ...content });
  };

  /**
   * Send a recording with the quote. The text in the box stays.
   * @param {number} id
   * @param {string} token
   * @param {Pick<Attempt, "onAccepted" | "onRefused">} callbacks
   */
  const sendVoice = (id, token, callbacks) => {
    const content = { body: "", tokens: [token], captions: [""], quoted_message_id: quotes.get(id)?.id ?? 0 };
    const attempt = attemptOf(id, content);
    Object.assign(attempt, { text: "", files: [], quote: quotes.get(id), ...callbacks });
    tellServer(attempt);
  };

  /**
   * The attempt for this content. Repeated content keeps its key: the server accepts each key once.
   * @param {number} conversationId
   * @param {Content} content
   * @returns {Attempt}
   */
  const attemptOf = (conversationId, content) => {
    const mark = JSON.stringify(content);
    /** @param {Attempt} attempt */
    const isSame = (attempt) => attempt.conversationId === conversationId && attempt.mark === mark;
    /** @type {Attempt} */
    const attempt = [...attempts.values()].find(isSame) ?? {
      key: newKey(),
      conversationId,
      content,
      mark,
      at: globalThis.roms.now(),
      isGivenUp: false,
      text: "",
      files: [],
      quote: undefined,
    };
    attempt.isGivenUp = false;
    attempts.set(attempt.key, attempt);
    return attempt;
  };

  // crypto.randomUUID exists only with https or on localhost.
  const newKey = () =>
    Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

  const noAnswerYet = () => text("no_answer");

  /** @param {Attempt} attempt */
  const noAnswer = (attempt) => {
    if (attempts.get(attempt.key) !== attempt) return;
    attempt.isGivenUp = true;
    refused(attempt.key, noAnswerYet());
  };

  const done = () => {
    sending = null;
    publish({ is_sending: false });
  };

  /** @param {Attempt} attempt */
  const isOpen = ({ conversationId }) => open() === conversationId;

  /**
   * Remove the sent text from the box. Text typed since then stays. After a time-out, an edited text stays whole.
   * @param {string} value
   * @param {Attempt} attempt
   */
  const withoutSent = (value, { text: sent, isGivenUp }) => {
    if (value === sent) return "";
    return sent && !isGivenUp && value.startsWith(sent) ? value.slice(sent.length) : value;
  };

  /** @param {Attempt} attempt */
  const clearSent = (attempt) => {
    const box = byId("roms-composer");
    if (box && isOpen(attempt)) box.value = withoutSent(box.value, attempt);
    const name = draftKey(attempt.conversationId);
    const draft = withoutSent(sessionStorage.getItem(name) ?? "", attempt);
    if (draft) sessionStorage.setItem(name, draft);
    else sessionStorage.removeItem(name);
    globalThis.romsUpload.drop(attempt.conversationId, attempt.files);
    if (attempt.quote && quotes.get(attempt.conversationId) === attempt.quote) quotes.delete(attempt.conversationId);
    showQuote();
    showEmpty();
  };

  /**
   * The reply is in the database: remove it from the composer, or from the draft of a closed thread.
   * @param {string} key
   */
  const accepted = (key) => {
    const attempt = attempts.get(key);
    if (!attempt) return;
    attempts.delete(key);
    clearTimeout(attempt.timer);
    clearSent(attempt);
    attempt.onAccepted?.();
    say("", attempt.conversationId);
    if (attempt !== sending && !attempt.onAccepted) return;
    if (attempt === sending) done();
    if (isOpen(attempt)) globalThis.romsControls.toBottom();
  };

  /**
   * Show the refusal. The attempt keeps its key: the refusal may be about the first of two tries.
   * @param {string} key
   * @param {string} words
   */
  const refused = (key, words) => {
    const attempt = attempts.get(key);
    if (!attempt) return;
    clearTimeout(attempt.timer);
    attempt.onRefused?.();
    if (attempt === sending) done();
    fail(attempt.conversationId, words);
  };

  /**
   * Treat a message that appears in the thread as accepted: its confirmation may have been lost.
   * @param {MessageRow[]} messages
   */
  const noticeAccepted = (messages) => {
    for (const { key, conversationId, content, at } of [...attempts.values()]) {
      /** @param {MessageRow} message */
      const isIt = (message) =>
        message.is_ours &&
        message.conversation_id === conversationId &&
        message.body === content.body &&
        message.sent_at > at - 5000;
      if (content.body && !content.tokens.length && messages.some(isIt)) accepted(key);
    }
  };

  /* ---- the typing indicator ---- */

  /**
   * typing | recording | paused
   * @param {number} conversationId
   * @param {string} what
   */
  const tell = (conversationId, what) => {
    activity = what === "paused" ? null : { conversationId, what, at: Date.now() };
    globalThis.roms.send("set_typing", { conversation_id: conversationId, activity: what });
  };

  const pause = () => {
    clearTimeout(pauseTimer);
    if (activity?.what === "typing") tell(activity.conversationId, "paused");
  };

  const typed = () => {
    if (bodyOf(open()).trim() === "") return pause();
    const isTold = activity !== null && activity.conversationId === open() && Date.now() - activity.at < TYPING_MS;
    if (!isTold) tell(open(), "typing");
    clearTimeout(pauseTimer);
    pauseTimer = setTimeout(pause, TYPING_MS);
  };

  /* ---- keys ---- */

  /** @param {On<KeyboardEvent>} event */
  const onKey = (event) => {
    if (event.key === "Escape") return onEscape(event);
    const isCaption = event.target.dataset?.caption !== undefined;
    if ((event.target.id !== "roms-composer" && !isCaption) || event.key !== "Enter") return;
    // While an input method composes, Enter selects its word.
    if (event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    submit();
  };

  /** @param {On<KeyboardEvent>} event */
  const onEscape = (event) => {
    if (!event.target.closest?.(".roms-composer") || globalThis.romsControls.isUsed(event)) return;
    if (globalThis.roms.read("composer").is_emoji_open) globalThis.romsEmoji.toggle(false);
    else if (quotes.has(open())) unquote();
    else return;
    event.preventDefault();
  };

  /**
   * The text in the box was changed.
   * @param {{ target: HTMLElement }} event
   */
  const onInput = ({ target }) => {
    if (target.id !== "roms-composer") return;
    if (globalThis.roms.read("composer").error) say("");
    hasTyped = true;
    showEmpty();
    typed();
  };

  /** @param {BeforeUnloadEvent} event */
  const onLeave = (event) => {
    // After the session has ended, nothing may hold the agent on the page.
    if (!sessionStorage.getItem("token")) return;
    keepDraft();
    const isUnsent = globalThis.romsUpload.hasAny() || globalThis.romsRecorder.hasAny();
    if ((sending && hasTyped) || isUnsent) event.preventDefault();
  };

  // On every page: files and recordings of the inbox wait in the tab's memory while its settings are open.
  window.addEventListener("beforeunload", onLeave);
  const mount = () => {
    const stops = [
      listen([
        [document, "keydown", onKey],
        [document, "input", onInput],
      ]),
      globalThis.romsUpload.mount(),
      globalThis.romsRecorder.mount(),
      globalThis.romsEmoji.mount(),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  };

  return {
    mount,
    text,
    say,
    fail,
    left,
    opened,
    keepDraft,
    dropDraftsOfOthers,
    move,
    keptElsewhere,
    quote,
    unquote,
    submit,
    trayChanged,
    sendVoice,
    accepted,
    refused,
    noticeAccepted,
    tell,
    onInput,
  };
})();
