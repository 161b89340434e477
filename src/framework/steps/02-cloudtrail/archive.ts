import { type Answer, type Asking, all, ask, mapped, type Place, together } from '../../asks.ts';
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

/** Digests of an account, of today and as far back as was asked, the oldest first. */
export interface Digests {
  files: readonly { key: string; end: Date; delivered: Date }[];
  where: string;
}

/** The digests of an account and region of one day. */
function* digestsOn(
  { organization }: Estate,
  { bucket, place, prefix }: Archive,
  { account, region, day }: { account: string; region: string; day: Date },
): Asking<Answer<Digests>> {
  const inOrganization = organization.is === 'value' ? `${organization.value.id}/` : '';
  const folder = `${prefix}AWSLogs/${inOrganization}${account}`;
  const date = day.toISOString().slice(0, 10).replaceAll('-', '/');
  const answer = yield* ask(listObjects, place, {
    Bucket: bucket,
    Prefix: `${folder}/CloudTrail-Digest/${region}/${date}/`,
  });
  return mapped(answer, ({ Contents }) => ({
    where: `${bucket}/${folder}`,
    files: Contents.flatMap(({ Key, LastModified }) =>
      LastModified === undefined ? [] : [{ key: Key, end: endOf(Key) ?? LastModified, delivered: LastModified }],
    ).toSorted((a, b) => a.end.getTime() - b.end.getTime()),
  }));
}

/** The time in the name of a digest: `…_20261130T220000Z.json.gz`. */
function endOf(key: string): Date | null {
  const [, ...parts] = /_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.json\.gz$/.exec(key) ?? [];
  const [year, month, day, hour, minute, second] = parts;
  return parts.length === 0 ? null : new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

const yesterday = ({ now }: Estate): Date => new Date(now.getTime() - 86_400_000);

/** The digests of an account of today and yesterday. */
export function* digestsOf(estate: Estate, archive: Archive, account: string, region: string): Asking<Answer<Digests>> {
  const days = [yesterday(estate), estate.now];
  const known = together(yield* all(days.map((day) => digestsOn(estate, archive, { account, region, day }))));
  return mapped(known, (found) => ({
    where: found[0]?.where ?? archive.bucket,
    files: found.flatMap(({ files }) => files),
  }));
}

/**
 * The newest digest of an account in the archive, of today or yesterday: digests are written every hour, even when
 * nothing happened. Source: CloudTrail user guide, "Validating CloudTrail log file integrity".
 */
export function* newestDigest(
  estate: Estate,
  archive: Archive,
  account: string,
  region: string,
): Asking<Answer<Arrival>> {
  let where = archive.bucket;
  for (const day of [estate.now, yesterday(estate)]) {
    const answer = yield* digestsOn(estate, archive, { account, region, day });
    if (answer.is !== 'value') return answer;
    where = answer.value.where;
    const times = answer.value.files.map(({ delivered }) => delivered.getTime());
    if (times.length > 0) return { ...answer, value: { at: new Date(Math.max(...times)), where } };
  }
  return { is: 'value', value: { at: null, where }, at: estate.now };
}

/** How the streams of an account begin in the log group of a trail; the region follows. */
export const streamsOf = ({ organization }: Estate, account: string): string =>
  `${organization.is === 'value' ? `${organization.value.id}_` : ''}${account}_CloudTrail_`;

/** The newest event of an account in the log group of a trail: absent where the trail has none. */
export function* newestEvent(estate: Estate, trail: Trail, account: string): Asking<Answer<Arrival>> {
  const group = logGroupOf(trail);
  if (group === null)
    return { is: 'absent', error: 'NoLogGroup', message: 'The trail has no log group.', at: estate.now };
  const answer = yield* ask(
    describeLogStreams,
    { account: group.account, region: group.region },
    { logGroupName: group.name, logStreamNamePrefix: streamsOf(estate, account) },
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
