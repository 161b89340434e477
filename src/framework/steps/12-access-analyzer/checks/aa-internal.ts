import { isWord } from '../../../../words/text.ts';
import type { Answer } from '../../../asks.ts';
import { type About, organizationCheck } from '../../../check.ts';
import { type Estate, organizationSpot, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, notApplicable, pass } from '../../../verdict.ts';
import { type AnalyzerPlace, analyzersOfType } from '../facts.ts';

const about: About = {
  id: 'aa-internal',
  version: 1,
  title: 'Access from inside to what matters most is analyzed',
  severity: 'low',
  why: 'Who inside the organization can reach the archive of logs or a secret is not found by an analyzer of external access.',
  passes:
    'An active analyzer of internal access for the organization; wanted where framework.accessAnalyzers.internal is set, for it is charged for by the resource.',
  fix: `aws accessanalyzer create-analyzer --analyzer-name organization-internal --type ORGANIZATION_INTERNAL_ACCESS --configuration '{"internalAccess":{"analysisRule":{"inclusions":[{"resourceArns":["<the archive bucket's ARN>"]}]}}}' --region <the bucket's region>`,
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-create-internal.html'],
};

export const check = organizationCheck(
  about,
  (estate) => analyzersOfType(estate, 'ORGANIZATION_INTERNAL_ACCESS'),
  judge,
);

function judge(answer: Answer<readonly AnalyzerPlace[]>, estate: Estate): Judged[] {
  const spot = organizationSpot(estate);
  if (!estate.settings.accessAnalyzers.internal)
    return [notApplicable(spot, 'It is charged for and not wanted: framework.accessAnalyzers.internal is off.')];
  if (answer.is === 'unknown') return [unknownFrom(spot, answer)];
  const found =
    answer.is === 'value' ? answer.value.find(({ analyzer }) => isWord(analyzer.status, 'ACTIVE')) : undefined;
  return [
    found === undefined
      ? fail(spot, 'No active analyzer looks at access from inside the organization.')
      : pass({ ...found.place, resource: found.analyzer.arn }, `${found.analyzer.name} looks at access from inside.`),
  ];
}
