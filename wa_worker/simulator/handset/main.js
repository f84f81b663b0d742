// Assembles the page: tabs, chats and event listeners.
import { connect } from "./connection.js";
import { LinkedDevice, describe, toggle } from "./device.js";
import { byId, formatNumber, h, setText } from "./dom.js";
import { ThreadList } from "./list.js";
import { CUSTOMERS, FIRST_WORDS } from "./samples.js";
import { BUSINESS, CUSTOMER } from "./sides.js";
import { PhoneState } from "./state.js";
import { ThreadView } from "./thread.js";

const key = new URLSearchParams(location.search).get("phone");
if (key) startPhone(key);
else showPhones();

async function showPhones() {
  const phones = await (await fetch("/phone/list")).json();
  document.title = "Phones";
  const heading = document.querySelector("h1");
  if (heading) setText(heading, "Phones");
  byId("status").hidden = true;
  /** @param {Status} status */
  const link = (status) =>
    h(
      "a",
      { class: "phone-link", href: `/phone?phone=${status.phone}` },
      h("strong", {}, `Phone ${status.phone}`),
      h("span", {}, formatNumber(status.pn)),
      h("span", { class: "hint" }, describe(status)[0]),
    );
  byId("phones").append(
    ...(phones.length
      ? phones.map(link)
      : [
          h(
            "p",
            { class: "empty" },
            "No demo phone yet. In ROMS, open Settings → WhatsApp and add a demo phone; it then appears here.",
          ),
        ]),
  );
  byId("phones").hidden = false;
}

/** @param {string} key */
function startPhone(key) {
  const state = new PhoneState();
  const line = connect(key, {
    onEvent: (event) => (event.t === "snapshot_needed" ? location.reload() : state.apply(event)),
    onConnection: showConnection,
  });
  const customers = customerSide(state, line);
  const business = businessSide(state, line);
  const sides = [customers, business];
  const tabs = makeTabs(() => look());

  // Only a visible chat counts as read.
  function look() {
    /**
     * @param {string} name
     * @param {SideOfPage} side
     */
    const isSeen = (name, { isOpen }) => tabs.current() === name && !document.hidden && isOpen();
    line.lookAt(isSeen("customers", customers) ? (customers.view.thread?.contact.id ?? null) : null);
    const { thread } = business.view;
    if (thread && isSeen("business", business) && thread.unreadByBusiness > 0) {
      line.command("seen", { chat: thread.last.chat }).catch((error) => showNotice(error.message));
    }
  }
  for (const side of sides) side.onLook = look;
  document.addEventListener("visibilitychange", look);

  state.addEventListener("everything", () => {
    for (const side of sides) side.restore();
    if (state.status) drawStatus(state.status, business.device);
    drawSamples(state, customers, line);
    look();
  });
  state.addEventListener("status", () => state.status && drawStatus(state.status, business.device));
  state.addEventListener("list", () => {
    for (const side of sides) side.draw();
    drawSamples(state, customers, line);
    look();
  });
  state.addEventListener("message", (event) => {
    const { thread, message } = toldIn(event);
    for (const { view } of sides) if (view.thread === thread) view.add(message);
  });
  state.addEventListener("changed", (event) => {
    const { thread, message } = toldIn(event);
    for (const { view } of sides) if (view.thread === thread) view.change(message);
  });
  state.addEventListener(
    "seen",
    (event) => customers.view.thread === toldIn(event).thread && customers.view.changeAll(),
  );
  newCustomerDialog(customers, line);
}

/**
 * The thread and message of an event of the state.
 * @param {Event} event
 * @returns {{ thread: Thread, message: Message }}
 */
const toldIn = (event) => /** @type {CustomEvent} */ (event).detail;

/**
 * A list with a thread beside it; a small screen shows one of them.
 * @param {HTMLElement} panel
 * @param {SideOptions} options
 * @returns {SideOfPage}
 */
function side(panel, { listOptions, viewOptions, state, line, perspective }) {
  /** @type {SideOfPage["open"]} */
  const open = (id, { focus = true } = {}) => {
    panel.dataset.open = "true"; // first, because an element without layout can't be scrolled to its end
    view.show(state.threads.get(id) ?? null);
    list.select(id);
    if (focus) view.box.focus({ preventScroll: true });
    self.onLook();
  };
  const close = () => {
    panel.dataset.open = "false";
    self.onLook();
  };
  const list = new ThreadList({ ...listOptions, side: perspective, state, onSelect: open });
  const view = new ThreadView({
    ...viewOptions,
    side: perspective,
    onBack: close,
    onCommand: (cmd, args) => line.command(cmd, args),
    findMessage: (chat, id) => state.find(chat, id),
    contactOf: (jid) => state.thread(jid)?.contact,
  });
  const self = {
    state,
    list,
    view,
    open,
    onLook: () => {},
    isOpen: () => !!view.thread && (panel.dataset.open === "true" || matchMedia("(min-width: 760px)").matches),
    draw: () => {
      list.draw();
      view.drawHead();
    },
    restore: () => {
      const known = view.thread && state.threads.get(view.thread.contact.id);
      view.show(known ?? null);
      list.draw();
    },
  };
  return self;
}

/**
 * @param {PhoneState} state
 * @param {Line} line
 */
