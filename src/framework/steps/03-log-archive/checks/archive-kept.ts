import { type Answer, type Asking, ask } from '../../../asks.ts';
import { describeLogGroups } from '../../../calls/logs.ts';
import { getBucketLifecycleConfiguration, type LifecycleRule, type ObjectLock } from '../../../calls/s3.ts';
import type { About } from '../../../check.ts';
import { unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass } from '../../../verdict.ts';
import { type LogGroup, logGroupOf } from '../../02-cloudtrail/facts.ts';
import { type ArchiveScope, archiveCheck, archiveSpot, inKnownWords, lockedDays, objectLock } from '../facts.ts';

const about: About = {
  id: 'archive-kept',
  version: 2,
  title: 'Logs are kept for as long as they must be',
  severity: 'medium',
  why: 'Intrusions are found months later, and auditors ask for a year.',
  passes:
    'No rule expires current or noncurrent log files, and no log group drops events, before framework.keepDays (365).',
  fix: [
    `aws s3api put-bucket-lifecycle-configuration --bucket {name} --lifecycle-configuration '{"Rules":[{"ID":"keep","Status":"Enabled","Filter":{"Prefix":""},"Expiration":{"Days":400},"NoncurrentVersionExpiration":{"NoncurrentDays":400}}]}' --region {region}`,
    'aws logs put-retention-policy --log-group-name {name} --retention-in-days 400 --region {region}',
  ].join('\n'),
  references: [
    'Security Hub CloudWatch.16',
    'https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html',
  ],
};

interface Facts {
  rules: Answer<{ Rules: readonly LifecycleRule[] }>;
  lock: Answer<ObjectLock>;
  /** Null: the trail has no log group. */
  group: LogGroup | null;
  groups: Answer<{ logGroups: readonly { logGroupName: string; retentionInDays?: number | undefined }[] }> | null;
}

export const check = archiveCheck(about, facts, judge);

function* facts(scope: ArchiveScope): Asking<Facts> {
  const { trail } = scope;
  const rules = yield* lifecycle(scope);
  const lock = yield* objectLock(scope);
  const group = logGroupOf(trail.trail);
  if (group === null) return { rules, lock, group, groups: null };
  const { account, region, name } = group;
  return {
    rules,
    lock,
    group,
    groups: yield* ask(describeLogGroups, { account, region }, { logGroupNamePrefix: name }),
  };
}

function* lifecycle({ archive }: ArchiveScope): Asking<Facts['rules']> {
  const answer = yield* ask(getBucketLifecycleConfiguration, archive.place, { Bucket: archive.bucket });
  if (answer.is !== 'value') return answer;
  const states = answer.value.Rules.map(({ Status }) => [Status, ['Enabled', 'Disabled']] as const);
  return inKnownWords(answer, 'A lifecycle rule of the archive', states);
}

function judge(facts: Facts, scope: ArchiveScope): Judged[] {
  return [judgeBucket(facts, scope), ...judgeGroup(facts, scope)];
}

function judgeBucket({ rules, lock }: Facts, scope: ArchiveScope): Judged {
  const spot = archiveSpot(scope);
  const { keepDays } = scope.estate.settings;
  if (rules.is === 'unknown') return unknownFrom(spot, rules);
  if (rules.is === 'absent') return pass(spot, 'No rule deletes anything: log files are kept for ever.');
  const logs = `${scope.archive.prefix}AWSLogs/`;
  const applying = rules.value.Rules.filter((rule) => touches(rule, logs));
  const early = applying.flatMap((rule) => tooEarly(rule, keepDays, lockedDays(lock)));
  const [first] = early;
  if (first === undefined) return pass(spot, `No rule deletes log files before ${keepDays} days.`);
  // A lock keeps noncurrent versions whatever the rules say, so it decides where nothing else is wrong.
  if (lock.is === 'unknown' && early.every(({ current }) => !current)) return unknownFrom(spot, lock);
  return fail(spot, early.map(({ sentence }) => sentence).join(' '));
}

/** Whether a rule is on and meant for log files: they carry no tags. */
function touches({ Status = '', Prefix, Filter }: LifecycleRule, logs: string): boolean {
  if (Status.toLowerCase() !== 'enabled') return false;
  if (Filter?.Tag !== undefined || (Filter?.And?.Tags?.length ?? 0) > 0) return false;
  const prefix = Prefix ?? Filter?.Prefix ?? Filter?.And?.Prefix ?? '';
  return prefix.startsWith(logs) || logs.startsWith(prefix);
}

function tooEarly(rule: LifecycleRule, keepDays: number, locked: number): { current: boolean; sentence: string }[] {
  const name = `The rule ${rule.ID ?? 'without a name'} deletes`;
  const { Days, Date: day } = rule.Expiration ?? {};
  const { NoncurrentDays } = rule.NoncurrentVersionExpiration ?? {};
  return [
    ...(Days !== undefined && Days < keepDays
      ? [{ current: true, sentence: `${name} log files after ${Days} days, ${keepDays} are wanted.` }]
      : []),
    ...(day === undefined
      ? []
      : [{ current: true, sentence: `${name} all log files on ${day.toISOString().slice(0, 10)}.` }]),
    ...(NoncurrentDays !== undefined && NoncurrentDays < keepDays && locked < keepDays
      ? [
          {
            current: false,
            sentence: `${name} versions that were overwritten or deleted after ${NoncurrentDays} days.`,
          },
        ]
      : []),
  ];
}

function judgeGroup({ group, groups }: Facts, { estate }: ArchiveScope): Judged[] {
  if (group === null || groups === null) return [];
  const spot = { account: group.account, region: group.region, resource: group.arn };
  if (groups.is === 'unknown') return [unknownFrom(spot, groups)];
  const found =
    groups.is === 'value' ? groups.value.logGroups.find(({ logGroupName }) => logGroupName === group.name) : undefined;
  if (found === undefined)
    return [fail(spot, `The log group ${group.name} does not exist.`, { cause: 'trail-to-logs' })];
  const { retentionInDays: days } = found;
  if (days === undefined) return [pass(spot, `The log group ${group.name} keeps events for ever.`)];
  const { keepDays } = estate.settings;
  return days >= keepDays
    ? [pass(spot, `The log group ${group.name} keeps events for ${days} days.`)]
    : [fail(spot, `The log group ${group.name} keeps events for ${days} days, ${keepDays} are wanted.`)];
}
