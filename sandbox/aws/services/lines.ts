import { known } from '../../organization/accounts.ts';
import { accessLines, dnsLines, flowLines, keptMs, type LineSpan, type LogLine } from '../../organization/log-lines.ts';
import { networks } from '../../organization/network.ts';
import type { Organization } from '../../organization/organization.ts';
import { dayMs, hexOf, minuteMs } from '../../organization/stable.ts';
import { type Condition, conjuncts, meets, only, type Row } from '../queries/condition.ts';
import type { Found } from '../queries/search.ts';
import { buckets } from './buckets.ts';
import { deliveredLogGroups } from './deliveries.ts';
import { deliveringFlowLogs, flowLogBucket } from './networks.ts';
import { dnsLogBucket, queryLogDestinations } from './route53resolver.ts';

/** Lines with the partitions of a table that they are in. */
interface Part {
  partitions: Readonly<Record<string, string>>;
  lines: (span: LineSpan) => Iterable<LogLine>;
}

/** What a log group holds of flow logs, DNS queries or requests to buckets; undefined: it is none of theirs. */
export function partsOfGroup(organization: Organization, arn: string): Part[] | undefined {
  const found = [
    ...flowParts(organization, (log) => log === arn, 5 * minuteMs),
    ...dnsParts(organization, arn),
    ...deliveredLogGroups(organization)
      .filter(({ group }) => group === arn)
      .flatMap(({ bucket: name }) => {
        const bucket = buckets(organization).get(name);
        return bucket === undefined
          ? []
          : [{ partitions: {}, lines: (span: LineSpan) => accessLines(organization, bucket, 'json', span) }];
      }),
  ];
  return found.length === 0 ? undefined : found;
}

/** Log groups that such logs are delivered to, by ARN. */
export const lineGroups = (organization: Organization): string[] => [
  ...new Set([
    ...deliveringFlowLogs(organization).flatMap(({ account, region, log: { LogDestination, LogGroupName } }) =>
      LogGroupName === undefined
        ? LogDestination?.includes(':log-group:') === true
          ? [LogDestination]
          : []
        : [`arn:aws:logs:${region}:${account}:log-group:${LogGroupName}`],
    ),
    ...queryLogDestinations(organization).flatMap(({ destination }) =>
      destination.includes(':log-group:') ? [destination] : [],
    ),
    ...deliveredLogGroups(organization).map(({ group }) => group),
  ]),
];

/** Tables of Athena over buckets of logs, by account, database and name: a column for the line, and partitions. */
export function partsOfTable(organization: Organization, account: string, name: string): Part[] | undefined {
  const archive = account === organization.trail.account;
  // A view over what is kept as Parquet writes it as lines.
  if (archive && (name === 'audit.flow_logs' || name === 'audit.flow_lines')) {
    const bucket = `arn:aws:s3:::${flowLogBucket(organization)}`;
    const isView = name === 'audit.flow_lines';
    return flowParts(organization, (log, format) => log === bucket && (format === 'parquet') === isView, 10 * minuteMs);
  }
  if (archive && name === 'audit.dns_logs') return dnsParts(organization, `arn:aws:s3:::${dnsLogBucket(organization)}`);
  if (name === 'audit.s3_access' && (archive || account === known.payments))
    return [...buckets(organization).values()]
      .filter((bucket) => bucket.account === account && bucket.settings.logging !== null)
      .map((bucket) => ({
        partitions: { account, region: bucket.region, bucket: bucket.name },
        lines: (span) => accessLines(organization, bucket, 'text', span),
      }));
  return undefined;
}

function flowParts(
  organization: Organization,
  isHere: (destination: string, format: string | undefined) => boolean,
  delayMs: number,
): Part[] {
  return deliveringFlowLogs(organization).flatMap(({ account, region, log }) => {
    const { ResourceId, LogFormat = '', LogDestination, LogGroupName, TrafficType: traffic = 'ALL' } = log;
    const destination = LogDestination ?? `arn:aws:logs:${region}:${account}:log-group:${LogGroupName}`;
    const vpc = networks(organization).find(({ id }) => id === ResourceId);
    if (vpc === undefined || !isHere(destination, log.DestinationOptions?.FileFormat)) return [];
    const fields = [...LogFormat.matchAll(/\$\{([^}]+)\}/g)].map(([, name = '']) => name);
    return [
      {
        partitions: { account, region },
        lines: (span: LineSpan) => flowLines(organization, vpc, fields, { span, delayMs, traffic }),
      },
    ];
  });
}

const dnsParts = (organization: Organization, destination: string): Part[] =>
  queryLogDestinations(organization)
    .filter((one) => one.destination === destination)
    .flatMap(({ vpc: id }) => {
      const vpc = networks(organization).find((one) => one.id === id);
      if (vpc === undefined) return [];
      const partitions = { account: vpc.account, vpc: vpc.id };
      return [{ partitions, lines: (span: LineSpan) => dnsLines(organization, vpc, span) }];
    });

const partitionColumns: ReadonlySet<string> = new Set(['account', 'region', 'vpc', 'bucket', 'day']);

/** The lines that a query finds, newest first. What its conditions on partitions leave out is not read. */
export function searchParts(
  parts: readonly Part[],
  { where, limit, span }: { where: Condition; limit: number; span: LineSpan },
): Found {
  const scan: Condition = { kind: 'all', of: conjuncts(where).filter((one) => only(one, partitionColumns)) };
  const rows: Row[] = [];
  let [scanned, bytesScanned] = [0, 0];
  for (const { partitions, lines } of parts)
    for (const { day, ...within } of daysOf(span)) {
      const folder = { ...partitions, day };
      const row = (at: number, text: string): Row => ({
        record: { eventID: hexOf(at, text).slice(0, 32) },
        time: at,
        line: { text, partitions: folder },
      });
      if (meets(scan, row(0, '')) !== true) continue;
      for (const { at, text } of lines({ ...within, now: span.now })) {
        scanned += 1;
        bytesScanned += text.length + 1;
        const found = row(at, text);
        if (at >= within.from && at <= within.to && meets(where, found) === true) rows.push(found);
      }
    }
  rows.sort((a, b) => b.time - a.time);
  return { rows: rows.slice(0, limit), matched: rows.length, scanned, bytesScanned };
}

/** The days of a span, each with the part of the span that is in it; as far back as anything is kept. */
function* daysOf({ from, to, now }: LineSpan): Generator<{ day: string; from: number; to: number }> {
  const first = Math.max(from, now - keptMs);
  for (let start = Math.floor(first / dayMs) * dayMs; start <= to; start += dayMs)
    yield {
      day: new Date(start).toISOString().slice(0, 10).replaceAll('-', '/'),
      from: Math.max(start, first),
      to: Math.min(start + dayMs - 1, to),
    };
}
