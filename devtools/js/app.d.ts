// Made by `make types` from Python; don't edit.

/** One row of the list. It is also the row's patch: its current state, the same for every agent. */
interface ConversationRow {
  id: number;
  version: number;
  inbox_id: number;
  inbox_name: string;
  name: string;
  phone: string;
  preview: string;
  preview_kind: string;
  preview_is_ours: boolean;
  preview_status: string;
  last_message_at: number;
  unread: number;
  waiting_since: number;
  status: string;
  assignee_id: number;
  assignee_name: string;
  picture: string;
  is_group: boolean;
  priority: number;
  team: string;
  because: Record<string, string>;
  is_escalated: boolean;
  due_at: number;
  labels: string[];
}

/** One bubble, or one centred system line if `kind` is "system". */
interface MessageRow {
  id: string;
  version: number;
  conversation_id: number;
  kind: string;
  body: string;
  is_ours: boolean;
  author: string;
  sender_type: string;
  status: string;
  failure_reason: string;
  sent_at: number;
  is_edited: boolean;
  is_revoked: boolean;
  quoted_body: string;
  quoted_id: string;
  quoted_kind: string;
  quoted_is_ours: boolean;
  raw_kind: string;
  is_forwarded: boolean;
  group_author: string;
  held_until: number;
  hold_reason: string;
  can_cancel: boolean;
  attachment: AttachmentView | null;
  reactions: ReactionView[];
  words: Record<string, string>;
  note: string;
}

/** The file of a message. */
interface AttachmentView {
  status: string;
  url: string;
  thumbnail_url: string;
  mimetype: string;
  filename: string;
  size_bytes: number;
  width: number;
  height: number;
  duration_ms: number;
  failure_reason: string;
  is_lost: boolean;
}

/** One emoji on a message, and its count. */
interface ReactionView {
  emoji: string;
  count: number;
  is_ours: boolean;
}

/** The thread's header and the contact panel. */
interface ConversationDetail {
  row: ConversationRow;
  contact_id: number;
  chat_jid: string;
  first_seen_at: number;
  created_at: number;
  merge_id: number;
  merged_at: number;
  merged_name: string;
  parted_id: number;
  parted_name: string;
  aliases: string[];
  read_receipts: string;
}

/** A number that does not send or receive, for everybody who answers it. */
interface NumberNotice {
  inbox_id: number;
  name: string;
  state: string;
  reason: string;
  since: number;
}

/** The counts of open conversations that one agent may see, for their tabs. */
interface Counts {
  unassigned: number;
  all: number;
  mine: number;
  escalated: number;
}

/** The list that a tab shows. It was read after `since` (the server's epoch ms); 0: not read yet. */
interface Listing {
  me: number;
  tab: string;
  status: string;
  has_more: boolean;
  since: number;
}

/** The part of a thread that a tab shows. It was read after `since` (the server's epoch ms); 0: not read yet. */
interface ThreadPage {
  conversation_id: number;
  has_more: boolean;
  is_first: boolean;
  since: number;
  is_missing: boolean;
}

/** The current state of changed conversations and their messages, sent by `live/push.py`. */
interface Patch {
  rows: ConversationRow[];
  messages: MessageRow[];
  moved: number[];
  at: number;
  lag: number;
}

/** The heartbeat that every tab receives each second. */
interface Beat {
  redis: boolean;
  lag: number;
  at: number;
}

/** One line of the list. */
interface ListItem {
  id: number;
  name: string;
  initials: string;
  hue: string;
  picture: string;
  is_group: boolean;
  preview: string;
  glyph: string;
  tick: string;
  time: string;
  exact: string;
  unread: string;
  unread_label: string;
  waiting: string;
  waiting_label: string;
  waits_long: boolean;
  label: string;
  more_labels: string;
  all_labels: string;
  assignee: string;
  assignee_name: string;
  is_team: boolean;
  description: string;
  priority: string;
  priority_label: string;
  team: string;
  is_escalated: boolean;
  because: string;
  due: string;
  due_label: string;
}

/** One bubble or system line, with the heading of its day if it begins one. */
interface MessageItem {
  id: string;
  number: number;
  is_system: boolean;
  is_ours: boolean;
  is_run_start: boolean;
  is_run_end: boolean;
  is_last_to_act: boolean;
  is_muted: boolean;
  is_shortened: boolean;
  day: string;
  author: string;
  layout: string;
  label: string;
  glyph: string;
  parts: TextPart[];
  is_forwarded: boolean;
  has_quote: boolean;
  quoted: string;
  quoted_id: string;
  quoted_glyph: string;
  quoted_author: string;
  file: FileView;
  place: PlaceView;
  cards: CardView[];
  poll: PollView;
  reactions: ReactionItem[];
  can_react: boolean;
  can_act: boolean;
  wait: string;
  time: string;
  exact: string;
  edited: string;
  tick: string;
  reason: string;
  note: string;
}

/** A piece of a message; `href` is "" or an http(s) address. */
interface TextPart {
  text: string;
  href: string;
}

/** The file of a message; `state` "" when it has none. */
interface FileView {
  state: string;
  url: string;
  thumbnail: string;
  download: string;
  stem: string;
  ending: string;
  note: string;
  seconds: number;
  play_time: string;
  width: string;
  ratio: string;
  alt: string;
  problem: string;
  icon: string;
  can_ask: boolean;
}

