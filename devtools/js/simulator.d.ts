// The simulated WhatsApp Web page: what its modules (wa_worker/simulator/page) offer each other and wa-js, and what the
// simulator tells them (wa_worker/simulator/page_link.py; what Python has a type for, is in wire.d.ts). WhatsApp's own modules hold much more.

// ---- the loader

type Load = <Id extends keyof Modules>(id: Id) => Modules[Id];
type Factory = (load: (id: string) => unknown, module: { exports: object }, exports: object) => void;
/** A module as the simulator's own are written: made once, when it is first needed. */
type Provide = <Id extends keyof Modules>(id: Id, make: (load: Load) => Modules[Id]) => void;
declare var __provide: Provide;
interface Window {
  __d(id: string, dependencies: string[], factory: Factory): void;
  require(id: string): unknown;
  importNamespace(id: string): unknown;
  /** null: a page that never comes up. */
  __simLoad?: Load | null;
  ErrorGuard: { skipGuardGlobal(): void };
  Debug: { VERSION: string };
}
/** How the page is to come up (`boot` of faults.py). */
interface Boot {
  never_ready: boolean;
  /** Modules that a library doesn't find. */
  without: string[];
}

// ---- what everything is made of

interface Listener {
  (...args: unknown[]): unknown;
  /** Of a listener that is called once: what was given. */
  original?: Listener;
}
interface EventEmitter {
  on(name: string, fn: Listener, context?: unknown): this;
  once(name: string, fn: Listener, context?: unknown): this;
  off(name?: string, fn?: Listener): this;
  trigger(name: string, ...args: unknown[]): this;
  emit(name: string, ...args: unknown[]): this;
  listenTo(other: EventEmitter, name: string, fn: Listener): this;
}
/** Every field is a property as well. */
interface BaseModel<Fields extends object> extends EventEmitter {
  readonly attributes: Partial<Fields>;
  get<Name extends keyof Fields>(name: Name): Fields[Name] | undefined;
  set(patch: Partial<Fields>): this;
  set<Name extends keyof Fields>(name: Name, value: Fields[Name]): this;
  unset(name: keyof Fields): this;
  toJSON(): Partial<Fields>;
  serialize(): Partial<Fields>;
}
interface ModelClass<Model extends BaseModel<any>> {
  new (attributes?: Model["attributes"]): Model;
}
interface BaseModelClass {
  new <Fields extends object>(attributes?: Partial<Fields>): BaseModel<Fields> & Fields;
  /** Properties that exist before anybody sets them. */
  fields: string[];
  defaults(): object;
}
interface BaseCollection<Model extends BaseModel<any>> extends EventEmitter {
  readonly length: number;
  /** By its key: as an id, as text, or of a model. */
  get(x: unknown): Model | undefined;
  assertGet(x: unknown): Model;
  find(x: unknown): Promise<Model | undefined>;
  add(value: Model | Model["attributes"], options?: AddOptions): Model;
  add(values: (Model | Model["attributes"])[], options?: AddOptions): Model[];
  _addOne(value: Model | Model["attributes"], options: AddOptions): Model;
  remove(x: unknown): Model | undefined;
  forget(models: Model[]): void;
  toArray(): Model[];
  getModelsArray(): Model[];
  where(ids: unknown[]): Model[];
}
interface AddOptions {
  /** Nobody is told. */
  silent?: boolean;
}
interface BaseCollectionClass {
  new <Model extends BaseModel<any>>(): BaseCollection<Model>;
}
interface CollectionClass<Collection> {
  new (): Collection;
}

// ---- who, and which message

interface Wid {
  user: string;
  server: string;
  _serialized: string;
  toString(): string;
  isUser(): boolean;
  isLid(): boolean;
  isGroup(): boolean;
}
type WidLike = Pick<Wid, "user" | "server">;
interface MsgKey {
  fromMe: boolean;
  remote: Wid;
  id: string;
  participant?: Wid;
  _serialized: string;
  toString(): string;
}
/** The parts of a message's key. The chat is `remote`, or else `to` of our own message and `from` of a received one. */
interface KeyParts {
  id: string;
  fromMe?: boolean;
  selfDir?: string;
  remote?: Wid;
  from?: Wid;
  to?: Wid;
  participant?: Wid;
}

