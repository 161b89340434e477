import { describe, expect, test } from 'vitest';
import { createOrganization } from '../../sandbox/organization/create.ts';
import type { TrailRecord } from '../../sandbox/organization/organization.ts';
import { type Chain, chainOf, type EventSearch, type FindEvent, isSession } from '../../src/aws/chain.ts';

const organization = createOrganization({ until: new Date('2026-11-23T12:00:00Z') });
const readable = organization.accounts.filter(({ deniesReadRole }) => !deniesReadRole).map(({ id }) => id);

/** All events by the role they are about: the event history of AWS finds them by that. */
const byResource = Map.groupBy(
  readable.flatMap(
    (account) =>
      organization.accounts
        .find(({ id }) => id === account)
        ?.regions.flatMap((region) =>
          organization.events(account, region).map((record): [string, TrailRecord] => [account, record]),
        ) ?? [],
  ),
  ([account, record]) => `${account} ${roleOf(record)}`,
);

function roleOf(record: TrailRecord): string {
  const parameters = record['requestParameters'];
  return typeof parameters === 'object' && parameters !== null && 'roleArn' in parameters
    ? String(parameters.roleArn)
    : '';
}

const find: FindEvent = async ({ account, resource, from, to, meant }: EventSearch) => {
  if (!readable.includes(account)) throw new Error(`Account ${account} cannot be read.`);
  return byResource
    .get(`${account} ${resource}`)
    ?.map(([, record]) => record)
    .find((record) => new Date(record.eventTime) >= from && new Date(record.eventTime) <= to && meant(record));
};

const last = ({ links }: Chain) => links.at(-1);
const all = [...byResource.values()].flat().map(([, record]) => record);

describe('who stands behind a role session', () => {
  test('is found for every one of the organization, and never somebody else', async () => {
    const { behind } = organization.attack;
    const wrong: string[] = [];
    let followed = 0;
    for (const record of all) {
      const truth = behind.get(record.eventID);
      if (truth === undefined || !isSession(record)) continue;
      followed += 1;
      const end = last(await chainOf(record, find));
      const [, name = ''] = /^\w+:(.*?)(?:@\d{12})?$/.exec(truth) ?? [];
      if (end?.name !== name) wrong.push(`${record.eventID}: ${end?.kind} ${end?.name}, in truth ${truth}`);
    }
    expect(followed).toBeGreaterThan(10_000);
    expect(wrong).toEqual([]);
  });

  test('each step names the event that proves it', async () => {
    const chains = await Promise.all(
      all
        .filter((record) => organization.attack.eventIds.includes(record.eventID) && isSession(record))
        .map((record) => chainOf(record, find)),
    );
    const longest = chains.toSorted((a, b) => b.links.length - a.links.length)[0];
    expect(longest?.links.length).toBeGreaterThanOrEqual(3);
    expect(longest?.links.slice(1).every(({ event, proof }) => event !== null && proof === 'key match')).toBe(true);
    expect(`user:${longest?.links.at(-1)?.name}@${longest?.links.at(-1)?.account}`).toBe(organization.attack.human);
  });
});

const role = 'arn:aws:iam::111122223333:role/r';
const call = (key: string, more: object = {}) => ({
  eventID: `use-${key}`,
  eventTime: '2026-11-23T10:05:00Z',
  eventName: 'ListBuckets',
  awsRegion: 'eu-west-1',
  recipientAccountId: '111122223333',
  userIdentity: {
    type: 'AssumedRole',
    arn: 'arn:aws:sts::111122223333:assumed-role/r/s',
    accountId: '111122223333',
    accessKeyId: key,
    sessionContext: { sessionIssuer: { arn: role }, attributes: { creationDate: '2026-11-23T10:00:00Z' } },
    ...more,
  },
});
const making = (key: string, by: object, more: object = {}) => ({
  ...call(key),
  eventID: `make-${key}`,
  eventName: 'AssumeRole',
  eventTime: '2026-11-23T10:00:00Z',
  userIdentity: by,
  responseElements: {
    credentials: { accessKeyId: key },
    assumedRoleUser: { arn: 'arn:aws:sts::111122223333:assumed-role/r/s' },
  },
  ...more,
});
const among =
  (...records: Record<string, unknown>[]): FindEvent =>
  async ({ meant }) =>
    records.find(meant);

test('a key is found by itself where the session gives another time', async () => {
  const user = { type: 'IAMUser', userName: 'ana', accountId: '111122223333' };
  const made = making('ASIA1', user);
  const find: FindEvent = async ({ resource, meant }) => (resource === 'ASIA1' ? [made].find(meant) : undefined);
  expect(last(await chainOf(call('ASIA1'), find))).toMatchObject({ name: 'ana', proof: 'key match' });
});

test('a key of the console, which gives a session many, is told by the name and the second in which the session began', async () => {
  const made = making('ASIA1', { type: 'IAMUser', userName: 'ana', accountId: '111122223333' });
  expect(last(await chainOf(call('ASIA2'), among(made)))).toMatchObject({ name: 'ana', proof: 'inferred by time' });
  const later = making('ASIA1', { type: 'IAMUser', userName: 'eve' }, { eventTime: '2026-11-23T10:00:05Z' });
  expect(last(await chainOf(call('ASIA2'), among(later)))).toMatchObject({ kind: 'unknown' });
});

