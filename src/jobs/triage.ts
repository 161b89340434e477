import type { Alert } from '../alerts/alert.ts';
import { personBehind } from '../alerts/asking.ts';
import { accessKeyId, speakerOf } from '../alerts/incidents.ts';
import type { Notice } from '../alerts/notices.ts';
import type { Signal } from '../alerts/signal.ts';
import { type Aws, AwsTrouble } from '../aws/aws.ts';
import { type ChainStart, followBack } from '../aws/chain-search.ts';
import { lookupEvents, type TrailQuery } from '../aws/cloudtrail.ts';
import { type Coverage, coverageSentence, gapsSentence } from '../aws/coverage.ts';
import { principalOf } from '../aws/iam.ts';
import { shortName } from '../aws-names/arn.ts';
import { trailRecordOf } from '../cloudtrail/record.ts';
import { type EventRow, eventRow } from '../cloudtrail/row.ts';
import { Tally } from '../cloudtrail/tally.ts';
import type { Message } from '../slack/types.ts';
import { type TriagePack, triageFailed, triageReply } from '../slack/views/triage.ts';
import { alertById, alertsOfIncident } from '../store/alerts.ts';
import { drawDirectAnew, homeMessage, putOut, sayAnew } from '../store/deliveries.ts';
import { claimTriage, endTriage, noteTriage, releaseTriage, type Triage } from '../store/triage.ts';
import { at, type Json, textAt } from '../words/json.ts';
import { type AskParts, askActor, wantsAsking } from './ask-actor.ts';
import type { Wakes } from './wakes.ts';

