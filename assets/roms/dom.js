/* Helpers for elements: find them, listen, place a layer beside its button. */
var romsDom = (() => {
  /** @type {ById} */
  const byId = (id) => /** @type {any} */ (document.getElementById(id));

  /**
   * Listen until the returned function is called.
   * @param {Listening[]} all
   */
  const listen = (all) => {
    for (const [target, type, handler, isEarly] of all) target.addEventListener(type, handler, isEarly ?? false);
    return () => {
      for (const [target, type, handler, isEarly] of all) target.removeEventListener(type, handler, isEarly ?? false);
    };
  };

  /**
   * Put a layer below the box `at`, or above it where there is no room; never outside of the window.
   * @param {HTMLElement} layer
   * @param {DOMRect} at
   * @param {{ align?: "center" | "end", gap?: number, margin?: number }} [options] `gap` and `margin` in px
   */
  const placeBeside = (layer, at, { align = "center", gap = 4, margin = 8 } = {}) => {
    const { width, height } = layer.getBoundingClientRect();
    const { clientWidth, clientHeight } = document.documentElement;
    const wanted = align === "end" ? at.right - width : at.left + at.width / 2 - width / 2;
    layer.style.left = `${Math.max(margin, Math.min(wanted, clientWidth - width - margin))}px`;
    const fitsBelow = at.bottom + gap + height <= clientHeight - margin;
    layer.style.top = `${Math.max(margin, fitsBelow ? at.bottom + gap : at.top - gap - height)}px`;
  };

  /** @param {string} id */
  const closePopover = (id) => {
    const popover = byId(id);
    if (popover?.matches(":popover-open")) popover.hidePopover();
  };

  /**
   * After a layer closes, return the focus to its opener, unless it has moved elsewhere.
   * @param {HTMLElement} layer
   * @param {HTMLElement | null} opener
   */
  const returnFocus = (layer, opener) => {
    const { activeElement, body } = document;
    if (!activeElement || activeElement === body || layer.contains(activeElement))
      opener?.focus({ preventScroll: true });
  };

  return { byId, closePopover, listen, placeBeside, returnFocus };
})();
