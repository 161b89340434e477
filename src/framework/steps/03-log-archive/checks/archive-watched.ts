import { type Answer, type Asking, ask } from '../../../asks.ts';
import { getBucketLogging } from '../../../calls/s3.ts';
import type { About } from '../../../check.ts';
import { unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass } from '../../../verdict.ts';
import { recordedOf } from '../../07-s3-logging/data-events.ts';
import { type Others, othersIn } from '../../07-s3-logging/facts.ts';
import { type ArchiveScope, archiveCheck, archiveSpot } from '../facts.ts';

const about: About = {
  id: 'archive-watched',
  version: 1,
  title: 'Whoever touches the archive is recorded',
  severity: 'medium',
  why: 'Nobody should read or delete logs without leaving a trace.',
  passes:
    'Server access logging is on for the bucket, CloudWatch Logs delivers its access logs, or trails that are on record all reads and writes of its objects.',
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
  /** Null: it has access logs. */
  others: Others | null;
}

export const check = archiveCheck(about, facts, judge);

function* facts({ archive, estate }: ArchiveScope): Asking<Facts> {
  const logging = yield* ask(getBucketLogging, archive.place, { Bucket: archive.bucket });
  const logged = logging.is === 'value' && logging.value.LoggingEnabled !== undefined;
  return { logging, others: logged ? null : yield* othersIn(estate, archive.place) };
}

function judge({ logging, others }: Facts, scope: ArchiveScope): Judged[] {
  const spot = archiveSpot(scope);
  if (logging.is === 'value' && logging.value.LoggingEnabled !== undefined)
    return [pass(spot, `Access is logged into ${logging.value.LoggingEnabled.TargetBucket}.`)];
  const { delivered, trails } = others ?? {};
  if (delivered?.is === 'value' && delivered.value.has(spot.resource))
    return [pass(spot, 'CloudWatch Logs delivers its access logs.')];
  const recorded = (trails?.trails ?? []).map(({ name, selectors }) => ({
    name,
    ...recordedOf(selectors, scope.archive.bucket),
  }));
  const [read, write] = [recorded.find((one) => one.read), recorded.find((one) => one.write)];
  if (read !== undefined && write !== undefined)
    return [pass(spot, `The trail ${write.name} records what is done with its objects.`)];
  const dark = [logging, delivered, trails?.trouble].find((answer) => answer?.is === 'unknown');
  if (dark?.is === 'unknown') return [unknownFrom(spot, dark)];
  return [
    fail(
      spot,
      write !== undefined
        ? `The trail ${write.name} records writes of its objects alone: who reads log files leaves no trace.`
        : 'Reading and deleting log files leaves no trace: neither access logs nor data events.',
    ),
  ];
}
