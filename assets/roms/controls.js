/* Keys, scrolling and the address of the inbox page. Finds its elements by id; holds no messages. */
var romsControls = (() => {
  const { byId, listen } = globalThis.romsDom;
  const NEAR = 400; // distance in px from an end at which more is loaded
  const AT_BOTTOM = 80;

  let isPinned = true; // the thread follows its newest message
  /** The scroll position before older messages were added. @type {{ top: number, height: number } | null} */
  let beforeOlder = null;

  /* ---- scrolling ---- */

  const isScrolledUp = () => !isPinned;

  const toBottom = () => {
    const log = byId("roms-messages");
    if (log) log.scrollTop = log.scrollHeight;
    isPinned = true;
    globalThis.roms.clearUnseen();
  };

  /** Runs after React has changed the thread and before it is painted. */
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

  /** @param {{ is_first: boolean }} page */
  const beforePage = (page) => {
    const log = byId("roms-messages");
    if (log && !page.is_first) beforeOlder = { top: log.scrollTop, height: log.scrollHeight };
  };

  /** @param {On} event */
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

  /** @param {On<KeyboardEvent>} event */
  const onKey = (event) => {
    const option = event.target.closest?.("#roms-list [role=option]");
    if (option) moveInList(event, option);
    const tab = event.target.closest?.(".roms-tabs [role=tab], .roms-filter [role=radio]");
    if (tab && (event.key === "ArrowLeft" || event.key === "ArrowRight")) moveInTabs(event, tab);
  };

  /**
   * Escape ends one thing, the innermost. Whoever uses it prevents its default, and hears it before those further out:
   * Radix while the event comes down, composer and recorder on the document, the sheet on the window. The browser's own
   * layers close after the event.
   * @param {Event} event
   */
  const isUsed = (event) =>
    event.defaultPrevented || document.querySelector("[popover=auto]:popover-open, dialog[open]") !== null;

  /** @param {On<KeyboardEvent>} event */
  const onEscape = (event) => {
    if (event.key !== "Escape" || isUsed(event)) return;
    const edit = event.target.closest?.("form")?.querySelector("[data-roms-cancel]");
    if (edit) edit.click();
    else if (document.documentElement.hasAttribute("data-roms-contact")) toggleContact(false);
    else return;
    event.preventDefault();
  };

  /**
   * @param {KeyboardEvent} event
   * @param {HTMLElement} option
   */
  const moveInList = (event, option) => {
    const options = [...(byId("roms-list")?.querySelectorAll("[role=option]") ?? [])];
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

  /**
   * @param {KeyboardEvent} event
   * @param {HTMLElement} tab
   */
  const moveInTabs = (event, tab) => {
    event.preventDefault();
    const tabs = [...(tab.parentElement?.querySelectorAll(":scope > *") ?? [tab])];
    const next = tabs[(tabs.indexOf(tab) + (event.key === "ArrowRight" ? 1 : tabs.length - 1)) % tabs.length];
    next.focus();
    next.click();
  };

  /* ---- the address: /inbox/42 without loading a page ---- */

  /** @param {number} id */
  const select = (id) => {
    if (id === globalThis.roms.conversationId()) {
      byId("roms-composer")?.focus();
      return;
    }
    const entry = {
      ...history.state,
      idx: (history.state?.idx ?? 0) + 1,
      fromList: globalThis.roms.conversationId() === 0,
    };
    history.pushState(entry, "", id ? `/inbox/${id}` : "/inbox");
    globalThis.roms.openThread(id);
  };

  /** The back button on phones. */
  const close = () => {
    const id = globalThis.roms.conversationId();
    if (history.state?.fromList) history.back();
    else {
      history.replaceState(history.state, "", "/inbox");
      globalThis.roms.openThread(0);
    }
    byId("roms-list")?.querySelector(`[data-id="${id}"]`)?.focus();
  };

  // Runs before the router: within the inbox nothing has to be loaded.
  window.addEventListener("popstate", (event) => {
    if (!globalThis.roms.isMounted() || !/^\/inbox(\/\d+)?\/?$/.test(location.pathname)) return;
    event.stopImmediatePropagation();
    globalThis.roms.openThread(globalThis.roms.conversationInAddress());
  });
  /** @param {On<MouseEvent>} event */
  const onLink = (event) => {
    const link = event.target.closest?.('a[href="/inbox"]');
    if (!link || !globalThis.roms.isMounted() || event.ctrlKey || event.metaKey || event.button) return;
    event.preventDefault();
    event.stopPropagation();
    select(0);
  };
  listen([[document, "click", onLink, true]]);

  /**
   * The contact panel of narrow pages is a sheet.
   * @param {boolean} isOpen
   */
  const toggleContact = (isOpen) => {
    const root = document.documentElement;
    const opens = isOpen ?? !root.hasAttribute("data-roms-contact");
    root.toggleAttribute("data-roms-contact", opens);
    byId(opens ? "roms-contact-close" : "roms-contact-open")?.focus();
  };

  /**
   * Focus an element as soon as React has created it.
   * @param {string} id
   */
  const focusOn = (id) => {
    const watch = new MutationObserver(() => look());
    const look = () => {
      const element = byId(id);
      if (!element) return;
      watch.disconnect();
      element.focus();
    };
    watch.observe(document.body, { childList: true, subtree: true });
    setTimeout(() => watch.disconnect(), 2000);
    look();
  };

  /**
   * A click outside of the sheet closes it and does nothing else. Its own dialogs and menus are drawn elsewhere.
   * @param {On<MouseEvent>} event
   */
  const onOutside = (event) => {
    if (!document.documentElement.hasAttribute("data-roms-contact") || !event.target.closest?.(".roms-inbox")) return;
    if (event.target.closest(".roms-contact, #roms-contact-open")) return;
    event.preventDefault();
    event.stopPropagation();
    toggleContact(false);
  };

  /* ---- while the page is there ---- */

  /** @param {On<PointerEvent>} event */
  const onPointer = (event) => {
    const isOver = Boolean(event.target.closest?.("#roms-list"));
    if (event.pointerType !== "touch") globalThis.roms.hover(isOver);
  };
  const onFocus = () => globalThis.roms.seen();
  /** Called when the thread shows another conversation. */
  const opened = () => {
    isPinned = true;
  };
  const mount = () => {
    // The keyboard of a phone takes its room from the thread, and leaves the composer in sight.
    const viewport = document.querySelector("meta[name=viewport]");
    if (viewport instanceof HTMLMetaElement && !viewport.content.includes("interactive-widget"))
      viewport.content += ", interactive-widget=resizes-content";
    const unlisten = listen([
      [document, "scroll", onScroll, true],
      [document, "keydown", onKey],
      [window, "keydown", onEscape],
      [document, "click", onOutside, true],
      [document, "pointermove", onPointer],
      [window, "focus", onFocus],
      [document, "visibilitychange", onFocus],
    ]);
    const observer = new MutationObserver(settleScroll);
    const log = byId("roms-messages");
    if (log) observer.observe(log, { childList: true, subtree: true, characterData: true });
    // A notice, the tray, a longer text or a phone's keyboard takes its room from the thread.
    const sizes = new ResizeObserver(settleScroll);
    if (log) sizes.observe(log);
    return () => {
      unlisten();
      observer.disconnect();
      sizes.disconnect();
    };
  };

  return {
    mount,
    isScrolledUp,
    isUsed,
    toBottom,
    beforePage,
    select,
    close,
    toggleContact,
    focusOn,
    opened,
  };
})();
