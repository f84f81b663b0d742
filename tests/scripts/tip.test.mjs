import assert from "node:assert/strict";
import { test } from "node:test";
import { happen, openPage } from "./page.mjs";

const page = () => {
  const later = [];
  const window = openPage(
    '<button id="why" data-tip="Rina asked first"><i></i></button><p id="plain"></p><div id="roms-tip"></div>',
    ["dom", "tip"],
    { setTimeout: (act, ms) => later.push([act, ms]), clearTimeout: (id) => id && delete later[id - 1] },
  );
  const byId = (id) => window.document.getElementById(id);
  const pass = () => {
    for (const [act] of later.splice(0).filter(Boolean)) act();
  };
  return { byId, pass, tip: byId("roms-tip"), isOpen: () => byId("roms-tip").matches(":popover-open") };
};

test("it shows the words of what the pointer rests on, and names itself there", () => {
  const { byId, pass, tip, isOpen } = page();
  happen(byId("why").firstChild, "pointerover", { pointerType: "mouse" });
  assert.equal(isOpen(), false, "not at once");
  pass();
  assert.equal(isOpen(), true);
  assert.equal(tip.textContent, "Rina asked first");
  assert.equal(byId("why").getAttribute("aria-describedby"), "roms-tip");
});

test("it goes when the pointer goes, but can be pointed at", () => {
  const { byId, pass, tip, isOpen } = page();
  happen(byId("why"), "pointerover", { pointerType: "mouse" });
  pass();
  happen(byId("plain"), "pointerover", { pointerType: "mouse" });
  happen(tip, "pointerover", { pointerType: "mouse" });
  pass();
  assert.equal(isOpen(), true);
  happen(byId("plain"), "pointerover", { pointerType: "mouse" });
  pass();
  assert.equal(isOpen(), false);
  assert.equal(byId("why").hasAttribute("aria-describedby"), false);
});

test("Escape closes it and nothing that it lies over", () => {
  const { byId, isOpen } = page();
  happen(byId("why"), "click");
  assert.equal(isOpen(), true, "a touch asks for it");
  assert.equal(happen(byId("why"), "keydown", { key: "Escape" }).defaultPrevented, true);
  assert.equal(isOpen(), false);
  assert.equal(happen(byId("why"), "keydown", { key: "Escape" }).defaultPrevented, false);
});
