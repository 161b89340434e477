import { type Answer, type Asking, ask, mapped } from '../../asks.ts';
import { type CredentialReport, credentialReport, type DigestRuns, digestRuns } from '../../calls/digests.ts';
import type { AccountScope } from '../../check.ts';
import { type Estate, globalPlace } from '../../estate.ts';
import { type Judged, pass, type Spot, unknown } from '../../verdict.ts';

/** The newest report of an account as the digest keeps it; null: it was never asked. Nothing of AWS is asked. */
export function* reportOf({ estate, account }: AccountScope): Asking<Answer<CredentialReport | null>> {
  const answer = yield* ask(credentialReport, globalPlace(estate, account.id), { account: account.id });
  return mapped(answer, ({ report }) => report);
}

/** The runs of the digest within a year. */
export const runsOfDigest = (estate: Estate): Asking<Answer<DigestRuns>> =>
  ask(digestRuns, globalPlace(estate, estate.home.account), { digest: 'credentialReport' });

export const spotOf = ({ account }: AccountScope): Spot => ({ account: account.id, region: 'global' });

/** The report to judge by, or why there is nothing to judge. */
export function readable(
  answer: Answer<CredentialReport | null>,
  scope: AccountScope,
): { report: CredentialReport } | { none: Judged[] } {
  const spot = spotOf(scope);
  if (answer.is === 'unknown') return { none: [unknown(spot, answer.why, answer.sentence)] };
  if (answer.is === 'absent' || answer.value === null)
    return { none: [unknown(spot, 'not asked', 'No run of the credential report has asked this account yet.')] };
  const { missing } = answer.value;
  return missing === null ? { report: answer.value } : { none: [unknown(spot, 'not asked', missing)] };
}

/** A rule of the report as a verdict: what it found, or why it could not look. */
export function byRules(
  report: CredentialReport,
  rules: readonly CredentialReport['open'][number]['rule'][],
  scope: AccountScope,
  fine: string,
): Judged[] | null {
  const spot = spotOf(scope);
  const blind = report.notChecked.find(({ rule }) => rules.includes(rule));
  if (report.open.some(({ rule }) => rules.includes(rule))) return null;
  return blind === undefined ? [pass(spot, fine)] : [unknown(spot, 'denied', blind.reason)];
}
