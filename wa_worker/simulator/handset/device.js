// The business's phone: its linked device, and the switches for faults.
import { h, setText } from "./dom.js";

export class LinkedDevice {
  /** @param {{ root: HTMLElement, command: Command }} options */
  constructor({ root, command }) {
    this.command = command;
    /** @type {Status | null} */
    this.status = null;
    this.state = h("p", { class: "device-state" });
    this.hint = h("p", { class: "hint" });
    this.scan = h(
      "button",
      { type: "button", class: "button primary", onclick: () => this.#do("scan") },
      "Scan QR code",
    );
    this.passkey = h(
      "button",
      { type: "button", class: "button primary", hidden: true, onclick: () => this.#do("confirm_passkey") },
      "Confirm passkey",
    );
    this.logout = h(
      "button",
      { type: "button", class: "button danger", onclick: () => this.#do("phone_logout") },
      "Log out device",
    );
    this.code = h("input", {
      "aria-label": "Pairing code",
      placeholder: "XXXX-XXXX",
      autocomplete: "off",
      maxlength: "12",
      spellcheck: "false",
    });
    this.codeForm = h(
      "form",
      { class: "code", onsubmit: (/** @type {Event} */ event) => this.#enterCode(event) },
      this.code,
      h("button", { type: "submit", class: "button" }, "Link with code"),
    );
    this.error = h("p", { class: "error", role: "alert", hidden: true });
    this.network = toggle("Network", () => this.#do("network", { online: !this.status?.online }));
    this.refuse = toggle("Refuse next message", () =>
      this.#do("fail_next_send", { count: this.status?.fail_next_send ? 0 : 1 }),
    );
    root.append(
      this.state,
      this.hint,
      h("div", { class: "device-buttons" }, this.scan, this.passkey, this.logout),
      this.codeForm,
      this.error,
      h("div", { class: "switches" }, this.network.element, this.refuse.element),
    );
  }

  /** @param {Status} status */
  draw(status) {
    this.status = status;
    const isLinked = !!status.registered;
    const [state, hint] = describe(status);
    setText(this.state, state);
    setText(this.hint, hint);
    this.scan.hidden = this.codeForm.hidden = isLinked || status.awaits_passkey;
    this.passkey.hidden = !status.awaits_passkey;
    this.logout.hidden = !isLinked;
    this.scan.disabled = !status.qr.ref || !status.online;
    this.network.set(status.online);
    this.refuse.set(status.fail_next_send > 0);
  }

  /** @param {Event} event */
  async #enterCode(event) {
    event.preventDefault();
    if (this.code.value.trim() && (await this.#do("enter_code", { code: this.code.value }))) this.code.value = "";
  }

  /**
   * @param {string} cmd
   * @param {object} [args]
   */
  async #do(cmd, args) {
    this.error.hidden = true;
    try {
      await this.command(cmd, args);
      return true;
    } catch (error) {
      setText(this.error, String(/** @type {Error} */ (error).message));
      this.error.hidden = false;
      return false;
    }
  }
}

/**
 * @param {string} label
 * @param {() => void} onclick
 */
export function toggle(label, onclick) {
  const element = h(
    "button",
    { type: "button", role: "switch", class: "switch", onclick },
    h("span", {}, label),
    h("span", { class: "switch-track", "aria-hidden": "true" }),
  );
  return { element, set: /** @param {boolean} isOn */ (isOn) => element.setAttribute("aria-checked", String(isOn)) };
}

/**
 * The state and the next step, as texts.
 * @param {Status} status
 * @returns {[state: string, hint: string]}
 */
export function describe(status) {
  if (!status.online) return ["Network is off", "ROMS is cut off from this phone until you switch it on."];
  if (status.registered) {
    return status.pages > 0
      ? ["ROMS is linked", "Messages reach ROMS live."]
      : ["ROMS is linked, but away", "What comes now waits until ROMS is back."];
  }
  if (status.awaits_passkey) return ["WhatsApp asks for your passkey", "Confirm it here; ROMS is linked then."];
  if (status.qr.ref) return ["A QR code is on the screen", "Scan it to link ROMS with this phone."];
  if (status.qr.idle) return ["The QR code is paused", "Ask for a new one in ROMS: Settings → WhatsApp."];
  if (status.pages > 0) return ["ROMS is starting", "Its QR code appears in a moment."];
  return [
    "No device is linked",
    "Open ROMS → Settings → WhatsApp and add this demo phone; its QR code can then be scanned here.",
  ];
}
