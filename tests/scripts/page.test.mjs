import assert from "node:assert/strict";
import { test } from "node:test";
import { notes, openPage } from "./page.mjs";

const ME = 5;
const FILES = ["dom", "format", "kinds", "duty", "view", "merge", "store", "live", "page"];

const row = (id, more = {}) => ({
  ...{ id, version: 1, inbox_id: 1, inbox_name: "Shop", name: `Customer ${id}`, phone: "", preview: "Halo" },
  ...{ preview_kind: "text", preview_is_ours: false, preview_status: "", last_message_at: 1_700_000_000_000 - id },
  ...{ unread: 0, waiting_since: 0, status: "open", assignee_id: ME, assignee_name: "", picture: "", team: "" },
  ...{ is_group: false, priority: 0, because: {}, is_escalated: false, due_at: 0, labels: [] },
  ...more,
});

const message = (number, more = {}) => ({
  ...{ id: `m${number}`, version: 1, conversation_id: 1, kind: "text", body: `Words ${number}`, is_ours: false },
  ...{ author: "", sender_type: "contact", status: "", failure_reason: "", sent_at: 1_700_000_000_000 + number },
  ...{ is_edited: false, is_revoked: false, quoted_body: "", quoted_id: "", quoted_kind: "", quoted_is_ours: false },
  ...{ raw_kind: "", is_forwarded: false, group_author: "", held_until: 0, hold_reason: "", can_cancel: false },
  ...{ attachment: null, reactions: [], words: {}, note: "" },
  ...more,
});

/** The inbox of agent `ME`, which the server has greeted, beside parts that only note what they are asked for. */
const page = ({ path = "/inbox" } = {}) => {
  const state = { now: 1_700_000_100_000, isFocused: true, isScrolledUp: false };
  const timers = [];
  const sent = [];
  const log = { moved: notes(), toasts: notes() };
  const window = openPage("", FILES, {
    Date: class extends Date {
      static now = () => state.now;
    },
    setTimeout: (callback, ms) => timers.push({ ms, callback }),
    clearTimeout: (timer) => {
      if (timer) timers[timer - 1].callback = () => {};
    },
    fetch: async () => ({ status: 200, json: async () => ({ now: state.now }) }),
    romsComposer: {
      ...{ left() {}, opened() {}, mount: () => () => {}, dropDraftsOfOthers() {}, noticeAccepted() {} },
      ...{ keptElsewhere: () => [], move: log.moved },
    },
    romsBubbles: { left() {}, arrived() {} },
    romsControls: {
      ...{ opened() {}, mount: () => () => {}, beforePage() {}, select() {} },
      isScrolledUp: () => state.isScrolledUp,
    },
  });
  const { document } = window;
  document.hasFocus = () => state.isFocused;
  window.history.replaceState(null, "", path);
  const { roms } = window;
  roms.toast = log.toasts;
  roms.setTitle("Inbox");
  roms.mount({
    dispatch: (name, payload) => sent.push([name, { ...payload }]),
    events: new Proxy({}, { get: (_, name) => name }),
  });
  roms.setAgent({ id: ME, language: "en", timezone: "Asia/Jakarta" });
  roms.ready(ME);
  const list = (rows, more = {}) =>
    roms.takeList({ me: ME, tab: "mine", status: "open", has_more: false, since: 1, ...more }, rows, {});
  const thread = (messages, more = {}, of = row(1)) =>
    roms.takeThread(
      { conversation_id: of.id, has_more: false, is_first: true, since: 1, is_missing: false, ...more },
      { row: of, aliases: [], first_seen_at: 1 },
      messages,
    );
  const patch = (rows, messages = []) => roms.patch({ rows, messages, at: state.now, lag: -1 });
  /** Lets as much time go by, and what waits for it happen. */
  const pass = (ms) => {
    state.now += ms;
    for (const timer of timers) {
      const { callback } = timer;
      if (timer.ms > ms) continue;
      timer.callback = () => {};
      callback();
    }
  };
  const asked = (name) => sent.filter(([event]) => event === name).map(([, payload]) => payload);
  const listed = () => Array.from(roms.read("rows"), ({ id }) => id);
  const said = () => Array.from(roms.read("messages"), ({ id }) => id);
  return { window, document, roms, state, log, list, thread, patch, pass, asked, listed, said };
};

