import { type Answer, type Asking, ask } from '../../../asks.ts';
import { type HistoryRecord, newestRecord } from '../../../calls/event-history.ts';
import { filterLogEvents } from '../../../calls/logs.ts';
import { getCallerIdentity } from '../../../calls/sts.ts';
import { type About, type AccountScope, accountCheck } from '../../../check.ts';
import { globalPlace, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, notApplicable, pass, unknown } from '../../../verdict.ts';
import { type Arrival, newestEvent, streamsOf } from '../archive.ts';
import {
  type AllTrails,
  allTrails,
  coveringTrail,
  logGroupOf,
  since,
  type TrailFacts,
  type Unknown,
} from '../facts.ts';

const about: About = {
  id: 'trail-reads-back',
  version: 1,
  title: 'What Trailwatch calls in an account comes up in the log group',
  severity: 'high',
  why: 'An event that was made on purpose and comes up shows that the whole way works, from the account to where alarms look.',
  passes:
    'A call that Trailwatch made in the account, which event history knows, is in the trail’s log group within an hour. Both are read; nothing is written.',
  fix: [
    '# both have to name this account: the trail, and the role by which it writes to the log group',
    'aws cloudtrail get-trail-status --name TRAIL-ARN --region {region}',
    'aws cloudtrail update-trail --name TRAIL-ARN --is-organization-trail --is-multi-region-trail --cloud-watch-logs-log-group-arn LOG-GROUP-ARN --cloud-watch-logs-role-arn ROLE-ARN --region {region}',
  ].join('\n'),
  references: [
    'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/send-cloudtrail-events-to-cloudwatch-logs.html',
  ],
};

const minuteMs = 60_000;
/** CloudTrail delivers within a quarter of an hour. Source: CloudTrail FAQ. */
const usualMs = 15 * minuteMs;
const lostMs = 60 * minuteMs;
/** The digest looks once a week. */
const backMs = 8 * 24 * 60 * minuteMs;

/** The digest's own name in CloudTrail, whoever asks now. */
const digestSession = 'trailwatch-digest';

interface Facts {
  trails: AllTrails;
  covering: TrailFacts | null;
  /** Null: the trail has no log group. */
  found: Found | Unknown | null;
}

interface Found {
  is: 'found';
  /** A call of ours, old enough to have come up; undefined: there is none. */
  call: HistoryRecord | undefined;
  /** When it came to the log group; null: it did not. */
  arrived: Date | null;
  /** What of the account came last, where the call did not come. */
  newest: Answer<Arrival> | null;
}

export const check = accountCheck(about, facts, judge);

function* facts({ estate, account }: AccountScope): Asking<Facts> {
  const trails = yield* allTrails(estate);
  const covering = coveringTrail(trails);
  if (covering === null || logGroupOf(covering.trail) === null) return { trails, covering, found: null };
  return { trails, covering, found: yield* findCall({ estate, account }, covering) };
}

function* findCall({ estate, account }: AccountScope, { trail }: TrailFacts): Asking<Found | Unknown> {
  const identity = yield* ask(getCallerIdentity, globalPlace(estate, account.id));
  if (identity.is === 'unknown') return identity;
  const own = identity.is === 'value' ? (identity.value.Arn.split('/').at(-1) ?? '') : '';
  const on = account.regions.is === 'value' ? account.regions.value : [];
  const region = on.find((name) => name === trail.HomeRegion) ?? on[0] ?? trail.HomeRegion;
  const place = { account: account.id, region };
  for (const AttributeValue of new Set([digestSession, own])) {
    const history = yield* ask(newestRecord, place, {
      LookupAttributes: [{ AttributeKey: 'Username', AttributeValue }],
      StartTime: new Date(estate.now.getTime() - backMs),
      EndTime: new Date(estate.now.getTime() - usualMs),
      MaxResults: 1,
    });
    if (history.is === 'unknown') return history;
    const [call] = history.is === 'value' ? history.value.Events : [];
    if (call === undefined) continue;
    const arrived = yield* arrivalOf({ estate, account }, trail, region, call);
    if (arrived.is === 'unknown') return arrived;
    const at = arrived.is === 'value' ? arrived.value : null;
    return {
      is: 'found',
      call,
      arrived: at,
      newest: at === null ? yield* newestEvent(estate, trail, account.id) : null,
    };
  }
  return { is: 'found', call: undefined, arrived: null, newest: null };
}

