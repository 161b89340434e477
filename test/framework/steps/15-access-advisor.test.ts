import {
  AttachRolePolicyCommand,
  DeleteRoleCommand,
  DetachRolePolicyCommand,
  GenerateServiceLastAccessedDetailsCommand,
  GetServiceLastAccessedDetailsCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
} from '@aws-sdk/client-iam';
import { expect, test } from 'vitest';
import { AwsError } from '../../../sandbox/aws/service.ts';
import { idleRole, stuckAdvisor } from '../../../sandbox/organization/access.ts';
import { breaks } from '../../../sandbox/organization/breaks/15-access-advisor.ts';
import { counts, type Lab, startLab } from '../lab.ts';

const web = '111122334444';
const dev = '111122556666';
const inWeb = { accounts: ['prod-web'] };
const iam = (lab: Lab, account: string) => lab.client(IAMClient, { account });
const denied = new AwsError('AccessDenied', 'You may not.', 403);

test('(a) (b) the bot’s own use shows that the source is alive, or that it stands still', async () => {
  await using lab = await startLab();
  expect(await lab.rows('adv-works', inWeb)).toMatchObject([
    { verdict: 'pass', proof: 'proven', resource: `arn:aws:iam::${web}:role/trailwatch-read` },
  ]);
  stuckAdvisor(lab.organization, web, 72);
  expect(await lab.rows('adv-works', inWeb)).toMatchObject([{ verdict: 'fail', proof: 'stale', severity: 'low' }]);
  stuckAdvisor(lab.organization, web, 3);
  expect(counts(await lab.rows('adv-works', inWeb))).toEqual({ pass: 1 });
});

test('(c) a job is read by the session that began it, and begun again where that was renewed', async () => {
  await using lab = await startLab();
  const Arn = `arn:aws:iam::${web}:role/ops-admin`;
  const one = lab.client(IAMClient, { account: web, as: 'reader' });
  const { JobId } = await one.send(new GenerateServiceLastAccessedDetailsCommand({ Arn }));
  const other = lab.client(IAMClient, { account: web, as: 'reader' });
  await expect(other.send(new GetServiceLastAccessedDetailsCommand({ JobId }))).rejects.toMatchObject({
    name: 'NoSuchEntityException',
  });
  lab.faults.inject({
    operation: 'iam:GetServiceLastAccessedDetails',
    times: 1,
    effect: new AwsError('NoSuchEntity', 'JobId is not found.', 404),
  });
  expect(counts(await lab.rows('adv-works', inWeb))).toEqual({ pass: 1 });
});

test('(f) (h) unused roles are named, those of services are not; deleting them is the fix', async () => {
  await using lab = await startLab();
  const where = { accounts: ['dev', 'prod-data', 'prod-web'] };
  const rows = await lab.rows('adv-unused-roles', where);
  expect(Object.fromEntries(rows.map(({ resource, verdict, reason }) => [resource ?? verdict, reason]))).toEqual({
    [`arn:aws:iam::${dev}:role/github-deploy`]: 'The role github-deploy was last used 190 days ago.',
    'arn:aws:iam::111122335555:role/analytics-export':
      'The role analytics-export was not used in the tracked period of 400 days.',
    pass: expect.stringMatching(/^Each of \d+ roles was used/),
  });
  // Consoles make roles for services under a path of their own: they are the account's.
  const withdraw = lab.faults.inject({
    operation: 'iam:GetAccountAuthorizationDetails',
    effect: { instead: { '/': '/service-role/' } },
  });
  expect(counts(await lab.rows('adv-unused-roles', { accounts: ['dev'] }))).toEqual({ fail: 1 });
  withdraw();
  idleRole(lab.organization, web, 'AWSServiceRoleForConfig', null);
  expect(counts(await lab.rows('adv-unused-roles', inWeb))).toEqual({ pass: 1 });

  const RoleName = 'github-deploy';
  await expect(iam(lab, dev).send(new DeleteRoleCommand({ RoleName }))).rejects.toMatchObject({
    name: 'DeleteConflictException',
  });
  const { AttachedPolicies = [] } = await iam(lab, dev).send(new ListAttachedRolePoliciesCommand({ RoleName }));
  for (const { PolicyArn } of AttachedPolicies)
    await iam(lab, dev).send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
  await iam(lab, dev).send(new DeleteRoleCommand({ RoleName }));
  expect(counts(await lab.rows('adv-unused-roles', { accounts: ['dev'] }))).toEqual({ pass: 1 });
});

