// The page's life: greet the cloud, show a QR or load the chats, follow the events, come back after an absence.
"use strict";
((given) => {
  delete window.__simLoad;
  if (!given) return;
  const load = given;
  window.Debug = { VERSION: load("WAWebBuildConstants").VERSION_STR };
  const registration = load("SimRegistration");
  const link = load("SimLink");
  const inbound = load("SimInbound");
  const { Conn } = load("WAWebConnModel");
  const { Socket } = load("WAWebSocketModel");
  const { Stream } = load("WAWebStreamModel");
  const { Cmd } = load("WAWebCmd");
  const { ChatCollection } = load("WAWebChatCollection");
  const network = load("WAWebNetworkStatus").default;
  /** @param {string} text */
  const wid = (text) => load("WAWebWidFactory").createWid(text);
  const app = /** @type {HTMLElement} */ (document.getElementById("app"));
  /** @param {string} text */
  const show = (text) => {
    app.textContent = text;
  };

  /**
   * The newest change this page knows; null until it has loaded the chats once.
   * @type {number | null}
   */
  let rev = null;
  // Counts greetings, so that one that was overtaken by the next does nothing more.
  let greeting = 0;
  // Until the first greeting of this load was answered.
  let isLoading = true;

  async function greet() {
    const mine = ++greeting;
    const device = registration.read("device");
    const { state, online, deaf } = await link.greet({ t: "hello", device, is_load: isLoading });
    if (mine !== greeting) return;
    isLoading = false;
    setNetwork(online);
    if (!online) return; // a network event greets again
    if (state === "unknown") loggedOut("unknown_companion");
    else if (state === "passkey") showPasskeyGate();
    else if (state === "new") askForQr();
    else if (rev === null) await enterMain(mine);
    else await catchUp(mine, rev);
    setDeaf(deaf);
  }

  /** @param {boolean} online */
  function setNetwork(online) {
    network.set({ online });
    if (!online) {
      link.hold();
      Stream.set({ info: "OFFLINE" });
    }
  }

  function askForQr() {
    link.welcome();
    link.send({ t: "need_qr" });
  }

  /** @param {string} ref */
  function showQr(ref) {
    Conn.set({ ref, connected: false });
    Socket.set({ state: "UNPAIRED" });
    Stream.set({ mode: "QR", info: "PAIRING" });
    show(`QR ${ref}`);
  }

  // The code was scanned; the phone wants a passkey before it links. No QR any more, and nothing goes on by itself.
  function showPasskeyGate() {
    registration.isAtGate = true;
    Conn.set({ ref: undefined, connected: false });
    Socket.set({ state: "PAIRING" });
    Stream.set({ mode: "PAIRING", info: "PAIRING" });
    const gate = Object.assign(document.createElement("div"), {
      id: "passkey-gate",
      textContent: "Confirm with your passkey on your phone",
    });
    gate.setAttribute("role", "dialog");
    app.replaceChildren(gate);
  }

  /**
   * The page's own stores throw: nothing can be read or kept until it is over. Or they say nothing of what is new.
   * @param {Deafness | null} how
   */
  function setDeaf(how) {
    const faults = load("SimFaults");
    faults.isStoreBroken = how === "store";
    faults.isMute = how === "events";
  }

  /**
   * First load, after the scan or with a restored session: history is there, but nobody hears of it as new.
   * @param {number} mine
   */
  async function enterMain(mine) {
    show("syncing");
    Conn.set({ ref: undefined });
    Socket.set({ state: "PAIRING" });
    Stream.set({ mode: "SYNCING", info: "SYNCING" });
    const snapshot = await link.greet({ t: "sync" });
    if (mine !== greeting) return;
    take(snapshot, false);
    if (snapshot.syncing) await new Promise((resolve) => setTimeout(resolve, snapshot.syncing * 1000));
    if (mine !== greeting) return;
    Conn.set({ connected: true, platform: "android", pushname: snapshot.pushname });
    Socket.set({ state: "CONNECTED", stream: "CONNECTED", hasSynced: true });
    link.welcome();
    Cmd.mainLoaded();
    Stream.set({ mode: "MAIN", info: "NORMAL" });
    show("ready");
    offlineDeliveryEnds(snapshot.receipts);
  }

  /**
   * Back after a lost network or a restart of the cloud: what came meanwhile arrives as new.
   * @param {number} mine
   * @param {number} since
   */
  async function catchUp(mine, since) {
    const snapshot = await link.greet({ t: "sync", since });
    if (mine !== greeting) return;
    take(snapshot, true);
    Socket.set({ state: "CONNECTED", stream: "CONNECTED" });
    Stream.set({ info: "NORMAL" });
    link.welcome();
    offlineDeliveryEnds([]);
  }

  /**
   * @param {Snapshot} snapshot
   * @param {boolean} isNew
   */
  function take(snapshot, isNew) {
    snapshot.contacts.forEach(load("SimContacts").put);
    snapshot.groups.forEach(load("SimGroups").put);
    for (const { id } of snapshot.chats) ChatCollection.add({ id: wid(id) });
    inbound.receive(snapshot.messages, isNew);
    for (const { id, unreadCount } of snapshot.chats) ChatCollection.assertGet(id).set({ unreadCount });
    rev = snapshot.rev;
  }

  /**
   * WhatsApp takes longer over this than wa-js over its injection. Here it would be the other way round after a load,
   * and nobody would hear it: so it waits for the library's wrapper, or ten seconds.
   * @param {Ticks[]} receipts
   */
  function offlineDeliveryEnds(receipts, tries = 200) {
    const { BackendEventBus } = load("WAWebBackendEventBus");
    const isHeard = Object.hasOwn(BackendEventBus, "trigger");
    if (!isHeard && tries > 0) return void setTimeout(offlineDeliveryEnds, 50, receipts, tries - 1);
    receipts.forEach(inbound.receipt);
    BackendEventBus.trigger("offline_delivery_end");
  }

  /** @param {PageEvents["paired"]} registered */
  function paired({ device, pn, lid }) {
    registration.isAtGate = false;
    registration.write({ device, pn, lid });
    greet();
  }

  /**
   * As WhatsApp's page: the reason, the state, the event, and a reload that ends at a new QR.
   * @param {string} reason
   */
  function loggedOut(reason) {
    load("WAWebLogoutReason").getErrorCodeFromLogoutReason(reason);
    registration.isAtGate = false;
    registration.clear();
    Socket.set({ state: "UNPAIRED" });
    Cmd.trigger("logout");
    setTimeout(() => location.reload(), 300);
  }

  /** @type {PageHandlers} */
  const events = {
    qr: ({ ref }) => {
      if (!registration.isLinked()) showQr(ref);
    },
    // The last code is no longer valid, but Stream stays as it is: only Socket.state tells (WPP.conn.isIdle).
    qr_idle: () => {
      Conn.set({ ref: undefined });
      Socket.set({ state: "UNPAIRED_IDLE" });
      show("QR idle");
    },
    code_entered: () =>
      load("WAWebLinkDeviceEvents").WAWebLinkDeviceEvents.trigger("link_device_events:primary_hello_received"),
    paired,
    messages: ({ messages }) => {
      inbound.receive(messages, true);
      rev = messages[messages.length - 1].rev;
    },
    contact: ({ contact }) => load("SimContacts").put(contact),
    receipt: (event) => {
      inbound.receipt(event);
      rev = event.rev;
    },
    edit: ({ message }) => {
      inbound.edit(message);
      rev = message.rev;
    },
    revoke: ({ message }) => {
      inbound.revoke(message);
      rev = message.rev;
    },
    reaction: ({ message }) => {
      inbound.reaction(message);
      rev = message.rev;
    },
    decrypted: ({ message }) => {
      inbound.decrypted(message);
      rev = message.rev;
    },
    group: ({ group }) => load("SimGroups").put(group),
    picture: ({ chat, filehash }) =>
      load("WAWebProfilePicThumbCollection").ProfilePicThumbCollection.put(wid(chat), filehash),
    passkey: showPasskeyGate,
    deaf: ({ how }) => {
      setDeaf(how);
      if (!how) greet();
    },
    backend_event: ({ name }) => load("WAWebBackendEventBus").BackendEventBus.trigger(name),
    stream: ({ t, ...change }) => Stream.set(change),
    reload: () => location.reload(),
    seen: ({ chat, unread }) => ChatCollection.get(chat)?.set({ unreadCount: unread }),
    network: ({ online }) => {
      if (online) greet();
      else setNetwork(false);
    },
    needs_update: () => Stream.set({ needsUpdate: "HARD" }),
    logged_out: ({ reason }) => loggedOut(reason),
  };

  const needStore = new Set([
    "messages",
    "receipt",
    "edit",
    "revoke",
    "reaction",
    "decrypted",
    "contact",
    "group",
    "picture",
    "seen",
  ]);

  link.connect({
    onOpen: greet,
    onClose: () => {
      greeting += 1;
      if (rev !== null) {
        setNetwork(false);
        Socket.set({ state: "OPENING", stream: "DISCONNECTED" });
      }
    },
    // With broken stores an event can't be kept: it stays unknown, and is asked for when they work again.
    onEvent: (event) => {
      const handle = /** @type {((event: PageEvent) => void) | undefined} */ (events[event.t]);
      if (!load("SimFaults").isStoreBroken || !needStore.has(event.t)) handle?.(event);
    },
  });
})(window.__simLoad);