// ---- models

interface FileData {
  type: string;
  filehash: string;
  mimetype?: string;
  size?: number;
}
interface MsgFields extends Content {
  id: MsgKey;
  type: string;
  subtype?: string;
  body?: string;
  /** Epoch seconds. */
  t: number;
  from?: Wid;
  to?: Wid;
  author?: Wid;
  ack?: number;
  isNewMsg?: boolean;
  notifyName?: string;
  caption?: string;
  filename?: string;
  mimetype?: string;
  size?: number;
  filehash?: string;
  mediaData?: FileData;
  mediaObject?: { type: string };
  latestEditMsgKey?: MsgKey;
  quotedStanzaID?: string;
  quotedParticipant?: Wid;
  quotedMsg?: object;
  isLive?: boolean;
  isViewOnce?: boolean;
  isForwarded?: boolean;
  forwardingScore?: number;
  hasReaction?: boolean;
  isSendFailure?: boolean;
  /** Of a deletion: the deleted one. */
  protocolMessageKey?: MsgKey;
  /** Of a file that is sent: brings its bytes to the server. */
  upload?(): Promise<void>;
}
interface Msg extends BaseModel<MsgFields>, MsgFields {
  readonly sender: Wid | undefined;
  readonly isMedia: boolean;
  updateAck(ack: number): void;
  downloadMedia(): Promise<void>;
}
interface MsgCollection extends BaseCollection<Msg> {
  withShortId(id: string | undefined): Msg | undefined;
  processMultipleMessages(chatId: Wid, raws: MsgFields[]): Promise<Msg[]>;
}
interface ChatFields {
  id: Wid;
  name?: string;
  formattedTitle?: string;
  t?: number;
  unreadCount: number;
  lastReceivedKey?: MsgKey;
  archive: boolean;
  active?: boolean;
  labels: string[];
  groupMetadata?: GroupMetadata;
}
interface Chat extends BaseModel<ChatFields>, ChatFields {
  readonly msgs: MsgCollection;
  readonly contact: Contact | undefined;
}
interface ContactFields extends Partial<Omit<PageContact, "id" | "pn">> {
  id: Wid;
}
interface Contact extends BaseModel<ContactFields>, ContactFields {}
interface PictureFields {
  id: Wid;
  img?: string;
  imgFull?: string;
  eurl?: string;
  tag?: string;
}
interface Picture extends BaseModel<PictureFields>, PictureFields {}
interface PictureCollection extends BaseCollection<Picture> {
  /** `filehash`: of the new one; null: there is none. */
  put(id: Wid, filehash: string | null): Picture | undefined;
}
interface GroupFields {
  id: Wid;
  subject: string;
  participants: BaseCollection<Participant>;
  groupType?: string;
}
interface GroupMetadata extends BaseModel<GroupFields>, GroupFields {}
interface ParticipantFields {
  id: Wid;
  isAdmin: boolean;
  isSuperAdmin?: boolean;
}
interface Participant extends BaseModel<ParticipantFields>, ParticipantFields {}
/** One sender's reaction, in WhatsApp's words. */
interface ReactionRecord {
  msgKey: string;
  parentMsgKey: string;
  /** "" once it was taken back. */
  reactionText: string;
  read: boolean;
  senderUserJid: string;
  /** Epoch ms. */
  t: number;
  timestamp: number;
  orphan: number;
}
/** The reactions to a message. */
interface ShownReactions {
  reactions: { aggregateEmoji: string; hasReactionByMe: boolean; senders: ReactionRecord[] }[];
  reactionByMe: ReactionRecord | undefined;
}
interface ReactionsFields extends ShownReactions {
  id: string;
}
interface Reactions extends BaseModel<ReactionsFields>, ReactionsFields {}
interface ConnFields {
  ref?: string | null;
  connected: boolean;
  platform?: string;
  pushname?: string | null;
  wid?: Wid;
  battery?: number;
  plugged?: boolean;
}
interface Conn extends BaseModel<ConnFields>, ConnFields {}
interface SocketFields {
  state: string;
  stream: string;
  hasSynced?: boolean;
}
interface Socket extends BaseModel<SocketFields>, SocketFields {}
interface StreamFields {
  mode?: string;
  info: string;
  needsUpdate?: string;
  available?: boolean;
}
interface Stream extends BaseModel<StreamFields>, StreamFields {}
interface Network extends BaseModel<{ online: boolean }> {
  online: boolean;
}
interface Cmd extends EventEmitter {
  isMainLoaded: boolean;
  mainLoaded(): void;
  refreshQR(): void;
}

