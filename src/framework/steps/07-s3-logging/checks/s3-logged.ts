import type { Asking } from '../../../asks.ts';
import { type About, type AccountScope, accountCheck } from '../../../check.ts';
import { unknownFrom } from '../../../estate.ts';
import { fail, type Judged, notApplicable, pass } from '../../../verdict.ts';
import { recordedOf } from '../data-events.ts';
import { arnOf, type Bucket, type Buckets, buckets, type Others, others, targetsOf } from '../facts.ts';

const about: About = {
  id: 's3-logged',
  version: 1,
  title: 'Requests to every bucket are recorded',
  severity: 'medium',
  why: 'Without a record of requests nobody can say what was read after a key leaked.',
  passes: 'Access logging, its delivery by CloudWatch Logs, or a trail’s data events of all reads and writes.',
  fix: 'aws s3api put-bucket-logging --bucket {name} --bucket-logging-status \'{"LoggingEnabled":{"TargetBucket":"LOG-BUCKET","TargetPrefix":"{name}/","TargetObjectKeyFormat":{"PartitionedPrefix":{"PartitionDateSource":"EventTime"}}}}\' --region {region}',
  references: [
    'Security Hub S3.9',
    'CIS v3.0 3.4',
    'CIS v6.0 4.4',
    'https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html',
  ],
};

interface Facts {
  buckets: Buckets;
  others: ReadonlyMap<string, Others>;
}

export const check = accountCheck(about, facts, judge);

function* facts(scope: AccountScope): Asking<Facts> {
  const found = yield* buckets(scope);
  const bare = found.all.is === 'value' ? found.all.value.filter((one) => !isExempt(one, found) && !isLogged(one)) : [];
  return { buckets: found, others: yield* others(scope, [...new Set(bare.map(({ place }) => place.region))]) };
}

const isLogged = ({ logging }: Bucket): boolean => logging.is === 'value' && logging.value !== null;
const isExempt = ({ name }: Bucket, { all, archives }: Buckets): boolean =>
  archives.has(name) || (all.is === 'value' && targetsOf(all.value).has(name));

function judge({ buckets, others }: Facts, scope: AccountScope): Judged[] {
  const spot = { account: scope.account.id, region: 'global' };
  const { all } = buckets;
  if (all.is === 'unknown') return [unknownFrom(spot, all)];
  if (all.is === 'absent' || all.value.length === 0) return [notApplicable(spot, 'The account has no bucket.')];
  const targets = targetsOf(all.value);
  return all.value.map((bucket) => {
    const { name, place, logging } = bucket;
    const at = { ...place, resource: arnOf(scope.estate, name) };
    if (logging.is === 'value' && logging.value !== null)
      return pass(at, `Its access logs go to ${logging.value.bucket}.`);
    if (buckets.archives.has(name))
      return notApplicable(
        at,
        'It is the archive of the organization’s trail: the check archive-watched looks after it.',
      );
    if (targets.has(name))
      return notApplicable(at, 'Access logs of other buckets go to it: logging itself it would never come to an end.');
    return byOthers(at, bucket, others.get(place.region));
  });
}

function byOthers(
  at: Required<Parameters<typeof pass>[0]>,
  { name, logging }: Bucket,
  others: Others | undefined,
): Judged {
  const { trails, delivered } = others ?? {};
  if (delivered?.is === 'value' && delivered.value.has(at.resource ?? ''))
    return pass(at, 'CloudWatch Logs delivers its access logs.');
  const recorded = (trails?.trails ?? []).map(({ name: trail, selectors }) => ({
    trail,
    ...recordedOf(selectors, name),
  }));
  const [read, write] = [recorded.find((one) => one.read), recorded.find((one) => one.write)];
  if (read !== undefined && write !== undefined)
    return pass(at, `By data events: the trail ${read.trail} records its reads, ${write.trail} its writes.`, {
      inheritedFrom: `trail ${write.trail}`,
    });
  for (const answer of [logging, delivered, trails?.trouble])
    if (answer?.is === 'unknown') return unknownFrom(at, answer);
  if (write !== undefined)
    return fail(
      at,
      `It has no access logging, and the trail ${write.trail} records its writes alone: reads are unseen.`,
    );
  return read !== undefined
    ? fail(at, `It has no access logging, and the trail ${read.trail} records its reads alone: writes are unseen.`)
    : fail(at, 'It has no access logging, and no trail records requests for its objects.');
}
