/* The browser shows a page's buttons before React listens to them, by seconds on a slow network. The last button that
 * somebody presses in that time is kept, and pressed again when React listens. Otherwise the press is lost, or the
 * browser sends the form by itself.
 */
var romsEarly = (() => {
  let isListening = false;
  /** @type {HTMLElement | null} */
  let pressed = null;

  /** Enter in a field counts too: the browser makes it a click of the form's button. */
  addEventListener(
    "click",
    (event) => {
      const button = event.target instanceof Element ? event.target.closest("button") : null;
      if (isListening || !button) return;
      event.preventDefault();
      pressed = button;
    },
    true,
  );

  /** React listens from now on. */
  const end = () => {
    if (isListening) return;
    isListening = true;
    if (pressed?.isConnected) pressed.click();
    pressed = null;
  };

  return { end };
})();
