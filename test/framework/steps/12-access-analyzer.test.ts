import {
  AccessAnalyzerClient,
  CreateAnalyzerCommand,
  CreateArchiveRuleCommand,
  type CreateArchiveRuleCommandInput,
  DeleteAnalyzerCommand,
  DeleteArchiveRuleCommand,
  UpdateFindingsCommand,
} from '@aws-sdk/client-accessanalyzer';
import { expect, test } from 'vitest';
import { AwsError } from '../../../sandbox/aws/service.ts';
import { breakSource } from '../../../sandbox/aws/services/recorders.ts';
import { analyzers, createAnalyzer } from '../../../sandbox/organization/analyzers.ts';
import { breaks } from '../../../sandbox/organization/breaks/12-access-analyzer.ts';
import type { FrameworkParts } from '../../../src/questions/framework/run.ts';
import { counts, type Lab, startLab } from '../lab.ts';

const tooling = '111122222222';
const web = { accounts: ['prod-web'], regions: ['eu-west-1'] };
const administrator = { accounts: ['security-tooling'], regions: ['eu-west-1'] };
const clientOf = (lab: Lab, region = 'eu-west-1') => lab.client(AccessAnalyzerClient, { account: tooling, region });
const denied = new AwsError('AccessDeniedException', 'You may not.', 403);

test('a region without an analyzer fails in every account, one with the organization’s passes for all', async () => {
  await using lab = await startLab();
  const rows = await lab.rows('aa-external');
  const active = lab.organization.accounts.filter(({ state }) => state === 'ACTIVE').length;
  const covered = rows.filter(({ region }) => region === 'eu-west-1');
  expect(counts(covered)).toEqual({ pass: active });
  expect(new Set(covered.map(({ proof, inheritedFrom }) => `${proof} ${inheritedFrom}`))).toEqual(
    new Set(['proven organization analyzer organization-external']),
  );
  const bare = rows.filter(({ region }) => region === 'us-east-1');
  // The account whose role cannot be assumed is not known, and that is never a fail.
  expect(counts(bare)).toEqual({ fail: active - 1, unknown: 1 });
  expect(bare.find(({ verdict }) => verdict === 'unknown')).toMatchObject({ unknown: 'denied', proof: null });
});

test('denied in the administrator’s account and in the member is unknown, not fail', async () => {
  await using lab = await startLab();
  lab.faults.inject({
    operation: 'access-analyzer:ListAnalyzers',
    effect: new AwsError('AccessDeniedException', 'You may not.', 403),
  });
  expect(counts(await lab.rows('aa-external', { accounts: ['prod-web'] }))).toEqual({ unknown: 2 });
});

test('an account’s own analyzer counts where the organization has none, and nobody is asked where nothing is', async () => {
  await using lab = await startLab();
  const asked = () =>
    lab
      .calls()
      .filter(({ operation, region }) => operation === 'access-analyzer:ListAnalyzers' && region === 'us-east-1');
  const there = { accounts: ['prod-payments'], regions: ['us-east-1'] };
  expect(await lab.rows('aa-external', there)).toMatchObject([
    { verdict: 'fail', reason: expect.stringContaining('aggregator knows of none') },
  ]);
  expect(asked().map(({ account }) => account)).toEqual([tooling]);
  const own = { account: '111122223333', region: 'us-east-1', name: 'own', type: 'ACCOUNT' } as const;
  analyzers(lab.organization).push(createAnalyzer(lab.organization, own));
  expect(await lab.rows('aa-external', there)).toMatchObject([{ verdict: 'pass', inheritedFrom: null }]);
  // What the aggregator does not get any more it does not know: the account is asked.
  analyzers(lab.organization).pop();
  breakSource(lab.organization, '111122223333', 'us-east-1', 'FAILED');
  const before = asked().length;
  expect(await lab.rows('aa-external', there)).toMatchObject([{ verdict: 'fail' }]);
  expect(asked()).toHaveLength(before + 2);
});

test('members are not asked where the organization’s analyzer covers them', async () => {
  await using lab = await startLab();
  await lab.rows('aa-external', { regions: ['eu-west-1'] });
  const asked = lab.calls().filter(({ operation }) => operation === 'access-analyzer:ListAnalyzers');
  expect(asked).toHaveLength(1);
});

