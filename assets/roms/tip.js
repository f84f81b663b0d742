/* The one tooltip of a page: shows the `data-tip` of what the pointer or the keyboard's focus is on. It can be pointed
 * at, goes with Escape, and is what `aria-describedby` names while it is there (WCAG 1.4.13).
 */
(() => {
  const { byId, closePopover, listen, placeBeside } = globalThis.romsDom;
  const SHOW_MS = 200;
  const HIDE_MS = 120;
  const GAP = 6;
  /** @type {HTMLElement | null} */
  let target = null;
  let timer = 0;

  const layer = () => byId("roms-tip");

  /**
   * @param {HTMLElement} element
   * @param {HTMLElement} [described]
   */
  const show = (element, described = element) => {
    const tip = layer();
    if (!tip || !element.dataset.tip) return;
    hide();
    target = described;
    tip.textContent = element.dataset.tip;
    tip.showPopover();
    placeBeside(tip, element.getBoundingClientRect(), { gap: GAP, margin: GAP });
    described.setAttribute("aria-describedby", tip.id);
  };

  const hide = () => {
    clearTimeout(timer);
    target?.removeAttribute("aria-describedby");
    target = null;
    closePopover("roms-tip");
  };

  /**
   * @param {() => void} act
   * @param {number} ms
   */
  const later = (act, ms) => {
    clearTimeout(timer);
    timer = setTimeout(act, ms);
  };

  /** @param {On<PointerEvent>} event */
  const onOver = ({ target: over, pointerType }) => {
    if (pointerType === "touch") return;
    if (over.closest?.("#roms-tip")) return clearTimeout(timer);
    const explained = over.closest?.("[data-tip]");
    if (explained) later(() => show(explained), SHOW_MS);
    else if (target) later(hide, HIDE_MS);
    else clearTimeout(timer);
  };

  /**
   * Show the tooltip for a focused row: a row of a list is a single tab stop.
   * @param {On<FocusEvent>} event
   */
  const onFocus = ({ target: focused }) => {
    if (!focused.matches?.(":focus-visible")) return;
    const explained = focused.matches("[role=option]")
      ? focused.querySelector("[data-tip]")
      : focused.closest("[data-tip]");
    if (explained) show(explained, focused);
    else hide();
  };

  /**
   * Escape closes only the tooltip, not the layers below it.
   * @param {KeyboardEvent} event
   */
  const onKey = (event) => {
    if (event.key !== "Escape" || !layer()?.matches(":popover-open")) return;
    hide();
    event.preventDefault();
  };
  /**
   * Show the tooltip on touch.
   * @param {On<MouseEvent>} event
   */
  const onClick = ({ target: clicked }) => {
    const explained = clicked.closest?.("button[data-tip]");
    if (explained) show(explained);
    else hide();
  };

  listen([
    [document, "pointerover", onOver],
    [document, "focusin", onFocus],
    [document, "focusout", () => later(hide, HIDE_MS)],
    [document, "keydown", onKey, true],
    [document, "click", onClick],
    [document, "scroll", hide, true],
  ]);
})();
