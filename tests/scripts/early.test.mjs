import assert from "node:assert/strict";
import { test } from "node:test";
import { happen, notes, openPage } from "./page.mjs";

const page = () => {
  const window = openPage('<button id="first"><i></i></button><button id="last"></button><input id="field">', [
    "early",
  ]);
  const byId = (id) => window.document.getElementById(id);
  const [first, last] = [notes(), notes()];
  /** React comes. */
  const listen = () => {
    byId("first").addEventListener("click", first);
    byId("last").addEventListener("click", last);
    window.romsEarly.end();
  };
  return { byId, first, last, listen };
};

test("the last button pressed before React listens is pressed again", () => {
  const { byId, first, last, listen } = page();
  happen(byId("last"), "click");
  assert.equal(happen(byId("first").firstChild, "click").defaultPrevented, true, "a form is not sent");
  listen();
  assert.equal(first.calls.length, 1);
  assert.equal(last.calls.length, 0);
});

test("what is no button works as it always does", () => {
  assert.equal(happen(page().byId("field"), "click").defaultPrevented, false);
});

test("from then on clicks are left alone, also on the next page", () => {
  const { byId, first, listen } = page();
  listen();
  assert.equal(happen(byId("first"), "click").defaultPrevented, false);
  listen();
  assert.equal(first.calls.length, 1);
});

test("a button that React has replaced is not pressed", () => {
  const { byId, first, listen } = page();
  const button = byId("first");
  happen(button, "click");
  button.replaceWith(button.cloneNode());
  button.addEventListener("click", first);
  listen();
  assert.equal(first.calls.length, 0);
});
