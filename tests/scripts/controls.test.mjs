import assert from "node:assert/strict";
import { test } from "node:test";
import { happen, notes, openPage } from "./page.mjs";

const BODY = `
<div class="roms-inbox">
  <a href="/inbox"><i id="logo"></i></a>
  <div class="roms-tabs"><button role="tab" id="mine"></button><button role="tab" id="all"></button></div>
  <div id="roms-list"><p role="option" tabindex="0" data-id="4"></p><p role="option" tabindex="0" data-id="7"></p></div>
  <div id="roms-messages"></div>
  <textarea id="roms-composer"></textarea>
</div>
<button id="roms-contact-open"></button>
<aside class="roms-contact"><button id="roms-contact-close"></button></aside>
<form><input id="name"><button type="button" data-roms-cancel></button></form>`;

const page = () => {
  const log = { opened: [], published: {}, unseen: notes(), more: notes(), older: notes() };
  let open = 0;
  const roms = {
    conversationId: () => open,
    openThread: (id) => {
      open = id;
      log.opened.push(id);
    },
    conversationInAddress: () => 7,
    isMounted: () => true,
    publish: (name, values) => Object.assign(log.published, { [name]: values }),
    clearUnseen: log.unseen,
    more: log.more,
    older: log.older,
    hover: () => {},
    seen: () => {},
  };
  const window = openPage(BODY, ["dom", "controls"], { roms });
  const { document, romsControls, location } = window;
  const byId = (id) => document.getElementById(id);
  const options = [...document.querySelectorAll("[role=option]")];
  return { window, document, romsControls, location, byId, options, log, stop: romsControls.mount() };
};

/** Gives an element the size of what is in it, and of its window on that. */
const scrolls = (element, scrollTop, scrollHeight = 2000, clientHeight = 500) => {
  const sizes = { scrollTop, scrollHeight, clientHeight };
  for (const [name, value] of Object.entries(sizes))
    Object.defineProperty(element, name, { value, configurable: true, writable: true });
  happen(element, "scroll");
};

test("arrows, Home and End move in the list; Enter opens, with an address of its own", () => {
  const { window, document, location, options, log } = page();
  const { length } = window.history;
  options[0].focus();
  happen(options[0], "keydown", { key: "ArrowDown" });
  assert.ok(document.activeElement === options[1]);
  happen(options[1], "keydown", { key: "ArrowDown" });
  assert.ok(document.activeElement === options[1], "it stays in the list");
  happen(options[1], "keydown", { key: "Home" });
  assert.ok(document.activeElement === options[0]);
  happen(options[0], "keydown", { key: "Enter" });
  assert.deepEqual(log.opened, [4]);
  assert.equal(location.pathname, "/inbox/4");
  assert.deepEqual([window.history.length, window.history.state.idx], [length + 1, 1]);
});

test("arrows choose the next tab, round and round", () => {
  const { byId } = page();
  const onClick = notes();
  byId("mine").addEventListener("click", onClick);
  happen(byId("all"), "keydown", { key: "ArrowRight" });
  assert.equal(onClick.calls.length, 1);
});

test("the open conversation's row leads to the text", () => {
  const { document, romsControls, log } = page();
  romsControls.select(4);
  romsControls.select(4);
  assert.deepEqual(log.opened, [4]);
  assert.equal(document.activeElement.id, "roms-composer");
});

test("the link to the inbox closes the thread without loading a page, and keeps its meaning with Ctrl", () => {
  const { romsControls, byId, log } = page();
  romsControls.select(4);
  happen(byId("logo"), "click", { ctrlKey: true });
  assert.deepEqual(log.opened, [4]);
  assert.equal(happen(byId("logo"), "click").defaultPrevented, true);
  assert.deepEqual(log.opened, [4, 0]);
});

test("back opens what the address says", () => {
  const { window, log } = page();
  happen(window, "popstate");
  assert.deepEqual(log.opened, [7]);
});

test("Escape ends the innermost thing", () => {
  const { document, romsControls, byId } = page();
  const root = document.documentElement;
  const onCancel = notes();
  document.querySelector("[data-roms-cancel]").addEventListener("click", onCancel);
  romsControls.toggleContact(true);
  assert.equal(document.activeElement.id, "roms-contact-close");
  happen(byId("name"), "keydown", { key: "Escape" });
  assert.equal(onCancel.calls.length, 1);
  assert.equal(root.hasAttribute("data-roms-contact"), true);
  happen(byId("mine"), "keydown", { key: "Escape" });
  assert.equal(root.hasAttribute("data-roms-contact"), false);
  assert.equal(document.activeElement.id, "roms-contact-open");
});

test("a click beside the sheet closes it and does nothing else", () => {
  const { document, romsControls, byId } = page();
  const onClick = notes();
  byId("mine").addEventListener("click", onClick);
  romsControls.toggleContact(true);
  happen(byId("mine"), "click");
  assert.equal(document.documentElement.hasAttribute("data-roms-contact"), false);
  assert.equal(onClick.calls.length, 0);
});

test("near an end more is read", () => {
  const { byId, log } = page();
  scrolls(byId("roms-list"), 1000);
  assert.equal(log.more.calls.length, 0);
  scrolls(byId("roms-list"), 1200);
  assert.equal(log.more.calls.length, 1);
  scrolls(byId("roms-messages"), 300);
  assert.equal(log.older.calls.length, 1);
});

test("a thread that was scrolled up stays where it is, and follows again at its end", () => {
  const { romsControls, byId, log } = page();
  scrolls(byId("roms-messages"), 600);
  assert.equal(romsControls.isScrolledUp(), true);
  assert.deepEqual({ ...log.published.log }, { is_behind: true });
  scrolls(byId("roms-messages"), 1480);
  assert.equal(romsControls.isScrolledUp(), false);
  assert.equal(log.unseen.calls.length, 1);
});

test("nothing moves after the page has gone", () => {
  const { options, log, stop } = page();
  stop();
  happen(options[0], "keydown", { key: "Enter" });
  assert.deepEqual(log.opened, []);
});
