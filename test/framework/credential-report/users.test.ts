import { expect, test } from 'vitest';
import { evaluate } from '../../../src/framework/credential-report/evaluate.ts';
import { defaultThresholds } from '../../../src/framework/credential-report/thresholds.ts';
import { reviewedUsers } from '../../../src/framework/credential-report/users.ts';
import { account, daysAgo, facts, root, user } from './reports.ts';

test('a review of access lists every user with rights, newest use, and what is found', () => {
  const known = facts([
    root(),
    user('ana', {
      password_enabled: 'true',
      password_last_used: daysAgo(9),
      access_key_1_active: 'true',
      access_key_1_last_rotated: daysAgo(100),
      access_key_1_last_used_date: daysAgo(2),
    }),
    user('ben'),
  ]);
  const rights = [{ arn: `arn:aws:iam::${account}:user/ana`, groups: ['ops'], policies: ['ReadOnly'], owner: 'web' }];
  const listed = reviewedUsers(known, evaluate(known, defaultThresholds), rights);
  expect(listed.map(({ row, idleDays, findings, rights }) => [row.user, idleDays, findings, rights?.owner])).toEqual([
    ['<root_account>', expect.any(Number), 0, undefined],
    ['ana', 2, 2, 'web'],
    // Never used: idle since it was made.
    ['ben', expect.any(Number), 0, undefined],
  ]);
});
