import { expect, test } from 'vitest';
import { AwsError } from '../../sandbox/aws/service.ts';
import { isSession } from '../../src/aws/chain.ts';
import { followBack } from '../../src/aws/chain-search.ts';
import { historySource } from '../../src/aws/history/source.ts';
import { textAt } from '../../src/words/json.ts';
import { type Harness, startHarness } from '../sandbox/aws/harness.ts';
import { bot } from './bot.ts';

const asker = { name: 'U0ANA' };
const when = (harness: Harness) => ({ now: harness.now(), signal: new AbortController().signal });

/** The events of the attack that a role session made, old enough to be delivered. */
const sessions = ({ organization, now }: Harness) =>
  organization.accounts
    .flatMap(({ id, regions }) => regions.flatMap((region) => organization.events(id, region)))
    .filter(
      ({ eventID, eventTime }) =>
        organization.attack.eventIds.includes(eventID) && Date.parse(eventTime) < now().getTime() - 20 * 60_000,
    )
    .filter(isSession);

test('the attacker’s sessions lead back to the user whose key leaked, in AWS’s own answers', async () => {
  await using harness = await startHarness();
  const aws = bot(harness, { regions: [] });
  const truths = new Map(
    sessions(harness).map((record) => [
      textAt(record, 'userIdentity', 'accessKeyId') ?? '',
      harness.organization.attack.behind.get(record.eventID),
    ]),
  );
  expect(truths.size).toBeGreaterThan(1);
  expect([...truths.values()]).toContain(harness.organization.attack.human);
  for (const [value, truth] of truths) {
    const { links } = await followBack(aws, { kind: 'key', value }, asker, when(harness));
    const end = links.at(-1);
    expect(`${end?.kind}:${end?.name}${end?.kind === 'user' ? `@${end.account}` : ''}`).toBe(truth);
  }
}, 60_000);

test('a session and an event lead there too', async () => {
  await using harness = await startHarness();
  const aws = bot(harness, { regions: ['eu-west-1', 'us-east-1'] });
  const record = sessions(harness).find(
    ({ eventID }) => harness.organization.attack.behind.get(eventID) === harness.organization.attack.human,
  );
  for (const start of [
    { kind: 'session', value: textAt(record, 'userIdentity', 'arn') ?? '' },
    { kind: 'event', value: record?.eventID ?? '' },
  ] as const) {
    const { links, coverage } = await followBack(aws, start, asker, when(harness));
    // A session is looked for in its own account alone; an event in all of them.
    expect(coverage.missing.map(({ kind }) => kind)).toEqual(start.kind === 'event' ? ['denied', 'denied'] : []);
    expect(`user:${links.at(-1)?.name}@${links.at(-1)?.account}`).toBe(harness.organization.attack.human);
  }
}, 60_000);

test('a session of a stranger’s account, with a directory of its own, is followed no further than the event', async () => {
  await using harness = await startHarness();
  const aws = bot(harness);
  await aws.accounts(asker);
  const assumed = () => harness.calls().filter(({ operation }) => operation === 'sts:AssumeRole').length;
  const before = assumed();
  const role = 'arn:aws:iam::666666666666:role/admin';
  const record = {
    eventTime: harness.now().toISOString(),
    awsRegion: 'eu-west-1',
    userIdentity: {
      type: 'AssumedRole',
      arn: 'arn:aws:sts::666666666666:assumed-role/admin/eve',
      accountId: '666666666666',
      accessKeyId: 'ASIAZZZZZZZZZZZZZZZZ',
      onBehalfOf: { userId: 'e1', identityStoreArn: 'arn:aws:identitystore::666666666666:identitystore/d-6666666666' },
      sessionContext: {
        sessionIssuer: { type: 'Role', arn: role, userName: 'admin', accountId: '666666666666' },
        attributes: { creationDate: harness.now().toISOString() },
      },
    },
  };
  const { problem } = await followBack(aws, { kind: 'record', value: record }, asker, when(harness));
  expect(problem).toBe('Account 666666666666 is none of those that Trailwatch reads, so it was not asked.');
  expect(assumed()).toBe(before);
});

test('a key that nobody used is said to be unknown, with what could not be searched', async () => {
  await using harness = await startHarness();
  const aws = bot(harness);
  const asked = followBack(aws, { kind: 'key', value: 'AKIAZZZZZZZZZZZZZZZZ' }, asker, when(harness));
  await expect(asked).rejects.toThrow(
    /^CloudTrail has no event of this key since \d{4}-\d\d-\d\d \d\d:\d\d UTC\. 2 of 22 places could not be searched: AWS did not allow/,
  );
  const event = followBack(aws, { kind: 'event', value: crypto.randomUUID() }, asker, when(harness));
  await expect(event).rejects.toThrow(/^CloudTrail has no such event since /);
});

test('what an account does not let be asked is followed in what the trail wrote', async () => {
  await using harness = await startHarness();
  const { trail, accounts } = harness.organization;
  const logGroup = `arn:aws:logs:${trail.region}:${trail.account}:log-group:${trail.logGroup}`;
  const history = { logGroup, athena: null, eventDataStore: null, askAboveDays: 180 };
  const aws = bot(harness, {}, { history });
  const closed = accounts.find(({ id }) => id === '111122667777');
  const record = closed?.regions
    .flatMap((region) => harness.organization.events(closed.id, region))
    .filter(({ eventTime }) => Date.parse(eventTime) < harness.now().getTime() - 20 * 60_000)
    .find((event) => isSession(event) && textAt(event, 'userIdentity', 'invokedBy') === undefined);
  const start = { kind: 'event', value: record?.eventID ?? '' } as const;
  await expect(followBack(aws, start, asker, when(harness))).rejects.toThrow(/AWS did not allow/);
  const found = await followBack(aws, start, asker, { ...when(harness), trail: historySource(history) });
  expect(found).toMatchObject({ problem: null, trail: 'CloudWatch Logs Insights' });
  expect(found.links.length).toBeGreaterThan(1);
}, 60_000);

test('a person of IAM Identity Center is told by the full name, and where the directory is closed, that it is', async () => {
  await using harness = await startHarness();
  const aws = bot(harness);
  const record = harness.organization.accounts
    .flatMap(({ id, regions }) => regions.flatMap((region) => harness.organization.events(id, region)))
    .find((event) => textAt(event, 'userIdentity', 'onBehalfOf', 'userId') !== undefined && isSession(event));
  const id = textAt(record, 'userIdentity', 'onBehalfOf', 'userId');
  const person = harness.organization.identityStore.people.find(({ userId }) => userId === id);
  const start = { kind: 'record', value: record ?? {} } as const;
  const end = async () => (await followBack(aws, start, asker, when(harness))).links.at(-1);
  expect(await end()).toMatchObject({
    kind: 'federated',
    name: person?.userName,
    directory: `${person?.displayName} in IAM Identity Center`,
  });
  const effect = new AwsError('AccessDeniedException', 'No identity-based policy allows it.', 403);
  harness.faults.inject({ operation: 'identitystore:DescribeUser', effect });
  expect(await end()).toMatchObject({
    kind: 'federated',
    name: person?.userName,
    directory: expect.stringMatching(
      /^IAM Identity Center did not say who this is\. AWS did not allow Trailwatch to ask IAM Identity Center/,
    ),
  });
});
