import {
  CreateFlowLogsCommand,
  type CreateFlowLogsCommandInput,
  DeleteFlowLogsCommand,
  DescribeFlowLogsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { STSClient, type STSClientConfig } from '@aws-sdk/client-sts';
import { AwsJson1_1Protocol } from '@aws-sdk/core/protocols';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AwsError } from '../../../sandbox/aws/service.ts';
import { breakFlowLogs, flowLogBucket } from '../../../sandbox/aws/services/networks.ts';
import { breakQueryLogs, dnsLogBucket } from '../../../sandbox/aws/services/route53resolver.ts';
import { known } from '../../../sandbox/organization/accounts.ts';
import { breaks } from '../../../sandbox/organization/breaks/05-flow-logs.ts';
import { networks, type Vpc } from '../../../sandbox/organization/network.ts';
import { homeRegion } from '../../../sandbox/organization/traces.ts';
import { commandOf, ownSettings, structureOf } from '../../../src/aws/own-client.ts';
import { createFlowLogs } from '../../../src/framework/steps/05-flow-logs/format.ts';
import { type Lab, startLab } from '../lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

const vpcOf = (account: string, region = homeRegion): Vpc => {
  const found = networks(lab.organization).find((vpc) => vpc.account === account && vpc.region === region);
  if (found === undefined) throw new Error(`${account} has no network in ${region}.`);
  return found;
};
const ec2 = ({ account, region }: Pick<Vpc, 'account' | 'region'>) => lab.client(EC2Client, { account, region });
const rowOf = async (check: string, { account, region, id }: Vpc) =>
  (await lab.rows(check, { accounts: [account], regions: [region] })).find(({ resource }) => resource === id);

/** The format of the fix command. */
const [, LogFormat = ''] = /--log-format '([^']+)'/.exec(createFlowLogs) ?? [];
/** What the fix commands make. */
const make = (vpc: Vpc, more: Partial<CreateFlowLogsCommandInput> = {}) =>
  ec2(vpc).send(
    new CreateFlowLogsCommand({
      ResourceType: 'VPC',
      ResourceIds: [vpc.id],
      TrafficType: 'ALL',
      LogDestinationType: 's3',
      LogDestination: `arn:aws:s3:::${flowLogBucket(lab.organization)}`,
      MaxAggregationInterval: 60,
      LogFormat,
      ...more,
    }),
  );
/** Deletes the flow logs that are there, but those that are named. */
async function remove(vpc: Vpc, but: readonly string[] = []): Promise<void> {
  const { FlowLogs = [] } = await ec2(vpc).send(new DescribeFlowLogsCommand());
  const FlowLogIds = FlowLogs.flatMap(({ FlowLogId = '' }) => (but.includes(FlowLogId) ? [] : [FlowLogId]));
  if (FlowLogIds.length > 0) await ec2(vpc).send(new DeleteFlowLogsCommand({ FlowLogIds }));
}
async function replace(vpc: Vpc, more: Partial<CreateFlowLogsCommandInput> = {}): Promise<void> {
  const { FlowLogIds = [] } = await make(vpc, more);
  await remove(vpc, FlowLogIds);
}

test('the organization is in place but for what is planted, and nothing is unknown but the account without our role', {
  timeout: 90_000,
}, async () => {
  const rows = await lab.rows('5');
  const open = rows
    .filter(({ verdict, cause }) => verdict === 'fail' && cause === null)
    .map(({ check, account, region }) => `${check} ${account} ${region}`);
  expect(open.toSorted()).toEqual([
    `dns-vpc-covered ${known.dev} us-east-1`,
    `flow-delivers ${known.data} us-east-1`,
    `flow-traffic ${known.dev} ${homeRegion}`,
    `flow-traffic ${known.dev} us-east-1`,
    `flow-vpc-covered ${known.web} us-east-1`,
  ]);
  const dark = new Set(rows.filter(({ verdict }) => verdict === 'unknown').map(({ account }) => account));
  expect([...dark]).toEqual([known.experiments]);
});

