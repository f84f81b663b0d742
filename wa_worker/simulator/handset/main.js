// Puts the page together: which tab, which chat, and who hears of what.
import { connect } from "./connection.js";
import { LinkedDevice, describe, toggle } from "./device.js";
import { byId, formatNumber, h, setText } from "./dom.js";
import { ThreadList } from "./list.js";
import { CUSTOMERS, FIRST_WORDS } from "./samples.js";
import { BUSINESS, CUSTOMER } from "./sides.js";
import { PhoneState } from "./state.js";
import { ThreadView } from "./thread.js";

const key = new URLSearchParams(location.search).get("phone");
if (key) startPhone();
else showPhones();

async function showPhones() {
  const phones = await (await fetch("/phone/list")).json();
  document.title = "Phones";
  setText(document.querySelector("h1"), "Phones");
  byId("status").hidden = true;
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

function startPhone() {
  const state = new PhoneState();
  const line = connect(key, {
    onEvent: (event) => (event.t === "snapshot_needed" ? location.reload() : state.apply(event)),
    onConnection: showConnection,
  });
  const customers = customerSide(state, line);
  const business = businessSide(state, line);
  const sides = [customers, business];
  const tabs = makeTabs(() => look());

  // Only what is really in front of somebody counts as read.
  function look() {
    const isSeen = (name, { isOpen }) => tabs.current() === name && !document.hidden && isOpen();
    line.lookAt(isSeen("customers", customers) ? customers.view.thread.contact.id : null);
    const { thread } = business.view;
    if (isSeen("business", business) && thread.unreadByBusiness > 0) {
      line.command("seen", { chat: thread.last.chat }).catch((error) => showNotice(error.message));
    }
  }
  for (const side of sides) side.onLook = look;
  document.addEventListener("visibilitychange", look);

  state.addEventListener("everything", () => {
    for (const side of sides) side.restore();
    drawStatus(state.status, business.device);
    drawSamples(state, customers, line);
    look();
  });
  state.addEventListener("status", () => drawStatus(state.status, business.device));
  state.addEventListener("list", () => {
    for (const side of sides) side.draw();
    drawSamples(state, customers, line);
    look();
  });
  for (const [name, act] of [
    ["message", "add"],
    ["changed", "change"],
  ]) {
    state.addEventListener(name, ({ detail }) => {
      for (const { view } of sides) if (view.thread === detail.thread) view[act](detail.message);
    });
  }
  state.addEventListener("seen", ({ detail }) => customers.view.thread === detail.thread && customers.view.changeAll());
  newCustomerDialog(customers, line);
}

// A list and a thread beside it; on a small screen one after the other.
function side(panel, { listOptions, viewOptions, state, line, perspective }) {
  const self = { state, onLook: () => {} };
  const open = (id, { focus = true } = {}) => {
    panel.dataset.open = "true"; // first: what is not laid out can't be scrolled to its end
    self.view.show(state.threads.get(id));
    self.list.select(id);
    if (focus) self.view.box.focus({ preventScroll: true });
    self.onLook();
  };
  const close = () => {
    panel.dataset.open = "false";
    self.onLook();
  };
  self.open = open;
  self.isOpen = () => !!self.view.thread && (panel.dataset.open === "true" || matchMedia("(min-width: 760px)").matches);
  self.list = new ThreadList({ ...listOptions, side: perspective, state, onSelect: open });
  self.view = new ThreadView({
    ...viewOptions,
    side: perspective,
    onBack: close,
    onCommand: (cmd, args) => line.command(cmd, args),
    findMessage: (chat, id) => state.find(chat, id),
    contactOf: (jid) => state.thread(jid)?.contact,
  });
  self.draw = () => {
    self.list.draw();
    self.view.drawHead();
  };
  self.restore = () => {
    const known = self.view.thread && state.threads.get(self.view.thread.contact.id);
    self.view.show(known ?? null);
    self.list.draw();
  };
  return self;
}

function customerSide(state, line) {
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
  self.device = new LinkedDevice({ root: byId("linked-device"), command: line.command });
  return self;
}

function makeTabs(onChange) {
  const names = ["customers", "business"];
  let current = location.hash === "#business" ? "business" : "customers";
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
        choose(
          names.find((other) => other !== name),
          { focus: true },
        );
    });
  }
  byId("tabs").hidden = false;
  queueMicrotask(() => choose(current));
  return { current: () => current };
}

function drawStatus(status, device) {
  setText(byId("number"), formatNumber(status.pn));
  setText(byId("status"), describe(status)[0]);
  byId("status").dataset.tone = !status.online ? "bad" : status.registered && status.pages ? "good" : "wait";
  device.draw(status);
}

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

async function add(customers, line, person) {
  const { contact } = await line.command("contact", person);
  customers.state.apply({ t: "contact", contact }); // the answer may be here before the event
  customers.open(contact.id);
}

function newCustomerDialog(customers, line) {
  const dialog = byId("customer-dialog");
  const form = byId("customer-form");
  const error = byId("customer-error");
  byId("new-customer").addEventListener("click", () => {
    form.reset();
    error.hidden = true;
    dialog.showModal();
  });
  byId("customer-cancel").addEventListener("click", () => dialog.close());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { name, number, hides } = form.elements;
    try {
      if (!name.value.trim()) throw new Error("Give the customer a name.");
      if (!number.value.trim()) throw new Error("Give the customer a number, like 0812-3456-7890.");
      await add(customers, line, { pushname: name.value.trim(), number: number.value, hides_number: hides.checked });
      dialog.close();
    } catch (problem) {
      setText(error, problem.message);
      error.hidden = false;
    }
  });
}

function showNotice(text) {
  setText(byId("notice"), text);
  byId("notice").hidden = !text;
}

function showConnection(isThere) {
  showNotice(isThere ? "" : "The simulator doesn't answer. This page goes on by itself when it is back.");
}
