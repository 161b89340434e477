import type { Answer, Asking } from '../../../asks.ts';
import { type About, type RegionScope, regionCheck } from '../../../check.ts';
import { unknownFrom } from '../../../estate.ts';
import { type ArchiveBuckets, archiveBuckets } from '../../../log-archive.ts';
import { fail, type Judged, pass, unknown } from '../../../verdict.ts';
import { judgeLogging, type Logging, logging, spotOf } from '../facts.ts';

const about: About = {
  id: 'ssm-kept',
  version: 1,
  title: 'Session logs are kept long enough',
  severity: 'medium',
  why: 'What happened on an instance is often asked for months later.',
  passes:
    'The log group keeps its events for ever or for the days that are configured (365); a bucket alone is one of the log archive.',
  fix: 'aws logs put-retention-policy --log-group-name LOG-GROUP --retention-in-days 365 --region {region}',
  references: [
    'https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html#SettingLogRetention',
  ],
};

interface Facts {
  logging: Logging;
  /** Asked where sessions go into a bucket alone; null: they do not. */
  archive: Answer<ArchiveBuckets> | null;
}

export const check = regionCheck(about, facts, judge);

function* facts(scope: RegionScope): Asking<Facts> {
  const known = yield* logging(scope);
  const inBucket = known.preferences?.is === 'value' && known.group === null;
  return { logging: known, archive: inBucket ? yield* archiveBuckets(scope.estate) : null };
}

function judge({ logging: facts, archive }: Facts, scope: RegionScope): Judged[] {
  const spot = spotOf(scope);
  const { keepDays } = scope.estate.settings;
  return judgeLogging(facts, scope, ({ logGroup, bucket }, group) => {
    if (group === null) {
      if (archive?.is !== 'value')
        return unknown(spot, 'not readable', `Sessions are kept in the bucket ${bucket}, whose rules were not read.`);
      return archive.value.byName.has(bucket)
        ? pass(spot, `Sessions are kept in the bucket ${bucket} of the log archive.`)
        : fail(spot, `Sessions are kept in the bucket ${bucket}, which is not in the log archive.`);
    }
    if (group.is === 'unknown') return unknownFrom(spot, group);
    if (group.is === 'absent') return fail(spot, `The log group ${logGroup} does not exist.`, { cause: 'ssm-prefs' });
    const { retentionInDays: days } = group.value;
    if (days === undefined) return pass(spot, `The log group ${logGroup} keeps its events for ever.`);
    return days >= keepDays
      ? pass(spot, `The log group ${logGroup} keeps its events for ${days} days.`)
      : fail(spot, `The log group ${logGroup} keeps its events for ${days} days, ${keepDays} are wanted.`);
  });
}
