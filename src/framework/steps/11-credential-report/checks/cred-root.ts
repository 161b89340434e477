import type { Answer } from '../../../asks.ts';
import type { CredentialReport } from '../../../calls/digests.ts';
import { type About, type AccountScope, accountCheck } from '../../../check.ts';
import { fail, type Judged } from '../../../verdict.ts';
import { byRules, readable, reportOf, spotOf } from '../facts.ts';

const about: About = {
  id: 'cred-root',
  version: 1,
  title: 'The root user has no keys, and MFA where it can sign in',
  severity: 'critical',
  why: 'The root user may do everything, and no policy of the account holds it back.',
  passes: 'No access key, and MFA; or no credentials at all, as where root access is managed centrally.',
  fix: 'aws iam enable-organizations-root-credentials-management',
  references: [
    'CIS v3.0 1.4',
    'CIS v3.0 1.5',
    'CIS v5.0 1.3',
    'CIS v5.0 1.4',
    'CIS v6.0 2.3',
    'CIS v6.0 2.4',
    'Security Hub IAM.4',
    'Security Hub IAM.9',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html',
  ],
};

const rules = ['root-access-key', 'root-mfa'] as const;

export const check = accountCheck(about, reportOf, judge);

function judge(answer: Answer<CredentialReport | null>, scope: AccountScope): Judged[] {
  const read = readable(answer, scope);
  if ('none' in read) return read.none;
  const fine = byRules(read.report, rules, scope, 'The root user has no access key, and MFA wherever it can sign in.');
  if (fine !== null) return fine;
  const found = read.report.open.filter(({ rule }) => rules.some((one) => one === rule));
  return found.map(({ rule, sentence }) => fail({ ...spotOf(scope), resource: rule }, sentence));
}
