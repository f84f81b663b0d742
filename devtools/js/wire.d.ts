// Made by `make types` from Python; don't edit.

/** A message; `t`: epoch seconds. What is empty is left out. */
interface WireMessage {
  id: string;
  chat: string;
  fromMe: boolean;
  by: string;
  type: string;
  t: number;
  ack: number;
  seq: number;
  rev: number;
  body?: string;
  edits?: number;
  notifyName?: string;
  quoted?: string;
  caption?: string;
  filename?: string;
  mimetype?: string;
  filehash?: string;
  size?: number;
  sha256?: string;
  subtype?: string;
  author?: string;
  isViewOnce?: boolean;
  isForwarded?: boolean;
  content?: Content;
  reactions?: WireReaction[];
}

/** What a message of another kind than text holds, by the names of WhatsApp's page. */
interface Content {
  lat?: number;
  lng?: number | null;
  loc?: string | null;
  vcardFormattedName?: string;
  vcardList?: VCard[];
  pollName?: string;
  pollOptions?: PollOption[];
  pollSelectableOptionsCount?: number;
  callOutcome?: string;
  isVideoCall?: boolean;
  callDuration?: number;
}

/** One person of a contact card. */
interface VCard {
  displayName: string;
  vcard: string;
}

/** One choice of a poll. */
interface PollOption {
  name: string;
  localId: number;
}

/** A reaction with its sender: a jid, or `model.OURS`. */
interface WireReaction {
  text: string;
  t: number;
  rid: string;
  by: string;
  sender: string;
}

/** Everything for a loaded page, or what has changed since. `syncing`: seconds that the page is to take over it. */
interface Snapshot {
  syncing: number;
  contacts: PageContact[];
  groups: PageGroup[];
  chats: PageChat[];
  messages: WireMessage[];
  receipts: Ticks[];
  rev: number;
  pushname: string | null;
}

/** The attributes of the page's contact model, with the phone number's jid as `pn`. */
interface PageContact {
  id: string;
  pn: string | null;
  name: string | null;
  shortName: string | null;
  pushname: string | null;
  verifiedName: string | null;
  isBusiness: boolean;
  isAddressBookContact: boolean;
  type: string;
}

/** A group; `members` are jids. */
interface PageGroup {
  id: string;
  subject: string;
  members: string[];
}

/** A chat as the page counts it. */
interface PageChat {
  id: string;
  unreadCount: number;
}

/** The new ack of messages of one chat, by their short ids. */
interface Ticks {
  chat: string;
  ids: string[];
  ack: number;
}

/** Whom a jid belongs to, as far as the business may know. `biz`: a business with a verified name. */
interface Account {
  pn: string | null;
  lid: string | null;
  biz: boolean;
}
