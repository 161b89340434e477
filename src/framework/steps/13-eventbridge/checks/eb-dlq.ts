import type { About } from '../../../check.ts';
import { unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass, type Spot } from '../../../verdict.ts';
import { activeRegionCheck } from '../active.ts';
import { eachRule, type PathTargets, pathTargets } from '../facts.ts';

const about: About = {
  id: 'eb-dlq',
  version: 2,
  title: 'What cannot be delivered is kept',
  severity: 'medium',
  why: 'After its retries EventBridge drops an event without a word, unless the target has a dead-letter queue.',
  passes: 'Each target of the rules on a way has a dead-letter queue and is tried for an hour at least.',
  fix: `aws events put-targets --rule {name} --targets '[{"Id":"<target id>","Arn":"<target arn>","RoleArn":"<role for a bus>","DeadLetterConfig":{"Arn":"<queue arn>"},"RetryPolicy":{"MaximumEventAgeInSeconds":86400,"MaximumRetryAttempts":185}}]' --region {region}`,
  references: ['https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html'],
};

/** Left out, EventBridge tries for 24 hours. */
const leastSeconds = 3600;

export const check = activeRegionCheck(about, pathTargets, (paths, scope) => eachRule(paths, scope, judgeRule));

function judgeRule({ rule: { rule }, targets }: PathTargets, spot: Spot): Judged {
  if (targets.is === 'unknown') return unknownFrom(spot, targets);
  if (targets.is === 'absent' || targets.value.length === 0)
    return fail(spot, `The rule ${rule.Name} has no target.`, { cause: 'eb-target-alive' });
  const bare = targets.value.find(({ DeadLetterConfig }) => DeadLetterConfig?.Arn === undefined);
  if (bare !== undefined) return fail(spot, `The target ${bare.Id} of ${rule.Name} has no dead-letter queue.`);
  const hasty = targets.value.find(
    ({ RetryPolicy }) =>
      (RetryPolicy?.MaximumEventAgeInSeconds ?? leastSeconds) < leastSeconds || RetryPolicy?.MaximumRetryAttempts === 0,
  );
  return hasty === undefined
    ? pass(spot, `What ${rule.Name} cannot deliver is kept in ${targets.value[0]?.DeadLetterConfig?.Arn ?? 'a queue'}.`)
    : fail(
        spot,
        `The target ${hasty.Id} of ${rule.Name} is tried ${
          hasty.RetryPolicy?.MaximumRetryAttempts === 0
            ? 'once'
            : `for ${hasty.RetryPolicy?.MaximumEventAgeInSeconds} seconds`
        } only.`,
      );
}
