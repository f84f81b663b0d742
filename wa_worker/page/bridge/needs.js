// The parts of wa-js and WhatsApp Web that this bridge needs. They are checked at each load, so that a WhatsApp that has
// changed is called incompatible by name and never fails silently. tests/worker/test_incompatible.py proves the list
// complete against the other parts.
// A part of the bridge: all parts are put into one function, in the order that ../bridge.py names.

/** WhatsApp's own modules, as wa-js finds them: `wa().…`. */
const NEEDED = [
  "ChatStore",
  "Cmd",
  "Conn",
  "ContactStore",
  "MsgKey",
  "MsgStore",
  "NetworkStatus",
  "Socket",
  "Stream",
  "UserPrefs",
  "functions",
  "lidPnCache",
];
/** WhatsApp's functions: those that we call, and those that wa-js calls for us. */
const NEEDED_FUNCTIONS = [
  "addAndSendMsgToChat",
  "findOrCreateLatestChat",
  "getSearchContext",
  "handleChatSimpleReceipt",
  "isAuthenticated",
  "isRegistered",
  "msgFindByDirection",
  "queryWidExists",
  "randomMessageId",
  "sendSeen",
  "unixTime",
];
/** Functions of wa-js itself: `WPP.…`. */
const NEEDED_CALLS = [
  "chat.downloadMedia",
  "chat.find",
  "chat.generateMessageID",
  "chat.getMessageById",
  "chat.getMessages",
  "chat.getReactions",
  "chat.markIsComposing",
  "chat.markIsPaused",
  "chat.markIsRead",
  "chat.markIsRecording",
  "chat.sendFileMessage",
  "chat.sendReactionToMessage",
  "chat.sendTextMessage",
  "conn.cancelLinkDeviceCode",
  "conn.getAuthCode",
  "conn.getHistorySyncProgress",
  "conn.getMyUserId",
  "conn.getStreamData",
  "conn.isAuthenticated",
  "conn.isIdle",
  "conn.isOnline",
  "conn.isRegistered",
  "conn.logout",
  "conn.refreshQR",
  "conn.startLinkDeviceCodeForPhoneNumber",
  "contact.getPnLidEntry",
  "contact.getProfilePictureUrl",
  "contact.queryWidExists",
  "loader.onInjected",
  "util.createWid",
];

/** @param {() => unknown} find */
const isFunction = (find) => typeof attempt(find) === "function";
/**
 * The value at a dotted path.
 * @param {unknown} from
 * @param {string} path
 * @returns {unknown}
 */
const under = (from, path) =>
  path.split(".").reduce((value, part) => /** @type {Record<string, unknown>} */ (value)[part], from);
const missing = () => [
  ...NEEDED.filter((name) => !attempt(() => under(wa(), name))),
  ...NEEDED_FUNCTIONS.filter((name) => !isFunction(() => under(wa().functions, name))),
  ...NEEDED_CALLS.filter((name) => !isFunction(() => under(window.WPP, name))).map((name) => `WPP.${name}`),
];
