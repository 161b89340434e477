import { type AskAws, askingAws } from '../aws/asking.ts';
import { AwsTrouble } from '../aws/aws.ts';
import { type Coverage, placeCoverage } from '../aws/coverage.ts';
import type { Target } from '../aws/everywhere.ts';
import { plainly } from '../aws/history/lines.ts';
import { historySource } from '../aws/history/source.ts';
import { parseArn, shortName } from '../aws-names/arn.ts';
import { trailRecordOf } from '../cloudtrail/record.ts';
import { ask } from '../framework/asks.ts';
import { describeDeliveries, describeDeliveryDestinations, describeDeliverySources } from '../framework/calls/logs.ts';
import { getBucketLocation, getBucketLogging, listBuckets } from '../framework/calls/s3.ts';
import type { Parts } from '../parts.ts';
import { sizeWords } from '../words/sizes.ts';
import { clip, hasWord, plural } from '../words/text.ts';
import { dayMs } from '../words/time.ts';
import type { Typed } from '../words/typed.ts';
import { drive, valueIn } from './driving.ts';
import { type BucketRequest, isDelete, isError, isWeak, readAccess, readDataEvent } from './logs/access-record.ts';
import {
  type Destination,
  lineOf,
  local,
  partFact,
  type Read,
  readLines,
  restsOn,
  type Sources,
  sourcesOf,
} from './logs/reading.ts';
import { timeWords } from './lookup-query.ts';
import { readSpan, type Span } from './moments.ts';
import { pastedBucket } from './pasted.ts';
import { askPlaces, namedPlaces, wrongOptions } from './places.ts';
import type { TableAsking, TableQuestion } from './table-answer.ts';
import { type Wrong, wrong } from './wrong.ts';

const usage =
  's3 BUCKET [KEY-PREFIX] [--who NAME|IP] [--errors] [--deletes] [--since 24h] [--until TIME] [--account NAME]';
const usualMs = dayMs;

interface Wanted {
  bucket: string;
  prefix: string;
  who: string;
  errors: boolean;
  deletes: boolean;
  span: Span;
}

export const s3Question: TableQuestion = {
  name: 's3',
  usage,
  sentence:
    'Who asked what of a bucket, by its server access logs or the data events of CloudTrail: reads, writes, deletes and what was refused.',
  grammar: { flags: new Set(['errors', 'deletes']), valueWords: timeWords },
  ask: async (parts, typed, asking) => {
    const options = {
      known: ['who', 'errors', 'deletes', 'since', 'until', 'account'],
      flags: ['errors', 'deletes'],
      usage,
    };
    const strange = await wrongOptions(parts.aws, typed, options, asking.asker);
    if (strange !== undefined) return strange;
    const wanted = readWanted(typed, { now: parts.now(), zone: asking.zone });
    if ('wrong' in wanted) return wanted;
    const askAws = askingAws(parts.aws, asking.asker, { now: parts.now, signal: asking.signal });
    const { place, coverage } = await findBucket(parts, wanted.bucket, typed, asking, askAws);
    const sources = await sourcesFor(parts, wanted.bucket, place, askAws);
    if (sources.sources.length > 0) {
      const read = await readLines(
        parts,
        sources.sources,
        {
          span: wanted.span,
          patterns: patternsOf(wanted),
          // Only a bucket holds them as text.
          shape: () => ({ time: 'brackets', sizeWord: null }),
        },
        ({ text }) => {
          const request = readAccess(text);
          return request === undefined ? null : fits(request, wanted) ? request : undefined;
        },
        asking,
      );
      return answerOf({ wanted, typed, place, coverage, sources, read, zone: asking.zone, bestEffort: true });
    }
    const read = await dataEvents(parts, wanted, place, asking);
    if (read === null) throw notSetUp(wanted.bucket, place, sources);
    return answerOf({
      ...{ wanted, typed, place, coverage, read, zone: asking.zone, bestEffort: false },
      sources: { sources: [], unsearched: [] },
    });
  },
};

