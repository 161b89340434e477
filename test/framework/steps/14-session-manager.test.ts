import {
  AssociateKmsKeyCommand,
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { AttachRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  CreateDocumentCommand,
  SSMClient,
  UpdateDocumentCommand,
  UpdateDocumentDefaultVersionCommand,
} from '@aws-sdk/client-ssm';
import { describe, expect, test } from 'vitest';
import { AwsError } from '../../../sandbox/aws/service.ts';
import { breaks } from '../../../sandbox/organization/breaks/14-session-manager.ts';
import {
  addSession,
  changePreferences,
  loseTranscript,
  preferences,
  preferencesName,
  removePreferences,
  sessionManager,
  sessionsGroup,
} from '../../../sandbox/organization/session-manager.ts';
import { hourMs, minuteMs } from '../../../sandbox/organization/stable.ts';
import type { Row } from '../../../src/framework/verdict.ts';
import { type Lab, startLab } from '../lab.ts';

const payments = '111122223333';
const data = '111122335555';
const shared = '111122777777';
const here = { accounts: ['prod-payments'], regions: ['eu-west-1'] };

const byCheck = (rows: readonly Row[]): Record<string, string> =>
  Object.fromEntries(rows.map(({ check, verdict }) => [check, verdict]));

const ssm = (lab: Lab) => lab.client(SSMClient, { account: payments });
const logs = (lab: Lab) => lab.client(CloudWatchLogsClient, { account: payments });

/** What the fix commands do: a new version, which becomes the default. */
async function update(lab: Lab, content: string): Promise<void> {
  const { DocumentDescription } = await ssm(lab).send(
    new UpdateDocumentCommand({ Name: preferencesName, DocumentVersion: '$LATEST', Content: content }),
  );
  await ssm(lab).send(
    new UpdateDocumentDefaultVersionCommand({
      Name: preferencesName,
      DocumentVersion: DocumentDescription?.DocumentVersion,
    }),
  );
}

test('sessions that are logged are proven by their logs; regions without nodes do not apply', async () => {
  await using lab = await startLab();
  const rows = await lab.rows('14', { accounts: ['prod-payments'] });
  const used = rows.filter(({ region }) => region === 'eu-west-1');
  expect(new Set(used.map(({ verdict }) => verdict))).toEqual(new Set(['pass']));
  expect(used.find(({ check }) => check === 'ssm-prefs')).toMatchObject({
    proof: 'proven',
    reason: expect.stringMatching(/^Each of the \d shell sessions of the last week is in/),
  });
  // (b)
  const unused = rows.filter(({ region }) => region === 'us-east-1');
  expect(new Set(unused.map(({ verdict }) => verdict))).toEqual(new Set(['not applicable']));
});

test('what is wrong from the start is found: (c) no streaming, (h) SSH', async () => {
  await using lab = await startLab();
  const web = await lab.rows(['ssm-prefs', 'ssm-streaming'], { ...here, accounts: ['prod-web'] });
  expect(byCheck(web)).toEqual({ 'ssm-prefs': 'pass', 'ssm-streaming': 'fail' });
  const [ssh, ...more] = await lab.rows('ssm-no-bypass', { ...here, accounts: ['shared-services'] });
  expect(more).toEqual([]);
  expect(ssh).toMatchObject({
    account: shared,
    verdict: 'fail',
    proof: 'proven',
    reason: expect.stringMatching(/AWS-StartSSHSession: no transcript is possible/),
  });
});

test('(a) no document: nothing is logged, and the rest follows from it; a document fixes it', async () => {
  await using lab = await startLab();
  removePreferences(lab.organization, payments);
  const rows = await lab.rows('14', here);
  expect(rows.find(({ check }) => check === 'ssm-prefs')).toMatchObject({ verdict: 'fail', cause: null });
  expect(
    rows.filter(({ verdict, check }) => verdict === 'fail' && check !== 'ssm-prefs').map(({ cause }) => cause),
  ).toEqual(['ssm-prefs', 'ssm-prefs', 'ssm-prefs', 'ssm-prefs', 'ssm-prefs']);
  await ssm(lab).send(
    new CreateDocumentCommand({ Name: preferencesName, DocumentType: 'Session', Content: preferences() }),
  );
  // Sessions from before are not held against it.
  expect(new Set((await lab.rows('14', here)).map(({ verdict }) => verdict))).toEqual(new Set(['pass']));
});

test('(e) a log group that does not exist, and its making', async () => {
  await using lab = await startLab();
  changePreferences(lab.organization, payments, { cloudWatchLogGroupName: '/sessions' });
  expect(await lab.rows('ssm-prefs', here)).toMatchObject([
    { verdict: 'fail', reason: expect.stringContaining('/sessions does not exist') },
  ]);
  await logs(lab).send(new CreateLogGroupCommand({ logGroupName: '/sessions-of-others' }));
  expect(byCheck(await lab.rows('ssm-prefs', here))).toEqual({ 'ssm-prefs': 'fail' });
  await logs(lab).send(
    new CreateLogGroupCommand({
      logGroupName: '/sessions',
      kmsKeyId: `arn:aws:kms:eu-west-1:${payments}:key/4f0e2f0c-6d1b-4b8e-9a55-2a7c3c1d9e10`,
    }),
  );
  expect(byCheck(await lab.rows('14', here))).toMatchObject({ 'ssm-prefs': 'pass', 'ssm-encrypted': 'pass' });
});

test('(f) denied is unknown, and so are preferences that cannot be read', async () => {
  await using lab = await startLab();
  changePreferences(lab.organization, data, {});
  sessionManager(lab.organization)
    .documents.find(({ account }) => account === data)
    ?.versions.splice(0, 9, {
      content: '"text"',
      created: new Date(0),
    });
  const document = sessionManager(lab.organization).documents.find(({ account }) => account === data);
  if (document !== undefined) document.defaultVersion = 1;
  const unread = await lab.rows(['ssm-prefs', 'ssm-kept'], { ...here, accounts: ['prod-data'] });
  expect(new Set(unread.map(({ verdict }) => verdict))).toEqual(new Set(['unknown']));
  lab.faults.inject({
    operation: 'ssm:GetDocument',
    effect: new AwsError('AccessDeniedException', 'You may not.', 403),
  });
  const rows = await lab.rows(['ssm-prefs', 'ssm-streaming', 'ssm-limits'], here);
  expect(new Set(rows.map(({ verdict, unknown }) => `${verdict} ${unknown}`))).toEqual(new Set(['unknown denied']));
});

test('nodes and sessions that may not be asked for are unknown, not “not applicable”', async () => {
  await using lab = await startLab();
  lab.faults.inject({
    operation: 'ssm:DescribeSessions',
    effect: new AwsError('AccessDeniedException', 'You may not.', 403),
  });
  const rows = await lab.rows('ssm-prefs', { accounts: ['prod-payments', 'dev'], regions: ['eu-west-1'] });
  expect(rows.map(({ verdict, proof }) => [verdict, proof])).toEqual(
    expect.arrayContaining([
      ['pass', 'configured'],
      ['unknown', null],
    ]),
  );
});

test('(g) three shell sessions and two logs: the third is named', async () => {
  await using lab = await startLab();
  const made = sessionManager(lab.organization);
  addSession(made, lab.organization, {
    node: made.nodes.find(({ account }) => account === data),
    person: 2,
    startedAgoMs: 3 * hourMs,
    lastedMs: minuteMs,
    document: preferencesName,
    reason: '',
    lines: ['sh-5.2$ exit'],
  });
  const lost = loseTranscript(lab.organization, data);
  expect(await lab.rows('ssm-prefs', { ...here, accounts: ['prod-data'] })).toMatchObject([
    { verdict: 'fail', proof: 'proven', resource: lost, reason: expect.stringContaining(lost) },
  ]);
  // One that never began has nothing to write down.
  lab.faults.inject({ operation: 'ssm:DescribeSessions', effect: { instead: { Terminated: 'Failed' } } });
  expect(await lab.rows('ssm-prefs', { ...here, accounts: ['prod-data'] })).toMatchObject([{ verdict: 'pass' }]);
});

test('(i) a bucket alone: it is logged, and kept where it is one of the log archive', async () => {
  await using lab = await startLab();
  changePreferences(lab.organization, payments, { cloudWatchLogGroupName: '', s3BucketName: 'session-archive' });
  const rows = await lab.rows('14', here);
  expect(byCheck(rows)).toMatchObject({ 'ssm-prefs': 'pass', 'ssm-streaming': 'pass', 'ssm-kept': 'fail' });
  expect(rows.find(({ check }) => check === 'ssm-streaming')?.reason).toContain('at their end');
  changePreferences(lab.organization, payments, {
    cloudWatchLogGroupName: '',
    s3BucketName: lab.organization.trail.bucket,
  });
  expect(await lab.rows('ssm-kept', here)).toMatchObject([{ verdict: 'pass' }]);
  lab.faults.inject({ operation: 's3:ListBuckets', effect: new AwsError('AccessDenied', 'You may not.', 403) });
  expect(await lab.rows('ssm-kept', here)).toMatchObject([{ verdict: 'unknown', unknown: 'not readable' }]);
});

test.each(['', '{{ logGroup }}'])('a document of one’s own that names no log (“%s”) is a way past it', async (name) => {
  await using lab = await startLab();
  await ssm(lab).send(
    new CreateDocumentCommand({
      Name: 'quiet-shell',
      DocumentType: 'Session',
      Content: preferences({ cloudWatchLogGroupName: name }),
    }),
  );
  expect(await lab.rows('ssm-no-bypass', here)).toMatchObject([
    { verdict: 'fail', severity: 'medium', resource: 'quiet-shell' },
  ]);
});

describe('fixes', () => {
  test('flags as text count as flags', async () => {
    await using lab = await startLab();
    await update(
      lab,
      preferences({ cloudWatchStreamingEnabled: 'True', cloudWatchEncryptionEnabled: 'true', runAsEnabled: 'true' }),
    );
    expect(new Set((await lab.rows('14', here)).map(({ verdict }) => verdict))).toEqual(new Set(['pass']));
  });

  test.each([
    ['ssm-streaming', { cloudWatchStreamingEnabled: 'false' }],
    ['ssm-encrypted', { cloudWatchEncryptionEnabled: false }],
    ['ssm-encrypted', { kmsKeyId: '' }],
    ['ssm-limits', { idleSessionTimeout: '45' }],
    ['ssm-limits', { maxSessionDuration: '' }],
    ['ssm-limits', { runAsEnabled: false }],
  ])('%s with %j', async (check, inputs) => {
    await using lab = await startLab();
    changePreferences(lab.organization, payments, inputs);
    expect(byCheck(await lab.rows(check, here))).toEqual({ [check]: 'fail' });
    await update(lab, preferences({ description: 'fixed' }));
    expect(byCheck(await lab.rows(check, here))).toEqual({ [check]: 'pass' });
  });

  test('(d) encryption is asked for and the log group has no key; retention', async () => {
    await using lab = await startLab();
    for (const id of ['session-log-plain', 'session-log-short'])
      breaks.find((one) => one.id === id)?.break(lab.organization);
    expect(byCheck(await lab.rows(['ssm-encrypted', 'ssm-kept'], here))).toEqual({
      'ssm-encrypted': 'fail',
      'ssm-kept': 'fail',
    });
    await logs(lab).send(
      new AssociateKmsKeyCommand({
        logGroupName: sessionsGroup,
        kmsKeyId: `arn:aws:kms:eu-west-1:${payments}:key/4f0e2f0c-6d1b-4b8e-9a55-2a7c3c1d9e10`,
      }),
    );
    await logs(lab).send(new PutRetentionPolicyCommand({ logGroupName: sessionsGroup, retentionInDays: 365 }));
    expect(byCheck(await lab.rows(['ssm-encrypted', 'ssm-kept'], here))).toEqual({
      'ssm-encrypted': 'pass',
      'ssm-kept': 'pass',
    });
  });
});

test.each(breaks)('“$title” is found by $check', async ({ check, break: doIt }) => {
  await using lab = await startLab();
  doIt(lab.organization);
  const rows = await lab.rows(check, { accounts: ['prod-payments', 'prod-data'], regions: ['eu-west-1'] });
  expect(
    rows.some(({ verdict }) => verdict === 'fail'),
    JSON.stringify(rows),
  ).toBe(true);
});

test('ssm-node-rights: a role that may not write is found, and the fix lets it', async () => {
  await using lab = await startLab();
  const there = { ...here, accounts: ['prod-data'] };
  const RoleName = 'app-instance';
  expect(await lab.rows('ssm-node-rights', there)).toMatchObject([
    {
      verdict: 'fail',
      proof: 'proven',
      resource: `arn:aws:iam::${data}:role/${RoleName}`,
      reason: expect.stringMatching(/may not logs:CreateLogStream, logs:PutLogEvents, logs:DescribeLogGroups/),
    },
  ]);
  const PolicyArn = 'arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy';
  await lab.client(IAMClient, { account: data }).send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  expect(await lab.rows('ssm-node-rights', there)).toMatchObject([{ verdict: 'pass', proof: 'proven' }]);

  // A bucket wants other rights; a profile that names no role, and a simulator that may not be asked, are not known.
  changePreferences(lab.organization, payments, { cloudWatchLogGroupName: '', s3BucketName: 'sessions' });
  expect(await lab.rows('ssm-node-rights', here)).toMatchObject([
    {
      verdict: 'fail',
      reason: expect.stringMatching(/may not s3:PutObject, so sessions leave no log in the bucket sessions/),
    },
  ]);
  for (const node of sessionManager(lab.organization).nodes) if (node.account === payments) node.role = 'nobody';
  expect(await lab.rows('ssm-node-rights', here)).toMatchObject([{ verdict: 'unknown', unknown: 'not readable' }]);
  const effect = new AwsError('AccessDenied', 'You may not.', 403);
  lab.faults.inject({ operation: 'iam:SimulatePrincipalPolicy', effect });
  expect(await lab.rows('ssm-node-rights', there)).toMatchObject([{ verdict: 'unknown', unknown: 'denied' }]);
});
