import { gunzipSync, gzipSync } from 'node:zlib';
import {
  CloudTrailClient,
  CreateTrailCommand,
  DeleteTrailCommand,
  PutEventSelectorsCommand,
  type PutEventSelectorsRequest,
  PutInsightSelectorsCommand,
  StartLoggingCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
  type UpdateTrailRequest,
} from '@aws-sdk/client-cloudtrail';
import {
  GetBucketPolicyCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { AwsError } from '../../../sandbox/aws/service.ts';
import { newestDigests, removeTrailFile } from '../../../sandbox/aws/services/trail-files.ts';
import { breakDelivery, silence } from '../../../sandbox/aws/services/trails.ts';
import { breaks } from '../../../sandbox/organization/breaks/02-cloudtrail.ts';
import { happened } from '../../../sandbox/organization/happened.ts';
import { delay } from '../../../sandbox/organization/own-calls.ts';
import type { Row } from '../../../src/framework/verdict.ts';
import { type Lab, startLab } from '../lab.ts';

const dayMs = 86_400_000;
const verdicts = (rows: readonly Row[]) => rows.map(({ verdict }) => verdict);
const denied = new AwsError('AccessDeniedException', 'You may not.', 403);
/** The trail in the management account, as its administrator. */
const cloudTrail = (lab: Lab) => lab.client(CloudTrailClient, { account: lab.organization.managementAccount });
const update = (lab: Lab, change: Omit<UpdateTrailRequest, 'Name'>) =>
  cloudTrail(lab).send(new UpdateTrailCommand({ Name: lab.organization.trail.arn, ...change }));
const select = (lab: Lab, selectors: Omit<PutEventSelectorsRequest, 'TrailName'>) =>
  cloudTrail(lab).send(new PutEventSelectorsCommand({ TrailName: lab.organization.trail.arn, ...selectors }));

test('the organization as it stands: everything passes, proven where it can be', async () => {
  await using lab = await startLab();
  const rows = await lab.rows('2', {}, { readDigests: true });
  const worse = rows.filter(({ verdict }) => verdict !== 'pass' && verdict !== 'not applicable');
  // The account that refuses the role is seen from elsewhere; what was called there is not.
  expect(worse).toMatchObject([{ check: 'trail-reads-back', unknown: 'denied' }]);
  const covered = rows.filter(
    ({ check, verdict }) => check === 'trail-account-covered' && verdict !== 'not applicable',
  );
  expect(covered).toHaveLength(lab.organization.accounts.filter(({ state }) => state === 'ACTIVE').length);
  expect(new Set(covered.map(({ proof, inheritedFrom }) => `${proof} ${inheritedFrom}`))).toEqual(
    new Set(['proven organization trail organization']),
  );
  // (f) a source that is left out for its cost is a note.
  expect(rows.find(({ check }) => check === 'trail-all-management')).toMatchObject({
    verdict: 'pass',
    severity: 'low',
    reason: expect.stringContaining('rdsdata.amazonaws.com'),
  });
});

describe('a fix turns its check green', () => {
  test('trail-org-wide', async () => {
    await using lab = await startLab();
    const Name = lab.organization.trail.arn;
    await cloudTrail(lab).send(new StopLoggingCommand({ Name }));
    expect(await lab.rows('trail-org-wide', { accounts: ['dev'] })).toMatchObject([
      { verdict: 'fail', severity: 'critical', resource: Name, reason: expect.stringContaining('is stopped') },
    ]);
    // What follows from it says so.
    const rest = await lab.rows(['trail-validation', 'trail-delivers', 'trail-to-logs'], { accounts: ['dev'] });
    expect(new Set(rest.map(({ verdict, cause }) => `${verdict} ${cause}`))).toEqual(new Set(['fail trail-org-wide']));
    await cloudTrail(lab).send(new StartLoggingCommand({ Name }));
    expect(verdicts(await lab.rows('trail-org-wide', { accounts: ['dev'] }))).toEqual(['pass']);
  });

  test('trail-account-covered, and (h) no trail at all', async () => {
    await using lab = await startLab();
    const { trail } = lab.organization;
    await cloudTrail(lab).send(new DeleteTrailCommand({ Name: trail.arn }));
    const rows = await lab.rows('2', { accounts: ['prod-web'] });
    expect(Object.fromEntries(rows.map(({ check, verdict }) => [check, verdict]))).toMatchObject({
      'trail-org-wide': 'fail',
      'trail-account-covered': 'fail',
      'trail-all-management': 'not applicable',
      'trail-delivers': 'not applicable',
      'trail-encrypted': 'not applicable',
      'trail-to-logs': 'not applicable',
      'trail-validation': 'not applicable',
    });
    await cloudTrail(lab).send(
      new CreateTrailCommand({
        Name: trail.name,
        S3BucketName: trail.bucket,
        IsOrganizationTrail: true,
        IsMultiRegionTrail: true,
        EnableLogFileValidation: true,
      }),
    );
    await cloudTrail(lab).send(new StartLoggingCommand({ Name: trail.name }));
    const fixed = await lab.rows(['trail-org-wide', 'trail-account-covered'], { accounts: ['prod-web'] });
    expect(verdicts(fixed)).toEqual(['pass', 'pass']);
  });

  test('trail-all-management, whatever the selectors are called', async () => {
    await using lab = await startLab();
    const field = (Field: string, ...Equals: string[]) => ({ Field, Equals });
    const management = field('eventCategory', 'Management');
    const cases: [Omit<PutEventSelectorsRequest, 'TrailName'>, string][] = [
      // (e) data events alone
      [
        {
          AdvancedEventSelectors: [
            {
              Name: 'Management events selector',
              FieldSelectors: [field('eventCategory', 'Data'), field('resources.type', 'AWS::S3::Object')],
            },
          ],
        },
        'fail',
      ],
      [{ AdvancedEventSelectors: [{ Name: 'x', FieldSelectors: [management, field('readOnly', 'false')] }] }, 'fail'],
      // (d) the two halves
      [
        {
          AdvancedEventSelectors: [
            { Name: 'a', FieldSelectors: [management, field('readOnly', 'true')] },
            { Name: 'b', FieldSelectors: [management, field('readOnly', 'false')] },
          ],
        },
        'pass',
      ],
      [
        {
          AdvancedEventSelectors: [
            { Name: 'a', FieldSelectors: [management, { Field: 'eventSource', NotEquals: ['iam.amazonaws.com'] }] },
          ],
        },
        'fail',
      ],
      // (f)
      [
        {
          EventSelectors: [
            {
              ReadWriteType: 'All',
              IncludeManagementEvents: true,
              ExcludeManagementEventSources: ['kms.amazonaws.com'],
            },
          ],
        },
        'pass',
      ],
      [{ EventSelectors: [{ ReadWriteType: 'WriteOnly', IncludeManagementEvents: true }] }, 'fail'],
      // the fix
      [
        {
          EventSelectors: [{ ReadWriteType: 'All', IncludeManagementEvents: true, ExcludeManagementEventSources: [] }],
        },
        'pass',
      ],
    ];
    for (const [selectors, verdict] of cases) {
      await select(lab, selectors);
      expect(await lab.rows('trail-all-management', { accounts: ['dev'] }), JSON.stringify(selectors)).toMatchObject([
        { verdict },
      ]);
    }
  });

  test('trail-validation, trail-encrypted and trail-to-logs', async () => {
    await using lab = await startLab();
    const { trail } = lab.organization;
    const [shown] = (await lab.rows('trail-encrypted', { accounts: ['dev'] })).map(({ reason }) => reason);
    const key = /arn:aws:kms:\S+[^.\s]/.exec(shown ?? '')?.[0];
    const cases: [string, Omit<UpdateTrailRequest, 'Name'>, Omit<UpdateTrailRequest, 'Name'>][] = [
      ['trail-validation', { EnableLogFileValidation: false }, { EnableLogFileValidation: true }],
      ['trail-encrypted', { KmsKeyId: '' }, { KmsKeyId: key }],
      [
        'trail-to-logs',
        { CloudWatchLogsLogGroupArn: '' },
        {
          CloudWatchLogsLogGroupArn: `arn:aws:logs:${trail.region}:${trail.account}:log-group:${trail.logGroup}:*`,
          CloudWatchLogsRoleArn: `arn:aws:iam::${trail.account}:role/organization-trail`,
        },
      ],
    ];
    for (const [check, broken, fixed] of cases) {
      await update(lab, broken);
      expect(await lab.rows(check, { accounts: ['dev'] })).toMatchObject([{ check, verdict: 'fail' }]);
      await update(lab, fixed);
      expect(await lab.rows(check, { accounts: ['dev'] })).toMatchObject([{ check, verdict: 'pass' }]);
    }
  });

  test('trail-delivers: (a) on for days and refused', async () => {
    await using lab = await startLab();
    const { trail } = lab.organization;
    breakDelivery(lab.organization, {
      what: 'files',
      error: 'AccessDenied',
      since: new Date(lab.now().getTime() - 9 * dayMs),
    });
    const rows = await lab.rows(['trail-org-wide', 'trail-delivers'], { accounts: ['dev'] });
    expect(verdicts(rows)).toEqual(['fail', 'fail', 'pass']);
    expect(rows[0]).toMatchObject({
      check: 'trail-delivers',
      region: 'eu-west-1',
      proof: 'proven',
      reason: 'Nothing arrives: AccessDenied, last delivery 9 days ago.',
    });
    const s3 = lab.client(S3Client, { account: trail.account });
    const { Policy } = await s3.send(new GetBucketPolicyCommand({ Bucket: trail.bucket }));
    await s3.send(new PutBucketPolicyCommand({ Bucket: trail.bucket, Policy }));
    expect(verdicts(await lab.rows('trail-delivers', { accounts: ['dev'] }))).toEqual(['pass', 'pass']);
  });

  test('trail-insights, where they are wanted', async () => {
    await using lab = await startLab();
    const rows = () => lab.rows('trail-insights', { accounts: ['dev'] }, { trailInsights: true });
    expect(verdicts(await lab.rows('trail-insights', { accounts: ['dev'] }))).toEqual(['not applicable']);
    expect(verdicts(await rows())).toEqual(['fail']);
    await cloudTrail(lab).send(
      new PutInsightSelectorsCommand({
        TrailName: lab.organization.trail.arn,
        InsightSelectors: [{ InsightType: 'ApiCallRateInsight' }, { InsightType: 'ApiErrorRateInsight' }],
      }),
    );
    expect(verdicts(await rows())).toEqual(['pass']);
  });

  test('trail-no-shadow-stop: an acknowledged alert', async () => {
    let acknowledged: string[] = [];
    await using lab = await startLab({}, {}, async ({ input }) => {
      const eventIds = JSON.stringify(input['eventIds']);
      return {
        is: 'value',
        value: { acknowledged: acknowledged.filter((id) => eventIds.includes(id)) },
        at: new Date(),
      };
    });
    breaks.find(({ check }) => check === 'trail-no-shadow-stop')?.break(lab.organization);
    const [row] = await lab.rows('trail-no-shadow-stop', { accounts: ['dev'] });
    expect(row).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('night-owl called StopLogging') });
    const { managementAccount, trail } = lab.organization;
    acknowledged = lab.organization
      .events(managementAccount, trail.region)
      .filter(({ eventName }) => eventName === 'StopLogging')
      .map(({ eventID }) => eventID);
    expect(verdicts(await lab.rows('trail-no-shadow-stop', { accounts: ['dev'] }))).toEqual(['pass']);
    // One who was refused stopped nothing.
    acknowledged = [];
    for (const record of lab.organization.events(managementAccount, trail.region))
      if (record.eventName === 'StopLogging') Object.assign(record, { errorCode: 'AccessDenied' });
    expect(verdicts(await lab.rows('trail-no-shadow-stop', { accounts: ['dev'] }))).toEqual(['pass']);
  });
});

