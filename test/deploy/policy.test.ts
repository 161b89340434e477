import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { actionOf } from '../../sandbox/aws/actions.ts';
import { judge, type Statement } from '../../sandbox/aws/policy.ts';
import { deployRole } from '../../sandbox/aws/template.ts';
import * as ownEc2 from '../../src/aws/ec2.ts';

const root = join(import.meta.dirname, '..', '..');

/** SDK packages whose signing name is not in their own. */
const signingNames: Readonly<Record<string, string>> = {
  accessanalyzer: 'access-analyzer',
  'cloudwatch-logs': 'logs',
  'config-service': 'config',
  eventbridge: 'events',
  './ec2.ts': 'ec2',
};

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
  // One of EC2's operations is a command of our own.
  const named = [...text.matchAll(/@aws-sdk\/client-[a-z0-9-]+/g), ...text.matchAll(/\.\/ec2\.ts/g)];
  const nearest = [...named.filter(({ index }) => index < at).toReversed(), ...named.filter(({ index }) => index > at)];
  for (const [name] of nearest) {
    const exported: object = name === './ec2.ts' ? ownEc2 : await import(name);
    if (`${operation}Command` in exported) return name;
  }
  return undefined;
}

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
    // A library that sends commands of its own.
    if (text.includes("import('sqs-consumer')"))
      for (const part of globSync('node_modules/sqs-consumer/dist/esm/**/*.js', { cwd: root }))
        for (const { operation } of operationsIn(readFileSync(join(root, part), 'utf8')))
          add(actionOf('sqs', operation), file);
  }
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
const everything = { AllowInvestigations: 'true', AllowEvidence: 'true', ArchiveBucket: 'archive' };

test('the policies allow exactly the calls that src/ makes', async () => {
  const called = await actionsOfSource();
  const queuesAndTopics = {
    TopicArns: `arn:aws:sns:eu-west-1:${account}:alerts`,
    QueueArns: `arn:aws:sqs:eu-west-1:${account}:alerts`,
  };
  const given = [...allowed(bot(queuesAndTopics).permissions), ...allowed(member(everything).permissions)].toSorted();
  const missing = [...called].filter(([action]) => !given.includes(action));
  expect(Object.fromEntries(missing), 'called by src/, but in no policy of deploy/: add them').toEqual({});
  const idle = given.filter((action) => !called.has(action));
  expect(idle, 'in a policy of deploy/, but called nowhere in src/: remove them').toEqual([]);
  expect(new Set(given).size, 'an action in two statements').toBe(given.length);
});

describe('the member role', () => {
  const writes = /:(Start|Update|Create|Put|Delete|Batch(?!Get)|Import|Archive)/;
  /** Writing by name only: a query reads, and a credential report is written for nobody but its reader. */
  const readsInSpiteOfItsName = /^(logs|athena|cloudtrail):StartQuery(Execution)?$/;

  test('can read and nothing else unless asked', () => {
    const always = allowed(member().permissions);
    expect(always.filter((action) => writes.test(action) && !readsInSpiteOfItsName.test(action))).toEqual([]);
    expect(always.filter((action) => action.includes('*'))).toEqual([]);
    const optional = allowed(member(everything).permissions).filter((action) => !always.includes(action));
    for (const action of optional) expect(action).toMatch(writes);
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
