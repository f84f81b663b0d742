/* Whether the page is live, and how far behind: measured from the server's word, on the server's clock. Also tells
 * the server that somebody is here. `show` gets what the badge says; `words` answers the agent's `Format`; `onClock` is
 * called when the server's clock is known better than before.
 */
var romsLive = (() => {
  const SILENCE_MS = 3000; // three heartbeats
  const PATIENCE_MS = 3000; // for the first connection
  /** A page that was busy itself may have missed some beats. */
  const DEAF_MS = 8000;
  const RECENT_MS = 60_000;
  const CLOCKS = 8;
  const STEP_MS = 1000; // by which a clock is set anew, and does not just run badly
  /** For durations: nobody sets it. */
  const ticks = () => performance.now();
  const drift = () => Date.now() - ticks();

  class Live {
    /**
     * @param {(view: LiveView) => void} show
     * @param {() => Format} words
     * @param {() => void} [onClock]
     */
    constructor(show, words, onClock = () => {}) {
      this.show = show;
      this.words = words;
      this.onClock = onClock;
      this.beganAt = ticks();
      this.heardAt = 0;
      this.lostAt = 0;
      this.hasRedis = true;
      this.hasSocket = true;
      /** States of numbers. @type {string[]} */
      this.down = [];
      this.expectsBeats = true; // false: nobody is signed in, and the server says nothing by itself
      this.quiet = 0;
      this.lag = { ms: 0, at: 0 }; // of the newest change that a customer made
      this.beatMs = 0;
      this.backlogMs = 0;
      /** The last few: the quickest tells the server's clock best. @type {{ roundTrip: number, offset: number }[]} */
      this.clocks = [];
      /** From the browser's clock, which may be wrong, to the server's; null: it is not known. @type {number | null} */
      this.offset = null;
      this.drift = drift();
    }

    /**
     * The page begins to connect. Its own loading before, which may take seconds, is no silence of the server's.
     * @param {boolean} expectsBeats
     */
    begin(expectsBeats) {
      this.beganAt = ticks();
      this.expectsBeats = expectsBeats;
      this.refresh();
    }

    /** The server's clock (epoch ms). All that is shown of times is counted from it. */
    now() {
      return Date.now() + (this.offset ?? 0);
    }

    /**
     * Something came from the server, which wrote it at `at` (0: unknown). Silence is noticed when it is one.
     * @param {number} [at]
     */
    heard(at = 0) {
      this.heardAt = ticks();
      // It took no time at least. What an answer measures is better.
      if (at && !this.clocks.length) this.setOffset(Math.max(at - Date.now(), this.offset ?? -Infinity));
      clearTimeout(this.quiet);
      this.quiet = setTimeout(() => this.refresh(), SILENCE_MS + 1);
    }

    /**
     * A patch: `lag` ms from the worker's first sight of its oldest change to `at`; -1 when agents made them.
     * @param {number} lag
     * @param {number} at
     */
    changed(lag, at) {
      this.heard(at);
      if (lag >= 0) this.lag = { ms: lag + this.since(at), at: ticks() };
    }

    /** @param {Beat} beat */
    beat({ redis, lag, at }) {
      this.heard(at);
      this.hasRedis = redis;
      this.backlogMs = lag;
      this.beatMs = this.since(at);
      this.refresh();
    }

    /** @param {boolean} isConnected */
    setConnected(isConnected) {
      this.hasSocket = isConnected;
      this.refresh();
    }

    /**
     * The browser says that it has no network. It may be wrong (a server on the same machine): a beat says so.
     * @param {boolean} isOnline
     */
    setOnline(isOnline) {
      this.lostAt = isOnline ? 0 : ticks();
      this.refresh();
    }

    /**
     * The states of the agent's numbers that don't work: a page that is live shows no customer's words then.
     * @param {string[]} states
     */
    setNumbersDown(states) {
      this.down = states;
      this.refresh();
    }

    /**
     * How long ago something was on the server.
     * @param {number} at
     */
    since(at) {
      return Math.max(0, this.now() - at);
    }

    isCutOff() {
      const isSilent = this.expectsBeats && ticks() - this.heardAt > SILENCE_MS;
      return !this.hasSocket || !this.hasRedis || this.lostAt > this.heardAt || isSilent;
    }

    /** True while a click would reach the server late or never. Losing Redis does not count: the server still acts at once. */
    isOffline() {
      const isDeaf = this.expectsBeats && this.heardAt > 0 && ticks() - this.heardAt > DEAF_MS;
      return !this.hasSocket || this.lostAt > this.heardAt || isDeaf;
    }

    refresh() {
      const { words } = this.words();
      const isYoung = !this.heardAt && !this.lostAt && ticks() - this.beganAt < PATIENCE_MS;
      if (isYoung && this.hasSocket) {
        this.show({ state: "connecting", text: words.connecting });
      } else if (this.isCutOff()) {
        this.show({ state: "reconnecting", text: words.reconnecting });
      } else {
        this.showLag(Math.max(ticks() - this.lag.at < RECENT_MS ? this.lag.ms : this.beatMs, this.backlogMs));
      }
    }

    /** @param {number} ms */
    showLag(ms) {
      const format = this.words();
      if (this.down.length) return this.show({ state: "number", text: this.downText(format) });
      if (ms >= 1000) this.show({ state: "behind", text: format.fill("behind", { s: Math.round(ms / 1000) }) });
      else this.show({ state: "live", text: `${format.words.live} · ${Math.max(1, Math.round(ms))} ms` });
    }

    /** @param {Format} format */
    downText(format) {
      if (this.down.every((state) => state === "sending_paused")) return format.words.sending_paused;
      return this.down.length === 1 ? format.words.number_down : format.fill("numbers_down", { n: this.down.length });
    }

    /** The agent is here; the answer tells the server's clock. A session that has ended leads to the login. */
    async tellPresence() {
      const began = Date.now();
      try {
        const answer = await fetch("/api/presence", { method: "POST", credentials: "same-origin" });
        // An open socket is told by the server itself, which knows why.
        if (answer.status === 401) return this.hasSocket || signOut(this.heardAt ? "ended" : "");
        const { now } = await answer.json();
        this.learnClock(began, now, Date.now());
      } catch {
        /* The socket's state says that the server is away. */
      }
      this.refresh();
    }

    /**
     * @param {number} began
     * @param {number} now
     * @param {number} ended
     */
    learnClock(began, now, ended) {
      this.clocks.push({ roundTrip: ended - began, offset: now - (began + ended) / 2 });
      if (this.clocks.length > CLOCKS) this.clocks.shift();
      this.setOffset(this.clocks.reduce((best, each) => (each.roundTrip <= best.roundTrip ? each : best)).offset);
    }

    /** @param {number} offset */
    setOffset(offset) {
      const isNews = this.offset === null || Math.abs(offset - this.offset) >= STEP_MS;
      this.offset = offset;
      if (isNews) this.onClock();
    }

    /** The browser's clock was set, or the machine has slept: what was learnt of the server's is measured anew. */
    checkClock() {
      const step = drift() - this.drift;
      if (Math.abs(step) < STEP_MS) return;
      this.drift += step;
      this.clocks = [];
      if (this.offset !== null) this.setOffset(this.offset - step);
      this.tellPresence();
    }
  }

  let isLeaving = false;

  /** A new client token: nothing of the last agent's state remains in the tab. Drafts wait for their agent. */
  const clearTab = () => {
    for (const name of Object.keys(sessionStorage))
      if (!name.startsWith("roms-draft-")) sessionStorage.removeItem(name);
  };

  /** @param {Record<string, string>} kept */
  const toLogin = (kept) => {
    clearTab();
    for (const [name, value] of Object.entries(kept)) if (value) sessionStorage.setItem(name, value);
    location.replace("/login");
  };

  /**
   * The session is gone: the login says why (states/login.py), and leads back to this page.
   * @param {string} [why]
   */
  const signOut = (why = "ended") => {
    if (isLeaving) return;
    isLeaving = true;
    // Logging out in any tab of this browser removes everything, drafts too.
    if (why === "logged_out") sessionStorage.clear();
    else globalThis.romsComposer?.keepDraft();
    // A first visit without a page in its address needs no reason.
    const page = why || !/^\/(inbox\/?)?$/.test(location.pathname) ? location.pathname : "";
    toLogin({ "roms-left-why": why, "roms-left-page": page });
  };

  /** The agent leaves. The cookie is HttpOnly, so only the server can take it back. */
  const logOut = () => {
    isLeaving = true;
    fetch("/auth/logout", { method: "POST" }).finally(() => {
      sessionStorage.clear();
      toLogin({});
    });
  };

  /** Another agent has signed in in this browser: nothing that this page holds is theirs. */
  const startOver = () => {
    isLeaving = true;
    clearTab();
    location.reload();
  };

  return { Live, clearTab, logOut, signOut, startOver };
})();
