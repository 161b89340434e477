import {
  AccessAnalyzerClient,
  GetFindingV2Command,
  ListAnalyzersCommand,
  ListFindingsV2Command,
} from '@aws-sdk/client-accessanalyzer';
import {
  GetDetectorCommand,
  GetFindingsCommand,
  GuardDutyClient,
  ListDetectorsCommand,
  ListFindingsCommand,
} from '@aws-sdk/client-guardduty';
import { DescribeUserCommand, IdentitystoreClient, ListUsersCommand } from '@aws-sdk/client-identitystore';
import {
  BatchGetSecurityControlsCommand,
  DescribeHubCommand,
  DescribeStandardsControlsCommand,
  GetEnabledStandardsCommand,
  GetFindingsCommand as GetHubFindingsCommand,
  type GetFindingsCommandInput as GetHubFindingsCommandInput,
  ListSecurityControlDefinitionsCommand,
  SecurityHubClient,
} from '@aws-sdk/client-securityhub';
import { describe, expect, test } from 'vitest';
import { type Harness, startHarness } from './harness.ts';

const payments = '111122223333';
const day = 24 * 60 * 60_000;

describe('GuardDuty', () => {
  const detectorOf = async (guardDuty: GuardDutyClient) =>
    (await guardDuty.send(new ListDetectorsCommand())).DetectorIds?.[0];

  test('is on nearly everywhere; one account is not covered in one region', async () => {
    await using aws = await startHarness();
    let covered = 0;
    const places = aws.organization.accounts
      .filter(({ state }) => state === 'ACTIVE')
      .flatMap(({ id, regions }) => regions.map((region) => ({ account: id, region })));
    for (const place of places) {
      const guardDuty = aws.client(GuardDutyClient, place);
      const DetectorId = await detectorOf(guardDuty);
      if (DetectorId === undefined) continue;
      covered += 1;
      const detector = await guardDuty.send(new GetDetectorCommand({ DetectorId }));
      expect(detector).toMatchObject({ Status: 'ENABLED', FindingPublishingFrequency: 'FIFTEEN_MINUTES' });
    }
    expect(covered).toBe(places.length - 1);
  }, 60_000);

  test('tells the administrator of the attack, in the form of the API', async () => {
    await using aws = await startHarness();
    aws.moveClock(day);
    const guardDuty = aws.client(GuardDutyClient, { account: aws.organization.homeAccount, maxAttempts: 3 });
    const DetectorId = await detectorOf(guardDuty);
    const criterion = { accountId: { Eq: [payments] }, 'service.archived': { Eq: ['false'] }, severity: { Gte: 4 } };
    const { FindingIds = [], NextToken } = await guardDuty.send(
      new ListFindingsCommand({
        DetectorId,
        FindingCriteria: { Criterion: criterion },
        SortCriteria: { AttributeName: 'severity', OrderBy: 'DESC' },
      }),
    );
    expect(NextToken).toBe('');
    const { Findings = [] } = await guardDuty.send(new GetFindingsCommand({ DetectorId, FindingIds }));
    expect(Findings.length).toBe(FindingIds.length);
    // What was done in IAM is found in us-east-1, where the trail has it.
    expect(Findings.map(({ Type }) => Type)).toContain('Exfiltration:S3/AnomalousBehavior');
    expect(Findings.every(({ AccountId, Severity = 0 }) => AccountId === payments && Severity >= 4)).toBe(true);
    const stealth = await guardDuty.send(
      new ListFindingsCommand({
        DetectorId,
        FindingCriteria: { Criterion: { type: { Eq: ['Stealth:IAMUser/CloudTrailLoggingDisabled'] } } },
      }),
    );
    expect(stealth.FindingIds).toHaveLength(1);
  });

  test('shows a member its own findings, pages them, and refuses what is not its own', async () => {
    await using aws = await startHarness();
    aws.moveClock(day);
    const guardDuty = aws.client(GuardDutyClient, { account: payments, maxAttempts: 3 });
    const DetectorId = await detectorOf(guardDuty);
    const all = (await guardDuty.send(new ListFindingsCommand({ DetectorId }))).FindingIds ?? [];
    const first = await guardDuty.send(new ListFindingsCommand({ DetectorId, MaxResults: 2 }));
    const second = await guardDuty.send(
      new ListFindingsCommand({ DetectorId, MaxResults: 2, NextToken: first.NextToken }),
    );
    expect([...(first.FindingIds ?? []), ...(second.FindingIds ?? [])]).toEqual(all.slice(0, 4));
    const { Findings = [] } = await guardDuty.send(new GetFindingsCommand({ DetectorId, FindingIds: all }));
    expect(new Set(Findings.map(({ AccountId }) => AccountId))).toEqual(new Set([payments]));
    const foreign = new ListFindingsCommand({ DetectorId: '0'.repeat(32) });
    await expect(guardDuty.send(foreign)).rejects.toMatchObject({ name: 'BadRequestException' });
    const unknown = new ListFindingsCommand({
      DetectorId,
      FindingCriteria: { Criterion: { colour: { Eq: ['red'] } } },
    });
    await expect(guardDuty.send(unknown)).rejects.toMatchObject({ name: 'BadRequestException' });
  });
});

