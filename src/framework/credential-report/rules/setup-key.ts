import { type CredentialRule, date, type Hit, keySlot, named, type Unjudged, userOf, users } from './rule.ts';

/** The console makes the key a moment after the user. */
const togetherMs = 60_000;

export const setupKey: CredentialRule = {
  id: 'setup-key',
  brief: 'key made with the user, never used',
  title: 'Users with a password get no access key at setup',
  severity: 'low',
  why: 'A key made along with the user, and never used since, shows that nobody asked for it.',
  fix: 'Delete the key. Whoever needs one can ask for it.',
  columns: [
    'user_creation_time',
    'password_enabled',
    ...[1, 2].flatMap((n) => [
      `access_key_${n}_active`,
      `access_key_${n}_last_rotated`,
      `access_key_${n}_last_used_date`,
    ]),
  ],
  // Used keys pass: CIS 3.0, 1.11 asks to delete those "created at the same time as the user profile" and not used.
  check: (facts) =>
    users(facts).flatMap((row) =>
      row.keys.flatMap((key): (Hit | Unjudged)[] => {
        const { createdAt } = row;
        if (row.passwordEnabled !== true || key.active !== true || key.lastUsedAt !== null) return [];
        if (createdAt === null || key.rotatedAt === null)
          return [
            {
              ...userOf(facts, row),
              slot: keySlot(key.slot),
              unknown: `The report does not say when ${createdAt === null ? named(row.user) : `access key ${key.slot} of ${named(row.user)}`} was made.`,
            },
          ];
        if (Math.abs(key.rotatedAt.getTime() - createdAt.getTime()) > togetherMs) return [];
        return [
          {
            ...userOf(facts, row),
            slot: keySlot(key.slot),
            sentence: `Access key ${key.slot} of ${named(row.user)} was made with the user on ${date(createdAt)} and never used.`,
            since: createdAt,
          },
        ];
      }),
    ),
};