test('roles that may stay unused do not count', async () => {
  await using lab = await startLab();
  expect(counts(await lab.rows('adv-unused-roles', { accounts: ['dev'] }, { breakGlassRoles: ['github-*'] }))).toEqual({
    pass: 1,
  });
});

test('wide roles are held against what they use, until they are narrowed', async () => {
  await using lab = await startLab();
  const rows = await lab.rows('adv-unused-services', inWeb);
  expect(rows).toHaveLength(2);
  expect(counts(rows)).toEqual({ fail: 2 });
  expect(rows[0]?.reason).toMatch(/^The role \S+ may use \d+ services and used \d+ of them in 90 days; not /);
  for (const { name, policyArns } of lab.organization.roles(web)) {
    const [wide] = policyArns.filter((arn) => /AdministratorAccess$|PowerUserAccess$/.test(arn));
    if (wide === undefined || name.startsWith('AWSReserved')) continue;
    await iam(lab, web).send(
      new AttachRolePolicyCommand({ RoleName: name, PolicyArn: `arn:aws:iam::${web}:policy/${name}-used` }),
    );
    await iam(lab, web).send(new DetachRolePolicyCommand({ RoleName: name, PolicyArn: wide }));
  }
  expect(counts(await lab.rows('adv-unused-services', inWeb))).toEqual({ 'not applicable': 1 });
});

test('units that may use what nobody uses are named; one report at a time', async () => {
  await using lab = await startLab();
  const rows = await lab.rows('adv-scp-gap', inWeb);
  expect(rows.filter(({ verdict }) => verdict === 'fail')).toMatchObject([
    { resource: 'ou-tw01-sandbox0', reason: expect.stringMatching(/^Sandbox may use 28 services, and no account/) },
  ]);
  expect(rows.length).toBe(lab.organization.organizationalUnits.length);
  expect(rows.filter(({ verdict }) => verdict === 'unknown')).toEqual([]);
});

test.each([
  ['ReportGenerationLimitExceededException', 'You may make one report at a time.', 'throttled'],
  ['AccessDenied', 'This operation can be called only from the organization management account.', 'ask elsewhere'],
])('a report that is refused with %s is unknown: %s %s', async (code, said, unknown) => {
  await using lab = await startLab();
  lab.faults.inject({ operation: 'iam:GenerateOrganizationsAccessReport', effect: new AwsError(code, said, 409) });
  const rows = await lab.rows('adv-scp-gap', inWeb);
  expect(new Set(rows.map((row) => row.unknown))).toEqual(new Set([unknown]));
});

test('(g) denied is unknown', async () => {
  await using lab = await startLab();
  for (const operation of [
    'GenerateServiceLastAccessedDetails',
    'GetAccountAuthorizationDetails',
    'GenerateOrganizationsAccessReport',
  ])
    lab.faults.inject({ operation: `iam:${operation}`, effect: denied });
  const rows = await lab.rows(['adv-works', 'adv-unused-roles', 'adv-unused-services', 'adv-scp-gap'], inWeb);
  expect(new Set(rows.map(({ verdict, unknown }) => `${verdict} ${unknown}`))).toEqual(new Set(['unknown denied']));
});

test('who looked at it is asked of the bot’s own record', async () => {
  let at: Date | null = null;
  await using lab = await startLab({}, {}, async () => ({ is: 'value', value: { at, by: 'U0ANA' }, at: new Date() }));
  expect(await lab.rows('adv-reviewed', inWeb)).toMatchObject([{ verdict: 'fail' }]);
  at = new Date();
  expect(await lab.rows('adv-reviewed', inWeb)).toMatchObject([{ verdict: 'pass', proof: 'proven' }]);
});

test('without a store it is not known who looked', async () => {
  await using lab = await startLab();
  expect(await lab.rows('adv-reviewed', inWeb)).toMatchObject([{ verdict: 'unknown' }]);
});

test.each(breaks)('“$title” is found by $check', async ({ check, break: doIt }) => {
  await using lab = await startLab();
  expect(counts(await lab.rows(check, inWeb))).toEqual({ pass: 1 });
  doIt(lab.organization);
  expect(counts(await lab.rows(check, inWeb))).toEqual({ fail: 1 });
});