// ---- sending and files

interface OpaqueData {
  type(): string;
  size(): number;
  forceToBlob(): Blob;
}
interface PrepOptions {
  asDocument?: boolean;
  asSticker?: boolean;
  isPtt?: boolean;
}
/** `productMsgOptions`: the message as far as wa-js has made it. */
interface SendMediaOptions {
  productMsgOptions: MsgFields;
  caption?: string;
  isViewOnce?: boolean;
}
interface MediaPrep {
  waitForPrep(): Promise<void>;
  sendToChat(request: { chat: Chat; options: SendMediaOptions }): Promise<SendAnswer>;
}
interface SendAnswer {
  messageSendResult: string;
  t?: number;
  count?: null;
}
interface MessageReceipt {
  type: string;
  stanzaId: string;
  /** Short ids. */
  externalIds: string[];
  from: Wid;
  participant: null;
  recipient: null;
  /** Epoch seconds. */
  ts: number;
  ack: number;
  ackString: string;
  offline: null;
}
interface MessageQuery {
  anchor: MsgKey;
  count?: number;
  direction: "before" | "after";
}
type FindMessages = (query: MessageQuery) => Promise<{ status: number; messages: MsgFields[] }>;
type Receipts = "handleChatSimpleReceipt" | "handleGroupSimpleReceipt" | "handleStatusSimpleReceipt";

// ---- the line to the simulator

/** The page's requests by their `t`, each with its answer. */
interface Questions {
  hello: { ask: { device: string | null; is_load: boolean }; answer: Greeting };
  sync: { ask: { since?: number }; answer: Snapshot };
  history: { ask: { chat: string; anchor: string; count: number; direction: string }; answer: WireMessage[] };
  get: { ask: { chat: string; id: string }; answer: WireMessage | null };
  exists: { ask: { wid: string }; answer: Account | null };
  picture: { ask: { wid: string }; answer: string | null };
  link_code: { ask: { phone: string }; answer: string };
  /** "ok", or how it fails. */
  download: { ask: {}; answer: string };
  upload: { ask: {}; answer: boolean };
  react: { ask: { chat: string; id: string; text: string }; answer: Outcome };
  send: { ask: { msg: OutgoingMessage }; answer: Outcome };
}
/** What it says, for no answer. */
interface Notices {
  need_qr: {};
  refresh_qr: {};
  logout: {};
  seen: { chat: string };
  chatstate: { chat: string; state: string };
}
type Question<T extends keyof Questions> = { t: T } & Questions[T]["ask"];
type Ask = <T extends keyof Questions>(message: Question<T>) => Promise<Questions[T]["answer"]>;
interface OpenQuestion {
  message: object;
  isGreeting: boolean;
  resolve(answer: unknown): void;
}
type Notice = { [T in keyof Notices]: { t: T } & Notices[T] }[keyof Notices];
interface Greeting {
  /** new: show a QR. passkey: wait for the phone. unknown: unlinked while the page was away. */
  state: "linked" | "new" | "passkey" | "unknown";
  online: boolean;
  deaf: Deafness | null;
}
type Deafness = "socket" | "store" | "events";
/** `error`: WhatsApp's word for why it was refused. */
interface Outcome {
  ok?: true;
  error?: string;
}
interface OutgoingMessage {
  id: string;
  chat: string;
  type: string;
  body?: string;
  caption?: string;
  filename?: string;
  mimetype?: string;
  filehash?: string;
  size?: number;
  quoted?: string;
  t: number;
  isForwarded?: boolean;
  isViewOnce?: boolean;
  content?: Content;
}
/** What comes unasked, by `t`. */
interface PageEvents {
  qr: { ref: string };
  qr_idle: {};
  code_entered: {};
  paired: { device: string; pn: string; lid: string };
  messages: { messages: WireMessage[] };
  contact: { contact: PageContact };
  receipt: Ticks & { rev: number };
  edit: { message: WireMessage };
  revoke: { message: WireMessage };
  reaction: { message: WireMessage };
  decrypted: { message: WireMessage };
  group: { group: PageGroup };
  picture: { chat: string; filehash: string | null };
  passkey: {};
  deaf: { how: Deafness | null };
  backend_event: { name: string };
  stream: { mode?: string; info?: string };
  reload: {};
  seen: { chat: string; unread: number };
  network: { online: boolean };
  needs_update: {};
  logged_out: { reason: string };
}
type PageHandlers = { [T in keyof PageEvents]: (event: { t: T } & PageEvents[T]) => void };
type PageEvent = { [T in keyof PageEvents]: { t: T } & PageEvents[T] }[keyof PageEvents];
interface LinkCallbacks {
  onOpen(): void;
  onClose(): void;
  onEvent(event: PageEvent): void;
}

