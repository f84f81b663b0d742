import assert from "node:assert/strict";
import { test } from "node:test";
import { happen, notes, openPage } from "./page.mjs";

const BODY =
  '<button id="roms-record"></button><button id="roms-record-stop"></button><button id="roms-record-send"></button>';

/** What stands between two awaits has happened after this. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

const page = ({ answer = async () => ({ token: "t1" }), microphone } = {}) => {
  const state = { open: 1, now: 1_000_000, shown: {}, tracks: 0, key: "" };
  const log = { say: notes(), fail: notes(), tell: notes(), voice: notes() };
  class MediaRecorder {
    static isTypeSupported = (type) => type.startsWith("audio/webm");
    mimeType = "audio/webm";
    state = "inactive";
    start() {
      this.state = "recording";
    }
    stop() {
      this.state = "inactive";
      this.ondataavailable({ data: new window.Blob(["sound"]) });
      this.onstop();
    }
  }
  const stream = { getTracks: () => [{ stop: () => (state.tracks -= 1) }] };
  const getUserMedia =
    microphone ??
    (async () => {
      state.tracks += 1;
      return stream;
    });
  class AudioContext {
    createAnalyser = () => ({ fftSize: 0, getFloatTimeDomainData() {} });
    createMediaStreamSource = () => ({ connect() {} });
    close() {}
  }
  const standIns = {
    MediaRecorder,
    AudioContext,
    setInterval: () => 0,
    clearInterval: () => {},
    setTimeout: () => 0,
    clearTimeout: () => {},
    Date: { now: () => state.now },
    roms: {
      conversationId: () => state.open,
      format: () => ({ length: (ms) => `${ms / 1000} s` }),
      publish: (_, values) => Object.assign(state.shown, values),
    },
    romsComposer: { text: (word) => word, say: log.say, fail: log.fail, tell: log.tell, sendVoice: log.voice },
    romsControls: { isUsed: () => false },
    romsUpload: { post: () => ({ answer: answer() }) },
  };
  const window = openPage(BODY, ["dom", "recorder"], standIns);
  Object.defineProperty(window.navigator, "mediaDevices", { value: { getUserMedia } });
  window.URL.createObjectURL = () => "blob:1";
  window.URL.revokeObjectURL = notes();
  const { document, romsRecorder } = window;
  const stop = romsRecorder.mount();
  const record = async () => {
    happen(document.getElementById("roms-record"), "click");
    await settle();
  };
  return { window, document, romsRecorder, state, log, record, stop };
};

test("a recording runs until it is stopped, and is there to be listened to", async () => {
  const { romsRecorder, state, log, record } = page();
  await record();
  assert.equal(state.shown.state, "recording");
  state.now += 7000;
  romsRecorder.stop();
  assert.deepEqual({ ...state.shown }, { state: "ready", time: "7 s", url: "blob:1" });
  assert.equal(state.tracks, 0, "the microphone is free");
  assert.deepEqual(log.tell.calls, [
    [1, "recording"],
    [1, "paused"],
  ]);
});

test("it stays with its conversation", async () => {
  const { romsRecorder, state, record } = page();
  await record();
  romsRecorder.left();
  state.open = 2;
  romsRecorder.show();
  assert.equal(state.shown.state, "idle");
  assert.deepEqual([...romsRecorder.kept()], [1]);
  romsRecorder.move(1, 2);
  romsRecorder.show();
  assert.equal(state.shown.state, "ready");
});

test("it is uploaded, sent, and gone when the server has it", async () => {
  const { romsRecorder, state, log, record } = page();
  await record();
  romsRecorder.stop();
  romsRecorder.send();
  assert.equal(state.shown.state, "sending");
  await settle();
  const [[conversation, token, { onAccepted }]] = log.voice.calls;
  assert.deepEqual([conversation, token], [1, "t1"]);
  onAccepted();
  assert.equal(state.shown.state, "idle");
  assert.equal(romsRecorder.hasAny(), false);
});

test("Send while it runs ends it and sends it", async () => {
  const { romsRecorder, log, record } = page();
  await record();
  romsRecorder.send();
  await settle();
  assert.equal(log.voice.calls.length, 1);
});

test("what was refused is kept, with the reason", async () => {
  const refusal = async () => Promise.reject({ error: "There is no sound.", canRetry: true });
  const { romsRecorder, state, log, record } = page({ answer: refusal });
  await record();
  romsRecorder.stop();
  romsRecorder.send();
  await settle();
  assert.deepEqual(log.fail.calls, [[1, "There is no sound. recording_kept"]]);
  assert.equal(state.shown.state, "ready");
});

test("Escape throws it away", async () => {
  const { document, romsRecorder, state, record } = page();
  await record();
  assert.equal(happen(document, "keydown", { key: "Escape" }).defaultPrevented, true);
  assert.equal(state.shown.state, "idle");
  assert.equal(romsRecorder.hasAny(), false);
});

test("without a microphone it says why", async () => {
  const because = async (name) => {
    const { log, state, record } = page({ microphone: async () => Promise.reject({ name }) });
    await record();
    assert.equal(state.shown.state, "idle");
    return log.say.calls.at(-1);
  };
  assert.deepEqual(await because("NotAllowedError"), ["no_permission", 1]);
  assert.deepEqual(await because("NotFoundError"), ["no_microphone", 1]);
  assert.deepEqual(await because("OddError"), ["no_recording", 1]);
});

test("nothing is recorded after the page has gone", async () => {
  const { state, record, stop } = page();
  stop();
  await record();
  assert.equal(state.tracks, 0);
});
