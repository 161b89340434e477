import {
  ConfigServiceClient,
  DeleteConfigurationAggregatorCommand,
  DeleteConfigurationRecorderCommand,
  DeleteDeliveryChannelCommand,
  PutConfigurationAggregatorCommand,
  PutConfigurationRecorderCommand,
  PutDeliveryChannelCommand,
  PutRetentionConfigurationCommand,
  StartConfigurationRecorderCommand,
  StopConfigurationRecorderCommand,
} from '@aws-sdk/client-config-service';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AwsError } from '../../../sandbox/aws/service.ts';
import {
  breakConfigDelivery,
  breakRecorder,
  breakSource,
  configBucket,
  forgotten,
  onlyInternalRecorder,
  outdated,
} from '../../../sandbox/aws/services/recorders.ts';
import { known } from '../../../sandbox/organization/accounts.ts';
import { breaks } from '../../../sandbox/organization/breaks/08-config.ts';
import { homeRegion } from '../../../sandbox/organization/traces.ts';
import { counts, type Lab, startLab } from '../lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

const denied = new AwsError('AccessDeniedException', 'You may not.', 400);
const clientOf = (account: string, region = homeRegion) => lab.client(ConfigServiceClient, { account, region });
const rowsOf = (check: string, account: string, region = homeRegion, settings = {}) =>
  lab.rows(check, { accounts: [account], regions: [region] }, settings);
const linkedRole = (account: string) =>
  `arn:aws:iam::${account}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig`;
/** What the fix commands put: a recorder of everything, with IAM or without. */
const recorder = (account: string, includeGlobalResourceTypes: boolean) =>
  new PutConfigurationRecorderCommand({
    ConfigurationRecorder: {
      name: 'default',
      roleARN: linkedRole(account),
      recordingMode: { recordingFrequency: 'CONTINUOUS' },
      recordingGroup: { allSupported: true, includeGlobalResourceTypes },
    },
  });

test('the organization is in place but for what is planted, and nothing is unknown but the account without our role', {
  timeout: 90_000,
}, async () => {
  const rows = await lab.rows('8');
  const open = rows.filter(({ verdict }) => verdict === 'fail').map(({ check, account }) => `${check} ${account}`);
  expect(open.toSorted()).toEqual([
    `config-delivers ${known.web}`,
    `config-frequency ${known.dev}`,
    `config-recording ${known.web}`,
  ]);
  const dark = new Set(rows.filter(({ verdict }) => verdict === 'unknown').map(({ account }) => account));
  expect([...dark]).toEqual([known.experiments]);
});