/** A location; `href` is a map. */
interface PlaceView {
  label: string;
  position: string;
  href: string;
}

/** One person of a contact card. */
interface CardView {
  name: string;
  numbers: string[];
}

/** A question and what can be chosen. */
interface PollView {
  question: string;
  choices: string[];
}

/** An emoji under a message; `count` is "" for one. */
interface ReactionItem {
  emoji: string;
  count: string;
  is_ours: boolean;
  label: string;
}

/** A number that does not work, as `views.inbox.NumberNotice` says; `since`: "14:02", "" when it is not known. */
interface NumberItem {
  inbox_id: number;
  name: string;
  state: string;
  reason: string;
  since: string;
}

/** Header and contact panel; `id` 0 while no conversation is open. */
interface ThreadView {
  id: number;
  name: string;
  own_name: string;
  initials: string;
  hue: string;
  phone: string;
  status: string;
  inbox_id: number;
  inbox_name: string;
  assignee: string;
  assignee_id: number;
  is_mine: boolean;
  is_assigned: boolean;
  first_seen: string;
  picture: string;
  is_group: boolean;
  aliases: string[];
  merge_id: number;
  merged: string;
  parted_id: number;
  parted: string;
  seen_id: number;
  read_receipts: string;
  labels: string[];
  priority: string;
  priority_label: string;
  team: string;
  is_escalated: boolean;
  because: string;
  due: string;
  due_label: string;
}

/** Which list, and how far it is read. */
interface ListView {
  tab: string;
  status: string;
  is_loaded: boolean;
  is_slow: boolean;
  has_more: boolean;
  stop_id: number;
}

/** The menu of one bubble; `id` "" while it is closed. `mine`: the emoji that we have put to it. */
interface MenuView {
  id: string;
  number: number;
  can_answer: boolean;
  can_copy: boolean;
  can_cancel: boolean;
  can_retry: boolean;
  url: string;
  mine: string;
  has_more: boolean;
}

/** A picture or film at full size; `url` "" while there is none. */
interface LightboxView {
  id: string;
  layout: string;
  url: string;
  alt: string;
  download: string;
  place: string;
  zoom: number;
  has_previous: boolean;
  has_next: boolean;
}

/** How far the thread is read, and whether its end is out of sight. */
interface LogView {
  is_loaded: boolean;
  is_slow: boolean;
  is_missing: boolean;
  has_more: boolean;
  is_behind: boolean;
  unseen: number;
}

/** Open conversations, as texts; "" until known. */
interface CountsView {
  mine: string;
  unassigned: string;
  all: string;
  escalated: string;
}

/** The menu of a conversation on `/queue`: whose, and who has it (0: nobody). */
interface QueueMenu {
  chat_id: number;
  assignee_id: number;
  name: string;
  is_parked: boolean;
  is_open: boolean;
}

/** connecting | live | number | behind | reconnecting, and its words. `number`: one that does not work. */
interface LiveView {
  state: string;
  text: string;
}

/** Whether a reply is under way, why the last one was not taken, and what goes with the text. */
interface ComposerView {
  is_sending: boolean;
  error: string;
  is_empty: boolean;
  is_caption: boolean;
  is_emoji_open: boolean;
  has_quote: boolean;
  quote: string;
  quote_author: string;
  quote_kind: string;
}

/** One file of the tray. */
interface FileItem {
  id: string;
  name: string;
  kind: string;
  note: string;
  preview: string;
  state: string;
  progress: number;
  error: string;
  can_retry: boolean;
  has_caption: boolean;
  caption: string;
}

/** The voice note of the open conversation. */
interface RecorderView {
  state: string;
  time: string;
  url: string;
}

/** What the server gave this tab alone and keeps in no state. */
interface GivenView {
  new_password: string;
  pairings: Record<string, Record<string, string>>;
}

/** What components read, by its name in `romsStore`. */
interface Shown {
  rows: ListItem[];
  messages: MessageItem[];
  numbers: NumberItem[];
  thread: ThreadView;
  list: ListView;
  menu: MenuView;
  lightbox: LightboxView;
  log: LogView;
  counts: CountsView;
  queue: QueueMenu;
  live: LiveView;
  composer: ComposerView;
  files: FileItem[];
  recorder: RecorderView;
  given: GivenView;
}

/** What the inbox asks the server for, by the handlers' names. */
interface Handlers {
  show: { tab: string; status: string };
  load_more: { tab: string; status: string; before_at: number; before_id: number };
  open_conversation: { conversation_id: number };
  load_older: { conversation_id: number; before_at: number; before_id: string };
  find_moved: { conversation_ids: number[] };
  mark_seen: { conversation_id: number; seen_message_id: number };
  react: { message_id: number; emoji: string };
  retry: { message_id: number };
  cancel: { message_id: number };
  send_message: { conversation_id: number; body: string; key: string; quoted_message_id: number; tokens: string[]; captions: string[] };
  set_typing: { conversation_id: number; activity: string };
}

/** The same of the supervisor's page. */
interface QueueHandlers {
  refresh: Record<string, never>;
  assign: { conversation_id: number; seen_assignee_id: number; to_agent_id: number };
  assign_team: { conversation_id: number; seen_assignee_id: number; team_id: number };
  return_to_queue: { conversation_id: number; seen_assignee_id: number };
  park: { conversation_id: number; seen_assignee_id: number };
}