describe('flow-vpc-covered', () => {
  test('a network without a flow log fails, what else is asked of it follows, and the fix makes all of it pass', async () => {
    const vpc = vpcOf(known.web, 'us-east-1');
    expect(await rowOf('flow-vpc-covered', vpc)).toMatchObject({ verdict: 'fail', severity: 'high' });
    expect(await rowOf('flow-traffic', vpc)).toMatchObject({ verdict: 'fail', cause: 'flow-vpc-covered' });
    await make(vpc);
    for (const check of ['flow-vpc-covered', 'flow-traffic', 'flow-destination', 'flow-fields'])
      expect(await rowOf(check, vpc), check).toMatchObject({ verdict: 'pass', proof: 'configured' });
    expect(await rowOf('flow-delivers', vpc)).toMatchObject({ verdict: 'pass', proof: 'proven' });
  });

  test('(b) a network that is shared is judged in its owner’s account', async () => {
    const shared = vpcOf(known.sharedServices);
    const rows = await lab.rows('flow-vpc-covered', { accounts: [known.staging] });
    expect(rows.find(({ resource }) => resource === shared.id)).toMatchObject({ verdict: 'not applicable' });
    expect(await rowOf('flow-vpc-covered', shared)).toMatchObject({ verdict: 'pass' });
  });

  test('(c) all subnets suffice; of one that is missing the name is said', async () => {
    const vpc = vpcOf(known.staging);
    const [first, second, third] = vpc.subnets.map(({ id }) => id);
    if (first === undefined || second === undefined || third === undefined) throw new Error('There are no subnets.');
    await replace(vpc, { ResourceType: 'Subnet', ResourceIds: [first, second] });
    expect(await rowOf('flow-vpc-covered', vpc)).toMatchObject({
      verdict: 'fail',
      reason: `No flow log watches ${third} of the network.`,
    });
    const eni = vpc.interfaces.find(({ subnet }) => subnet === third)?.id ?? '';
    await make(vpc, { ResourceType: 'NetworkInterface', ResourceIds: [eni] });
    expect(await rowOf('flow-vpc-covered', vpc)).toMatchObject({ verdict: 'pass' });
    // Every interface has one: what else is there has nothing in it.
    const all = [...vpc.interfaces];
    vpc.interfaces.splice(0, all.length, ...all.filter(({ subnet }) => subnet !== third));
    await replace(vpc, { ResourceType: 'NetworkInterface', ResourceIds: vpc.interfaces.map(({ id }) => id) });
    expect(await rowOf('flow-vpc-covered', vpc)).toMatchObject({ verdict: 'pass' });
    vpc.interfaces.splice(0, all.length, ...all);
  });

  test('(e) denied is unknown; (f) a region without a network is not applicable', async () => {
    const effect = new AwsError('UnauthorizedOperation', 'You are not authorized.', 403);
    const withdraw = lab.faults.inject({ operation: 'ec2:DescribeFlowLogs', effect });
    expect(await rowOf('flow-vpc-covered', vpcOf(known.payments))).toMatchObject({
      verdict: 'unknown',
      unknown: 'denied',
    });
    withdraw();
    const where = { accounts: [known.payments], regions: ['us-east-1'] };
    expect(await lab.rows('flow-vpc-covered', where)).toMatchObject([{ verdict: 'not applicable' }]);
  });
});

test('(j) a default network in which nothing is, is low; with something in it, it is like any other', async () => {
  const { interfaces, ...own } = vpcOf(known.payments);
  const bare = { ...own, id: 'vpc-0default', isDefault: true, interfaces: [...interfaces].slice(0, 0) };
  networks(lab.organization).push(bare);
  expect(await rowOf('flow-vpc-covered', bare)).toMatchObject({
    verdict: 'fail',
    severity: 'low',
    reason: expect.stringContaining('delete it'),
  });
  bare.interfaces.push(...interfaces.slice(0, 1));
  expect(await rowOf('flow-vpc-covered', bare)).toMatchObject({ verdict: 'fail', severity: 'high' });
  networks(lab.organization).splice(networks(lab.organization).indexOf(bare), 1);
});

