/* Turns rows and messages into the items that components show: flat objects with ready texts. Pure. */
var romsView = (() => {
  const { LONG_TEXT, isVisible, partsOf } = globalThis.romsFormat;
  const {
    NO_PLACE,
    NO_POLL,
    SIGNS,
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
  } = globalThis.romsKinds;
  const { NO_DUTY, describe, dutyOf } = globalThis.romsDuty;
  const SHORTENED = 1200;
  const HUES = 6;
  /** Messages of one side within this many ms form one run. */
  const RUN = 5 * 60_000;
  const WAITS_LONG = 15 * 60_000;
  /** @type {never[]} */
  const NONE = [];

  /**
   * @param {ConversationRow} row
   * @param {Texts} words
   */
  const nameOf = (row, words) => row.name || row.phone || (row.is_group ? words.group : words.hidden);

  /**
   * One line of the list. `at`: the server's clock.
   * @param {ConversationRow} row
   * @param {Format} format
   * @param {{ me: number, now: number, tab: string, at?: number }} context
   * @returns {ListItem}
   */
  const listItem = (row, format, { me, now, tab, at = now }) => {
    const { words } = format;
    const name = nameOf(row, words);
    const waits = row.status === "open" && row.waiting_since ? now - row.waiting_since : 0;
    const label = labelOf(row.preview_kind, words);
    const duty = dutyOf(row, format, at);
    const text =
      row.preview_kind === "location"
        ? label
        : isVisible(row.preview)
          ? row.preview
          : label || (row.last_message_at && row.preview_kind ? words.empty : "");
    const time = row.last_message_at ? format.ago(row.last_message_at, now) : "";
    const waiting = waits >= 60_000 ? format.fill("waiting", { t: format.span(waits, "long") }) : "";
    const holder = holderOf(row, words, me, tab);
    // A caption does not say that the message is a picture.
    const said = [SIGNS.has(row.preview_kind) && text !== label ? label : "", text.slice(0, 200)]
      .filter(Boolean)
      .join(", ");
    return {
      id: row.id,
      name,
      initials: row.name ? format.initials(row.name) : "#",
      hue: `roms-hue-${row.id % HUES}`,
      preview: text.slice(0, 200),
      picture: row.picture,
      is_group: row.is_group,
      glyph: SIGNS.has(row.preview_kind) ? row.preview_kind : "",
      tick: row.preview_is_ours ? row.preview_status : "",
      time,
      exact: row.last_message_at ? format.exact(row.last_message_at) : "",
      unread: row.unread > 99 ? "99+" : row.unread ? String(row.unread) : "",
      unread_label: row.unread ? format.fill("unread", { n: row.unread }) : "",
      waiting: waits >= 60_000 ? format.span(waits) : "",
      waiting_label: waiting,
      waits_long: waits >= WAITS_LONG,
      assignee: holder,
      assignee_name: row.assignee_name,
      is_team: !row.assignee_id && row.team !== "",
      description: [describe(row, duty, format), said, time, waiting, holder, ...row.labels].filter(Boolean).join(", "),
      label: row.labels[0] ?? "",
      more_labels: row.labels.length > 1 ? `+${row.labels.length - 1}` : "",
      all_labels: row.labels.join(", "),
      ...duty,
    };
  };

  /**
   * The assignee's name, if the list does not imply it; for a waiting conversation its team.
   * @param {ConversationRow} row
   * @param {Texts} words
   * @param {number} me
   * @param {string} tab
   */
  const holderOf = (row, words, me, tab) => {
    if (!row.assignee_id) return tab === "mine" ? "" : row.team || (tab === "all" ? words.unassigned : "");
    if (tab !== "all") return "";
    return row.assignee_id === me ? words.you : row.assignee_name.split(" ")[0];
  };

  /**
   * The thread's bubbles, day headings and system lines, oldest first. `known` keeps those that did not change.
   * @param {MessageRow[]} messages
   * @param {Format} format
   * @param {ItemContext} context
   * @returns {MessageItem[]}
   */
  const messageItems = (messages, format, { now, expanded, customer = "", known = new Map(), broken = new Set() }) => {
    const lastToAct = messages.findLastIndex((message) => canAct(actsOf(message)));
    return messages.map((message, index) => {
      const last = messages[index - 1];
      const next = messages[index + 1];
      const isNewDay = !last || format.day(last.sent_at) !== format.day(message.sent_at);
      const isStart = isNewDay || !isSameRun(last, message);
      const isEnd = !next || !isSameRun(message, next) || format.day(next.sent_at) !== format.day(message.sent_at);
      const day = isNewDay ? format.dayLabel(message.sent_at, now) : "";
      const wait = waitOf(message, format, now);
      const context = [
        format,
        day,
        isStart,
        isEnd,
        index === lastToAct,
        wait,
        expanded.has(message.id),
        customer,
        broken.has(message.id),
      ];
      const cached = known.get(message.id);
      if (cached && cached.message === message && context.every((value, at) => value === cached.context[at]))
        return cached.item;
      const item = {
        ...messageItem(message, format, expanded.has(message.id), customer, broken.has(message.id)),
        day,
        is_run_start: isStart,
        is_run_end: isEnd,
        is_last_to_act: index === lastToAct,
        wait,
        author: isStart ? authorOf(message, format.words) : "",
      };
      known.set(message.id, { message, context, item });
      return item;
    });
  };

  const LINES = new Set(["system", "notice"]);
  /**
   * @param {MessageRow} a
   * @param {MessageRow} b
   */
  const isSameRun = (a, b) =>
    !LINES.has(a.kind) &&
    !LINES.has(b.kind) &&
    a.is_ours === b.is_ours &&
    a.author === b.author &&
    a.group_author === b.group_author &&
    b.sent_at - a.sent_at < RUN;

  /**
   * @param {MessageRow} message
   * @param {Texts} words
   */
  const authorOf = (message, words) => {
    if (!message.is_ours) return message.group_author;
    return message.sender_type === "device" ? words.phone : message.author;
  };

  /** @type {Record<string, Word | undefined>} */
  const WAITS = { pacing: "wait_pacing", breaker: "wait_breaker" };
  /**
   * The reason why a reply is still held, with a countdown.
   * @param {MessageRow} message
   * @param {Format} format
   * @param {number} now
   */
  const waitOf = (message, format, now) => {
    if (message.status !== "queued" || message.held_until <= now) return "";
    return format.fill(WAITS[message.hold_reason] ?? "wait_retry", { t: format.left(message.held_until - now) });
  };

  /**
   * @param {MessageRow} message
   * @param {Format} format
   * @param {boolean} isExpanded
   * @param {string} customer
   * @param {boolean} isBroken
   */
  const messageItem = (message, format, isExpanded, customer, isBroken) => {
    const { words } = format;
    const layout = layoutOf(message, isBroken);
    const label = layout ? "" : message.is_revoked ? words.revoked : labelOf(message.kind, words, message.raw_kind);
    const body = ["location", "contact", "poll"].includes(layout) ? "" : bodyOf(message, format);
    const isShortened = !isExpanded && body.length > LONG_TEXT;
    const text = isVisible(body) ? (isShortened ? `${cut(body)}…` : body) : label || layout ? "" : words.empty;
    return {
      id: message.id,
      number: Number(message.id.slice(1)),
      is_system: LINES.has(message.kind),
      is_ours: message.is_ours,
      layout,
      label: LINES.has(message.kind) ? "" : label,
      glyph: glyphOf(message),
      is_muted: message.is_revoked || text === words.empty,
      parts: message.is_revoked ? [] : partsOf(text),
      is_shortened: isShortened,
      is_forwarded: message.is_forwarded && !message.is_revoked,
      ...quoteOf(message, words, customer),
      file: fileOf(message, format, altOf(message, format, customer), isBroken),
      place: layout === "location" ? placeView(message) : NO_PLACE,
      cards: layout === "contact" ? cardsOf(message.body) : NONE,
      poll: layout === "poll" ? pollOf(message.body) : NO_POLL,
      reactions: message.is_revoked ? NONE : message.reactions.map((each) => reactionView(each, format)),
      can_react: actsOf(message).can_answer,
      can_act: canAct(actsOf(message)),
      time: format.time(message.sent_at),
      exact: format.exact(message.sent_at),
      edited: message.is_edited ? words.edited : "",
      tick: message.is_ours && !LINES.has(message.kind) ? message.status : "",
      reason: message.status === "failed" ? message.failure_reason : "",
      note: message.note,
    };
  };

  /**
   * @param {MessageRow} message
   * @param {Format} format
   */
  const bodyOf = (message, format) => {
    if (message.kind === "notice") return noticeOf(message, format.words);
    return message.kind === "system" ? format.said(message.words) : message.body;
  };

  /** @param {MessageRow} message */
  const glyphOf = (message) => {
    if (message.is_revoked || !SIGNS.has(message.kind)) return message.is_revoked ? "revoked" : "";
    return message.kind === "call" && callKind(message.raw_kind).startsWith("missed") ? "missed_call" : message.kind;
  };

  /**
   * @param {MessageRow} message
   * @param {Texts} words
   * @param {string} customer
   */
  const whoOf = (message, words, customer) =>
    message.is_ours
      ? message.sender_type === "device"
        ? words.phone
        : message.author || words.you
      : message.group_author || customer || words.customer;

  /**
   * The alternative text of a picture: its caption, or "Photo from Rina, 14:02".
   * @param {MessageRow} message
   * @param {Format} format
   * @param {string} customer
   */
  const altOf = (message, format, customer) => {
    const what = labelOf(message.kind, format.words);
    if (isVisible(message.body)) return message.body.slice(0, 300);
    return format.fill("from", {
      what,
      who: whoOf(message, format.words, customer),
      time: format.time(message.sent_at),
    });
  };

  /**
   * @param {MessageRow} message
   * @param {Texts} words
   * @param {string} customer
   */
  const quoteOf = (message, words, customer) => {
    const isThere = !message.is_revoked && (message.quoted_id !== "" || message.quoted_body !== "");
    const label = labelOf(message.quoted_kind || "text", words);
    return {
      has_quote: isThere,
      quoted: isThere ? (message.quoted_body || label).slice(0, 300) : "",
      quoted_id: isThere ? message.quoted_id : "",
      quoted_glyph: isThere && SIGNS.has(message.quoted_kind) ? message.quoted_kind : "",
      quoted_author: isThere && message.quoted_id ? (message.quoted_is_ours ? words.you : customer) : "",
    };
  };

  /**
   * @param {ReactionView} reaction
   * @param {Format} format
   * @returns {ReactionItem}
   */
  const reactionView = ({ emoji, count, is_ours }, format) => ({
    emoji,
    count: count > 1 ? String(count) : "",
    is_ours,
    label: format.fill(is_ours ? "reacted_ours" : "reacted", { emoji, n: count }),
  });

  /**
   * Cut a text, but never within a surrogate pair.
   * @param {string} text
   */
  const cut = (text) => text.slice(0, /[\ud800-\udbff]/.test(text[SHORTENED - 1]) ? SHORTENED - 1 : SHORTENED);

  /**
   * The content of the header and the contact panel.
   * @param {ConversationRow} row
   * @param {ConversationDetail | null} detail
   * @param {Format} format
   * @param {{ me: number, at: number, seenId?: number }} context
   * @returns {ThreadView}
   */
  const threadView = (row, detail, format, { me, at, seenId = 0 }) => ({
    ...dutyOf(row, format, at),
    id: row.id,
    name: nameOf(row, format.words),
    own_name: row.name,
    initials: row.name ? format.initials(row.name) : "#",
    hue: `roms-hue-${row.id % HUES}`,
    picture: row.picture,
    is_group: row.is_group,
    phone: row.phone,
    status: row.status,
    inbox_id: row.inbox_id,
    inbox_name: row.inbox_name,
    assignee: row.assignee_id === me ? format.words.you : row.assignee_name,
    assignee_id: row.assignee_id,
    is_mine: row.assignee_id === me,
    is_assigned: row.assignee_id !== 0,
    first_seen: detail ? format.exact(detail.first_seen_at) : "",
    aliases: detail ? aliasesOf(detail) : NONE,
    merge_id: detail ? detail.merge_id : 0,
    merged: detail?.merge_id ? mergedText(detail, format) : "",
    parted_id: detail ? detail.parted_id : 0,
    parted: detail?.parted_id ? detail.parted_name || format.words.hidden : "",
    read_receipts: detail ? detail.read_receipts : "",
    seen_id: seenId,
    labels: row.labels,
  });

  /** Only dialable numbers are shown as numbers. The same detail gives the same list. */
  /** @type {WeakMap<ConversationDetail, string[]>} */
  const aliases = new WeakMap();
  /** @param {ConversationDetail} detail */
  const aliasesOf = (detail) => {
    const made = aliases.get(detail) ?? detail.aliases.map((alias) => alias.replace(/^(\d+)@lid$/, "WhatsApp ID $1"));
    aliases.set(detail, made);
    return made;
  };

  /**
   * @param {ConversationDetail} detail
   * @param {Format} format
   */
  const mergedText = ({ merged_name, merged_at }, format) =>
    format.fill(merged_name ? "merged" : "merged_nameless", { name: merged_name, time: format.exact(merged_at) });

  /**
   * The numbers that don't work, with the time since when (and the day, if it is not today).
   * @param {NumberNotice[]} notices
   * @param {Format} format
   * @param {number} now
   * @returns {NumberItem[]}
   */
  const numberItems = (notices, format, now) =>
    notices.map((notice) => ({ ...notice, since: notice.since ? sinceOf(notice.since, format, now) : "" }));
  /**
   * @param {number} at
   * @param {Format} format
   * @param {number} now
   */
  const sinceOf = (at, format, now) => (format.daysAgo(at, now) === 0 ? format.time(at) : format.exact(at));

  /** @type {ThreadView} */
  const NO_THREAD = {
    ...NO_DUTY,
    id: 0,
    name: "",
    own_name: "",
    initials: "",
    hue: "",
    phone: "",
    status: "",
    inbox_id: 0,
    inbox_name: "",
    assignee: "",
    assignee_id: 0,
    is_mine: false,
    is_assigned: false,
    first_seen: "",
    picture: "",
    is_group: false,
    aliases: NONE,
    merge_id: 0,
    merged: "",
    parted_id: 0,
    parted: "",
    read_receipts: "",
    seen_id: 0,
    labels: NONE,
  };

  return { NO_THREAD, listItem, messageItems, numberItems, threadView };
})();
