import assert from "node:assert/strict";
import { test } from "node:test";
import { happen, notes, openPage } from "./page.mjs";

const BODY = `
<div id="roms-messages">
  <div data-message="m1"><p class="roms-bubble" tabindex="0"></p><button class="roms-more"></button></div>
  <div data-message="m2"><button class="roms-more"></button></div>
</div>
<div id="roms-bubble-menu"><button id="first"></button><button id="second"></button></div>
<dialog id="roms-lightbox"><div class="roms-lightbox-stage"></div></dialog>`;
const MESSAGE = {
  id: "m1",
  kind: "text",
  body: "Masih ada?",
  status: "read",
  is_ours: false,
  is_revoked: false,
  group_author: "",
  can_cancel: false,
  attachment: null,
  reactions: [],
};

const page = (shown = {}) => {
  const state = { messages: { m1: MESSAGE }, isOffline: false };
  const log = { send: notes(), toast: notes(), quote: notes(), cannotShow: notes() };
  const roms = {
    message: (id) => state.messages[id],
    refuses: () => state.isOffline,
    send: log.send,
    toast: log.toast,
    cannotShow: log.cannotShow,
    words: () => ({ you: "You", copied: "Copied", not_copied: "Not copied" }),
    format: () => ({ fill: (_, { n, of }) => `${n} of ${of}` }),
    older: () => Boolean(state.older?.()),
  };
  const store = { menu: { id: "" }, lightbox: {}, messages: [], thread: { name: "Rina" }, ...shown };
  const romsStore = {
    read: (name) => store[name],
    publish: (name, values) => Object.assign(store, { [name]: { ...store[name], ...values } }),
  };
  const standIns = { roms, romsStore, romsComposer: { quote: log.quote } };
  const window = openPage(BODY, ["dom", "format", "kinds", "bubbles"], standIns);
  const { document, romsBubbles } = window;
  const byId = (id) => document.getElementById(id);
  return { window, document, romsBubbles, byId, store, state, log };
};

test("the menu offers what can be done, and gives the focus back", () => {
  const { document, romsBubbles, byId, store } = page();
  romsBubbles.openMenu("m1");
  assert.equal(byId("roms-bubble-menu").matches(":popover-open"), true);
  assert.deepEqual([store.menu.id, store.menu.can_answer, store.menu.can_cancel], ["m1", true, false]);
  assert.equal(document.activeElement.id, "first");
  byId("roms-bubble-menu").hidePopover();
  assert.ok(document.activeElement === document.querySelector("[data-message=m1] .roms-more"));
  assert.equal(store.menu.id, "");
});

test("a message with which nothing can be done has no menu", () => {
  const { romsBubbles, byId, state } = page();
  state.messages.m2 = { ...MESSAGE, id: "m2", is_revoked: true };
  romsBubbles.openMenu("m2");
  romsBubbles.openMenu("m3");
  assert.equal(byId("roms-bubble-menu").matches(":popover-open"), false);
});

test("arrows, Home and End move in the menu, and between the bubbles", () => {
  const { document, romsBubbles, byId } = page();
  romsBubbles.openMenu("m1");
  const press = (key) => {
    happen(document.activeElement, "keydown", { key });
    return document.activeElement.id;
  };
  assert.deepEqual(["ArrowDown", "ArrowDown", "ArrowUp", "Home", "End"].map(press), [
    "second",
    "first",
    "second",
    "first",
    "second",
  ]);
  byId("roms-bubble-menu").hidePopover();
  const [first, second] = document.querySelectorAll(".roms-more");
  second.scrollIntoView = () => {};
  happen(first, "keydown", { key: "ArrowDown" });
  assert.ok(document.activeElement === second);
});

test("an answer quotes who wrote", () => {
  const { romsBubbles, log } = page({ messages: [{ id: "m1" }] });
  romsBubbles.openMenu("m1");
  romsBubbles.act("reply");
  assert.deepEqual(log.quote.calls, [["m1", "Rina", "Masih ada?", "text"]]);
});

test("acts go to the server, unless there is no connection", () => {
  const { romsBubbles, log, state } = page();
  const acts = () => log.send.calls.map(([name, payload]) => [name, { ...payload }]);
  romsBubbles.openMenu("m1");
  romsBubbles.act("retry");
  romsBubbles.react(1, "👍", false);
  romsBubbles.react(1, "👍", true);
  const done = [
    ["retry", { message_id: 1 }],
    ["react", { message_id: 1, emoji: "👍" }],
    ["react", { message_id: 1, emoji: "" }],
  ];
  assert.deepEqual(acts(), done);
  state.isOffline = true;
  romsBubbles.react(1, "👍", false);
  romsBubbles.openMenu("m1");
  romsBubbles.act("cancel");
  assert.deepEqual(acts(), done);
});

test("it is said whether the browser copied", async () => {
  const { window, romsBubbles, log } = page();
  const clipboard = { writeText: async () => {} };
  Object.defineProperty(window.navigator, "clipboard", { get: () => clipboard });
  await romsBubbles.copy("Masih ada?");
  clipboard.writeText = async () => {
    throw new Error("refused");
  };
  window.document.execCommand = () => true;
  await romsBubbles.copy("Masih ada?");
  window.document.execCommand = () => false;
  await romsBubbles.copy("Masih ada?");
  assert.deepEqual(log.toast.calls, [
    ["success", "Copied"],
    ["success", "Copied"],
    ["error", "Not copied"],
  ]);
  assert.ok(!window.document.querySelector("textarea"));
});

test("what is quoted is looked for among older messages until it is there", () => {
  const { document, romsBubbles, state } = page();
  let asked = 0;
  state.older = () => {
    asked += 1;
    return true;
  };
  state.messages = {};
  romsBubbles.jumpTo("m1");
  assert.equal(asked, 1);
  state.messages = { m1: MESSAGE };
  const bubble = document.querySelector("[data-message=m1]");
  bubble.scrollIntoView = () => {};
  romsBubbles.arrived();
  assert.ok(document.activeElement === bubble.firstElementChild);
  assert.equal(bubble.classList.contains("roms-shines"), true);
});

test("pictures follow each other at full size", () => {
  const file = (url) => ({ layout: "image", file: { url, alt: url, download: "" } });
  const messages = [
    { id: "m1", ...file("/1") },
    { id: "m2", layout: "", file: { url: "" } },
    { id: "m3", ...file("/3") },
  ];
  const { romsBubbles, store, byId } = page({ messages });
  romsBubbles.openLarge("m1");
  assert.equal(byId("roms-lightbox").open, true);
  romsBubbles.zoom();
  assert.deepEqual([store.lightbox.place, store.lightbox.zoom, store.lightbox.has_previous], ["1 of 2", 2, false]);
  happen(byId("roms-lightbox"), "keydown", { key: "ArrowRight" });
  assert.deepEqual([store.lightbox.id, store.lightbox.zoom, store.lightbox.has_next], ["m3", 1, false]);
  happen(byId("roms-lightbox").firstElementChild, "click");
  assert.equal(byId("roms-lightbox").open, false);
});
