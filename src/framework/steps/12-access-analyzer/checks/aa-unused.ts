import { isWord } from '../../../../words/text.ts';
import type { Answer } from '../../../asks.ts';
import { type About, organizationCheck } from '../../../check.ts';
import { type Estate, organizationSpot, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, notApplicable, pass } from '../../../verdict.ts';
import { type AnalyzerPlace, analyzersOfType } from '../facts.ts';

const about: About = {
  id: 'aa-unused',
  version: 1,
  title: 'Access that nobody uses is found, once',
  severity: 'low',
  why: 'Roles, keys and permissions that nobody uses are what an attacker uses. IAM is global: an analyzer in a second region finds the same and is paid again.',
  passes:
    'Exactly one active analyzer of unused access for the organization, in any region; wanted where framework.accessAnalyzers.unused is set.',
  fix: `aws accessanalyzer create-analyzer --analyzer-name organization-unused --type ORGANIZATION_UNUSED_ACCESS --configuration '{"unusedAccess":{"unusedAccessAge":90}}' --region <one region>
aws accessanalyzer delete-analyzer --analyzer-name {name} --region {region}  # one that is too many`,
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-create-unused.html'],
};

export const check = organizationCheck(about, (estate) => analyzersOfType(estate, 'ORGANIZATION_UNUSED_ACCESS'), judge);

function judge(answer: Answer<readonly AnalyzerPlace[]>, estate: Estate): Judged[] {
  const spot = organizationSpot(estate);
  if (!estate.settings.accessAnalyzers.unused)
    return [notApplicable(spot, 'It is charged for and not wanted: framework.accessAnalyzers.unused is off.')];
  if (answer.is === 'unknown') return [unknownFrom(spot, answer)];
  const active = answer.is === 'value' ? answer.value.filter(({ analyzer }) => isWord(analyzer.status, 'ACTIVE')) : [];
  const [first, ...more] = active;
  if (first === undefined) return [fail(spot, 'No active analyzer looks for unused access in the organization.')];
  const at = ({ analyzer, place }: AnalyzerPlace) => ({ ...place, resource: analyzer.arn });
  if (more.length === 0) return [pass(at(first), `${first.analyzer.name} looks for unused access.`)];
  return more.map((one) =>
    fail(
      at(one),
      `${one.analyzer.name} finds what ${first.analyzer.name} in ${first.place.region} finds, and is paid again.`,
    ),
  );
}
