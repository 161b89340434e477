import { type Answer, type Asking, ask } from '../../../asks.ts';
import type { GuardDutyFinding } from '../../../calls/guardduty.ts';
import { receivedFindings } from '../../../calls/store.ts';
import { type About, organizationCheck } from '../../../check.ts';
import { judgedLink } from '../../../delivery.ts';
import { type Estate, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass, type Spot } from '../../../verdict.ts';
import { type KindWay, wayFrom } from '../../13-eventbridge/facts.ts';
import { kinds } from '../../13-eventbridge/kinds.ts';
import { type DetectorPlace, everyRegion, findingsOf, type RegionFacts } from '../facts.ts';
import { judgeRegions, notKnown } from '../verdicts.ts';

const about: About = {
  id: 'gd-alert-route',
  version: 1,
  title: 'What GuardDuty finds comes as an alert',
  severity: 'high',
  why: 'A finding that stays in the console is found after the attack.',
  passes:
    'A rule of the administrator matches a finding of GuardDuty in each region and leads to somebody. Proven where each finding of severity 4 and more of the last 7 days came to the bot.',
  fix: `aws events put-rule --name trailwatch-guardduty --event-pattern '{"source":["aws.guardduty"],"detail-type":["GuardDuty Finding"]}' --state ENABLED --region {region}
aws events put-targets --rule trailwatch-guardduty --targets Id=1,Arn=<topic, queue or central bus>,RoleArn=<role for a bus> --region {region}`,
  references: ['https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html'],
};

const least = 4;
const days = 7;
const dayMs = 86_400_000;

interface Facts {
  findings: Answer<readonly GuardDutyFinding[]>;
  /** Those of them that came to the bot; null: there are none. */
  received: Answer<{ keys: string[] }> | null;
  way: Answer<KindWay> | null;
}

export const check = organizationCheck(about, everyRegion(route), judge);

function* route(central: DetectorPlace, estate: Estate): Asking<Facts> {
  const findings = yield* findingsOf(central, {
    severity: { Gte: least },
    updatedAt: { Gte: estate.now.getTime() - days * dayMs },
  });
  const keys = findings.is === 'value' ? findings.value.map(({ Arn }) => Arn) : [];
  const received = keys.length === 0 ? null : yield* ask(receivedFindings, estate.home, { keys });
  const kind = kinds.find(({ id }) => id === 'guardduty-finding');
  const place = { account: central.account, region: central.region };
  return { findings, received, way: kind === undefined ? null : yield* wayFrom(estate, place, kind) };
}

function judge(regions: readonly RegionFacts<Facts>[], estate: Estate): Judged[] {
  return judgeRegions(regions, estate, ({ findings, received, way }, spot) => {
    if (findings.is !== 'value') return [notKnown(spot, findings)];
    return [received?.is === 'value' ? reconciled(findings.value, received.value.keys, spot) : judgeWay(way, spot)];
  });
}

/** What GuardDuty lists beside what came: the honest test, where there is something to compare. */
function reconciled(findings: readonly GuardDutyFinding[], keys: readonly string[], spot: Spot): Judged {
  const missing = findings.filter(({ Arn }) => !keys.includes(Arn));
  const [first] = missing;
  return first === undefined
    ? pass(spot, `All ${findings.length} findings of the last ${days} days came to the bot.`, { proof: 'proven' })
    : fail(
        spot,
        `${missing.length} of ${findings.length} findings of the last ${days} days never came to the bot, as ${first.Type} in ${first.AccountId}.`,
        { proof: 'proven' },
      );
}

function judgeWay(way: Facts['way'], spot: Spot): Judged {
  if (way === null || way.is === 'absent') return fail(spot, 'No rule matches a finding of GuardDuty here.');
  if (way.is === 'unknown') return unknownFrom(spot, way);
  const { link, trouble } = way.value;
  if (link !== null) return judgedLink(spot, link.is === 'pass' ? { ...link, proof: 'configured' } : link);
  return trouble === null
    ? fail(spot, 'No rule that is on matches a finding of GuardDuty here.', { proof: 'proven' })
    : unknownFrom(spot, trouble);
}