describe('config-recording', () => {
  const planted = () => rowsOf('config-recording', known.web, 'us-east-1');

  test('a stopped recorder fails until it is started again', async () => {
    expect(await planted()).toMatchObject([{ verdict: 'fail', severity: 'high', proof: 'configured' }]);
    const config = clientOf(known.web, 'us-east-1');
    await config.send(new StartConfigurationRecorderCommand({ ConfigurationRecorderName: 'default' }));
    expect(await planted()).toMatchObject([{ verdict: 'pass' }]);
  });

  test('(a) a recorder that a service made for itself is none', async () => {
    onlyInternalRecorder(lab.organization, known.payments, homeRegion);
    expect(await rowsOf('config-recording', known.payments)).toMatchObject([
      { verdict: 'fail', reason: expect.stringContaining('AWSConfigurationRecorderForsecurityhub') },
    ]);
    const config = clientOf(known.payments);
    await config.send(recorder(known.payments, true));
    await config.send(
      new PutDeliveryChannelCommand({
        DeliveryChannel: { name: 'default', s3BucketName: configBucket(lab.organization) },
      }),
    );
    await config.send(new StartConfigurationRecorderCommand({ ConfigurationRecorderName: 'default' }));
    expect(await rowsOf('config-recording', known.payments)).toMatchObject([{ verdict: 'pass' }]);
  });

  test('(d) on, but failing, in whatever case it is written; (e) SUCCESS passes', async () => {
    expect(await rowsOf('config-recording', known.data)).toMatchObject([{ verdict: 'pass' }]);
    const trouble = { code: 'AccessDenied', message: 'The role may not.', since: lab.now() };
    breakRecorder(lab.organization, known.data, homeRegion, trouble);
    expect(await rowsOf('config-recording', known.data)).toMatchObject([
      { verdict: 'fail', reason: expect.stringContaining('AccessDenied') },
    ]);
    await clientOf(known.data).send(new StartConfigurationRecorderCommand({ ConfigurationRecorderName: 'default' }));
    expect(await rowsOf('config-recording', known.data)).toMatchObject([{ verdict: 'pass' }]);
  });

  test('(f) denied, the aggregator says that it records; (g) without the aggregator it is unknown', async () => {
    const withdraw = lab.faults.inject({ operation: 'config:DescribeConfigurationRecorders', effect: denied });
    expect(await rowsOf('config-recording', known.staging)).toMatchObject([
      { verdict: 'pass', inheritedFrom: 'Config aggregator' },
    ]);
    breakSource(lab.organization, known.staging, homeRegion, 'FAILED');
    expect(await rowsOf('config-recording', known.staging)).toMatchObject([{ verdict: 'unknown', unknown: 'denied' }]);
    breakSource(lab.organization, known.staging, homeRegion, null);
    withdraw();
  });

  test('(i) a region in which nothing is, is not applicable, recorded or not', async () => {
    expect(await rowsOf('config-recording', known.staging, 'us-east-1')).toMatchObject([{ verdict: 'not applicable' }]);
    const config = clientOf(known.staging, 'us-east-1');
    await config.send(new DeleteConfigurationRecorderCommand({ ConfigurationRecorderName: 'default' }));
    expect(await rowsOf('config-recording', known.staging, 'us-east-1')).toMatchObject([
      { verdict: 'not applicable', reason: expect.stringContaining('no network') },
    ]);
  });
});

