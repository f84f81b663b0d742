// Types of assets/roms that no file can say by itself. Each file is one function whose result is a global: `romsView`.

type Format = InstanceType<typeof romsFormat.Format>;
/** Sentences by their names, in one language. */
type Texts = Format["words"];

/** How the scripts of a page send events: Reflex's own function, and its names of the handlers `Events`. */
interface Bridge<Events> {
  dispatch(name: string, payload: object): void;
  events: Record<keyof Events, string>;
}

/** What orders.js adds to `roms`. */
interface Orders {
  /** Put the focus on the first of these that is there. */
  focus(...selectors: string[]): void;
  enter(ticket: string, to: string): Promise<void>;
  focusOn(id: string): void;
  /** Something that this tab alone is given (states/browser.py). */
  give<Name extends keyof GivenView>(name: Name, value: GivenView[Name]): void;
  /** The same words are said once. At the top, below the page's head: the composer and its Send stay free. */
  toast(level: keyof Toaster, words: string, options?: object): void;
}

/** What orders.js gives to Reflex (rxconfig.py), and to the other scripts. */
declare var romsObey: (text: string, refs: ReflexRefs) => unknown;
declare var romsLearn: (refs: ReflexRefs) => void;
declare var romsLogins: { watch(onLogin: () => void): () => void };
/** What page.js gives to Reflex. */
declare var romsRefuses: (events: { name: string }[], args: unknown[] | undefined, refs: ReflexRefs) => boolean;

/** Reflex's own objects of a page. */
interface ReflexRefs {
  __toast?: Toaster;
}
type Toaster = Record<"error" | "success" | "info", (words: string, options: object) => void>;

/** Elements of which more is used than every element has, by their ids. */
interface Elements {
  "roms-composer": HTMLTextAreaElement;
  "roms-queue-filter": HTMLInputElement;
  "roms-lightbox": HTMLDialogElement;
}
type ById = <Id extends string>(id: Id) => (Id extends keyof Elements ? Elements[Id] : HTMLElement) | null;

/** An event and what it happened to. The document itself can be that: it has no `closest`. */
type On<E extends Event = Event, Target extends Element = HTMLElement> = E & { target: Target };
/** What listens, to which event, with what, and whether before those further in. The type of event ties no handler's. */
type Listening = [target: EventTarget, type: string, handler: (event: any) => unknown, isEarly?: boolean];

/** The sentences of words.js, by language and name. */
declare var romsWords: Record<string, Record<string, string>>;
/** The name of a sentence. */
type Word = keyof Texts;
/** Which list, and whose. */
type ListKey = Pick<Listing, "me" | "tab" | "status">;
type ListPage = Listing & { rows: ConversationRow[]; is_first: boolean };
type MessagePage = ThreadPage & { messages: MessageRow[] };
/** What a thread's items depend on beside their messages. */
interface ItemContext {
  now: number;
  /** Ids of messages that are shown whole. */
  expanded: Set<string>;
  customer?: string;
  /** What was shown of a message, by its id. */
  known?: Map<string, { message: MessageRow; context: unknown[]; item: MessageItem }>;
  /** Ids of messages whose file the browser can't show. */
  broken?: Set<string>;
}

/** What is answered in a conversation: a message's number and what is shown of it. */
interface Quote {
  id: number;
  author: string;
  preview: string;
  kind: string;
}
/** What `send_message` gets beside its conversation and key. */
type Content = Omit<Handlers["send_message"], "conversation_id" | "key">;
/** Something that was sent and is not known to be in the database. */
interface Attempt {
  key: string;
  conversationId: number;
  content: Content;
  /** What tells a repeat from another message. */
  mark: string;
  /** The server's epoch ms. */
  at: number;
  isGivenUp: boolean;
  /** As it stood in the box, with what went along. */
  text: string;
  files: TrayItem[];
  quote: Quote | undefined;
  timer?: number;
  onAccepted?(): void;
  onRefused?(): void;
}

/** A file that waits to be sent. */
interface TrayItem {
  id: string;
  conversationId: number;
  file: File;
  kind: string;
  preview: string;
  state: "waiting" | "uploading" | "ready" | "refused";
  progress: number;
  token: string;
  error: string;
  canRetry: boolean;
  caption: string;
  cancel: (() => void) | null;
}
/** A file on its way. The answer fails with a `Refusal`. */
interface Upload {
  answer: Promise<{ token: string; kind: string }>;
  cancel(): void;
}
interface Refusal {
  error: string;
  canRetry: boolean;
}

/** A voice note that was recorded. */
interface Take {
  conversationId: number;
  blob: Blob;
  url: string;
  ms: number;
  isSending: boolean;
  token?: string;
}
/** A voice note that is being recorded. */
interface Recording {
  conversationId: number;
  state: "asking" | "recording";
  chunks: Blob[];
  /** Epoch ms; 0: not yet. */
  startedAt: number;
  isWanted: boolean;
  isSentAtOnce: boolean;
  stream?: MediaStream;
  recorder?: MediaRecorder;
  context?: AudioContext;
  timers?: number[];
}

// The pages are HTML alone.
interface ParentNode {
  querySelector(selectors: string): HTMLElement | null;
  querySelectorAll(selectors: string): NodeListOf<HTMLElement>;
}
interface Element {
  closest(selectors: string): HTMLElement | null;
}