function readWanted(typed: Typed, clock: { now: Date; zone: string }): Wanted | { wrong: Wrong } {
  const [named = '', behind = '', extra] = typed.words;
  if (named === '') return wrong(`Say of which bucket, like /audit ${usage}`);
  if (extra !== undefined) return wrong(`"${clip(extra, 60)}" is one word too many. Type /audit ${usage}`);
  const { bucket, key } = pastedBucket(named);
  const prefix = `${key}${behind}`;
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket))
    return wrong(`"${clip(named, 60)}" is no name of a bucket: small letters, digits, dots and hyphens.`);
  const read = readSpan(typed.options.get('since'), typed.options.get('until'), usualMs, clock);
  if ('wrong' in read) return read;
  return {
    bucket,
    prefix,
    who: typed.options.get('who')?.trim() ?? '',
    errors: typed.options.has('errors'),
    deletes: typed.options.has('deletes'),
    span: read.span,
  };
}

/** Whose a bucket is, and where: names of buckets are the world's. @throws AwsTrouble where no account that answers has it */
async function findBucket(
  { aws }: Pick<Parts, 'aws'>,
  bucket: string,
  typed: Typed,
  asking: TableAsking,
  askAws: AskAws,
): Promise<{ place: Target; coverage: Coverage }> {
  const home = await aws.home();
  const { accounts } = namedPlaces(typed);
  let found: Target | undefined;
  // One region answers for all: a list of buckets is the account's.
  const coverage = await askPlaces(aws, { accounts, regions: [home.region] }, asking, {
    doing: 'list buckets',
    ask: async (place) => {
      const { Buckets } = valueIn(await drive(ask(listBuckets, place, { Prefix: bucket }), askAws));
      return Buckets.find(({ Name }) => Name === bucket);
    },
    take: async (place, listed) => {
      if (listed !== undefined)
        found = { ...place, region: listed.BucketRegion ?? (await regionOf(place, bucket, askAws)) };
    },
    said: () => 'accounts asked for the bucket.',
  });
  if (found !== undefined) return { place: found, coverage: placeCoverage([found], []) };
  const silent = coverage.accounts.asked - coverage.accounts.answered;
  throw new AwsTrouble(
    // What was not asked everywhere may be there.
    silent === 0 ? 'absent' : 'stopped',
    `No bucket ${bucket} is in the ${plural(coverage.accounts.answered, 'account')} that answered.${silent === 0 ? '' : ` ${plural(silent, 'account')} did not.`}`,
  );
}

async function regionOf(place: Target, Bucket: string, askAws: AskAws): Promise<string> {
  const { LocationConstraint } = valueIn(await drive(ask(getBucketLocation, place, { Bucket }), askAws));
  return LocationConstraint === undefined || LocationConstraint === '' ? 'us-east-1' : LocationConstraint;
}

/** Where access logs of a bucket are: a log group comes before a bucket with a table. */
async function sourcesFor(
  { config }: Pick<Parts, 'config'>,
  bucket: string,
  place: Target,
  askAws: AskAws,
): Promise<Sources> {
  const groups = await deliveredTo(bucket, place, askAws);
  const tables = config.logs.s3;
  const first = sourcesOf(groups, tables, 'logs.s3');
  if (first.sources.length > 0) return first;
  const { LoggingEnabled } = valueIn(await drive(ask(getBucketLogging, place, { Bucket: bucket }), askAws));
  if (LoggingEnabled === undefined) return first;
  const partitions = { account: place.account, region: place.region, bucket };
  return sourcesOf([...groups, { arn: `arn:aws:s3:::${LoggingEnabled.TargetBucket}`, partitions }], tables, 'logs.s3');
}

