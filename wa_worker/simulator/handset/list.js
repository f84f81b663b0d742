// A listbox of threads: newest first, arrow keys move, the focus stays on its row when rows move.
import { avatar, h, setText, timeOf } from "./dom.js";
import { previewOf } from "./sides.js";

export class ThreadList {
  /** By the customer's id. @type {Map<string, ReturnType<ThreadList["makeRow"]>>} */
  #rows = new Map();
  #isDrawing = false;

  /**
   * @param {{ root: HTMLElement, label: string, side: Side, state: import("./state.js").PhoneState, emptyText: string, only: (thread: Thread) => boolean, onSelect: (id: string) => void }} options
   */
  constructor({ root, label, side, state, emptyText, only, onSelect }) {
    this.side = side;
    this.state = state;
    this.only = only;
    this.onSelect = onSelect;
    /** @type {string | null} */
    this.selectedId = null;
    this.box = h("div", { role: "listbox", "aria-label": label, class: "rows" });
    this.empty = h("p", { class: "empty" }, emptyText);
    this.box.addEventListener("keydown", (event) => this.#onKey(event));
    root.append(this.box, this.empty);
  }

  /** @param {string} id */
  select(id) {
    this.selectedId = id;
    this.draw();
  }

  // Draw once a frame, also for many events.
  draw() {
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    requestAnimationFrame(() => {
      this.#isDrawing = false;
      this.#drawNow();
    });
  }

  #drawNow() {
    const threads = [...this.state.threads.values()].filter(this.only);
    threads.sort((a, b) => (b.last?.seq ?? 0) - (a.last?.seq ?? 0));
    const focused = document.activeElement;
    const wanted = threads.map((thread) => this.#fill(thread));
    if (wanted.some((row, index) => this.box.children[index] !== row) || wanted.length !== this.box.children.length) {
      this.box.replaceChildren(...wanted);
      wanted.find((row) => row === focused)?.focus({ preventScroll: true });
    }
    const tabStop = this.#rows.get(this.selectedId ?? "")?.row ?? wanted[0];
    for (const row of wanted) row.tabIndex = row === tabStop ? 0 : -1;
    this.empty.hidden = wanted.length > 0;
    this.box.hidden = wanted.length === 0;
  }

  /** @param {Thread} thread */
  #fill(thread) {
    const { id } = thread.contact;
    const made = this.#rows.get(id) ?? this.makeRow(id);
    this.#rows.set(id, made);
    const { row, name, preview, time, badge, face } = made;
    const label = this.side.nameOf(thread.contact);
    const unread = this.side.unread(thread);
    if (row.getAttribute("aria-label") !== label) {
      row.setAttribute("aria-label", label);
      face.replaceChildren(avatar(label, id));
    }
    row.setAttribute("aria-selected", String(id === this.selectedId));
    const text = previewOf(thread.last).slice(0, 140);
    setText(name, label);
    setText(preview, text);
    setText(time, thread.last ? timeOf(thread.last.t) : "");
    setText(badge, unread > 0 ? String(unread) : "");
    badge.hidden = unread <= 0;
    row.setAttribute("aria-description", unread > 0 ? `${unread} unread. ${text}` : text);
    return row;
  }

  /** @param {string} id */
  makeRow(id) {
    const parts = {
      face: h("span", { class: "row-face" }),
      name: h("span", { class: "row-name", dir: "auto" }),
      preview: h("span", { class: "row-preview", dir: "auto" }),
      time: h("span", { class: "row-time" }),
      badge: h("span", { class: "badge" }),
    };
    const text = h(
      "span",
      { class: "row-text" },
      h("span", { class: "row-line" }, parts.name, parts.time),
      h("span", { class: "row-line" }, parts.preview, parts.badge),
    );
    const row = h("div", { role: "option", class: "row", onclick: () => this.onSelect(id) }, parts.face, text);
    return { row, ...parts };
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const rows = [...this.box.querySelectorAll(":scope > *")];
    const at = rows.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    /** @type {Record<string, number | undefined>} */
    const places = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 };
    const next = places[event.key];
    if (next !== undefined) {
      event.preventDefault();
      rows[Math.max(0, Math.min(next, rows.length - 1))]?.focus();
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      rows[at]?.click();
    }
  }
}
