/* Runs the server's calls in a tab: one function of `roms`, with JSON arguments. Reflex would `eval`
 * the text; rxconfig.py replaces that by `romsObey`, so that the pages need no 'unsafe-eval'.
 */
(() => {
  const CALL = /^roms\.(\w+)\((.*)\)$/s;
  /** Reflex's. @type {Toaster | null} */
  let toaster = null;
  /** @type {BroadcastChannel | null} */
  let logins = null;

  /** The channel between the tabs of this browser. An object does not receive its own messages. */
  const channel = () => (logins ??= new BroadcastChannel("roms-logins"));

  /**
   * Run `roms.<function>(<JSON>, …)`; `refs` are Reflex's. Throws for any other text.
   * @param {string} text
   * @param {ReflexRefs} refs
   */
  const obey = (text, refs) => {
    learn(refs);
    const [, name, values] = CALL.exec(text) ?? [];
    if (!name || !Object.hasOwn(globalThis.roms, name)) throw new Error("The server asked for something unknown.");
    /** @type {object} */
    const known = globalThis.roms;
    const functions = /** @type {Record<string, (...values: unknown[]) => unknown>} */ (known);
    return functions[name](...JSON.parse(`[${values}]`));
  };

  /**
   * Exchange the ticket of a login for the session cookie, which only HTTP can set, and go on to the page `to` or where
   * the agent begins.
   * @param {string} ticket
   * @param {string} to
   */
  const enter = async (ticket, to) => {
    let page = "";
    let why = "unanswered";
    try {
      const answer = await fetch("/auth/session", { method: "POST", body: new URLSearchParams({ ticket, to }) });
      if (answer.ok) ({ page } = await answer.json());
      else if (answer.status === 403) why = "refused";
    } catch {
      /* The connection broke: the login shows the error. */
    }
    if (page) {
      globalThis.romsLive.clearTab();
      channel().postMessage("signed in");
    } else {
      // The previous state belonged to nobody. The login keeps the target page for another try.
      sessionStorage.removeItem("token");
      sessionStorage.setItem("roms-left-why", why);
    }
    location.replace(page || "/login");
  };

  /**
   * Call `onLogin` when another tab of this browser has signed in; returns how to stop that.
   * @param {() => void} onLogin
   */
  const watchLogins = (onLogin) => {
    channel().onmessage = onLogin;
    return () => {
      channel().onmessage = null;
    };
  };

  /**
   * Reflex's own names of components; the toaster is one. Known from the first click on.
   * @param {ReflexRefs | undefined} refs
   */
  const learn = (refs) => {
    toaster = refs?.__toast ?? toaster;
  };

  globalThis.romsObey = obey;
  globalThis.romsLogins = { watch: watchLogins };
  globalThis.romsLearn = learn;
  /** @type {Orders} */
  const orders = {
    // for components
    focus: (...selectors) =>
      selectors
        .map((each) => document.querySelector(each))
        .find(Boolean)
        ?.focus(),
    // for the server
    enter,
    focusOn: (id) => globalThis.romsControls.focusOn(id),
    give: (name, value) => globalThis.romsStore.publish("given", { [name]: value }),
    toast: (level, words, options = {}) => toaster?.[level]?.(words, { position: "top-center", id: words, ...options }),
  };
  Object.assign(globalThis.roms, orders);
})();
