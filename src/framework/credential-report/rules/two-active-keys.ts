import { type CredentialRule, days, daysBetween, named, userOf, users } from './rule.ts';

export const twoActiveKeys: CredentialRule = {
  id: 'two-active-keys',
  brief: 'two active keys',
  title: 'No user has two active access keys',
  severity: 'low',
  why: 'The second key is forgotten and doubles what can leak.',
  fix: 'Find by its last use which of the two is still needed, and deactivate the other.',
  columns: ['access_key_1_active', 'access_key_1_last_rotated', 'access_key_2_active', 'access_key_2_last_rotated'],
  check: (facts, { overlapDays }) =>
    users(facts).flatMap((row) => {
      const [first, second] = row.keys;
      if (first.active !== true || second.active !== true) return [];
      const made = [first.rotatedAt, second.rotatedAt].filter((time) => time !== null);
      const newer = made.length < 2 ? null : new Date(Math.max(...made.map((time) => time.getTime())));
      const age = newer === null ? null : daysBetween(newer, facts.generatedAt);
      const rotating = age !== null && overlapDays > 0 && age <= overlapDays;
      const sentence = `${named(row.user)} has two active access keys${age === null || age < 0 ? '' : `, the newer one ${days(age)} old`}${rotating ? ': a rotation under way' : ''}.`;
      return [{ ...userOf(facts, row), slot: '', sentence, since: newer, ...(rotating && { note: true as const }) }];
    }),
};