test('(c) two trails that do not add up are both named', async () => {
  await using lab = await startLab();
  const { trail } = lab.organization;
  await cloudTrail(lab).send(new StopLoggingCommand({ Name: trail.arn }));
  const irish = lab.client(CloudTrailClient, { account: lab.organization.managementAccount, region: 'us-east-1' });
  await irish.send(
    new CreateTrailCommand({ Name: 'one-region', S3BucketName: trail.bucket, IsOrganizationTrail: true }),
  );
  await irish.send(new StartLoggingCommand({ Name: 'one-region' }));
  const [row] = await lab.rows('trail-org-wide', { accounts: ['dev'] });
  expect(row?.verdict).toBe('fail');
  expect(row?.reason).toContain('organization is stopped');
  expect(row?.reason).toContain('one-region records us-east-1 alone');
});

test('what a trail is set to that is stopped does not speak for the one that records', async () => {
  await using lab = await startLab();
  const { trail } = lab.organization;
  await select(lab, { EventSelectors: [{ ReadWriteType: 'WriteOnly', IncludeManagementEvents: true }] });
  await update(lab, { KmsKeyId: '' });
  // Of all regions with all events, and never started.
  await cloudTrail(lab).send(
    new CreateTrailCommand({
      Name: 'spare',
      S3BucketName: trail.bucket,
      IsOrganizationTrail: true,
      IsMultiRegionTrail: true,
      KmsKeyId: `arn:aws:kms:eu-west-1:${trail.account}:key/spare`,
    }),
  );
  expect(await lab.rows(['trail-all-management', 'trail-encrypted'], { accounts: ['dev'] })).toMatchObject([
    { check: 'trail-all-management', verdict: 'fail', resource: trail.arn },
    { check: 'trail-encrypted', verdict: 'fail', resource: trail.arn },
  ]);
});

