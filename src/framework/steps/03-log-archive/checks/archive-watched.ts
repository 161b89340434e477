import { type Answer, type Asking, all, ask } from '../../../asks.ts';
import { type EventSelectors, getEventSelectors } from '../../../calls/cloudtrail.ts';
import { getBucketLogging } from '../../../calls/s3.ts';
import type { About } from '../../../check.ts';
import { unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass } from '../../../verdict.ts';
import { isLogging, organizationTrails } from '../../02-cloudtrail/facts.ts';
import { recordsObjectsOf } from '../../02-cloudtrail/selectors.ts';
import { type ArchiveScope, archiveCheck, archiveSpot } from '../facts.ts';

const about: About = {
  id: 'archive-watched',
  version: 1,
  title: 'Whoever touches the archive is recorded',
  severity: 'medium',
  why: 'Nobody should read or delete logs without leaving a trace.',
  passes: 'Server access logging is on for the bucket, or a trail that is on records its object events.',
  fix: `aws s3api put-bucket-logging --bucket {name} --bucket-logging-status '{"LoggingEnabled":{"TargetBucket":"ACCESS-LOG-BUCKET","TargetPrefix":"{name}/"}}' --region {region}`,
  references: [
    'CIS v3.0 3.4',
    'CIS v6.0 4.4',
    'Security Hub CloudTrail.7',
    'https://docs.aws.amazon.com/AmazonS3/latest/userguide/logging-with-S3.html',
  ],
};

interface Facts {
  logging: Answer<{ LoggingEnabled?: { TargetBucket: string } | undefined }>;
  /** Of trails that are on, with their names. */
  selectors: readonly { name: string; answer: Answer<EventSelectors> }[];
}

export const check = archiveCheck(about, facts, judge);

function* facts({ archive, estate }: ArchiveScope): Asking<Facts> {
  const logging = yield* ask(getBucketLogging, archive.place, { Bucket: archive.bucket });
  const trails = yield* organizationTrails(estate);
  const on = trails.is === 'value' ? trails.value.filter(isLogging) : [];
  const answers = yield* all(
    on.map(({ trail, place }) => ask(getEventSelectors, place, { TrailName: trail.TrailARN })),
  );
  return {
    logging,
    selectors: answers.map((answer, at) => ({ name: on[at]?.trail.Name ?? '', answer })),
  };
}

function judge({ logging, selectors }: Facts, scope: ArchiveScope): Judged[] {
  const spot = archiveSpot(scope);
  const arn = `arn:aws:s3:::${scope.archive.bucket}`;
  if (logging.is === 'value' && logging.value.LoggingEnabled !== undefined)
    return [pass(spot, `Access is logged into ${logging.value.LoggingEnabled.TargetBucket}.`)];
  const watching = selectors.find(({ answer }) => answer.is === 'value' && recordsObjectsOf(answer.value, arn));
  if (watching !== undefined) return [pass(spot, `The trail ${watching.name} records what is done with its objects.`)];
  const dark = [logging, ...selectors.map(({ answer }) => answer)].find((answer) => answer.is === 'unknown');
  if (dark?.is === 'unknown') return [unknownFrom(spot, dark)];
  return [fail(spot, 'Reading and deleting log files leaves no trace: neither access logs nor data events.')];
}
