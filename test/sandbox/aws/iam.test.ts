import {
  GenerateCredentialReportCommand,
  GetAccessKeyLastUsedCommand,
  GetAccountPasswordPolicyCommand,
  GetAccountSummaryCommand,
  GetCredentialReportCommand,
  GetRoleCommand,
  GetUserCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListAttachedUserPoliciesCommand,
  ListMFADevicesCommand,
  ListOrganizationsFeaturesCommand,
  ListServiceSpecificCredentialsCommand,
  ListUserPoliciesCommand,
  ListUsersCommand,
  ListVirtualMFADevicesCommand,
  paginateListUsers,
} from '@aws-sdk/client-iam';
import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { createOrganization } from '../../../sandbox/organization/create.ts';
import { startHarness } from './harness.ts';

const hourMs = 3_600_000;
const organization = createOrganization({ until: new Date() });
const { homeAccount, managementAccount } = organization;
/** Where the key leaked. */
const attacked = organization.attack.human.split('@')[1] ?? '';

test('a credential report is made, stands for four hours, and is then made anew', async () => {
  await using aws = await startHarness(createOrganization({ until: new Date() }));
  const iam = aws.client(IAMClient, { account: homeAccount });
  const get = () => iam.send(new GetCredentialReportCommand({}));
  const generate = async () => (await iam.send(new GenerateCredentialReportCommand({}))).State;
  await expect(get()).rejects.toMatchObject({
    name: 'CredentialReportNotPresentException',
    $metadata: { httpStatusCode: 410 },
  });
  expect(await generate()).toBe('STARTED');
  expect(await generate()).toBe('INPROGRESS');
  await expect(get()).rejects.toMatchObject({
    name: 'CredentialReportNotReadyException',
    $metadata: { httpStatusCode: 404 },
  });
  aws.moveClock(2500);
  expect(await generate()).toBe('COMPLETE');
  const first = await get();
  const text = new TextDecoder().decode(first.Content);
  const rows: unknown[] = parse(text, { columns: true });
  expect(rows[0]).toMatchObject({ user: '<root_account>', arn: `arn:aws:iam::${homeAccount}:root` });
  expect(text).toBe(aws.organization.credentialReport(homeAccount, first.GeneratedTime ?? new Date(0)));

  // The SDK corrects its clock from the answer.
  const patient = aws.client(IAMClient, { account: homeAccount, maxAttempts: 2 });
  aws.moveClock(3 * hourMs);
  expect((await patient.send(new GenerateCredentialReportCommand({}))).State).toBe('COMPLETE');
  expect((await patient.send(new GetCredentialReportCommand({}))).GeneratedTime).toEqual(first.GeneratedTime);
  aws.moveClock(hourMs);
  const late = aws.client(IAMClient, { account: homeAccount, maxAttempts: 2 });
  await expect(late.send(new GetCredentialReportCommand({}))).rejects.toMatchObject({
    name: 'CredentialReportExpiredException',
  });
  expect((await late.send(new GenerateCredentialReportCommand({}))).State).toBe('STARTED');
  aws.moveClock(2500);
  const second = await late.send(new GetCredentialReportCommand({}));
  expect(second.GeneratedTime?.getTime()).toBeGreaterThan((first.GeneratedTime?.getTime() ?? 0) + 4 * hourMs);
});

test('users and what they hold are those of the credential report', async () => {
  await using aws = await startHarness(organization);
  const client = aws.client(IAMClient, { account: attacked });
  const pages = await Array.fromAsync(paginateListUsers({ client, pageSize: 5 }, {}), ({ Users = [] }) => Users);
  expect(pages.length).toBeGreaterThan(1);
  const users = pages.flat();
  expect(users.map(({ UserName }) => UserName)).toEqual(
    organization.users(attacked, aws.now()).map(({ name }) => name),
  );
  for (const { UserName = '' } of users) {
    const truth = organization.users(attacked, aws.now()).find(({ name }) => name === UserName);
    const { AccessKeyMetadata = [] } = await client.send(new ListAccessKeysCommand({ UserName }));
    expect(AccessKeyMetadata.map(({ AccessKeyId, Status }) => [AccessKeyId, Status])).toEqual(
      truth?.keys.filter((key) => key !== null).map(({ id, active }) => [id, active ? 'Active' : 'Inactive']),
    );
    const { MFADevices = [] } = await client.send(new ListMFADevicesCommand({ UserName }));
    expect(MFADevices.length > 0).toBe(truth?.mfa);
  }
  const { User } = await client.send(new GetUserCommand({ UserName: 'ana' }));
  expect(User?.Tags).toEqual([{ Key: 'owner', Value: 'ana@example.com' }]);
  const nobody = client.send(new GetUserCommand({ UserName: 'nobody' }));
  await expect(nobody).rejects.toMatchObject({ name: 'NoSuchEntityException', $metadata: { httpStatusCode: 404 } });
});

