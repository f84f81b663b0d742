/* What each kind of message shows besides its words: files, places, people, polls, calls, notices. Pure. */
(() => {
  const FILES = new Set(["image", "video", "audio", "voice", "document", "sticker"]);
  /** Kinds that have a small sign in lists and quotes. */
  const SIGNS = new Set([...FILES, "location", "contact_card", "poll", "call", "view_once"]);
  /** Pixels: the longer side of a picture in a bubble, the shorter side at least, and a sticker. */
  const LARGEST = 320;
  const SMALLEST = 72;
  const STICKER = 144;
  /** Would let "photo\u202Egpj.exe" look like a picture. */
  const DIRECTIONS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
  /** A line of its own, or with the decimals that a street number does not have. */
  const PLACE = /^\s*(-?\d{1,2}(?:\.\d+)?)\s*,\s*(-?\d{1,3}(?:\.\d+)?)\s*$/m;
  const PLACE_WITHIN = /(-?\d{1,2}\.\d{2,})\s*,\s*(-?\d{1,3}\.\d{2,})/;
  const PHONE = /^\+?[\d\s().-]{6,}$/;
  const BULLET = /^\s*(?:[-–•◦▪○◯☐*]|\d{1,2}[.)])\s+/u;

  /** What a bubble is built as; "" is text with, for what has no bubble of its own, a label. */
  const layoutOf = (message) => {
    if (message.is_revoked) return "";
    if (FILES.has(message.kind)) return message.attachment ? (message.kind === "voice" ? "audio" : message.kind) : "";
    if (message.kind === "location") return placeOf(message.body) ? "location" : "";
    if (message.kind === "contact_card") return message.body ? "contact" : "";
    if (message.kind === "poll") return message.body ? "poll" : "";
    return "";
  };

  /* ---- files ---- */

  const NO_FILE = {
    state: "", url: "", thumbnail: "", download: "", stem: "", ending: "", note: "", seconds: 0, play_time: "", width: "",
    ratio: "", alt: "", problem: "", icon: "", can_ask: false,
  };

  /** The file of a message as its bubble shows it. `alt`: what it is, from whom and when. */
  const fileOf = (message, format, alt) => {
    const file = message.attachment;
    if (!file || message.is_revoked) return NO_FILE;
    const state = file.status === "failed" && file.is_lost ? "lost" : file.status;
    const { stem, ending } = nameOf(file, message.kind, format.words);
    return {
      state,
      url: file.url,
      thumbnail: file.thumbnail_url || (message.kind === "video" ? "" : file.url),
      download: toDownload(file.url),
      stem,
      ending,
      note: [endingWord(file), file.size_bytes ? format.size(file.size_bytes) : ""].filter(Boolean).join(" · "),
      seconds: file.duration_ms / 1000,
      play_time: file.duration_ms ? format.length(file.duration_ms) : "",
      ...boxOf(message.kind, file),
      alt,
      problem: problemOf(state, file, format),
      icon: iconOf(file),
      can_ask: state === "failed",
    };
  };

  const toDownload = (url) => (url ? `${url}${url.includes("?") ? "&" : "?"}download=1` : "");

  /** The room that a picture will take, before it is there: nothing moves when it comes. */
  const boxOf = (kind, { width, height }) => {
    if (kind === "sticker") return { width: `${STICKER}px`, ratio: "1" };
    if (!width || !height) return { width: "240px", ratio: "4 / 3" };
    const scale = Math.min(LARGEST / width, LARGEST / height, Math.max(1, SMALLEST / Math.min(width, height)));
    const fits = (side) => Math.round(Math.max(SMALLEST, side * scale));
    return { width: `${fits(width)}px`, ratio: `${fits(width)} / ${fits(height)}` };
  };

  const problemOf = (state, file, { words }) => {
    if (state === "lost") return words.lost;
    if (state !== "failed") return "";
    return words.not_downloaded.replace("{why}", words[`why_${file.failure_reason}`] || words.why_unknown);
  };

  /** Split before its ending, which stays in sight however long the name is. */
  const nameOf = (file, kind, words) => {
    const name = file.filename.replace(DIRECTIONS, "").replace(/\s+/gu, " ").trim() || words[kind];
    const dot = name.lastIndexOf(".");
    const cut = dot > 0 && name.length - dot <= 12 ? dot : name.length;
    return { stem: name.slice(0, cut), ending: name.slice(cut) };
  };

  const endingWord = ({ filename, mimetype }) => {
    const ending = /\.([a-z0-9]{1,8})$/i.exec(filename)?.[1] ?? /\/([a-z0-9]{2,4})$/.exec(mimetype)?.[1] ?? "";
    return ending.toUpperCase();
  };

  const ICONS = [
    [/pdf$|msword|wordprocessing|opendocument\.text|^text\/plain/, "text"],
    [/sheet|excel|csv/, "sheet"],
    [/zip|compressed|tar$|rar$/, "archive"],
    [/^image\//, "image"],
    [/^audio\//, "audio"],
    [/^video\//, "video"],
  ];
  const iconOf = ({ mimetype }) => ICONS.find(([pattern]) => pattern.test(mimetype))?.[1] ?? "file";

  /* ---- places, people, polls ---- */

  /** { latitude, longitude, label } of a location's text, or null. */
  const placeOf = (body) => {
    const found = PLACE.exec(body) ?? PLACE_WITHIN.exec(body);
    if (!found) return null;
    const [latitude, longitude] = [Number(found[1]), Number(found[2])];
    if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) return null;
    const label = body.replace(found[0], " ").split("\n").map((line) => line.trim()).filter((line) => line && line !== "()");
    return { latitude, longitude, label: label.join("\n") };
  };

  const NO_PLACE = { label: "", position: "", href: "" };
  const placeView = (message) => {
    const place = placeOf(message.body);
    if (!place) return NO_PLACE;
    const [latitude, longitude] = [place.latitude.toFixed(5), place.longitude.toFixed(5)];
    return {
      label: place.label,
      position: `${latitude}, ${longitude}`,
      href: `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=17/${latitude}/${longitude}`,
    };
  };

  /** The cards of a contact card's text: vCards, or names with the numbers below them. */
  const cardsOf = (body) => {
    const blocks = /BEGIN:VCARD/i.test(body) ? body.split(/END:VCARD/i).map(fromVcard) : fromLines(body);
    return blocks.filter((card) => card.name || card.numbers.length);
  };

  const fromVcard = (block) => {
    const lines = block.replace(/\r?\n[ \t]/g, "").split(/\r?\n/);
    const value = (line) => line.slice(line.indexOf(":") + 1).replace(/\\([,;\\])/g, "$1").trim();
    const numbers = lines.filter((line) => /^(?:item\d+\.)?TEL\b/i.test(line)).map(value);
    return { name: value(lines.find((line) => /^FN\b/i.test(line)) ?? ""), numbers: [...new Set(numbers)] };
  };

  const fromLines = (body) => {
    const cards = [];
    for (const line of body.split("\n").map((each) => each.trim())) {
      const named = /^(.*?)[:\s(]+(\+?\d[\d\s.-]{5,}\d)\)?$/u.exec(line);
      if (PHONE.test(line)) (cards.at(-1) ?? (cards.push({ name: "", numbers: [] }), cards[0])).numbers.push(line);
      else if (named) cards.push({ name: named[1].replace(/[\s:,–-]+$/u, ""), numbers: [named[2]] });
      else if (line) cards.push({ name: line, numbers: [] });
    }
    return cards;
  };

  const NO_POLL = { question: "", choices: [] };
  const pollOf = (body) => {
    const [question = "", ...choices] = body.split("\n").map((line) => line.trim()).filter(Boolean);
    return { question, choices: choices.map((choice) => choice.replace(BULLET, "")) };
  };

  /* ---- calls and notices ---- */

  const callKind = (rawKind) =>
    `${rawKind.includes("missed") ? "missed_" : ""}${rawKind.includes("video") ? "video_call" : "voice_call"}`;

  /** A call's words, a notice's, or what replaces or precedes the text: "Photo", "This message was deleted", … */
  const labelOf = (kind, words, rawKind = "") => {
    if (kind === "text" || kind === "system") return "";
    if (kind === "call" && rawKind) return words[callKind(rawKind)];
    if (kind === "unsupported" && rawKind && rawKind !== "unknown") return `${words.unsupported} (${rawKind})`;
    return words[kind] || words.unsupported;
  };

  const NOTICES = [
    [/security|identity|encrypt|e2e/, "notice_security"],
    [/number/, "notice_number"],
    [/disappear|ephemeral/, "notice_disappearing"],
    [/add|invite|join/, "notice_joined"],
    [/leave|remove/, "notice_left"],
    [/subject|description|picture/, "notice_group"],
    [/block/, "notice_block"],
  ];
  const noticeOf = (message, words) =>
    message.body || words[NOTICES.find(([pattern]) => pattern.test(message.raw_kind))?.[1] ?? "notice"];

  /* ---- what can be done with a message ---- */

  const AT_WHATSAPP = new Set(["sent", "delivered", "read", "played", ""]);
  const NO_ACTS = {
    id: "", number: 0, can_answer: false, can_copy: false, can_cancel: false, can_retry: false, url: "", mine: "",
  };
  const actsOf = (message) => {
    const isMessage = !["system", "notice", "call", "undecrypted"].includes(message.kind) && !message.is_revoked;
    return {
      id: message.id,
      number: Number(message.id.slice(1)),
      can_answer: isMessage && AT_WHATSAPP.has(message.status),
      can_copy: isMessage && message.body !== "",
      can_cancel: message.status === "queued",
      can_retry: message.status === "failed",
      url: isMessage && message.attachment ? toDownload(message.attachment.url) : "",
      mine: message.reactions.find(({ is_ours }) => is_ours)?.emoji ?? "",
    };
  };
  const canAct = (acts) => acts.can_answer || acts.can_copy || acts.can_cancel || acts.can_retry || acts.url !== "";

  globalThis.romsKinds = {
    FILES, SIGNS, NO_ACTS, NO_FILE, NO_PLACE, NO_POLL, actsOf, callKind, canAct, cardsOf, fileOf, labelOf, layoutOf,
    noticeOf, placeView, pollOf,
  };
})();
