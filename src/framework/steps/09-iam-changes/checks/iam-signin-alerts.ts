import { type Answer, type Asking, all } from '../../../asks.ts';
import { type About, type AccountScope, accountCheck } from '../../../check.ts';
import { globalPlace, unknownFrom } from '../../../estate.ts';
import { type Matching, matching, rulesOf } from '../../../event-rules.ts';
import { fail, type Judged, pass } from '../../../verdict.ts';
import { signInEvent, signInRegions } from '../samples.ts';

const about: About = {
  id: 'iam-signin-alerts',
  version: 1,
  title: 'Sign-ins to the console are matched where they are recorded',
  severity: 'medium',
  why: 'Sign-ins are recorded in us-east-1 and in the region of the sign-in page that was used; a rule in one of them misses the others.',
  passes:
    'In us-east-1 and in each other sign-in region that is on, a rule that is on matches a sign-in to the console.',
  fix: `aws events put-rule --name trailwatch-sign-in --event-pattern '{"source":["aws.signin"]}' --state ENABLED --region {region}
aws events put-targets --rule trailwatch-sign-in --targets Id=1,Arn=<topic, queue or central bus> --region {region}`,
  references: [
    'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html',
  ],
};

type Facts = readonly { region: string; found: Answer<Matching> }[];

export const check = accountCheck(about, facts, judge);

function* facts({ estate, account }: AccountScope): Asking<Facts> {
  const { region: first } = globalPlace(estate, account.id);
  const on = account.regions.is === 'value' ? account.regions.value : [];
  const regions = [first, ...signInRegions.filter((region) => on.includes(region) && region !== first)];
  return yield* all(
    regions.map(function* (region): Asking<Facts[number]> {
      const rules = yield* rulesOf({ account: account.id, region }, 'default');
      if (rules.is !== 'value') return { region, found: rules };
      return { region, found: { ...rules, value: yield* matching(estate, rules.value, signInEvent(region)) } };
    }),
  );
}

function judge(facts: Facts, { account }: AccountScope): Judged[] {
  return facts.map(({ region, found }) => {
    const spot = { account: account.id, region };
    if (found.is === 'unknown') return unknownFrom(spot, found);
    const { rules = [], trouble = null } = found.is === 'value' ? found.value : {};
    const [rule] = rules;
    if (rule !== undefined) return pass(spot, `The rule ${rule.rule.Name} matches sign-ins.`, { proof: 'proven' });
    if (trouble !== null) return unknownFrom(spot, trouble);
    return fail(spot, 'No rule that is on matches a sign-in to the console here.', { proof: 'proven' });
  });
}
