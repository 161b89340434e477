import { describe, expect, test, vi } from 'vitest';
import { coverageSentence, placeCoverage } from '../../src/aws/coverage.ts';
import { everywhere, targetsOf } from '../../src/aws/everywhere.ts';
import { startHarness } from '../sandbox/aws/harness.ts';
import { bot } from './bot.ts';

const asker = { name: 'U0ANA' };

describe('the accounts', () => {
  test('are the active ones of the organization, with names and units from the root down', async () => {
    await using harness = await startHarness();
    const { accounts, trouble } = await bot(harness).accounts(asker);
    const active = harness.organization.accounts.filter(({ state }) => state === 'ACTIVE');
    expect(trouble).toBeNull();
    expect(accounts.map(({ id }) => id)).toEqual(active.map(({ id }) => id).toSorted());
    expect(accounts.every(({ name }) => name !== null)).toBe(true);
    expect(accounts.some(({ organizationalUnits }) => organizationalUnits.length === 2)).toBe(true);
  });

  test('are those of the configuration where Organizations may not be asked, and that is said', async () => {
    await using harness = await startHarness();
    const aws = bot(harness, {
      role: 'no-such-role',
      list: [{ id: '111122223333', name: 'prod', organizationalUnit: null }],
    });
    const { accounts, trouble } = await aws.accounts(asker);
    expect(accounts.map(({ id }) => id)).toEqual(['111122223333']);
    expect(trouble).toMatch(/take the role no-such-role in account \d{12}/);
  });

  test('are the own one alone when none is named', async () => {
    await using harness = await startHarness();
    const { accounts } = await bot(harness, { discover: false }).accounts(asker);
    expect(accounts.map(({ id }) => id)).toEqual([harness.organization.homeAccount]);
  });
});

test('a machine without credentials is told what it lacks', async () => {
  await using harness = await startHarness();
  const aws = bot(harness);
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
  await expect(aws.home()).rejects.toThrow(
    'Trailwatch has no AWS credentials, so it could not find out who it is in AWS (sts:GetCallerIdentity) (Could not load credentials from any providers): give it a role, a profile or keys.',
  );
});

test('AWS sees the person who asked, in the session and its source identity', async () => {
  await using harness = await startHarness();
  const aws = bot(harness);
  const account = harness.organization.accounts[0]?.id ?? '';
  const client = await aws.client('iam', { account, region: 'eu-west-1' }, { name: 'U0 <!channel>' });
  const { GetAccountSummaryCommand } = await import('@aws-sdk/client-iam');
  await client.send(new GetAccountSummaryCommand({}));
  const seen = harness.calls().find(({ operation }) => operation === 'iam:GetAccountSummary');
  expect(seen?.caller).toBe(`arn:aws:sts::${account}:assumed-role/trailwatch-read/trailwatch-U0---channel-`);
});

test('a session is renewed before it ends', async () => {
  await using harness = await startHarness();
  const place = { account: harness.organization.accounts[0]?.id ?? '', region: 'eu-west-1' };
  const list = [{ id: place.account, name: null, organizationalUnit: null }];
  const aws = bot(harness, { discover: false, list });
  const { GetAccountSummaryCommand } = await import('@aws-sdk/client-iam');
  for (const minutes of [0, 30, 26, 70]) {
    harness.moveClock(minutes * 60_000);
    await (await aws.client('iam', place, asker)).send(new GetAccountSummaryCommand({}));
  }
  expect(harness.calls().filter(({ operation }) => operation === 'sts:AssumeRole')).toHaveLength(3);
});

