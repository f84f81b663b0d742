import assert from "node:assert/strict";
import { test } from "node:test";
import { happen, notes, openPage } from "./page.mjs";

const BODY = `<div class="roms-composer"><textarea id="roms-composer"></textarea>
  <input id="caption" data-caption="f1"></div><input id="search">`;

/** The composer of conversation 7, beside parts that only note what they are asked for. */
const page = ({ usesKey = false } = {}) => {
  const log = { send: notes(), emoji: notes() };
  const shown = {};
  const other = { show() {}, left() {}, move() {}, mount: () => () => {}, hasAny: () => false, kept: () => [] };
  const files = [];
  const window = openPage(BODY, ["dom", "composer"], {
    setTimeout: () => 0,
    clearTimeout: () => {},
    matchMedia: () => ({ matches: false }),
    crypto: globalThis.crypto,
    roms: {
      conversationId: () => 7,
      agentId: () => 1,
      now: () => 0,
      format: () => ({ fill: (word) => word, locale: "en" }),
      publish: (_, values) => Object.assign(shown, values),
      read: () => shown,
      send: log.send,
    },
    romsUpload: { ...other, items: () => files, captionedByBox: () => null, drop: () => files.splice(0) },
    romsRecorder: other,
    romsEmoji: { mount: other.mount, toggle: log.emoji },
    romsControls: { isUsed: () => usesKey, toBottom() {} },
  });
  const { document, romsComposer } = window;
  const stop = romsComposer.mount();
  const box = document.getElementById("roms-composer");
  const write = (text) => {
    box.value = text;
    happen(box, "input");
  };
  const press = (key, more = {}, at = box) => happen(at, "keydown", { key, ...more });
  const sent = () => log.send.calls.filter(([name]) => name === "send_message").map(([, content]) => content);
  return { window, document, romsComposer, box, shown, files, log, write, press, sent, stop };
};

test("Enter sends what is in the box, once", () => {
  const { write, press, sent } = page();
  write("Halo");
  assert.equal(press("Enter").defaultPrevented, true);
  press("Enter");
  assert.deepEqual(
    sent().map(({ conversation_id, body }) => [conversation_id, body]),
    [[7, "Halo"]],
  );
});

test("Shift and Enter begin a line", () => {
  const { write, press, sent } = page();
  write("Halo");
  assert.equal(press("Enter", { shiftKey: true }).defaultPrevented, false);
  assert.deepEqual(sent(), []);
});

test("Enter that chooses an input method's word sends nothing", () => {
  const { write, press, sent } = page();
  write("ni hao");
  assert.equal(press("Enter", { isComposing: true }).defaultPrevented, false);
  assert.equal(press("Enter", { keyCode: 229 }).defaultPrevented, false);
  assert.deepEqual(sent(), []);
  press("Enter", { keyCode: 13 });
  assert.equal(sent().length, 1);
});

test("Enter in a caption sends too, elsewhere it does not", () => {
  const { document, write, press, sent } = page();
  write("Halo");
  press("Enter", {}, document.getElementById("search"));
  assert.deepEqual(sent(), []);
  press("Enter", {}, document.getElementById("caption"));
  assert.equal(sent().length, 1);
});

test("blanks are nothing to send, unless a file goes with them", () => {
  const { files, write, press, sent } = page();
  write("  \n ");
  press("Enter");
  assert.deepEqual(sent(), []);
  files.push({ state: "ready", token: "t1", caption: "" });
  press("Enter");
  assert.deepEqual(
    sent().map(({ body, tokens }) => [body, [...tokens]]),
    [["", ["t1"]]],
  );
});

test("a text that is longer than WhatsApp takes is not sent, and stays", () => {
  const { box, shown, write, press, sent } = page();
  const long = "😀".repeat(65_537);
  write(long);
  press("Enter");
  assert.deepEqual([sent().length, shown.error, box.value], [0, "too_long", long]);
  write("😀".repeat(65_536));
  press("Enter");
  assert.equal(sent().length, 1, "counted in characters");
});

test("Escape closes the emoji first, then takes the quote away, then is another's", () => {
  const { romsComposer, shown, log, press } = page();
  romsComposer.quote("m17", "Dewi", "Halo", "");
  shown.is_emoji_open = true;
  assert.equal(press("Escape").defaultPrevented, true);
  assert.deepEqual([log.emoji.calls, shown.has_quote], [[[false]], true]);
  shown.is_emoji_open = false;
  assert.equal(press("Escape").defaultPrevented, true);
  assert.equal(shown.has_quote, false);
  assert.equal(press("Escape").defaultPrevented, false);
});

test("Escape that something else uses, or elsewhere, keeps the quote", () => {
  const used = page({ usesKey: true });
  used.romsComposer.quote("m17", "Dewi", "Halo", "");
  used.press("Escape");
  assert.equal(used.shown.has_quote, true);
  const { document, romsComposer, shown, press } = page();
  romsComposer.quote("m17", "Dewi", "Halo", "");
  press("Escape", {}, document.getElementById("search"));
  assert.equal(shown.has_quote, true);
});

test("an error goes when the text is changed", () => {
  const { romsComposer, shown, write } = page();
  romsComposer.say("Not sent.");
  write("Halo");
  assert.equal(shown.error, "");
});

test("after the page has gone no key sends", () => {
  const { write, press, sent, stop } = page();
  write("Halo");
  stop();
  press("Enter");
  assert.deepEqual(sent(), []);
});
