/* <roms-player>: a voice note or a song in its bubble. Its own small controls, because the browser's don't fit and have
 * no speed. Attributes: src, seconds (as far as known), and the words
 * label-play, label-pause, label-seek, label-speed.
 */
(() => {
  const SPEEDS = [1, 1.5, 2];
  const { Format } = globalThis.romsFormat;
  const lengths = new Format();
  /** One at a time. @type {HTMLAudioElement | null} */
  let playing = null;

  class Player extends HTMLElement {
    static observedAttributes = ["src", "seconds", "label-play"];

    audio = this.make("audio", "", { preload: "none" });
    button = this.make("button", "roms-player-play", { type: "button" });
    range = this.make("input", "roms-player-seek", { type: "range", min: 0, max: 1000, value: 0, step: 1 });
    time = this.make("span", "roms-player-time");
    speed = this.make("button", "roms-player-speed", { type: "button", textContent: "1×" });

    connectedCallback() {
      if (this.audio.parentElement) return;
      this.append(this.audio, this.button, this.range, this.time, this.speed);
      this.button.addEventListener("click", () => this.toggle());
      this.speed.addEventListener("click", () => this.faster());
      this.range.addEventListener("input", () => this.seek());
      for (const type of ["play", "pause", "ended", "timeupdate", "durationchange", "error"]) {
        this.audio.addEventListener(type, () => this.show());
      }
      this.attributeChangedCallback("src");
      this.show();
    }

    disconnectedCallback() {
      this.audio.pause();
    }

    /** @param {string} name */
    attributeChangedCallback(name) {
      const source = this.getAttribute("src");
      if (name === "src" && source !== null && this.audio.getAttribute("src") !== source) this.audio.src = source;
      this.show();
    }

    /**
     * @template {keyof HTMLElementTagNameMap} Tag
     * @param {Tag} tag
     * @param {string} className
     * @param {object} [properties]
     * @returns {HTMLElementTagNameMap[Tag]}
     */
    make(tag, className, properties = {}) {
      return Object.assign(document.createElement(tag), { className }, properties);
    }

    get length() {
      return Number.isFinite(this.audio.duration) && this.audio.duration > 0
        ? this.audio.duration
        : Number(this.getAttribute("seconds")) || 0;
    }

    toggle() {
      if (!this.audio.paused) return this.audio.pause();
      if (playing && playing !== this.audio) playing.pause();
      playing = this.audio;
      this.audio.play().catch(() => this.show());
    }

    faster() {
      const speed = SPEEDS[(SPEEDS.indexOf(this.audio.playbackRate) + 1) % SPEEDS.length];
      this.audio.playbackRate = speed;
      this.audio.defaultPlaybackRate = speed;
      this.show();
    }

    seek() {
      if (this.length) this.audio.currentTime = (Number(this.range.value) / 1000) * this.length;
      this.show();
    }

    show() {
      const isPlaying = !this.audio.paused && !this.audio.ended;
      const at = this.audio.currentTime;
      this.toggleAttribute("data-playing", isPlaying);
      this.toggleAttribute("data-broken", Boolean(this.audio.error));
      this.button.setAttribute("aria-label", this.getAttribute(isPlaying ? "label-pause" : "label-play") ?? "");
      this.range.setAttribute("aria-label", this.getAttribute("label-seek") ?? "");
      const share = this.length ? Math.min(1, at / this.length) : 0;
      this.range.value = String(Math.round(share * 1000));
      this.range.style.setProperty("--played", `${share * 100}%`);
      this.range.setAttribute("aria-valuetext", `${lengths.length(at * 1000)} / ${lengths.length(this.length * 1000)}`);
      this.time.textContent = lengths.length((at > 0 ? at : this.length) * 1000);
      this.speed.textContent = `${this.audio.playbackRate}×`;
      this.speed.setAttribute("aria-label", `${this.getAttribute("label-speed") ?? ""} ${this.audio.playbackRate}×`);
    }
  }

  customElements.define("roms-player", Player);
})();
