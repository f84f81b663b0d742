/* Actions on messages: the menu, reactions, pictures at full size, jumps to quoted messages, copying. Finds its
 * elements by id and data attributes; `player.js` has the voice notes.
 */
var romsBubbles = (() => {
  const { NO_ACTS, actsOf, canAct } = globalThis.romsKinds;
  const { byId, closePopover, listen, placeBeside, returnFocus } = globalThis.romsDom;
  const LONG_PRESS = 500;
  const SHINE_MS = 1600;
  const ZOOMS = [1, 2, 4];
  const log = () => byId("roms-messages");
  /**
   * @param {string} id
   * @returns {HTMLElement | null}
   */
  const bubble = (id) => log()?.querySelector(`[data-message="${CSS.escape(id)}"]`) ?? null;
  const { publish, read } = globalThis.romsStore;

  /* ---- the menu: one for all bubbles ---- */

  /**
   * @param {HTMLElement | null} within
   * @param {string} selector
   */
  const focusFirst = (within, selector) => within?.querySelector(selector)?.focus();

  /** @type {HTMLElement | null} */
  let opener = null;

  /** @param {string} id */
  const openMenu = (id) => {
    const message = globalThis.roms.message(id);
    const popover = byId("roms-bubble-menu");
    if (!message || !popover || !canAct(actsOf(message))) return;
    opener = bubble(id)?.querySelector(".roms-more") ?? null;
    publish("menu", { ...actsOf(message), has_more: false });
    // After React has put the menu's items there.
    requestAnimationFrame(() => {
      if (!popover.matches(":popover-open")) popover.showPopover();
      if (opener) placeBeside(popover, opener.getBoundingClientRect());
      focusFirst(popover, "button");
    });
  };

  const closeMenu = () => closePopover("roms-bubble-menu");

  /** @param {On<ToggleEvent>} event */
  const onToggle = (event) => {
    if (event.target.id !== "roms-bubble-menu" || event.newState !== "closed") return;
    returnFocus(event.target, opener);
    publish("menu", NO_ACTS);
  };

  const moreEmoji = () => {
    publish("menu", { has_more: true });
    requestAnimationFrame(() => {
      const popover = byId("roms-bubble-menu");
      if (popover && opener) placeBeside(popover, opener.getBoundingClientRect());
      focusFirst(popover, "[data-more-emoji] button");
    });
  };

  /** @param {On<KeyboardEvent>} event */
  const moveInMenu = (event) => {
    const popover = event.target.closest?.("#roms-bubble-menu");
    if (!popover) return;
    const isNext = event.key === "ArrowDown" || event.key === "ArrowRight";
    if (!isNext && event.key !== "ArrowUp" && event.key !== "ArrowLeft" && event.key !== "Home" && event.key !== "End")
      return;
    event.preventDefault();
    const items = [...popover.querySelectorAll("button, a")];
    const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    if (event.key === "Home") items[0].focus();
    else if (event.key === "End") items[items.length - 1].focus();
    else items[(at + (isNext ? 1 : items.length - 1)) % items.length].focus();
  };

  /**
   * Up and down from one bubble's button to the next one's.
   * @param {On<KeyboardEvent>} event
   */
  const moveInLog = (event) => {
    if (!event.target.matches?.(".roms-more") || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    const buttons = [...(log()?.querySelectorAll(".roms-more") ?? [])];
    const next = buttons[buttons.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1)];
    event.preventDefault();
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  };

  /* ---- acts ---- */

  /** @param {"copy" | "reply" | "retry" | "cancel"} name */
  const act = (name) => {
    const { id, number } = read("menu");
    const message = globalThis.roms.message(id);
    closeMenu();
    if (!message) return;
    if (name === "copy") copy(message.body);
    else if (name === "reply") reply(message);
    else if (!globalThis.roms.refuses()) globalThis.roms.send(name, { message_id: number });
  };

  /** @param {MessageRow} message */
  const reply = (message) => {
    const item = read("messages").find(({ id }) => id === message.id);
    const text = message.body || item?.label || item?.file.alt || "";
    const author = message.is_ours ? globalThis.roms.words().you : message.group_author || read("thread").name;
    globalThis.romsComposer.quote(message.id, author, text.slice(0, 300), message.kind);
  };

  /**
   * React to a message. The same emoji a second time removes our reaction.
   * @param {number} number
   * @param {string} emoji
   * @param {boolean} isOurs
   */
  const react = (number, emoji, isOurs) => {
    closeMenu();
    if (globalThis.roms.refuses()) return;
    globalThis.roms.send("react", { message_id: number, emoji: isOurs ? "" : emoji });
  };

  /** @param {string} text */
  const copy = async (text) => {
    const isCopied = (await copyNewWay(text)) || copyOldWay(text);
    const { copied, not_copied } = globalThis.roms.words();
    globalThis.roms.toast(isCopied ? "success" : "error", isCopied ? copied : not_copied);
  };
  /**
   * Copy a text. Without https there is no clipboard API, and with it the browser may refuse.
   * @param {string} text
   */
  const copyNewWay = (text) =>
    navigator.clipboard?.writeText(text).then(
      () => true,
      () => false,
    ) ?? false;
  /**
   * Copy with a temporary element beside the focused one, because a dialog keeps the focus inside.
   * @param {string} text
   */
  const copyOldWay = (text) => {
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement : document.body;
    const box = document.createElement("textarea");
    box.value = text;
    box.readOnly = true;
    box.style.cssText = "position:fixed;opacity:0";
    (focused.closest("dialog, [role=dialog]") ?? document.body).append(box);
    box.select();
    try {
      return document.execCommand("copy");
    } catch {
      return false;
    } finally {
      box.remove();
      focused.focus({ preventScroll: true });
    }
  };

  /* ---- what is quoted ---- */

  let wanted = "";
  /** @param {string} id */
  const jumpTo = (id) => {
    wanted = id;
    arrived();
  };

  /** Called when messages arrive: shows the requested one, or loads older ones until it is there. */
  const arrived = () => {
    if (!wanted) return;
    if (!globalThis.roms.message(wanted)) {
      if (!globalThis.roms.older()) wanted = "";
      return;
    }
    requestAnimationFrame(() => {
      const found = wanted && bubble(wanted);
      if (!found) return;
      wanted = "";
      found.scrollIntoView({ block: "center" });
      found.querySelector(".roms-bubble")?.focus({ preventScroll: true });
      found.classList.add("roms-shines");
      setTimeout(() => found.classList.remove("roms-shines"), SHINE_MS);
    });
  };

  /* ---- pictures and films at full size ---- */

  const seen = () =>
    read("messages").filter(({ layout, file }) => (layout === "image" || layout === "video") && file.url);

  /** @param {string} id */
  const openLarge = (id) => {
    showLarge(id);
    byId("roms-lightbox")?.showModal();
  };

  /** @param {string} id */
  const showLarge = (id) => {
    const items = seen();
    const at = items.findIndex((item) => item.id === id);
    if (at < 0) return;
    const { file, layout } = items[at];
    const format = globalThis.roms.format();
    publish("lightbox", {
      id,
      layout,
      url: file.url,
      alt: file.alt,
      download: file.download,
      zoom: 1,
      place: format.fill("place", { n: at + 1, of: items.length }),
      has_previous: at > 0,
      has_next: at < items.length - 1,
    });
  };

  /** @param {number} by */
  const step = (by) => {
    const items = seen();
    const next = items[items.findIndex(({ id }) => id === read("lightbox").id) + by];
    if (next) showLarge(next.id);
  };

  const zoom = () => {
    const { zoom: now } = read("lightbox");
    publish("lightbox", { zoom: ZOOMS[(ZOOMS.indexOf(now) + 1) % ZOOMS.length] });
  };

  const closeLarge = () => byId("roms-lightbox")?.close();

  /** @param {KeyboardEvent} event */
  const onLightboxKey = (event) => {
    if (!byId("roms-lightbox")?.open) return;
    const isRightToLeft = document.documentElement.dir === "rtl";
    if (event.key === "ArrowRight") step(isRightToLeft ? -1 : 1);
    else if (event.key === "ArrowLeft") step(isRightToLeft ? 1 : -1);
    else if (event.key === "+" || event.key === "-") zoom();
  };

  /**
   * A click beside the picture closes it.
   * @param {On<MouseEvent>} event
   */
  const onLightboxClick = ({ target }) => {
    if (target.id === "roms-lightbox" || target.matches?.(".roms-lightbox-stage")) closeLarge();
  };
  /** @param {On} event */
  const onClosed = ({ target }) => {
    if (target.id === "roms-lightbox") publish("lightbox", { id: "", url: "", layout: "" });
  };

  /* ---- long press ---- */

  let press = 0;
  /** @param {On<PointerEvent>} event */
  const onPress = (event) => {
    clearTimeout(press);
    const row = event.target.closest?.("[data-message]");
    if (
      event.type !== "pointerdown" ||
      event.pointerType !== "touch" ||
      !row ||
      event.target.closest("a, button, roms-player, video")
    )
      return;
    press = setTimeout(() => openMenu(row.dataset.message ?? ""), LONG_PRESS);
  };

  /**
   * If a person's picture can't be loaded, show the initials behind it.
   * @param {On} event
   */
  const onPicture = ({ type, target }) => {
    if (target.matches?.(".roms-avatar img")) target.style.visibility = type === "error" ? "hidden" : "";
  };

  /**
   * A stored file that can't be shown is offered as a download. A network error does not count.
   * @param {On} event
   */
  const onBroken = async ({ target }) => {
    const isLarge = Boolean(target.closest?.("#roms-lightbox"));
    if (!isLarge && !target.matches?.(".roms-picture-image, .roms-film, roms-player audio")) return;
    const id = isLarge ? read("lightbox").id : target.closest("[data-message]")?.dataset.message;
    const url = target.getAttribute("src");
    if (!id || !url) return;
    try {
      const answer = await fetch(url, { method: "HEAD", credentials: "same-origin" });
      if (!answer.ok) return;
    } catch {
      return; // the line above the page says that the connection is lost
    }
    if (isLarge) closeLarge();
    globalThis.roms.cannotShow(id);
  };

  /** @param {On<KeyboardEvent>} event */
  const onKey = (event) => {
    moveInMenu(event);
    moveInLog(event);
    onLightboxKey(event);
  };

  listen([
    [document, "keydown", onKey, true],
    [document, "toggle", onToggle, true],
    [document, "close", onClosed, true],
    [document, "click", onLightboxClick, true],
    [document, "pointerdown", onPress, true],
    [document, "pointermove", onPress, true],
    [document, "pointerup", onPress, true],
    [document, "pointercancel", onPress, true],
    [document, "error", onPicture, true],
    [document, "load", onPicture, true],
    [document, "error", onBroken, true],
  ]);

  return {
    act,
    arrived,
    closeLarge,
    copy,
    jumpTo,
    moreEmoji,
    openLarge,
    openMenu,
    react,
    step,
    zoom,
    left: () => (wanted = ""),
  };
})();
