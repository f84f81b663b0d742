/* The supervisor's page in the browser: asks for a fresh reading when something changed, lets ages tick, and carries
 * conversations to agents and teams, by drag and drop and by one menu for all cards. What stands on the page is React's
 * (states/queue.py); cards and targets are found by their data attributes.
 */
(() => {
  const { publish, read } = globalThis.romsStore;
  /** Presence ends and shifts begin without anybody's doing. */
  const REREAD_MS = 15_000;
  /** An answer that takes longer got lost. */
  const PATIENCE_MS = 5000;
  const NO_MENU = { chat_id: 0, assignee_id: 0, name: "", is_parked: false, is_open: false };
  const CARD = "[data-queue-chat]";
  const TARGET = "[data-queue-agent], [data-queue-team], [data-queue-back]";
  const byId = (id) => document.getElementById(id);

  let bridge = null; // { dispatch, events } while the page is there
  let opener = null; // the button that opened the menu
  let mayLoseFocus = false; // something was done with the menu, and nothing else since: its card may move or go
  let dragged = null; // { id, assignee } of the card in the hand

  const send = (event, payload = {}) => bridge?.dispatch(bridge.events[event], payload);
  const change = (event, payload) => globalThis.roms.refuses() || send(event, payload);

  /* ---- reading: one question at a time ---- */

  let askedAt = 0; // 0: every question was answered
  let mustAskAgain = false;

  const refresh = () => {
    if (!bridge || document.hidden) return;
    mustAskAgain = askedAt > 0 && Date.now() - askedAt < PATIENCE_MS;
    if (mustAskAgain) return;
    askedAt = Date.now();
    send("refresh");
  };

  /** The page was read at `at` (the server's epoch ms; 0: not yet). */
  const taken = (at) => {
    if (!at) return;
    askedAt = 0;
    for (const card of document.querySelectorAll(`${CARD}[data-busy]`)) card.removeAttribute("data-busy");
    if (mayLoseFocus && document.activeElement === document.body) keepPlace();
    tick();
    if (mustAskAgain) refresh();
  };

  /** Whoever works by keyboard goes on where they were, or at the waiting list when the card is gone. */
  const keepPlace = () => {
    const pane = document.querySelector(".roms-queue-waiting");
    if (!opener?.isConnected) pane.tabIndex = -1;
    (opener?.isConnected ? opener : pane).focus({ preventScroll: true });
  };
  const onPerson = (event) => {
    if (event.isTrusted) mayLoseFocus = false;
  };

  /* ---- ages ---- */

  /** React knows nothing of these texts: the server isn't asked, and nothing is drawn anew, because time passes. */
  const tick = () => {
    const now = globalThis.roms.now();
    const format = globalThis.roms.format();
    for (const element of document.querySelectorAll(".roms-queue time[data-since]")) {
      const since = Number(element.dataset.since);
      const age = Math.max(0, now - since);
      const text = age < 86_400_000 ? format.length(Math.floor(age / 1000) * 1000) : format.span(age);
      if (element.textContent !== text) element.textContent = text;
      const long = element.dataset.long !== undefined && age >= Number(element.dataset.long);
      if (element.hasAttribute("data-is-long") !== long) element.toggleAttribute("data-is-long", long);
      if (element.romsSince === since) continue;
      element.romsSince = since;
      element.title = format.exact(since);
    }
  };

  /* ---- giving ---- */

  const markBusy = (id) => {
    for (const card of document.querySelectorAll(`[data-queue-chat="${id}"]`)) card.setAttribute("data-busy", "");
  };

  const giveTo = (target, id, assignee) => {
    const { queueAgent, queueTeam } = target.dataset;
    const payload = { conversation_id: id, seen_assignee_id: assignee };
    if (queueAgent) {
      if (Number(queueAgent) === assignee) return;
      change("give", { ...payload, to_agent_id: Number(queueAgent) });
    } else if (queueTeam) change("give_team", { ...payload, team_id: Number(queueTeam) });
    else if (assignee) change("return_to_queue", payload);
    else return;
    markBusy(id);
  };

  /* ---- drag and drop ---- */

  let over = null;
  const setOver = (target) => {
    if (over === target) return;
    over?.removeAttribute("data-queue-over");
    target?.setAttribute("data-queue-over", "");
    over = target;
  };
  const targetOf = (event) => (dragged ? event.target.closest?.(TARGET) : null);

  const onDragStart = (event) => {
    const card = event.target.closest?.(CARD);
    if (!card) return;
    dragged = { id: Number(card.dataset.queueChat), assignee: Number(card.dataset.assignee) };
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", card.getAttribute("aria-label") ?? "");
    document.documentElement.setAttribute("data-queue-drags", dragged.assignee ? "assigned" : "waiting");
  };
  const onDragOver = (event) => {
    const target = targetOf(event);
    if (target) event.preventDefault();
    setOver(target);
  };
  const onDrop = (event) => {
    const target = targetOf(event);
    if (!target) return;
    event.preventDefault();
    const { id, assignee } = dragged;
    onDragEnd();
    giveTo(target, id, assignee);
  };
  const onDragEnd = () => {
    dragged = null;
    setOver(null);
    document.documentElement.removeAttribute("data-queue-drags");
  };

  /* ---- the menu: one for all cards ---- */

  const onClick = (event) => {
    const button = event.target.closest?.("[data-queue-give]");
    if (button) openMenu(button);
  };

  const openMenu = (button) => {
    const card = button.closest(CARD);
    const menu = byId("roms-queue-menu");
    if (!card || !menu) return;
    opener = button;
    publish("queue", {
      chat_id: Number(card.dataset.queueChat),
      assignee_id: Number(card.dataset.assignee),
      name: card.getAttribute("aria-label") ?? "",
      is_parked: card.dataset.parked === "true",
      is_open: true,
    });
    // After React has put the names there.
    requestAnimationFrame(() => {
      if (!menu.matches(":popover-open")) menu.showPopover();
      place(menu, button.getBoundingClientRect());
      filter("");
      const field = byId("roms-queue-filter");
      if (field) field.value = "";
      field?.focus();
    });
  };

  /** Below its button, or above it where there is no room; never outside of the window. */
  const place = (menu, at) => {
    const { width, height } = menu.getBoundingClientRect();
    menu.style.left = `${Math.max(8, Math.min(at.right - width, innerWidth - width - 8))}px`;
    const fitsBelow = at.bottom + 4 + height < innerHeight - 8;
    menu.style.top = `${Math.max(8, fitsBelow ? at.bottom + 4 : Math.max(8, at.top - height - 4))}px`;
  };

  const closeMenu = () => {
    const menu = byId("roms-queue-menu");
    if (menu?.matches(":popover-open")) menu.hidePopover();
  };

  const onToggle = (event) => {
    if (event.target.id !== "roms-queue-menu" || event.newState !== "closed") return;
    const isLost =
      !document.activeElement ||
      document.activeElement === document.body ||
      event.target.contains(document.activeElement);
    if (isLost) opener?.focus({ preventScroll: true });
    publish("queue", NO_MENU);
  };

  /** Names that hold what was typed. */
  const filter = (text) => {
    const wanted = text.trim().toLocaleLowerCase();
    for (const item of byId("roms-queue-menu")?.querySelectorAll("[data-name]") ?? []) {
      item.hidden = !item.dataset.name.toLocaleLowerCase().includes(wanted);
    }
  };

  const onInput = (event) => {
    if (event.target.id === "roms-queue-filter") filter(event.target.value);
  };

  const onKey = (event) => {
    const menu = event.target.closest?.("#roms-queue-menu");
    if (!menu || !["ArrowDown", "ArrowUp", "Home", "End", "Enter"].includes(event.key)) return;
    const items = [...menu.querySelectorAll("button")].filter((item) => item.offsetParent !== null);
    const at = items.indexOf(document.activeElement);
    const isTyping = event.target.id === "roms-queue-filter";
    if (event.key === "Enter") {
      if (!isTyping) return;
      // The first one that fits what was typed. The menu closes and its button has the focus: this key isn't for it.
      event.preventDefault();
      items[0]?.click();
      return;
    }
    if (isTyping && (event.key === "Home" || event.key === "End")) return;
    event.preventDefault();
    const next = { Home: 0, End: items.length - 1, ArrowDown: (at + 1) % items.length }[event.key];
    items[next ?? (at <= 0 ? items.length : at) - 1]?.focus();
  };

  /** An agent or a team of the menu. */
  const choose = (kind, id) => {
    const { chat_id: chat, assignee_id: assignee } = read("queue");
    closeMenu();
    mayLoseFocus = true;
    if (chat) giveTo({ dataset: { [kind]: String(id) } }, chat, assignee);
  };

  /** "return_to_queue" or "park". */
  const act = (name) => {
    const { chat_id: chat, assignee_id: assignee } = read("queue");
    closeMenu();
    if (!chat) return;
    mayLoseFocus = true;
    markBusy(chat);
    change(name, { conversation_id: chat, seen_assignee_id: assignee });
  };

  /* ---- while the page is there ---- */

  const handlers = [
    ["dragstart", onDragStart],
    ["dragover", onDragOver],
    ["drop", onDrop],
    ["dragend", onDragEnd],
    ["click", onClick],
    ["toggle", onToggle, true],
    ["input", onInput],
    ["keydown", onKey],
    ["visibilitychange", refresh],
    ["pointerdown", onPerson, true],
    ["keydown", onPerson, true],
  ];

  const mount = (newBridge) => {
    bridge = newBridge;
    askedAt = 0;
    for (const [name, handler, capture] of handlers) document.addEventListener(name, handler, capture ?? false);
    // Before it is painted: a new card never stands without its age.
    const observer = new MutationObserver(tick);
    observer.observe(byId("roms-queue"), { childList: true, subtree: true, attributeFilter: ["data-since"] });
    const timers = [setInterval(tick, 1000), setInterval(refresh, REREAD_MS)];
    const forget = globalThis.roms.onAnnounced("queue", refresh);
    return () => {
      for (const [name, handler, capture] of handlers) document.removeEventListener(name, handler, capture ?? false);
      observer.disconnect();
      timers.forEach(clearInterval);
      forget();
      onDragEnd();
      publish("queue", NO_MENU);
      bridge = null;
    };
  };

  globalThis.romsQueue = { mount, taken, choose, act };
})();
