/** What the sandbox's page and its server say to each other, as JSON over http://localhost:4000/page/…, and server-sent events. */

export interface PageUser {
  id: string;
  name: string;
  realName: string;
  /** IANA name: Slack date tokens are drawn in the zone of the user who looks. */
  timeZone: string;
  isBot: boolean;
  isGuest?: boolean;
}

export interface PageChannel {
  id: string;
  name: string;
  kind: 'channel' | 'dm';
  topic: string;
  /** For a dm: the person who talks with the bot in it; nobody else sees it. */
  user?: string;
}

export interface PageFile {
  id: string;
  name: string;
  title: string;
  mimetype: string;
  /** Bytes. */
  size: number;
  altText?: string;
  /** Path on this server. */
  url: string;
}

export interface PageMessage {
  channel: string;
  ts: string;
  threadTs?: string;
  user: string;
  text: string;
  blocks: unknown[];
  attachments: unknown[];
  files: PageFile[];
  edited: boolean;
  replyCount: number;
  reactions: { name: string; users: string[] }[];
  /** Set when only this user may see it. */
  ephemeralFor?: string;
  /** "sent a direct message" and the like are not drawn; deleted messages are gone. */
}

export interface PageView {
  id: string;
  kind: 'modal' | 'home';
  user: string;
  /** Views under it on the stack, bottom first; a home tab has none. */
  stack: string[];
  view: unknown;
  /** block_id to message, from response_action `errors`. */
  errors?: Record<string, string>;
}

/** What happens at this moment of a story, and where to look. */
export interface PageCaption {
  step: number;
  of: number;
  text: string;
  channel: string;
}

/** A real payload of AWS, with what Trailwatch makes of it. */
export interface PageSample {
  folder: string;
  name: string;
  title: string;
  /** `critical` to `info`. */
  severity: string;
}

/** GET /page/state */
export interface PageState {
  workspace: { name: string; teamId: string; botUserId: string };
  users: PageUser[];
  usergroups: { id: string; handle: string; users: string[] }[];
  channels: PageChannel[];
  messages: PageMessage[];
  views: PageView[];
  commands: { command: string; description: string; usageHint: string }[];
  /** Message shortcuts: entries of a message's "more actions" menu. */
  shortcuts: { callbackId: string; name: string }[];
  /** The worst first. */
  samples: PageSample[];
  /** What can be broken in the organization, and the check of the framework that finds it. */
  breaks: { id: string; step: number; check: string; title: string }[];
  /** What the last requests between the app and Slack were: the panel's log, newest last, at most 100. */
  log: { at: string; line: string; ok: boolean }[];
  /** Milliseconds that the sandbox's clock is ahead of the machine's. */
  clockOffset: number;
  /** Of the story that was played last; null: none was. */
  caption: PageCaption | null;
}

/**
 * GET /page/events (server-sent events); each `data:` is one of these.
 * GET /page/files/<id>: a file's bytes with its type, by id alone; an `image` with a `slack_file` id is drawn from it.
 */
export type PageEvent =
  | { type: 'message'; message: PageMessage }
  | { type: 'message-deleted'; channel: string; ts: string }
  | { type: 'channel'; channel: PageChannel }
  | { type: 'view'; view: PageView }
  | { type: 'view-closed'; id: string }
  | { type: 'log'; entry: { at: string; line: string; ok: boolean } }
  | { type: 'clock'; clockOffset: number }
  | { type: 'caption'; caption: PageCaption };

/**
 * POST /page/… bodies, as application/json. Each is answered (200) `{ok: true}` or `{ok: false, error}`, error in words for the
 * person at the page. A submit refused by the app's `response_action: errors` (or by a required input left empty) is `{ok: true}`:
 * the errors come with the `view` event. Views on top of a closed one are closed with it.
 */
export interface PagePosts {
  /** A line typed in the composer: a slash command when it begins with `/`, else a message. */
  '/page/send': { user: string; channel: string; text: string; threadTs?: string };
  /** A press of a button, a choice in a menu, a picked date … in a message, a modal or the home tab. */
  '/page/act': {
    user: string;
    container: { type: 'message'; channel: string; ts: string } | { type: 'view'; viewId: string };
    blockId: string;
    actionId: string;
    /** As Slack would send it: `value`, `selected_option`, `selected_date`, `selected_user` … by element type. */
    action: Record<string, unknown>;
    /** view.state.values / message state as it stands on the page. */
    state: Record<string, Record<string, unknown>>;
  };
  '/page/submit': { user: string; viewId: string; state: Record<string, Record<string, unknown>> };
  '/page/close': { user: string; viewId: string };
  /** A choice of a message's "more actions" menu. */
  '/page/shortcut': { user: string; channel: string; ts: string; callbackId: string };
  /** Opening the Home tab: the app gets app_home_opened. */
  '/page/home': { user: string };
  /** Publish a sample (file of the list) through SNS, signed. */
  '/page/publish': { folder: string; name: string } | { text: string; subject?: string };
  /** What would become of it, sent to nobody: answered `{ok: true, said}`. */
  '/page/explain': { folder: string; name: string } | { text: string };
  /** Break something in the organization: an id of the list. */
  '/page/break': { id: string };
  '/page/scenario': { name: 'evening' | 'leaked-key' | 'storm' };
  /** Move the sandbox's clock (and the app's) ahead. */
  '/page/clock': { aheadMs: number };
}
