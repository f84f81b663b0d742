// The two sides of a thread: who is "me", the other's name, and the meaning of the ticks.
import { summaryOf } from "./content.js";
import { formatNumber } from "./dom.js";

/** @param {{ members: string[] }} contact */
const membersOf = ({ members }) => `group of ${members.length}`;

/** @type {Side} */
export const CUSTOMER = {
  isMine: (message) => !message.fromMe,
  // The customers' list shows the customers themselves.
  nameOf: (contact) => contact.own_name,
  detailOf: (contact) =>
    (contact.isGroup ? membersOf(contact) : contact.pn ? formatNumber(contact.pn) : "no number") +
    (contact.hides_number && !contact.isGroup ? " · hidden from the business" : ""),
  unread: (thread) => thread.unreadByCustomer,
  // The business's phone receives messages at once; they are read when the business opens the chat.
  ackOf: (message, thread) => (message.seq <= thread.seenSeq ? 3 : 2),
  command: "message",
  by: "customer",
};

/** @type {Side} */
export const BUSINESS = {
  isMine: (message) => message.fromMe,
  nameOf: (contact) =>
    contact.name ||
    contact.verified_name ||
    contact.pushname ||
    (contact.hides_number || !contact.pn ? "Hidden number" : formatNumber(contact.pn)),
  detailOf: (contact) =>
    contact.isGroup
      ? membersOf(contact)
      : contact.hides_number || !contact.pn
        ? "number hidden by WhatsApp"
        : formatNumber(contact.pn),
  unread: (thread) => thread.unreadByBusiness,
  ackOf: (message) => message.ack,
  command: "own_message",
  by: "owner",
};

/** @param {Message | undefined} message */
export const previewOf = (message) => (message ? summaryOf(message) : "No messages yet");