test('(a) an analyzer of unused access does not count, (c) nor one that is off, with its reason', async () => {
  await using lab = await startLab();
  const all = analyzers(lab.organization);
  for (const { summary } of all) if (summary.type !== 'ACCOUNT') summary.type = 'ORGANIZATION_UNUSED_ACCESS';
  for (const { summary } of all) if (summary.type === 'ACCOUNT') summary.type = 'ACCOUNT_UNUSED_ACCESS';
  expect(await lab.rows('aa-external', web)).toMatchObject([{ verdict: 'fail' }]);
  for (const { summary } of all)
    Object.assign(summary, {
      type: 'ORGANIZATION',
      status: 'DISABLED',
      statusReason: { code: 'ORGANIZATION_DELETED' },
    });
  const [off] = await lab.rows('aa-external', web);
  expect(off).toMatchObject({ verdict: 'fail' });
  expect(off?.reason).toContain('ORGANIZATION_DELETED');
});

test('(b) its fix covers a region for all accounts', async () => {
  await using lab = await startLab();
  const there = { regions: ['us-east-1'] };
  expect(counts(await lab.rows('aa-external', there))).toMatchObject({ fail: expect.any(Number) });
  const input = { analyzerName: 'organization-external', type: 'ORGANIZATION' } as const;
  await clientOf(lab, 'us-east-1').send(new CreateAnalyzerCommand(input));
  expect(Object.keys(counts(await lab.rows('aa-external', there)))).toEqual(['not applicable', 'pass']);
});

test('(e) the administrator not known, accounts answer for themselves', async () => {
  await using lab = await startLab();
  lab.faults.inject({ operation: 'organizations:ListDelegatedAdministrators', effect: denied });
  expect(await lab.rows('aa-external', web)).toMatchObject([{ verdict: 'pass', inheritedFrom: null }]);
});

test('(f) denied in the administrator, the account’s own analyzer still covers it', async () => {
  await using lab = await startLab();
  lab.faults.inject({ operation: 'access-analyzer:ListAnalyzers', account: tooling, effect: denied });
  expect(await lab.rows('aa-external', web)).toMatchObject([{ verdict: 'pass', inheritedFrom: null }]);
  expect(await lab.rows('aa-archive-rules', administrator)).toMatchObject([{ verdict: 'unknown', unknown: 'denied' }]);
});

test('(g) an archive rule that is wide fails, one for what is not public passes, and the fix', async () => {
  await using lab = await startLab();
  const analyzerName = 'organization-external';
  const client = clientOf(lab);
  await client.send(
    new CreateArchiveRuleCommand({ analyzerName, ruleName: 'private', filter: { isPublic: { eq: ['false'] } } }),
  );
  const [row, ...more] = await lab.rows('aa-archive-rules', administrator);
  expect([row?.verdict, row?.resource?.split('/').at(-1), more]).toEqual(['fail', 'no-buckets-please', []]);
  await client.send(new DeleteArchiveRuleCommand({ analyzerName, ruleName: 'no-buckets-please' }));
  expect(await lab.rows('aa-archive-rules', administrator)).toMatchObject([{ verdict: 'pass' }]);
  // Not public, said the other way round; and what is only left out names nothing.
  const tried: readonly [CreateArchiveRuleCommandInput['filter'], string][] = [
    [{ isPublic: { neq: ['true'] } }, 'pass'],
    [{ resource: { neq: ['arn:aws:s3:::prod-web-assets'] } }, 'fail'],
    // What every ARN begins with names nothing.
    [{ resource: { contains: ['arn:aws:s3:::'] } }, 'fail'],
    [{ resource: { contains: ['prod-web-'] } }, 'pass'],
    [{ isPublic: { neq: ['false'] }, resourceType: { eq: ['AWS::S3::Bucket'] } }, 'fail'],
  ];
  for (const [filter, verdict] of tried) {
    await client.send(new CreateArchiveRuleCommand({ analyzerName, ruleName: 'tried', filter }));
    expect(
      (await lab.rows('aa-archive-rules', administrator)).map((one) => one.verdict),
      JSON.stringify(filter),
    ).toEqual([verdict]);
    await client.send(new DeleteArchiveRuleCommand({ analyzerName, ruleName: 'tried' }));
  }
});

