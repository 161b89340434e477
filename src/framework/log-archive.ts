import { type Answer, type Asking, ask, mapped, type Place } from './asks.ts';
import { listBuckets } from './calls/s3.ts';
import type { Estate } from './estate.ts';
import { archiveOf } from './steps/02-cloudtrail/archive.ts';
import { organizationTrail } from './steps/02-cloudtrail/facts.ts';

/** The log archive account: the one that is configured, else the owner of the bucket of the organization's trail. */
function* logArchive(estate: Estate): Asking<Answer<string>> {
  if (estate.settings.logArchive !== null) return { is: 'value', value: estate.settings.logArchive, at: estate.now };
  const trail = yield* organizationTrail(estate);
  if (trail.is !== 'value') return trail;
  return mapped(yield* archiveOf(estate, trail.value.trail), ({ place }) => place.account);
}

/** The log archive account, and its buckets with the place in which each is asked for. */
export interface ArchiveBuckets {
  account: string;
  byName: ReadonlyMap<string, Place>;
}

/** What is in the log archive account: a log that goes to one of its buckets is out of reach of whom it is about. */
export function* archiveBuckets(estate: Estate): Asking<Answer<ArchiveBuckets>> {
  const archive = yield* logArchive(estate);
  if (archive.is !== 'value') return archive;
  const account = archive.value;
  const answer = yield* ask(listBuckets, { account, region: estate.home.region });
  return mapped(answer, ({ Buckets }) => ({
    account,
    byName: new Map(Buckets.map(({ Name, BucketRegion: region = estate.home.region }) => [Name, { account, region }])),
  }));
}

/**
 * Whether logs that go to an ARN (of a bucket, a log group or a delivery stream) are kept in the log archive account.
 * Unknown where nobody can say which account that is.
 */
export function isCentral(destination: string, archive: Answer<ArchiveBuckets>): boolean | null {
  if (archive.is !== 'value') return null;
  const [, , service, , account, ...rest] = destination.split(':');
  if (service !== 's3') return account === archive.value.account;
  return archive.value.byName.has(rest.join(':').split('/')[0] ?? '');
}
