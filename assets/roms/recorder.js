/* Voice notes: press the microphone, or hold it; listen before it is sent. A take belongs to its conversation and stays
 * there until it was sent or thrown away. The server makes it what WhatsApp plays.
 */
(() => {
  const MOST_MS = 15 * 60_000;
  const HOLD_MS = 350;
  const BAR_MS = 70;
  const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];

  const takes = new Map(); // conversation → { conversationId, blob, url, ms, isSending }
  let now = null; // what is being recorded: { conversationId, state, stream, recorder, chunks, startedAt, … }
  let holdTimer = 0;
  let isHeld = false;

  const text = (...what) => globalThis.romsComposer.text(...what);
  const say = (...what) => globalThis.romsComposer.say(...what);
  const byId = (id) => document.getElementById(id);
  const open = () => globalThis.roms.conversationId();

  const show = () => {
    const take = takes.get(open());
    const isNow = now !== null && now.conversationId === open();
    const state = isNow ? now.state : take?.isSending ? "sending" : take ? "ready" : "idle";
    const ms = isNow ? now.startedAt && Date.now() - now.startedAt : (take?.ms ?? 0);
    globalThis.roms.publish("recorder", {
      state,
      time: globalThis.roms.format().length(Math.floor((ms || 0) / 1000) * 1000),
      url: take?.url ?? "",
    });
  };

  /** After React has put the buttons there. */
  const focus = (id) => requestAnimationFrame(() => requestAnimationFrame(() => byId(id)?.focus()));

  /* ---- recording ---- */

  const PROBLEMS = {
    NotAllowedError: "no_permission",
    NotFoundError: "no_microphone",
    NotReadableError: "microphone_busy",
    Unavailable: "no_https",
  };

  const start = async () => {
    const conversationId = open();
    if (!conversationId || now || takes.has(conversationId)) return;
    const mine = { conversationId, state: "asking", chunks: [], startedAt: 0, isWanted: true, isSentAtOnce: false };
    now = mine;
    say("");
    show();
    try {
      if (!navigator.mediaDevices?.getUserMedia || !globalThis.MediaRecorder) throw { name: "Unavailable" };
      mine.stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
      if (now !== mine) return release(mine);
      begin(mine);
    } catch (error) {
      release(mine);
      if (now !== mine) return;
      now = null;
      show();
      say(text(PROBLEMS[error.name] ?? "no_recording"), conversationId);
    }
  };

  const begin = (mine) => {
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    mine.recorder = new MediaRecorder(mine.stream, mimeType ? { mimeType, audioBitsPerSecond: 32_000 } : {});
    mine.recorder.ondataavailable = ({ data }) => data.size && mine.chunks.push(data);
    mine.recorder.onstop = () => ended(mine);
    mine.recorder.start(1000);
    Object.assign(mine, { state: "recording", startedAt: Date.now() });
    mine.timers = [setInterval(show, 250), setInterval(tell, 5000), setTimeout(stop, MOST_MS), listen(mine)];
    tell();
    show();
    focus("roms-record-stop");
  };

  const tell = () => now && globalThis.romsComposer.tell(now.conversationId, "recording");

  /** The level of the last two seconds, as bars. */
  const listen = (mine) => {
    mine.context = new AudioContext();
    const analyser = mine.context.createAnalyser();
    analyser.fftSize = 1024;
    mine.context.createMediaStreamSource(mine.stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const levels = [];
    return setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      const loudness = Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length);
      const bars = byId("roms-level")?.children ?? [];
      levels.unshift(Math.min(1, loudness * 4));
      levels.length = Math.min(levels.length, bars.length);
      for (const [index, level] of levels.entries()) {
        bars[bars.length - 1 - index].style.setProperty("--level", level.toFixed(2));
      }
    }, BAR_MS);
  };

  const release = (mine) => {
    mine.timers?.forEach(clearInterval);
    for (const track of mine.stream?.getTracks() ?? []) track.stop();
    mine.context?.close();
  };

  const ended = (mine) => {
    release(mine);
    if (now === mine) now = null;
    globalThis.romsComposer.tell(mine.conversationId, "paused");
    const blob = new Blob(mine.chunks, { type: mine.recorder.mimeType });
    if (mine.isWanted && blob.size) {
      const { conversationId, startedAt } = mine;
      takes.set(conversationId, {
        conversationId,
        blob,
        url: URL.createObjectURL(blob),
        ms: Date.now() - startedAt,
        isSending: false,
      });
    }
    show();
    if (!takes.has(mine.conversationId)) focus("roms-record");
    else if (mine.isSentAtOnce) send(mine.conversationId);
    else focus("roms-record-send");
  };

  /** What was recorded so far is kept, to be listened to. */
  const stop = () => {
    if (now?.state === "recording" && now.recorder.state === "recording") now.recorder.stop();
    else if (now?.state === "asking") cancel();
  };

  const cancel = () => {
    if (now) {
      const mine = now;
      mine.isWanted = false;
      if (mine.state === "recording") return mine.recorder.state === "recording" && mine.recorder.stop();
      now = null;
      release(mine);
    } else if (!takes.get(open())?.isSending) {
      discard(open());
    }
    show();
    focus("roms-record");
  };

  const discard = (conversationId) => {
    const take = takes.get(conversationId);
    if (!take) return;
    URL.revokeObjectURL(take.url);
    takes.delete(conversationId);
  };

  /** One conversation went into another. There is one recording at a time: a second one stays behind. */
  const move = (from, to) => {
    if (now?.conversationId === from) now.conversationId = to;
    const take = takes.get(from);
    if (take && !takes.has(to)) takes.set(to, Object.assign(take, { conversationId: to }));
    else discard(from);
    takes.delete(from);
  };

  /* ---- sending ---- */

  const send = async (conversationId = open()) => {
    if (now?.conversationId === conversationId) {
      now.isSentAtOnce = true;
      return stop();
    }
    const take = takes.get(conversationId);
    if (!take || take.isSending) return;
    take.isSending = true;
    show();
    try {
      take.token ??= (
        await globalThis.romsUpload.post(conversationId, take.blob, "voice", () => {}, true).answer
      ).token;
      globalThis.romsComposer.sendVoice(take.conversationId, take.token, {
        onAccepted: () => settled(take, true),
        onRefused: () => settled(take, false),
      });
    } catch (refusal) {
      settled(take, false);
      globalThis.romsComposer.fail(take.conversationId, `${refusal.error} ${refusal.canRetry ? again() : ""}`.trim());
    }
  };

  const again = () => text("recording_kept");

  const settled = (take, isSent) => {
    const { conversationId } = take;
    take.isSending = false;
    if (isSent) discard(conversationId);
    show();
    if (open() === conversationId) focus(isSent ? "roms-composer" : "roms-record-send");
  };

  /* ---- press and hold ---- */

  const onDown = (event) => {
    if (!event.target.closest?.("#roms-record") || event.button) return;
    isHeld = false;
    holdTimer = setTimeout(() => {
      isHeld = true;
      start();
    }, HOLD_MS);
  };
  const onUp = () => {
    clearTimeout(holdTimer);
    if (!isHeld) return;
    stop();
    setTimeout(() => (isHeld = false));
  };
  /** Also by keyboard. A click that ends a hold is none. */
  const onClick = (event) => {
    if (event.target.closest?.("#roms-record") && !isHeld) start();
  };

  const onKey = (event) => {
    if (event.key !== "Escape" || globalThis.romsControls.isUsed(event)) return;
    if (now?.state !== "recording" && now?.state !== "asking") return;
    cancel();
    event.preventDefault();
  };

  const handlers = [
    ["pointerdown", onDown],
    ["pointerup", onUp],
    ["pointercancel", onUp],
    ["click", onClick],
    ["keydown", onKey],
  ];
  const mount = () => {
    for (const [name, handler] of handlers) document.addEventListener(name, handler);
  };
  const unmount = () => {
    for (const [name, handler] of handlers) document.removeEventListener(name, handler);
  };

  globalThis.romsRecorder = {
    mount,
    unmount,
    show,
    stop,
    cancel,
    send,
    move,
    left: stop,
    hasAny: () => now !== null || takes.size > 0,
    kept: () => [...takes.keys()],
  };
})();
