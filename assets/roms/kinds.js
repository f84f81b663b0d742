/* Content of each kind of message besides its text: files, places, people, polls, calls, notices. Pure. */
var romsKinds = (() => {
  const { wordOf } = globalThis.romsFormat;
  const FILES = new Set(["image", "video", "audio", "voice", "document", "sticker"]);
  /** Kinds that have a small sign in lists and quotes. */
  const SIGNS = new Set([...FILES, "location", "contact_card", "poll", "call", "view_once"]);
  /** Pixels: the longer side of a picture in a bubble, the shorter side at least, and a sticker. */
  const LARGEST = 320;
  const SMALLEST = 72;
  const STICKER = 144;
  /** Would let "photo\u202Egpj.exe" look like a picture. */
  const DIRECTIONS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
  /** As wa_worker/page/kinds.py writes them: a place's last line, the numbers of a contact card, the choices of a poll. */
  const PLACE = /(?:^|\n)(-?\d{1,2}(?:\.\d+)?), (-?\d{1,3}(?:\.\d+)?)$/;
  const PHONE = /^\+?[\d\s().-]{6,}$/;
  const BULLET = "• ";

  /**
   * The content types that are shown as each kind. A sender may call anything a photo.
   * @type {Record<string, RegExp | undefined>}
   */
  const CONTENT = {
    image: /^image\//,
    sticker: /^image\//,
    video: /^video\//,
    audio: /^(audio|video)\/|ogg/,
    voice: /^(audio|video)\/|ogg/,
  };
  /**
   * @param {string} kind
   * @param {AttachmentView} attachment
   */
  const isShowable = (kind, attachment) =>
    attachment.status !== "stored" || !attachment.mimetype || (CONTENT[kind]?.test(attachment.mimetype) ?? true);

  /**
   * The layout of a bubble. "" is text, with a label for kinds without a layout of their own.
   * `isBroken`: the browser could not show the file, so it is offered as a download.
   * @param {MessageRow} message
   * @param {boolean} [isBroken]
   */
  const layoutOf = (message, isBroken = false) => {
    if (message.is_revoked) return "";
    if (message.attachment && FILES.has(message.kind) && (isBroken || !isShowable(message.kind, message.attachment)))
      return "document";
    if (FILES.has(message.kind)) return message.attachment ? (message.kind === "voice" ? "audio" : message.kind) : "";
    if (message.kind === "location") return placeOf(message.body) ? "location" : "";
    if (message.kind === "contact_card") return message.body ? "contact" : "";
    if (message.kind === "poll") return message.body ? "poll" : "";
    return "";
  };

  /* ---- files ---- */

  const NO_FILE = {
    state: "",
    url: "",
    thumbnail: "",
    download: "",
    stem: "",
    ending: "",
    note: "",
    seconds: 0,
    play_time: "",
    width: "",
    ratio: "",
    alt: "",
    problem: "",
    icon: "",
    can_ask: false,
  };

  /**
   * The file of a message as its bubble shows it. `alt`: what it is, from whom and when; `isBroken` as in `layoutOf`.
   * @param {MessageRow} message
   * @param {Format} format
   * @param {string} alt
   * @param {boolean} [isBroken]
   * @returns {FileView}
   */
  const fileOf = (message, format, alt, isBroken = false) => {
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
      problem: isBroken || !isShowable(message.kind, file) ? format.words.not_shown : problemOf(state, file, format),
      icon: iconOf(file),
      can_ask: state === "failed",
    };
  };

  /** @param {string} url */
  const toDownload = (url) => (url ? `${url}${url.includes("?") ? "&" : "?"}download=1` : "");

  /**
   * The size of a picture before it is loaded, so that nothing moves when it arrives.
   * @param {string} kind
   * @param {AttachmentView} size
   */
  const boxOf = (kind, { width, height }) => {
    if (kind === "sticker") return { width: `${STICKER}px`, ratio: "1" };
    if (!width || !height) return { width: "240px", ratio: "4 / 3" };
    const scale = Math.min(LARGEST / width, LARGEST / height, Math.max(1, SMALLEST / Math.min(width, height)));
    /** @param {number} side */
    const fits = (side) => Math.round(Math.max(SMALLEST, side * scale));
    return { width: `${fits(width)}px`, ratio: `${fits(width)} / ${fits(height)}` };
  };

  /**
   * @param {string} state
   * @param {AttachmentView} file
   * @param {Format} format
   */
  const problemOf = (state, file, { words }) => {
    if (state === "lost" && file.failure_reason !== "too_big") return words.lost;
    if (state !== "failed" && state !== "lost") return "";
    return words.not_downloaded.replace("{why}", wordOf(words, `why_${file.failure_reason}`) || words.why_unknown);
  };

  /**
   * Split a file name before its ending, which stays visible in a long name.
   * @param {AttachmentView} file
   * @param {string} kind
   * @param {Texts} words
   */
  const nameOf = (file, kind, words) => {
    const name = file.filename.replace(DIRECTIONS, "").replace(/\s+/gu, " ").trim() || (wordOf(words, kind) ?? "");
    const dot = name.lastIndexOf(".");
    const cut = dot > 0 && name.length - dot <= 12 ? dot : name.length;
    return { stem: name.slice(0, cut), ending: name.slice(cut) };
  };

  /** @param {AttachmentView} file */
  const endingWord = ({ filename, mimetype }) => {
    const ending = /\.([a-z0-9]{1,8})$/i.exec(filename)?.[1] ?? /\/([a-z0-9]{2,4})$/.exec(mimetype)?.[1] ?? "";
    return ending.toUpperCase();
  };

  /** @type {[RegExp, string][]} */
  const ICONS = [
    [/pdf$|msword|wordprocessing|opendocument\.text|^text\/plain/, "text"],
    [/sheet|excel|csv/, "sheet"],
    [/zip|compressed|tar$|rar$/, "archive"],
    [/^image\//, "image"],
    [/^audio\//, "audio"],
    [/^video\//, "video"],
  ];
  /** @param {AttachmentView} file */
  const iconOf = ({ mimetype }) => ICONS.find(([pattern]) => pattern.test(mimetype))?.[1] ?? "file";

  /* ---- places, people, polls ---- */

  /**
   * { latitude, longitude, label } of a location's text, or null.
   * @param {string} body
   */
  const placeOf = (body) => {
    const found = PLACE.exec(body);
    if (!found) return null;
    const [latitude, longitude] = [Number(found[1]), Number(found[2])];
    if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) return null;
    return { latitude, longitude, label: body.slice(0, found.index) };
  };

  const NO_PLACE = { label: "", position: "", href: "" };
  /**
   * @param {MessageRow} message
   * @returns {PlaceView}
   */
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

  /**
   * People, each with the numbers that follow the name.
   * @param {string} body
   * @returns {CardView[]}
   */
  const cardsOf = (body) => {
    /** @type {CardView[]} */
    const cards = [];
    for (const line of body.split("\n").filter(Boolean)) {
      const last = cards.at(-1);
      if (!PHONE.test(line)) cards.push({ name: line, numbers: [] });
      else if (last) last.numbers.push(grouped(line));
      else cards.push({ name: "", numbers: [grouped(line)] });
    }
    return cards;
  };

  /**
   * "+62 812-3000-7001"; other countries' numbers group theirs differently.
   * @param {string} number
   */
  const grouped = (number) => number.replace(/^\+62(8\d{2})(\d{3,4})(\d{3,5})$/, "+62 $1-$2-$3");

  const NO_POLL = { question: "", choices: [] };
  /**
   * @param {string} body
   * @returns {PollView}
   */
  const pollOf = (body) => {
    const [question = "", ...choices] = body.split(`\n${BULLET}`);
    return { question, choices };
  };

  /* ---- calls and notices ---- */

  /**
   * "missed_video_call": from "call_log:missed_video".
   * @param {string} rawKind
   */
  const callKind = (rawKind) => {
    const how = ["missed", "rejected"].find((outcome) => rawKind.includes(`:${outcome}`));
    return `${how ? `${how}_` : ""}${rawKind.endsWith("_video") ? "video" : "voice"}_call`;
  };

  /**
   * A call's words, a notice's, or what replaces or precedes the text: "Photo", "This message was deleted", …
   * @param {string} kind
   * @param {Texts} words
   * @param {string} [rawKind]
   */
  const labelOf = (kind, words, rawKind = "") => {
    if (kind === "text" || kind === "system") return "";
    if (kind === "call" && rawKind) return wordOf(words, callKind(rawKind)) ?? "";
    if (kind === "unsupported" && rawKind && rawKind !== "unknown") return `${words.unsupported} (${rawKind})`;
    return wordOf(words, kind) || words.unsupported;
  };

  /** By the subtype that follows the colon. @type {Record<string, string | undefined>} */
  const NOTICES = {
    identity: "security",
    change_number: "number",
    disappearing_mode: "disappearing",
    ephemeral_setting: "disappearing",
    disappearing_mode_on: "disappearing_on",
    ephemeral_setting_on: "disappearing_on",
    disappearing_mode_off: "disappearing_off",
    ephemeral_setting_off: "disappearing_off",
    block_contact: "blocked",
    contact_blocked: "blocked",
    unblock_contact: "unblocked",
    contact_unblocked: "unblocked",
    add: "joined",
    invite: "joined",
    linked_group_join: "joined",
    leave: "left",
    remove: "left",
    create: "created",
    description: "group",
    picture: "group",
    subject: "group",
  };
  /**
   * @param {MessageRow} message
   * @param {Texts} words
   */
  const noticeOf = (message, words) => {
    const about = NOTICES[message.raw_kind.split(":")[1]];
    return message.body || (about && wordOf(words, `notice_${about}`)) || words.notice;
  };

  /* ---- what can be done with a message ---- */

  const AT_WHATSAPP = new Set(["sent", "delivered", "read", "played", ""]);
  const NO_ACTS = {
    id: "",
    number: 0,
    can_answer: false,
    can_copy: false,
    can_cancel: false,
    can_retry: false,
    url: "",
    mine: "",
  };
  /** @param {MessageRow} message */
  const actsOf = (message) => {
    const isMessage = !["system", "notice", "call", "undecrypted"].includes(message.kind) && !message.is_revoked;
    return {
      id: message.id,
      number: Number(message.id.slice(1)),
      can_answer: isMessage && AT_WHATSAPP.has(message.status),
      can_copy: isMessage && message.body !== "",
      can_cancel: message.can_cancel,
      can_retry: message.status === "failed",
      url: isMessage && message.attachment ? toDownload(message.attachment.url) : "",
      mine: message.reactions.find(({ is_ours }) => is_ours)?.emoji ?? "",
    };
  };
  /** @param {Omit<MenuView, "has_more">} acts */
  const canAct = (acts) => acts.can_answer || acts.can_copy || acts.can_cancel || acts.can_retry || acts.url !== "";

  return {
    FILES,
    SIGNS,
    NO_ACTS,
    NO_FILE,
    NO_PLACE,
    NO_POLL,
    actsOf,
    callKind,
    canAct,
    cardsOf,
    fileOf,
    labelOf,
    layoutOf,
    noticeOf,
    placeView,
    pollOf,
  };
})();
