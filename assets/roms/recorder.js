/* Voice notes: press the microphone, or hold it; listen before it is sent. A take belongs to its conversation and stays
 * there until it was sent or thrown away. The server makes it what WhatsApp plays.
 */
var romsRecorder = (() => {
  const { byId, listen } = globalThis.romsDom;
  const MOST_MS = 15 * 60_000;
  const HOLD_MS = 350;
  const BAR_MS = 70;
  const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];

  /** By conversation. @type {Map<number, Take>} */
  const takes = new Map();
  /** The current recording. @type {Recording | null} */
  let now = null;
  let holdTimer = 0;
  let isHeld = false;

  /** @param {Word} word */
  const text = (word) => globalThis.romsComposer.text(word);
  /**
   * @param {string} error
   * @param {number} [conversationId]
   */
  const say = (error, conversationId) => globalThis.romsComposer.say(error, conversationId);
  const open = () => globalThis.roms.conversationId();

  const show = () => {
    const take = takes.get(open());
    const mine = now?.conversationId === open() ? now : null;
    const state = mine ? mine.state : take?.isSending ? "sending" : take ? "ready" : "idle";
    const ms = mine ? mine.startedAt && Date.now() - mine.startedAt : (take?.ms ?? 0);
    globalThis.roms.publish("recorder", {
      state,
      time: globalThis.roms.format().length(Math.floor((ms || 0) / 1000) * 1000),
      url: take?.url ?? "",
    });
  };

  /**
   * Focus a button after React has added it.
   * @param {string} id
   */
  const focus = (id) => requestAnimationFrame(() => requestAnimationFrame(() => byId(id)?.focus()));

  /* ---- recording ---- */

  /** @type {Record<string, Word | undefined>} */
  const PROBLEMS = {
    NotAllowedError: "no_permission",
    NotFoundError: "no_microphone",
    NotReadableError: "microphone_busy",
    Unavailable: "no_https",
  };

  const start = async () => {
    const conversationId = open();
    if (!conversationId || now || takes.has(conversationId)) return;
    /** @type {Recording} */
    const mine = { conversationId, state: "asking", chunks: [], startedAt: 0, isWanted: true, isSentAtOnce: false };
    now = mine;
    say("");
    show();
    try {
      if (!navigator.mediaDevices?.getUserMedia || !globalThis.MediaRecorder) throw { name: "Unavailable" };
      const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
      mine.stream = stream;
      if (now !== mine) return release(mine);
      begin(mine, stream);
    } catch (error) {
      release(mine);
      if (now !== mine) return;
      now = null;
      show();
      const { name } = /** @type {{ name: string }} */ (error);
      say(text(PROBLEMS[name] ?? "no_recording"), conversationId);
    }
  };

  /**
   * @param {Recording} mine
   * @param {MediaStream} stream
   */
  const begin = (mine, stream) => {
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    const recorder = new MediaRecorder(stream, mimeType ? { mimeType, audioBitsPerSecond: 32_000 } : {});
    recorder.ondataavailable = ({ data }) => data.size && mine.chunks.push(data);
    recorder.onstop = () => ended(mine, recorder.mimeType);
    recorder.start(1000);
    mine.recorder = recorder;
    Object.assign(mine, { state: "recording", startedAt: Date.now() });
    mine.timers = [setInterval(show, 250), setInterval(tell, 5000), setTimeout(stop, MOST_MS), measure(mine, stream)];
    tell();
    show();
    focus("roms-record-stop");
  };

  const tell = () => now && globalThis.romsComposer.tell(now.conversationId, "recording");

  /**
   * The level of the last two seconds, as bars.
   * @param {Recording} mine
   * @param {MediaStream} stream
   */
  const measure = (mine, stream) => {
    mine.context = new AudioContext();
    const analyser = mine.context.createAnalyser();
    analyser.fftSize = 1024;
    mine.context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    /** @type {number[]} */
    const levels = [];
    return setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      const loudness = Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length);
      const bars = byId("roms-level")?.querySelectorAll(":scope > *") ?? [];
      levels.unshift(Math.min(1, loudness * 4));
      levels.length = Math.min(levels.length, bars.length);
      for (const [index, level] of levels.entries()) {
        bars[bars.length - 1 - index].style.setProperty("--level", level.toFixed(2));
      }
    }, BAR_MS);
  };

  /** @param {Recording} mine */
  const release = (mine) => {
    mine.timers?.forEach(clearInterval);
    for (const track of mine.stream?.getTracks() ?? []) track.stop();
    mine.context?.close();
  };

  /**
   * @param {Recording} mine
   * @param {string} type
   */
  const ended = (mine, type) => {
    release(mine);
    if (now === mine) now = null;
    globalThis.romsComposer.tell(mine.conversationId, "paused");
    const blob = new Blob(mine.chunks, { type });
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

  /** Stop and keep the recording for listening. */
  const stop = () => {
    if (now?.state === "recording" && now.recorder?.state === "recording") now.recorder.stop();
    else if (now?.state === "asking") cancel();
  };

  const cancel = () => {
    if (now) {
      /** @type {Recording} */
      const mine = now;
      mine.isWanted = false;
      if (mine.state === "recording") return mine.recorder?.state === "recording" && mine.recorder.stop();
      now = null;
      release(mine);
    } else if (!takes.get(open())?.isSending) {
      discard(open());
    }
    show();
    focus("roms-record");
  };

  /** @param {number} conversationId */
  const discard = (conversationId) => {
    const take = takes.get(conversationId);
    if (!take) return;
    URL.revokeObjectURL(take.url);
    takes.delete(conversationId);
  };

  /**
   * Move the recording of a merged conversation. If the other one has a recording already, discard this one.
   * @param {number} from
   * @param {number} to
   */
  const move = (from, to) => {
    if (now?.conversationId === from) now.conversationId = to;
    const take = takes.get(from);
    if (take && !takes.has(to)) takes.set(to, Object.assign(take, { conversationId: to }));
    else discard(from);
    takes.delete(from);
  };

  /* ---- sending ---- */

  /** @param {number} [conversationId] */
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
      const { error, canRetry } = /** @type {Refusal} */ (refusal);
      settled(take, false);
      globalThis.romsComposer.fail(take.conversationId, `${error} ${canRetry ? again() : ""}`.trim());
    }
  };

  const again = () => text("recording_kept");

  /**
   * @param {Take} take
   * @param {boolean} isSent
   */
  const settled = (take, isSent) => {
    const { conversationId } = take;
    take.isSending = false;
    if (isSent) discard(conversationId);
    show();
    if (open() === conversationId) focus(isSent ? "roms-composer" : "roms-record-send");
  };

  /* ---- press and hold ---- */

  /** @param {On<PointerEvent>} event */
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
  /**
   * Start by a click or by keyboard. The click that ends a hold is ignored.
   * @param {On<MouseEvent>} event
   */
  const onClick = (event) => {
    if (event.target.closest?.("#roms-record") && !isHeld) start();
  };

  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    if (event.key !== "Escape" || globalThis.romsControls.isUsed(event)) return;
    if (now?.state !== "recording" && now?.state !== "asking") return;
    cancel();
    event.preventDefault();
  };

  const mount = () =>
    listen([
      [document, "pointerdown", onDown],
      [document, "pointerup", onUp],
      [document, "pointercancel", onUp],
      [document, "click", onClick],
      [document, "keydown", onKey],
    ]);

  return {
    mount,
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