test("what a page needs is asked for as soon as the server knows the tab", () => {
  const { asked } = page({ path: "/inbox/12" });
  assert.deepEqual(asked("show"), [{ tab: "mine", status: "open" }]);
  assert.deepEqual(asked("open_conversation"), [{ conversation_id: 12 }]);
});

test("what stands in a thread that somebody looks at is told as seen", () => {
  const { roms, thread, asked } = page();
  roms.openThread(1);
  thread([message(1), message(2)], {}, row(1, { unread: 2 }));
  assert.deepEqual(asked("mark_seen"), [{ conversation_id: 1, seen_message_id: 2 }]);
});

test("nobody has seen what came to a window behind others; it is told when they are back", () => {
  const { roms, state, thread, asked } = page();
  state.isFocused = false;
  roms.openThread(1);
  thread([message(1)], {}, row(1, { unread: 1 }));
  assert.deepEqual(asked("mark_seen"), []);
  state.isFocused = true;
  roms.seen();
  assert.equal(asked("mark_seen").length, 1);
});

test("who looks into a colleague's conversation reads nothing for them", () => {
  const { roms, thread, asked } = page();
  roms.openThread(1);
  thread([message(1)], {}, row(1, { unread: 1, assignee_id: ME + 1 }));
  assert.deepEqual(asked("mark_seen"), []);
});

test("messages in a row are told as seen once a second, the last one too", () => {
  const { roms, thread, patch, pass, asked } = page();
  roms.openThread(1);
  thread([message(1)], {}, row(1, { unread: 1 }));
  for (const number of [2, 3]) patch([row(1, { version: number, unread: number })], [message(number)]);
  pass(1000);
  assert.deepEqual(
    asked("mark_seen").map(({ seen_message_id }) => seen_message_id),
    [1, 3],
  );
});

test("messages below what is looked at are counted until the agent is there", () => {
  const { roms, state, thread, patch } = page();
  roms.openThread(1);
  thread([message(1)]);
  state.isScrolledUp = true;
  patch([row(1, { version: 2 })], [message(2), message(3, { is_ours: true }), message(1, { version: 2 })]);
  patch([], [message(4), message(9, { conversation_id: 2 })]);
  assert.equal(roms.read("log").unseen, 2);
  roms.clearUnseen();
  assert.equal(roms.read("log").unseen, 0);
});

test("older messages are asked for once, from the oldest on", () => {
  const { roms, thread, asked } = page();
  roms.openThread(1);
  assert.equal(roms.older(), true, "the thread is on its way");
  thread([message(51), message(52)], { has_more: true });
  assert.deepEqual([roms.older(), roms.older()], [true, true]);
  assert.deepEqual(asked("load_older"), [{ conversation_id: 1, before_at: message(51).sent_at, before_id: "m51" }]);
  thread([message(1), message(51), message(52)], { is_first: false });
  assert.equal(roms.older(), false, "there are none");
});

test("older messages that were asked for before a connection was lost can be asked for again", () => {
  const { roms, thread, asked } = page({ path: "/inbox/1" });
  thread([message(51)], { has_more: true });
  roms.older();
  roms.ready(ME);
  thread([message(51)], { has_more: true, since: 2 });
  roms.older();
  assert.equal(asked("load_older").length, 2);
});

test("further rows are asked for once, from the last on", () => {
  const { roms, list, asked } = page();
  list([row(1), row(2)], { has_more: true });
  roms.more();
  roms.more();
  assert.deepEqual(asked("load_more"), [
    { tab: "mine", status: "open", before_at: row(2).last_message_at, before_id: 2 },
  ]);
});

test("rows stay where they are while the pointer moves over the list", () => {
  const { roms, list, patch, pass, listed } = page();
  list([row(1), row(2)]);
  roms.hover(true);
  patch([row(2, { version: 2, preview: "Now", last_message_at: 1_700_000_001_000 }), row(3)]);
  assert.deepEqual(listed(), [1, 2]);
  assert.equal(roms.read("rows")[1].preview, "Now");
  pass(1201);
  assert.deepEqual(listed(), [2, 1, 3]);
});

