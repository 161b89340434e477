import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { DetectiveClient, ListGraphsCommand, ListInvestigationsCommand } from '@aws-sdk/client-detective';
import { DescribeRegionsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { IAMClient, ListUsersCommand } from '@aws-sdk/client-iam';
import { ListAccountsCommand, OrganizationsClient } from '@aws-sdk/client-organizations';
import { ListBucketsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { AwsError } from '../../../sandbox/aws/service.ts';
import { createOrganization } from '../../../sandbox/organization/create.ts';
import { type ClientOptions, type Harness, startHarness } from './harness.ts';

type Settings = ClientOptions & { systemClockOffset?: number };

/** One call on each wire, and what AWS calls its refusals there. */
const wires = {
  Query: {
    call: (settings: Settings) => new IAMClient(settings).send(new ListUsersCommand({})),
    badInput: (settings: Settings) => new IAMClient(settings).send(new ListUsersCommand({ MaxItems: 1001 })),
    action: 'iam:ListUsers',
    unknownKey: ['InvalidClientTokenId', 403],
    badSignature: ['SignatureDoesNotMatch', 403],
    skewed: ['SignatureDoesNotMatch', 403],
    expired: ['ExpiredToken', 403],
    denied: ['AccessDenied', 403],
    invalid: ['ValidationError', 400],
    throttled: ['Throttling', 400],
  },
  'EC2 Query': {
    call: (settings: Settings) => new EC2Client(settings).send(new DescribeRegionsCommand({})),
    badInput: (settings: Settings) =>
      new EC2Client(settings).send(new DescribeRegionsCommand({ RegionNames: ['mars-1'] })),
    action: 'ec2:DescribeRegions',
    unknownKey: ['AuthFailure', 401],
    badSignature: ['SignatureDoesNotMatch', 403],
    skewed: ['RequestExpired', 400],
    expired: ['RequestExpired', 400],
    denied: ['UnauthorizedOperation', 403],
    invalid: ['InvalidParameterValue', 400],
    throttled: ['RequestLimitExceeded', 503],
  },
  'JSON 1.1': {
    call: (settings: Settings) => new OrganizationsClient(settings).send(new ListAccountsCommand({})),
    badInput: (settings: Settings) =>
      new OrganizationsClient(settings).send(new ListAccountsCommand({ MaxResults: 21 })),
    action: 'organizations:ListAccounts',
    unknownKey: ['UnrecognizedClientException', 400],
    badSignature: ['InvalidSignatureException', 400],
    skewed: ['InvalidSignatureException', 400],
    expired: ['ExpiredTokenException', 400],
    denied: ['AccessDeniedException', 400],
    invalid: ['InvalidInputException', 400],
    throttled: ['TooManyRequestsException', 400],
  },
  'REST-JSON': {
    call: (settings: Settings) => new DetectiveClient(settings).send(new ListGraphsCommand({})),
    badInput: (settings: Settings) =>
      new DetectiveClient(settings).send(new ListInvestigationsCommand({ GraphArn: 'none' })),
    action: 'detective:ListGraphs',
    unknownKey: ['UnrecognizedClientException', 403],
    badSignature: ['InvalidSignatureException', 403],
    skewed: ['InvalidSignatureException', 403],
    expired: ['ExpiredTokenException', 403],
    denied: ['AccessDeniedException', 403],
    invalid: ['ValidationException', 400],
    throttled: ['TooManyRequestsException', 429],
  },
  'REST-XML': {
    call: (settings: Settings) => new S3Client(settings).send(new ListBucketsCommand({})),
    badInput: (settings: Settings) => new S3Client(settings).send(new ListBucketsCommand({ MaxBuckets: 10_001 })),
    action: 's3:ListAllMyBuckets',
    unknownKey: ['InvalidAccessKeyId', 403],
    badSignature: ['SignatureDoesNotMatch', 403],
    skewed: ['RequestTimeTooSkewed', 403],
    expired: ['ExpiredToken', 400],
    denied: ['AccessDenied', 403],
    invalid: ['InvalidArgument', 400],
    throttled: ['SlowDown', 503],
  },
} as const;

const minuteMs = 60_000;
const error = ([name, httpStatusCode]: readonly [string, number]) => ({ name, $metadata: { httpStatusCode } });

const settingsOf = (aws: Harness, key: ClientOptions['credentials']): ClientOptions => ({
  endpoint: aws.url,
  region: 'eu-west-1',
  maxAttempts: 1,
  credentials: key,
});

describe.each(Object.entries(wires))('%s', (_, wire) => {
  test('answers whoever may ask, and nobody else', async () => {
    await using aws = await startHarness();
    const account = aws.organization.managementAccount;
    const key = aws.keys.administrator(account);
    await wire.call(settingsOf(aws, key));

    const stranger = { accessKeyId: 'AKIAI44QH8DHBEXAMPLE', secretAccessKey: key.secretAccessKey };
    await expect(wire.call(settingsOf(aws, stranger))).rejects.toMatchObject(error(wire.unknownKey));
    await expect(wire.call({ ...settingsOf(aws, key), region: 'eu-south-1' })).rejects.toMatchObject(
      error(wire.unknownKey),
    );
    const forged = { ...key, secretAccessKey: `${key.secretAccessKey.slice(1)}x` };
    await expect(wire.call(settingsOf(aws, forged))).rejects.toMatchObject(error(wire.badSignature));

    const nothing = aws.keys.session({ account, name: 'nothing', permissions: [] }, { name: 'ana' });
    await expect(wire.call(settingsOf(aws, nothing))).rejects.toMatchObject({
      ...error(wire.denied),
      message: `User: arn:aws:sts::${account}:assumed-role/nothing/ana is not authorized to perform: ${wire.action} on resource: * because no identity-based policy allows the ${wire.action} action`,
    });
    const { sessionToken: _token, ...torn } = nothing;
    await expect(wire.call(settingsOf(aws, torn))).rejects.toMatchObject(error(wire.unknownKey));
  });

  test('goes by the clock: requests of another time and sessions that are over', async () => {
    await using aws = await startHarness();
    const key = aws.keys.administrator(aws.organization.managementAccount);
    const allowed = wire === wires['REST-XML'] ? 15 : 5;
    for (const minutes of [-allowed - 1, allowed + 1])
      await expect(wire.call({ ...settingsOf(aws, key), systemClockOffset: minutes * minuteMs })).rejects.toMatchObject(
        error(wire.skewed),
      );
    for (const minutes of [-allowed + 1, allowed - 1])
      await wire.call({ ...settingsOf(aws, key), systemClockOffset: minutes * minuteMs });

    const session = aws.keys.session(
      { account: key.caller.account, name: 'reader', permissions: key.permissions },
      { name: 'ana', expires: new Date(Date.now() + minuteMs) },
    );
    await wire.call(settingsOf(aws, session));
    aws.moveClock(2 * minuteMs);
    await expect(wire.call(settingsOf(aws, session))).rejects.toMatchObject(error(wire.expired));
    // The SDK corrects its clock by the Date header and tries again.
    aws.moveClock(3_600_000);
    await wire.call({ ...settingsOf(aws, key), maxAttempts: 2 });
  });

  test('refuses what AWS refuses, by its name', async () => {
    await using aws = await startHarness();
    const key = aws.keys.administrator(aws.organization.managementAccount);
    await expect(wire.badInput(settingsOf(aws, key))).rejects.toMatchObject(error(wire.invalid));
  });

  test('slows down who asks too fast', async () => {
    let pace = 0;
    await using aws = await startHarness(createOrganization({ until: new Date() }), { paceMs: () => pace });
    const settings = settingsOf(aws, aws.keys.administrator(aws.organization.managementAccount));
    const burst = async (): Promise<number> => {
      for (let passed = 0; passed <= 100; passed++) {
        const refused: unknown = await wire.call(settings).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        if (refused === undefined) continue;
        expect(refused).toMatchObject(error(wire.throttled));
        return passed;
      }
      throw new Error('was never slowed down');
    };
    const most = wire === wires['EC2 Query'] ? 100 : 40;
    expect(await burst()).toBe(most);
    await wire.call({ ...settings, region: 'us-east-1' });
    pace += 250;
    expect(await burst()).toBe(5);
  });

  test('fails on purpose: an error, a late answer, a broken connection', async () => {
    await using aws = await startHarness();
    const settings = settingsOf(aws, aws.keys.administrator(aws.organization.managementAccount));
    const [service = '', action = ''] = wire.action.split(':');
    const operation = `${service}:${action === 'ListAllMyBuckets' ? 'ListBuckets' : action}`;
    aws.faults.inject({ operation, times: 1, effect: new AwsError('ServiceUnavailable', 'Later, please', 503) });
    await expect(wire.call(settings)).rejects.toMatchObject({ name: 'ServiceUnavailable', message: 'Later, please' });
    await wire.call(settings);
    aws.faults.inject({ operation, times: 1, effect: { delayMs: 50 } });
    const started = performance.now();
    await wire.call(settings);
    expect(performance.now() - started).toBeGreaterThanOrEqual(45);
    const withdraw = aws.faults.inject({ operation, region: 'eu-west-1', effect: 'cut' });
    for (let times = 0; times < 3; times++)
      await expect(wire.call(settings)).rejects.toThrow(/socket hang up|ECONNRESET/);
    await wire.call({ ...settings, region: 'us-east-1' });
    withdraw();
    await wire.call(settings);
    expect(aws.calls().map(({ outcome }) => outcome)).toContain('ServiceUnavailable');
  });
});

test('LookupEvents is given twice a second for each account and region', async () => {
  let pace = 0;
  await using aws = await startHarness(createOrganization({ until: new Date() }), { paceMs: () => pace });
  const { managementAccount, homeAccount } = aws.organization;
  const client = (account: string, region: string) => aws.client(CloudTrailClient, { account, region });
  const lookUp = async (from: CloudTrailClient) => {
    await from.send(new LookupEventsCommand({ MaxResults: 1 }));
  };
  const refused = { name: 'ThrottlingException', message: 'Rate exceeded', $metadata: { httpStatusCode: 400 } };
  const one = client(managementAccount, 'eu-west-1');
  await lookUp(one);
  await lookUp(one);
  await expect(lookUp(one)).rejects.toMatchObject(refused);
  await lookUp(client(managementAccount, 'us-east-1'));
  await lookUp(client(homeAccount, 'eu-west-1'));
  pace += 499;
  await expect(lookUp(one)).rejects.toMatchObject(refused);
  pace += 1;
  await lookUp(one);
  await expect(lookUp(one)).rejects.toMatchObject(refused);
});

test('what the sandbox does not answer is refused by name, and what it does not know likewise', async () => {
  await using aws = await startHarness();
  const account = aws.organization.managementAccount;
  const s3 = aws.client(S3Client, { account });
  await expect(s3.send(new ListObjectsV2Command({ Bucket: 'nobody-has-this-bucket' }))).rejects.toMatchObject({
    name: 'NoSuchBucket',
  });
  const unsigned = await fetch(`${aws.url}/graphs/list`, { method: 'POST', body: '{}' });
  expect([unsigned.status, unsigned.headers.get('x-amzn-errortype')]).toEqual([403, 'MissingAuthenticationToken']);
});
