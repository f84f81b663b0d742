/* Texts about assignment, priority and the response timer, for rows and the thread's header. Pure. */
var romsDuty = (() => {
  /** The countdown is shown this many ms before the response timer fires. */
  const SOON = 2 * 60_000;
  /** The server fires timers within a second. A due time further in the past is outdated. */
  const LONG_AGO = 10_000;
  /** @type {Record<number, "low" | "high" | "urgent" | undefined>} */
  const PRIORITIES = { "-1": "low", 1: "high", 2: "urgent" };

  /**
   * Whole seconds until the response timer fires, in its last two minutes; else -1. `now`: the server's.
   * @param {Pick<ConversationRow, "due_at" | "status">} row
   * @param {number} now
   */
  const secondsLeft = (row, now) => {
    const left = row.due_at - now;
    if (!row.due_at || row.status !== "open" || left > SOON || left < -LONG_AGO) return -1;
    return Math.max(0, Math.ceil(left / 1000));
  };

  /**
   * @param {ConversationRow} row
   * @param {Format} format
   * @param {number} now
   */
  const dutyOf = (row, format, now) => {
    const { words } = format;
    const priority = PRIORITIES[row.priority];
    const seconds = secondsLeft(row, now);
    const due = seconds < 0 ? "" : format.length(seconds * 1000);
    return {
      priority: priority ?? "",
      priority_label: priority ? words[`priority_${priority}`] : "",
      team: row.team,
      is_escalated: row.is_escalated,
      because: format.said(row.because),
      due,
      due_label: due ? format.fill("answer_within", { t: due }) : "",
    };
  };

  /**
   * The row's text for screen readers, besides the name. It has no seconds: they would be read out each second.
   * @param {ConversationRow} row
   * @param {Pick<ListItem, "priority_label" | "is_escalated" | "due">} duty
   * @param {Format} format
   */
  const describe = (row, { priority_label, is_escalated, due }, format) => {
    const { words } = format;
    const unread = row.unread ? format.fill("unread", { n: row.unread }) : "";
    return [unread, priority_label, is_escalated && words.escalated, due && words.answer_soon]
      .filter(Boolean)
      .join(", ");
  };

  const NO_DUTY = {
    priority: "",
    priority_label: "",
    team: "",
    is_escalated: false,
    because: "",
    due: "",
    due_label: "",
  };

  return { NO_DUTY, describe, dutyOf, secondsLeft };
})();
