import { type CredentialRule, named, userOf, users } from './rule.ts';

export const consoleMfa: CredentialRule = {
  id: 'console-mfa',
  brief: 'no MFA',
  title: 'Users with a console password have MFA',
  severity: 'high',
  why: 'A password alone is lost by phishing or reuse.',
  fix: 'Let the user assign an MFA device, or take the password away and have them sign in through IAM Identity Center.',
  columns: ['password_enabled', 'mfa_active'],
  check: (facts) =>
    users(facts)
      .filter((row) => row.passwordEnabled === true && row.mfaActive === false)
      .map((row) => ({
        ...userOf(facts, row),
        slot: '',
        sentence: `${named(row.user)} can sign in to the console without MFA.`,
        since: null,
      })),
};
