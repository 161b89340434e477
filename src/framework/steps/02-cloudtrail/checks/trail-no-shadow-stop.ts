import { type Answer, type Asking, all, ask, together } from '../../../asks.ts';
import { acknowledgedEvents } from '../../../calls/alerts.ts';
import { type HistoryRecord, hasFailed, lookupRecords } from '../../../calls/event-history.ts';
import { type About, organizationCheck } from '../../../check.ts';
import { type Estate, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass, unknown } from '../../../verdict.ts';
import { type AllTrails, allTrails, type TrailFacts, trailSpot, withoutTrail } from '../facts.ts';

const about: About = {
  id: 'trail-no-shadow-stop',
  version: 2,
  title: 'Nobody touched the trail unseen',
  severity: 'high',
  why: 'A trail that was stopped for an hour and started again looks whole afterwards.',
  passes:
    'In the last seven days the trail was not stopped, deleted, changed or narrowed, or somebody acknowledged the alert about it.',
  fix: '# find out who and why, and acknowledge the alert: /audit lookup event StopLogging --since 7d --account {account}',
  references: [
    'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/monitor-cloudtrail-log-files-with-cloudwatch-logs.html',
  ],
};

const names = ['StopLogging', 'DeleteTrail', 'UpdateTrail', 'PutEventSelectors'] as const;
const weekMs = 7 * 86_400_000;
/** Event history is some minutes late, and times that begin on the hour are asked alike by all checks of a run. */
const hourMs = 3_600_000;

interface Facts {
  trails: AllTrails;
  events: Answer<readonly HistoryRecord[]> | null;
  acknowledged: Answer<{ acknowledged: readonly string[] }> | null;
}

export const check = organizationCheck(about, facts, judge);

function* facts(estate: Estate): Asking<Facts> {
  const trails = yield* allTrails(estate);
  const [best] = trails.meant;
  if (best === undefined) return { trails, events: null, acknowledged: null };
  const StartTime = new Date(Math.floor((estate.now.getTime() - weekMs) / hourMs) * hourMs);
  const account = best.trail.TrailARN.split(':')[4] ?? best.place.account;
  const answers = yield* all(
    names.map((AttributeValue) =>
      ask(
        lookupRecords,
        { account, region: best.trail.HomeRegion },
        { LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue }], StartTime },
      ),
    ),
  );
  const known = together(answers);
  if (known.is !== 'value') return { trails, events: known, acknowledged: null };
  const found = known.value.flatMap(({ Events }) => Events).filter((event) => !hasFailed(event));
  const acknowledged =
    found.length === 0
      ? null
      : yield* ask(acknowledgedEvents, best.place, { eventIds: found.map(({ EventId }) => EventId) });
  return { trails, events: { ...known, value: found }, acknowledged };
}

function judge({ trails, events, acknowledged }: Facts, estate: Estate): Judged[] {
  const [best] = trails.meant;
  return (
    withoutTrail(trails, estate) ??
    (best === undefined || events === null ? [] : [judgeEvents(best, events, acknowledged, estate)])
  );
}

function judgeEvents(
  facts: TrailFacts,
  events: Answer<readonly HistoryRecord[]>,
  acknowledged: Facts['acknowledged'],
  estate: Estate,
): Judged {
  const spot = trailSpot(facts, estate);
  if (events.is === 'unknown') return unknownFrom(spot, events);
  if (events.is === 'absent') return unknown(spot, 'not asked', events.message);
  if (events.value.length === 0)
    return pass(spot, `None of ${names.join(', ')} was called in seven days.`, { proof: 'proven' });
  if (acknowledged === null || acknowledged.is !== 'value')
    return unknown(
      spot,
      'not asked',
      `${toldOf(events.value)}; whether somebody acknowledged an alert about it is not known.`,
    );
  const open = events.value.filter(({ EventId }) => !acknowledged.value.acknowledged.includes(EventId));
  return open.length === 0
    ? pass(spot, `${toldOf(events.value)}; the alerts about it were acknowledged.`, { proof: 'proven' })
    : fail(spot, `${toldOf(open)}, and nobody acknowledged an alert about it.`, { proof: 'proven' });
}

const toldOf = (events: readonly HistoryRecord[]): string =>
  events
    .slice(0, 5)
    .map(
      ({ EventName, EventTime, Username = 'somebody' }) =>
        `${Username} called ${EventName} at ${EventTime.toISOString()}`,
    )
    .join('; ') + (events.length > 5 ? ` and ${events.length - 5} calls more` : '');
