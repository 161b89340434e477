import { type CredentialRow, lastUseOf } from '../facts.ts';
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

/** Source: PCI DSS 4.0.1, 8.2.6: inactive user accounts are removed or disabled within 90 days of inactivity. */
export const inactiveUser: CredentialRule = {
  id: 'inactive-user',
  brief: 'inactive user who may sign in',
  title: 'Users who are inactive are removed or disabled',
  severity: 'medium',
  why: 'Whoever left or changed their work still has a way in, and nobody notices when it is used.',
  fix: 'Ask the owner, then take the password and the keys away, or delete the user.',
  columns: [
    'user_creation_time',
    'password_enabled',
    'password_last_used',
    'password_last_changed',
    ...[1, 2].flatMap((n) => [
      `access_key_${n}_active`,
      `access_key_${n}_last_used_date`,
      `access_key_${n}_last_rotated`,
    ]),
  ],
  check: (facts, { inactiveUserDays: limit }) =>
    limit === null
      ? []
      : users(facts).flatMap((row): (Hit | Unjudged)[] => {
          if (row.passwordEnabled !== true && row.keys.every(({ active }) => active !== true)) return [];
          const of = { ...userOf(facts, row), slot: '' };
          const used = lastUseOf(row);
          const from = used ?? newestOf(row);
          if (from === null)
            return [
              { ...of, unknown: `The report has no date at all for ${named(row.user)}: nobody knows since when.` },
            ];
          const idle = daysBetween(from, facts.generatedAt);
          if (idle < limit) return [];
          const story = used === null ? 'has used no credential since' : 'last used a credential on';
          return [
            {
              ...of,
              sentence: `${named(row.user)} ${story} ${date(from)}, ${days(idle)} ago, and may still sign in; the limit is ${days(limit)}.`,
              since: plusDays(from, limit),
            },
          ];
        }),
};

/** When a user who was never active was last given something: a user, a password, a key. */
function newestOf({ createdAt, passwordChangedAt, keys }: CredentialRow): Date | null {
  const times = [createdAt, passwordChangedAt, ...keys.map(({ rotatedAt }) => rotatedAt)].filter((at) => at !== null);
  return times.length === 0 ? null : new Date(Math.max(...times.map((at) => at.getTime())));
}
