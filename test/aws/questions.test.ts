import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { lookupGrammar, readLookup } from '../../src/questions/lookup-query.ts';
import { search } from '../../src/questions/search.ts';
import type { Search } from '../../src/questions/search-history.ts';
import { findWho, readWho, whoGrammar } from '../../src/questions/who.ts';
import { behind } from '../../src/slack/views/who.ts';
import { readTyped } from '../../src/words/typed.ts';
import { recordedAws } from './recorded.ts';

const asker = { name: 'cli' };
const config = (() => {
  const loaded = loadConfig(new URL('../../sandbox/config.yaml', import.meta.url).pathname, {});
  if ('problems' in loaded) throw new Error('The sandbox has no configuration.');
  return loaded.config;
})();
let world: Awaited<ReturnType<typeof recordedAws>>;
beforeAll(async () => {
  world = await recordedAws();
});
afterAll(() => world.close());

async function who(line: string) {
  const question = readWho(readTyped(line, whoGrammar), { now: world.now(), zone: 'utc' });
  if ('wrong' in question) throw new Error(question.wrong.sentence);
  const found = await findWho({ ...world, config }, question, asker, new AbortController().signal);
  return {
    ...found,
    steps: found.links,
    behind: behind({ steps: found.links, problem: found.problem, origins: found.origins }),
  };
}

/** What a question finds in the end. */
async function lookup(line: string) {
  const reading = readLookup(readTyped(line, lookupGrammar), {
    now: world.now(),
    zone: 'utc',
    partition: 'aws',
    history: false,
    networks: new Map(),
  });
  if ('wrong' in reading) throw new Error(reading.wrong.sentence);
  let last: Search | undefined;
  const rows = [];
  for await (const found of search({ ...world, config }, reading.question, asker, new AbortController().signal)) {
    last = found;
    rows.push(...found.rows);
  }
  if (last === undefined) throw new Error('Nothing was searched.');
  return { ...last, events: rows.map(({ event }) => event).toSorted(), rows };
}

describe('who ends at the workload or the person that the records name', () => {
  test.each([
    ['invoice-role/invoice-export', 'function invoice-export (Lambda)'],
    ['web-task-role/6f1e2d3c4b5a69788796a5b4c3d2e1f0', 'task 6f1e2d3c4b5a69788796a5b4c3d2e1f0 (ECS)'],
    ['pod-role/eks-shop-checkout-7d9f-0b1c2d3e', 'pod checkout-7d9f, namespace shop, service account checkout (EKS)'],
    ['ASIAINSCOPESESSION01', 'i-0c1a23fc456b7ab89'],
    ['ASIAINSCOPELAMBDA001', 'function thumbnails (Lambda)'],
    ['arn:aws:sts::111122223333:federated-user/helpdesk', 'carol'],
    ['ASIAFEDUSERSESSION01', 'carol'],
    ['AccountFullAccessRole/erin@example.com', 'erin@example.com'],
    ['SupportAWS/adminprod', 'adminprod'],
    ['cfn-exec/AWSCloudFormation', 'ivan'],
    ['gha-deploy/GitHubActions', 'repo:acme/shop:ref:refs/heads/main'],
    ['okta-admin/botocore-session-1690000000', 'dora@example.com'],
    ['AKIABACKDOORBACKDOOR', 'backdoor'],
    // From another account of the organization, and by a role in another case.
    ['ASIAROOTTAKENABROAD01', 'paula'],
    ['Web-Task-Role/6f1e2d3c4b5a69788796a5b4c3d2e1f0', 'task 6f1e2d3c4b5a69788796a5b4c3d2e1f0 (ECS)'],
  ])('%s: %s', async (line, expected) => expect(await who(line)).toMatchObject({ behind: expected, problem: null }));

  test.each([
    ['arn:aws:iam::111122223333:role/team/jump', /lookup takers jump$/],
    ['i-0c1a23fc456b7ab89', /lookup user i-0c1a23fc456b7ab89; what was done to it: \/audit lookup resource/],
    ['ASIAOLGASESSION', /20 characters/],
  ])('or says what to ask in place of who %s', async (line, expected) => {
    await expect(who(line)).rejects.toThrow(expected);
  });

  test('and says who made a key, a function, a federated session', async () => {
    const maker = async (line: string) => (await who(line)).links.at(-1)?.maker;
    expect(await maker('AKIABACKDOORBACKDOOR')).toMatchObject({
      by: 'mallory with key AKIAMALLORYMALLORYAA',
      event: { name: 'CreateAccessKey' },
    });
    expect(await maker('invoice-role/invoice-export')).toMatchObject({
      by: 'mallory with key AKIAMALLORYMALLORYAA',
    });
    const { links } = await who('ASIAFEDUSERSESSION01');
    expect(links).toMatchObject([
      { kind: 'session' },
      { key: 'AKIACAROLCAROLCAROLA', event: { name: 'GetFederationToken' } },
    ]);
  });
});

describe('a name that many sessions bear', () => {
  test('is told by who made them, and which question leads to each', async () => {
    const { origins, links, behind: words } = await who('ops-admin/alice');
    expect(links).toEqual([]);
    expect(words).toBe('2 different: alice and mallory');
    expect(origins).toMatchObject([
      { behind: 'alice', sessions: 1, addresses: ['203.0.113.10'], line: 'who ASIAALICESESSION0001' },
      { behind: 'mallory', sessions: 1, addresses: ['198.51.100.66'], line: 'who ASIAMALLORYSESSION01' },
    ]);
  });

  test('is narrowed by time', async () => {
    expect(await who('ops-admin/alice --since 07:00')).toMatchObject({ behind: 'alice', origins: [{ sessions: 1 }] });
  });

  test('what could not be searched counts from the first search on', async () => {
    const other = await recordedAws();
    other.denied.add('444455556666');
    const question = readWho(readTyped('ops-admin/alice'), { now: other.now(), zone: 'utc' });
    if ('wrong' in question) throw new Error(question.wrong.sentence);
    const { coverage } = await findWho({ ...other, config }, question, asker, new AbortController().signal);
    expect(coverage).toMatchObject({ whole: false, accounts: { asked: 2, answered: 1 } });
    other.close();
  });
});

