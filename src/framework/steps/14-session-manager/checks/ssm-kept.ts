import { type About, type RegionScope, regionCheck } from '../../../check.ts';
import { unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass, unknown } from '../../../verdict.ts';
import { judgeLogging, type Logging, logging, spotOf } from '../facts.ts';

const about: About = {
  id: 'ssm-kept',
  version: 1,
  title: 'Session logs are kept long enough',
  severity: 'medium',
  why: 'What happened on an instance is often asked for months later.',
  passes: 'The log group keeps its events for ever or for the days that are configured (365).',
  fix: 'aws logs put-retention-policy --log-group-name LOG-GROUP --retention-in-days 365 --region {region}',
  references: [
    'https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html#SettingLogRetention',
  ],
};

export const check = regionCheck(about, logging, judge);

function judge(facts: Logging, scope: RegionScope): Judged[] {
  const spot = spotOf(scope);
  const { keepDays } = scope.estate.settings;
  return judgeLogging(facts, scope, ({ logGroup, bucket }, group) => {
    if (group === null)
      return unknown(spot, 'not readable', `Sessions are kept in the bucket ${bucket}, whose rules were not read.`);
    if (group.is === 'unknown') return unknownFrom(spot, group);
    if (group.is === 'absent') return fail(spot, `The log group ${logGroup} does not exist.`, { cause: 'ssm-prefs' });
    const { retentionInDays: days } = group.value;
    if (days === undefined) return pass(spot, `The log group ${logGroup} keeps its events for ever.`);
    return days >= keepDays
      ? pass(spot, `The log group ${logGroup} keeps its events for ${days} days.`)
      : fail(spot, `The log group ${logGroup} keeps its events for ${days} days, ${keepDays} are wanted.`);
  });
}
