import type { Logger } from 'pino';
import type { Alert } from '../alerts/alert.ts';
import { shortName } from '../alerts/arn.ts';
import { at, type Json, textAt } from '../alerts/json.ts';
import type { Notice } from '../alerts/notices.ts';
import type { Signal } from '../alerts/signal.ts';
import { trailRecordOf } from '../alerts/sources/cloudtrail/record.ts';
import { type EventRow, eventRow } from '../alerts/sources/cloudtrail/row.ts';
import { Tally } from '../alerts/sources/cloudtrail/tally.ts';
import { type Aws, AwsTrouble } from '../aws/aws.ts';
import { type ChainStart, followBack } from '../aws/chain-search.ts';
import { lookupEvents, type TrailQuery } from '../aws/cloudtrail.ts';
import { coverageSentence } from '../aws/coverage.ts';
import { principalOf } from '../aws/iam.ts';
import type { Message } from '../slack/types.ts';
import { type TriagePack, triageFailed, triageReply } from '../slack/views/triage.ts';
import { alertById } from '../store/alerts.ts';
import type { Database } from '../store/database.ts';
import { homeMessage, putOut } from '../store/deliveries.ts';
import { claimTriage, endTriage, noteTriage, releaseTriage, triageDue } from '../store/triage.ts';

export interface TriageParts {
  database: Database;
  aws: Aws;
  now: () => Date;
  log: Logger;
  /** Aborted when the process stops. */
  stopping: AbortSignal;
  /** Wakes the delivery to a channel at a time. */
  wakeTarget: (target: string, at: Date) => Promise<void>;
}

const asker = { name: 'triage' };
const hourMs = 3_600_000;
/** How far back is looked for what is usual. */
const baselineMs = 7 * 24 * hourMs;
/** The reply is wanted within ten seconds: whatever is not found out by then is said to be missing. */
const patienceMs = 7000;
/** Pages of a place: what is more than that is not looked at in the time there is. */
const mostPages = 8;
const leaseMs = 60_000;

/**
 * Looks into an alert that names somebody or something, and puts one reply for its thread into the outbox, which is
 * delivered at Slack's pace. Claimed in the database, so it is safe to run at any time and on any number of replicas.
 */
export async function triage(parts: TriageParts, alertId: number): Promise<void> {
  const { database, now } = parts;
  const claimed = await claimTriage(database.db, alertId, now(), new Date(now().getTime() + leaseMs));
  if (claimed === undefined) return;
  const alert = await alertById(database.db, alertId);
  const home = alert && (await homeMessage(database.db, alertId));
  const named = alert && namedIn(alert.signal);
  if (alert === undefined || home === undefined || (named === undefined && claimed.asked_by === null))
    return void (await endTriage(database.db, alertId, now(), claimed));
  const reply =
    named === undefined
      ? triageFailed(`#${alertId}`, 'it names nobody and nothing that CloudTrail could be asked about.')
      : await packFor(parts, alert, named);
  // Half of it would be found out: the next start does it anew.
  if (parts.stopping.aborted) return releaseTriage(database.db, alertId);
  await database.transaction(async (trx) => {
    const key = `triage-${alertId}-${claimed.wanted_at.getTime()}`;
    const notice: Notice = { kind: 'triage', target: home.channel, reply };
    if (await endTriage(trx, alertId, now(), claimed)) await putOut(trx, [{ key, alertId, notice }], now());
  });
  await parts.wakeTarget(home.channel, now());
}

/** Finds the alerts that were posted and not looked into, and wakes the job for each. */
export async function sweepTriage(
  { database, now }: Pick<TriageParts, 'database' | 'now'>,
  wake: (alert: number) => Promise<void>,
): Promise<void> {
  await noteTriage(database.db, now());
  for (const alert of await triageDue(database.db, now())) await wake(alert);
}

/** What an alert names that CloudTrail can be asked about. */
export interface Named {
  /** In words: "key AKIA…", "user alice". */
  about: string;
  attribute: TrailQuery['attribute'];
  wanted: (event: Json) => boolean;
  /** Where a chain begins; null: nobody called. */
  start: ChainStart | null;
  /** The line that asks for it. */
  line: string;
}