describe('Access Analyzer', () => {
  const analyzerOf = async (analyzer: AccessAnalyzerClient, name: string) =>
    (await analyzer.send(new ListAnalyzersCommand())).analyzers?.find((one) => one.name === name)?.arn;

  test('has analyzers of the account and of the organization in the home region only', async () => {
    await using aws = await startHarness();
    const types = async (account: string, region: string) =>
      (
        (await aws.client(AccessAnalyzerClient, { account, region }).send(new ListAnalyzersCommand())).analyzers ?? []
      ).map(({ type }) => type);
    const { homeAccount } = aws.organization;
    expect(await types(payments, 'eu-west-1')).toEqual(['ACCOUNT']);
    expect(await types(homeAccount, 'eu-west-1')).toEqual(['ACCOUNT', 'ORGANIZATION', 'ORGANIZATION_UNUSED_ACCESS']);
    expect(await types(homeAccount, 'us-east-1')).toEqual([]);
  });

  test('finds what the attack opened, and to whom', async () => {
    await using aws = await startHarness();
    aws.moveClock(day);
    const analyzer = aws.client(AccessAnalyzerClient, { account: payments, maxAttempts: 3 });
    const analyzerArn = await analyzerOf(analyzer, 'account-external');
    const { findings = [] } = await analyzer.send(
      new ListFindingsV2Command({ analyzerArn, filter: { status: { eq: ['ACTIVE'] } } }),
    );
    const bucket = findings.find(({ resource }) => resource === 'arn:aws:s3:::payments-exports');
    const role = findings.find(({ resource }) => resource === `arn:aws:iam::${payments}:role/payments-app`);
    const details = async (id: string | undefined) =>
      (await analyzer.send(new GetFindingV2Command({ analyzerArn, id }))).findingDetails?.[0]?.externalAccessDetails;
    expect(await details(bucket?.id)).toMatchObject({ isPublic: true, principal: { AWS: '*' } });
    expect(await details(role?.id)).toMatchObject({ isPublic: false, principal: { AWS: '999988887777' } });
    await expect(details('unknown')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('knows the unused keys of users by their ids, for the whole organization', async () => {
    await using aws = await startHarness();
    const analyzer = aws.client(AccessAnalyzerClient, { account: aws.organization.homeAccount });
    const analyzerArn = await analyzerOf(analyzer, 'organization-unused');
    const filter = { findingType: { eq: ['UnusedIAMUserAccessKey'] } };
    const seen = new Set<string>();
    let nextToken: string | undefined;
    do {
      const page = await analyzer.send(
        new ListFindingsV2Command({ analyzerArn, filter, maxResults: 3, ...(nextToken && { nextToken }) }),
      );
      for (const { id = '' } of page.findings ?? []) seen.add(id);
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    const now = aws.now();
    const stale = aws.organization.accounts
      .filter(({ state }) => state === 'ACTIVE')
      .flatMap(({ id }) => aws.organization.users(id, now))
      .flatMap(({ keys }) => keys)
      .filter((key) => key?.active && now.getTime() - (key.lastUsed?.at ?? key.created).getTime() >= 90 * day);
    expect(seen.size).toBe(stale.length);
    expect(seen.size).toBeGreaterThan(0);
  });
});

describe('Security Hub', () => {
  const hub = (aws: Harness, account: string, region = 'eu-west-1') =>
    aws.client(SecurityHubClient, { account, region, maxAttempts: 3 });

  async function all(client: SecurityHubClient, input: GetHubFindingsCommandInput) {
    const found = [];
    let NextToken: string | undefined;
    do {
      const page = await client.send(new GetHubFindingsCommand({ ...input, ...(NextToken && { NextToken }) }));
      found.push(...(page.Findings ?? []));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    return found;
  }

  test('is on in one region, with two standards and their controls', async () => {
    await using aws = await startHarness();
    const client = hub(aws, payments);
    expect(await client.send(new DescribeHubCommand())).toMatchObject({ AutoEnableControls: true });
    const { StandardsSubscriptions = [] } = await client.send(new GetEnabledStandardsCommand());
    expect(StandardsSubscriptions).toHaveLength(2);
    for (const { StandardsSubscriptionArn } of StandardsSubscriptions) {
      const { Controls = [] } = await client.send(new DescribeStandardsControlsCommand({ StandardsSubscriptionArn }));
      expect(Controls.length).toBeGreaterThan(10);
    }
    const { SecurityControlDefinitions = [] } = await client.send(
      new ListSecurityControlDefinitionsCommand({ MaxResults: 5 }),
    );
    expect(SecurityControlDefinitions).toHaveLength(5);
    const asked = new BatchGetSecurityControlsCommand({ SecurityControlIds: ['IAM.5', 'Nothing.1'] });
    expect(await client.send(asked)).toMatchObject({
      SecurityControls: [{ SecurityControlId: 'IAM.5' }],
      UnprocessedIds: [{ SecurityControlId: 'Nothing.1', ErrorCode: 'NOT_FOUND' }],
    });
    await expect(hub(aws, payments, 'us-east-1').send(new DescribeHubCommand())).rejects.toMatchObject({
      name: 'InvalidAccessException',
    });
  });

  test('filters, sorts and pages findings; the administrator sees all accounts', async () => {
    await using aws = await startHarness();
    const { homeAccount, accounts } = aws.organization;
    const everything = await all(hub(aws, homeAccount), { MaxResults: 100 });
    const active = accounts.filter(({ state }) => state === 'ACTIVE');
    expect(new Set(everything.map(({ AwsAccountId }) => AwsAccountId)).size).toBe(active.length);
    const failed = await all(hub(aws, homeAccount), {
      Filters: {
        ComplianceStatus: [{ Value: 'FAILED', Comparison: 'EQUALS' }],
        SeverityLabel: [
          { Value: 'HIGH', Comparison: 'EQUALS' },
          { Value: 'CRITICAL', Comparison: 'EQUALS' },
        ],
        AwsAccountId: [{ Value: payments, Comparison: 'NOT_EQUALS' }],
      },
      MaxResults: 7,
    });
    expect(failed.map(({ Id }) => Id).toSorted()).toEqual(
      everything
        .filter(
          ({ Compliance, Severity, AwsAccountId }) =>
            Compliance?.Status === 'FAILED' &&
            ['HIGH', 'CRITICAL'].includes(Severity?.Label ?? '') &&
            AwsAccountId !== payments,
        )
        .map(({ Id }) => Id)
        .toSorted(),
    );
    expect(failed.length).toBeGreaterThan(3);
    const own = await all(hub(aws, payments), {});
    expect(new Set(own.map(({ AwsAccountId }) => AwsAccountId))).toEqual(new Set([payments]));
  });

  test('changes as Config does', async () => {
    await using aws = await startHarness();
    const Filters = { ComplianceStatus: [{ Value: 'FAILED', Comparison: 'EQUALS' as const }] };
    const seen = new Set<string>();
    for (let week = 0; week < 6; week++) {
      const failed = await all(hub(aws, payments), { Filters });
      seen.add(failed.map(({ Id }) => Id).join(' '));
      aws.moveClock(7 * day);
    }
    expect(seen.size).toBeGreaterThan(3);
  });
});

describe('the identity store', () => {
  test('finds a person by id and by name, in the home region', async () => {
    await using aws = await startHarness();
    const { homeAccount, identityStore, managementAccount } = aws.organization;
    const IdentityStoreId = identityStore.id;
    const store = aws.client(IdentitystoreClient, { account: homeAccount });
    const { Users = [] } = await store.send(new ListUsersCommand({ IdentityStoreId }));
    expect(Users).toHaveLength(identityStore.people.length);
    const [ana] = identityStore.people;
    const UserName = ana?.userName ?? '';
    const named = await store.send(
      new ListUsersCommand({ IdentityStoreId, Filters: [{ AttributePath: 'UserName', AttributeValue: UserName }] }),
    );
    expect(named.Users).toMatchObject([{ UserId: ana?.userId }]);
    const found = await store.send(new DescribeUserCommand({ IdentityStoreId, UserId: ana?.userId }));
    expect(found).toMatchObject({ UserName, DisplayName: ana?.displayName });
    const UserId = Users[0]?.UserId?.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    await expect(store.send(new DescribeUserCommand({ IdentityStoreId, UserId }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    const elsewhere = aws.client(IdentitystoreClient, { account: managementAccount, region: 'us-east-1' });
    await expect(elsewhere.send(new ListUsersCommand({ IdentityStoreId }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    const member = aws.client(IdentitystoreClient, { account: payments });
    await expect(member.send(new ListUsersCommand({ IdentityStoreId }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });
});
