/* The one tooltip of a page: shows the `data-tip` of what the pointer or the keyboard's focus is on. It can be pointed
 * at, goes with Escape, and is what `aria-describedby` names while it is there (WCAG 1.4.13).
 */
(() => {
  const SHOW_MS = 200;
  const HIDE_MS = 120;
  const GAP = 6;
  let target = null;
  let timer = 0;

  const layer = () => document.getElementById("roms-tip");

  const show = (element, described = element) => {
    const tip = layer();
    if (!tip || !element?.dataset.tip) return;
    hide();
    target = described;
    tip.textContent = element.dataset.tip;
    tip.showPopover();
    place(tip, element.getBoundingClientRect());
    described.setAttribute("aria-describedby", tip.id);
  };

  /** Below what it explains, above where there is no room; never out of sight. */
  const place = (tip, { left, top, bottom, width }) => {
    const { clientWidth, clientHeight } = document.documentElement;
    const wanted = left + width / 2 - tip.offsetWidth / 2;
    tip.style.left = `${Math.max(GAP, Math.min(wanted, clientWidth - tip.offsetWidth - GAP))}px`;
    const isAbove = bottom + GAP + tip.offsetHeight > clientHeight;
    tip.style.top = `${Math.max(GAP, isAbove ? top - tip.offsetHeight - GAP : bottom + GAP)}px`;
  };

  const hide = () => {
    clearTimeout(timer);
    target?.removeAttribute("aria-describedby");
    target = null;
    const tip = layer();
    if (tip?.matches(":popover-open")) tip.hidePopover();
  };

  const later = (act, ms) => {
    clearTimeout(timer);
    timer = setTimeout(act, ms);
  };

  const onOver = ({ target: over, pointerType }) => {
    if (pointerType === "touch") return;
    if (over.closest?.("#roms-tip")) return clearTimeout(timer);
    const explained = over.closest?.("[data-tip]");
    if (explained) later(() => show(explained), SHOW_MS);
    else if (target) later(hide, HIDE_MS);
    else clearTimeout(timer);
  };

  /** A row of a list has one stop for the keyboard: its focus explains what is in it. */
  const onFocus = ({ target: focused }) => {
    if (!focused.matches?.(":focus-visible")) return;
    const explained = focused.matches("[role=option]")
      ? focused.querySelector("[data-tip]")
      : focused.closest("[data-tip]");
    if (explained) show(explained, focused);
    else hide();
  };

  /** Escape closes the tooltip alone, and nothing that it lies over. */
  const onKey = (event) => {
    if (event.key !== "Escape" || !layer()?.matches(":popover-open")) return;
    hide();
    event.preventDefault();
  };
  /** On a phone a touch asks. */
  const onClick = ({ target: clicked }) => {
    const explained = clicked.closest?.("button[data-tip]");
    if (explained) show(explained);
    else hide();
  };

  document.addEventListener("pointerover", onOver);
  document.addEventListener("focusin", onFocus);
  document.addEventListener("focusout", () => later(hide, HIDE_MS));
  document.addEventListener("keydown", onKey, true);
  document.addEventListener("click", onClick);
  document.addEventListener("scroll", hide, true);
})();
