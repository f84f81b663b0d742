import assert from "node:assert/strict";
import { test } from "node:test";
import { happen, notes, openPage } from "./page.mjs";

const BODY = `
<main class="roms-queue" id="roms-queue">
  <section class="roms-queue-waiting" data-queue-back="">
    <article data-queue-chat="4" data-assignee="0" data-parked="true" aria-label="Rina">
      <button data-queue-give=""></button><time data-since="940000" data-long="50000"></time>
    </article>
  </section>
  <section data-queue-agent="2"><article data-queue-chat="5" data-assignee="2"></article></section>
  <section data-queue-team="9"></section>
</main>
<div id="roms-queue-menu">
  <input id="roms-queue-filter">
  <button data-name="Ayu"></button><button data-name="Budi"></button>
</div>`;

const page = () => {
  const state = { now: 1_000_000, isOffline: false, menu: {} };
  const send = notes();
  const roms = {
    now: () => state.now,
    refuses: () => state.isOffline,
    onAnnounced: (_, callback) => {
      state.announce = callback;
      return () => {};
    },
  };
  const romsStore = { read: () => state.menu, publish: (_, values) => Object.assign(state.menu, values) };
  const standIns = { roms, romsStore, setInterval: () => 0, clearInterval: () => {}, Date: { now: () => state.now } };
  const window = openPage(BODY, ["dom", "format", "queue"], standIns);
  roms.format = () => new window.romsFormat.Format("en");
  const { document, romsQueue } = window;
  for (const item of document.querySelectorAll("button"))
    Object.defineProperty(item, "offsetParent", { get: () => (item.hidden ? null : document.body) });
  const events = new Proxy({}, { get: (_, name) => name });
  const stop = romsQueue.mount({ dispatch: send, events });
  const card = (id) => document.querySelector(`[data-queue-chat="${id}"]`);
  const sent = () => send.calls.map(([name, payload]) => [name, { ...payload }]);
  return { document, romsQueue, state, sent, card, stop, byId: (id) => document.getElementById(id) };
};
const drag = (from, to) => {
  const dataTransfer = { setData() {} };
  happen(from, "dragstart", { dataTransfer });
  const isTarget = happen(to, "dragover", { dataTransfer }).defaultPrevented;
  happen(to, "drop", { dataTransfer });
  return isTarget;
};

test("a card that is let go on an agent or a team is given to them, and waits for the answer", () => {
  const { document, romsQueue, sent, card } = page();
  assert.equal(drag(card(4), document.querySelector("[data-queue-agent]")), true);
  drag(card(4), document.querySelector("[data-queue-team]"));
  assert.deepEqual(sent(), [
    ["assign", { conversation_id: 4, seen_assignee_id: 0, to_agent_id: 2 }],
    ["assign_team", { conversation_id: 4, seen_assignee_id: 0, team_id: 9 }],
  ]);
  assert.equal(card(4).hasAttribute("data-busy"), true);
  romsQueue.taken(1);
  assert.equal(card(4).hasAttribute("data-busy"), false);
});

test("a card that goes back where it was changes nothing", () => {
  const { document, sent, card } = page();
  drag(card(5), document.querySelector("[data-queue-agent]"));
  drag(card(4), document.querySelector("[data-queue-back]"));
  assert.deepEqual(sent(), []);
  drag(card(5), document.querySelector("[data-queue-back]"));
  assert.deepEqual(sent(), [["return_to_queue", { conversation_id: 5, seen_assignee_id: 2 }]]);
});

test("without a connection nothing is sent", () => {
  const { document, state, sent, card } = page();
  state.isOffline = true;
  drag(card(4), document.querySelector("[data-queue-agent]"));
  assert.deepEqual(sent(), []);
});

test("the menu is of the card whose button opened it, and gives", () => {
  const { document, romsQueue, state, sent, byId } = page();
  happen(document.querySelector("[data-queue-give]"), "click");
  assert.deepEqual({ ...state.menu }, { chat_id: 4, assignee_id: 0, name: "Rina", is_parked: true, is_open: true });
  assert.equal(byId("roms-queue-menu").matches(":popover-open"), true);
  assert.equal(document.activeElement.id, "roms-queue-filter");
  romsQueue.choose("queueAgent", 3);
  assert.deepEqual(sent(), [["assign", { conversation_id: 4, seen_assignee_id: 0, to_agent_id: 3 }]]);
  assert.equal(byId("roms-queue-menu").matches(":popover-open"), false);
});

test("parking and returning go by the menu too", () => {
  const { document, romsQueue, sent } = page();
  happen(document.querySelector("[data-queue-give]"), "click");
  romsQueue.act("park");
  assert.deepEqual(sent(), [["park", { conversation_id: 4, seen_assignee_id: 0 }]]);
});

test("what is typed leaves the names that hold it, and Enter takes the first", () => {
  const { document, byId } = page();
  happen(document.querySelector("[data-queue-give]"), "click");
  const [ayu, budi] = document.querySelectorAll("[data-name]");
  byId("roms-queue-filter").value = "bU";
  happen(byId("roms-queue-filter"), "input");
  assert.deepEqual([ayu.hidden, budi.hidden], [true, false]);
  const onClick = notes();
  budi.addEventListener("click", onClick);
  happen(byId("roms-queue-filter"), "keydown", { key: "Enter" });
  assert.equal(onClick.calls.length, 1);
});

test("arrows go through the menu", () => {
  const { document, byId } = page();
  happen(document.querySelector("[data-queue-give]"), "click");
  const [ayu, budi] = document.querySelectorAll("[data-name]");
  happen(byId("roms-queue-filter"), "keydown", { key: "ArrowDown" });
  assert.ok(document.activeElement === ayu);
  happen(ayu, "keydown", { key: "ArrowUp" });
  assert.ok(document.activeElement === budi);
});

test("one question at a time: what changes meanwhile is asked for after the answer", () => {
  const { romsQueue, state, sent } = page();
  state.announce();
  state.announce();
  assert.equal(sent().length, 1);
  romsQueue.taken(1);
  assert.equal(sent().length, 2);
  state.now += 5000;
  state.announce();
  assert.equal(sent().length, 3, "an answer got lost");
});

test("ages count, and a long wait is marked", () => {
  const { document, romsQueue } = page();
  romsQueue.taken(1);
  const age = document.querySelector("time");
  assert.equal(age.textContent, "1:00");
  assert.equal(age.hasAttribute("data-is-long"), true);
  assert.match(age.title, /1970/);
});

test("nothing is done after the page has gone", () => {
  const { document, sent, card, stop } = page();
  stop();
  assert.equal(drag(card(4), document.querySelector("[data-queue-agent]")), false);
  assert.deepEqual(sent(), []);
});
