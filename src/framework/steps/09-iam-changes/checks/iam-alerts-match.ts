import { type About, type AccountScope, accountCheck } from '../../../check.ts';
import { globalPlace, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass } from '../../../verdict.ts';
import { type IamRules, iamRules } from '../facts.ts';
import { changeNames } from '../samples.ts';

const about: About = {
  id: 'iam-alerts-match',
  version: 2,
  title: 'Rules match every change in IAM',
  severity: 'high',
  why: 'The sixteen names of the benchmark leave out new users, access keys, passwords and trust policies: what an intruder makes first.',
  passes: `Rules of the default bus in us-east-1 that are on match all ${changeNames.length} changes in IAM. EventBridge itself is asked.`,
  fix: `aws events put-rule --name trailwatch-iam-changes --event-pattern '{"source":["aws.iam"],"detail-type":["AWS API Call via CloudTrail"]}' --state ENABLED --region {region}
aws events put-targets --rule trailwatch-iam-changes --targets Id=1,Arn=<topic, queue or central bus> --region {region}`,
  references: [
    'CIS v3.0 4.4',
    'CIS v5.0 4.4',
    'CIS v6.0 5.4',
    'CIS v7.0 5.4',
    'Security Hub CloudWatch.4',
    'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html',
  ],
};

export const check = accountCheck(about, iamRules, judge);

function judge({ rules, caught, leftOut, trouble }: IamRules, { estate, account }: AccountScope): Judged[] {
  const spot = globalPlace(estate, account.id);
  if (rules.is === 'unknown') return [unknownFrom(spot, rules)];
  const missed = changeNames.filter((name) => (caught.get(name) ?? []).length === 0 || leftOut.has(name));
  const names = [...new Set([...caught.values()].flat().map(({ rule }) => rule.Name))];
  if (missed.length === 0)
    return [pass(spot, `${names.join(', ')} matches all ${changeNames.length} changes.`, { proof: 'proven' })];
  if (trouble !== null) return [unknownFrom(spot, trouble)];
  return [
    fail(
      spot,
      (names.length === 0
        ? `No rule that is on matches changes in IAM in ${spot.region}.`
        : `${missed.length} of ${changeNames.length} unmatched: ${missed.slice(0, 6).join(', ')}${missed.length > 6 ? ' …' : ''}.`) +
        [...new Set(leftOut.values())].map((whose) => ` Calls with ${whose} are left out.`).join(''),
      { proof: 'proven' },
    ),
  ];
}
