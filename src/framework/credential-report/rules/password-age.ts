import {
  type CredentialRule,
  date,
  days,
  daysBetween,
  type Hit,
  named,
  plusDays,
  type Unjudged,
  userOf,
  users,
} from './rule.ts';

/** Source: PCI DSS 4.0.1, 8.3.9, which is about passwords that are the only factor. */
export const passwordAge: CredentialRule = {
  id: 'password-age',
  brief: 'old password as the only factor',
  title: 'Passwords that are the only factor are changed',
  severity: 'medium',
  why: 'A password that somebody else has learned lets them in until it is changed.',
  fix: 'Let the user assign an MFA device, or change the password.',
  columns: ['password_enabled', 'password_last_changed', 'mfa_active'],
  check: (facts, { passwordAgeDays: limit }) =>
    limit === null
      ? []
      : users(facts).flatMap((row): (Hit | Unjudged)[] => {
          if (row.passwordEnabled !== true || row.mfaActive !== false) return [];
          const of = { ...userOf(facts, row), slot: 'password' };
          const changed = row.passwordChangedAt;
          if (changed === null)
            return [{ ...of, unknown: `The report does not say when the password of ${named(row.user)} was changed.` }];
          const age = daysBetween(changed, facts.generatedAt);
          if (age <= limit) return [];
          return [
            {
              ...of,
              sentence: `The password of ${named(row.user)}, who has no MFA, was last changed ${days(age)} ago, on ${date(changed)}; the limit is ${days(limit)}.`,
              since: plusDays(changed, limit + 1),
            },
          ];
        }),
};
