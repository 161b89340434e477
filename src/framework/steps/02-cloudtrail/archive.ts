import { type Answer, type Asking, all, ask, type Place } from '../../asks.ts';
import type { Trail } from '../../calls/cloudtrail.ts';
import { describeLogStreams } from '../../calls/logs.ts';
import { listBuckets, listObjects } from '../../calls/s3.ts';
import { activeAccounts, type Estate } from '../../estate.ts';
import { logGroupOf, type Unknown } from './facts.ts';

/** The bucket of a trail, and the account that owns it. */
export interface Archive {
  bucket: string;
  place: Place;
  /** Ends with `/`, or empty. */
  prefix: string;
}

/** Accounts that are called a log archive. */
const namedArchives = (estate: Estate): string[] =>
  activeAccounts(estate).flatMap(({ id, name }) => (/log|archive/i.test(name ?? '') ? [id] : []));

/** The account that is configured as log archive, else those that are called so. */
export const likelyArchives = (estate: Estate): string[] =>
  estate.settings.logArchive === null ? namedArchives(estate) : [estate.settings.logArchive];

/** Accounts that may own a trail's bucket, the likeliest first. A name is no proof: each is asked for its buckets. */
function candidates(estate: Estate, trail: Trail): string[] {
  const { settings, organization, home } = estate;
  return [
    ...new Set(
      [
        settings.logArchive,
        logGroupOf(trail)?.account,
        trail.KmsKeyId?.split(':')[4],
        ...namedArchives(estate),
        trail.TrailARN.split(':')[4],
        organization.is === 'value' ? organization.value.managementAccount : null,
        home.account,
      ].filter((id) => id != null && /^\d{12}$/.test(id)),
    ),
  ].flatMap((id) => (id == null ? [] : [id]));
}

/**
 * Finds who owns the bucket of a trail: the account among whose buckets it is. Unknown (`not readable`) where none of the
 * likely accounts has it and the bot may not look into all of them.
 */
export function* archiveOf(estate: Estate, trail: Trail): Asking<Answer<Archive>> {
  let dark: Unknown | undefined;
  for (const account of candidates(estate, trail)) {
    const answer = yield* ask(listBuckets, { account, region: trail.HomeRegion }, { Prefix: trail.S3BucketName });
    if (answer.is === 'unknown') dark ??= answer;
    if (answer.is !== 'value') continue;
    const found = answer.value.Buckets.find(({ Name }) => Name === trail.S3BucketName);
    if (found === undefined) continue;
    const place = { account, region: found.BucketRegion ?? trail.HomeRegion };
    const prefix = trail.S3KeyPrefix === undefined || trail.S3KeyPrefix === '' ? '' : `${trail.S3KeyPrefix}/`;
    return { ...answer, value: { bucket: trail.S3BucketName, place, prefix } };
  }
  return {
    is: 'unknown',
    why: 'not readable',
    sentence: `None of the accounts that Trailwatch reads owns the bucket ${trail.S3BucketName}${
      dark === undefined ? '' : ` (${dark.sentence})`
    }: set framework.logArchive, and deploy its role there.`,
    at: estate.now,
  };
}

/** What of an account arrived last, and where it was seen. */
export interface Arrival {
  at: Date | null;
  where: string;
}

/**
 * The newest digest of an account in the archive, of today or yesterday: digests are written every hour, even when
 * nothing happened. Source: CloudTrail user guide, "Validating CloudTrail log file integrity".
 */
export function* newestDigest(
  estate: Estate,
  { bucket, place, prefix }: Archive,
  account: string,
  region: string,
): Asking<Answer<Arrival>> {
  const { organization, now } = estate;
  const inOrganization = organization.is === 'value' ? `${organization.value.id}/` : '';
  const where = `${bucket}/${prefix}AWSLogs/${inOrganization}${account}`;
  for (const day of [now, new Date(now.getTime() - 86_400_000)]) {
    const date = day.toISOString().slice(0, 10).replaceAll('-', '/');
    const answer = yield* ask(listObjects, place, {
      Bucket: bucket,
      Prefix: `${prefix}AWSLogs/${inOrganization}${account}/CloudTrail-Digest/${region}/${date}/`,
    });
    if (answer.is !== 'value') return answer;
    const times = answer.value.Contents.flatMap(({ LastModified }) =>
      LastModified === undefined ? [] : [LastModified.getTime()],
    );
    if (times.length > 0) return { ...answer, value: { at: new Date(Math.max(...times)), where } };
  }
  return { is: 'value', value: { at: null, where }, at: now };
}

/** The newest event of an account in the log group of a trail: absent where the trail has none. */
export function* newestEvent(estate: Estate, trail: Trail, account: string): Asking<Answer<Arrival>> {
  const group = logGroupOf(trail);
  if (group === null)
    return { is: 'absent', error: 'NoLogGroup', message: 'The trail has no log group.', at: estate.now };
  const { organization } = estate;
  const owner = organization.is === 'value' ? `${organization.value.id}_` : '';
  const answer = yield* ask(
    describeLogStreams,
    { account: group.account, region: group.region },
    { logGroupName: group.name, logStreamNamePrefix: `${owner}${account}_CloudTrail_` },
  );
  if (answer.is !== 'value') return answer;
  const times = answer.value.logStreams.flatMap(({ lastEventTimestamp }) =>
    lastEventTimestamp === undefined ? [] : [lastEventTimestamp],
  );
  return {
    ...answer,
    value: { at: times.length === 0 ? null : new Date(Math.max(...times)), where: `log group ${group.name}` },
  };
}

/** Buckets that are looked through where no trail can be seen. */
const mostBuckets = 10;

/** The archives that an account may hold, where it is not known which bucket the trail has. */
export function* archivesIn(account: string, region: string): Asking<Answer<readonly Archive[]>> {
  const answer = yield* ask(listBuckets, { account, region });
  if (answer.is !== 'value') return answer;
  const likely = answer.value.Buckets.filter(({ Name }) => /trail|log|archive/i.test(Name)).slice(0, mostBuckets);
  return {
    ...answer,
    value: likely.map(({ Name, BucketRegion = region }) => ({
      bucket: Name,
      place: { account, region: BucketRegion },
      prefix: '',
    })),
  };
}

/** The newest digest of an account in any of several buckets. */
export function* newestDigestOfAny(
  estate: Estate,
  archives: readonly Archive[],
  account: string,
): Asking<Arrival | null> {
  const answers = yield* all(archives.map((archive) => newestDigest(estate, archive, account, archive.place.region)));
  const arrivals = answers.flatMap((answer) =>
    answer.is === 'value' && answer.value.at !== null ? [answer.value] : [],
  );
  return arrivals.toSorted((a, b) => (b.at?.getTime() ?? 0) - (a.at?.getTime() ?? 0))[0] ?? null;
}