/** Source: CloudWatch Logs user guide, "Enable logging from AWS services". */
async function deliveredTo(bucket: string, place: Target, askAws: AskAws): Promise<Destination[]> {
  const { deliverySources } = valueIn(await drive(ask(describeDeliverySources, place), askAws));
  const names = new Set(
    deliverySources
      .filter(
        ({ resourceArns, logType = '' }) =>
          logType.toUpperCase() === 'S3_SERVER_ACCESS_LOGS' && resourceArns.some((arn) => arn.endsWith(`:::${bucket}`)),
      )
      .map(({ name }) => name),
  );
  if (names.size === 0) return [];
  const [deliveries, destinations] = await Promise.all([
    drive(ask(describeDeliveries, place), askAws),
    drive(ask(describeDeliveryDestinations, place), askAws),
  ]);
  const targets = new Map(
    valueIn(destinations).deliveryDestinations.map(({ arn = '', deliveryDestinationConfiguration }) => [
      arn,
      deliveryDestinationConfiguration?.destinationResourceArn ?? '',
    ]),
  );
  const partitions = { account: place.account, region: place.region, bucket };
  return valueIn(deliveries)
    .deliveries.filter(({ deliverySourceName = '' }) => names.has(deliverySourceName))
    .flatMap(({ deliveryDestinationArn = '' }) => targets.get(deliveryDestinationArn) ?? [])
    .filter((arn) => arn !== '')
    .map((arn) => ({ arn: arn.replace(/:\*$/, ''), partitions }));
}

/** What a line must match; the rest is looked at once it is read. */
const patternsOf = ({ bucket, errors, deletes }: Wanted): string[] => [
  `(?:^|[ "])${plainly(bucket)}[ "]`,
  ...(deletes ? ['DELETE|EXPIRE'] : []),
  ...(errors ? ['[" ][45][0-9][0-9][" ,]|status": ?"?[45]'] : []),
];

function fits(request: BucketRequest, { bucket, prefix, who, errors, deletes, span }: Wanted): boolean {
  return (
    request.bucket === bucket &&
    request.at >= span.from &&
    request.at <= span.to &&
    request.key.startsWith(prefix) &&
    (who === '' ||
      request.address === who ||
      hasWord(request.requester, who) ||
      (request.requester === '' && who === 'anonymous')) &&
    (!errors || isError(request)) &&
    (!deletes || isDelete(request))
  );
}

/** Requests that the trail recorded as data events; null: there is no history to search. */
async function dataEvents(
  { aws, config }: Pick<Parts, 'aws' | 'config'>,
  wanted: Wanted,
  { account }: Target,
  { asker, signal, progress }: TableAsking,
): Promise<(Read<BucketRequest> & { from: string }) | null> {
  const source = historySource(config.history);
  if (source === undefined) return null;
  const read: Read<BucketRequest> = { found: [], bytes: 0, cost: 0, gaps: [], part: null };
  const { span, bucket } = wanted;
  const conditions = [
    { fields: ['eventSource'], is: 'equal', values: ['s3.amazonaws.com'] },
    { fields: ['recipientAccountId'], is: 'equal', values: [account] },
    { anywhere: bucket },
  ] as const;
  for await (const page of source.search(aws, { ...span, conditions }, asker, signal)) {
    read.bytes = page.bytes;
    read.cost = source.cost(page.bytes);
    if (page.gap !== null) read.gaps.push(page.gap);
    for (const event of page.events) {
      const request = readDataEvent(trailRecordOf(event) ?? event);
      if (request !== undefined && fits(request, wanted)) read.found.push(request);
    }
    progress(`${plural(read.found.length, 'request')} found in ${source.name}.`);
  }
  return { ...read, from: source.name };
}

function notSetUp(bucket: string, { account, region }: Target, { unsearched }: Sources): AwsTrouble {
  const why =
    unsearched.length === 0 ? `Nobody logs what is asked of ${bucket} (${account} ${region}).` : unsearched.join(' ');
  return new AwsTrouble(
    'other',
    `${why} What would be needed: access logs to CloudWatch Logs or to a bucket with a table in logs.s3, or data events in a trail that history in the configuration can search; /audit framework 7 has the commands.`,
  );
}

interface Answered {
  wanted: Wanted;
  typed: Typed;
  place: Target;
  coverage: Coverage;
  sources: Sources;
  read: Read<BucketRequest> & { from?: string };
  zone: string;
  bestEffort: boolean;
}

