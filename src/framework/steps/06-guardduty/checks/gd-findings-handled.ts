import { plural } from '../../../../words/text.ts';
import { type Answer, type Asking, ask } from '../../../asks.ts';
import type { GuardDutyFinding } from '../../../calls/guardduty.ts';
import { handledFindings } from '../../../calls/store.ts';
import { type About, organizationCheck } from '../../../check.ts';
import { type Estate, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass } from '../../../verdict.ts';
import { type DetectorPlace, everyRegion, findingsOf, type RegionFacts } from '../facts.ts';
import { judgeRegions, notKnown } from '../verdicts.ts';

const about: About = {
  id: 'gd-findings-handled',
  version: 1,
  title: 'Somebody has taken on each severe finding',
  severity: 'high',
  why: 'A finding that nobody looks at is worth as much as none.',
  passes:
    'No unarchived finding of severity 7 or more is older than 7 days without an acknowledged alert or an exception.',
  fix: 'Acknowledge its alert in Slack, deal with it, then:\naws guardduty archive-findings --detector-id <detector> --finding-ids {name} --region {region}',
  references: ['https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_working-with-findings.html'],
};

const severe = 7;
const daysAllowed = 7;
const dayMs = 86_400_000;

interface Facts {
  findings: Answer<readonly GuardDutyFinding[]>;
  /** Of those that are old, the ones that somebody has taken on; null: none is old. */
  handled: Answer<{ keys: string[] }> | null;
}

export const check = organizationCheck(about, everyRegion(openFindings), judge);

function* openFindings(central: DetectorPlace, estate: Estate): Asking<Facts> {
  const findings = yield* findingsOf(central, {
    severity: { Gte: severe },
    'service.archived': { Eq: ['false'] },
  });
  const keys = findings.is === 'value' ? old(findings.value, estate).map(({ Arn }) => Arn) : [];
  return { findings, handled: keys.length === 0 ? null : yield* ask(handledFindings, estate.home, { keys }) };
}

const old = (findings: readonly GuardDutyFinding[], { now }: Estate): GuardDutyFinding[] =>
  findings.filter(({ CreatedAt }) => now.getTime() - Date.parse(CreatedAt) > daysAllowed * dayMs);

function judge(regions: readonly RegionFacts<Facts>[], estate: Estate): Judged[] {
  return judgeRegions(regions, estate, ({ findings, handled }, spot) => {
    if (findings.is !== 'value') return [notKnown(spot, findings)];
    const late = old(findings.value, estate);
    const known = handled?.is === 'value' ? new Set(handled.value.keys) : new Set<string>();
    const left = late.filter(({ Arn }) => !known.has(Arn));
    if (left.length === 0)
      return [
        pass(
          spot,
          `${plural(findings.value.length, 'severe finding')} open, none older than ${daysAllowed} days without somebody.`,
          {
            proof: 'proven',
          },
        ),
      ];
    return left.map(({ Arn, AccountId, Type, CreatedAt }) => {
      const where = { account: AccountId, region: spot.region, resource: Arn };
      return handled?.is === 'unknown'
        ? unknownFrom(where, handled)
        : fail(where, `${Type} is open since ${CreatedAt.slice(0, 10)} and nobody has acknowledged it.`, {
            proof: 'proven',
          });
    });
  });
}
