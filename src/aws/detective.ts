import type { DetectiveClient, InvestigationDetail, Severity, State, Status } from '@aws-sdk/client-detective';
import { hourMs } from '../words/time.ts';
import type { Asker, Aws, Place } from './aws.ts';
import { AwsTrouble } from './aws.ts';
import { inTurn } from './everywhere.ts';
import { type Noticed, noticed } from './indicators.ts';
import { allOf } from './pages.ts';
import { troubleOf } from './trouble.ts';

/** A behavior graph, and where its administrator reads it. */
export interface Graph extends Place {
  arn: string;
}

export interface Investigation {
  /** 21 digits. */
  id: string;
  /** ARN of an IAM user or role. */
  entity: string;
  status: Status;
  /** What Detective makes of it; of a running one it says nothing yet. */
  severity: Severity;
  state: State;
  createdAt: Date;
  /** Which time was looked at; null where only the list was asked. */
  scope: { from: Date; to: Date } | null;
}

/** An investigation that is done is believed for so long: asked again, the same one is shown. */
const reusedMs = hourMs;
const regionsAtOnce = 8;

/**
 * The graph that the home account administers, or the delegated administrator that the management account names.
 * A region that is asked for must have it.
 * @throws AwsTrouble that says what to do where there is none
 */
export async function findGraph(aws: Aws, asker: Asker, region?: string): Promise<Graph> {
  const home = await aws.home();
  const own = await graphsOf(aws, home.account, asker);
  const graphs = own.length > 0 ? own : await graphsOfAdministrator(aws, asker, home.account);
  const found =
    graphs.find((graph) => graph.region === (region ?? home.region)) ?? (region === undefined ? graphs[0] : undefined);
  if (found !== undefined) return found;
  if (graphs.length > 0)
    throw new AwsTrouble(
      'absent',
      `Detective has no graph in ${region}; it has one in ${graphs.map((graph) => graph.region).join(', ')}: ask with --region.`,
    );
  throw new AwsTrouble(
    'absent',
    `Trailwatch found no Detective graph that account ${home.account} may read: turn Detective on, or make this account its delegated administrator (Detective console, Settings, Account management).`,
  );
}

/** One graph at most in each region, and only its administrator sees it. Source: Detective API reference, ListGraphs. */
async function graphsOf(aws: Aws, account: string, asker: Asker): Promise<Graph[]> {
  const { ListGraphsCommand } = await import('@aws-sdk/client-detective');
  const troubles: AwsTrouble[] = [];
  const found = await inTurn(await aws.regions(account, asker), regionsAtOnce, async (region) => {
    try {
      const client = await aws.client('detective', { account, region }, asker);
      const graphs = await allOf(async (NextToken) => {
        const page = await client.send(new ListGraphsCommand({ NextToken }));
        return { items: page.GraphList ?? [], next: page.NextToken };
      });
      return graphs.flatMap(({ Arn: arn }) => (arn === undefined ? [] : [{ account, region, arn }]));
    } catch (error) {
      // Not every region has Detective.
      troubles.push(troubleOf(error, `ask Detective for its graphs in ${region}`));
      return [];
    }
  });
  const graphs = found.flat();
  const [trouble] = troubles;
  if (graphs.length === 0 && trouble !== undefined) throw trouble;
  return graphs;
}

/** The management account knows the delegated administrator, in whose account the graph is. */
async function graphsOfAdministrator(aws: Aws, asker: Asker, home: string): Promise<Graph[]> {
  const { DescribeOrganizationCommand } = await import('@aws-sdk/client-organizations');
  const { ListOrganizationAdminAccountsCommand } = await import('@aws-sdk/client-detective');
  const { region } = await aws.home();
  try {
    const organizations = await aws.client('organizations', { account: home, region }, asker);
    const { Organization } = await organizations.send(new DescribeOrganizationCommand({}));
    const management = Organization?.MasterAccountId;
    if (management === undefined) return [];
    const named = await inTurn(await aws.regions(management, asker), regionsAtOnce, async (each) => {
      const client = await aws.client('detective', { account: management, region: each }, asker);
      const { Administrators = [] } = await client.send(new ListOrganizationAdminAccountsCommand({}));
      return Administrators.flatMap(({ AccountId: account, GraphArn: arn }) =>
        account === undefined || arn === undefined ? [] : [{ account, region: each, arn }],
      );
    });
    return named.flat();
  } catch {
    // Where the organization may not be asked, only the own graph counts: that there is none is said by who asked.
    return [];
  }
}