test('all that came of a credential is a tree, each step by the event that made it', async () => {
  const { tree, events } = await lookup('from AKIAMALLORYMALLORYAA');
  expect(tree.map(({ depth, name, proof, made }) => [depth, name, proof, made?.name])).toEqual([
    [0, 'AKIAMALLORYMALLORYAA', 'asked for', undefined],
    [1, 'key of backdoor', 'key match', 'CreateAccessKey'],
    [1, 'ops-admin/alice', 'key match', 'AssumeRole'],
  ]);
  expect(events).toEqual(['AssumeRole', 'CreateAccessKey', 'CreateFunction20150331', 'DeleteTrail', 'ListSecrets']);
});

describe('what is looked for', () => {
  test.each([
    ['event UpdateFunctionCode', ['UpdateFunctionCode', 'UpdateFunctionCode20150331v2']],
    ['event CreateUser,CreateAccessKey', ['CreateAccessKey', 'CreateUser']],
    ['user mALLory --only persistence', ['AssumeRole', 'CreateAccessKey', 'CreateFunction20150331']],
    ['role OPS-Admin', ['DeleteTrail', 'ListBuckets']],
    ['user MALLORY', ['AssumeRole', 'CreateAccessKey', 'CreateFunction20150331']],
    ['user mallory --ip 198.51.100.0/24', ['AssumeRole']],
    ['user mallory --writes --service iam', ['CreateAccessKey']],
    ['ip 2001:db8::1', ['ListRoles', 'ListUsers']],
    ['ip 2001:0DB8:0:0:0:0:0:1', ['ListRoles', 'ListUsers']],
    ['ip 2001:db8::/64', ['ListRoles', 'ListUsers']],
    ['resource ops-admin', ['AssumeRole', 'AssumeRole']],
    // By its name and by its ARN, which AWS adds six characters to; not another that begins like it.
    ['secret shop/database', ['GetSecretValue', 'GetSecretValue']],
    [
      'secret arn:aws:secretsmanager:us-east-1:111122223333:secret:shop/database-a1B2c3',
      ['GetSecretValue', 'GetSecretValue'],
    ],
    // Who was refused a role is found by the message alone.
    ['takers crown-jewels', ['AssumeRole']],
    ['takers arn:aws:iam::444455556666:role/crown-jewels', ['AssumeRole']],
    ['takers crown', []],
    ['takers ops-admin', ['AssumeRole', 'AssumeRole']],
    ['user 999988887777', ['AssumeRole']],
    ['user lambda.amazonaws.com', ['AssumeRole']],
    ['user ops-admin/alice --reads', ['ListBuckets']],
    ['user AROAOPSADMINYYYYYYYYY', ['DeleteTrail', 'ListBuckets']],
    ['bad --user-agent terraform', []],
  ])('%s', async (line, expected) => expect((await lookup(line)).events).toEqual(expected));

  test('what was bad is told, whatever else is', async () => {
    const { events } = await lookup('bad');
    expect(events).toEqual(expect.arrayContaining(['DeleteDBInstance', 'DeleteTrail', 'StopLogging']));
    expect(events).not.toContain('ListBuckets');
  });

  test('a role whose taking was refused is told by the message', async () => {
    expect((await lookup('user heidi')).rows).toMatchObject([{ on: 'crown-jewels', error: 'AccessDenied' }]);
  });
});

describe('what is to be known of an answer', () => {
  test.each([
    ['event StopLoging', /^No call named StopLoging is known; did you mean "StopLogging"\?$/],
    ['event GetObject', /^GetObject is a data event \(S3\)/],
    ['service s33', /did you mean "s3"\?$/],
    [
      'user mallory --not-from 198.51.100.0/24,203.0.113.0/24',
      /^CloudTrail gave 3 events, and none of them fits the rest of the question: addresses outside of/,
    ],
    ['event AssumeRole --user nobody', /nobody, Nobody, NOBODY were looked for/],
    ['user nobody', /nobody, Nobody, NOBODY were looked for\. If nobody is a role: lookup role nobody$/],
    ['user malory', /^Nobody of this name called; did you mean "mallory", who did\?$/],
    ['user root', /^$/],
    ['user MALLORY', /^Nobody called as MALLORY: these are calls of mallory\.$/],
    ['user mallory --region us-east-1,eu-west-1', /^No account that was asked has eu-west-1 enabled\.$/],
    ['key AKIAIOSFODNN7EXAMPLE', /signed with a key that AWS does not know/],
    ['ip 10.1.2.3', /private address/],
    ['user 444455556666', /lookup everything --account 444455556666$/],
    [
      'user alice',
      /^2 of 3 events are of role sessions that only bear this name, .*\(ops-admin\/alice 2×\): ask who ops-admin\/alice$/,
    ],
  ])('%s', async (line, expected) => expect((await lookup(line)).notes.join(' ')).toMatch(expected));

  test('a user of IAM needs no such word', async () => expect((await lookup('user mallory')).notes).toEqual([]));
});
