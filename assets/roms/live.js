/* Whether the page is live, and how far behind: measured from the server's word, on the server's clock. Also tells
 * the server that somebody is here. `show` gets what the badge says; `words` answers the agent's `Format`.
 */
(() => {
  const SILENCE_MS = 12_000; // two heartbeats and a bit
  const PATIENCE_MS = 3000; // for the first connection
  const RECENT_MS = 60_000;
  const CLOCKS = 8;

  class Live {
    constructor(show, words) {
      Object.assign(this, { show, words, beganAt: Date.now(), heardAt: 0, hasRedis: true, hasSocket: true, down: [] });
      this.lag = { ms: 0, at: 0 }; // of the newest change that a customer made
      this.beatMs = 0;
      this.backlogMs = 0;
      this.clocks = []; // the last few { roundTrip, offset }: the quickest answer tells the server's clock best
      this.offset = 0;
    }

    /** Something came from the server. */
    heard() {
      this.heardAt = Date.now();
    }

    /** A patch: `lag` ms from the worker's first sight of its oldest change to `at`; -1 when agents made them. */
    changed(lag, at) {
      this.heard();
      if (lag >= 0) this.lag = { ms: lag + this.since(at), at: Date.now() };
    }

    beat({ redis, lag, at }) {
      this.heard();
      Object.assign(this, { hasRedis: redis, backlogMs: lag, beatMs: this.since(at) });
      this.refresh();
    }

    setConnected(isConnected) {
      this.hasSocket = isConnected;
      this.refresh();
    }

    /** The states of the agent's numbers that don't work: a page that is live shows no customer's words then. */
    setNumbersDown(states) {
      this.down = states;
      this.refresh();
    }

    /** How long ago something was on the server. */
    since(at) {
      return Math.max(0, Date.now() + this.offset - at);
    }

    refresh() {
      const now = Date.now();
      const { words } = this.words();
      if (!this.heardAt && now - this.beganAt < PATIENCE_MS) {
        this.show({ state: "connecting", text: words.connecting });
      } else if (!this.hasSocket || !this.hasRedis || now - this.heardAt > SILENCE_MS) {
        this.show({ state: "reconnecting", text: words.reconnecting });
      } else {
        this.showLag(Math.max(now - this.lag.at < RECENT_MS ? this.lag.ms : this.beatMs, this.backlogMs));
      }
    }

    showLag(ms) {
      const format = this.words();
      if (this.down.length) return this.show({ state: "number", text: this.downText(format) });
      if (ms >= 1000) this.show({ state: "behind", text: format.fill("behind", { s: Math.round(ms / 1000) }) });
      else this.show({ state: "live", text: `${format.words.live} · ${Math.max(1, Math.round(ms))} ms` });
    }

    downText(format) {
      if (this.down.every((state) => state === "sending_paused")) return format.words.sending_paused;
      return this.down.length === 1 ? format.words.number_down : format.fill("numbers_down", { n: this.down.length });
    }

    /** The agent is here; the answer tells the server's clock. A session that has ended leads to the login. */
    async tellPresence() {
      const began = Date.now();
      try {
        const answer = await fetch("/api/presence", { method: "POST", credentials: "same-origin" });
        if (answer.status === 401) return signOut();
        const { now } = await answer.json();
        this.learnClock(began, now, Date.now());
      } catch {
        /* The socket's state says that the server is away. */
      }
      this.refresh();
    }

    learnClock(began, now, ended) {
      this.clocks.push({ roundTrip: ended - began, offset: now - (began + ended) / 2 });
      if (this.clocks.length > CLOCKS) this.clocks.shift();
      this.offset = this.clocks.reduce((best, each) => (each.roundTrip <= best.roundTrip ? each : best)).offset;
    }
  }

  let isLeaving = false;

  /** A new client token: nothing of the last agent's state or drafts remains in the tab. */
  const toLogin = (kept) => {
    sessionStorage.clear();
    for (const [name, value] of Object.entries(kept)) if (value) sessionStorage.setItem(name, value);
    location.replace("/login");
  };

  /** The session is gone: the login says why (states/login.py), and leads back to this page. */
  const signOut = (why = "ended") => {
    if (isLeaving) return;
    isLeaving = true;
    // Who just came, and asked for no page in particular, is told nothing.
    const page = why || !/^\/(inbox\/?)?$/.test(location.pathname) ? location.pathname : "";
    toLogin({ "roms-left-why": why, "roms-left-page": page });
  };

  /** The agent leaves. The cookie is HttpOnly, so only the server can take it back. */
  const logOut = () => {
    isLeaving = true;
    fetch("/auth/logout", { method: "POST" }).finally(() => toLogin({}));
  };

  globalThis.romsLive = { Live, logOut, signOut };
})();
