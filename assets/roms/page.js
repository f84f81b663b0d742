/* The inbox page in the browser. The state classes bring pages (snapshots), the sockets' rooms patches; `merge.js`
 * makes lists of them, `view.js` makes texts, and components read the result through React's useSyncExternalStore
 * (components/client/store.py). What the agent does goes to the state classes as ordinary Reflex events. `controls.js`
 * holds keys and scrolling, `live.js` the live badge. Longer than most: it is the one place where all of these meet.
 */
var roms = (() => {
  const { listen } = globalThis.romsDom;
  const { ConversationList, Numbers, Thread } = globalThis.romsMerge;
  const { Live, signOut } = globalThis.romsLive;
  const { subscribe, read, publish } = globalThis.romsStore;
  const { secondsLeft } = globalThis.romsDuty;
  const { NO_THREAD, listItem, messageItems, numberItems, threadView } = globalThis.romsView;
  const PRESENCE_MS = 25_000;
  const SLOW_MS = 300;
  const HOVER_MS = 1200;
  /** Nobody reads a new message faster: an earlier click was meant for the previous content. */
  const READ_MS = 700;

  let format = new globalThis.romsFormat.Format();
  const agent = { id: 0, language: "en", timezone: "Asia/Jakarta" };
  const list = new ConversationList();
  const thread = new Thread();
  const numbers = new Numbers();
  /** @type {Set<string>} */
  const expanded = new Set();
  /** Messages whose files this browser can't show. @type {Set<string>} */
  const broken = new Set();
  /** The items of the open thread; unchanged messages keep them. @type {NonNullable<ItemContext["known"]>} */
  const knownItems = new Map();
  /**
   * By the row's id; `mark` is minute and view. Unchanged rows keep their identity.
   * @type {Map<number, [row: ConversationRow, mark: string, item: ListItem]>}
   */
  const itemCache = new Map();
  /** "team", "inbox", "me" (the agent's own row) → callbacks of mounted pages. @type {Map<string, () => void>} */
  const announcedTo = new Map();
  let title = document.title;
  /** While the inbox is mounted. @type {Bridge<Handlers> | null} */
  let bridge = null;
  /** @type {ConversationDetail | null} */
  let detail = null;
  let hoverUntil = 0;
  let hoverTimer = 0;
  /** @type {Counts | null} */
  let counts = null;
  let unseenCount = 0;
  /** The newest message of the open thread that a person can have read; null: none was shown yet. @type {number | null} */
  let readId = null;
  /** @type {Record<string, number | undefined>} */
  const slowTimers = {};

  const live = new Live(
    (view) => publish("live", view),
    () => format,
    () => bridge && showTimes(),
  );

  /**
   * @template {keyof Handlers} Event
   * @param {Event} event
   * @param {Handlers[Event]} payload
   */
  const send = (event, payload) => bridge?.dispatch(bridge.events[event], payload);

  /** Shows an error and returns true while there is no connection. A change is refused, not kept: later it may mean
   * something else. */
  const refuses = () => {
    if (!live.isOffline()) return false;
    const { words } = agent.id ? format : new globalThis.romsFormat.Format(document.documentElement.lang);
    globalThis.roms.toast("error", words.offline);
    return true;
  };

  /** Called by Reflex (rxconfig.py) for all events: those of a click or a form come with the browser's own (`args`). */
  globalThis.romsRefuses = (events, args, refs) => {
    globalThis.romsLearn(refs);
    return Boolean(args?.length) && events.some(({ name }) => !name.startsWith("_")) && refuses();
  };

  /* ---- the list ---- */

  const showList = () => {
    const now = live.now();
    const mark = `${Math.floor(now / 60_000)} ${list.view.tab} ${agent.id} ${format.language} ${format.timeZone}`;
    const rows = list.rows().map((row) => {
      const cached = itemCache.get(row.id);
      const rowMark = `${mark} ${secondsLeft(row, now)}`;
      if (cached && cached[0] === row && cached[1] === rowMark) return cached[2];
      const item = listItem(row, format, { me: agent.id, now, tab: list.view.tab });
      itemCache.set(row.id, [row, rowMark, item]);
      return item;
    });
    if (itemCache.size > 1000) itemCache.clear();
    publish("rows", Date.now() < hoverUntil ? heldInPlace(rows) : rows);
    showStop();
    publish("list", {
      tab: list.view.tab,
      status: list.view.status,
      is_loaded: list.isLoaded,
      has_more: list.floor !== null,
    });
    showTitle();
  };

  /** The row that the Tab key reaches: the open one if it is listed, else the first. */
  const showStop = () => {
    const isListed = read("rows").some(({ id }) => id === thread.conversationId);
    publish("list", { stop_id: isListed ? thread.conversationId : (read("rows")[0]?.id ?? 0) });
  };

  /**
   * The rows to show. While the pointer moves over the list, rows change in place but no row moves or appears.
   * @param {ListItem[]} rows
   */
  const heldInPlace = (rows) => {
    const byId = new Map(rows.map((item) => [item.id, item]));
    clearTimeout(hoverTimer);
    hoverTimer = setTimeout(showList, hoverUntil - Date.now() + 1);
    const held = read("rows")
      .filter(({ id }) => byId.has(id))
      .map(({ id }) => byId.get(id));
    return held.length ? held : rows;
  };

  /** @param {boolean} isOver */
  const hover = (isOver) => {
    const wasOver = hoverUntil > Date.now();
    hoverUntil = isOver ? Date.now() + HOVER_MS : 0;
    if (wasOver && !isOver) showList();
  };

  /** @param {Partial<ListKey>} view */
  const setView = (view) => {
    hoverUntil = 0;
    list.setView(view);
    publish("rows", []);
    publish("list", { tab: list.view.tab, status: list.view.status, is_loaded: false, has_more: false });
    whenSlow("list", () => !list.isLoaded);
    askForList();
  };

  const askForList = () => send("show", { tab: list.view.tab, status: list.view.status });

  let countedSince = 0;
  /**
   * What InboxState read. `rows` are all that this tab has scrolled to, so a list that came meanwhile may be missed.
   * @param {Listing} listing
   * @param {ConversationRow[]} rows
   * @param {Counts} absoluteCounts
   */
  const takeList = (listing, rows, absoluteCounts) => {
    if (!listing.since) return;
    // Later pages carry the first page's counts, and counts from patches are newer.
    if (listing.since !== countedSince) takeCounts(absoluteCounts);
    countedSince = listing.since;
    if (!list.takePage({ ...listing, rows, is_first: true })) return;
    publish("list", { is_slow: false });
    showList();
  };

  /** @type {ConversationRow | null} */
  let moreAskedAfter = null;
  const more = () => {
    if (!list.floor || list.floor === moreAskedAfter) return;
    moreAskedAfter = list.floor;
    const { tab, status } = list.view;
    send("load_more", { tab, status, before_at: list.floor.last_message_at, before_id: list.floor.id });
  };

  /* ---- the thread ---- */

  /**
   * Open a conversation, or none (0), without touching the address.
   * @param {number} id
   */
  const openThread = (id) => {
    if (id === thread.conversationId) return;
    globalThis.romsComposer.left();
    globalThis.romsBubbles.left();
    thread.reset(id);
    list.openId = id;
    knownItems.clear();
    detail = null;
    unseenCount = 0;
    readId = null;
    expanded.clear();
    document.documentElement.toggleAttribute("data-roms-thread", id !== 0);
    document.documentElement.removeAttribute("data-roms-contact");
    publish("composer", { is_sending: false, error: "" });
    publish("log", {
      is_loaded: false,
      is_slow: false,
      is_missing: false,
      has_more: false,
      is_behind: false,
      unseen: 0,
    });
    showThread();
    showStop();
    globalThis.romsControls.opened();
    globalThis.romsComposer.opened(id);
    send("open_conversation", { conversation_id: id });
    if (id) whenSlow("log", () => thread.conversationId === id && !thread.isLoaded && !read("log").is_missing);
  };

  const MOST_KEPT = 200;
  /** Move drafts and files of closed conversations to the conversations that they were merged into. */
  const findMoved = () => {
    const ids = globalThis.romsComposer.keptElsewhere().slice(0, MOST_KEPT);
    if (ids.length) send("find_moved", { conversation_ids: ids });
  };

  /**
   * Follow a merge: if the merged conversation is open, show the other one, with the unsent content.
   * @param {number} from
   * @param {number} to
   */
  const follow = (from, to) => {
    globalThis.romsComposer.move(from, to);
    if (thread.conversationId !== from) return;
    history.replaceState(history.state, "", `/inbox/${to}`);
    openThread(to);
  };

  const showThread = () => {
    const row = read("log").is_missing ? undefined : list.row(thread.conversationId);
    const context = { me: agent.id, at: live.now(), seenId: readId ?? 0 };
    publish("thread", row ? threadView(row, detail, format, context) : { ...NO_THREAD, id: thread.conversationId });
    showMessages();
    publish("log", { is_loaded: thread.isLoaded, has_more: thread.floor !== null });
  };

  /** Times are the server's: it says until when a reply waits. */
  const showMessages = () => {
    const context = { now: live.now(), expanded, customer: read("thread").name, known: knownItems, broken };
    const items = messageItems(thread.messages(), format, context);
    const old = read("messages");
    if (items.length !== old.length || items.some((item, at) => item !== old[at])) publish("messages", items);
  };

  /**
   * Take ThreadState's result: all messages that this tab has scrolled to.
   * @param {ThreadPage} shownPage
   * @param {ConversationDetail} newDetail
   * @param {MessageRow[]} messages
   */
  const takeThread = (shownPage, newDetail, messages) => {
    if (!shownPage.since) return;
    if (shownPage.is_missing) return showMissing(shownPage);
    const page = { ...shownPage, messages };
    list.learn(newDetail.row, page.since);
    globalThis.romsControls.beforePage(page);
    if (!thread.takePage(page)) return;
    // Read anew: what was asked for before may have gone with the connection.
    if (page.is_first) olderAskedBefore = null;
    detail = newDetail;
    publish("log", { is_slow: false, is_missing: false });
    noteShown();
    showThread();
    globalThis.romsComposer.noticeAccepted(page.messages);
    globalThis.romsBubbles.arrived();
    seen();
  };

  /**
   * Remove a conversation that does not exist or may not be seen any more from the page.
   * @param {ThreadPage} page
   */
  const showMissing = ({ conversation_id: id }) => {
    if (id !== thread.conversationId) return;
    thread.reset(id);
    detail = null;
    publish("log", { is_slow: false, is_missing: true });
    showThread();
  };

  /** All messages of an opened thread count as readable; later ones after they were shown for a moment. */
  const noteShown = () => {
    const { conversationId } = thread;
    const newest = thread.newestNumber();
    if (readId === null) {
      readId = newest;
      return;
    }
    if (newest <= readId) return;
    setTimeout(() => {
      if (thread.conversationId !== conversationId || newest <= (readId ?? 0)) return;
      readId = newest;
      publish("thread", { seen_id: readId });
    }, READ_MS);
  };

  /** @type {MessageRow | null} */
  let olderAskedBefore = null;
  /** Load older messages. Returns false if there are none. */
  const older = () => {
    if (!thread.floor) return !thread.isLoaded;
    if (thread.floor === olderAskedBefore) return true;
    olderAskedBefore = thread.floor;
    send("load_older", {
      conversation_id: thread.conversationId,
      before_at: thread.floor.sent_at,
      before_id: thread.floor.id,
    });
    return true;
  };

  /**
   * Mark a message whose file the browser can't show.
   * @param {string} id
   */
  const cannotShow = (id) => {
    broken.add(id);
    showMessages();
  };

  /** @param {string} id */
  const expand = (id) => {
    expanded.add(id);
    showThread();
  };

  /** Report messages that arrive in a visible thread as read, at most once a second. */
  let seenAskedAt = 0;
  const seen = () => {
    const row = list.row(thread.conversationId);
    if (
      !row?.unread ||
      ![0, agent.id].includes(row.assignee_id) ||
      !thread.isLoaded ||
      document.hidden ||
      !document.hasFocus()
    )
      return;
    const wait = seenAskedAt + 1000 - Date.now();
    if (wait > 0) {
      clearTimeout(slowTimers.seen);
      slowTimers.seen = setTimeout(seen, wait);
      return;
    }
    seenAskedAt = Date.now();
    send("mark_seen", { conversation_id: row.id, seen_message_id: thread.newestNumber() });
  };

  /**
   * Show a skeleton only if loading takes long.
   * @param {"list" | "log"} name
   * @param {() => boolean} isWaiting
   */
  const whenSlow = (name, isWaiting) => {
    clearTimeout(slowTimers[name]);
    slowTimers[name] = setTimeout(() => isWaiting() && publish(name, { is_slow: true }), SLOW_MS);
  };

  /* ---- patches ---- */

  /**
   * Notify the agent of a conversation that was assigned to them, with a link to it.
   * @param {ConversationRow[]} arrived
   */
  const announceArrival = (arrived) => {
    const row = arrived.findLast(({ id }) => !bridge || id !== thread.conversationId);
    if (!row) return;
    const { words } = format;
    const description = format.said(row.because);
    const open = () => (bridge ? globalThis.romsControls.select(row.id) : location.assign(`/inbox/${row.id}`));
    globalThis.roms.toast("info", format.fill("arrived", { name: row.name || row.phone || words.customer }), {
      id: "arrived",
      description,
      action: { label: words.open, onClick: open },
    });
  };

  /** @param {Patch} patch */
  const patch = ({ rows, messages, moved = [], at, lag }) => {
    live.changed(lag, at);
    announceArrival(
      rows.filter(({ id, assignee_id, status }) => moved.includes(id) && assignee_id === agent.id && status === "open"),
    );
    const changed = list.patch(rows, at);
    const isOpen = rows.some((row) => row.id === thread.conversationId);
    if (changed || isOpen) showList();
    /** @param {MessageRow} message */
    const isFresh = (message) =>
      message.conversation_id === thread.conversationId && !message.is_ours && !thread.known.has(message.id);
    const fresh = messages.filter(isFresh).length;
    if (thread.patch(messages, at) || isOpen) {
      if (globalThis.romsControls.isScrolledUp()) {
        unseenCount += fresh;
        publish("log", { unseen: unseenCount });
      }
      if (thread.isLoaded) noteShown();
      showThread();
      seen();
    }
    live.refresh();
  };

  /** @param {Counts} absolute */
  const takeCounts = (absolute) => {
    counts = absolute;
    publish("counts", {
      mine: String(counts.mine),
      unassigned: String(counts.unassigned),
      all: String(counts.all),
      escalated: counts.escalated ? String(counts.escalated) : "",
    });
  };

  /* ---- the numbers ---- */

  const showNumbers = () => {
    const items = numberItems(numbers.down(), format, live.now());
    if (JSON.stringify(items) !== JSON.stringify(read("numbers"))) publish("numbers", items);
    live.setNumbersDown(items.map(({ state }) => state));
  };

  /**
   * Take the state of all numbers that the agent answers, as SessionState read it.
   * @param {NumberNotice[]} notices
   * @param {number} since
   */
  const takeNumbers = (notices, since) => {
    numbers.takeAll(notices, since);
    showNumbers();
  };

  /**
   * Take one number's notice (null: it works). `at`: the server's epoch ms.
   * @param {number} id
   * @param {NumberNotice | null} notice
   * @param {number} at
   */
  const takeNumber = (id, notice, at) => {
    numbers.take(id, notice, at);
    live.heard(at);
    showNumbers();
  };

  const showTitle = () => {
    let unread = 0;
    for (const { row } of list.facts.values()) {
      if (row.assignee_id === agent.id && row.status === "open" && row.unread) unread += 1;
    }
    document.title = unread ? `(${unread}) ${title}` : title;
  };

  /**
   * The page's own, in the agent's language.
   * @param {string} words
   */
  const setTitle = (words) => {
    title = words;
    showTitle();
  };

  /* ---- mounting and connecting ---- */

  /** 0: none; -1, which no conversation has: something that is no number. */
  const conversationInAddress = () => {
    const [, id] = /^\/inbox\/([^/]+)/.exec(location.pathname) ?? [];
    if (!id) return 0;
    return /^[1-9]\d{0,8}$/.test(id) ? Number(id) : -1;
  };

  /** The server knows the tab (again): ask for what this page shows. The address says which thread is open. */
  let isReady = false;
  /** @param {number} me */
  const ready = (me) => {
    isReady = true;
    if (!isStillTheirs(me)) return;
    list.view.me = me;
    live.heard();
    live.hasRedis = true;
    if (bridge) begin();
  };

  /** Called by whichever comes last: the server's `ready` or the page's own `mount`. */
  const begin = () => {
    isReady = false;
    live.tellPresence();
    askForList();
    findMoved();
    const id = conversationInAddress();
    if (id === thread.conversationId) send("open_conversation", { conversation_id: id });
    else openThread(id);
  };

  let rereadTimer = 0;
  /** Reload everything, after a random delay, so that a hundred tabs don't ask at once. */
  const reread = () => {
    clearTimeout(rereadTimer);
    rereadTimer = setTimeout(
      () => {
        askForList();
        if (bridge) findMoved();
        if (thread.conversationId) send("open_conversation", { conversation_id: thread.conversationId });
        for (const callback of announcedTo.values()) callback();
      },
      50 + Math.random() * 500,
    );
  };

  const watchNetwork = () => {
    /** @param {Event} event */
    const onChange = ({ type }) => live.setOnline(type === "online");
    return listen([
      [window, "offline", onChange],
      [window, "online", onChange],
    ]);
  };

  /** A page before the login: it only knows whether its socket is connected. */
  const attendDoor = () => {
    live.begin(false);
    globalThis.romsEarly.end();
    const isWaiting = /^\/(login|setup)\/?$/.test(location.pathname);
    // If another tab has signed in, the server redirects this page.
    const stops = [watchNetwork(), isWaiting ? globalThis.romsLogins.watch(() => location.reload()) : () => {}];
    return () => {
      for (const stop of stops) stop();
    };
  };

  /** Every page behind the login: its agent is present, and the page knows whether it is live. */
  const attend = () => {
    const tell = () => live.tellPresence();
    live.begin(true);
    globalThis.romsEarly.end();
    tell();
    // A second time when the page's own loading no longer disturbs the measurement.
    const timers = [setInterval(tell, PRESENCE_MS), setInterval(tick, 1000), setTimeout(tell, 3000)];
    const forget = watchNetwork();
    return () => {
      timers.forEach(clearInterval);
      forget();
    };
  };

  /** @param {Bridge<Handlers>} newBridge */
  const mount = (newBridge) => {
    bridge = newBridge;
    const stops = [globalThis.romsControls.mount(), globalThis.romsComposer.mount()];
    whenSlow("list", () => !list.isLoaded);
    if (isReady) begin();
    return () => {
      openThread(0);
      for (const stop of stops) stop();
      bridge = null;
    };
  };

  const hasCountdown = () => {
    const at = live.now();
    for (const { row } of list.facts.values()) if (secondsLeft(row, at) >= 0) return true;
    return false;
  };

  /** Update everything that depends on the current time. */
  const showTimes = () => {
    showNumbers();
    showList();
    showThread();
  };

  let shownMinute = 0;
  const tick = () => {
    live.checkClock();
    live.refresh();
    if (bridge && read("messages").some(({ wait }) => wait)) showMessages();
    const minute = Math.floor(live.now() / 60_000);
    const isCounting = bridge !== null && hasCountdown();
    if (isCounting) showThread();
    if (isCounting || (bridge && minute !== shownMinute)) showList();
    if (minute !== shownMinute) showNumbers();
    shownMinute = minute;
  };

  /**
   * Returns false, and starts the page over, when another agent has signed in. `id` 0: the agent is not known yet.
   * @param {number} id
   */
  const isStillTheirs = (id) => {
    if (id && agent.id && id !== agent.id) {
      globalThis.romsLive.startOver();
      return false;
    }
    agent.id = id || agent.id;
    if (id) globalThis.romsComposer.dropDraftsOfOthers();
    return true;
  };

  /** @param {{ id: number, language: string, timezone: string }} agent */
  const setAgent = ({ id, language, timezone }) => {
    if (!isStillTheirs(id)) return;
    Object.assign(agent, { language, timezone });
    if (format.language !== language || format.timeZone !== timezone) {
      format = new globalThis.romsFormat.Format(language, timezone || undefined);
    }
    showNumbers();
    if (!bridge) return;
    showList();
    showThread();
    if (counts) takeCounts(counts);
  };

  /**
   * Pages that show the team or the numbers read them again; see components/client/bridge.py.
   * @param {string} kind
   * @param {() => void} callback
   */
  const onAnnounced = (kind, callback) => {
    announcedTo.set(kind, callback);
    return () => announcedTo.delete(kind);
  };
  /**
   * @param {string} kind
   * @param {number} id
   */
  const announce = (kind, id) => {
    live.heard();
    announcedTo.get(kind)?.();
    if (kind === "team" && id === agent.id) announcedTo.get("me")?.();
  };

  /**
   * @param {string} key
   * @param {string} words
   */
  const refused = (key, words) => globalThis.romsComposer.refused(key, words);

  const own = {
    // for components
    subscribe,
    read,
    attend,
    attendDoor,
    mount,
    setAgent,
    setTitle,
    onAnnounced,
    setView,
    more,
    older,
    expand,
    cannotShow,
    hover,
    openThread,
    seen,
    send,
    refuses,
    publish,
    conversationInAddress,
    setConnected: /** @param {boolean} isConnected */ (isConnected) => live.setConnected(isConnected),
    conversationId: () => thread.conversationId,
    agentId: () => agent.id,
    message: /** @param {string} id */ (id) => thread.message(id),
    format: () => format,
    words: () => format.words,
    isMounted: () => bridge !== null,
    now: () => live.now(),
    clearUnseen: () => {
      unseenCount = 0;
      publish("log", { unseen: 0, is_behind: false });
    },
    accepted: /** @param {string} key */ (key) => globalThis.romsComposer.accepted(key),
    refused,
    // for the server
    ready,
    patch,
    takeList,
    takeThread,
    takeCounts,
    takeNumber,
    takeNumbers,
    follow,
    reread,
    announce,
    signOut,
    beat: /** @param {Beat} beat */ (beat) => live.beat(beat),
  };
  // orders.js adds its own.
  return /** @type {typeof own & Orders} */ (own);
})();
