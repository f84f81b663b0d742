// Content of a message besides its text: pictures, sounds, files, places, cards, polls, calls.
import { h } from "./dom.js";

const SHOWN_AS = new Set([
  "image/png",
  "image/jpeg",
  "image/webp",
  "image/gif",
  "video/mp4",
  "video/webm",
  "video/3gpp",
  "audio/ogg",
  "audio/mpeg",
  "audio/mp4",
  "audio/aac",
  "audio/wav",
  "audio/webm",
]);
/** @type {Record<string, string>} */
const KINDS = {
  image: "Photo",
  video: "Video",
  ptt: "Voice message",
  audio: "Audio",
  document: "Document",
  sticker: "Sticker",
  location: "Location",
  vcard: "Contact card",
  multi_vcard: "Contact cards",
  poll_creation: "Poll",
  call_log: "Call",
  ciphertext: "Waiting for this message",
  revoked: "This message was deleted",
};

/** @param {Message} message */
export const kindOf = (message) => KINDS[message.type] || "Message";

/**
 * One line for a list or a quote.
 * @param {Message} message
 */
export function summaryOf(message) {
  if (message.type === "chat") return message.body ?? "";
  if (message.type === "revoked") return KINDS.revoked;
  const { content = {} } = message;
  const detail = message.caption || message.filename || content.loc || content.vcardFormattedName || content.pollName;
  return detail && detail !== kindOf(message) ? (message.caption ?? `${kindOf(message)}: ${detail}`) : kindOf(message);
}

/**
 * The text of the bubble, beneath its content.
 * @param {Message} message
 */
export function wordsOf(message) {
  if (message.type === "chat") return message.body ?? "";
  if (message.filehash) return message.caption || "";
  return message.content ? "" : summaryOf(message);
}

/** @param {Message} message */
const typeOf = (message) => (message.mimetype || "").split(";")[0].trim();
/**
 * @param {Message} message
 * @param {string} [type]
 */
const fileUrl = (message, type = "") =>
  `/sim/media/${encodeURIComponent(message.filehash ?? "")}${type ? `?as=${type}` : ""}`;

/** @param {number} bytes */
function sizeOf(bytes) {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** @param {Message} message */
function fileOf(message) {
  const type = typeOf(message);
  const src = fileUrl(message, type);
  const isShown = SHOWN_AS.has(type);
  if (isShown && ["image", "sticker"].includes(message.type))
    return h("img", { class: message.type, src, alt: message.caption || kindOf(message) });
  if (isShown && message.type === "video")
    return h("video", { src, controls: true, preload: "metadata", "aria-label": kindOf(message) });
  if (isShown && ["audio", "ptt"].includes(message.type))
    return h("audio", { src, controls: true, preload: "metadata", "aria-label": kindOf(message) });
  const name = message.filename || kindOf(message);
  return h(
    "a",
    { class: "file", href: fileUrl(message), download: name },
    h("span", { class: "file-sign", "aria-hidden": "true" }, "▤"),
    h("span", { class: "file-name" }, name),
    h("span", { class: "hint" }, sizeOf(message.size ?? 0)),
  );
}

/**
 * @param {string} title
 * @param {...(string | undefined)} details
 */
const line = (title, ...details) =>
  h(
    "div",
    { class: "extra" },
    h("strong", {}, title),
    ...details.filter(Boolean).map((text) => h("span", { class: "hint" }, text)),
  );

/** @param {Content} content */
function placeOf({ lat, lng, loc }) {
  return line(loc || "Location", `${lat}, ${lng}`);
}

/** @param {Content} content */
function pollOf({ pollName, pollOptions = [] }) {
  return h(
    "div",
    { class: "extra" },
    h("strong", {}, pollName),
    h("ul", {}, ...pollOptions.map(({ name }) => h("li", {}, name))),
  );
}

/** @param {Content} content */
function callOf({ callOutcome, isVideoCall }) {
  return line(`${callOutcome === "missed" ? "Missed" : "Finished"} ${isVideoCall ? "video" : "voice"} call`);
}

/**
 * The element for content other than text, or null.
 * @param {Message} message
 */
export function contentOf(message) {
  if (message.filehash) return fileOf(message);
  const { content } = message;
  if (!content) return null;
  if (content.lat !== undefined) return placeOf(content);
  if (content.pollName) return pollOf(content);
  if (content.callOutcome) return callOf(content);
  if (content.vcardList)
    return line("Contact cards", content.vcardList.map(({ displayName }) => displayName).join(", "));
  return content.vcardFormattedName ? line(content.vcardFormattedName, "Contact card") : null;
}

/**
 * Emoji on a message, equal ones counted.
 * @param {Message} message
 */
export function reactionsOf(message) {
  const counts = new Map();
  for (const { text } of message.reactions || []) if (text) counts.set(text, (counts.get(text) || 0) + 1);
  return [...counts].map(([text, count]) => (count > 1 ? `${text} ${count}` : text)).join(" ");
}