test('(h) a region that is off is not asked', async () => {
  await using lab = await startLab();
  const account = lab.organization.accounts.find(({ name }) => name === 'prod-web');
  if (account !== undefined) account.regions = account.regions.filter((region) => region !== 'us-east-1');
  expect((await lab.rows('aa-external', { accounts: ['prod-web'] })).map(({ region }) => region)).toEqual([
    'eu-west-1',
  ]);
});

test('unused and internal access are looked at where they are wanted, and once', async () => {
  await using lab = await startLab();
  const rows = (wanted: object) => lab.rows(['aa-unused', 'aa-internal'], web, wanted);
  expect(counts(await rows({}))).toEqual({ 'not applicable': 2 });
  const wanted = { accessAnalyzers: { unused: true, internal: true } };
  expect(await rows(wanted)).toMatchObject([
    { check: 'aa-internal', verdict: 'fail' },
    { check: 'aa-unused', verdict: 'pass' },
  ]);
  const add = (
    region: string,
    analyzerName: string,
    type: 'ORGANIZATION_UNUSED_ACCESS' | 'ORGANIZATION_INTERNAL_ACCESS',
  ) => clientOf(lab, region).send(new CreateAnalyzerCommand({ analyzerName, type }));
  await add('eu-west-1', 'second', 'ORGANIZATION_UNUSED_ACCESS');
  await add('eu-west-1', 'inside', 'ORGANIZATION_INTERNAL_ACCESS');
  expect(await rows(wanted)).toMatchObject([
    { check: 'aa-internal', verdict: 'pass' },
    { check: 'aa-unused', verdict: 'fail' },
  ]);
  await clientOf(lab).send(new DeleteAnalyzerCommand({ analyzerName: 'second' }));
  await clientOf(lab).send(new DeleteAnalyzerCommand({ analyzerName: 'organization-unused' }));
  expect((await rows(wanted))[1]).toMatchObject({ check: 'aa-unused', verdict: 'fail' });
});

test('findings that nobody took on fail by resource; the store, or archiving them, turns it green', async () => {
  let store: FrameworkParts['store'] | undefined;
  await using lab = await startLab({}, {}, async (asked) =>
    store === undefined
      ? { is: 'unknown', why: 'not asked', sentence: 'There is no store here.', at: new Date() }
      : store(asked),
  );
  const rows = () => lab.rows('aa-findings-handled', administrator);
  const unknown = await rows();
  expect(new Set(unknown.map(({ verdict }) => verdict))).toEqual(new Set(['unknown']));
  const keys: string[] = [];
  store = async ({ input }) => {
    if (Array.isArray(input['keys'])) keys.push(...input['keys']);
    return { is: 'value', value: { keys: [] }, at: new Date() };
  };
  const open = await rows();
  expect(open).toHaveLength(unknown.length);
  expect(open[0]).toMatchObject({ verdict: 'fail', proof: 'proven' });
  store = async ({ input }) => ({ is: 'value', value: input, at: new Date() });
  expect(await rows()).toMatchObject([{ verdict: 'pass', proof: 'proven' }]);
  store = undefined;
  const analyzerArn = keys[0]?.split('/').slice(0, -1).join('/');
  const ids = [...new Set(keys.flatMap((key) => key.split('/').slice(-1)))];
  await clientOf(lab).send(new UpdateFindingsCommand({ analyzerArn, ids, status: 'ARCHIVED' }));
  expect(await rows()).toMatchObject([{ verdict: 'pass' }]);
});

test.each(breaks)('“$title” is found by $check', async ({ check, break: breakIt }) => {
  await using lab = await startLab();
  const failed = async () => (await lab.rows(check, administrator)).filter(({ verdict }) => verdict === 'fail').length;
  const before = await failed();
  breakIt(lab.organization);
  expect(await failed()).toBeGreaterThan(before);
});
