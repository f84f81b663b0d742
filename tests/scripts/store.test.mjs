import assert from "node:assert/strict";
import { test } from "node:test";
import { notes, openPage } from "./page.mjs";

const store = () => openPage("", ["format", "kinds", "duty", "view", "store"]).romsStore;

test("fields are put beside those that stay, in a new object", () => {
  const { publish, read } = store();
  const before = read("log");
  publish("log", { unseen: 2 });
  assert.deepEqual({ ...read("log") }, { ...before, unseen: 2 });
  assert.notEqual(read("log"), before);
  assert.equal(before.unseen, 0);
});

test("who subscribed is told of what is new, and of nothing else", () => {
  const { publish, subscribe } = store();
  const listener = notes();
  const stop = subscribe(listener);
  publish("live", { state: "live", text: "Live" });
  publish("live", { state: "live" });
  assert.equal(listener.calls.length, 1);
  stop();
  publish("live", { state: "behind" });
  assert.equal(listener.calls.length, 1);
});

test("a list is replaced as it is", () => {
  const { publish, read } = store();
  const rows = [{ id: 1 }];
  publish("rows", rows);
  assert.equal(read("rows"), rows);
  publish("rows", []);
  assert.deepEqual([...read("rows")], []);
});
