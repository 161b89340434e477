import { expect, test } from 'vitest';
import { type Contained, containmentOf } from '../../src/cloudtrail/containment.ts';

const now = new Date('2026-11-24T10:00:00Z');
const node = (depth: number, name: string, more: Partial<Contained> = {}): Contained => ({
  depth,
  name,
  key: null,
  account: '111122223333',
  user: null,
  proof: 'key match',
  ...more,
});

test('keys are switched off, sessions until now denied, users that were made denied everything; each once', () => {
  const steps = containmentOf(
    [
      node(0, 'AKIAIOSFODNN7EXAMPLE', { key: 'AKIAIOSFODNN7EXAMPLE', user: 'deploy-bot' }),
      node(1, 'admin/a', { key: 'ASIAONE0000000000001' }),
      node(1, 'admin/b', { key: 'ASIATWO0000000000001' }),
      node(1, 'user backup', { proof: 'user made' }),
      node(1, 'key of backup', { key: 'AKIABACKUP0000000001' }),
    ],
    now,
  );
  expect(steps.map(({ undo }) => undo)).toEqual([
    'aws iam update-access-key --user-name deploy-bot --access-key-id AKIAIOSFODNN7EXAMPLE --status Active',
    'aws iam delete-role-policy --role-name admin --policy-name AWSRevokeOlderSessions',
    'aws iam delete-user-policy --user-name backup --policy-name TrailwatchContained',
    'aws iam update-access-key --user-name backup --access-key-id AKIABACKUP0000000001 --status Active',
  ]);
  expect(steps[1]?.command).toContain('"DateLessThan":{"aws:TokenIssueTime":"2026-11-24T10:00:00.000Z"}');
});

test('a federated session is stopped at the user who made it', () => {
  const steps = containmentOf(
    [
      node(0, 'AKIAONE0000000000001', { key: 'AKIAONE0000000000001', user: 'carol' }),
      node(1, 'helpdesk', { key: 'ASIAFED0000000000001' }),
    ],
    now,
  );
  expect(steps.map(({ undo }) => undo)).toEqual([
    'aws iam update-access-key --user-name carol --access-key-id AKIAONE0000000000001 --status Active',
    'aws iam delete-user-policy --user-name carol --policy-name AWSRevokeOlderSessions',
  ]);
});

test.each([
  node(0, 'user $(reboot)', { proof: 'user made' }),
  node(0, "a';reboot;'/x", { key: 'ASIAONE0000000000001' }),
  node(0, 'AWSReservedSSO_Admin_1/ana', { key: 'ASIAONE0000000000001' }),
  node(0, 'AKIAONE0000000000001', { key: 'AKIAONE0000000000001' }),
])('nothing is offered for $name: it is no name, or cannot be changed so', (one) =>
  expect(containmentOf([one], now)).toEqual([]),
);
