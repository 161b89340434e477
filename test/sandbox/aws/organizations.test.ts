import { DescribeRegionsCommand, type DescribeRegionsCommandInput, EC2Client } from '@aws-sdk/client-ec2';
import {
  DescribeOrganizationCommand,
  ListAccountsCommand,
  ListAccountsForParentCommand,
  ListDelegatedAdministratorsCommand,
  ListOrganizationalUnitsForParentCommand,
  ListParentsCommand,
  ListTagsForResourceCommand,
  OrganizationsClient,
  paginateListAccounts,
} from '@aws-sdk/client-organizations';
import { expect, test } from 'vitest';
import { createOrganization } from '../../../sandbox/organization/create.ts';
import { startHarness } from './harness.ts';

test('accounts come in pages, one of them empty, with State and without the retired Status', async () => {
  await using aws = await startHarness(createOrganization({ until: new Date(), accounts: 45 }));
  const client = aws.client(OrganizationsClient, { account: aws.organization.managementAccount });
  const pages = await Array.fromAsync(paginateListAccounts({ client }, {}), ({ Accounts = [] }) => Accounts);
  expect(pages.map((accounts) => accounts.length)).toEqual([20, 0, 20, 5]);
  const accounts = pages.flat();
  expect(accounts.map(({ Id, Name, State }) => ({ Id, Name, State }))).toEqual(
    aws.organization.accounts.map(({ id, name, state }) => ({ Id: id, Name: name, State: state })),
  );
  expect(accounts.filter(({ Status }) => Status !== undefined)).toEqual([]);

  const { NextToken } = await client.send(new ListAccountsCommand({ MaxResults: 5 }));
  await expect(client.send(new ListAccountsCommand({ MaxResults: 6, NextToken }))).resolves.toBeDefined();
  await expect(client.send(new ListAccountsCommand({ NextToken: 'made-up' }))).rejects.toMatchObject({
    name: 'InvalidInputException',
  });
});

test('the tree of units is the same from above and from below', async () => {
  await using aws = await startHarness();
  const { organization } = aws;
  const client = aws.client(OrganizationsClient, { account: organization.homeAccount });
  const below = async (ParentId: string): Promise<string[]> => {
    const units = await client.send(new ListOrganizationalUnitsForParentCommand({ ParentId }));
    const accounts = await client.send(new ListAccountsForParentCommand({ ParentId }));
    const children = (units.OrganizationalUnits ?? []).map(({ Id = '' }) => Id);
    for (const ChildId of [...children, ...(accounts.Accounts ?? []).map(({ Id }) => Id)]) {
      const { Parents = [] } = await client.send(new ListParentsCommand({ ChildId }));
      expect(Parents.map(({ Id }) => Id)).toEqual([ParentId]);
    }
    const deeper = await Promise.all(children.map(below));
    return [...(accounts.Accounts ?? []).map(({ Id = '' }) => Id), ...deeper.flat()];
  };
  const all = await below(organization.rootId);
  expect(all.toSorted()).toEqual(organization.accounts.map(({ id }) => id).toSorted());

  for (const { id, tags } of organization.accounts) {
    const { Tags = [] } = await client.send(new ListTagsForResourceCommand({ ResourceId: id }));
    expect(Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]))).toEqual(tags);
  }
});

test('the management account and its delegated administrator alone may look; every member knows its organization', async () => {
  await using aws = await startHarness();
  const { organization } = aws;
  const [member] = organization.accounts.filter(
    ({ id }) => id !== organization.managementAccount && id !== organization.homeAccount,
  );
  const client = aws.client(OrganizationsClient, { account: member?.id ?? '' });
  await expect(client.send(new ListAccountsCommand({}))).rejects.toMatchObject({ name: 'AccessDeniedException' });
  const { Organization } = await client.send(new DescribeOrganizationCommand({}));
  expect(Organization?.MasterAccountId).toBe(organization.managementAccount);
  const management = aws.client(OrganizationsClient, { account: organization.managementAccount });
  const administrators = async (ServicePrincipal?: string) =>
    (await management.send(new ListDelegatedAdministratorsCommand({ ServicePrincipal }))).DelegatedAdministrators;
  expect((await administrators())?.map(({ Id }) => Id)).toEqual([organization.homeAccount]);
  expect(await administrators('macie.amazonaws.com')).toEqual([]);
});

test('regions: the enabled ones, all, by name and by filter; another one is invalid', async () => {
  await using aws = await startHarness(createOrganization({ until: new Date(), regions: ['eu-west-1', 'eu-west-2'] }));
  const client = aws.client(EC2Client, { account: aws.organization.homeAccount });
  const names = async (input: DescribeRegionsCommandInput) =>
    (await client.send(new DescribeRegionsCommand(input))).Regions?.map(({ RegionName }) => RegionName).toSorted();
  expect(await names({})).toEqual(['eu-west-1', 'eu-west-2', 'us-east-1']);
  expect(await names({ AllRegions: true })).toContain('af-south-1');
  expect(await names({ RegionNames: ['eu-west-2'] })).toEqual(['eu-west-2']);
  const Filters = [{ Name: 'opt-in-status', Values: ['not-opted-in', 'opted-in'] }];
  expect(await names({ AllRegions: true, Filters })).not.toContain('eu-west-1');
  await expect(names({ RegionNames: ['mars-1'] })).rejects.toMatchObject({ name: 'InvalidParameterValue' });
});