test('a switch in the console says who, where nothing else made the session', async () => {
  const switched = {
    ...call('ASIA1', { accessKeyId: undefined }),
    eventName: 'SwitchRole',
    eventTime: '2026-11-23T10:00:01Z',
    additionalEventData: { SwitchFrom: 'arn:aws:iam::444455556666:user/xena' },
  };
  expect(last(await chainOf(call('ASIA2'), among(switched)))).toMatchObject({ kind: 'user', name: 'xena' });
});

test('an identity of a provider is told with the provider', async () => {
  const by = {
    type: 'WebIdentityUser',
    userName: 'us-east-1:99999999-8888-7777-6666-555555555555',
    identityProvider: 'cognito-identity.amazonaws.com',
  };
  expect(last(await chainOf(call('ASIA1'), among(making('ASIA1', by))))?.name).toBe(
    'us-east-1:99999999-8888-7777-6666-555555555555 of cognito-identity.amazonaws.com',
  );
});

test('a circle of sessions ends, and is said', async () => {
  const circle = among(making('ASIA1', call('ASIA2').userIdentity), making('ASIA2', call('ASIA1').userIdentity));
  const { problem, links } = await chainOf(call('ASIA1'), circle);
  expect(problem).toMatch(/circle/);
  expect(links.length).toBeLessThanOrEqual(4);
});

test('after ten steps it is left', async () => {
  const steps = Array.from({ length: 20 }, (_, n) => making(`ASIA${n}`, call(`ASIA${n + 1}`).userIdentity));
  const { problem, links } = await chainOf(call('ASIA0'), among(...steps));
  expect(links).toHaveLength(10);
  expect(problem).toMatch(/only 10 steps/);
});

test('an attacker who names his session after somebody is not believed', async () => {
  const posing = call('ASIA1', { arn: 'arn:aws:sts::111122223333:assumed-role/r/ana@example.com' });
  const attacker = { type: 'IAMUser', userName: 'mallory', accountId: '111122223333', accessKeyId: 'AKIA1' };
  expect(last(await chainOf(posing, among(making('ASIA1', attacker))))).toMatchObject({
    kind: 'user',
    name: 'mallory',
  });
  const { links, problem } = await chainOf(posing, among());
  expect(links.at(-1)?.kind).toBe('unknown');
  expect(problem).toMatch(/was not found in account 111122223333/);
});

test('without a key the session’s name and time must do, and that is said', async () => {
  const user = { type: 'IAMUser', userName: 'ana', accountId: '111122223333' };
  const chain = await chainOf(call(''), among(making('ASIA1', user)));
  expect(last(chain)).toMatchObject({ name: 'ana', proof: 'inferred by time', event: { id: 'make-ASIA1' } });
});

test('a role taken from an account that cannot be read ends there', async () => {
  const outside = making('ASIA1', { type: 'AWSAccount', accountId: '999988887777' }, { sharedEventID: 'shared' });
  const find: FindEvent = async (search) => {
    if (search.account !== '111122223333') throw new Error('not ours');
    return [outside].find(search.meant);
  };
  const { links, problem } = await chainOf(call('ASIA1'), find);
  expect(links.at(-1)).toMatchObject({ kind: 'account', name: '999988887777' });
  expect(problem).toMatch(/account 999988887777, whose events Trailwatch cannot read/);
});

test.each([null, {}, { type: 'AssumedRole' }, { type: 'Nobody' }, { type: 'AssumedRole', arn: 'x', accountId: 'y' }])(
  'an identity of %j is no error',
  async (userIdentity) => {
    const chain = await chainOf({ ...call('ASIA1'), userIdentity }, among());
    expect(chain.problem).toMatch(/\.$/);
  },
);

describe('the root of an account that was taken with AssumeRoot', () => {
  const root = {
    eventID: 'as-root',
    eventTime: '2026-11-23T10:05:00Z',
    eventName: 'DeleteBucketPolicy',
    awsRegion: 'eu-west-1',
    recipientAccountId: '111122223333',
    userIdentity: {
      type: 'Root',
      arn: 'arn:aws:iam::111122223333:root',
      accountId: '111122223333',
      accessKeyId: 'ASIAROOT0000000001',
      sessionContext: { assumedRoot: 'true', attributes: { creationDate: '2026-11-23T10:00:00Z' } },
    },
  };

  test('is whoever took it', async () => {
    const made = {
      eventID: 'took-root',
      eventTime: '2026-11-23T10:00:00Z',
      eventName: 'AssumeRoot',
      awsRegion: 'us-east-1',
      recipientAccountId: '111122223333',
      userIdentity: { type: 'IAMUser', userName: 'alice', accountId: '999999999999' },
      responseElements: { credentials: { accessKeyId: 'ASIAROOT0000000001' } },
    };
    const chain = await chainOf(root, async ({ meant }) => (meant(made) ? made : undefined));
    expect(chain).toMatchObject({ links: [{ kind: 'session' }, { name: 'alice', proof: 'key match' }], problem: null });
  });

  test('is nobody that is known where the event is elsewhere', async () => {
    const chain = await chainOf(root, async () => undefined);
    expect(last(chain)?.kind).toBe('unknown');
    expect(chain.problem).toMatch(/AssumeRoot.*management account/);
  });
});
