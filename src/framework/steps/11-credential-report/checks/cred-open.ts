import type { Answer } from '../../../asks.ts';
import type { CredentialReport } from '../../../calls/digests.ts';
import { type About, type AccountScope, accountCheck } from '../../../check.ts';
import { fail, type Judged, pass } from '../../../verdict.ts';
import { readable, reportOf, spotOf } from '../facts.ts';

const about: About = {
  id: 'cred-open',
  version: 1,
  title: 'No grave finding of credentials stays open for more than 30 days',
  severity: 'medium',
  why: 'A report that is read and not acted on protects nobody.',
  passes:
    'No critical or high finding of the credential report is open for more than 30 days without an accepted exception.',
  fix: '/audit report now credential-report # then assign each finding, or ask to accept it for a time',
  references: ['CIS v6.0 2.11', 'CIS v6.0 2.13'],
};

const patienceMs = 30 * 86_400_000;

export const check = accountCheck(about, reportOf, judge);

function judge(answer: Answer<CredentialReport | null>, scope: AccountScope): Judged[] {
  const read = readable(answer, scope);
  if ('none' in read) return read.none;
  const now = scope.estate.now.getTime();
  const old = read.report.open.filter(
    ({ severity, since }) => ['critical', 'high'].includes(severity) && now - since.getTime() > patienceMs,
  );
  const [first] = old;
  if (first === undefined)
    return [pass(spotOf(scope), 'No critical or high finding has been open for more than 30 days.')];
  const more = old.length === 1 ? '' : `, and ${old.length - 1} more`;
  return [fail(spotOf(scope), `Open since ${first.since.toISOString().slice(0, 10)}: ${first.sentence}${more}`)];
}