// ---- the modules, by name

interface Modules extends Record<`WAWebHandle_${Receipts}`, Record<string, (receipt: MessageReceipt) => Promise<void>>> {
  // The simulator's own.
  SimLink: {
    connect(callbacks: LinkCallbacks): void;
    send(message: Notice): void;
    call: Ask;
    callLocal: Ask;
    greet: Ask;
    welcome(): void;
    hold(): void;
  };
  SimRegistration: {
    phone: string;
    read(name: Remembered): string | null;
    write(values: Record<Remembered, string>): void;
    clear(): void;
    isLinked(): boolean;
    isAtGate: boolean;
  };
  SimKeys: { identity: Uint8Array; noise: Uint8Array };
  SimFaults: { isStoreBroken: boolean; isMute: boolean };
  SimMemory: { trim(chat: Chat): void };
  SimMedia: { fetchInto(msg: Msg): Promise<void>; upload(blob: Blob): Promise<void> };
  SimContacts: { put(contact: PageContact): void };
  SimGroups: { put(group: PageGroup): void };
  SimReactions: {
    keep(records: ReactionRecord[]): void;
    receive(key: MsgKey, reactions: WireReaction[], isNew: boolean): void;
    stored(key: string): Promise<ShownReactions>;
    forget(gone: Msg[]): void;
  };
  SimInbound: {
    toRaw(wire: WireMessage): MsgFields;
    ingest(chatId: Wid, raws: MsgFields[]): Promise<Msg[]>;
    receive(wires: WireMessage[], isNew: boolean): void;
    edit(wire: WireMessage): void;
    revoke(wire: WireMessage): void;
    decrypted(wire: WireMessage): void;
    receipt(ticks: Ticks): void;
    reaction(wire: WireMessage): void;
    loadOne(chat: Chat, key: MsgKey): Promise<void>;
  };

  // models.js
  WAWebEventEmitter: { default: new () => EventEmitter };
  WAWebBaseModel: { BaseModel: BaseModelClass; defineModel<Model>(model: Model): Model };
  WAWebCollection: { default: BaseCollectionClass };
  WAWebBaseCollection: { BaseCollection: BaseCollectionClass };

  // ids.js
  WAWebWid: { default: new (text: unknown) => Wid };
  WAWebWidFactory: {
    createWid(text: unknown): Wid;
    isWidlike(x: Partial<WidLike> | null | undefined): boolean;
    createWidFromWidLike(x: WidLike): Wid;
    createUserWidOrThrow(user: unknown, server?: string): Wid;
  };
  WAWebMsgKey: { default: { new (parts: KeyParts): MsgKey; fromString(text: unknown): MsgKey; newId(): Promise<string> } };