/** A call's own principal before anything else; then the address, then the resource. Undefined: nothing is named. */
export function namedIn(signal: Signal): Named | undefined {
  const { actor, resource, sourceIp } = signal;
  const record = trailRecordOf(at(signal.raw, 'detail')) ?? trailRecordOf(signal.raw);
  const any = () => true;
  if (actor?.type === 'service') return undefined;
  const key = actor?.accessKeyId ?? keyIn(signal);
  const begin = (otherwise: ChainStart | null): ChainStart | null =>
    record === undefined ? otherwise : { kind: 'record', value: record };
  const session = /:assumed-role\/[^/]+\/(.+)$/.exec(actor?.arn ?? '')?.[1];
  const user = session ?? (actor?.type === 'user' || actor?.type === 'root' ? actor.name : undefined);
  if (user !== undefined)
    return {
      about: session === undefined ? `user ${user}` : `session ${actor?.name ?? user}`,
      attribute: { key: 'Username', value: user },
      wanted: (event) => actor?.arn === undefined || textAt(event, 'userIdentity', 'arn') === actor.arn,
      start: begin(session === undefined || actor?.arn === undefined ? null : { kind: 'session', value: actor.arn }),
      line: `lookup user "${user}"`,
    };
  if (key !== undefined)
    return {
      about: `key ${key}`,
      attribute: { key: 'AccessKeyId', value: key },
      wanted: any,
      start: begin({ kind: 'key', value: key }),
      line: `lookup key ${key}`,
    };
  if (sourceIp !== undefined && resource === undefined)
    return {
      about: `address ${sourceIp}`,
      attribute: null,
      wanted: (event) => textAt(event, 'sourceIPAddress') === sourceIp,
      start: null,
      line: `lookup ip ${sourceIp}`,
    };
  if (resource === undefined) return undefined;
  return {
    about: resource.name,
    attribute: { key: 'ResourceName', value: resource.name },
    wanted: any,
    start: null,
    line: `lookup resource "${resource.arn ?? resource.name}"`,
  };
}

/** The key that a finding is about. Source: GuardDuty user guide, "Finding format", accessKeyDetails. */
const keyIn = ({ raw, resource }: Signal): string | undefined =>
  textAt(raw, 'detail', 'resource', 'accessKeyDetails', 'accessKeyId') ??
  textAt(raw, 'resource', 'accessKeyDetails', 'accessKeyId') ??
  // AWS Health names a leaked key as the resource: what it did is asked for, not what was done to it.
  (/^(?:AKIA|ASIA)[A-Z0-9]{12,28}$/.test(resource?.name ?? '') ? resource?.name : undefined);

async function packFor(parts: TriageParts, alert: Alert, named: Named): Promise<Message> {
  const signal = AbortSignal.any([AbortSignal.timeout(patienceMs), parts.stopping]);
  try {
    const [{ who, identity }, done] = await Promise.all([
      whoIsBehind(parts, named, alert, signal).then(async (who) => ({
        who,
        identity: await identityOf(parts, alert, who, signal),
      })),
      whatItDid(parts, named, alert, signal),
    ]);
    return triageReply({
      alertId: alert.id,
      about: named.about,
      who,
      ...done,
      identity,
      pivots: pivotsOf(alert, named),
    });
  } catch (error) {
    if (!(error instanceof AwsTrouble)) parts.log.error({ err: error, alert: alert.id }, 'A triage failed.');
    return triageFailed(
      named.about,
      error instanceof AwsTrouble ? error.message : 'Trailwatch had a problem of its own.',
    );
  }
}

async function whoIsBehind(
  { aws, now }: TriageParts,
  { start, about }: Named,
  alert: Alert,
  signal: AbortSignal,
): Promise<TriagePack['who']> {
  if (start === null)
    return alert.signal.actor === undefined ? null : { steps: [userStep(alert, about)], problem: null };
  try {
    const { links, problem } = await followBack(aws, start, asker, { now: now(), signal });
    return { steps: links, problem };
  } catch (error) {
    return { trouble: troubleIn(error) };
  }
}

/** Keys, MFA and policies of who called, and of the user behind it, in one line each. */
async function identityOf(
  { aws, now }: TriageParts,
  { signal: { actor, raw } }: Alert,
  who: TriagePack['who'],
  signal: AbortSignal,
): Promise<string[]> {
  const record = trailRecordOf(at(raw, 'detail')) ?? trailRecordOf(raw);
  const role = textAt(record, 'userIdentity', 'sessionContext', 'sessionIssuer', 'arn');
  const human = who !== null && 'steps' in who ? who.steps.at(-1)?.arn : undefined;
  const arns = [...new Set([human, role, actor?.arn])].filter((arn): arn is string =>
    /^arn:[^:]+:iam::\d{12}:(?:user|role)\//.test(arn ?? ''),
  );
  const late = new Promise<string[]>((resolve) => {
    const tell = () => resolve(['Keys, MFA and policies: there was no time to find out.']);
    if (signal.aborted) tell();
    else signal.addEventListener('abort', tell, { once: true });
  });
  const lines = arns.slice(0, 2).map(async (arn) => {
    try {
      const { facts } = await principalOf(aws, arn, asker, now());
      return facts.map(({ name, sentence }) => `${shortName(arn)} · ${name}: ${sentence}`);
    } catch (error) {
      return [`${shortName(arn)}: ${troubleIn(error)}`];
    }
  });
  return Promise.race([Promise.all(lines).then((all) => all.flat()), late]);
}

