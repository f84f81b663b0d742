/* The supervisor's page in the browser: asks for a fresh reading when something changed, lets ages tick, and carries
 * conversations to agents and teams, by drag and drop and by one menu for all cards. What stands on the page is React's
 * (states/queue.py); cards and targets are found by their data attributes.
 */
var romsQueue = (() => {
  const { byId, closePopover, listen, placeBeside, returnFocus } = globalThis.romsDom;
  const { publish, read } = globalThis.romsStore;
  /** Presence ends and shifts begin without an announcement. */
  const REREAD_MS = 15_000;
  /** A longer wait means that the answer was lost. */
  const PATIENCE_MS = 5000;
  const NO_MENU = { chat_id: 0, assignee_id: 0, name: "", is_parked: false, is_open: false };
  const CARD = "[data-queue-chat]";
  const TARGET = "[data-queue-agent], [data-queue-team], [data-queue-back]";

  /** While the page is there. @type {Bridge<QueueHandlers> | null} */
  let bridge = null;
  /** The button that opened the menu. @type {HTMLElement | null} */
  let opener = null;
  let mayLoseFocus = false; // something was done with the menu, and nothing else since: its card may move or go
  /** The dragged card. @type {{ id: number, assignee: number } | null} */
  let dragged = null;

  /**
   * @template {keyof QueueHandlers} Event
   * @param {Event} event
   * @param {QueueHandlers[Event]} payload
   */
  const send = (event, payload) => bridge?.dispatch(bridge.events[event], payload);
  /**
   * @template {keyof QueueHandlers} Event
   * @param {Event} event
   * @param {QueueHandlers[Event]} payload
   */
  const change = (event, payload) => globalThis.roms.refuses() || send(event, payload);

  /* ---- reading: one question at a time ---- */

  let askedAt = 0; // 0: every question was answered
  let mustAskAgain = false;

  const refresh = () => {
    if (!bridge || document.hidden) return;
    mustAskAgain = askedAt > 0 && Date.now() - askedAt < PATIENCE_MS;
    if (mustAskAgain) return;
    askedAt = Date.now();
    send("refresh", {});
  };

  /**
   * The page was read at `at` (the server's epoch ms; 0: not yet).
   * @param {number} at
   */
  const taken = (at) => {
    if (!at) return;
    askedAt = 0;
    for (const card of document.querySelectorAll(`${CARD}[data-busy]`)) card.removeAttribute("data-busy");
    if (mayLoseFocus && document.activeElement === document.body) keepPlace();
    tick();
    if (mustAskAgain) refresh();
  };

  /** Restore the keyboard focus to the card, or to the waiting list when the card is gone. */
  const keepPlace = () => {
    const pane = document.querySelector(".roms-queue-waiting");
    if (pane && !opener?.isConnected) pane.tabIndex = -1;
    (opener?.isConnected ? opener : pane)?.focus({ preventScroll: true });
  };
  /** @param {Event} event */
  const onPerson = (event) => {
    if (event.isTrusted) mayLoseFocus = false;
  };

  /* ---- ages ---- */

  /** Since when an age's title says. @type {WeakMap<HTMLElement, number>} */
  const titled = new WeakMap();
  /** Update the ages without React: the passing of time needs no request and no new rendering. */
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
      if (titled.get(element) === since) continue;
      titled.set(element, since);
      element.title = format.exact(since);
    }
  };

  /* ---- assigning ---- */

  /** @param {number} id */
  const markBusy = (id) => {
    for (const card of document.querySelectorAll(`[data-queue-chat="${id}"]`)) card.setAttribute("data-busy", "");
  };

  /**
   * @param {DOMStringMap} where a target's data attributes
   * @param {number} id
   * @param {number} assignee
   */
  const giveTo = ({ queueAgent, queueTeam }, id, assignee) => {
    const payload = { conversation_id: id, seen_assignee_id: assignee };
    if (queueAgent) {
      if (Number(queueAgent) === assignee) return;
      change("assign", { ...payload, to_agent_id: Number(queueAgent) });
    } else if (queueTeam) change("assign_team", { ...payload, team_id: Number(queueTeam) });
    else if (assignee) change("return_to_queue", payload);
    else return;
    markBusy(id);
  };

  /* ---- drag and drop ---- */

  /** @type {HTMLElement | null} */
  let over = null;
  /** @param {HTMLElement | null} target */
  const setOver = (target) => {
    if (over === target) return;
    over?.removeAttribute("data-queue-over");
    target?.setAttribute("data-queue-over", "");
    over = target;
  };
  /**
   * @param {On<DragEvent>} event
   * @returns {HTMLElement | null}
   */
  const targetOf = (event) => (dragged ? event.target.closest?.(TARGET) : null);

  /** @param {On<DragEvent>} event */
  const onDragStart = (event) => {
    const card = event.target.closest?.(CARD);
    if (!card || !event.dataTransfer) return;
    dragged = { id: Number(card.dataset.queueChat), assignee: Number(card.dataset.assignee) };
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", card.getAttribute("aria-label") ?? "");
    document.documentElement.setAttribute("data-queue-drags", dragged.assignee ? "assigned" : "waiting");
  };
  /** @param {On<DragEvent>} event */
  const onDragOver = (event) => {
    const target = targetOf(event);
    if (target) event.preventDefault();
    setOver(target);
  };
  /** @param {On<DragEvent>} event */
  const onDrop = (event) => {
    const target = targetOf(event);
    if (!target || !dragged) return;
    event.preventDefault();
    const { id, assignee } = dragged;
    onDragEnd();
    giveTo(target.dataset, id, assignee);
  };
  const onDragEnd = () => {
    dragged = null;
    setOver(null);
    document.documentElement.removeAttribute("data-queue-drags");
  };

  /* ---- the menu: one for all cards ---- */

  /** @param {On<MouseEvent>} event */
  const onClick = (event) => {
    const button = event.target.closest?.("[data-queue-give]");
    if (button) openMenu(button);
  };

  /** @param {HTMLElement} button */
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
    // After React has added the names.
    requestAnimationFrame(() => {
      if (!menu.matches(":popover-open")) menu.showPopover();
      placeBeside(menu, button.getBoundingClientRect(), { align: "end" });
      filter("");
      const field = byId("roms-queue-filter");
      if (field) field.value = "";
      field?.focus();
    });
  };

  const closeMenu = () => closePopover("roms-queue-menu");

  /** @param {On<ToggleEvent>} event */
  const onToggle = (event) => {
    if (event.target.id !== "roms-queue-menu" || event.newState !== "closed") return;
    returnFocus(event.target, opener);
    publish("queue", NO_MENU);
  };

  /**
   * Names that hold what was typed.
   * @param {string} text
   */
  const filter = (text) => {
    const wanted = text.trim().toLocaleLowerCase();
    for (const item of byId("roms-queue-menu")?.querySelectorAll("[data-name]") ?? []) {
      item.hidden = !item.dataset.name?.toLocaleLowerCase().includes(wanted);
    }
  };

  /** @param {On<Event, HTMLInputElement>} event */
  const onInput = (event) => {
    if (event.target.id === "roms-queue-filter") filter(event.target.value);
  };

  /** @param {On<KeyboardEvent>} event */
  const onKey = (event) => {
    const menu = event.target.closest?.("#roms-queue-menu");
    if (!menu || !["ArrowDown", "ArrowUp", "Home", "End", "Enter"].includes(event.key)) return;
    const items = [...menu.querySelectorAll("button")].filter((item) => item.offsetParent !== null);
    const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
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

  /**
   * An agent or a team of the menu.
   * @param {"queueAgent" | "queueTeam"} kind
   * @param {number} id
   */
  const choose = (kind, id) => {
    const { chat_id: chat, assignee_id: assignee } = read("queue");
    closeMenu();
    mayLoseFocus = true;
    if (chat) giveTo({ [kind]: String(id) }, chat, assignee);
  };

  /**
   * "return_to_queue" or "park".
   * @param {"return_to_queue" | "park"} name
   */
  const act = (name) => {
    const { chat_id: chat, assignee_id: assignee } = read("queue");
    closeMenu();
    if (!chat) return;
    mayLoseFocus = true;
    markBusy(chat);
    change(name, { conversation_id: chat, seen_assignee_id: assignee });
  };

  /* ---- while the page is there ---- */

  /** @type {Listening[]} */
  const handlers = [
    [document, "dragstart", onDragStart],
    [document, "dragover", onDragOver],
    [document, "drop", onDrop],
    [document, "dragend", onDragEnd],
    [document, "click", onClick],
    [document, "toggle", onToggle, true],
    [document, "input", onInput],
    [document, "keydown", onKey],
    [document, "visibilitychange", refresh],
    [document, "pointerdown", onPerson, true],
    [document, "keydown", onPerson, true],
  ];

  /** @param {Bridge<QueueHandlers>} newBridge */
  const mount = (newBridge) => {
    bridge = newBridge;
    askedAt = 0;
    const unlisten = listen(handlers);
    // Runs before painting, so that a new card always shows its age.
    const observer = new MutationObserver(tick);
    const board = byId("roms-queue");
    if (board) observer.observe(board, { childList: true, subtree: true, attributeFilter: ["data-since"] });
    const timers = [setInterval(tick, 1000), setInterval(refresh, REREAD_MS)];
    const forget = globalThis.roms.onAnnounced("queue", refresh);
    return () => {
      unlisten();
      observer.disconnect();
      timers.forEach(clearInterval);
      forget();
      onDragEnd();
      publish("queue", NO_MENU);
      bridge = null;
    };
  };

  return { mount, taken, choose, act };
})();
