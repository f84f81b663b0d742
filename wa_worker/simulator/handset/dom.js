// Creates elements. Text is always set as text: nothing on this page parses HTML.

/** @type {Build} */
export const h = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
};

/**
 * An element of index.html. Throws if it is missing.
 * @param {string} id
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no ${id}.`);
  return element;
}

/**
 * Sets a text only if it differs, so that screen readers announce only changes.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * @param {string} name
 * @param {string} id
 */
export function avatar(name, id) {
  const letters = [
    ...name
      .replace(/[^\p{L}\p{N} ]/gu, "")
      .trim()
      .split(/\s+/),
  ]
    .slice(0, 2)
    .map((word) => [...word][0] || "");
  let hue = 0;
  for (const ch of id) hue = (hue * 31 + ch.charCodeAt(0)) % 360;
  const element = h("span", { class: "avatar", "aria-hidden": "true" }, letters.join("").toUpperCase() || "?");
  element.style.setProperty("--hue", String(hue));
  return element;
}

/**
 * 6281234567890@c.us → +62 812-3456-7890
 * @param {string} jid
 */
export function formatNumber(jid) {
  const digits = jid.split("@")[0];
  const indonesian = digits.match(/^62(\d{3})(\d{4})(\d+)$/);
  return indonesian ? `+62 ${indonesian[1]}-${indonesian[2]}-${indonesian[3]}` : `+${digits}`;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

/** @param {number} seconds */
export const timeOf = (seconds) => clock.format(seconds * 1000);

/** @param {number} seconds */
export function dayOf(seconds) {
  const date = new Date(seconds * 1000);
  const daysAgo = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(date).setHours(0, 0, 0, 0)) / 86_400_000);
  return daysAgo === 0 ? "Today" : daysAgo === 1 ? "Yesterday" : day.format(date);
}
