import assert from "node:assert/strict";
import { test } from "node:test";
import { happen, notes, openPage } from "./page.mjs";

const page = () => {
  const window = openPage('<button id="button"></button><div id="layer"><input id="field"></div>', ["dom"]);
  Object.defineProperty(window.document.documentElement, "clientWidth", { value: 1000 });
  Object.defineProperty(window.document.documentElement, "clientHeight", { value: 600 });
  const layer = window.document.getElementById("layer");
  layer.getBoundingClientRect = () => ({ width: 200, height: 100 });
  return { window, layer, dom: window.romsDom, byId: (id) => window.document.getElementById(id) };
};
const box = (left, top, width = 40, height = 20) => ({
  left,
  top,
  width,
  height,
  right: left + width,
  bottom: top + height,
});

test("a layer stands centred below its button", () => {
  const { dom, layer } = page();
  dom.placeBeside(layer, box(500, 100));
  assert.deepEqual([layer.style.left, layer.style.top], ["420px", "124px"]);
});

test("it ends where its button ends, if asked to", () => {
  const { dom, layer } = page();
  dom.placeBeside(layer, box(500, 100), { align: "end" });
  assert.equal(layer.style.left, "340px");
});

test("without room below it stands above, and never outside of the window", () => {
  const { dom, layer } = page();
  dom.placeBeside(layer, box(980, 550));
  assert.deepEqual([layer.style.left, layer.style.top], ["792px", "446px"]);
  dom.placeBeside(layer, box(0, 0, 40, 590), { gap: 6, margin: 6 });
  assert.deepEqual([layer.style.left, layer.style.top], ["6px", "6px"]);
});

test("who listens hears until they stop", () => {
  const { window, dom, byId } = page();
  const onClick = notes();
  const stop = dom.listen([[window.document, "click", onClick, true]]);
  happen(byId("button"), "click");
  stop();
  happen(byId("button"), "click");
  assert.equal(onClick.calls.length, 1);
});

test("a closed layer gives the focus back, unless somebody went on", () => {
  const { window, dom, layer, byId } = page();
  byId("field").focus();
  dom.returnFocus(layer, byId("button"));
  assert.equal(window.document.activeElement.id, "button");
  const other = window.document.body.appendChild(window.document.createElement("input"));
  other.focus();
  dom.returnFocus(layer, byId("button"));
  assert.ok(window.document.activeElement === other);
});

test("only an open popover is closed", () => {
  const { window, dom, layer } = page();
  const onToggle = notes();
  layer.addEventListener("toggle", onToggle);
  dom.closePopover("layer");
  dom.closePopover("nowhere");
  assert.equal(onToggle.calls.length, 0);
  layer.showPopover();
  dom.closePopover("layer");
  assert.equal(layer.matches(":popover-open"), false);
  assert.ok(!window.document.querySelector("#layer:popover-open"));
});
