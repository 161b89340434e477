/**
 * The names by which Slack tells us what was pressed. Blocks about one alert carry its id in the block_id and in each
 * button's value; menus carry an action id as the value of each option.
 */
export const actionIds = {
  acknowledge: 'alert:acknowledge',
  unacknowledge: 'alert:unacknowledge',
  escalate: 'alert:escalate',
  resolve: 'alert:resolve',
  reopen: 'alert:reopen',
  wake: 'alert:wake',
  hold: 'alert:hold',
  /** In a direct message: an alert that somebody offers is taken over, or not; the value is JSON. */
  offerAccept: 'alert:offer-accept',
  offerDecline: 'alert:offer-decline',
  /** The ⋯ menu: each option's value is one of the action ids of an alert. */
  more: 'alert:more',
  snooze: 'alert:snooze',
  assign: 'alert:assign',
  /** In the form "Expected": the form that silences more than the same. */
  silence: 'alert:silence',
  details: 'alert:details',
  /** Looks into the alert: who, what else, what is new. */
  triage: 'alert:triage',
  /** Somebody vouches for it, in the menu and in the reply of a triage, where the value is the alert's id. */
  expected: 'alert:expected',
  /** A row of a list: shows the alert to the one who pressed. */
  open: 'alert:open',

  /** "Was this you?", in a direct message: the value is the alert's id. */
  askYes: 'ask:yes',
  askNo: 'ask:no',

  /** Links: Slack opens the page and tells us; acknowledge and do nothing. */
  link: 'link:open',

  /** `/audit alerts`: the block_id carries the filter and the page (alert-list.ts). */
  listNext: 'alerts:next',
  listPrevious: 'alerts:previous',
  listSeverity: 'alerts:severity',
  listState: 'alerts:state',
  listAcknowledge: 'alerts:acknowledge-all',
  listResolve: 'alerts:resolve-all',
  listAssign: 'alerts:assign-all',
  /** Opens the form of a silence, filled in with what the list is narrowed down to. */
  listSilence: 'alerts:silence',

  /** Several calls in one direct message: the value is its number. */
  bundleAcknowledge: 'bundle:acknowledge-all',

  /** A storm: the value is its id. */
  stormOpenList: 'storm:open-list',
  stormAcknowledge: 'storm:acknowledge-all',
  stormResolve: 'storm:resolve-all',

  /** An incident: its number is in the block_id, and in each button's value. */
  incidentAcknowledge: 'incident:acknowledge',
  incidentUnacknowledge: 'incident:unacknowledge',
  incidentEscalate: 'incident:escalate',
  incidentResolve: 'incident:resolve',
  incidentSplit: 'incident:split',
  incidentList: 'incident:list',
  incidentOpen: 'incident:open',
  incidentExport: 'incident:export',

  /** In the silence form: count again what it would have caught. */
  silencePreview: 'silence:preview',
  /** A silence: the value is its id. */
  silenceEnd: 'silence:end',
  /** A watch: the value is its id. */
  watchEnd: 'watch:end',

  /** A case: the value is its number. */
  caseExport: 'case:export',

  /** `/audit stats`: the value is JSON of what was counted. */
  statsFiles: 'stats:files',

  /** On call: the value is JSON that `oncall-values.ts` reads, or an override's number. */
  oncallTake: 'oncall:take',
  oncallCover: 'oncall:cover',
  oncallCoverTake: 'oncall:cover-take',
  oncallSwapTake: 'oncall:swap-take',
  oncallSwapRefuse: 'oncall:swap-refuse',
  oncallEnd: 'oncall:end',
  oncallOverride: 'oncall:override',
  oncallPicture: 'oncall:picture',
  oncallSwap: 'oncall:swap',
  /** The address of a calendar: another one in its place, or none any more. */
  oncallFeedNew: 'oncall:feed-new',
  oncallFeedRevoke: 'oncall:feed-revoke',
  /** In App Home: how the person is called. */
  reach: 'oncall:reach',
  /** Calls the person by all their ways; and in what comes of it: it rang. */
  reachTry: 'oncall:reach-try',
  reachHeard: 'oncall:reach-heard',
} as const;

/** The action_id of every question in a form: its block_id tells which question it is. */
export const formActionId = 'answer';

/** The ids that stand in one of the lists of them. */
export type IdOf<List> = List[keyof List];

/** Names of modals that are submitted. */
export const callbackIds = {
  escalate: 'modal:escalate',
  note: 'modal:note',
  resolve: 'modal:resolve',
  resolveIncident: 'modal:resolve-incident',
  snooze: 'modal:snooze',
  assign: 'modal:assign',
  assignList: 'modal:assign-list',
  silence: 'modal:silence',
  expected: 'modal:expected',
  unacknowledge: 'modal:unacknowledge',
  reach: 'modal:reach',
  split: 'modal:split',
  override: 'modal:override',
  swap: 'modal:swap',
  vouch: 'modal:vouch',
  addToCase: 'modal:add-to-case',
} as const;

/**
 * The block_id of an alert's buttons. It holds the version that was on screen: the audit log can tell what the person
 * saw, and Slack wants a fresh block_id with each edit (else a menu keeps showing the last choice).
 */
export const alertBlockId = (alert: { id: number; version: number }): string => `alert:${alert.id}:${alert.version}`;

/** Reads `alert:ID:VERSION`; undefined for any other block. */
export function readAlertBlockId(blockId: string): { id: number; version: number } | undefined {
  const match = /^alert:(\d{1,9}):(\d{1,9})$/.exec(blockId);
  return match === null ? undefined : { id: Number(match[1]), version: Number(match[2]) };
}

/** The block_id of an incident's buttons, with the version that was on screen. */
export const incidentBlockId = (incident: { id: number; version: number }): string =>
  `incident:${incident.id}:${incident.version}`;

/** Reads `incident:ID:VERSION`; undefined for any other block. */
export function readIncidentBlockId(blockId: string): number | undefined {
  const match = /^incident:(\d{1,9}):\d{1,9}$/.exec(blockId);
  return match === null ? undefined : Number(match[1]);
}
