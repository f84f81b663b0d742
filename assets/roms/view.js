/* From rows and messages to what components show: one flat object an item, with every text ready. Pure. */
(() => {
  const { LONG_TEXT, isVisible, partsOf } = globalThis.romsFormat;
  const SHORTENED = 1200;
  const HUES = 6;
  /** Messages of one side within so many ms stand as one run. */
  const RUN = 5 * 60_000;
  const WAITS_LONG = 15 * 60_000;
  const MEDIA = new Set(["image", "video", "audio", "voice", "document", "sticker", "location", "contact_card"]);

  /** What replaces or precedes the text: "Photo", "This message was deleted", … */
  const labelOf = (words, kind) => (kind === "text" || kind === "system" ? "" : words[kind] || words.unsupported);

  const nameOf = (row, words) => row.name || row.phone || words.hidden;

  /** One line of the list. */
  const listItem = (row, format, { me, now, tab }) => {
    const { words } = format;
    const name = nameOf(row, words);
    const waits = row.status === "open" && row.waiting_since ? now - row.waiting_since : 0;
    const label = labelOf(words, row.preview_kind);
    const text = isVisible(row.preview) ? row.preview : label || (row.last_message_at && row.preview_kind ? words.empty : "");
    return {
      id: row.id,
      name,
      initials: row.name ? format.initials(row.name) : "#",
      hue: `roms-hue-${row.id % HUES}`,
      preview: text.slice(0, 200),
      glyph: MEDIA.has(row.preview_kind) ? row.preview_kind : "",
      tick: row.preview_is_ours ? row.preview_status : "",
      time: row.last_message_at ? format.ago(row.last_message_at, now) : "",
      exact: row.last_message_at ? format.exact(row.last_message_at) : "",
      unread: row.unread > 99 ? "99+" : row.unread ? String(row.unread) : "",
      unread_label: row.unread ? format.fill("unread", { n: row.unread }) : "",
      waiting: waits >= 60_000 ? format.span(waits) : "",
      waiting_label: waits >= 60_000 ? format.fill("waiting", { t: format.span(waits, "long") }) : "",
      waits_long: waits >= WAITS_LONG,
      assignee: tab === "all" ? (row.assignee_id === me ? words.you : row.assignee_name.split(" ")[0] || words.unassigned) : "",
      assignee_name: row.assignee_name,
    };
  };

  /** The thread's bubbles, day headings and system lines, oldest first. */
  const messageItems = (messages, format, { now, expanded }) => {
    let last = null;
    return messages.map((message, index) => {
      const next = messages[index + 1];
      const isNewDay = !last || format.day(last.sent_at) !== format.day(message.sent_at);
      const item = messageItem(message, format, expanded.has(message.id));
      item.day = isNewDay ? format.dayLabel(message.sent_at, now) : "";
      item.is_run_start = isNewDay || !isSameRun(last, message);
      item.is_run_end = !next || !isSameRun(message, next) || format.day(next.sent_at) !== format.day(message.sent_at);
      item.author = message.is_ours && item.is_run_start ? authorOf(message, format.words) : "";
      last = message;
      return item;
    });
  };

  const isSameRun = (a, b) =>
    a.kind !== "system" && b.kind !== "system" && a.is_ours === b.is_ours && a.author === b.author && b.sent_at - a.sent_at < RUN;

  const authorOf = (message, words) => (message.sender_type === "device" ? words.phone : message.author);

  const messageItem = (message, format, isExpanded) => {
    const { words } = format;
    const isSystem = message.kind === "system";
    const body = isSystem && format.language === "id" && message.body_id ? message.body_id : message.body;
    const label = message.is_revoked ? words.revoked : labelOf(words, message.kind);
    const isShortened = !isExpanded && body.length > LONG_TEXT;
    const text = isVisible(body) ? (isShortened ? `${cut(body)}…` : body) : label ? "" : words.empty;
    return {
      id: message.id,
      number: Number(message.id.slice(1)),
      is_system: isSystem,
      is_ours: message.is_ours,
      label,
      glyph: MEDIA.has(message.kind) && !message.is_revoked ? message.kind : "",
      is_muted: message.is_revoked || text === words.empty,
      parts: message.is_revoked ? [] : partsOf(text),
      is_shortened: isShortened,
      quoted: message.quoted_body.slice(0, 300),
      time: format.time(message.sent_at),
      exact: format.exact(message.sent_at),
      edited: message.is_edited ? words.edited : "",
      tick: message.is_ours && !isSystem ? message.status : "",
      reason: message.status === "failed" ? message.failure_reason : "",
    };
  };

  /** Not in the middle of a surrogate pair. */
  const cut = (text) => text.slice(0, /[\ud800-\udbff]/.test(text[SHORTENED - 1]) ? SHORTENED - 1 : SHORTENED);

  /** Header and contact panel. */
  const threadView = (row, detail, format, { me }) => ({
    id: row.id,
    name: nameOf(row, format.words),
    own_name: row.name,
    initials: row.name ? format.initials(row.name) : "#",
    hue: `roms-hue-${row.id % HUES}`,
    phone: row.phone,
    status: row.status,
    inbox_name: row.inbox_name,
    assignee: row.assignee_id === me ? format.words.you : row.assignee_name,
    is_mine: row.assignee_id === me,
    is_assigned: row.assignee_id !== 0,
    first_seen: detail ? format.exact(detail.first_seen_at) : "",
  });

  const NO_THREAD = {
    id: 0, name: "", own_name: "", initials: "", hue: "", phone: "", status: "", inbox_name: "", assignee: "",
    is_mine: false, is_assigned: false, first_seen: "",
  };

  globalThis.romsView = { NO_THREAD, listItem, messageItems, threadView };
})();