function answerOf({ wanted, typed, place, coverage, sources, read, zone, bestEffort }: Answered) {
  const found = read.found.toSorted((a, b) => b.at.getTime() - a.at.getTime());
  const { bucket } = wanted;
  const rests = restsOn(coverage, sources, read, zone);
  const from = read.from === undefined ? '' : `; data events in ${read.from}: ${sizeWords(read.bytes)} read`;
  return {
    title: `${found.length === 0 ? 'No request' : plural(found.length, 'request')}${read.part === null ? '' : ' in a part of the lines'}: ${clip(bucket, 60)}`,
    line: lineOf('s3', typed.words, typed.options),
    facts: [...partFact(read), ...factsOf(found), bestEffort ? effort(found.length) : dataEventsOnly],
    columns: [
      `Time (${zone})`,
      'Who',
      'From',
      'Operation',
      'Key',
      'Status',
      'Bytes',
      'User agent',
      'Account of the bucket',
    ],
    rows: found.map((one) => [
      local(one.at, zone),
      whoOf(one),
      one.address,
      one.operation,
      one.key,
      [...(one.status === null ? [] : [String(one.status)]), ...(one.error === '' ? [] : [one.error])].join(' '),
      sizeWords(one.bytes),
      one.agent,
      `${place.known.name ?? place.account} ${place.region}`,
    ]),
    ...rests,
    coverage: `${rests.coverage}${from}`,
    next: nextOf(found),
    shareable: true,
  };
}

/** A session by its role and name, with the account that it is of. */
function whoOf({ requester }: BucketRequest): string {
  if (requester === '') return 'nobody signed in';
  const { resource, account } = parseArn(requester) ?? {};
  return resource === undefined ? requester : `${resource.replace(/^(?:assumed-role|user)\//, '')} (${account})`;
}

/** Source: S3 user guide, "Best-effort server log delivery". */
const effort = (count: number): string =>
  count === 0
    ? 'Access logs are delivered on a best-effort basis, hours late, and may miss lines: that nothing was found does not prove that nothing happened.'
    : 'Access logs are delivered on a best-effort basis, hours late; lines may be missing or come twice.';

const dataEventsOnly =
  'These are data events of CloudTrail: only what the trail’s selectors take in, and nothing of who did not sign in where the request failed.';

function factsOf(found: readonly BucketRequest[]): string[] {
  if (found.length === 0) return [];
  const operations = new Map<string, number>();
  for (const { operation } of found) operations.set(operation, (operations.get(operation) ?? 0) + 1);
  const count = (is: (one: BucketRequest) => boolean): number => found.filter(is).length;
  const bytes = found.reduce((sum, one) => sum + one.bytes, 0);
  const numbers = [
    [count(({ requester }) => requester === ''), 'without signing in'],
    [count(({ error }) => error === 'AccessDenied'), 'denied'],
    [count(isDelete), 'that delete'],
    [count(isWeak), 'with no TLS or an old version of it'],
  ] as const;
  const most = [...operations].toSorted(([, a], [, b]) => b - a).slice(0, 4);
  return [
    `${most.map(([name, times]) => `${name} ${times}×`).join(', ')}; ${sizeWords(bytes)} sent.`,
    ...(numbers.some(([times]) => times > 0)
      ? [`${numbers.flatMap(([times, words]) => (times === 0 ? [] : [`${times} ${words}`])).join(', ')}.`]
      : []),
  ];
}

/** Who it was, and what else came from there. */
function nextOf(found: readonly BucketRequest[]): { label: string; line: string }[] {
  const first = <Key>(of: (one: BucketRequest) => Key): Key[] => [...new Set(found.map(of))].slice(0, 2);
  return [
    ...first(({ requester }) => requester).flatMap((arn) =>
      /:(?:assumed-role|user)\//.test(arn) ? [{ label: `Who is ${shortName(arn)}`, line: `who "${arn}"` }] : [],
    ),
    ...first(({ address }) => address).flatMap((address) =>
      /^[\d.]+$|:/.test(address) ? [{ label: `Calls from ${address}`, line: `lookup ip ${address}` }] : [],
    ),
  ];
}
