import type { Answer } from '../../../asks.ts';
import type { DigestRuns } from '../../../calls/digests.ts';
import { type About, organizationCheck } from '../../../check.ts';
import { type Estate, organizationSpot, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, notApplicable, pass } from '../../../verdict.ts';
import { runsOfDigest } from '../facts.ts';

const about: About = {
  id: 'cred-reviewed',
  version: 1,
  title: 'Somebody signs the credential report off each week',
  severity: 'medium',
  why: 'A report that nobody reads is none.',
  passes:
    'The last run was signed off within seven days, by another person than the one who last asked to accept a risk.',
  fix: '/audit report history # then press Reviewed below the last report',
  references: [],
};

const weekMs = 7 * 86_400_000;

export const check = organizationCheck(about, runsOfDigest, judge);

function judge(answer: Answer<DigestRuns>, estate: Estate): Judged[] {
  const spot = organizationSpot(estate);
  if (answer.is === 'unknown') return [unknownFrom(spot, answer)];
  if (answer.is === 'absent') return [fail(spot, 'No credential report was made yet.')];
  const { runs, lastRequester } = answer.value;
  const [last] = runs;
  if (last === undefined) return [fail(spot, 'No credential report was made yet: set digests.credentialReport.')];
  const age = estate.now.getTime() - last.at.getTime();
  if (last.reviewedAt === null) {
    if (runs.length === 1 && age <= weekMs)
      return [notApplicable(spot, 'The first report is a baseline, and less than a week old.')];
    return age <= weekMs && (runs[1]?.reviewedAt ?? null) !== null
      ? [pass(spot, `Run ${last.id} is less than a week old, and the one before it was signed off.`)]
      : [fail(spot, `Run ${last.id} of ${last.at.toISOString().slice(0, 10)} was signed off by nobody.`)];
  }
  if (last.reviewedAt.getTime() - last.at.getTime() > weekMs)
    return [fail(spot, `Run ${last.id} was signed off more than seven days after it was made.`)];
  if (last.reviewedBy === lastRequester)
    return [fail(spot, 'Whoever signed it off is the one who last asked to accept a risk: another person has to.')];
  return [pass(spot, `Run ${last.id} was signed off on ${last.reviewedAt.toISOString()}.`, { proof: 'proven' })];
}
