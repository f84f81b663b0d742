import assert from "node:assert/strict";
import { test } from "node:test";
import { happen, notes, openPage } from "./page.mjs";

const page = () => {
  const onInput = notes();
  const shown = { is_emoji_open: false };
  const window = openPage(
    '<div id="roms-emoji"><button>👍</button><button>🙏</button><button>😂</button></div><textarea id="roms-composer"></textarea>',
    ["dom", "emoji"],
    {
      roms: { read: () => shown, publish: (_, values) => Object.assign(shown, values) },
      romsComposer: { onInput },
    },
  );
  const { document, romsEmoji } = window;
  const [buttons, box] = [[...document.querySelectorAll("button")], document.querySelector("textarea")];
  // As in a grid of two columns.
  for (const [index, button] of buttons.entries())
    Object.defineProperty(button, "offsetTop", { value: index > 1 ? 40 : 0 });
  return { document, romsEmoji, buttons, box, onInput, shown, stop: romsEmoji.mount() };
};

test("an emoji goes where the caret is, and counts as typing", () => {
  const { buttons, box, onInput } = page();
  box.value = "Baik ya";
  box.setSelectionRange(4, 4);
  happen(buttons[1], "click");
  assert.equal(box.value, "Baik🙏 ya");
  assert.ok(onInput.calls[0][0].target === box);
});

test("arrows move in the grid and stay in it", () => {
  const { document, buttons } = page();
  buttons[0].focus();
  happen(buttons[0], "keydown", { key: "ArrowDown" });
  assert.ok(document.activeElement === buttons[2]);
  assert.deepEqual(
    buttons.map((each) => each.tabIndex),
    [-1, -1, 0],
  );
  happen(buttons[2], "keydown", { key: "ArrowRight" });
  assert.ok(document.activeElement === buttons[2]);
  happen(buttons[2], "keydown", { key: "ArrowUp" });
  assert.ok(document.activeElement === buttons[0]);
});

test("the grid takes the focus when it opens and gives it to the text when it closes", () => {
  const { document, romsEmoji, buttons, box, shown } = page();
  romsEmoji.toggle();
  assert.equal(shown.is_emoji_open, true);
  assert.ok(document.activeElement === buttons[0]);
  romsEmoji.toggle();
  assert.equal(shown.is_emoji_open, false);
  assert.ok(document.activeElement === box);
});

test("nothing happens after the composer has gone", () => {
  const { buttons, box, stop } = page();
  stop();
  happen(buttons[0], "click");
  assert.equal(box.value, "");
});
