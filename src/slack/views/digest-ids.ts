/** The names by which Slack tells us what was pressed on a digest. */
export const digestIds = {
  /** The menu of an item: each option's value is `assign:RUN:EDITION:PLACE` or `accept:…`. */
  item: 'digest:item',
  /** Value: `RUN:PAGE`. */
  list: 'digest:list',
  /** Turns the list that one person sees. Value: `RUN:PAGE`. */
  turn: 'digest:turn',
  turnBack: 'digest:turn-back',
  /** Opens the form of a sign-off. Value: `RUN:EDITION` that was on screen. */
  review: 'digest:review',
  /** Asks the accounts that failed again. Value: RUN. */
  again: 'digest:again',
  /** Has Audit Manager make its report. Value: RUN. */
  createReport: 'digest:create-report',
  /** Value: the task's id. */
  taskDone: 'digest:task-done',
  /** Value: the id of the exception that was asked for. */
  approve: 'digest:approve',
  refuse: 'digest:refuse',
} as const;

/** Names of modals that are submitted; their subject's id is the run, its version the place of the item. */
export const digestCallbacks = {
  assign: 'modal:digest-assign',
  accept: 'modal:digest-accept',
  /** Its subject's version is the edition. */
  review: 'modal:digest-review',
} as const;

/** Where an item stands: the same place of another edition may be another finding. */
export interface ItemPlace {
  run: number;
  edition: number;
  /** From 0. */
  place: number;
}

/** Reads `assign:12:1:3`; undefined for anything else. */
export function readItemChoice(value: string): (ItemPlace & { act: 'assign' | 'accept' }) | undefined {
  const match = /^(assign|accept):(\d{1,9}):(\d{1,6}):(\d{1,3})$/.exec(value);
  if (match === null) return undefined;
  const [run = 0, edition = 0, place = 0] = match.slice(2).map(Number);
  return { act: match[1] === 'assign' ? 'assign' : 'accept', run, edition, place };
}

/** Reads `12:3`, a run and a page or a place. */
export function readPair(value: string): [number, number] | undefined {
  const match = /^(\d{1,9}):(\d{1,5})$/.exec(value);
  return match === null ? undefined : [Number(match[1]), Number(match[2])];
}