export interface TriageParts extends AskParts {
  aws: Aws;
  /** Aborted when the process stops. */
  stopping: AbortSignal;
  wakes: Pick<Wakes, 'deliver' | 'after'>;
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
 * delivered at Slack's pace. It was claimed in the database, so each is looked into once at a time.
 */
export async function triage(parts: TriageParts, claimed: Triage): Promise<void> {
  const { database, now } = parts;
  const alertId = claimed.alert_id;
  const alert = await alertById(database.db, alertId);
  const home = alert && (await homeMessage(database.db, alertId));
  // A metric has no caller: what CloudTrail says of its instance is asked for by whoever wants to know.
  const ofMetric = alert?.signal.source === 'cloudwatch' && claimed.asked_by === null;
  const named = alert === undefined || ofMetric ? undefined : namedIn(alert.signal);
  const members =
    alert === undefined || alert.incidentId === null ? [] : await alertsOfIncident(database.db, alert.incidentId);
  // Of two incidents that became one, one is looked into for both.
  const spokenFor = members.length > 0 && speakerOf(members)?.id !== alertId;
  if (alert === undefined || home === undefined || ((named === undefined || spokenFor) && claimed.asked_by === null))
    return void (await endTriage(database.db, alertId, now(), claimed));
  const { reply, who } =
    named === undefined
      ? { reply: triageFailed(`#${alertId}`, 'it names nobody and nothing that CloudTrail could be asked about.') }
      : await packFor(parts, { alert, members }, named, claimed);
  // Stopping here would keep half a result; the next start begins again.
  if (parts.stopping.aborted) return releaseTriage(database.db, alertId);
  const direct = await database.transaction(async (trx) => {
    const key = `triage-${alertId}-${claimed.wanted_at.getTime()}`;
    const notice: Notice = { kind: 'triage', target: home.channel, reply };
    const again = named === undefined ? null : lookAgainAt([alert, ...members], now());
    if (!(await endTriage(trx, alertId, now(), claimed, again))) return [];
    if (claimed.looks > 0) await sayAnew(trx, alertId, notice);
    else await putOut(trx, [{ key, alertId, notice }], now());
    return drawDirectAnew(trx, alertId);
  });
  for (const channel of [home.channel, ...direct]) parts.wakes.deliver(channel);
  const person = who && 'steps' in who ? personBehind(who.steps, who.problem) : undefined;
  if (person !== undefined && wantsAsking(parts, alert))
    await askActor(parts, alert, person).catch((error: unknown) =>
      parts.log.error({ err: error, alert: alertId }, 'The person behind an alert could not be asked.'),
    );
}

/** CloudTrail delivers within about this time. Source: CloudTrail user guide, "CloudTrail concepts". */
const cloudTrailLateMs = 15 * 60_000;

/** When it happened, by the message where it says so. */
const happenedAt = ({ signal, firstSeen }: Alert): Date => {
  const time = new Date(signal.time);
  return Number.isNaN(time.getTime()) ? firstSeen : time;
};

/** The first look comes before CloudTrail has the calls that raised the alerts: there is a second one. Null: this was it. */
const lookAgainAt = (alerts: readonly Alert[], now: Date): Date | null => {
  const complete = new Date(Math.max(...alerts.map((alert) => happenedAt(alert).getTime())) + cloudTrailLateMs);
  return complete > now ? complete : null;
};

/** Takes alerts that were posted and that nobody looks into, so many at most. */
export async function takeTriage(
  { database, now }: Pick<TriageParts, 'database' | 'now'>,
  atMost: number,
): Promise<Triage[]> {
  await noteTriage(database.db, now());
  return claimTriage(database.db, now(), new Date(now().getTime() + leaseMs), atMost);
}

/** What an alert names that CloudTrail can be asked about. */
interface Named {
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
function namedIn(signal: Signal): Named | undefined {
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
  (accessKeyId.test(resource?.name ?? '') ? resource?.name : undefined);

/** Whom and what else the alerts of an incident name is looked into with it: so many at most. */
const mostOthers = 4;

/** Each that the members of an incident name, once, beside what is looked into anyway. */
function othersIn(members: readonly Alert[], named: Named): { alert: Alert; named: Named }[] {
  const others = new Map<string, { alert: Alert; named: Named }>();
  for (const alert of members) {
    const other = alert.signal.source === 'cloudwatch' ? undefined : namedIn(alert.signal);
    if (other !== undefined && other.line !== named.line && !others.has(other.line))
      others.set(other.line, { alert, named: other });
  }
  return [...others.values()];
}

/** What another one that an incident names did, in one line. */
async function otherDid(
  parts: TriageParts,
  { alert, named }: { alert: Alert; named: Named },
  claimed: Triage,
  signal: AbortSignal,
): Promise<TriagePack['others'][number]> {
  const { about } = named;
  try {
    const { span, hour } = await whatItDid(parts, named, alert, claimed, signal);
    return { about, span, hour };
  } catch (error) {
    return { about, span: 'The hour before', hour: { trouble: troubleIn(error) } };
  }
}

async function packFor(
  parts: TriageParts,
  { alert, members }: { alert: Alert; members: readonly Alert[] },
  named: Named,
  claimed: Triage,
): Promise<{ reply: Message; who?: TriagePack['who'] }> {
  const signal = AbortSignal.any([AbortSignal.timeout(patienceMs), parts.stopping]);
  try {
    const others = othersIn(members, named);
    const [{ who, identity }, done, ...did] = await Promise.all([
      whoIsBehind(parts, named, alert, signal).then(async (who) => ({
        who,
        identity: await identityOf(parts, alert, who, signal),
      })),
      whatItDid(parts, named, alert, claimed, signal),
      ...others.slice(0, mostOthers).map((other) => otherDid(parts, other, claimed, signal)),
    ]);
    const reply = triageReply({
      alertId: alert.id,
      about: named.about,
      who,
      ...done,
      identity,
      others: did,
      left: others.slice(mostOthers).map((other) => other.named.about),
      pivots: [
        ...pivotsOf(alert, named),
        ...others.map((other) => ({ label: `All of ${other.named.about}`, line: `${other.named.line} --since 7d` })),
      ].filter(isTyped),
      again: lookAgainAt([alert, ...members], parts.now()),
    });
    return { reply, who };
  } catch (error) {
    if (!(error instanceof AwsTrouble)) parts.log.error({ err: error, alert: alert.id }, 'A triage failed.');
    const why = error instanceof AwsTrouble ? error.message : 'Trailwatch had a problem of its own.';
    return { reply: triageFailed(named.about, why) };
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

type Done = Pick<TriagePack, 'hour' | 'span' | 'before' | 'fresh' | 'baseline' | 'techniques' | 'coverage'>;

/** One search over the days before: its last hour is reported, the rest says what is usual. */
async function whatItDid(
  { aws, now }: TriageParts,
  about: Named,
  alert: Alert,
  { looks }: Triage,
  signal: AbortSignal,
): Promise<Done> {
  const until = happenedAt(alert);
  const account = alert.signal.actor?.account ?? alert.signal.account;
  const hourAgo = new Date(until.getTime() - hourMs).toISOString();
  // Without an attribute every event of a place is read: an hour of one region is what there is time for.
  const spanMs = about.attribute === null ? hourMs : baselineMs;
  const query: TrailQuery = {
    attribute: about.attribute,
    from: new Date(until.getTime() - spanMs),
    // At first the event itself, and what came in the same second; at the second look what came of it, too.
    to: looks === 0 ? new Date(until.getTime() + 1000) : now(),
    where: {
      accounts: account === undefined ? [] : [account],
      regions: about.attribute === null && alert.signal.region !== undefined ? [alert.signal.region] : [],
    },
    wanted: about.wanted,
    mostPages,
  };
  const hour = new Tally();
  const before = new Tally();
  let coverage: Coverage | undefined;
  for await (const found of lookupEvents(aws, query, asker, signal)) {
    const rows = found.events.map(eventRow);
    hour.add(rows.filter((row) => row.time >= hourAgo));
    before.add(rows.filter((row) => row.time < hourAgo));
    coverage = found.coverage;
  }
  const { telling } = hour.summary();
  const { last } = before.summary();
  const known = alert.signal.judgement?.technique;
  const unseen = whyUnseen(coverage, account);
  const from = `CloudTrail event history of ${account === undefined ? 'all accounts' : `account ${account}`}`;
  return {
    // "No calls" would be a verdict where nobody looked.
    hour: unseen === undefined ? { summary: hour.summary(), telling } : { trouble: unseen },
    span: looks === 0 ? 'The hour before' : 'The hour before, and since',
    before:
      last === null
        ? null
        : { events: before.events, last: new Date(last), addresses: [...before.values('addresses')] },
    fresh: before.events === 0 ? null : freshIn(hour, before),
    baseline: spanMs === hourMs ? 'hour' : '7 days',
    techniques: [
      ...new Set([...(known === undefined ? [] : [known]), ...telling.flatMap((row: EventRow) => row.technique ?? [])]),
    ],
    coverage:
      coverage === undefined || coverage.accounts.asked === 0
        ? `${from}: not searched.`
        : `${from}: ${coverageSentence(coverage, (at) => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`)}.`,
  };
}

/** Why nothing was seen of an hour; undefined: some place answered. */
function whyUnseen(coverage: Coverage | undefined, account: string | undefined): string | undefined {
  if (coverage === undefined || coverage.accounts.asked === 0)
    return `account ${account ?? 'of the alert'} is not one that Trailwatch reads.`;
  return coverage.accounts.answered > 0 ? undefined : gapsSentence(coverage).replace(/^C/, 'c');
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
  ];
}

/** A question that fits into a button, on one line. */
const isTyped = ({ line }: { line: string }): boolean => line.length < 1500 && !line.includes('\n');

/** What an alert needs for a triage: accounts to ask. */
export const triageIsOn = ({ role, discover }: { role: string | null; discover: boolean }): boolean =>
  role !== null || discover;