test('trail-delivers: on, silent and without an error; digests tell a quiet region from a dead one', async () => {
  await using lab = await startLab();
  const since = new Date(lab.now().getTime() - 9 * dayMs);
  const only = { accounts: ['dev'], regions: ['eu-west-1'] };
  breakDelivery(lab.organization, { what: 'files', error: '', since });
  expect(await lab.rows('trail-delivers', only)).toMatchObject([
    { verdict: 'pass', proof: 'proven', reason: expect.stringContaining('quiet') },
  ]);
  breakDelivery(lab.organization, { what: 'digests', error: '', since });
  expect(await lab.rows('trail-delivers', only)).toMatchObject([
    { verdict: 'fail', proof: 'proven', reason: expect.stringContaining('no error says why') },
  ]);
  await update(lab, { EnableLogFileValidation: false });
  expect(await lab.rows('trail-delivers', only)).toMatchObject([{ verdict: 'pass', proof: 'stale' }]);
});

test('(g) trails are seen nowhere, but the account’s digest is fresh', async () => {
  await using lab = await startLab();
  lab.faults.inject({ operation: 'cloudtrail:DescribeTrails', effect: denied });
  const rows = await lab.rows(
    ['trail-org-wide', 'trail-account-covered'],
    { accounts: ['dev'] },
    { logArchive: lab.organization.trail.account },
  );
  expect(rows).toMatchObject([
    { check: 'trail-org-wide', verdict: 'unknown', unknown: 'denied' },
    { check: 'trail-account-covered', verdict: 'pass', proof: 'proven' },
  ]);
  // Nobody configured which account that is: its name leads there, and what is in it proves it.
  const led = await lab.rows('trail-account-covered', { accounts: ['dev', 'log-archive'] });
  expect(led.map(({ verdict, proof }) => `${verdict} ${proof}`)).toEqual(['pass proven', 'pass proven']);
});

