/* Formats times, names and texts in the agent's language and zone. Pure; the caller passes in the clock. */
var romsFormat = (() => {
  const MINUTE = 60_000;
  const HOUR = 60 * MINUTE;
  const DAY = 24 * HOUR;
  /** A longer text is shown shortened, with a button for the rest. */
  const LONG_TEXT = 3000;

  const WORDS = {
    en: {
      now: "now",
      hidden: "Number hidden",
      group: "Group",
      empty: "(no visible text)",
      you: "You",
      phone: "From the phone",
      revoked: "This message was deleted",
      undecrypted: "WhatsApp could not read this message yet; it will appear by itself",
      unsupported: "Open this message on the phone; ROMS can't show its kind yet",
      image: "Photo",
      video: "Video",
      audio: "Audio",
      voice: "Voice message",
      document: "Document",
      sticker: "Sticker",
      location: "Location",
      contact_card: "Contact card",
      connecting: "Connecting",
      live: "Live",
      behind: "{s} s behind",
      number_down: "Number offline",
      numbers_down: "{n} numbers offline",
      sending_paused: "Sending paused",
      arrived: "{name} is yours now",
      open: "Open",
      offline: "There is no connection: nothing was changed. Try again when the page is live.",
      reconnecting: "Reconnecting",
      unread: "{n} unread",
      waiting: "waiting {t}",
      edited: "edited",
      unassigned: "Unassigned",
      poll: "Poll",
      call: "Call",
      view_once: "View-once message: it can be opened on the phone only",
      notice: "WhatsApp changed something in this chat",
      voice_call: "Voice call",
      video_call: "Video call",
      missed_voice_call: "Missed voice call",
      missed_video_call: "Missed video call",
      notice_security: "The security code of this chat changed",
      notice_number: "The customer changed their number",
      rejected_voice_call: "Declined voice call",
      rejected_video_call: "Declined video call",
      notice_disappearing: "Disappearing messages were changed",
      notice_disappearing_on: "Disappearing messages were switched on",
      notice_disappearing_off: "Disappearing messages were switched off",
      notice_blocked: "The contact was blocked",
      notice_unblocked: "The contact was unblocked",
      notice_joined: "Somebody joined the group",
      notice_left: "Somebody left the group",
      notice_created: "The group was created",
      notice_group: "The group's name, picture or description changed",
      from: "{what} from {who}, {time}",
      customer: "the customer",
      lost: "The file is no longer on the phone, so it can't be downloaded any more.",
      not_shown: "This file can't be shown here. Download it to open it.",
      not_downloaded: "Could not be downloaded: {why}.",
      why_unknown: "WhatsApp did not give it",
      why_expired: "WhatsApp no longer keeps it",
      why_gone: "WhatsApp no longer keeps it",
      why_too_big: "it is larger than ROMS may keep",
      why_timeout: "it took too long",
      why_store_full: "the disk of ROMS is full",
      why_disk_full: "the disk of ROMS is full",
      why_corrupt: "it came damaged",
      why_store_failed: "the file store of ROMS does not answer",
      why_too_many: "too many files came at once",
      why_interrupted: "WhatsApp was interrupted",
      why_page_failed: "WhatsApp Web could not fetch it",
      why_failed: "ROMS could not take it in",
      wait_pacing: "waits {t}: pacing",
      wait_retry: "trying again in {t}",
      wait_breaker: "sending paused",
      reacted: "{emoji} {n}",
      reacted_ours: "{emoji} {n}, also from us",
      copied: "Copied",
      not_copied: "The browser did not let ROMS copy it. Mark the text and copy it by hand.",
      merged: "Merged with {name} on {time}",
      merged_nameless: "Merged with another contact on {time}",
      place: "{n} of {of}",
      elsewhere: "In another chat: {words}",
      too_long: "A message may have {may} characters; this one has {has}. Shorten it or send it in parts.",
      file_refused: "A file was not taken. Try it again or remove it, then send.",
      no_answer:
        "The server has not answered yet; your text is still here. It may have been sent: look before you send it again.",
      uploading: "Uploading {n}%",
      upload_waits: "Waiting",
      too_many_files: "{n} files can be sent at once; the others were left out.",
      too_big: "Files may have {mb} MB. Make it smaller, or send a link.",
      connection_lost: "The connection was lost.",
      file_not_taken: "The server did not take this file.",
      folder: "A folder can't be sent; open it and drop its files.",
      no_permission: "The browser gives ROMS no microphone. Allow it beside the address, then record again.",
      no_microphone: "No microphone was found. Connect one, then record again.",
      microphone_busy: "Another program uses the microphone. Close it, then record again.",
      no_https: "This browser records only on an https page. Ask the admin of your team for one.",
      no_recording: "The recording could not begin. Try again.",
      recording_kept: "Your recording is still here: press Send again.",
      priority_low: "Low priority",
      priority_high: "High priority",
      priority_urgent: "Urgent",
      escalated: "An admin is asked to look",
      answer_within: "answer within {t}",
      answer_soon: "to be answered within two minutes",
    },
  };
  /** Indonesia's own names of its zones; Intl has only offsets for them. @type {Record<string, string>} */
  const ZONES = { "Asia/Jakarta": "WIB", "Asia/Pontianak": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT" };
  /**
   * words.js has the other languages, from the catalogues of the server.
   * @type {Record<string, Partial<typeof WORDS.en>>}
   */
  const OTHER_WORDS = globalThis.romsWords ?? {};
  /** @type {Record<string, string>} */
  const LOCALES = { en: "en-GB", id: "id-ID" };
  /** Characters that take no room: joiners, marks of direction, the byte order mark, fillers. */
  const INVISIBLE =
    // biome-ignore lint/suspicious/noMisleadingCharacterClass: each stands for itself
    /[\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0]/gu;
  const LINK = /\bhttps?:\/\/[^\s<>"'`]+[^\s<>"'`.,;:!?)\]}]/giu;
  const GRAPHEMES = new Intl.Segmenter("en", { granularity: "grapheme" });

  class Format {
    /**
     * @param {string} [language]
     * @param {string} [timeZone]
     */
    constructor(language = "en", timeZone = "Asia/Jakarta") {
      this.language = language || "en";
      this.timeZone = timeZone;
      this.words = { ...WORDS.en, ...OTHER_WORDS[this.language] };
      this.locale = LOCALES[this.language] ?? this.language;
      /** @param {Intl.DateTimeFormatOptions} options */
      const make = (options) => new Intl.DateTimeFormat(this.locale, { timeZone, ...options });
      this.clock = make({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
      this.weekday = make({ weekday: "long" });
      this.shortDate = make({ day: "numeric", month: "short" });
      this.longDate = make({ day: "numeric", month: "long", year: "numeric" });
      this.fullDate = make({
        day: "numeric",
        month: "short",
        year: "numeric",
        hour: "2-digit",
        minute: "2-digit",
        hourCycle: "h23",
      });
      this.zone = ZONES[timeZone] ?? "";
      this.dayKey = new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
      this.relative = new Intl.RelativeTimeFormat(this.locale, { numeric: "auto" });
      this.days = new Map(); // epoch minutes → "2025-01-31": the same minute is asked for again and again
    }

    /**
     * "14:02"; in Indonesian "14.02".
     * @param {number} at
     */
    time(at) {
      return this.clock.format(at);
    }

    /**
     * "31 Jan 2025, 14:02 WIB"
     * @param {number} at
     */
    exact(at) {
      const zone = this.zone || zoneName(this.timeZone, at);
      return `${this.fullDate.format(at)} ${zone}`;
    }

    /** @param {number} at */
    day(at) {
      const minute = Math.floor(at / MINUTE);
      let key = this.days.get(minute);
      if (!key) {
        key = this.dayKey.format(at);
        if (this.days.size > 5000) this.days.clear();
        this.days.set(minute, key);
      }
      return key;
    }

    /**
     * The number of calendar days between two times, in the agent's zone.
     * @param {number} at
     * @param {number} now
     */
    daysAgo(at, now) {
      return Math.round((Date.parse(this.day(now)) - Date.parse(this.day(at))) / DAY);
    }

    /**
     * The heading of a day in the thread.
     * @param {number} at
     * @param {number} now
     */
    dayLabel(at, now) {
      const days = this.daysAgo(at, now);
      if (days >= 0 && days < 2) return capital(this.relative.format(-days, "day"));
      return days > 1 && days < 7 ? this.weekday.format(at) : this.longDate.format(at);
    }

    /**
     * In the list: "now", "5m", "14:02", "yesterday", "Monday", "31 Jan".
     * @param {number} at
     * @param {number} now
     */
    ago(at, now) {
      const passed = now - at;
      if (passed < MINUTE) return this.words.now;
      if (passed < HOUR) return this.span(passed);
      const days = this.daysAgo(at, now);
      if (days <= 0) return this.time(at);
      if (days === 1) return capital(this.relative.format(-1, "day"));
      return days < 7 ? this.weekday.format(at) : this.shortDate.format(at);
    }

    /**
     * "5m", "3h", "2d", in the language's own shortest words; `long`: "5 minutes".
     * @param {number} ms
     * @param {"narrow" | "long"} [unitDisplay]
     */
    span(ms, unitDisplay = "narrow") {
      /** @type {[number, "minute" | "hour" | "day"]} */
      const [amount, unit] =
        ms < HOUR
          ? [Math.floor(ms / MINUTE), "minute"]
          : ms < DAY
            ? [Math.floor(ms / HOUR), "hour"]
            : [Math.floor(ms / DAY), "day"];
      return new Intl.NumberFormat(this.locale, { style: "unit", unit, unitDisplay }).format(amount);
    }

    /**
     * A file's size: "480 kB", "1.2 MB". Based on 1024, like the limit of files (`ROMS_MEDIA_MAX_MB`).
     * @param {number} bytes
     */
    size(bytes) {
      const power = Math.min(3, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
      const unit = ["byte", "kilobyte", "megabyte", "gigabyte"][power];
      const maximumFractionDigits = power > 1 ? 1 : 0;
      // Intl's short form has no plural and no unit sign for bytes.
      const unitDisplay = power ? "short" : "long";
      return new Intl.NumberFormat(this.locale, { style: "unit", unit, unitDisplay, maximumFractionDigits }).format(
        bytes / 1024 ** power,
      );
    }

    /**
     * A playing time: "0:07", "12:34", "1:02:03".
     * @param {number} ms
     */
    length(ms) {
      const seconds = Math.max(0, Math.round(ms / 1000));
      /** @param {number} number */
      const two = (number) => String(number).padStart(2, "0");
      const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
      return `${hours ? `${hours}:${two(minutes)}` : minutes}:${two(seconds % 60)}`;
    }

    /**
     * A remaining wait: "3 s", "2 min".
     * @param {number} ms
     */
    left(ms) {
      /** @type {[number, "second" | "minute"]} */
      const [amount, unit] = ms < 100_000 ? [Math.ceil(ms / 1000), "second"] : [Math.ceil(ms / MINUTE), "minute"];
      return new Intl.NumberFormat(this.locale, { style: "unit", unit, unitDisplay: "short" })
        .format(amount)
        .replace(/secs?/, "s")
        .replace("mins", "min");
    }

    /**
     * Two letters for the avatar; a name of emoji gives the first one whole.
     * @param {string} name
     */
    initials(name) {
      const words = name.split(/\s+/u).filter((word) => /[\p{L}\p{N}]/u.test(word));
      if (!words.length || /^\+?\d/.test(name)) return firstGrapheme(name.replace(/^\+[\d\s-]*$/u, "")) || "#";
      const letters = [words[0], words.length > 1 ? words[words.length - 1] : ""].map((word) =>
        firstGrapheme(word.replace(/^[^\p{L}\p{N}]+/u, "")),
      );
      return letters.join("").toLocaleUpperCase(this.locale);
    }

    /**
     * The text in the agent's language, from the server's texts by language (`Words`).
     * @param {Record<string, string>} words
     */
    said(words) {
      return words[this.language] ?? words.en ?? "";
    }

    /**
     * @param {keyof typeof WORDS.en} word
     * @param {Record<string, string | number>} values
     */
    fill(word, values) {
      return this.words[word].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
    }
  }

  /**
   * @param {string} timeZone
   * @param {number} at
   */
  const zoneName = (timeZone, at) =>
    new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "short" })
      .formatToParts(at)
      .find(({ type }) => type === "timeZoneName")?.value ?? "";
  /**
   * The text of a name that was built at run time; undefined: there is none.
   * @param {object} words
   * @param {string} name
   */
  const wordOf = (words, name) => /** @type {Record<string, string | undefined>} */ (words)[name];
  /** @param {string} text */
  const capital = (text) => text.charAt(0).toLocaleUpperCase() + text.slice(1);
  /** @param {string} text */
  const firstGrapheme = (text) => {
    for (const { segment } of GRAPHEMES.segment(text)) return segment;
    return "";
  };

  /**
   * Whether the text has any visible character.
   * @param {string} text
   */
  const isVisible = (text) => text.replace(INVISIBLE, "") !== "";

  /**
   * [{ text, href }]: href is "" except for http and https addresses.
   * @param {string} text
   */
  const partsOf = (text) => {
    const parts = [];
    let end = 0;
    for (const match of text.matchAll(LINK)) {
      if (match.index > end) parts.push({ text: text.slice(end, match.index), href: "" });
      parts.push({ text: match[0], href: match[0] });
      end = match.index + match[0].length;
    }
    if (end < text.length) parts.push({ text: text.slice(end), href: "" });
    return parts;
  };

  return { Format, LONG_TEXT, isVisible, partsOf, wordOf };
})();