test('what the attacker did to users and roles is there to be seen', async () => {
  await using aws = await startHarness(organization);
  const client = aws.client(IAMClient, { account: attacked });
  const { AttachedPolicies } = await client.send(new ListAttachedUserPoliciesCommand({ UserName: 'backup-admin' }));
  expect(AttachedPolicies?.map(({ PolicyName }) => PolicyName)).toContain('AdministratorAccess');
  const { PolicyNames } = await client.send(new ListUserPoliciesCommand({ UserName: 'deploy-bot' }));
  expect(PolicyNames).toHaveLength(1);
  const { UserName, AccessKeyLastUsed } = await client.send(
    new GetAccessKeyLastUsedCommand({ AccessKeyId: organization.attack.leakedKey }),
  );
  expect([UserName, AccessKeyLastUsed?.LastUsedDate instanceof Date]).toEqual(['deploy-bot', true]);
  await expect(
    client.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: 'AKIAI0000000000NOBODY' })),
  ).rejects.toMatchObject({ name: 'AccessDenied' });
  const { Role } = await client.send(new GetRoleCommand({ RoleName: 'ops-admin' }));
  expect(JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''))).toMatchObject({ Version: '2012-10-17' });
});

test('names that IAM cannot hold are in no answer of its API', async () => {
  await using aws = await startHarness(organization);
  for (const { id } of organization.accounts) {
    const { Users = [] } = await aws.client(IAMClient, { account: id }).send(new ListUsersCommand({ MaxItems: 1000 }));
    for (const { UserName } of Users) expect(UserName).toMatch(/^[\w+=,.@-]+$/);
  }
});

test('the root user: MFA by hardware where no virtual device is listed', async () => {
  await using aws = await startHarness(organization);
  const root = async (account: string) => {
    const client = aws.client(IAMClient, { account });
    const { SummaryMap = {} } = await client.send(new GetAccountSummaryCommand({}));
    const { VirtualMFADevices = [] } = await client.send(new ListVirtualMFADevicesCommand({}));
    const virtual = VirtualMFADevices.some(({ SerialNumber }) =>
      SerialNumber?.endsWith(':mfa/root-account-mfa-device'),
    );
    return { mfa: SummaryMap['AccountMFAEnabled'] === 1, virtual };
  };
  expect(await root(managementAccount)).toEqual({ mfa: true, virtual: false });
  const others = await Promise.all(organization.accounts.slice(1).map(({ id }) => root(id)));
  for (const { mfa, virtual } of others) expect(virtual).toBe(mfa);
});

test('credentials beside the report, password policies and root features', async () => {
  await using aws = await startHarness(organization);
  const client = aws.client(IAMClient, { account: attacked });
  const all = await client.send(new ListServiceSpecificCredentialsCommand({ AllUsers: true }));
  expect(all.ServiceSpecificCredentials?.length).toBeGreaterThan(0);
  const both = client.send(new ListServiceSpecificCredentialsCommand({ AllUsers: true, UserName: 'ana' }));
  await expect(both).rejects.toMatchObject({ name: 'ValidationError' });

  const policies = await Promise.allSettled(
    organization.accounts.map(({ id }) =>
      aws.client(IAMClient, { account: id }).send(new GetAccountPasswordPolicyCommand({})),
    ),
  );
  const missing = policies.filter((one) => one.status === 'rejected').map(({ reason }) => reason);
  expect(missing.length).toBeGreaterThan(0);
  for (const reason of missing) expect(reason).toMatchObject({ name: 'NoSuchEntityException' });

  const features = aws.client(IAMClient, { account: homeAccount }).send(new ListOrganizationsFeaturesCommand({}));
  expect((await features).EnabledFeatures).toEqual(['RootCredentialsManagement', 'RootSessions']);
  await expect(client.send(new ListOrganizationsFeaturesCommand({}))).rejects.toMatchObject({
    name: 'AccountNotManagementOrDelegatedAdministratorException',
  });
});