  // constants.js
  WAWebBuildConstants: Record<"VERSION_STR" | "VERSION_BASE", string> &
    Record<"VERSION_PRIMARY" | "VERSION_SECONDARY" | "VERSION_TERTIARY", string>;
  WAWebSanitizedVersion: { SANITIZED_VERSION_STR: string };
  WAWebAck: Record<"ACK" | "EDIT_ATTR", Record<string, number>> & { ACK_STRING: Record<string, string> };
  WAWebSocketConstants: Record<"SOCKET_STATE" | "SOCKET_STREAM" | "WATCHED_SOCKET_STATE", Record<string, string>>;
  WAWebNonJidMentionType: { default: { MENTION_ALL: number } };
  WAWebLogoutReasonConstants: Record<"LogoutReason" | "LOGOUT_REASON_CODE", Record<string, string>>;
  WAWebLogoutReason: {
    getErrorCodeFromLogoutReason(reason: string): string;
    setPrevLogoutReasonCode(code: string): void;
    getPrevLogoutReasonCode(): string | null;
  };
  WATimeUtils: { unixTime(): number; unixTimeMs(): number };
  WAWebEphemeralUtils: { getEphemeralFields(): object };
  WAWebMsgReply: { canReplyMsg(): boolean };
  WAWebABProps: { getABPropConfigValue(): undefined };
  WAWebFindLink: { findFirstWebLink(text: string): string | undefined };

  // session.js
  WAWebUserPrefsMeUser: {
    getMaybeMePnUser(): Wid | undefined;
    getMaybeMeLidUser(): Wid | undefined;
    getMePnUserOrThrow(): Wid;
    getMeLidUserOrThrow(): Wid;
    getMe(): Wid | undefined;
  };
  WAWebAuthState: { isLoggedIn(): boolean };
  WAWebRegState: { isRegistered(): boolean };
  WAWebSignalStoreApi: {
    waSignalStore: { getRegistrationInfo(): Promise<{ identityKeyPair: { pubKey: Uint8Array } }> };
  };
  WAWebNoiseInfoStore: { waNoiseInfo: { get(): Promise<{ staticKeyPair: { pubKey: Uint8Array } }> } };
  WAWebAdvStore: { getADVSecretKey(): string; setADVSignedIdentity(): void };
  WABase64: { encodeB64(bytes: Uint8Array | ArrayBuffer): string; decodeB64(text: string): ArrayBuffer };
  WAWebConnModel: { Conn: Conn; ConnImpl: ModelClass<Conn> };
  WAWebSocketModel: { Socket: Socket };
  WAWebStreamModel: { Stream: Stream };
  WAWebCmd: { Cmd: Cmd; CmdImpl: new () => Cmd };
  WAWebNetworkStatus: { default: Network };
  WAWebHistorySyncProgress: {
    getHistorySyncProgressModel(): { realProgress: number; remainingPausedSeconds: number };
  };
  WAWebBackendEventBus: { BackendEventBus: EventEmitter; BackendEvent: object };
  WAWebAltDeviceLinkingApi: {
    initializeAltDeviceLinking(): Promise<void>;
    genLinkDeviceCodeForPhoneNumber(phone: string): Promise<string>;
  };
  WAWebLinkDeviceEvents: { WAWebLinkDeviceEvents: EventEmitter };

  // contacts.js
  WAWebContactModel: { default: ModelClass<Contact> };
  WAWebContactCollection: {
    ContactCollection: BaseCollection<Contact>;
    ContactCollectionImpl: CollectionClass<BaseCollection<Contact>>;
  };
  WAWebBlocklistCollection: { BlocklistCollection: BaseCollection<Contact> };
  WAWebLidPnCache: {
    lidPnCache: {
      learn(lid: unknown, pn: unknown): void;
      getPhoneNumber(lid: unknown): Wid | undefined;
      getCurrentLid(pn: unknown): Wid | undefined;
    };
  };
  WAWebApiContact: { getCurrentLid(pn: unknown): Wid | undefined; getPhoneNumber(lid: unknown): Wid | undefined };
  WAWebLid1X1MigrationGating: { Lid1X1MigrationUtils: Record<string, () => boolean> };
  WAWebContactGetters: Record<"getNotifyName" | "getUserid" | "getIsMe" | "getIsWAContact", (contact: Contact) => unknown>;
  WAWebFrontendContactGetters: Record<string, (contact: Contact) => unknown>;
  WAWebQueryExistsJob: {
    queryPhoneExists(): Promise<null>;
    queryWidExists(wid: Wid): Promise<{ wid: Wid; biz: boolean } | null>;
  };
  WAWebProfilePicThumbCollection: {
    ProfilePicThumbCollection: PictureCollection;
    ProfilePicThumbCollectionImpl: CollectionClass<PictureCollection>;
  };
  WAWebGroupMetadataCollection: { default: BaseCollection<GroupMetadata> };

