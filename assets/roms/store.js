/* The values that components read (components/client/store.py has the shapes): each value is replaced, never changed, and everybody who
 * subscribed is told, as React's useSyncExternalStore wants it.
 */
var romsStore = (() => {
  const { NO_THREAD } = globalThis.romsView;
  const { NO_ACTS } = globalThis.romsKinds;
  /** @type {Set<() => void>} */
  const listeners = new Set();
  /** @type {Shown} */
  const shown = {
    rows: [],
    messages: [],
    numbers: [],
    thread: NO_THREAD,
    list: { tab: "mine", status: "open", is_loaded: false, is_slow: false, has_more: false, stop_id: 0 },
    log: { is_loaded: false, is_slow: false, is_missing: false, has_more: false, is_behind: false, unseen: 0 },
    counts: { mine: "", unassigned: "", all: "", escalated: "" },
    queue: { chat_id: 0, assignee_id: 0, name: "", is_parked: false, is_open: false },
    menu: { ...NO_ACTS, has_more: false },
    lightbox: {
      id: "",
      layout: "",
      url: "",
      alt: "",
      download: "",
      place: "",
      zoom: 1,
      has_previous: false,
      has_next: false,
    },
    live: { state: "connecting", text: "" },
    composer: {
      is_sending: false,
      error: "",
      is_empty: true,
      is_caption: false,
      is_emoji_open: false,
      has_quote: false,
      quote: "",
      quote_author: "",
      quote_kind: "",
    },
    files: [],
    recorder: { state: "idle", time: "0:00", url: "" },
    given: { new_password: "", pairings: {} },
  };

  /** @param {() => void} listener */
  const subscribe = (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };

  /** @type {<Name extends keyof Shown>(name: Name) => Shown[Name]} */
  const read = (name) => shown[name];

  /**
   * Set a value: a list replaces the old one, an object's fields replace the old fields. No change notifies nobody.
   * @template {keyof Shown} Name
   * @param {Name} name
   * @param {Partial<Shown[Name]>} value
   */
  const publish = (name, value) => {
    const old = shown[name];
    const fields = /** @type {(keyof Shown[Name])[]} */ (Object.keys(value));
    if (!Array.isArray(value) && fields.every((field) => Object.is(old[field], value[field]))) return;
    const next = Array.isArray(value) ? value : { ...old, ...value };
    shown[name] = /** @type {Shown[Name]} */ (next);
    for (const listener of listeners) listener();
  };

  return { subscribe, read, publish };
})();