test('(i) a new account is pending, an old one of which nothing arrives fails alone', async () => {
  await using lab = await startLab();
  const [web, dev] = ['prod-web', 'dev'].map((name) => lab.organization.accounts.find((one) => one.name === name));
  if (web === undefined || dev === undefined) throw new Error('The accounts are gone.');
  silence(lab.organization, web.id, new Date(lab.now().getTime() - 3 * dayMs));
  silence(lab.organization, dev.id, new Date(0));
  dev.joined = new Date(lab.now().getTime() - 20 * 60_000);
  const rows = await lab.rows('trail-account-covered', { accounts: ['prod-web', 'dev', 'prod-data'] });
  expect(Object.fromEntries(rows.map(({ account, verdict, unknown }) => [account, unknown ?? verdict]))).toEqual({
    [web.id]: 'fail',
    [dev.id]: 'pending',
    '111122335555': 'pass',
  });
});

describe('what Trailwatch calls is read back', () => {
  const row = async (lab: Lab) => (await lab.rows('trail-reads-back', { accounts: ['prod-web'] }))[0];
  const web = (lab: Lab) => lab.organization.accounts.find(({ name }) => name === 'prod-web')?.id ?? '';

  test('it came up minutes later, and where the log group is not read it is not known', async () => {
    await using lab = await startLab();
    expect(await row(lab)).toMatchObject({
      verdict: 'pass',
      proof: 'proven',
      reason: expect.stringMatching(/^Trailwatch called DescribeTrails at .* 4 min later\.$/),
    });
    for (const operation of ['logs:FilterLogEvents', 'cloudtrail:LookupEvents', 'sts:GetCallerIdentity']) {
      const withdraw = lab.faults.inject({ operation, effect: denied });
      expect(await row(lab), operation).toMatchObject({ verdict: 'unknown', unknown: 'denied' });
      withdraw();
    }
  });

  test('late, lost while others come, lost with all others, and none to look for', async () => {
    await using lab = await startLab();
    delay(lab.organization, web(lab), 'late');
    expect(await row(lab)).toMatchObject({
      verdict: 'fail',
      severity: 'medium',
      reason: expect.stringContaining('120 min later'),
    });
    delay(lab.organization, web(lab), 'lost');
    expect(await row(lab)).toMatchObject({
      verdict: 'fail',
      proof: 'proven',
      cause: null,
      reason: expect.stringContaining('where newer events'),
    });
    breakDelivery(lab.organization, {
      what: 'logs',
      error: 'AccessDenied',
      since: new Date(lab.now().getTime() - 3 * dayMs),
    });
    expect(await row(lab)).toMatchObject({ verdict: 'fail', cause: 'trail-to-logs' });
    await update(lab, { CloudWatchLogsLogGroupArn: '' });
    expect(await row(lab)).toMatchObject({ verdict: 'unknown', unknown: 'not readable' });
    const dev = lab.organization.accounts.find(({ name }) => name === 'dev');
    if (dev !== undefined) dev.joined = new Date(lab.now().getTime() - 60_000);
    await update(lab, {
      CloudWatchLogsLogGroupArn: `arn:aws:logs:${lab.organization.trail.region}:${lab.organization.trail.account}:log-group:${lab.organization.trail.logGroup}:*`,
    });
    const [fresh] = await lab.rows('trail-reads-back', { accounts: ['dev'] });
    expect(fresh).toMatchObject({ verdict: 'unknown', unknown: 'pending' });
  });
});

