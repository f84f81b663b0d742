import assert from "node:assert/strict";
import { test } from "node:test";
import { happen, openPage } from "./page.mjs";

const WORDS = 'label-play="Play" label-pause="Pause" label-seek="Seek" label-speed="Speed"';

const page = () => {
  const window = openPage("", ["format", "player"]);
  window.document.body.innerHTML = ["one", "two"]
    .map((id) => `<roms-player id="${id}" src="/media/${id}" seconds="67" ${WORDS}></roms-player>`)
    .join("");
  return ["one", "two"].map((id) => {
    const player = window.document.getElementById(id);
    const [audio] = player.getElementsByTagName("audio");
    let isPaused = true;
    Object.defineProperty(audio, "paused", { get: () => isPaused });
    const become = (paused, type) => {
      isPaused = paused;
      happen(audio, type);
    };
    audio.play = async () => become(false, "play");
    audio.pause = () => become(true, "pause");
    const part = (name) => player.querySelector(`.roms-player-${name}`);
    return { player, audio, part };
  });
};

test("it knows the length before the file is there, and fetches nothing", () => {
  const [{ audio, part }] = page();
  assert.equal(part("time").textContent, "1:07");
  assert.equal(audio.getAttribute("preload") ?? audio.preload, "none");
  assert.equal(audio.getAttribute("src"), "/media/one");
});

test("one plays at a time, and the button says what it does", () => {
  const [one, two] = page();
  happen(one.part("play"), "click");
  assert.equal(one.part("play").getAttribute("aria-label"), "Pause");
  assert.equal(one.player.hasAttribute("data-playing"), true);
  happen(two.part("play"), "click");
  assert.equal(one.audio.paused, true);
  assert.equal(one.part("play").getAttribute("aria-label"), "Play");
  happen(two.part("play"), "click");
  assert.equal(two.audio.paused, true);
});

test("its speeds follow each other", () => {
  const [{ audio, part }] = page();
  const speeds = [1, 2, 3].map(() => {
    happen(part("speed"), "click");
    return [audio.playbackRate, part("speed").textContent];
  });
  assert.deepEqual(speeds, [
    [1.5, "1.5×"],
    [2, "2×"],
    [1, "1×"],
  ]);
});

test("the slider seeks, and shows how much was played", () => {
  const [{ audio, part }] = page();
  part("seek").value = "500";
  happen(part("seek"), "input");
  assert.equal(audio.currentTime, 33.5);
  assert.equal(part("seek").getAttribute("aria-valuetext"), "0:34 / 1:07");
  assert.equal(part("seek").style.getPropertyValue("--played"), "50%");
});

test("another file replaces the old one", () => {
  const [{ player, audio }] = page();
  player.setAttribute("src", "/media/three");
  assert.equal(audio.getAttribute("src"), "/media/three");
});
