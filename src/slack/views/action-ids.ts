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
  /** A menu of times: values are `snoozeChoices`. */
  snooze: 'alert:snooze',
  /** The ⋯ menu: each option's value is one of the action ids from here to `details`. */
  more: 'alert:more',
  assignToMe: 'alert:assign-to-me',
  assign: 'alert:assign',
  note: 'alert:note',
  silence: 'alert:silence',
  details: 'alert:details',
  /** Looks into the alert: who, what else, what is new. */
  triage: 'alert:triage',
  /** In the reply of a triage: somebody vouches for it. The value is the alert's id. */
  expected: 'alert:expected',
  /** A row of a list: shows the alert to the one who pressed. */
  open: 'alert:open',

  /** Links: Slack opens the page and tells us; acknowledge and do nothing. */
  link: 'link:open',

  /** `/audit alerts`: the block_id carries the filter and the page (alert-list.ts). */
  listNext: 'alerts:next',
  listPrevious: 'alerts:previous',
  listSeverity: 'alerts:severity',
  listState: 'alerts:state',

  /** A storm: the value is its id. */
  stormOpenList: 'storm:open-list',
  stormAcknowledge: 'storm:acknowledge-all',
  stormResolve: 'storm:resolve-all',

  /** In the silence form: count again what it would have caught. */
  silencePreview: 'silence:preview',
  /** A silence: the value is its id. */
  silenceEnd: 'silence:end',
} as const;

/** The action_id of every question in a form: its block_id tells which question it is. */
export const formActionId = 'answer';

/** Names of modals that are submitted. */
export const callbackIds = {
  escalate: 'modal:escalate',
  note: 'modal:note',
  snooze: 'modal:snooze',
  assign: 'modal:assign',
  silence: 'modal:silence',
} as const;

/** Choices of the snooze menu, with the words shown; `tomorrow` is 09:00 where the person is. */
export const snoozeChoices = {
  '30m': '30 minutes',
  '2h': '2 hours',
  tomorrow: 'Until tomorrow 09:00',
  choose: 'Choose a time…',
} as const;

/**
 * The block_id of an alert's buttons. It holds the version that was on screen: the audit log can tell what the person
 * saw, and Slack wants a fresh block_id with each edit (else a menu keeps showing the last choice).
 */
export const alertBlockId = (alert: { id: number; version: number }): string => `alert:${alert.id}:${alert.version}`;

/** Reads `alert:ID:VERSION`; undefined for any other block. */
export function readAlertBlockId(blockId: string): { id: number; version: number } | undefined {
  const match = /^alert:(\d{1,15}):(\d{1,15})$/.exec(blockId);
  return match === null ? undefined : { id: Number(match[1]), version: Number(match[2]) };
}