test.for([-3, 3])('a session lasts its hour on a machine whose clock is %i hours off', async (hours) => {
  await using harness = await startHarness();
  const place = { account: harness.organization.accounts[0]?.id ?? '', region: 'eu-west-1' };
  const list = [{ id: place.account, name: null, organizationalUnit: null }];
  const now = () => new Date(harness.now().getTime() + hours * 3_600_000);
  const aws = bot(harness, { discover: false, list }, { now });
  const { GetAccountSummaryCommand } = await import('@aws-sdk/client-iam');
  for (const minutes of [0, 30, 26]) {
    harness.moveClock(minutes * 60_000);
    await (await aws.client('iam', place, asker)).send(new GetAccountSummaryCommand({}));
  }
  expect(harness.calls().filter(({ operation }) => operation === 'sts:AssumeRole')).toHaveLength(2);
});

test('no role of a stranger is asked for, whatever account an event names: it would learn the external id', async () => {
  await using harness = await startHarness();
  const stranger = { account: '666666666666', region: 'eu-west-1' };
  const archive = { account: harness.organization.accounts[1]?.id ?? '', region: 'eu-west-1' };
  const assumed = () => harness.calls().filter(({ operation }) => operation === 'sts:AssumeRole').length;
  const aws = bot(harness);
  await aws.accounts(asker);
  const before = assumed();
  await expect(aws.client('iam', stranger, asker)).rejects.toThrow(
    'Account 666666666666 is none of those that Trailwatch reads, so it was not asked.',
  );
  await expect(aws.regions(stranger.account, asker)).resolves.toHaveLength(2);
  await expect(bot(harness, { regions: [] }).regions(stranger.account, asker)).rejects.toThrow(/none of those/);
  expect(assumed() - before).toBe(1);
  // What the configuration itself names is no stranger: the history may be in an account that is not read otherwise.
  const logGroup = `arn:aws:logs:eu-west-1:${archive.account}:log-group:cloudtrail`;
  await expect(bot(harness, { discover: false }).client('iam', archive, asker)).rejects.toThrow(/none of those/);
  await bot(harness, { discover: false }, { history: { logGroup } }).client('iam', archive, asker);
});

test('every place is asked, and who does not answer is named with the reason', async () => {
  await using harness = await startHarness();
  const aws = bot(harness);
  const { targets, missing, trouble } = await targetsOf(aws, { accounts: [], regions: [] }, asker);
  const { LookupEventsCommand } = await import('@aws-sdk/client-cloudtrail');
  const silent = [...missing];
  const asked = everywhere(
    targets,
    async (place) => (await aws.client('cloudTrail', place, asker)).send(new LookupEventsCommand({ MaxResults: 1 })),
    { doing: 'look up events' },
  );
  for await (const said of asked)
    if ('trouble' in said) silent.push({ place: said.place, kind: said.trouble.kind, reason: said.trouble.message });
  const coverage = placeCoverage(targets, silent, { trouble, searchedBackTo: new Date('2026-11-23T09:14:00Z') });
  const denying = harness.organization.accounts.filter(
    ({ state, deniesReadRole }) => state === 'ACTIVE' && deniesReadRole,
  );
  expect(denying).toHaveLength(1);
  expect(coverage.accounts).toEqual({ asked: 11, answered: 10 });
  expect(coverage.whole).toBe(false);
  expect(coverageSentence(coverage, (at) => at.toISOString().slice(11, 16))).toBe(
    '10 of 11 accounts, 2 of 2 regions; denied in 1; searched back to 09:14',
  );
  expect(silent[0]?.reason).toMatch(
    /^AWS did not allow Trailwatch to take the role trailwatch-read in account \d{12}: /,
  );
});

test('LookupEvents waits for its turn: two a second for each account and region', async () => {
  await using harness = await startHarness();
  const aws = bot(harness);
  const { LookupEventsCommand } = await import('@aws-sdk/client-cloudtrail');
  const place = { account: harness.organization.accounts[0]?.id ?? '', region: 'eu-west-1' };
  const client = await aws.client('cloudTrail', place, asker);
  const answers = await Promise.all(Array.from({ length: 4 }, () => client.send(new LookupEventsCommand({}))));
  // Nobody was throttled: each needed one attempt.
  expect(answers.map(({ $metadata }) => $metadata.attempts)).toEqual([1, 1, 1, 1]);
});
