import { parseArn, serviceName } from '../../../aws-names/arn.ts';
import { serviceLink } from '../../../aws-names/console-links.ts';
import { isRecord, textAt } from '../../../words/json.ts';
import { plural } from '../../../words/text.ts';
import { actorNamed, list, number, resourceNamed, shape, signalOf, text } from '../../shape.ts';
import type { Signal } from '../../signal.ts';
import type { Payload } from '../../source.ts';

const Counts = shape({ dimension: text, statistics: list(shape({ name: text, value: number })) });

/** Source: CloudTrail user guide, "Aggregating data events": what was called how often within five minutes. */
const Aggregated = shape({
  accountId: text,
  recipientAccountId: text,
  awsRegion: text,
  eventId: text,
  eventSource: text,
  timeWindow: shape({ windowStart: text, windowEnd: text }),
  summary: shape({ primaryDimension: Counts, details: list(Counts) }),
});

/** The record of an aggregated event, bare or in an envelope. Asked of every payload: its first look is two keys. */
function aggregatedIn({ json }: Payload): unknown {
  const detail = json?.['detail'];
  const record = isRecord(detail) ? detail : json;
  return (record?.['eventType'] === 'AwsAggregatedEvent' || record?.['eventCategory'] === 'Aggregated') &&
    textAt(record, 'summary', 'primaryDimension', 'dimension') !== undefined
    ? record
    : undefined;
}

export const isAggregated = (payload: Payload): boolean => aggregatedIn(payload) !== undefined;

/** "48,000 calls of DeleteObject in S3 on shop-exports within 5 minutes". */
export function aggregatedSignal(payload: Payload): Signal {
  const record = Aggregated.parse(aggregatedIn(payload));
  const { primaryDimension, details } = record.summary;
  const [most] = primaryDimension.statistics;
  // A template counts by call, by resource or by caller first: the other two are among the details.
  const dimension = (name: RegExp) =>
    [primaryDimension, ...details].find((each) => name.test(each.dimension ?? ''))?.statistics ?? [];
  const called = dimension(/^eventName$/i)[0]?.name;
  const resources = dimension(/resource/i);
  const resource = resourceNamed(resources[0]?.name);
  const caller = dimension(/identity|principal/i)[0]?.name;
  const service =
    record.eventSource?.replace(/\.amazonaws\.com$/, '') ?? parseArn(resource?.arn ?? '')?.service ?? 'cloudtrail';
  const actor = caller === undefined ? undefined : actorNamed(caller);
  const on = resource === undefined ? '' : ` on ${resource.name}`;
  const by = actor === undefined ? '' : ` by ${actor.name}`;
  const what = `${plural(most?.value ?? 0, 'call')}${called === undefined ? '' : ` of ${called}`} in ${serviceName(service)}${on}${by}`;
  const { windowStart, windowEnd } = record.timeWindow;
  const minutes = Math.round((Date.parse(windowEnd ?? '') - Date.parse(windowStart ?? '')) / 60_000);
  const counts = (statistics: typeof resources): string =>
    statistics
      .slice(0, 5)
      .map(({ name, value }) => `${resourceNamed(name)?.name ?? 'unknown'}: ${value ?? 0}`)
      .join(', ');
  return signalOf(payload, {
    source: 'cloudtrail',
    kind: called ?? 'aggregated event',
    dedupKey: [
      'cloudtrail',
      'aggregated',
      record.accountId ?? record.recipientAccountId,
      record.awsRegion,
      service,
      most?.name,
      resource?.arn,
    ].join('|'),
    severity: 'info',
    title: what,
    sentence: `CloudTrail counted ${what}${minutes > 0 ? ` within ${plural(minutes, 'minute')}` : ''}.`,
    accounts: [record.accountId, record.recipientAccountId],
    regions: [record.awsRegion],
    times: [windowStart, windowEnd],
    resource,
    actor,
    links: (where) => [serviceLink(where, 'cloudtrail')],
    fields: [
      ['Calls', counts(primaryDimension.statistics)],
      ...details.map((each): [string, string] => [each.dimension ?? 'Other', counts(each.statistics)]),
    ],
  });
}