/**
 * The user or role that an investigation can be about. A session's ARN is turned into its role's, which may have a path
 * that the session does not show: IAM knows it.
 * @throws AwsTrouble when it is the ARN of something else, or of a role that is gone
 */
export async function entityOf(aws: Aws, arn: string, asker: Asker): Promise<string> {
  const { partition, region } = await aws.home();
  const [, named, service, account = '', resource = ''] = /^arn:([^:]+):(iam|sts)::(\d{12}):(.+)$/.exec(arn) ?? [];
  if (named !== undefined && named !== partition)
    throw new AwsTrouble('invalid', `This ARN is of the partition ${named}; Trailwatch reads ${partition} only.`);
  if (service === 'iam' && /^(?:user|role)\/[\w+=,.@/-]+$/.test(resource)) return arn;
  const [, role] = /^assumed-role\/([\w+=,.@-]{1,64})\/[\w+=,.@-]+$/.exec(resource) ?? [];
  if (service !== 'sts' || role === undefined)
    throw new AwsTrouble(
      'invalid',
      'Detective investigates IAM users and roles: give the ARN of one, or of a role session.',
    );
  const { GetRoleCommand } = await import('@aws-sdk/client-iam');
  try {
    const iam = await aws.client('iam', { account, region }, asker);
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: role }));
    if (Role?.Arn !== undefined) return Role.Arn;
    throw new Error('IAM gave no ARN');
  } catch (error) {
    throw troubleOf(error, `find the role ${role} in account ${account}`);
  }
}

/**
 * Starts an investigation, or takes the one of this entity that runs or was done within the hour. Starting is the one
 * thing that Trailwatch writes in Detective: it must be allowed in the configuration and in the role.
 * @throws AwsTrouble that says what to do when it is not allowed or the entity's account is no member
 */
export async function investigate(
  aws: Aws,
  graph: Graph,
  entity: string,
  asker: Asker,
  { scope, allowed, now }: { scope: { from: Date; to: Date }; allowed: boolean; now: Date },
): Promise<{ id: string; reused: boolean }> {
  const [last] = await listInvestigations(aws, graph, asker, {
    entity,
    created: { from: new Date(now.getTime() - reusedMs), to: now },
  });
  if (last !== undefined && last.status !== 'FAILED') return { id: last.id, reused: true };
  if (!allowed)
    throw new AwsTrouble(
      'denied',
      'Starting investigations is off here. To allow it, set "detective: { start: true }" in trailwatch.yaml and deploy the role with AllowInvestigations=true.',
    );
  await needMember(aws, graph, entity.split(':')[4] ?? '', asker);
  const { StartInvestigationCommand } = await import('@aws-sdk/client-detective');
  const client = await aws.client('detective', graph, asker);
  try {
    const { InvestigationId: id } = await client.send(
      new StartInvestigationCommand({
        GraphArn: graph.arn,
        EntityArn: entity,
        ScopeStartTime: scope.from,
        ScopeEndTime: scope.to,
      }),
    );
    if (id === undefined) throw new Error('Detective gave no id');
    return { id, reused: false };
  } catch (error) {
    throw troubleOf(error, `start an investigation of ${entity}`);
  }
}

const disabled: Readonly<Record<string, string>> = {
  VOLUME_TOO_HIGH: 'it sends more data than the graph takes',
  VOLUME_UNKNOWN: 'the volume of its data is not known yet',
};

/** @throws AwsTrouble when the graph does not take in the account */
async function needMember(aws: Aws, graph: Graph, account: string, asker: Asker): Promise<void> {
  if (account === graph.account) return;
  const { ListMembersCommand } = await import('@aws-sdk/client-detective');
  const client = await aws.client('detective', graph, asker);
  const members = await allOf(async (NextToken) => {
    const page = await client.send(new ListMembersCommand({ GraphArn: graph.arn, NextToken }));
    return { items: page.MemberDetails ?? [], next: page.NextToken };
  }).catch((error: unknown) => {
    throw troubleOf(error, 'list the members of the Detective graph');
  });
  const member = members.find(({ AccountId }) => AccountId === account);
  if (member?.Status === 'ENABLED') return;
  const why =
    member === undefined
      ? 'is no member of the Detective graph'
      : `is a member of the Detective graph that sends nothing (${disabled[member.DisabledReason ?? ''] ?? member.Status ?? 'no reason given'})`;
  throw new AwsTrouble(
    'absent',
    `Account ${account} ${why}: enable it as account ${graph.account} (Detective console in ${graph.region}, Settings, Account management).`,
  );
}

