import {
  type CredentialRule,
  date,
  days,
  daysBetween,
  type Hit,
  keySlot,
  named,
  plusDays,
  type Unjudged,
  userOf,
  users,
} from './rule.ts';

/** The root user is left out: it should have no key at all, which is a rule of its own. */
export const keyRotation: CredentialRule = {
  id: 'key-rotation',
  brief: 'old access key',
  title: 'Active access keys are rotated',
  severity: 'medium',
  why: 'The older a key, the more laptops, logs and backups hold a copy of it.',
  fix: 'Make a second key, move its users over, deactivate the old one, and delete it. Better: a role and no key.',
  columns: ['access_key_1_active', 'access_key_1_last_rotated', 'access_key_2_active', 'access_key_2_last_rotated'],
  check: (facts, { rotationDays }) =>
    users(facts).flatMap((row) =>
      row.keys.flatMap((key): (Hit | Unjudged)[] => {
        if (key.active !== true) return [];
        if (key.rotatedAt === null)
          return [
            {
              ...userOf(facts, row),
              slot: keySlot(key.slot),
              unknown: `The report has no date for access key ${key.slot} of ${named(row.user)}, so its age is not known.`,
            },
          ];
        const age = daysBetween(key.rotatedAt, facts.generatedAt);
        if (age <= rotationDays) return [];
        return [
          {
            ...userOf(facts, row),
            slot: keySlot(key.slot),
            sentence: `Access key ${key.slot} of ${named(row.user)} is ${days(age)} old, made or changed on ${date(key.rotatedAt)}; the limit is ${days(rotationDays)}.`,
            since: plusDays(key.rotatedAt, rotationDays + 1),
          },
        ];
      }),
    ),
};