test('(k) a region without query logging is not applicable', async () => {
  const vpc = vpcOf(known.data);
  const effect = new AwsError('ENOTFOUND', 'getaddrinfo ENOTFOUND');
  const withdraw = lab.faults.inject({ operation: 'route53resolver:ListResolverQueryLogConfigAssociations', effect });
  for (const check of ['dns-vpc-covered', 'dns-destination'])
    expect(await rowOf(check, vpc), check).toMatchObject({ verdict: 'not applicable' });
  withdraw();
});

test('flow-traffic: (d) accepted traffic alone fails, rejected alone is low, both pass', async () => {
  const vpc = vpcOf(known.dev);
  expect(await rowOf('flow-traffic', vpc)).toMatchObject({ verdict: 'fail', severity: 'low' });
  await replace(vpc, { TrafficType: 'ACCEPT' });
  expect(await rowOf('flow-traffic', vpc)).toMatchObject({ verdict: 'fail', severity: 'medium' });
  await make(vpc, { TrafficType: 'REJECT', LogFormat: `${LogFormat} ` });
  expect(await rowOf('flow-traffic', vpc)).toMatchObject({ verdict: 'pass' });
  await replace(vpc);
  expect(await rowOf('flow-traffic', vpc)).toMatchObject({ verdict: 'pass' });
});

test('flow-destination and flow-fields: a bucket of the account’s own and the default format fail until replaced', async () => {
  const vpc = vpcOf(known.payments);
  const { FlowLogIds = [] } = await ec2(vpc).send(
    new CreateFlowLogsCommand({
      ResourceType: 'VPC',
      ResourceIds: [vpc.id],
      TrafficType: 'ALL',
      LogDestinationType: 's3',
      LogDestination: 'arn:aws:s3:::prod-payments-exports',
    }),
  );
  await remove(vpc, FlowLogIds);
  expect(await rowOf('flow-destination', vpc)).toMatchObject({
    verdict: 'fail',
    reason: 'Flow logs go to arn:aws:s3:::prod-payments-exports, not to the log archive.',
  });
  expect(await rowOf('flow-fields', vpc)).toMatchObject({
    verdict: 'fail',
    reason: 'The format lacks vpc-id, instance-id, pkt-srcaddr, pkt-dstaddr, flow-direction.',
  });
  await replace(vpc);
  expect(await rowOf('flow-destination', vpc)).toMatchObject({ verdict: 'pass' });
  expect(await rowOf('flow-fields', vpc)).toMatchObject({ verdict: 'pass' });
});

test('flow-delivers: (a) an access error fails while the network counts as covered; what AWS does not know is pending', async () => {
  const vpc = vpcOf(known.data, 'us-east-1');
  expect(await rowOf('flow-vpc-covered', vpc)).toMatchObject({ verdict: 'pass', proof: 'configured' });
  expect(await rowOf('flow-delivers', vpc)).toMatchObject({
    verdict: 'fail',
    severity: 'high',
    reason: expect.stringContaining('Access error'),
  });
  breakFlowLogs(lab.organization, vpc.id, 'Rate limited');
  expect(await rowOf('flow-delivers', vpc)).toMatchObject({ verdict: 'fail', severity: 'medium' });
  breakFlowLogs(lab.organization, vpc.id, 'Unknown error');
  expect(await rowOf('flow-delivers', vpc)).toMatchObject({ verdict: 'unknown', unknown: 'pending' });
  await replace(vpc);
  expect(await rowOf('flow-delivers', vpc)).toMatchObject({ verdict: 'pass', proof: 'proven' });
});

