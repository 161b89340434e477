import { expect, test } from 'vitest';
import { principalOf, trusted } from '../../src/aws/iam.ts';
import { startHarness } from '../sandbox/aws/harness.ts';
import { bot } from './bot.ts';

const asker = { name: 'triage' };
const sentences = (facts: readonly { name: string; sentence: string }[]) =>
  Object.fromEntries(facts.map(({ name, sentence }) => [name, sentence]));

test('a user has keys, MFA and policies in one line each, as IAM knows them', async () => {
  await using harness = await startHarness();
  const now = harness.now();
  const [user] = harness.organization.users('111122223333', now).filter(({ name }) => name === 'deploy-bot');
  const key = user?.keys.find((one) => one?.active === true);
  const { kind, facts } = await principalOf(bot(harness), user?.arn ?? '', asker, now);
  const said = sentences(facts);
  expect(kind).toBe('user');
  expect(Object.keys(said)).toEqual(['User', 'Keys', 'MFA', 'Policies']);
  const age = Math.floor((now.getTime() - (key?.created.getTime() ?? 0)) / 86_400_000);
  expect(said['Keys']).toContain(
    `${key?.id} is active, ${age} days old, last used on ${key?.lastUsed?.at.toISOString().slice(0, 10)}`,
  );
  expect(said['MFA']).toBe('No MFA device');
  expect(said['Policies']).toMatch(/\w/);
  const withMfa = harness.organization.users('111122223333', now).find(({ mfa }) => mfa);
  const other = await principalOf(bot(harness), withMfa?.arn ?? '', asker, now);
  expect(sentences(other.facts)['MFA']).toMatch(/^Virtual MFA device since \d{4}-\d\d-\d\d$/);
});

test('a role has its trust and policies', async () => {
  await using harness = await startHarness();
  const arn = 'arn:aws:iam::111122223333:role/OrganizationAccountAccessRole';
  const { kind, facts } = await principalOf(bot(harness), arn, asker, harness.now());
  expect(kind).toBe('role');
  const said = sentences(facts);
  expect(said['Role']).toContain('may be taken by arn:aws:iam::111122223333:user/deploy-bot');
  expect(said['Policies']).toBe('AdministratorAccess');
});

test('who is not there is said so', async () => {
  await using harness = await startHarness();
  const nobody = principalOf(bot(harness), 'arn:aws:iam::111122223333:user/nobody', asker, harness.now());
  await expect(nobody).rejects.toThrow(/^AWS knows nothing of it/);
  await expect(principalOf(bot(harness), 'arn:aws:s3:::bucket', asker, harness.now())).rejects.toThrow(
    /no ARN of an IAM/,
  );
});

test.each([
  ['%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%22*%22%7D%5D%7D', 'anybody'],
  [
    JSON.stringify({
      Statement: [{ Effect: 'Allow', Principal: { Service: ['a.amazonaws.com', 'b.amazonaws.com'] } }],
    }),
    'a.amazonaws.com and b.amazonaws.com',
  ],
  [JSON.stringify({ Statement: [{ Effect: 'Deny', Principal: '*' }] }), 'nobody that the policy names'],
  ['%E0%A4%A', 'nobody that the policy names'],
  [undefined, 'nobody that the policy names'],
])('a trust policy %j is trusted by %s', (policy, who) => {
  expect(trusted(policy)).toBe(who);
});
