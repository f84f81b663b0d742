// What the simulator tells its phones (wa_worker/simulator/model.py, status of phone.py), and what their page makes of it.

interface Contact {
  id: string;
  pn: string | null;
  own_name: string;
  pushname?: string | null;
  name?: string | null;
  verified_name?: string | null;
  hides_number: boolean;
  online: boolean;
  isGroup?: boolean;
  /** Of a group: jids. */
  members: string[];
}
type Message = WireMessage;
interface Status {
  phone: string;
  pn: string;
  online: boolean;
  registered: boolean;
  awaits_passkey: boolean;
  /** How many pages are linked and there. */
  pages: number;
  fail_next_send: number;
  qr: { ref: string | null; idle: boolean };
}
/** What comes over the line, by `t`. */
interface SimEvents {
  snapshot: {
    status: Status;
    contacts: Contact[];
    seen: Record<string, number>;
    unread: Record<string, number>;
    messages: Message[];
  };
  status: { status: Status };
  contact: { contact: Contact };
  messages: { messages: Message[] };
  receipt: { chat: string; ids: string[]; ack: number };
  edit: { message: Message };
  revoke: { message: Message };
  reaction: { message: Message };
  decrypted: { message: Message };
  seen: { chat: string; seq: number; unread: number };
  typing: { chat: string; state: string };
}
type SimEvent = { [T in keyof SimEvents]: { t: T } & SimEvents[T] }[keyof SimEvents];
/** Sends a command of `POST /ctl`. */
type Command = (cmd: string, args?: object) => Promise<{ contact: Contact }>;

type Child = Node | string | false | null | undefined;
type Attribute = string | number | boolean | null | undefined;
/** Attributes of an element; what begins with "on" listens. */
type Attributes = Record<string, Attribute | ((event: any) => unknown)>;
type Build = <Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes?: Attributes,
  ...children: Child[]
) => HTMLElementTagNameMap[Tag];

/** One end of a thread. */
interface Side {
  isMine(message: Message): boolean;
  nameOf(contact: Pick<Contact, "id" | "own_name"> & Partial<Contact>): string;
  detailOf(contact: Contact): string;
  unread(thread: Thread): number;
  ackOf(message: Message, thread: Thread): number;
  command: string;
  by: string;
}
type Thread = import("../../wa_worker/simulator/handset/state.js").Thread;
/** A file as `POST /ctl` takes it. */
interface PickedFile {
  media_b64: string;
  mimetype: string;
  filename: string;
}
interface ViewOptions {
  root: HTMLElement;
  side: Side;
  emptyTitle: string;
  emptyText: string;
  suggestions?: string[];
  headerExtra?(slot: HTMLElement, contact: Contact): void;
  onCommand: Command;
  findMessage(chat: string, id: string): Message | undefined;
  contactOf(jid: string): Contact | undefined;
  onBack(): void;
}
/** The elements of a message. */
interface Bubble {
  element: HTMLElement;
  head: HTMLElement;
  quote: HTMLElement;
  content: HTMLElement;
  text: HTMLElement;
  reactions: HTMLElement;
  menu: HTMLElement;
  note: HTMLElement;
  ticks: HTMLElement;
  /** What is in `content`, as text. */
  shown?: string;
}
type PhoneState = import("../../wa_worker/simulator/handset/state.js").PhoneState;
type ThreadList = import("../../wa_worker/simulator/handset/list.js").ThreadList;
type ThreadView = import("../../wa_worker/simulator/handset/thread.js").ThreadView;
/** A list with the thread beside it. */
interface SideOfPage {
  state: PhoneState;
  list: ThreadList;
  view: ThreadView;
  onLook(): void;
  open(id: string, options?: { focus?: boolean }): void;
  isOpen(): boolean;
  draw(): void;
  restore(): void;
}
interface SideOptions {
  listOptions: { root: HTMLElement; label: string; emptyText: string; only(thread: Thread): boolean };
  viewOptions: Omit<ViewOptions, "side" | "onBack" | "onCommand" | "findMessage" | "contactOf">;
  state: PhoneState;
  line: Line;
  perspective: Side;
}
type Line = ReturnType<typeof import("../../wa_worker/simulator/handset/connection.js").connect>;

// The page is HTML alone.
interface ParentNode {
  querySelector(selectors: string): HTMLElement | null;
  querySelectorAll(selectors: string): NodeListOf<HTMLElement>;
}
