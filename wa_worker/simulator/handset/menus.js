// The menus: attachments, and actions on a message.
import { ask, pickFile } from "./ask.js";
import { h } from "./dom.js";

const EMOJI = ["👍", "❤️", "😂", "😮", "🙏"];

async function photoOrVideo() {
  const file = await pickFile("image/*,video/*");
  return file && { ...file, type: file.mimetype.startsWith("video/") ? "video" : "image" };
}

/**
 * @param {string} type
 * @param {string} accept
 */
const fileOfType = (type, accept) => async () => {
  const file = await pickFile(accept);
  return file && { ...file, type };
};

async function place() {
  const told = await ask("Location", [
    { name: "loc", label: "Place", value: "Gedung Sate, Bandung" },
    { name: "lat", label: "Latitude", value: "-6.9025" },
    { name: "lng", label: "Longitude", value: "107.6188" },
  ]);
  return told && { type: "location", loc: told.loc, lat: Number(told.lat), lng: Number(told.lng) };
}

async function card() {
  const told = await ask("Contact card", [
    { name: "name", label: "Name", value: "Budi Santoso" },
    { name: "number", label: "Phone number", value: "+6281200001111" },
  ]);
  if (!told) return null;
  const vcard = `BEGIN:VCARD\nVERSION:3.0\nFN:${told.name}\nTEL;type=CELL:${told.number}\nEND:VCARD`;
  return { type: "vcard", vcards: [{ name: told.name, vcard }] };
}

async function poll() {
  const told = await ask("Poll", [
    { name: "name", label: "Question", value: "Warna apa?" },
    { name: "options", label: "Answers, one on each line", value: "Merah\nBiru", rows: 3 },
  ]);
  return (
    told && {
      type: "poll_creation",
      poll: {
        name: told.name,
        options: told.options
          .split("\n")
          .map((text) => text.trim())
          .filter(Boolean),
      },
    }
  );
}

/** @type {[label: string, make: () => Promise<object | null>][]} */
const KINDS = [
  ["Photo or video", photoOrVideo],
  ["Voice note", fileOfType("ptt", "audio/*")],
  ["Document", fileOfType("document", "")],
  ["Sticker", fileOfType("sticker", "image/webp,image/png")],
  ["Location", place],
  ["Contact card", card],
  ["Poll", poll],
];

// A button that opens a menu; it closes with Escape, a choice, or a click elsewhere.
class Menu {
  /** @param {{ label: string, sign: string, className: string, fill: () => Node[] }} options */
  constructor({ label, sign, className, fill }) {
    this.fill = fill;
    this.button = h(
      "button",
      {
        type: "button",
        class: className,
        "aria-label": label,
        title: label,
        "aria-haspopup": "menu",
        "aria-expanded": "false",
        onclick: () => (this.panel.hidden ? this.open() : this.close()),
      },
      sign,
    );
    this.panel = h("div", { class: "menu", role: "menu", "aria-label": label, hidden: true });
    this.element = h("span", { class: "menu-holder" }, this.button, this.panel);
    this.element.addEventListener("keydown", ({ key }) => {
      if (key !== "Escape" || this.panel.hidden) return;
      this.close();
      this.button.focus();
    });
    this.element.addEventListener(
      "focusout",
      ({ relatedTarget }) => relatedTarget instanceof Node && !this.element.contains(relatedTarget) && this.close(),
    );
  }

  /** @param {Event} event */
  away = ({ target }) => {
    if (target instanceof Node && !this.element.contains(target)) this.close();
  };

  open() {
    this.panel.replaceChildren(...this.fill());
    this.panel.hidden = false;
    this.button.setAttribute("aria-expanded", "true");
    this.panel.scrollIntoView({ block: "nearest" });
    this.panel.querySelector("button")?.focus({ preventScroll: true });
    document.addEventListener("pointerdown", this.away);
  }

  close() {
    this.panel.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", this.away);
  }

  /**
   * @param {string} label
   * @param {() => void} act
   * @param {Attributes} [attributes]
   */
  item(label, act, attributes = {}) {
    return h(
      "button",
      {
        type: "button",
        role: "menuitem",
        ...attributes,
        onclick: () => {
          this.close();
          act();
        },
      },
      label,
    );
  }
}

/**
 * onSend gets a draft of a message. `marks` holds what the next message is to be: seen once, forwarded.
 * @param {(draft: object) => Promise<void>} onSend
 * @param {(error: unknown) => void} onError
 */
export function attachMenu(onSend, onError) {
  const marks = { is_view_once: false, is_forwarded: false };
  /** @param {() => Promise<object | null>} make */
  const choose = (make) => async () => {
    try {
      const draft = await make();
      if (draft) await onSend(draft);
    } catch (error) {
      onError(error);
    }
  };
  /**
   * @param {"is_view_once" | "is_forwarded"} name
   * @param {string} label
   */
  const mark = (name, label) =>
    h(
      "button",
      {
        type: "button",
        role: "menuitemcheckbox",
        "aria-checked": String(marks[name]),
        onclick: ({ currentTarget }) => {
          marks[name] = !marks[name];
          currentTarget.setAttribute("aria-checked", String(marks[name]));
        },
      },
      label,
    );
  const menu = new Menu({
    label: "Attach",
    sign: "+",
    className: "attach",
    fill: () => [
      ...KINDS.map(([label, make]) => menu.item(label, choose(make))),
      h("hr"),
      mark("is_view_once", "View once"),
      mark("is_forwarded", "Forwarded"),
    ],
  });
  // Reset the marks: they apply to one message.
  const takeMarks = () => {
    const taken = Object.fromEntries(Object.entries(marks).filter(([, isOn]) => isOn));
    marks.is_view_once = marks.is_forwarded = false;
    return taken;
  };
  return { element: menu.element, takeMarks };
}

/**
 * acts: {reply, react(text), edit, remove}. Only the author edits and deletes.
 * @param {Message} message
 * @param {boolean} isMine
 * @param {() => string | undefined} mineNow
 * @param {{ reply: () => void, react: (text: string) => void, edit: () => void, remove: () => void }} acts
 */
export function messageMenu(message, isMine, mineNow, acts) {
  const menu = new Menu({
    label: "Message actions",
    sign: "⋯",
    className: "dots",
    fill: () =>
      [
        h(
          "div",
          { class: "emoji" },
          ...EMOJI.map((text) =>
            menu.item(text, () => acts.react(mineNow() === text ? "" : text), {
              "aria-label": mineNow() === text ? `Take back ${text}` : `React ${text}`,
            }),
          ),
        ),
        menu.item("Reply", acts.reply),
        isMine && ["chat", "image", "video", "document"].includes(message.type) && menu.item("Edit", acts.edit),
        isMine && menu.item("Delete for everyone", acts.remove),
      ].filter((item) => item !== false),
  });
  return menu.element;
}