/** When an event came to the log group of a trail: looked for at its time first, then around it. */
function* arrivalOf(
  { estate, account }: AccountScope,
  trail: TrailFacts['trail'],
  region: string,
  { EventId, EventTime }: HistoryRecord,
): Asking<Answer<Date | null>> {
  const group = logGroupOf(trail);
  const at = EventTime.getTime();
  let none: Answer<Date | null> = { is: 'value', value: null, at: estate.now };
  if (group === null) return none;
  for (const [startTime, endTime] of [
    [at - 1000, at + 2000],
    [at - 2 * minuteMs, at + usualMs],
  ]) {
    const answer = yield* ask(
      filterLogEvents,
      { account: group.account, region: group.region },
      {
        logGroupName: group.name,
        logStreamNamePrefix: `${streamsOf(estate, account.id)}${region}`,
        startTime,
        endTime,
        filterPattern: `{ $.eventID = "${EventId}" }`,
      },
    );
    if (answer.is !== 'value') {
      none = answer.is === 'unknown' ? answer : none;
      break;
    }
    const [event] = answer.value.events;
    if (event !== undefined) return { ...answer, value: new Date(event.ingestionTime ?? event.timestamp ?? at) };
  }
  return none;
}

function judge({ trails, covering, found }: Facts, { estate, account }: AccountScope): Judged[] {
  const spot = { account: account.id, region: covering?.trail.HomeRegion ?? 'global' };
  if (covering === null)
    return [
      trails.trouble === null
        ? notApplicable(spot, 'No trail of all regions is on: see trail-org-wide.')
        : unknownFrom(spot, trails.trouble),
    ];
  const { Name } = covering.trail;
  if (found === null)
    return [unknown(spot, 'not readable', `The trail ${Name} has no log group to read from: see trail-to-logs.`)];
  if (found.is === 'unknown') return [unknownFrom(spot, found)];
  const { call, arrived, newest } = found;
  if (call === undefined)
    return [
      unknown(
        spot,
        'pending',
        'Trailwatch called nothing there that is older than a quarter of an hour: what it calls now can be read back later.',
      ),
    ];
  const { EventName, EventTime } = call;
  const called = `Trailwatch called ${EventName} at ${EventTime.toISOString()}`;
  if (arrived !== null) {
    const delay = Math.max(0, arrived.getTime() - EventTime.getTime());
    const sentence = `${called}, and it was in the log group ${Math.round(delay / minuteMs)} min later`;
    return [
      delay > lostMs
        ? fail(spot, `${sentence}: alarms come as late.`, { proof: 'proven', severity: 'medium' })
        : pass(spot, `${sentence}.`, {
            proof: 'proven',
            inheritedFrom: `trail ${Name}`,
            ...(delay > usualMs && { severity: 'low' }),
          }),
    ];
  }
  if (estate.now.getTime() - EventTime.getTime() < lostMs)
    return [unknown(spot, 'pending', `${called}, and it is not in the log group yet.`)];
  if (newest?.is === 'unknown') return [unknownFrom(spot, newest)];
  const last = newest?.is === 'value' ? newest.value.at : null;
  return last !== null && last > EventTime
    ? [fail(spot, `${called}: it is not in the log group, where newer events of the account are.`, { proof: 'proven' })]
    : [
        fail(
          spot,
          `${called}: it is not in the log group, where the last event of the account came ${since(last ?? undefined, estate.now)}.`,
          {
            proof: 'proven',
            cause: 'trail-to-logs',
          },
        ),
      ];
}
