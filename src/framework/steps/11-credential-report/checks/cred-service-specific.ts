import type { Answer } from '../../../asks.ts';
import type { CredentialReport } from '../../../calls/digests.ts';
import { type About, type AccountScope, accountCheck } from '../../../check.ts';
import type { Judged } from '../../../verdict.ts';
import { fail } from '../../../verdict.ts';
import { byRules, readable, reportOf, spotOf } from '../facts.ts';

const about: About = {
  id: 'cred-service-specific',
  version: 1,
  title: 'Credentials that the report leaves out are read, and end',
  severity: 'medium',
  why: 'API keys of Bedrock and CloudWatch Logs stand in no credential report, and may never end.',
  passes: 'ListServiceSpecificCredentials was answered, and no API key lasts longer than the limit of its rule.',
  fix: 'aws iam list-service-specific-credentials --all-users # then aws iam delete-service-specific-credential for each that is not needed',
  references: ['https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListServiceSpecificCredentials.html'],
};

const rules = ['service-api-key', 'service-credential-age'] as const;

export const check = accountCheck(about, reportOf, judge);

function judge(answer: Answer<CredentialReport | null>, scope: AccountScope): Judged[] {
  const read = readable(answer, scope);
  if ('none' in read) return read.none;
  const fine = byRules(read.report, rules, scope, 'They were read, and none lasts too long.');
  if (fine !== null) return fine;
  return read.report.open
    .filter(({ rule }) => rules.some((one) => one === rule))
    .map(({ user, rule, sentence }) => fail({ ...spotOf(scope), resource: `${user} ${rule}` }, sentence));
}
