// Made by `make types` from Python; don't edit.

/** What one poll of the page showed. The default is a page that is still loading. */
interface Evidence {
  is_ready?: boolean;
  is_registered?: boolean;
  is_authenticated?: boolean;
  mode?: string;
  info?: string;
  is_online?: boolean;
  is_qr_idle?: boolean;
  qr_text?: string | null;
  pairing_code?: string | null;
  own_jid?: string | null;
  own_name?: string | null;
  wa_version?: string;
  sync_percent?: number | null;
  missing?: string[];
}

/** A chat as the chat list shows it. `t`: epoch seconds; `newest`: the key of its newest message in memory. */
interface ChatHead {
  chat: string;
  t: number;
  newest: string | null;
  unread: number;
}

/** Where to begin in a chat: at the message `key`, or at `floor` (epoch s) if there is none. */
interface LookBackPosition {
  chat: string;
  key: string | null;
  floor: number;
}

/** The result of a send. `chat`, `ack` and `t` (epoch s) are those of a sent message. */
interface SendOutcome {
  outcome: "sent" | "sending" | "refused" | "unknown_number" | "no_chat";
  chat?: string;
  ack?: number;
  t?: number | null;
  is_repeated?: boolean;
  is_sending?: boolean;
  detail?: string;
}
