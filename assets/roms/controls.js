/* Keys, scrolling, the address and the composer of the inbox page. Finds its elements by id; holds no messages. */
(() => {
  const LIMIT = 65_536; // WhatsApp's own, in characters
  const ANSWER_MS = 10_000;
  const NEAR = 400; // px from an end at which more is read
  const AT_BOTTOM = 80;
  const byId = (id) => document.getElementById(id);

  let observer = null;
  let isPinned = true; // the thread follows its newest message
  let beforeOlder = null; // where the thread stood when older messages came
  const attempts = new Map(); // key → what was sent and is not known to be in the database
  let sending = null; // the attempt that the composer waits for: { key, conversationId, text, at, isGivenUp }
  let sendTimer = 0;
  let hasTyped = false;

  const text = (english, indonesian) => (document.documentElement.lang === "id" ? indonesian : english);

  /* ---- scrolling ---- */

  const isScrolledUp = () => !isPinned;

  const toBottom = () => {
    const log = byId("roms-messages");
    if (log) log.scrollTop = log.scrollHeight;
    isPinned = true;
    globalThis.roms.clearUnseen();
  };

  /** Runs between React's change of the thread and its painting. */
  const settleScroll = () => {
    const log = byId("roms-messages");
    if (!log) return;
    if (beforeOlder) {
      log.scrollTop = beforeOlder.top + log.scrollHeight - beforeOlder.height;
      beforeOlder = null;
    } else if (isPinned) {
      log.scrollTop = log.scrollHeight;
    }
  };

  const beforePage = (page) => {
    const log = byId("roms-messages");
    if (log && !page.is_first) beforeOlder = { top: log.scrollTop, height: log.scrollHeight };
  };

  const onScroll = ({ target }) => {
    if (target.id === "roms-list") {
      if (target.scrollHeight - target.scrollTop - target.clientHeight < NEAR) globalThis.roms.more();
    } else if (target.id === "roms-messages") {
      if (target.scrollTop < NEAR) globalThis.roms.older();
      const wasPinned = isPinned;
      isPinned = target.scrollHeight - target.scrollTop - target.clientHeight < AT_BOTTOM;
      if (isPinned && !wasPinned) globalThis.roms.clearUnseen();
      if (!isPinned) globalThis.roms.publish("log", { is_behind: true });
    }
  };

  /* ---- the list's keys: one tab stop, arrows move in it ---- */

  const onKey = (event) => {
    if (event.key === "Escape" && document.documentElement.hasAttribute("data-roms-contact")) {
      toggleContact(false);
      return;
    }
    const option = event.target.closest?.("#roms-list [role=option]");
    if (option) moveInList(event, option);
    const tab = event.target.closest?.(".roms-tabs [role=tab], .roms-filter [role=radio]");
    if (tab && (event.key === "ArrowLeft" || event.key === "ArrowRight")) moveInTabs(event, tab);
  };

  const moveInList = (event, option) => {
    const options = [...byId("roms-list").querySelectorAll("[role=option]")];
    const index = options.indexOf(option);
    const target = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: options.length - 1 }[event.key];
    if (target !== undefined) {
      event.preventDefault();
      options[Math.min(Math.max(target, 0), options.length - 1)].focus();
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      select(Number(option.dataset.id));
    }
  };

  const moveInTabs = (event, tab) => {
    event.preventDefault();
    const tabs = [...tab.parentElement.children];
    const next = tabs[(tabs.indexOf(tab) + (event.key === "ArrowRight" ? 1 : tabs.length - 1)) % tabs.length];
    next.focus();
    next.click();
  };

  /* ---- the address: /inbox/42 without loading a page ---- */

  const select = (id) => {
    if (id === globalThis.roms.conversationId()) {
      byId("roms-composer")?.focus();
      return;
    }
    const entry = { ...history.state, idx: (history.state?.idx ?? 0) + 1, fromList: globalThis.roms.conversationId() === 0 };
    history.pushState(entry, "", id ? `/inbox/${id}` : "/inbox");
    globalThis.roms.openThread(id);
  };

  /** The back button of a phone-sized page. */
  const close = () => {
    const id = globalThis.roms.conversationId();
    if (history.state?.fromList) history.back();
    else {
      history.replaceState(history.state, "", "/inbox");
      globalThis.roms.openThread(0);
    }
    byId("roms-list")?.querySelector(`[data-id="${id}"]`)?.focus();
  };

  // Before the router hears of it: within the inbox nothing has to be loaded.
  window.addEventListener("popstate", (event) => {
    if (!globalThis.roms.isMounted() || !/^\/inbox(\/\d+)?\/?$/.test(location.pathname)) return;
    event.stopImmediatePropagation();
    globalThis.roms.openThread(globalThis.roms.conversationInAddress());
  });
  document.addEventListener(
    "click",
    (event) => {
      const link = event.target.closest?.('a[href="/inbox"]');
      if (!link || !globalThis.roms.isMounted() || event.ctrlKey || event.metaKey || event.button) return;
      event.preventDefault();
      event.stopPropagation();
      select(0);
    },
    true,
  );

  /** The contact panel of narrow pages is a sheet. */
  const toggleContact = (isOpen) => {
    const root = document.documentElement;
    const opens = isOpen ?? !root.hasAttribute("data-roms-contact");
    root.toggleAttribute("data-roms-contact", opens);
    byId(opens ? "roms-contact-close" : "roms-contact-open")?.focus();
  };

  /* ---- the composer ---- */

  const draftKey = (id) => `roms-draft-${id}`;

  const keepDraft = () => {
    const box = byId("roms-composer");
    const id = globalThis.roms.conversationId();
    if (!box || !id) return;
    if (box.value) sessionStorage.setItem(draftKey(id), box.value);
    else sessionStorage.removeItem(draftKey(id));
  };

  const opened = (id) => {
    const box = byId("roms-composer");
    isPinned = true;
    sending = null;
    if (!box) return;
    box.value = id ? (sessionStorage.getItem(draftKey(id)) ?? "") : "";
    if (id && matchMedia("(min-width: 640px)").matches) queueMicrotask(() => box.focus({ preventScroll: true }));
  };

  const say = (error) => globalThis.roms.publish("composer", { error });

  const onComposerKey = (event) => {
    if (event.target.id !== "roms-composer" || event.key !== "Enter") return;
    // While an input method composes, Enter chooses its word.
    if (event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    submit();
  };

  const submit = () => {
    const box = byId("roms-composer");
    const id = globalThis.roms.conversationId();
    if (!box || !id || sending || !box.value.trim()) return;
    const length = [...box.value].length;
    if (length > LIMIT) {
      const locale = document.documentElement.lang === "id" ? "id-ID" : "en-GB";
      const [has, may] = [length, LIMIT].map((number) => number.toLocaleString(locale));
      say(text(`A message may have ${may} characters; this one has ${has}. Shorten it or send it in parts.`,
        `Satu pesan paling banyak ${may} karakter; ini ${has}. Persingkat atau kirim terpisah.`));
      return;
    }
    sending = attemptOf(id, box.value);
    globalThis.roms.publish("composer", { is_sending: true, error: "" });
    clearTimeout(sendTimer);
    sendTimer = setTimeout(noAnswer, ANSWER_MS);
    globalThis.roms.send("send_message", { conversation_id: id, body: box.value, key: sending.key });
    box.focus();
  };

  /** Without an answer the same text keeps its key: the first may be on its way yet, and the server takes each key once. */
  const attemptOf = (conversationId, text) => {
    const isSame = (attempt) => attempt.conversationId === conversationId && attempt.text === text;
    const attempt = [...attempts.values()].find(isSame) ?? { key: newKey(), conversationId, text, at: Date.now() };
    attempt.isGivenUp = false;
    attempts.set(attempt.key, attempt);
    return attempt;
  };

  // crypto.randomUUID is there only with https or on localhost.
  const newKey = () =>
    Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

  const noAnswer = () => {
    if (!sending) return;
    sending.isGivenUp = true;
    done();
    say(text("The server has not answered yet; your text is still here. It may have been sent: look before you send it again.",
      "Server belum menjawab; teks Anda masih di sini. Mungkin sudah terkirim: periksa sebelum mengirim lagi."));
  };

  const done = () => {
    sending = null;
    clearTimeout(sendTimer);
    globalThis.roms.publish("composer", { is_sending: false });
  };

  const isOpen = ({ conversationId }) => globalThis.roms.conversationId() === conversationId;

  /** What was typed since stays; after "no answer" an altered text is a new one, and stays whole. */
  const withoutSent = (value, { text, isGivenUp }) => {
    if (value === text) return "";
    return !isGivenUp && value.startsWith(text) ? value.slice(text.length) : value;
  };

  const clearDraft = (attempt) => {
    const box = byId("roms-composer");
    if (box && isOpen(attempt)) box.value = withoutSent(box.value, attempt);
    const name = draftKey(attempt.conversationId);
    const draft = withoutSent(sessionStorage.getItem(name) ?? "", attempt);
    if (draft) sessionStorage.setItem(name, draft);
    else sessionStorage.removeItem(name);
  };

  /** The message is in the database: only now does the text leave the box, or the draft of a thread left meanwhile. */
  const accepted = (key) => {
    const attempt = attempts.get(key);
    if (!attempt) return;
    attempts.delete(key);
    clearDraft(attempt);
    if (isOpen(attempt)) say("");
    if (attempt !== sending) return;
    done();
    toBottom();
  };

  /** The attempt is kept: a refusal may be of the first of two, and the key of what was never queued is still good. */
  const refused = (key, words) => {
    const attempt = attempts.get(key);
    if (!attempt) return;
    if (attempt === sending) done();
    if (isOpen(attempt)) say(words);
  };

  /** The answer may have been lost with the connection; the message in the thread says as much. */
  const noticeAccepted = (messages) => {
    for (const { key, conversationId, text, at } of [...attempts.values()]) {
      const isIt = (message) =>
        message.is_ours && message.conversation_id === conversationId && message.body === text && message.sent_at > at - 5000;
      if (messages.some(isIt)) accepted(key);
    }
  };

  const onInput = ({ target }) => {
    if (target.id === "roms-composer" && globalThis.roms.read("composer").error) say("");
    hasTyped = true;
  };

  /* ---- while the page is there ---- */

  const onPointer = (event) => {
    const isOver = Boolean(event.target.closest?.("#roms-list"));
    if (event.pointerType !== "touch") globalThis.roms.hover(isOver);
  };
  const onFocus = () => globalThis.roms.seen();
  const onLeave = (event) => {
    // Logging out has emptied the storage: the next agent must not find this one's draft.
    if (sessionStorage.getItem("token")) keepDraft();
    if (sending && hasTyped) event.preventDefault();
  };
  const handlers = [
    [document, "scroll", onScroll, true], [document, "keydown", onKey], [document, "keydown", onComposerKey],
    [document, "input", onInput], [document, "pointermove", onPointer], [window, "focus", onFocus],
    [document, "visibilitychange", onFocus], [window, "beforeunload", onLeave],
  ];

  const mount = () => {
    // The keyboard of a phone takes its room from the thread, and leaves the composer in sight.
    const viewport = document.querySelector("meta[name=viewport]");
    if (viewport && !viewport.content.includes("interactive-widget")) viewport.content += ", interactive-widget=resizes-content";
    for (const [target, name, handler, capture] of handlers) target.addEventListener(name, handler, capture ?? false);
    observer = new MutationObserver(settleScroll);
    const log = byId("roms-messages");
    if (log) observer.observe(log, { childList: true, subtree: true, characterData: true });
  };
  const unmount = () => {
    for (const [target, name, handler, capture] of handlers) target.removeEventListener(name, handler, capture ?? false);
    observer?.disconnect();
  };

  globalThis.romsControls = {
    mount, unmount, isScrolledUp, toBottom, beforePage, select, close, toggleContact, keepDraft, opened, submit, accepted,
    refused, noticeAccepted,
  };
})();
