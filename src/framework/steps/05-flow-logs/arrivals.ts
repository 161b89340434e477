import type { Answer, Asking } from '../../asks.ts';
import { ask } from '../../asks.ts';
import { newestLogStream } from '../../calls/logs.ts';
import { anyObject } from '../../calls/s3.ts';
import type { Estate } from '../../estate.ts';
import type { ArchiveBuckets } from '../../log-archive.ts';

const dayMs = 86_400_000;
/** Streams tell of what came up to an hour late, and deliveries are best effort. */
const streamWithinMs = 2 * 3_600_000;

/** Whether something came lately to where a log goes: null where the bot cannot see it. */
export type Arrived = { arrived: boolean; where: string } | null;

/** What the prefix of a day's objects is, below the destination's own. */
export type DayPrefix = (day: string) => string;

/** Looks for what was delivered lately to a bucket of the archive, or to a log group. */
export function* arrival(
  estate: Estate,
  destination: string,
  archive: Answer<ArchiveBuckets>,
  prefix: DayPrefix,
): Asking<Arrived> {
  const [, , service, region = '', account = '', ...rest] = destination.split(':');
  if (service === 's3') return yield* inBucket(estate, rest.join(':'), archive, prefix);
  if (service !== 'logs') return null;
  const logGroupName = rest.slice(1).join(':').replace(/:\*$/, '');
  const answer = yield* ask(
    newestLogStream,
    { account, region },
    { logGroupName, orderBy: 'LastEventTime', descending: true, limit: 1 },
  );
  if (answer.is !== 'value') return null;
  const last = answer.value.logStreams[0]?.lastEventTimestamp ?? 0;
  return { arrived: estate.now.getTime() - last < streamWithinMs, where: `log group ${logGroupName}` };
}

function* inBucket(estate: Estate, path: string, archive: Answer<ArchiveBuckets>, prefix: DayPrefix): Asking<Arrived> {
  const [bucket = '', ...folders] = path.split('/').filter((part) => part !== '');
  const place = archive.is === 'value' ? archive.value.byName.get(bucket) : undefined;
  if (place === undefined) return null;
  const before = folders.length === 0 ? '' : `${folders.join('/')}/`;
  // Of today, and of yesterday: soon after midnight UTC today has nothing yet.
  for (const age of [0, dayMs]) {
    const day = new Date(estate.now.getTime() - age).toISOString().slice(0, 10).replaceAll('-', '/');
    const answer = yield* ask(anyObject, place, {
      Bucket: bucket,
      Prefix: `${before}${prefix(day)}`,
      MaxKeys: 1,
    });
    if (answer.is !== 'value') return null;
    if (answer.value.Contents.length > 0) return { arrived: true, where: bucket };
  }
  return { arrived: false, where: bucket };
}