describe('the chain of digests', () => {
  const rows = (lab: Lab) => lab.rows('trail-chain', { accounts: ['prod-web', 'dev'] }, { readDigests: true });
  const web = (lab: Lab) => lab.organization.accounts.find(({ name }) => name === 'prod-web')?.id ?? '';
  const keys = (lab: Lab) => newestDigests(lab.organization, web(lab), lab.now());
  const s3 = (lab: Lab) => lab.client(S3Client, { account: lab.organization.trail.account });
  const read = async (lab: Lab, Key: string) => {
    const { Body, Metadata } = await s3(lab).send(new GetObjectCommand({ Bucket: lab.organization.trail.bucket, Key }));
    return { text: gunzipSync((await Body?.transformToByteArray()) ?? new Uint8Array()).toString(), Metadata };
  };
  const write = (lab: Lab, Key: string, text: string, Metadata: Record<string, string> = {}) =>
    s3(lab).send(new PutObjectCommand({ Bucket: lab.organization.trail.bucket, Key, Body: gzipSync(text), Metadata }));
  /** The verdict on prod-web; the other account is as it was. */
  const web1 = async (lab: Lab) => {
    const found = await rows(lab);
    expect(found.find(({ account }) => account !== web(lab))).toMatchObject({ verdict: 'pass', proof: 'proven' });
    return found.find(({ account }) => account === web(lab));
  };

  test('whole it is proven; what is not to be read, or may not be, is not', async () => {
    await using lab = await startLab();
    expect(verdicts(await lab.rows('trail-chain', { accounts: ['dev'] }))).toEqual(['not applicable']);
    expect(await web1(lab)).toMatchObject({ verdict: 'pass', proof: 'proven' });
    for (const operation of ['s3:GetObject', 's3:ListObjectsV2', 'cloudtrail:ListPublicKeys']) {
      const withdraw = lab.faults.inject({ operation, effect: denied });
      expect(new Set((await rows(lab)).map(({ unknown }) => unknown)), operation).toEqual(new Set(['denied']));
      withdraw();
    }
  });

  test.each([
    ['another signature', 'The signature of the digest', (text: string) => text, 'ab'.repeat(256)],
    ['another text', 'The signature of the digest', (text: string) => `${text} `, null],
    ['another key', 'none of CloudTrail’s', (text: string) => text.replace(/(Fingerprint":")\w/, '$1z'), null],
    [
      'another algorithm',
      'which CloudTrail does not use',
      (text: string) => text.replace('SHA256withRSA', 'MD5withRSA'),
      null,
    ],
    [
      'another place',
      'was written for another place',
      (text: string) => text.replace('/CloudTrail-Digest/', '/Other/'),
      null,
    ],
    ['no digest', 'is no digest', () => 'hello', null],
  ])('%s is found', async (_, sentence, change, signature) => {
    await using lab = await startLab();
    for (const key of keys(lab).slice(-2)) {
      const { text, Metadata = {} } = await read(lab, key);
      await write(lab, key, change(text), signature === null ? Metadata : { ...Metadata, signature });
      expect(await web1(lab)).toMatchObject({
        verdict: 'fail',
        severity: 'critical',
        proof: 'proven',
        reason: expect.stringContaining(sentence),
      });
      await write(lab, key, text, Metadata);
      expect(await web1(lab)).toMatchObject({ verdict: 'pass' });
    }
  });

  test('a gap, digests that stay away, and one that is alone', async () => {
    await using lab = await startLab();
    removeTrailFile(lab.organization, keys(lab).at(-5) ?? '');
    expect(await web1(lab)).toMatchObject({
      verdict: 'fail',
      reason: expect.stringMatching(/^Between .* a digest is missing/),
    });
    const since = new Date(lab.now().getTime() - 5 * 3_600_000);
    silence(lab.organization, web(lab), since);
    expect(await web1(lab)).toMatchObject({ verdict: 'fail', cause: 'trail-account-covered' });
    const dev = lab.organization.accounts.find(({ name }) => name === 'dev');
    if (dev === undefined) throw new Error('dev is gone.');
    dev.joined = new Date(Math.floor(lab.now().getTime() / 3_600_000) * 3_600_000 - 30 * 60_000);
    const [young] = await lab.rows('trail-chain', { accounts: ['dev'] }, { readDigests: true });
    expect(young).toMatchObject({ verdict: 'unknown', unknown: 'pending' });
  });

  /** Lets something happen within the last hour of which there is a digest; the log file that has it. */
  async function logOf(lab: Lab): Promise<string> {
    const { region } = lab.organization.trail;
    const end = Math.floor(lab.now().getTime() / 3_600_000) * 3_600_000;
    happened(
      lab.organization,
      { account: web(lab), region },
      {
        eventID: 'b1f7a0de-0000-4000-8000-000000000001',
        eventTime: new Date(end - 20 * 60_000).toISOString().replace(/\.\d+/, ''),
        eventName: 'StopLogging',
        eventSource: 'cloudtrail.amazonaws.com',
      },
    );
    const { text } = await read(lab, keys(lab).at(-1) ?? '');
    return JSON.parse(text).logFiles[0].s3Object;
  }

  test('a log file that was changed', async () => {
    await using lab = await startLab();
    const key = await logOf(lab);
    expect(await web1(lab)).toMatchObject({ verdict: 'pass', reason: expect.stringContaining('1 of 1 log files') });
    const { text } = await read(lab, key);
    await write(lab, key, text.replace('StopLogging', 'ListTrails'));
    expect(await web1(lab)).toMatchObject({
      verdict: 'fail',
      reason: expect.stringMatching(/^The log file .* was changed/),
    });
    await write(lab, key, text);
    expect(await web1(lab)).toMatchObject({ verdict: 'pass' });
  });

  test('a log file that was taken away', async () => {
    await using lab = await startLab();
    const key = await logOf(lab);
    removeTrailFile(lab.organization, key);
    expect(await web1(lab)).toMatchObject({
      verdict: 'fail',
      reason: expect.stringMatching(/^The log file .* is there no more/),
    });
  });
});

test('members are not asked where the archive answers', async () => {
  await using lab = await startLab();
  await lab.rows('2', { accounts: ['prod-*'] });
  const asked = lab
    .calls()
    .filter(
      ({ account, operation }) => operation.startsWith('cloudtrail:') && account !== lab.organization.managementAccount,
    )
    // But for the call of ours that is read back.
    .filter(({ operation }) => operation !== 'cloudtrail:LookupEvents');
  expect(asked).toEqual([]);
});

test.each(breaks)('“$title” is found by $check', async ({ check, break: doIt }) => {
  await using lab = await startLab();
  doIt(lab.organization);
  const rows = await lab.rows(check, { accounts: ['prod-web'] }, { readDigests: true });
  expect(
    rows.some(({ verdict, unknown }) => verdict === 'fail' || unknown !== null),
    JSON.stringify(rows),
  ).toBe(true);
});
