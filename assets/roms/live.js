/* Measures whether the page is live and how far it is behind, on the server's clock. Also tells
 * the server that somebody is here. `show` gets what the badge says; `words` answers the agent's `Format`; `onClock` is
 * called when the server's clock is known better than before.
 */
var romsLive = (() => {
  const SILENCE_MS = 3000; // three heartbeats
  const PATIENCE_MS = 3000; // time for the first connection
  /** A page that was busy itself may have missed some beats. */
  const DEAF_MS = 8000;
  const RECENT_MS = 60_000;
  const CLOCKS = 8;
  const STEP_MS = 1000; // a larger jump means that the clock was set
  /** A monotonic clock for durations. */
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
      this.expectsBeats = true; // false: nobody is signed in, and the server sends nothing by itself
      this.quiet = 0;
      this.lag = { ms: 0, at: 0 }; // the lag of the newest change by a customer
      this.beatMs = 0;
      this.backlogMs = 0;
      /** The last measurements: the quickest one gives the best estimate of the server's clock. @type {{ roundTrip: number, offset: number }[]} */
      this.clocks = [];
      /** The difference from the browser's clock to the server's; null: unknown. @type {number | null} */
      this.offset = null;
      this.drift = drift();
    }

    /**
     * Start to wait for the server. The seconds that the page itself took to load do not count as its silence.
     * @param {boolean} expectsBeats
     */
    begin(expectsBeats) {
      this.beganAt = ticks();
      this.expectsBeats = expectsBeats;
      this.refresh();
    }

    /** The server's clock (epoch ms). All shown times are relative to it. */
    now() {
      return Date.now() + (this.offset ?? 0);
    }

    /**
     * Note that data arrived, which the server wrote at `at` (0: unknown).
     * @param {number} [at]
     */
    heard(at = 0) {
      this.heardAt = ticks();
      // It assumes no delay. The measurement of an answer is better.
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
     * The browser reports its network state. It may be wrong (a server on the same machine): a beat corrects it.
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
     * The age of a time of the server, in ms.
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

    /** Report the agent's presence. The answer has the server's clock. An ended session leads to the login. */
    async tellPresence() {
      const began = Date.now();
      try {
        const answer = await fetch("/api/presence", { method: "POST", credentials: "same-origin" });
        // The server tells an open socket by itself, with the reason.
        if (answer.status === 401) return this.hasSocket || signOut(this.heardAt ? "ended" : "");
        const { now } = await answer.json();
        this.learnClock(began, now, Date.now());
      } catch {
        /* The socket's state already shows that the server is away. */
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

    /** Measure the server's clock again, because the browser's clock was set or the machine has slept. */
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

  /** Clear the tab's storage, and with it the client token: no state of the agent remains. Drafts stay. */
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
   * Go to the login after the session has ended. It shows the reason (states/login.py) and leads back to this page.
   * @param {string} [why]
   */
  const signOut = (why = "ended") => {
    if (isLeaving) return;
    isLeaving = true;
    // A log-out in any tab of this browser removes all stored data, including drafts.
    if (why === "logged_out") sessionStorage.clear();
    else globalThis.romsComposer?.keepDraft();
    // A first visit without a page in its address needs no reason.
    const page = why || !/^\/(inbox\/?)?$/.test(location.pathname) ? location.pathname : "";
    toLogin({ "roms-left-why": why, "roms-left-page": page });
  };

  /** Log out. The cookie is HttpOnly, so only the server can remove it. */
  const logOut = () => {
    isLeaving = true;
    fetch("/auth/logout", { method: "POST" }).finally(() => {
      sessionStorage.clear();
      toLogin({});
    });
  };

  /** Start over, because another agent has signed in in this browser. */
  const startOver = () => {
    isLeaving = true;
    clearTab();
    location.reload();
  };

  return { Live, clearTab, logOut, signOut, startOver };
})();
