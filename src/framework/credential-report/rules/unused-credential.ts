import type { AccountFacts, CredentialRow } from '../facts.ts';
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

interface Credential {
  slot: string;
  name: string;
  enabled: boolean | null;
  lastUsedAt: Date | null;
  /** When it was made or last changed: from here it counts where it was never used. */
  madeAt: Date | null;
}

/** The root user is left out, as in CIS: its credentials should lie unused. */
export const unusedCredential: CredentialRule = {
  id: 'unused-credential',
  brief: 'credential in nobody’s use',
  title: 'Passwords and access keys in nobody’s use are switched off',
  severity: 'medium',
  why: 'Nobody notices the misuse of a credential that nobody uses.',
  fix: 'Ask the owner, then disable the password or deactivate the key, and delete it some weeks later.',
  columns: [
    'password_enabled',
    'password_last_used',
    'password_last_changed',
    ...[1, 2].flatMap((n) => [
      `access_key_${n}_active`,
      `access_key_${n}_last_used_date`,
      `access_key_${n}_last_rotated`,
    ]),
  ],
  check: (facts, { unusedDays }) =>
    users(facts).flatMap((row) => credentials(row).flatMap((credential) => judge(facts, row, credential, unusedDays))),
};

const credentials = (row: CredentialRow): Credential[] => [
  {
    slot: 'password',
    name: 'The password',
    enabled: row.passwordEnabled,
    lastUsedAt: row.passwordLastUsedAt,
    madeAt: row.passwordChangedAt ?? row.createdAt,
  },
  ...row.keys.map((key) => ({
    slot: keySlot(key.slot),
    name: `Access key ${key.slot}`,
    enabled: key.active,
    lastUsedAt: key.lastUsedAt,
    madeAt: key.rotatedAt ?? row.createdAt,
  })),
];

/** A name of a credential within a sentence. */
const lowered = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

function judge(
  facts: AccountFacts,
  row: CredentialRow,
  { slot, name, enabled, lastUsedAt, madeAt }: Credential,
  limit: number,
): (Hit | Unjudged)[] {
  const from = lastUsedAt ?? madeAt;
  if (enabled !== true) return [];
  if (from === null)
    return [
      {
        ...userOf(facts, row),
        slot,
        unknown: `The report has no date at all for ${lowered(name)} of ${named(row.user)}: nobody knows whether it is used.`,
      },
    ];
  const idle = daysBetween(from, facts.generatedAt);
  if (idle < limit) return [];
  const story =
    lastUsedAt === null
      ? `was never used since it was set ${days(idle)} ago, on ${date(from)}`
      : `was last used ${days(idle)} ago, on ${date(from)}`;
  return [
    {
      ...userOf(facts, row),
      slot,
      sentence: `${name} of ${named(row.user)} ${story}; the limit is ${days(limit)}.`,
      since: plusDays(from, limit),
    },
  ];
}
