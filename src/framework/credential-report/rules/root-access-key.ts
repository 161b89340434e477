import { type CredentialRule, date, keySlot, rootOf, rootRow } from './rule.ts';

export const rootAccessKey: CredentialRule = {
  id: 'root-access-key',
  brief: 'has an access key',
  title: 'The root user has no access key',
  severity: 'critical',
  why: 'A key of the root user may do anything in the account, and no policy can limit it.',
  fix: 'Move what uses the key to a role, then delete the key while signed in as the root user, or centrally with sts:AssumeRoot.',
  columns: ['access_key_1_active', 'access_key_2_active'],
  check: (facts) => {
    const root = rootRow(facts);
    if ('unknown' in root) return root;
    return root.keys
      .filter((key) => key.active === true)
      .map((key) => ({
        ...rootOf(facts),
        slot: keySlot(key.slot),
        sentence: `The root user has an active access key${key.rotatedAt === null ? '' : `, made or changed on ${date(key.rotatedAt)}`}${key.lastUsedAt === null ? ', never used' : `, last used on ${date(key.lastUsedAt)}`}.`,
        since: key.rotatedAt,
      }));
  },
};