/** The one client there is of Route 53 Resolver that can write: the bot's own cannot. */
class Resolver extends STSClient {
  constructor(settings: STSClientConfig) {
    super(
      ownSettings(settings, {
        serviceId: 'Route53Resolver',
        signingName: 'route53resolver',
        protocol: AwsJson1_1Protocol,
        protocolSettings: { defaultNamespace: 'test', serviceTarget: 'Route53Resolver' },
        host: () => '',
      }),
    );
  }
}
const write = (name: string, members: readonly string[]) => {
  const input = structureOf('test', `${name}Request`, Object.fromEntries(members.map((member) => [member, 0])));
  const output = structureOf('test', `${name}Response`, {
    ResolverQueryLogConfig: structureOf('test', 'ResolverQueryLogConfig', { Id: 0 }),
  });
  return commandOf('Route53Resolver')({}, () => [], name, [9, 'test', name, 0, () => input, () => output]);
};
const association = ['ResolverQueryLogConfigId', 'ResourceId'];
const Associate = write('AssociateResolverQueryLogConfig', association);
const Disassociate = write('DisassociateResolverQueryLogConfig', association);
const CreateConfig = write('CreateResolverQueryLogConfig', ['Name', 'DestinationArn', 'CreatorRequestId']);

/** Makes a configuration and lets it log the queries of a network. */
async function logQueries(vpc: Vpc, DestinationArn: string): Promise<string> {
  const client = lab.client(Resolver, vpc);
  const made: unknown = await client.send(
    new CreateConfig({ Name: 'own', DestinationArn, CreatorRequestId: `${vpc.id} ${DestinationArn}` }),
  );
  const id = String(Reflect.get(Object(Reflect.get(Object(made), 'ResolverQueryLogConfig')), 'Id'));
  await client.send(new Associate({ ResolverQueryLogConfigId: id, ResourceId: vpc.id }));
  return id;
}

test('dns-vpc-covered and dns-destination: a network that was forgotten fails until it is associated, with the archive', async () => {
  const vpc = vpcOf(known.dev, 'us-east-1');
  expect(await rowOf('dns-vpc-covered', vpc)).toMatchObject({ verdict: 'fail', severity: 'medium' });
  expect(await rowOf('dns-destination', vpc)).toMatchObject({ verdict: 'fail', cause: 'dns-vpc-covered' });
  const own = await logQueries(vpc, 'arn:aws:s3:::dev-scratch');
  expect(await rowOf('dns-vpc-covered', vpc)).toMatchObject({ verdict: 'pass', proof: 'configured' });
  expect(await rowOf('dns-destination', vpc)).toMatchObject({ verdict: 'fail', cause: null });
  await lab.client(Resolver, vpc).send(new Disassociate({ ResolverQueryLogConfigId: own, ResourceId: vpc.id }));
  await logQueries(vpc, `arn:aws:s3:::${dnsLogBucket(lab.organization)}`);
  expect(await rowOf('dns-destination', vpc)).toMatchObject({ verdict: 'pass' });
  expect(await rowOf('dns-vpc-covered', vpc)).toMatchObject({ verdict: 'pass', proof: 'proven' });
});

test('dns-vpc-covered: an association that cannot deliver fails; what cannot be asked is unknown', async () => {
  const vpc = vpcOf(known.data);
  const effect = new AwsError('AccessDeniedException', 'You may not.', 400);
  const operation = 'route53resolver:ListResolverQueryLogConfigAssociations';
  const withdraw = lab.faults.inject({ operation, effect });
  expect(await rowOf('dns-vpc-covered', vpc)).toMatchObject({ verdict: 'unknown', unknown: 'denied' });
  withdraw();
  breakQueryLogs(lab.organization, vpc.id, 'ACCESS_DENIED');
  expect(await rowOf('dns-vpc-covered', vpc)).toMatchObject({
    verdict: 'fail',
    reason: expect.stringContaining('ACCESS_DENIED'),
  });
});

test('every break of the panel is found by its check', { timeout: 90_000 }, async () => {
  await using fresh = await startLab();
  for (const { check, title, break: doIt } of breaks) {
    const where = { accounts: ['prod-payments', 'prod-web', 'prod-data'], regions: [homeRegion] };
    const failing = async () => (await fresh.rows(check, where)).filter(({ verdict }) => verdict === 'fail').length;
    const before = await failing();
    doIt(fresh.organization);
    expect(await failing(), title).toBeGreaterThan(before);
  }
});
