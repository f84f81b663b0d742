// Enumerations and small pure functions that wa-js reads while it starts or sends.
"use strict";
(() => {
  // wa-js chooses between old and new calls by this; it must be a build newer than all its comparisons.
  const VERSION = "2.3000.1045220589";
  /** @param {string[]} names */
  const named = (names) => Object.fromEntries(names.map((name) => [name, name]));

  __provide("WAWebBuildConstants", () => ({
    VERSION_STR: VERSION,
    VERSION_PRIMARY: "2",
    VERSION_SECONDARY: "3000",
    VERSION_TERTIARY: "1045220589",
    VERSION_BASE: VERSION,
  }));
  __provide("WAWebSanitizedVersion", () => ({ SANITIZED_VERSION_STR: VERSION }));
  __provide("WAWebAck", () => ({
    ACK: { FAILED: -1, CLOCK: 0, SENT: 1, RECEIVED: 2, READ: 3, PLAYED: 4, PEER: 5 },
    ACK_STRING: { SENDER: "sender", DELIVERY: "delivery", READ: "read", PLAYED: "played" },
    EDIT_ATTR: { SENDER_REVOKE: 7, ADMIN_REVOKE: 8 },
  }));
  __provide("WAWebSocketConstants", () => ({
    SOCKET_STATE: named([
      "OPENING",
      "PAIRING",
      "UNPAIRED",
      "UNPAIRED_IDLE",
      "CONNECTED",
      "TIMEOUT",
      "CONFLICT",
      "UNLAUNCHED",
      "PROXYBLOCK",
      "TOS_BLOCK",
      "SMB_TOS_BLOCK",
      "DEPRECATED_VERSION",
    ]),
    SOCKET_STREAM: named(["DISCONNECTED", "SYNCING", "RESUMING", "CONNECTED"]),
    WATCHED_SOCKET_STATE: named(["OPEN", "CLOSED"]),
  }));
  __provide("WAWebNonJidMentionType", () => ({ default: { MENTION_ALL: 1 } }));
  __provide("WAWebLogoutReasonConstants", () => ({
    LogoutReason: { UserInitiated: "user_initiated", UnknownCompanion: "unknown_companion" },
    LOGOUT_REASON_CODE: { CLIENT_FATAL: "0" },
  }));
  // wa-js wraps getErrorCodeFromLogoutReason to say conn.logout_reason.
  __provide("WAWebLogoutReason", () => ({
    getErrorCodeFromLogoutReason: () => "0",
    setPrevLogoutReasonCode() {},
    getPrevLogoutReasonCode: () => null,
  }));

  // prepareRawMessage and the link finder of sendTextMessage.
  __provide("WATimeUtils", () => ({ unixTime: () => Math.floor(Date.now() / 1000), unixTimeMs: () => Date.now() }));
  __provide("WAWebEphemeralUtils", () => ({ getEphemeralFields: () => ({}) }));
  __provide("WAWebMsgReply", () => ({ canReplyMsg: () => true }));
  __provide("WAWebABProps", () => ({ getABPropConfigValue: () => undefined }));
  __provide("WAWebFindLink", () => ({ findFirstWebLink: (text) => (text.match(/https?:\/\/\S+/) || [])[0] }));
})();
