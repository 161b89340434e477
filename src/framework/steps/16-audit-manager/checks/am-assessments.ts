import type { Answer } from '../../../asks.ts';
import { type About, organizationCheck } from '../../../check.ts';
import { activeAccounts, type Estate, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass, unknown } from '../../../verdict.ts';
import { type ActiveAssessment, type ActiveFacts, activeAssessments, everyActive, judgeActive } from '../facts.ts';

const about: About = {
  id: 'am-assessments',
  version: 1,
  title: 'An active assessment covers every account',
  severity: 'high',
  why: 'Evidence is collected of the accounts in scope alone: an account that joined later is not in it by itself.',
  passes: 'At least one ACTIVE assessment has every active account in its scope.',
  fix: 'aws auditmanager update-assessment --assessment-id {name} --scope \'{"awsAccounts":[{"id":"<account>"},…]}\' --region {region}  # with all accounts: the scope is replaced',
  references: ['https://docs.aws.amazon.com/audit-manager/latest/APIReference/API_UpdateAssessment.html'],
};

type Facts = Answer<readonly ActiveAssessment[]>;

export const check = organizationCheck(about, everyActive(activeAssessments), judge);

function judge(answer: Answer<readonly ActiveFacts<Facts>[]>, estate: Estate): Judged[] {
  return judgeActive(answer, estate, (assessments, spot) => {
    if (assessments.is === 'unknown') return [unknownFrom(spot, assessments)];
    const list = assessments.is === 'value' ? assessments.value : [];
    if (list.length === 0) return [fail(spot, 'There is no active assessment.')];
    // Where the list of accounts is not whole, nobody knows whether a scope is.
    if (estate.trouble !== null) return [unknown(spot, 'not asked', estate.trouble)];
    const [best, ...others] = list
      .map((assessment) => ({ assessment, missing: missingFrom(assessment, estate) }))
      .toSorted((a, b) => a.missing.length - b.missing.length);
    if (best === undefined) return [];
    const { assessment, missing } = best;
    const name = assessment.name ?? assessment.id;
    if (missing.length === 0)
      return [
        pass(
          spot,
          `${name} covers every active account${others.length === 0 ? '' : `; ${others.length} others are active too`}.`,
        ),
      ];
    return [
      fail(
        spot,
        `${name} covers most, but ${missing.length} active accounts are in no scope of it: ${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ' …' : ''}.`,
      ),
    ];
  });
}

function missingFrom({ detail }: ActiveAssessment, estate: Estate): string[] {
  const scope = new Set((detail.metadata?.scope?.awsAccounts ?? []).map(({ id }) => id));
  return activeAccounts(estate).flatMap(({ id }) => (scope.has(id) ? [] : [id]));
}
