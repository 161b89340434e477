import { type CredentialRule, rootOf, rootRow, rootSignsIn } from './rule.ts';

export const rootMfa: CredentialRule = {
  id: 'root-mfa',
  brief: 'no MFA',
  title: 'The root user has MFA',
  severity: 'critical',
  why: 'Without a second factor, whoever gets the password or the mailbox of the root user owns the account.',
  fix: 'Sign in as the root user and assign an MFA device, or remove the root credentials centrally in AWS Organizations.',
  columns: ['mfa_active'],
  check: (facts) => {
    const root = rootRow(facts);
    if ('unknown' in root) return root;
    return root.mfaActive !== true && rootSignsIn(facts, root)
      ? [{ ...rootOf(facts), slot: '', sentence: 'The root user can sign in without MFA.', since: null }]
      : [];
  },
};
