import { type Answer, type Asking, ask, type Place } from '../../asks.ts';
import { describeLogGroups } from '../../calls/logs.ts';
import {
  describeInstanceInformation,
  describeSessions,
  getDocument,
  type ManagedNode,
  type NodeSession,
} from '../../calls/ssm.ts';
import type { RegionScope } from '../../check.ts';
import { unknownFrom } from '../../estate.ts';
import { isIdle, madeByCustomers } from '../../used.ts';
import { fail, type Judged, notApplicable, type Spot } from '../../verdict.ts';
import { logs, type Preferences, readPreferences } from './preferences.ts';

/** The document whose inputs hold wherever a session names no other. */
export const preferencesName = 'SSM-SessionManagerRunShell';

/** Nodes, those too that are no instances, and containers, which sessions reach as well. */
const reachable = [...madeByCustomers, 'AWS::SSM::ManagedInstanceInventory'];

/** Managed nodes and sessions of an account in a region. */
export interface Use {
  nodes: Answer<readonly ManagedNode[]>;
  /** Active ones and those of the last 30 days. */
  sessions: Answer<readonly NodeSession[]>;
}

/**
 * Sessions reach containers too, so a region without nodes may have some. Open ones are asked for where there are nodes or
 * were sessions: of 8,500 places next to none has either. Where Config's aggregator has nothing of the company, there are
 * none, and nobody is asked.
 */
export function* nodeUse({ estate, account, region }: RegionScope): Asking<Use> {
  const place = { account: account.id, region };
  if (yield* isIdle({ estate, account, region }, reachable)) {
    const none = { is: 'value' as const, value: [], at: estate.now };
    return { nodes: none, sessions: none };
  }
  const information = yield* ask(describeInstanceInformation, place, { MaxResults: 50 });
  const history = yield* ask(describeSessions, place, { State: 'History', MaxResults: 200 });
  const nodes: Use['nodes'] =
    information.is === 'value' ? { ...information, value: information.value.InstanceInformationList } : information;
  const past: Use['sessions'] = history.is === 'value' ? { ...history, value: history.value.Sessions } : history;
  if (!isUsed({ nodes, sessions: past })) return { nodes, sessions: past };
  const active = yield* ask(describeSessions, place, { State: 'Active', MaxResults: 200 });
  const sessions: Use['sessions'] =
    active.is !== 'value'
      ? active
      : past.is === 'value'
        ? { ...past, value: [...active.value.Sessions, ...past.value] }
        : past;
  return { nodes, sessions };
}

const isUsed = ({ nodes, sessions }: Use): boolean =>
  [nodes, sessions].some((answer) => answer.is === 'value' && answer.value.length > 0);

/** A log group as far as sessions need it. */
interface Group {
  logGroupName: string;
  retentionInDays?: number | undefined;
  kmsKeyId?: string | undefined;
}

/** How the sessions of an account in a region are logged. */
export interface Logging {
  use: Use;
  /** Null: there is nothing to log, so it was not asked for. Absent: there is no document, so nothing is logged. */
  preferences: Answer<Preferences> | null;
  /** Since when they are as they are; null: not known. */
  since: Date | null;
  /** The log group that they name; null: they name none. Absent: it does not exist. */
  group: Answer<Group> | null;
}

export function* logging(scope: RegionScope): Asking<Logging> {
  const use = yield* nodeUse(scope);
  if (!isUsed(use)) return { use, preferences: null, since: null, group: null };
  const place = { account: scope.account.id, region: scope.region };
  const document = yield* ask(getDocument, place, { Name: preferencesName, DocumentFormat: 'JSON' });
  if (document.is !== 'value') return { use, preferences: document, since: null, group: null };
  const read = readPreferences(document.value.Content);
  const since = document.value.CreatedDate ?? null;
  if (read === undefined) {
    const sentence = `The document ${preferencesName} cannot be read.`;
    return { use, preferences: { is: 'unknown', why: 'not asked', sentence, at: document.at }, since, group: null };
  }
  const group = read.logGroup === '' ? null : yield* groupOf(place, read.logGroup);
  return { use, preferences: { ...document, value: read }, since, group };
}

/** Log groups are found by the beginning of their names; another that begins alike is not it. */
function* groupOf(place: Place, name: string): Asking<Answer<Group>> {
  const answer = yield* ask(describeLogGroups, place, { logGroupNamePrefix: name });
  if (answer.is !== 'value') return answer;
  const group = answer.value.logGroups.find(({ logGroupName }) => logGroupName === name);
  return group === undefined
    ? { is: 'absent', error: 'NoLogGroup', message: `There is no log group ${name}.`, at: answer.at }
    : { ...answer, value: group };
}

export const spotOf = ({ account, region }: RegionScope): Spot => ({ account: account.id, region });

/** A verdict where nothing can be said of the preferences, or nothing needs to be; null: they are there. */
export function withoutUse({ nodes, sessions }: Use, scope: RegionScope): Judged | null {
  if (isUsed({ nodes, sessions })) return null;
  const unknown = [nodes, sessions].find((answer) => answer.is === 'unknown');
  return unknown?.is === 'unknown'
    ? unknownFrom(spotOf(scope), unknown)
    : notApplicable(spotOf(scope), 'There are no managed nodes, and there was no session in 30 days.');
}

/** Judges preferences that log; what makes them log nothing is judged by ssm-prefs, and follows from it elsewhere. */
export function judgeLogging(
  facts: Logging,
  scope: RegionScope,
  judge: (preferences: Preferences, group: Logging['group']) => Judged | Judged[],
): Judged[] {
  const { use, preferences, group } = facts;
  const spot = spotOf(scope);
  if (preferences === null) return [withoutUse(use, scope) ?? notApplicable(spot, 'Nothing was asked for.')];
  if (preferences.is === 'unknown') return [unknownFrom(spot, preferences)];
  if (preferences.is === 'absent' || !logs(preferences.value))
    return [fail(spot, 'Sessions are not logged at all.', { cause: 'ssm-prefs' })];
  return [judge(preferences.value, group)].flat();
}
