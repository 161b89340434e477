import type { Answer, Asking } from '../../../asks.ts';
import { type About, type AccountScope, accountCheck } from '../../../check.ts';
import { judgedLink, type Link } from '../../../delivery.ts';
import { globalPlace, unknownFrom } from '../../../estate.ts';
import { fail, type Judged } from '../../../verdict.ts';
import { monitoring } from '../../04-alarms/facts.ts';
import { waysOf, wholeOf } from '../../04-alarms/path.ts';
import { iamDelivery, iamRules, wayOr } from '../facts.ts';

const about: About = {
  id: 'iam-alerts-all-accounts',
  version: 1,
  title: 'Every account tells of changes in IAM',
  severity: 'high',
  why: 'An intruder starts in the account that nobody watches.',
  passes:
    'A rule of the account in us-east-1 leads to a receiver, or the alarm on IAM policies of the organization trail covers the account.',
  fix: `aws events put-rule --name trailwatch-iam-changes --event-pattern '{"source":["aws.iam"],"detail-type":["AWS API Call via CloudTrail"]}' --state ENABLED --region {region}
aws events put-targets --rule trailwatch-iam-changes --targets Id=1,Arn=<topic, queue or central bus> --region {region}`,
  references: ['https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html'],
};

interface Facts {
  own: Link | null;
  /** Of the organization's alarm; null: the account's own way suffices. */
  alarm: Answer<{ link: Link; trail: string }> | null;
}

export const check = accountCheck(about, facts, judge);

function* facts(scope: AccountScope): Asking<Facts> {
  const rules = yield* iamRules(scope);
  const own = wayOr(rules, yield* iamDelivery(scope, rules));
  if (own?.is === 'pass') return { own, alarm: null };
  const known = yield* monitoring(scope.estate);
  if (known.is !== 'value') return { own, alarm: known };
  const { way, leftOut } = yield* waysOf(scope.estate, known.value, 'iam-policy');
  const { trail } = known.value.trail;
  return {
    own,
    alarm: { ...known, value: { link: leftOut.get(scope.account.id) ?? wholeOf(way), trail: trail.Name } },
  };
}

function judge({ own, alarm }: Facts, { estate, account }: AccountScope): Judged[] {
  const spot = globalPlace(estate, account.id);
  if (own?.is === 'pass') return [judgedLink(spot, own)];
  if (alarm?.is === 'value') {
    const { link, trail } = alarm.value;
    if (link.is === 'pass') return [judgedLink(spot, link, { inheritedFrom: `alarm of organization trail ${trail}` })];
  }
  if (own?.is === 'unknown') return [judgedLink(spot, own)];
  if (alarm?.is === 'unknown') return [unknownFrom(spot, alarm)];
  if (alarm?.is === 'value' && alarm.value.link.is === 'unknown') return [judgedLink(spot, alarm.value.link)];
  return [
    fail(spot, own?.reason ?? 'No rule of the account and no alarm of the organization tells of changes in IAM.', {
      cause: own === null ? 'iam-alerts-match' : 'iam-alerts-arrive',
    }),
  ];
}
