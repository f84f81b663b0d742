// What the bridge uses of WhatsApp Web and of wa-js 4.6.0: page/bridge/needs.js has the list. WhatsApp's own models hold
// much more, and any field may be missing in another build of theirs.

interface Wid {
  server: string;
  isGroup?(): boolean;
}
interface MsgKey {
  id: string;
  remote: Wid;
  fromMe: boolean;
  participant?: Wid;
}
interface Collection<Model> {
  get(id: unknown): Model | undefined;
  getModelsArray(): Model[];
  remove(model: Model): void;
  on(events: string, listener: (model: Model) => void): void;
}
interface WaFile {
  mimetype?: string;
  size?: number;
  duration?: number;
  fullWidth?: number;
  fullHeight?: number;
}
interface WaMessage {
  id: MsgKey;
  type: string;
  subtype?: string;
  /** Of text its words, of a file its thumbnail. */
  body?: unknown;
  caption?: string;
  /** Epoch seconds. */
  t: number;
  ack?: number;
  author?: Wid;
  notifyName?: string;
  isNewMsg?: boolean;
  isForwarded?: boolean;
  isViewOnce?: boolean;
  isVideoCall?: boolean;
  hasReaction?: boolean;
  latestEditMsgKey?: unknown;
  latestEditSenderTimestampMs?: unknown;
  quotedStanzaID?: string;
  mediaData?: WaFile;
  mimetype?: string;
  size?: number;
  duration?: number;
  filename?: string;
  filehash?: string;
  width?: number;
  height?: number;
  vcardFormattedName?: string;
  vcardList?: Iterable<{ displayName?: string; vcard?: string } | null>;
  loc?: string;
  lat?: number;
  lng?: number;
  pollName?: string;
  pollOptions?: Iterable<{ name?: string } | null>;
  callOutcome?: unknown;
  ephemeralDuration?: number;
  once(event: string, listener: () => void): void;
}
interface WaChat {
  id: Wid;
  t?: number;
  name?: string;
  formattedTitle?: string;
  groupMetadata?: { subject?: string };
  lastReceivedKey?: MsgKey;
  unreadCount?: number;
  msgs: Collection<WaMessage>;
}
interface WaContact {
  name?: string;
  pushname?: string;
  verifiedName?: string;
}
interface WaReaction {
  id: MsgKey | string;
  sender: Wid;
  reactionText: string;
  timestamp: number;
}
type Forget = (hash: string) => unknown;
interface FileCache {
  del?: Forget;
  delete?: Forget;
}
/** Some builds answer with a word, some with an object that has it. */
type SendResult = string | { messageSendResult?: string };

/** WhatsApp's own modules, as wa-js finds them. What else is there, is looked up by name. */
interface WhatsApp {
  ChatStore: Collection<WaChat>;
  MsgStore: Collection<WaMessage>;
  ContactStore: Collection<WaContact>;
  Conn: { pushname?: string };
  UserPrefs: { getMaybeMePnUser(): Wid | null; getMaybeMeLidUser(): Wid | null };
  lidPnCache: { getCurrentLid(wid: Wid): Wid | undefined; getPhoneNumber(wid: Wid): Wid | undefined };
  LruMediaStore?: FileCache;
  MediaBlobCache?: FileCache;
  functions: { queryWidExists(wid: Wid | null): Promise<unknown> };
}
interface SendOptions {
  messageId: string;
  linkPreview: boolean;
  waitForAck: boolean;
  markIsRead: boolean;
  detectMentioned: boolean;
  quotedMsg?: string;
}
interface SentMessage {
  ack?: number;
  sendMsgResult?: SendResult;
}
type Mark = (chat: string) => Promise<unknown>;
interface Wpp {
  isReady: boolean;
  isInjected: boolean;
  whatsapp: WhatsApp;
  loader: { onInjected(listener: () => void): void };
  util: { createWid(jid: string): Wid };
  chat: {
    find(jid: Wid | string): Promise<WaChat>;
    getMessageById(key: string): Promise<WaMessage>;
    getMessages(chat: Wid, options: { count?: number; direction?: "before" | "after"; id?: string }): Promise<WaMessage[]>;
    getReactions(key: string): Promise<{ reactions: { senders: WaReaction[] }[] }>;
    generateMessageID(chat: Wid): Promise<MsgKey>;
    downloadMedia(key: string): Promise<Blob>;
    sendTextMessage(chat: string, body: string, options: SendOptions): Promise<SentMessage>;
    sendFileMessage(chat: string, content: File, options: SendOptions & FileOptions): Promise<SentMessage>;
    sendReactionToMessage(key: string, emoji: string): Promise<SentMessage>;
    markIsRead: Mark;
    markIsComposing: Mark;
    markIsRecording: Mark;
    markIsPaused: Mark;
  };
  contact: {
    queryWidExists(jid: Wid | string): Promise<object | null>;
    getProfilePictureUrl(jid: string): Promise<unknown>;
  };
  conn: {
    isRegistered(): boolean;
    isAuthenticated(): boolean;
    isOnline(): boolean;
    isIdle(): boolean;
    getStreamData(): { mode?: string; info?: string };
    getAuthCode(): Promise<{ fullCode?: string } | null>;
    getMyUserId(): Wid;
    getHistorySyncProgress(): { progress: number };
    refreshQR(): Promise<unknown>;
    cancelLinkDeviceCode(): Promise<unknown>;
    startLinkDeviceCodeForPhoneNumber(digits: string): Promise<string>;
    logout(): Promise<unknown>;
  };
  on<Name extends keyof WppEvents>(name: Name, listener: (event: WppEvents[Name]) => void): void;
  on(name: `conn.${string}`, listener: () => void): void;
}
interface FileOptions {
  type: string;
  filename: string;
  mimetype: string;
  isPtt: true | undefined;
  caption: string | undefined;
}
interface WppEvents {
  "conn.backend_event": string;
  "conn.link_code_change": string;
  "chat.msg_ack_change": { ack: number; chat: Wid; ids: MsgKey[] };
  "chat.msg_edited": { msg: WaMessage };
  "chat.msg_revoke": { refId: MsgKey };
  "chat.new_reaction": { id: MsgKey; msgId: MsgKey; reactionText: string; sender: Wid; timestamp: number };
}
interface Window {
  WPP: Wpp;
  WPPConfig: { disableGoogleAnalytics: boolean; linkPreviewApiServers: string[] };
  Debug?: { VERSION?: string };
  __romsHasGroups?: boolean;
  __romsDeliver(batch: string): Promise<void>;
}

// ---- what the worker asks (wa_worker/page/outbound_calls.py and its neighbours)

interface AskedMessage {
  chat: string;
  id: string;
}
/** Where a message goes; `until`: epoch ms, as long as this worker may send. */
interface AskedSend extends AskedMessage {
  until: number;
  quoted: string | null;
}
interface AskedFile extends AskedSend {
  file: string;
  type: string;
  filename: string;
  mimetype: string;
  caption: string;
  is_voice: boolean;
}
interface AskedDownload extends AskedMessage {
  token: string;
  key: string | null;
  fromMe: boolean;
  isAgain: boolean;
}
/** An error of wa-js: which it is, stands in `code`. */
interface WaError {
  code?: string;
  message?: string;
}
