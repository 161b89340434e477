import {
  DetectiveClient,
  GetInvestigationCommand,
  type Indicator,
  ListDatasourcePackagesCommand,
  ListGraphsCommand,
  ListIndicatorsCommand,
  type ListIndicatorsCommandInput,
  ListInvestigationsCommand,
  ListMembersCommand,
  StartInvestigationCommand,
  UpdateInvestigationStateCommand,
} from '@aws-sdk/client-detective';
import { describe, expect, test } from 'vitest';
import { createOrganization } from '../../../sandbox/organization/create.ts';
import { type Harness, startHarness } from './harness.ts';

const minuteMs = 60_000;
/** The organization's trail ends so many days ago: what was investigated afterwards is there. */
const open = (daysAgo = 0) =>
  startHarness(createOrganization({ until: new Date(Date.now() - daysAgo * 24 * 60 * minuteMs) }));

async function graph(aws: Harness) {
  const detective = aws.client(DetectiveClient, { account: aws.organization.homeAccount });
  const { GraphList } = await detective.send(new ListGraphsCommand());
  return { detective, GraphArn: GraphList?.[0]?.Arn };
}

/** Every page of the indicators. */
async function indicators(detective: DetectiveClient, input: ListIndicatorsCommandInput): Promise<Indicator[]> {
  const found: Indicator[] = [];
  let NextToken: string | undefined;
  do {
    const page = await detective.send(new ListIndicatorsCommand({ ...input, ...(NextToken && { NextToken }) }));
    found.push(...(page.Indicators ?? []));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return found;
}

const attacked = 'arn:aws:iam::111122223333:user/deploy-bot';

describe('the graph', () => {
  test('is in the home account and region alone', async () => {
    await using aws = await open();
    const { homeAccount, managementAccount } = aws.organization;
    const graphs = async (account: string, region: string) =>
      (await aws.client(DetectiveClient, { account, region }).send(new ListGraphsCommand())).GraphList;
    expect(await graphs(homeAccount, 'eu-west-1')).toHaveLength(1);
    expect(await graphs(homeAccount, 'us-east-1')).toEqual([]);
    expect(await graphs(managementAccount, 'eu-west-1')).toEqual([]);
  });

  test('has the other accounts as members, one of which sends too much', async () => {
    await using aws = await open();
    const { detective, GraphArn } = await graph(aws);
    const first = await detective.send(new ListMembersCommand({ GraphArn, MaxResults: 6 }));
    const rest = await detective.send(new ListMembersCommand({ GraphArn, MaxResults: 6, NextToken: first.NextToken }));
    const members = [...(first.MemberDetails ?? []), ...(rest.MemberDetails ?? [])];
    const active = aws.organization.accounts.filter(({ state }) => state === 'ACTIVE');
    expect(members).toHaveLength(active.length - 1);
    expect(rest.NextToken).toBeUndefined();
    const disabled = members.filter(({ Status }) => Status === 'ACCEPTED_BUT_DISABLED');
    expect(disabled).toMatchObject([{ DisabledReason: 'VOLUME_TOO_HIGH' }]);
    const sources = await detective.send(new ListDatasourcePackagesCommand({ GraphArn }));
    expect(sources.DatasourcePackages?.DETECTIVE_CORE?.DatasourcePackageIngestState).toBe('STARTED');
  });

  test('is closed to other accounts, and one that does not exist is not found', async () => {
    await using aws = await open();
    const { detective, GraphArn } = await graph(aws);
    const other = aws.client(DetectiveClient, { account: aws.organization.managementAccount });
    await expect(other.send(new ListMembersCommand({ GraphArn }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    const unknown = GraphArn?.replace(/.{4}$/, '0000');
    await expect(detective.send(new ListMembersCommand({ GraphArn: unknown }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});

describe('an investigation', () => {
  test('of the leaked user runs for two minutes and finds what the trail tells', async () => {
    await using aws = await open();
    const { detective, GraphArn } = await graph(aws);
    const { from, to } = aws.organization.attack;
    const { InvestigationId } = await detective.send(
      new StartInvestigationCommand({
        GraphArn,
        EntityArn: attacked,
        ScopeStartTime: new Date(from.getTime() - 7 * 24 * 60 * minuteMs),
        ScopeEndTime: to,
      }),
    );
    expect(InvestigationId).toMatch(/^\d{21}$/);
    const which = { GraphArn, InvestigationId };
    expect(await detective.send(new GetInvestigationCommand(which))).toMatchObject({ Status: 'RUNNING' });
    expect(await indicators(detective, which)).toEqual([]);
    aws.moveClock(3 * minuteMs);
    expect(await detective.send(new GetInvestigationCommand(which))).toMatchObject({
      Status: 'SUCCESSFUL',
      Severity: 'CRITICAL',
      State: 'ACTIVE',
      EntityType: 'IAM_USER',
      EntityArn: attacked,
    });
    const found = await indicators(detective, { ...which, MaxResults: 3 });
    expect(new Set(found.map(({ IndicatorType }) => IndicatorType))).toEqual(
      new Set([
        'TTP_OBSERVED',
        'IMPOSSIBLE_TRAVEL',
        'FLAGGED_IP_ADDRESS',
        'NEW_GEOLOCATION',
        'NEW_ASO',
        'NEW_USER_AGENT',
        'RELATED_FINDING',
        'RELATED_FINDING_GROUP',
      ]),
    );
    const flagged = await indicators(detective, { ...which, IndicatorType: 'FLAGGED_IP_ADDRESS' });
    expect(flagged.map(({ IndicatorDetail }) => IndicatorDetail?.FlaggedIpAddressDetail?.IpAddress)).toContain(
      '198.51.100.23',
    );
    const refused = found.filter(({ IndicatorDetail }) => IndicatorDetail?.TTPsObservedDetail?.APIName === 'ListUsers');
    expect(refused[0]?.IndicatorDetail?.TTPsObservedDetail).toMatchObject({ APISuccessCount: 0, APIFailureCount: 1 });
  });

  test('of somebody harmless finds no trace of an attack', async () => {
    await using aws = await open();
    const { detective, GraphArn } = await graph(aws);
    const { to } = aws.organization.attack;
    const { InvestigationId } = await detective.send(
      new StartInvestigationCommand({
        GraphArn,
        EntityArn: 'arn:aws:iam::111122334444:user/ana',
        ScopeStartTime: new Date(to.getTime() - 3 * 24 * 60 * minuteMs),
        ScopeEndTime: to,
      }),
    );
    aws.moveClock(3 * minuteMs);
    const found = await indicators(detective, { GraphArn, InvestigationId });
    expect(found.filter(({ IndicatorType = '' }) => !IndicatorType.startsWith('NEW_'))).toEqual([]);
    const { Severity } = await detective.send(new GetInvestigationCommand({ GraphArn, InvestigationId }));
    expect(Severity).toBe('INFORMATIONAL');
  });

  test.each([
    ['a session', 'arn:aws:sts::111122223333:assumed-role/OrganizationAccountAccessRole/maintenance'],
    ['a group', 'arn:aws:iam::111122223333:group/admins'],
    ['an account outside', 'arn:aws:iam::999988887777:user/eve'],
  ])('is not made of %s', async (_, EntityArn) => {
    await using aws = await open();
    const { detective, GraphArn } = await graph(aws);
    const { from, to } = aws.organization.attack;
    const asked = new StartInvestigationCommand({ GraphArn, EntityArn, ScopeStartTime: from, ScopeEndTime: to });
    await expect(detective.send(asked)).rejects.toMatchObject({ name: 'ValidationException' });
  });

  test('is not made of a time upside down or ahead', async () => {
    await using aws = await open();
    const { detective, GraphArn } = await graph(aws);
    const { from, to } = aws.organization.attack;
    const start = (ScopeStartTime: Date, ScopeEndTime: Date) =>
      detective.send(new StartInvestigationCommand({ GraphArn, EntityArn: attacked, ScopeStartTime, ScopeEndTime }));
    await expect(start(to, from)).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(start(from, new Date(Date.now() + 60 * minuteMs))).rejects.toMatchObject({
      name: 'ValidationException',
    });
  });
});

describe('the list of investigations', () => {
  test('is filtered, sorted and paged', async () => {
    await using aws = await open(2);
    const { detective, GraphArn } = await graph(aws);
    const all = (await detective.send(new ListInvestigationsCommand({ GraphArn }))).InvestigationDetails ?? [];
    expect(all.length).toBeGreaterThan(3);
    const times = all.map(({ CreatedTime }) => CreatedTime?.getTime() ?? 0);
    expect(times).toEqual(times.toSorted((a, b) => b - a));

    const [first] =
      (await detective.send(new ListInvestigationsCommand({ GraphArn, MaxResults: 1 }))).InvestigationDetails ?? [];
    expect(first).toEqual(all[0]);
    const severities = await detective.send(
      new ListInvestigationsCommand({ GraphArn, SortCriteria: { Field: 'SEVERITY', SortOrder: 'ASC' } }),
    );
    const ranks = ['INFORMATIONAL', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL'];
    const ranked = (severities.InvestigationDetails ?? []).map(({ Severity = '' }) => ranks.indexOf(Severity));
    expect(ranked).toEqual(ranked.toSorted((a, b) => a - b));

    const of = await detective.send(
      new ListInvestigationsCommand({ GraphArn, FilterCriteria: { EntityArn: { Value: attacked } } }),
    );
    expect(of.InvestigationDetails?.length).toBeGreaterThan(0);
    expect(of.InvestigationDetails?.every(({ EntityArn }) => EntityArn === attacked)).toBe(true);
  });

  test('knows what was archived, and a token belongs to its question', async () => {
    await using aws = await open(2);
    const { detective, GraphArn } = await graph(aws);
    const active = { GraphArn, FilterCriteria: { State: { Value: 'ACTIVE' } } };
    const before = (await detective.send(new ListInvestigationsCommand(active))).InvestigationDetails ?? [];
    const InvestigationId = before[0]?.InvestigationId;
    await detective.send(new UpdateInvestigationStateCommand({ GraphArn, InvestigationId, State: 'ARCHIVED' }));
    const after = (await detective.send(new ListInvestigationsCommand(active))).InvestigationDetails ?? [];
    expect(after).toEqual(before.slice(1));

    const { NextToken } = await detective.send(new ListInvestigationsCommand({ ...active, MaxResults: 1 }));
    await expect(detective.send(new ListInvestigationsCommand({ GraphArn, NextToken }))).rejects.toMatchObject({
      name: 'ValidationException',
    });
  });
});