/** Investigations, newest first, at most 100; all of them or those of one entity. @throws AwsTrouble */
export async function listInvestigations(
  aws: Aws,
  graph: Graph,
  asker: Asker,
  { entity, created, state }: { entity?: string; created?: { from: Date; to: Date }; state?: State } = {},
): Promise<Investigation[]> {
  const { ListInvestigationsCommand } = await import('@aws-sdk/client-detective');
  const client = await aws.client('detective', graph, asker);
  const { InvestigationDetails = [] } = await client
    .send(
      new ListInvestigationsCommand({
        GraphArn: graph.arn,
        MaxResults: 100,
        SortCriteria: { Field: 'CREATED_TIME', SortOrder: 'DESC' },
        FilterCriteria: {
          ...(entity === undefined ? {} : { EntityArn: { Value: entity } }),
          ...(state === undefined ? {} : { State: { Value: state } }),
          ...(created === undefined ? {} : { CreatedTime: { StartInclusive: created.from, EndInclusive: created.to } }),
        },
      }),
    )
    .catch((error: unknown) => {
      throw troubleOf(error, 'list the investigations of Detective');
    });
  return InvestigationDetails.map((detail) => investigationOf(detail, null));
}

const investigationOf = (detail: InvestigationDetail, scope: Investigation['scope']): Investigation => ({
  id: detail.InvestigationId ?? '',
  entity: detail.EntityArn ?? '',
  status: detail.Status ?? 'RUNNING',
  severity: detail.Severity ?? 'INFORMATIONAL',
  state: detail.State ?? 'ACTIVE',
  createdAt: detail.CreatedTime ?? new Date(0),
  scope,
});

/** An investigation as it stands now, with everything it noticed so far. @throws AwsTrouble */
export async function readInvestigation(
  aws: Aws,
  graph: Graph,
  id: string,
  asker: Asker,
): Promise<{ investigation: Investigation; indicators: readonly Noticed[] }> {
  const { GetInvestigationCommand } = await import('@aws-sdk/client-detective');
  const client = await aws.client('detective', graph, asker);
  try {
    const detail = await client.send(new GetInvestigationCommand({ GraphArn: graph.arn, InvestigationId: id }));
    const { ScopeStartTime: from, ScopeEndTime: to } = detail;
    return {
      investigation: investigationOf(detail, from === undefined || to === undefined ? null : { from, to }),
      indicators: detail.Status === 'RUNNING' ? [] : await indicatorsOf(client, graph, id),
    };
  } catch (error) {
    throw troubleOf(error, `read the investigation ${id}`);
  }
}

async function indicatorsOf(client: DetectiveClient, graph: Graph, id: string): Promise<Noticed[]> {
  const { ListIndicatorsCommand } = await import('@aws-sdk/client-detective');
  const found = await allOf(async (NextToken) => {
    const page = await client.send(
      new ListIndicatorsCommand({ GraphArn: graph.arn, InvestigationId: id, MaxResults: 100, NextToken }),
    );
    return { items: page.Indicators ?? [], next: page.NextToken };
  });
  return found.map(noticed);
}

/** Archives an investigation, or takes it back. Needs the same permission as starting one. @throws AwsTrouble */
export async function setInvestigationState(
  aws: Aws,
  graph: Graph,
  id: string,
  state: State,
  asker: Asker,
): Promise<void> {
  const { UpdateInvestigationStateCommand } = await import('@aws-sdk/client-detective');
  const client = await aws.client('detective', graph, asker);
  await client
    .send(new UpdateInvestigationStateCommand({ GraphArn: graph.arn, InvestigationId: id, State: state }))
    .catch((error: unknown) => {
      throw troubleOf(
        error,
        state === 'ARCHIVED' ? `archive the investigation ${id}` : `reopen the investigation ${id}`,
      );
    });
}
