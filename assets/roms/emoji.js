/* The composer's emoji: a grid that stays open while several are chosen. */
var romsEmoji = (() => {
  const { byId, listen } = globalThis.romsDom;

  /** @param {boolean} [opens] */
  const toggle = (opens = !globalThis.roms.read("composer").is_emoji_open) => {
    globalThis.roms.publish("composer", { is_emoji_open: opens });
    // After React has added the grid.
    const focus = () => (opens ? byId("roms-emoji")?.querySelector("button") : byId("roms-composer"))?.focus();
    requestAnimationFrame(() => requestAnimationFrame(focus));
  };

  /** @param {On<MouseEvent>} event */
  const onClick = ({ target }) => {
    const button = target.closest?.("#roms-emoji button");
    const box = byId("roms-composer");
    if (!button || !box) return;
    box.setRangeText(button.textContent, box.selectionStart, box.selectionEnd, "end");
    globalThis.romsComposer.onInput({ target: box });
  };

  /**
   * Arrows move in the grid, whose columns depend on the page's width.
   * @param {On<KeyboardEvent>} event
   */
  const onKey = (event) => {
    const button = event.target.closest?.("#roms-emoji button");
    if (!button) return;
    const buttons = [...(byId("roms-emoji")?.querySelectorAll("button") ?? [])];
    const columns = Math.max(1, buttons.filter((each) => each.offsetTop === buttons[0].offsetTop).length);
    const ahead = getComputedStyle(button).direction === "rtl" ? -1 : 1;
    const step = { ArrowRight: ahead, ArrowLeft: -ahead, ArrowDown: columns, ArrowUp: -columns }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = Math.min(Math.max(buttons.indexOf(button) + step, 0), buttons.length - 1);
    for (const [index, each] of buttons.entries()) each.tabIndex = index === next ? 0 : -1;
    buttons[next].focus();
  };

  const mount = () =>
    listen([
      [document, "click", onClick],
      [document, "keydown", onKey],
    ]);

  return { mount, toggle };
})();