test("the pointer that has left the list lets them go at once", () => {
  const { roms, list, patch, listed } = page();
  list([row(1)]);
  roms.hover(true);
  patch([row(2, { last_message_at: 1_700_000_001_000 })]);
  roms.hover(false);
  assert.deepEqual(listed(), [2, 1]);
});

test("a row that is gone goes, also under the pointer", () => {
  const { roms, list, patch, listed } = page();
  list([row(1), row(2)]);
  roms.hover(true);
  patch([row(1, { version: 2, status: "resolved" })]);
  assert.deepEqual(listed(), [2]);
});

test("the title counts the agent's own open conversations with something new", () => {
  const { document, list, patch } = page();
  list([row(1, { unread: 3 }), row(2, { unread: 1 }), row(3)]);
  patch([row(4, { unread: 1, assignee_id: 0 }), row(5, { unread: 1, status: "resolved" })]);
  assert.equal(document.title, "(2) Inbox");
  patch([row(1, { version: 2 }), row(2, { version: 2 })]);
  assert.equal(document.title, "Inbox");
});

test("of a conversation that may not be seen any more nothing stays", () => {
  const { roms, thread, said } = page();
  roms.openThread(1);
  thread([message(1)]);
  assert.deepEqual(said(), ["m1"]);
  thread([], { is_missing: true });
  assert.deepEqual([said(), roms.read("thread").name, roms.read("log").is_missing], [[], "", true]);
});

test("the open conversation is known however many others change", () => {
  const { roms, thread, patch } = page();
  roms.openThread(1);
  thread([message(1)], {}, row(1, { assignee_id: 0 }));
  patch(Array.from({ length: 2100 }, (_, n) => row(n + 2, { assignee_id: 0 })));
  patch([], [message(2)]);
  assert.equal(roms.read("thread").name, "Customer 1");
});

test("an answer for a thread that was left is passed over", () => {
  const { roms, thread, said } = page();
  roms.openThread(1);
  roms.openThread(2);
  thread([message(1)]);
  thread([], { is_missing: true });
  assert.deepEqual([said(), roms.read("log").is_missing], [[], false]);
});

test("a page goes along with the open conversation, and not with another one", () => {
  const { window, roms, log } = page({ path: "/inbox/1" });
  roms.follow(3, 4);
  assert.equal(roms.conversationId(), 1);
  roms.follow(1, 2);
  assert.deepEqual([roms.conversationId(), window.location.pathname], [2, "/inbox/2"]);
  assert.deepEqual(log.moved.calls, [
    [3, 4],
    [1, 2],
  ]);
});

test("a skeleton is shown only of what takes long", () => {
  const { roms, thread, pass } = page();
  roms.openThread(1);
  pass(299);
  assert.equal(roms.read("log").is_slow, false);
  pass(300);
  assert.equal(roms.read("log").is_slow, true);
  thread([message(1)]);
  assert.equal(roms.read("log").is_slow, false);
  roms.openThread(2);
  thread([], {}, row(2));
  pass(300);
  assert.equal(roms.read("log").is_slow, false);
});

test("after everything may have changed, the list, the thread and the pages beside it are read again, once", () => {
  const { roms, pass, asked } = page({ path: "/inbox/1" });
  const callback = notes();
  const stop = roms.onAnnounced("team", callback);
  roms.reread();
  roms.reread();
  pass(600);
  assert.deepEqual([asked("show").length, asked("open_conversation").length, callback.calls.length], [2, 2, 1]);
  stop();
  roms.announce("team", 1);
  assert.equal(callback.calls.length, 1);
});

test("an unchanged row and message are the same objects as before, so that React draws nothing", () => {
  const { roms, list, thread, patch } = page({ path: "/inbox/1" });
  thread([message(1), message(2)]);
  list([row(1), row(2)]);
  const [rows, messages] = [roms.read("rows"), roms.read("messages")];
  patch([row(2, { version: 2, preview: "Now" })], [message(2, { version: 2, body: "Now" })]);
  assert.equal(roms.read("rows")[0], rows[0]);
  assert.notEqual(roms.read("rows")[1], rows[1]);
  assert.equal(roms.read("messages")[0], messages[0]);
  assert.notEqual(roms.read("messages")[1], messages[1]);
});
