import { type CredentialRule, date, days, daysBetween, rootOf, rootRow } from './rule.ts';

export const rootUsed: CredentialRule = {
  id: 'root-used',
  brief: 'used lately',
  title: 'The root user is not used',
  severity: 'high',
  why: 'Few tasks need the root user. Its use in daily work is a habit to end, or an intruder.',
  fix: 'Find in CloudTrail who signed in and why, and give that task a role of its own.',
  columns: ['password_last_used', 'access_key_1_last_used_date', 'access_key_2_last_used_date'],
  check: (facts, { rootUsedDays }) => {
    const root = rootRow(facts);
    if ('unknown' in root) return root;
    const uses = [
      { how: 'password', at: root.passwordLastUsedAt },
      ...root.keys.map((key) => ({ how: 'access key', at: key.lastUsedAt })),
    ].flatMap(({ how, at }) => (at === null ? [] : [{ how, at }]));
    const last = uses.reduce<(typeof uses)[number] | null>(
      (latest, use) => (latest === null || use.at > latest.at ? use : latest),
      null,
    );
    if (last === null) return [];
    const age = daysBetween(last.at, facts.generatedAt);
    if (age > rootUsedDays) return [];
    return [
      {
        ...rootOf(facts),
        slot: '',
        sentence: `The root user was last used ${days(Math.max(0, age))} ago, on ${date(last.at)}, by ${last.how}.`,
        since: last.at,
      },
    ];
  },
};
