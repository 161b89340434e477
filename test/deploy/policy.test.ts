import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { actionOf } from '../../sandbox/aws/actions.ts';
import { judge, type Statement } from '../../sandbox/aws/policy.ts';
import { deployRole } from '../../sandbox/aws/template.ts';
import { packages } from '../../src/aws/clients.ts';
import * as ownEc2 from '../../src/aws/ec2.ts';
import * as ownVoice from '../../src/aws/sms-voice.ts';

const root = join(import.meta.dirname, '..', '..');

/** SDK packages whose signing name is not in their own. */
const signingNames: Readonly<Record<string, string>> = {
  accessanalyzer: 'access-analyzer',
  'cloudwatch-logs': 'logs',
  'config-service': 'config',
  eventbridge: 'events',
  './ec2.ts': 'ec2',
  '../aws/sms-voice.ts': 'sms-voice',
};

/** Operations that are commands of our own. */
const ownCommands: Readonly<Record<string, object>> = { './ec2.ts': ownEc2, '../aws/sms-voice.ts': ownVoice };

interface Sent {
  operation: string;
  /** Where in the text. */
  at: number;
}

/** The operations that a text sends: `new LookupEventsCommand(` and `paginateListUsers(`. */
const operationsIn = (text: string): Sent[] =>
  [...text.matchAll(/\bnew (?:\w+\.)?([A-Z]\w*)Command\(|\bpaginate([A-Z]\w*)\(/g)].map((match) => ({
    operation: match[1] ?? match[2] ?? '',
    at: match.index,
  }));

/** The package that has the operation: of several that a file names, the one named last before the call. */
async function packageOf(text: string, { operation, at }: Sent): Promise<string | undefined> {
  const named = [
    ...text.matchAll(/@aws-sdk\/client-[a-z0-9-]+/g),
    ...text.matchAll(/\.\/ec2\.ts|\.\.\/aws\/sms-voice\.ts/g),
  ];
  const nearest = [...named.filter(({ index }) => index < at).toReversed(), ...named.filter(({ index }) => index > at)];
  for (const [name] of nearest) {
    const exported: object = ownCommands[name] ?? (await import(name));
    if (`${operation}Command` in exported) return name;
  }
  return undefined;
}

/** A service as the bot names its clients, as it signs. */
const signedAs: Readonly<Record<string, string>> = {
  accessAnalyzer: 'access-analyzer',
  cloudWatch: 'monitoring',
  cloudWatchLogs: 'logs',
  s3Control: 's3-control',
  eventBridge: 'events',
};

/** The calls of the framework, which are data: every export of src/framework/calls/. */
async function callsOfFramework(): Promise<{ service: string; operation: string; file: string }[]> {
  const files = globSync('src/framework/calls/*.ts', { cwd: root });
  const found = await Promise.all(
    files.map(async (file) => {
      const exported: Record<string, unknown> = await import(join(root, file));
      return Object.values(exported).flatMap((value) => {
        const call = FrameworkCall.safeParse(value);
        if (!call.success || call.data.service === 'store') return [];
        const { service, operation, job } = call.data;
        return [operation, ...(job === undefined ? [] : [job.start])].map((name) => ({
          service,
          operation: name,
          file,
        }));
      });
    }),
  );
  return found.flat();
}

const FrameworkCall = z.object({
  service: z.string(),
  operation: z.string(),
  output: z.unknown(),
  job: z.object({ start: z.string() }).optional(),
});

/** The IAM actions of all calls that src/ makes, each with the files that make it. */
async function actionsOfSource(): Promise<Map<string, string[]>> {
  const actions = new Map<string, string[]>();
  const add = (action: string | null, file: string): void => {
    if (action !== null) actions.set(action, [...(actions.get(action) ?? []), file]);
  };
  for (const file of globSync('src/**/*.ts', { cwd: root })) {
    const text = readFileSync(join(root, file), 'utf8');
    for (const sent of operationsIn(text)) {
      const name = await packageOf(text, sent);
      if (name === undefined)
        throw new Error(`${file} sends ${sent.operation}: import its SDK package in the same file.`);
      const short = name.replace('@aws-sdk/client-', '');
      add(actionOf(signingNames[short] ?? short, sent.operation), file);
    }
    // What the arguments of a call ask for beside its own action.
    if (/\bSourceIdentity:/.test(text)) add('sts:SetSourceIdentity', file);
    if (/\bObjectLockMode:/.test(text)) add('s3:PutObjectRetention', file);
    if (/\bObjectLockLegalHoldStatus:/.test(text)) add('s3:PutObjectLegalHold', file);
    if (/\bGetObjectCommand\([^)]*VersionId/.test(text)) add('s3:GetObjectVersion', file);
    // A library that sends commands of its own.
    if (text.includes("import('sqs-consumer')"))
      for (const part of globSync('node_modules/sqs-consumer/dist/esm/**/*.js', { cwd: root }))
        for (const { operation } of operationsIn(readFileSync(join(root, part), 'utf8')))
          add(actionOf('sqs', operation), file);
  }
  for (const { service, operation, file } of await callsOfFramework())
    add(actionOf(signedAs[service] ?? service.toLowerCase(), operation), file);
  return actions;
}

const account = '111122223333';
const allowed = (statements: readonly Statement[]): string[] =>
  statements.flatMap(({ Effect, Action }) => (Effect === 'Allow' ? Action : [])).toSorted();
const bot = (parameters: Record<string, string> = {}) =>
  deployRole('bot-role.yaml', {
    account,
    parameters: { RunsAs: `arn:aws:iam::${account}:role/instance`, ...parameters },
  });
const trusted = `arn:aws:iam::${account}:role/trailwatch`;
const member = (parameters: Record<string, string> = {}) =>
  deployRole('member-role.yaml', {
    account: '111122224444',
    parameters: { TrustedPrincipal: trusted, ExternalId: 'a-secret-of-our-own', ...parameters },
  });
const everything = {
  AllowInvestigations: 'true',
  AllowEvidence: 'true',
  AllowCanaries: 'true',
  AllowPaidChecks: 'true',
  ArchiveBucket: 'archive',
  TrailBucket: 'trail',
  LogBuckets: '*-logs',
  SigningKey: 'arn:aws:kms:eu-west-1:111122223333:key/1234',
};

test('the policies allow exactly the calls that src/ makes', async () => {
  const called = await actionsOfSource();
  const queuesAndTopics = {
    TopicArns: `arn:aws:sns:eu-west-1:${account}:alerts`,
    QueueArns: `arn:aws:sqs:eu-west-1:${account}:alerts`,
    CallTopicArns: `arn:aws:sns:eu-west-1:${account}:on-call`,
    AllowVoiceCalls: 'true',
  };
  const roles = [allowed(bot(queuesAndTopics).permissions), allowed(member(everything).permissions)];
  const given = roles.flat();
  const missing = [...called].filter(([action]) => !given.includes(action));
  expect(Object.fromEntries(missing), 'called by src/, but in no policy of deploy/: add them').toEqual({});
  const idle = given.filter((action) => !called.has(action));
  expect(idle, 'in a policy of deploy/, but called nowhere in src/: remove them').toEqual([]);
  for (const role of roles) expect(new Set(role).size, 'an action in two statements').toBe(role.length);
});

/** Athena does with the rights of whoever asks it. Source: Athena user guide, "Fine-grained access to databases and tables". */
test('where tables are, Athena may do what a query takes, and only there', () => {
  const tables = { AthenaBuckets: '*-logs', AthenaResults: 'results' };
  const before = allowed(member().permissions);
  const { permissions } = member(tables);
  expect([...new Set(allowed(permissions).filter((action) => !before.includes(action)))]).toEqual([
    'glue:GetDatabase',
    'glue:GetPartitions',
    'glue:GetTable',
    's3:AbortMultipartUpload',
    's3:GetObject',
    's3:ListBucket',
    's3:PutObject',
  ]);
  const may = (action: string, resource: string) => judge(permissions, { action, resource });
  expect(may('s3:GetObject', 'arn:aws:s3:::flow-logs/AWSLogs/x')).toBe('allowed');
  expect(may('s3:PutObject', 'arn:aws:s3:::flow-logs/AWSLogs/x')).toBe('not allowed');
  expect(may('s3:PutObject', 'arn:aws:s3:::results/x')).toBe('allowed');
  expect(may('s3:GetObject', 'arn:aws:s3:::payments/x')).toBe('not allowed');
});

/** S3 decrypts in the reader's name. Source: S3 user guide, "Using server-side encryption with AWS KMS keys". */
test('the trail’s files are read where it is allowed, and nothing else is', () => {
  const allow = { TrailBucket: 'trail', ReadTrailFiles: 'true' };
  const { permissions } = member(allow);
  const before = allowed(member({ TrailBucket: 'trail' }).permissions);
  expect(allowed(permissions).filter((action) => !before.includes(action))).toEqual(['kms:Decrypt', 's3:GetObject']);
  const may = (action: string, resource: string) => judge(permissions, { action, resource });
  expect(may('s3:GetObject', 'arn:aws:s3:::trail/AWSLogs/x')).toBe('allowed');
  expect(may('s3:GetObject', 'arn:aws:s3:::payments/x')).toBe('not allowed');
  expect(may('kms:Decrypt', 'arn:aws:kms:eu-west-1:111122224444:key/1')).toBe('not allowed');
  expect(allowed(member({ ReadTrailFiles: 'true' }).permissions)).not.toContain('s3:GetObject');
});

describe('the member role', () => {
  const writes = /:(Sign|Start|Update|Create|Put|Delete|Batch(?!Get)|Import|Archive)/;
  /** Writing by name only: a query reads, and a credential report is written for nobody but its reader. */
  const readsInSpiteOfItsName = /^(logs|athena|cloudtrail):StartQuery(Execution)?$/;

  test('can read and nothing else unless asked', () => {
    const always = allowed(member().permissions);
    expect(always.filter((action) => writes.test(action) && !readsInSpiteOfItsName.test(action))).toEqual([]);
    expect(always.filter((action) => action.includes('*'))).toEqual([]);
    const optional = allowed(member(everything).permissions).filter((action) => !always.includes(action));
    // A check that costs, names of files in the trail's bucket, and heads of the audit log in the archive, are read there alone.
    const there = [
      'access-analyzer:CheckNoPublicAccess',
      's3:ListBucket',
      's3:ListBucketVersions',
      's3:GetObject',
      's3:GetObjectVersion',
      'kms:GetPublicKey',
    ];
    for (const action of optional.filter((one) => !there.includes(one))) expect(action).toMatch(writes);
  });

  test('can be taken by the bot alone, with the external id, for an hour', () => {
    const { trust, maxSessionSeconds, name } = member();
    const act = (principal: string, externalId?: string) =>
      judge(trust, {
        action: 'sts:AssumeRole',
        resource: '*',
        principal,
        context: { 'sts:ExternalId': externalId },
      });
    expect(act(trusted, 'a-secret-of-our-own')).toBe('allowed');
    expect(act(trusted, 'another')).toBe('not allowed');
    expect(act(trusted)).toBe('not allowed');
    expect(act(`arn:aws:iam::${account}:role/somebody`, 'a-secret-of-our-own')).toBe('not allowed');
    expect([maxSessionSeconds, name]).toEqual([3600, 'trailwatch-read']);
  });
});

test("the bot's own role takes the member role anywhere, and no other role", () => {
  const take = (arn: string) => judge(bot().permissions, { action: 'sts:AssumeRole', resource: arn });
  expect(take('arn:aws:iam::999988887777:role/trailwatch-read')).toBe('allowed');
  expect(take('arn:aws:iam::999988887777:role/OrganizationAccountAccessRole')).toBe('not allowed');
  expect(allowed(bot().permissions)).toEqual(['sts:AssumeRole', 'sts:SetSourceIdentity']);
});

test('every call of the framework is one that its SDK package has', async () => {
  const missing: string[] = [];
  for (const { service, operation } of await callsOfFramework()) {
    const commands = Object.entries(packages).find(([name]) => name === service)?.[1];
    if (commands === undefined || !(`${operation}Command` in (await commands())))
      missing.push(`${service}:${operation}`);
  }
  expect(missing).toEqual([]);
});
