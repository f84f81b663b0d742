// Made by `make types` from Python; don't edit.

/** What one look at the page showed. The default: a page that is still loading. */
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

/** A chat as the list shows it; `t` in epoch seconds, `newest` the key of a message in memory. */
interface ChatHead {
  chat: string;
  t: number;
  newest: string | null;
  unread: number;
}

/** From where to look: from the message `key` on, or from `floor` (epoch s) when there is none. */
interface LookBackPosition {
  chat: string;
  key: string | null;
  floor: number;
}

/** How a send ended; `t` in epoch seconds. `chat`, `ack` and `t` are of a message that was sent. */
interface SendOutcome {
  outcome: "sent" | "sending" | "refused" | "unknown_number" | "no_chat";
  chat?: string;
  ack?: number;
  t?: number | null;
  is_repeated?: boolean;
  is_sending?: boolean;
  detail?: string;
}