  // chats.js
  WAWebMsgModel: { default: ModelClass<Msg> };
  WAWebMsgCollection: { MsgCollection: MsgCollection; MsgCollectionImpl: CollectionClass<MsgCollection> };
  WAWebChatModel: { default: ModelClass<Chat> };
  WAWebChatCollection: {
    ChatCollection: BaseCollection<Chat>;
    ChatCollectionImpl: CollectionClass<BaseCollection<Chat>>;
  };
  WAWebNewsletterCollection: { default: BaseCollection<Chat> };
  WAWebStatusCollection: { StatusCollection: BaseCollection<Chat> };
  WAWebPresenceCollection: { PresenceCollection: BaseCollection<BaseModel<object>> };
  WAWebFindChatAction: { findOrCreateLatestChat(wid: Wid): Promise<{ chat: { id: Wid }; created: boolean }> };
  WAWebQuotedMsg: { getQuotedMsgObj(msg: Msg): Msg | undefined };
  WAWebHasUnread: { getHasUnread(chat: Chat): boolean };
  WAWebChatSeenBridge: { markUnread(): Promise<void>; sendSeen(request: { chat: Chat }): Promise<void> };
  WAWebChatPresenceBridge: Record<"markComposing" | "markPaused" | "markRecording", (chat: Chat) => Promise<void>>;
  WAWebMsgFind: {
    msgFindByDirection: FindMessages;
    msgFindBefore(query: Omit<MessageQuery, "direction">): ReturnType<FindMessages>;
    msgFindAfter(query: Omit<MessageQuery, "direction">): ReturnType<FindMessages>;
  };
  WAWebSearchContext: {
    getSearchContext(request: { chat: Chat; msgKey: MsgKey }): {
      key: MsgKey;
      collection: MsgCollection & { loadAroundPromise: Promise<void> };
    };
  };

  // reactions.js
  WAWebReactionsCollection: {
    ReactionsCollection: BaseCollection<Reactions>;
    ReactionsCollectionImpl: CollectionClass<BaseCollection<Reactions>>;
  };
  WAWebReactionsCollectionAction: {
    addOrUpdateReactionsModelCollection(record: ReactionRecord | ReactionRecord[], isNew: boolean): Promise<void>;
  };
  WAWebGetReactions: { getReactions(id: MsgKey): Promise<ShownReactions> };
  WAWebSendReactionMsgAction: { sendReactionToMsg(msg: Msg, text: string): Promise<SendAnswer> };

  // outbound.js
  WAWebSendMsgChatAction: {
    addAndSendMsgToChat(chat: Chat, raw: MsgFields): Promise<[Promise<Msg>, Promise<SendAnswer>]>;
  };

  // media.js
  WAWebOpaqueData: {
    default: { new (blob: Blob, type: string): OpaqueData; createFromData(blob: Blob, type: string): Promise<OpaqueData> };
  };
  WAWebMediaGating: { getUploadLimit(): number };
  WAWebLruMediaStore: {
    LruMediaStore: {
      get(key: string): Promise<ArrayBuffer | undefined>;
      put(key: string, value: ArrayBuffer): Promise<void>;
      del(key: string): Promise<boolean>;
      clear(): Promise<void>;
      count(): Promise<number>;
      has(key: string): Promise<boolean>;
    };
  };
  WAWebMediaPrep: {
    MediaPrep: new (data: OpaqueData, options: PrepOptions) => MediaPrep;
    uploadProductImage(): Promise<void>;
    prepRawMedia(data: OpaqueData, options: PrepOptions): MediaPrep;
  };
}
type Remembered = "device" | "pn" | "lid";