function customerSide(state, line) {
  /** @type {ReturnType<typeof toggle> | undefined} */
  let phoneSwitch;
  return side(byId("panel-customers"), {
    state,
    line,
    perspective: CUSTOMER,
    listOptions: {
      root: byId("customers"),
      label: "Customers",
      only: () => true,
      emptyText: "Nobody here yet. Make up a customer, or take a ready-made one below.",
    },
    viewOptions: {
      root: byId("customer-thread"),
      suggestions: FIRST_WORDS,
      emptyTitle: "You are the customer",
      emptyText: "Choose somebody on the left and write to the business. You can be several people at once.",
      headerExtra: (slot, contact) => {
        if (!phoneSwitch) {
          phoneSwitch = toggle("Phone on", () =>
            line.command("contact", { id: slot.dataset.id, online: slot.dataset.online !== "true" }),
          );
          slot.append(phoneSwitch.element);
        }
        slot.dataset.id = contact.id;
        slot.dataset.online = String(contact.online);
        phoneSwitch.set(contact.online);
      },
    },
  });
}

/**
 * @param {PhoneState} state
 * @param {Line} line
 */
function businessSide(state, line) {
  const self = side(byId("panel-business"), {
    state,
    line,
    perspective: BUSINESS,
    listOptions: {
      root: byId("business-chats"),
      label: "Chats",
      only: (thread) => thread.messages.length > 0,
      emptyText: "No chats yet. They appear when a customer writes.",
    },
    viewOptions: {
      root: byId("business-thread"),
      emptyTitle: "The owner's own phone",
      emptyText: "Choose a chat and answer from the phone itself; ROMS shows that too.",
    },
  });
  return Object.assign(self, { device: new LinkedDevice({ root: byId("linked-device"), command: line.command }) });
}

/** @param {() => void} onChange */
function makeTabs(onChange) {
  const names = ["customers", "business"];
  let current = location.hash === "#business" ? "business" : "customers";
  /**
   * @param {string} name
   * @param {{ focus?: boolean }} [options]
   */
  const choose = (name, { focus = false } = {}) => {
    current = name;
    history.replaceState(null, "", name === "business" ? "#business" : location.pathname + location.search);
    for (const other of names) {
      const tab = byId(`tab-${other}`);
      tab.setAttribute("aria-selected", String(other === name));
      tab.tabIndex = other === name ? 0 : -1;
      byId(`panel-${other}`).hidden = other !== name;
    }
    if (focus) byId(`tab-${name}`).focus();
    onChange();
  };
  for (const name of names) {
    byId(`tab-${name}`).addEventListener("click", () => choose(name));
    byId(`tab-${name}`).addEventListener("keydown", ({ key: pressed }) => {
      if (pressed === "ArrowLeft" || pressed === "ArrowRight")
        choose(name === "business" ? "customers" : "business", { focus: true });
    });
  }
  byId("tabs").hidden = false;
  queueMicrotask(() => choose(current));
  return { current: () => current };
}

/**
 * @param {Status} status
 * @param {LinkedDevice} device
 */
function drawStatus(status, device) {
  setText(byId("number"), formatNumber(status.pn));
  setText(byId("status"), describe(status)[0]);
  byId("status").dataset.tone = !status.online ? "bad" : status.registered && status.pages ? "good" : "wait";
  device.draw(status);
}

/**
 * @param {PhoneState} state
 * @param {SideOfPage} customers
 * @param {Line} line
 */
function drawSamples(state, customers, line) {
  const taken = new Set([...state.threads.values()].map(({ contact }) => contact.pushname));
  const left = CUSTOMERS.filter(({ pushname }) => !taken.has(pushname));
  byId("samples").hidden = left.length === 0;
  const wanted = left.map(({ pushname }) => pushname).join();
  const chips = byId("sample-chips");
  if (chips.dataset.shown === wanted) return;
  chips.dataset.shown = wanted;
  chips.replaceChildren(
    ...left.map((sample) =>
      h(
        "button",
        {
          type: "button",
          class: "chip",
          onclick: () => add(customers, line, sample).catch((error) => showNotice(error.message)),
        },
        sample.pushname,
      ),
    ),
  );
}

/**
 * @param {SideOfPage} customers
 * @param {Line} line
 * @param {object} person
 */
async function add(customers, line, person) {
  const { contact } = await line.command("contact", person);
  customers.state.apply({ t: "contact", contact }); // the answer may arrive before the event
  customers.open(contact.id);
}

/**
 * @param {SideOfPage} customers
 * @param {Line} line
 */
function newCustomerDialog(customers, line) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("customer-dialog"));
  const form = /** @type {HTMLFormElement} */ (byId("customer-form"));
  const error = byId("customer-error");
  byId("new-customer").addEventListener("click", () => {
    form.reset();
    error.hidden = true;
    dialog.showModal();
  });
  byId("customer-cancel").addEventListener("click", () => dialog.close());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const told = new FormData(form);
    const [name, number] = [String(told.get("name")).trim(), String(told.get("number"))];
    try {
      if (!name) throw new Error("Give the customer a name.");
      if (!number.trim()) throw new Error("Give the customer a number, like 0812-3456-7890.");
      await add(customers, line, { pushname: name, number, hides_number: told.has("hides") });
      dialog.close();
    } catch (problem) {
      setText(error, String(/** @type {Error} */ (problem).message));
      error.hidden = false;
    }
  });
}

/** @param {string} text */
function showNotice(text) {
  setText(byId("notice"), text);
  byId("notice").hidden = !text;
}

/** @param {boolean} isThere */
function showConnection(isThere) {
  showNotice(isThere ? "" : "The simulator doesn't answer. This page goes on by itself when it is back.");
}