describe('config-iam-recorded', () => {
  const { sharedServices: account } = known;
  const rows = () => rowsOf('config-iam-recorded', account);

  test('is proven by the history of our own role', async () => {
    expect(await rows()).toMatchObject([{ verdict: 'pass', proof: 'proven', region: homeRegion }]);
  });

  test('(b) nowhere, (h) one type left out: it fails until all is recorded', async () => {
    await clientOf(account).send(recorder(account, false));
    expect(await rows()).toMatchObject([{ verdict: 'fail', severity: 'high', reason: 'No recorder records IAM.' }]);
    await clientOf(account).send(
      new PutConfigurationRecorderCommand({
        ConfigurationRecorder: {
          name: 'default',
          roleARN: linkedRole(account),
          recordingGroup: {
            allSupported: false,
            exclusionByResourceTypes: { resourceTypes: ['AWS::IAM::Role'] },
            recordingStrategy: { useOnly: 'EXCLUSION_BY_RESOURCE_TYPES' },
          },
        },
      }),
    );
    expect(await rows()).toMatchObject([
      { verdict: 'fail', reason: `The recorder in ${homeRegion} leaves out AWS::IAM::Role.` },
    ]);
    await clientOf(account).send(recorder(account, true));
    expect(await rows()).toMatchObject([{ verdict: 'pass', proof: 'proven' }]);
  });

  test('(c) in two regions that are used it passes, and is paid for twice', async () => {
    const { dev } = known;
    await clientOf(dev, 'us-east-1').send(recorder(dev, true));
    const [row] = await lab.rows('config-iam-recorded', { accounts: [dev] });
    expect(row).toMatchObject({
      verdict: 'pass',
      severity: 'low',
      reason: expect.stringContaining('paid for 2 times'),
    });
    await clientOf(dev, 'us-east-1').send(recorder(dev, false));
  });

  test('of a region that is not used nobody asks, until no other records IAM', async () => {
    const asked = async () => {
      const before = lab.calls().length;
      const [row] = await lab.rows('config-iam-recorded', { accounts: [account] });
      const calls = lab.calls().slice(before);
      const places = calls.filter(({ operation }) => operation === 'config:DescribeConfigurationRecorders');
      return { row, regions: new Set(places.map(({ region }) => region)) };
    };
    expect(await asked()).toMatchObject({ row: { verdict: 'pass' }, regions: new Set([homeRegion]) });
    await clientOf(account).send(recorder(account, false));
    await clientOf(account, 'us-east-1').send(recorder(account, true));
    expect(await asked()).toMatchObject({
      row: { region: 'us-east-1' },
      regions: new Set([homeRegion, 'us-east-1']),
    });
    await clientOf(account, 'us-east-1').send(recorder(account, false));
    await clientOf(account).send(recorder(account, true));
  });

  test('(j) a history without our role fails, and is pending while the role is new', async () => {
    const role = lab.organization.roles(account).find(({ name }) => name === 'trailwatch-read');
    if (role === undefined) throw new Error('There is no role of ours.');
    const { created } = role;
    forgotten(lab.organization).add(role.id);
    expect(await rows()).toMatchObject([{ verdict: 'fail', proof: 'proven' }]);
    role.created = new Date(lab.now().getTime() - 5 * 60_000);
    expect(await rows()).toMatchObject([{ verdict: 'unknown', unknown: 'pending' }]);
    role.created = created;
    forgotten(lab.organization).delete(role.id);
    expect(await rows()).toMatchObject([{ verdict: 'pass', proof: 'proven' }]);
  });

  test('(k) a history that has our role as it was is stale', async () => {
    const role = lab.organization.roles(account).find(({ name }) => name === 'trailwatch-read');
    outdated(lab.organization).set(role?.id ?? '', '{"Version":"2012-10-17","Statement":[]}');
    expect(await rows()).toMatchObject([{ verdict: 'pass', proof: 'stale' }]);
    outdated(lab.organization).clear();
  });

  test('stopped, it follows from the recorder; denied, it is unknown', async () => {
    const config = clientOf(account);
    await config.send(new StopConfigurationRecorderCommand({ ConfigurationRecorderName: 'default' }));
    expect(await rows()).toMatchObject([{ verdict: 'fail', cause: 'config-recording' }]);
    await config.send(new StartConfigurationRecorderCommand({ ConfigurationRecorderName: 'default' }));
    const withdraw = lab.faults.inject({ operation: 'config:DescribeConfigurationRecorders', effect: denied });
    expect(await rows()).toMatchObject([{ verdict: 'unknown', unknown: 'denied' }]);
    withdraw();
  });
});

test('config-frequency: (k) once a day fails until it is continuous', async () => {
  expect(await rowsOf('config-frequency', known.dev)).toMatchObject([
    { verdict: 'fail', reason: 'AWS::IAM::Role, AWS::IAM::Policy are recorded once a day.' },
  ]);
  await clientOf(known.dev).send(recorder(known.dev, true));
  expect(await rowsOf('config-frequency', known.dev)).toMatchObject([{ verdict: 'pass' }]);
});

test('config-delivers: an error, another bucket and no channel fail until the channel is put', async () => {
  const config = clientOf(known.web);
  const rows = () => rowsOf('config-delivers', known.web);
  const put = (s3BucketName: string) =>
    config.send(new PutDeliveryChannelCommand({ DeliveryChannel: { name: 'default', s3BucketName } }));
  expect(await rows()).toMatchObject([{ verdict: 'pass' }]);
  const trouble = { code: 'NoSuchBucket', message: 'There is no such bucket.', since: lab.now() };
  breakConfigDelivery(lab.organization, known.web, homeRegion, trouble);
  expect(await rows()).toMatchObject([{ verdict: 'fail', reason: expect.stringContaining('NoSuchBucket') }]);
  await put('prod-web-own');
  expect(await rows()).toMatchObject([{ verdict: 'fail', severity: 'medium', resource: 'prod-web-own' }]);
  await config.send(new StopConfigurationRecorderCommand({ ConfigurationRecorderName: 'default' }));
  await config.send(new DeleteDeliveryChannelCommand({ DeliveryChannelName: 'default' }));
  expect(await rows()).toMatchObject([{ verdict: 'fail', reason: 'There is no delivery channel.' }]);
  await put(configBucket(lab.organization));
  await config.send(new StartConfigurationRecorderCommand({ ConfigurationRecorderName: 'default' }));
  expect(await rows()).toMatchObject([{ verdict: 'pass' }]);
});

