/* The composer's emoji: a grid that stays open while one after the other is chosen. */
(() => {
  const byId = (id) => document.getElementById(id);

  const toggle = (opens = !globalThis.roms.read("composer").is_emoji_open) => {
    globalThis.roms.publish("composer", { is_emoji_open: opens });
    // After React has put the grid there.
    const focus = () => (opens ? byId("roms-emoji")?.querySelector("button") : byId("roms-composer"))?.focus();
    requestAnimationFrame(() => requestAnimationFrame(focus));
  };

  const onClick = ({ target }) => {
    const button = target.closest?.("#roms-emoji button");
    const box = byId("roms-composer");
    if (!button || !box) return;
    box.setRangeText(button.textContent, box.selectionStart, box.selectionEnd, "end");
    globalThis.romsComposer.onInput({ target: box });
  };

  /** Arrows move in the grid, whose columns depend on the page's width. */
  const onKey = (event) => {
    const button = event.target.closest?.("#roms-emoji button");
    if (!button) return;
    const buttons = [...button.parentElement.children];
    const columns = Math.max(1, buttons.filter((each) => each.offsetTop === buttons[0].offsetTop).length);
    const ahead = getComputedStyle(button).direction === "rtl" ? -1 : 1;
    const step = { ArrowRight: ahead, ArrowLeft: -ahead, ArrowDown: columns, ArrowUp: -columns }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = Math.min(Math.max(buttons.indexOf(button) + step, 0), buttons.length - 1);
    for (const [index, each] of buttons.entries()) each.tabIndex = index === next ? 0 : -1;
    buttons[next].focus();
  };

  const mount = () => {
    document.addEventListener("click", onClick);
    document.addEventListener("keydown", onKey);
  };
  const unmount = () => {
    document.removeEventListener("click", onClick);
    document.removeEventListener("keydown", onKey);
  };

  globalThis.romsEmoji = { mount, unmount, toggle };
})();
