import * as sdk from '@aws-sdk/client-ec2';
import { HttpRequest, HttpResponse } from '@smithy/core/protocols';
import { expect, test, vi } from 'vitest';
import { AwsError } from '../../sandbox/aws/service.ts';
import * as own from '../../src/aws/ec2.ts';
import { startHarness } from '../sandbox/aws/harness.ts';
import { bot } from './bot.ts';

const asker = { name: 'U0ANA' };
const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' };

/** What goes over the wire, without what differs with the time and the package's version. */
async function wire(ask: (settings: { requestHandler: { handle: typeof handle } }) => Promise<unknown>) {
  await ask({ requestHandler: { handle } });
  return sent.pop();
}

const sent: object[] = [];
const handle = async (request: unknown) => {
  if (!HttpRequest.isInstance(request)) throw new Error('This is no request.');
  const { protocol, hostname, port, method, path, body, headers } = request;
  const [, scope] = /Credential=[^/]+\/\d{8}\/(\S+),/.exec(headers['authorization'] ?? '') ?? [];
  sent.push({ protocol, hostname, port, method, path, body, scope, type: headers['content-type'] });
  const text = '<DescribeRegionsResponse><regionInfo/></DescribeRegionsResponse>';
  return { response: new HttpResponse({ statusCode: 200, headers: {}, body: Buffer.from(text) }) };
};

test.for(
  ['eu-west-1', 'us-east-1', 'cn-north-1', 'us-gov-west-1', 'us-iso-east-1', 'eusc-de-east-1'].flatMap((region) =>
    [false, true].flatMap((useFipsEndpoint) =>
      [false, true].map((useDualstackEndpoint) => ({ region, useFipsEndpoint, useDualstackEndpoint })),
    ),
  ),
)('the request is that of the SDK’s own client: %o', async (where) => {
  const theirs = await wire((settings) =>
    new sdk.EC2Client({ ...where, ...settings, credentials }).send(new sdk.DescribeRegionsCommand({})),
  ).catch(() => undefined);
  // The SDK's rules refuse an address of a kind that the partition lacks; nobody runs there with it.
  if (theirs === undefined && (where.useFipsEndpoint || where.useDualstackEndpoint)) return;
  const ours = await wire((settings) =>
    new own.Ec2Client({ ...where, ...settings, credentials }).send(new own.DescribeRegionsCommand({})),
  );
  expect(ours).toEqual(theirs);
});

test('pages of lists are asked for as the SDK’s own client asks for them', async () => {
  const input = { NextToken: 'more', MaxResults: 100 };
  const where = { region: 'eu-west-1', credentials };
  const asks: readonly [(client: sdk.EC2Client) => Promise<unknown>, (client: own.Ec2Client) => Promise<unknown>][] = [
    [
      (client) => client.send(new sdk.DescribeVpcsCommand(input)),
      (client) => client.send(new own.DescribeVpcsCommand(input)),
    ],
    [
      (client) => client.send(new sdk.DescribeFlowLogsCommand(input)),
      (client) => client.send(new own.DescribeFlowLogsCommand(input)),
    ],
    [
      (client) => client.send(new sdk.DescribeSubnetsCommand(input)),
      (client) => client.send(new own.DescribeSubnetsCommand(input)),
    ],
    [
      (client) => client.send(new sdk.DescribeNetworkInterfacesCommand(input)),
      (client) => client.send(new own.DescribeNetworkInterfacesCommand(input)),
    ],
  ];
  for (const [theirs, ours] of asks) {
    const sent = await wire((settings) => theirs(new sdk.EC2Client({ ...where, ...settings })));
    expect(sorted(await wire((settings) => ours(new own.Ec2Client({ ...where, ...settings }))))).toEqual(sorted(sent));
  }
});

/** The order of a form's fields says nothing. */
const sorted = (request: object | undefined) => ({
  ...request,
  body: String(Reflect.get(request ?? {}, 'body'))
    .split('&')
    .toSorted(),
});

test('the configured endpoint is asked, by either of its names', async () => {
  for (const name of ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_EC2']) {
    vi.stubEnv(name, 'https://ec2.example.com:8443');
    const request = await wire((settings) =>
      new own.Ec2Client({ region: 'eu-west-1', ...settings, credentials }).send(new own.DescribeRegionsCommand({})),
    );
    expect(request).toMatchObject({ hostname: 'ec2.example.com', port: 8443, scope: 'eu-west-1/ec2/aws4_request' });
    vi.unstubAllEnvs();
  }
});

test('the enabled regions of an account are told, and a refusal in AWS’s own words', async () => {
  await using harness = await startHarness();
  const aws = bot(harness, { regions: [] });
  const account = harness.organization.accounts.find(
    ({ state, deniesReadRole }) => state === 'ACTIVE' && !deniesReadRole,
  );
  expect(await aws.regions(account?.id ?? '', asker)).toEqual(account?.regions.toSorted());
  const effect = new AwsError('UnauthorizedOperation', 'You are not authorized to perform this operation.', 403);
  harness.faults.inject({ operation: 'ec2:DescribeRegions', effect });
  const { homeAccount } = harness.organization;
  await expect(aws.regions(homeAccount, asker)).rejects.toThrow(
    `AWS did not allow Trailwatch to list the regions of account ${homeAccount}: You are not authorized to perform this operation.`,
  );
});