test('config-aggregator: a source that fails or is missing is its account’s; without aggregator the organization fails', async () => {
  const { organization } = lab;
  expect(counts(await lab.rows('config-aggregator'))).toEqual({
    pass: organization.accounts.filter(({ state }) => state === 'ACTIVE').length,
  });
  for (const how of ['FAILED', 'OUTDATED', 'missing'] as const) {
    breakSource(organization, known.dev, 'us-east-1', how);
    const rows = await lab.rows('config-aggregator');
    expect(rows.filter(({ verdict }) => verdict === 'fail')).toMatchObject([{ account: known.dev }]);
  }
  breakSource(organization, known.dev, 'us-east-1', null);
  const config = clientOf(organization.homeAccount);
  await config.send(new DeleteConfigurationAggregatorCommand({ ConfigurationAggregatorName: 'organization' }));
  expect(await lab.rows('config-aggregator')).toMatchObject([{ verdict: 'fail' }]);
  await config.send(
    new PutConfigurationAggregatorCommand({
      ConfigurationAggregatorName: 'organization',
      OrganizationAggregationSource: { RoleArn: 'arn:aws:iam::111122222222:role/aggregator', AllAwsRegions: true },
    }),
  );
  expect(counts(await lab.rows('config-aggregator'))).toMatchObject({ pass: expect.any(Number) });
});

test('config-retention: too few days fail until more are kept', async () => {
  const config = clientOf(known.audit);
  const rows = () => rowsOf('config-retention', known.audit);
  expect(await rows()).toMatchObject([{ verdict: 'pass', reason: 'Config keeps items for 2557 days.' }]);
  await config.send(new PutRetentionConfigurationCommand({ RetentionPeriodInDays: 90 }));
  expect(await rows()).toMatchObject([{ verdict: 'fail', severity: 'low' }]);
  await config.send(new PutRetentionConfigurationCommand({ RetentionPeriodInDays: 2557 }));
  expect(await rows()).toMatchObject([{ verdict: 'pass' }]);
});

test('config-role: a role that is not there fails until it is Config’s own', async () => {
  const config = clientOf(known.audit);
  const rows = () => rowsOf('config-role', known.audit);
  expect(await rows()).toMatchObject([{ verdict: 'pass' }]);
  const put = (roleARN: string) =>
    config.send(
      new PutConfigurationRecorderCommand({
        ConfigurationRecorder: {
          name: 'default',
          roleARN,
          recordingGroup: { allSupported: true, includeGlobalResourceTypes: true },
        },
      }),
    );
  await put(`arn:aws:iam::${known.audit}:role/gone`);
  expect(await rows()).toMatchObject([{ verdict: 'fail', reason: expect.stringContaining('does not exist') }]);
  await put(`arn:aws:iam::${known.audit}:role/app-instance`);
  expect(await rows()).toMatchObject([{ verdict: 'fail', reason: expect.stringContaining('AWS_ConfigRole') }]);
  await put(linkedRole(known.audit));
  expect(await rows()).toMatchObject([{ verdict: 'pass' }]);
});

test('every break of the panel is found by its check', { timeout: 90_000 }, async () => {
  await using fresh = await startLab();
  for (const { check, title, break: doIt } of breaks) {
    const where = { accounts: ['prod-payments', 'prod-web', 'prod-data', 'staging', 'dev'], regions: [homeRegion] };
    const failing = async () => (await fresh.rows(check, where)).filter(({ verdict }) => verdict === 'fail').length;
    const before = await failing();
    doIt(fresh.organization);
    expect(await failing(), title).toBeGreaterThan(before);
  }
});
