/* A page without a browser, for the tests of assets/roms: happy-dom, with what it lacks. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const { Window } = createRequire(new URL("../../devtools/js/package.json", import.meta.url))("happy-dom");
const ASSETS = new URL("../../assets/roms/", import.meta.url);
const OPEN = "data-popover-open";

/** Popovers: happy-dom knows neither them nor their selector. */
function addPopovers(window) {
  const { Element, HTMLElement, Document } = window;
  for (const [prototype, name] of [
    [Element.prototype, "matches"],
    [Document.prototype, "querySelector"],
  ]) {
    const original = prototype[name];
    prototype[name] = function (selector) {
      return original.call(this, selector.replace(":popover-open", `[${OPEN}]`));
    };
  }
  const toggle = (element, isOpen) => {
    element.toggleAttribute(OPEN, isOpen);
    const event = new window.Event("toggle");
    event.newState = isOpen ? "open" : "closed";
    element.dispatchEvent(event);
  };
  HTMLElement.prototype.showPopover = function () {
    toggle(this, true);
  };
  HTMLElement.prototype.hidePopover = function () {
    toggle(this, false);
  };
}

/**
 * A page with this body, in which these files of assets/roms have run. `standIns`: globals instead of other files; React
 * has always painted when somebody asks for a frame.
 */
export function openPage(body, files, standIns = {}) {
  const window = new Window({ url: "https://roms.test/inbox" });
  addPopovers(window);
  Object.assign(window, { requestAnimationFrame: (callback) => callback(), ...standIns });
  window.document.body.innerHTML = body;
  for (const file of files) window.eval(readFileSync(new URL(`${file}.js`, ASSETS), "utf-8"));
  return window;
}

/** Does something to an element as a person would; returns the event. */
export function happen(element, type, properties = {}) {
  const window = element.ownerDocument?.defaultView ?? element.defaultView ?? element;
  const event = new window.Event(type, { bubbles: true, cancelable: true });
  for (const [name, value] of Object.entries(properties)) Object.defineProperty(event, name, { value });
  element.dispatchEvent(event);
  return event;
}

/** Notes what it is called with. */
export function notes(answer) {
  const calls = [];
  const noting = (...values) => {
    calls.push(values);
    return answer;
  };
  return Object.assign(noting, { calls });
}