/** A user needs nobody else behind it. */
const userStep = ({ signal: { actor } }: Alert, about: string) => ({
  kind: 'user' as const,
  name: actor?.name ?? about,
  account: actor?.account ?? null,
  arn: actor?.arn ?? null,
  key: actor?.accessKeyId ?? null,
  proof: 'named in the event' as const,
  event: null,
});

const troubleIn = (error: unknown): string =>
  error instanceof AwsTrouble ? error.message : 'there was no time to find out.';

type Done = Pick<TriagePack, 'hour' | 'before' | 'fresh' | 'baseline' | 'techniques' | 'coverage'>;

/** One search over the days before: its last hour is told, the rest says what is usual. */
async function whatItDid({ aws }: TriageParts, about: Named, alert: Alert, signal: AbortSignal): Promise<Done> {
  const time = new Date(alert.signal.time);
  const until = Number.isNaN(time.getTime()) ? alert.firstSeen : time;
  const account = alert.signal.actor?.account ?? alert.signal.account;
  const hourAgo = new Date(until.getTime() - hourMs).toISOString();
  // Without an attribute every event of a place is read: an hour of one region is what there is time for.
  const spanMs = about.attribute === null ? hourMs : baselineMs;
  const query: TrailQuery = {
    attribute: about.attribute,
    from: new Date(until.getTime() - spanMs),
    // The event itself, and what came in the same second.
    to: new Date(until.getTime() + 1000),
    where: {
      accounts: account === undefined ? [] : [account],
      regions: about.attribute === null && alert.signal.region !== undefined ? [alert.signal.region] : [],
    },
    wanted: about.wanted,
    mostPages,
  };
  const hour = new Tally();
  const before = new Tally();
  let coverage = 'nothing was searched';
  for await (const found of lookupEvents(aws, query, asker, signal)) {
    const rows = found.events.map(eventRow);
    hour.add(rows.filter((row) => row.time >= hourAgo));
    before.add(rows.filter((row) => row.time < hourAgo));
    coverage = coverageSentence(found.coverage, (at) => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`);
  }
  const { telling } = hour.summary();
  const { last } = before.summary();
  const known = alert.signal.judgement?.technique;
  return {
    hour: { summary: hour.summary(), telling },
    before:
      last === null
        ? null
        : { events: before.events, last: new Date(last), addresses: [...before.values('addresses')] },
    fresh: before.events === 0 ? null : freshIn(hour, before),
    baseline: spanMs === hourMs ? 'hour' : '7 days',
    techniques: [
      ...new Set([...(known === undefined ? [] : [known]), ...telling.flatMap((row: EventRow) => row.technique ?? [])]),
    ],
    coverage: `CloudTrail event history of ${account === undefined ? 'all accounts' : `account ${account}`}: ${coverage}. Events of the last minutes may still come.`,
  };
}

/** Values of the hour that the days before do not have. */
function freshIn(hour: Tally, before: Tally): string[] {
  const [now, then] = [hour.summary(), before.summary()];
  const fresh = (label: string, group: 'addresses' | 'agents' | 'regions' | 'actions'): string[] => {
    const usual = new Set(before.values(group));
    const values = now[group].top.map(({ value }) => value).filter((value) => !usual.has(value));
    return values.length === 0 || then[group].more
      ? []
      : [`${label} ${values.slice(0, 3).join(', ')}${values.length > 3 ? ' …' : ''}`];
  };
  return [
    ...fresh('address', 'addresses'),
    ...fresh('region', 'regions'),
    ...fresh('user agent', 'agents'),
    ...fresh('action', 'actions'),
  ];
}

function pivotsOf({ signal }: Alert, about: Named): { label: string; line: string }[] {
  const time = new Date(signal.time).toISOString();
  const place = `${signal.account === undefined ? '' : ` --account ${signal.account}`}${signal.region === undefined ? '' : ` --region ${signal.region}`}`;
  const session = /:assumed-role\//.test(signal.actor?.arn ?? '') ? signal.actor?.arn : signal.actor?.accessKeyId;
  return [
    { label: `All of ${about.about}`, line: `${about.line} --since 7d` },
    ...(signal.sourceIp === undefined
      ? []
      : [{ label: `Address ${signal.sourceIp}`, line: `lookup ip ${signal.sourceIp} --since 24h` }]),
    ...(signal.resource === undefined
      ? []
      : [
          {
            label: `Resource ${signal.resource.name}`,
            line: `lookup resource "${signal.resource.arn ?? signal.resource.name}" --since 24h`,
          },
        ]),
    { label: '15 min around', line: `lookup around ${time}${place}` },
    ...(session === undefined ? [] : [{ label: 'Who is behind it?', line: `who ${session}` }]),
  ].filter(({ line }) => line.length < 1500 && !line.includes('\n'));
}

/** What an alert needs for a triage: accounts to ask. */
export const triageIsOn = ({ role, discover }: { role: string | null; discover: boolean }): boolean =>
  role !== null || discover;
