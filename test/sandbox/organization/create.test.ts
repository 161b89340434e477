import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { createOrganization } from '../../../sandbox/organization/create.ts';
import type { Organization, TrailRecord } from '../../../sandbox/organization/organization.ts';
import { at, textAt } from '../../../src/words/json.ts';

const until = new Date('2026-11-24T12:00:00Z');
const organization = createOrganization({ until });

function* everything(of: Organization): Generator<{ record: TrailRecord; account: string; region: string }> {
  for (const { id, regions } of of.accounts)
    for (const region of regions) for (const record of of.events(id, region)) yield { record, account: id, region };
}
const all = [...everything(organization)];

const fingerprint = (of: Organization): string => {
  const sum = createHash('sha256');
  for (const { record } of everything(of)) sum.update(JSON.stringify(record));
  for (const { id } of of.accounts) sum.update(of.credentialReport(id, until)).update(JSON.stringify(of.roles(id)));
  return sum.digest('hex');
};

test('the same options give the same organization, other ones another', () => {
  expect(fingerprint(createOrganization({ until }))).toBe(fingerprint(organization));
  expect(fingerprint(createOrganization({ until, seed: 'other' }))).not.toBe(fingerprint(organization));
});

test('yesterday stays as it was when the trail goes on for a day', () => {
  const tomorrow = createOrganization({ until: new Date(until.getTime() + 86_400_000) });
  const ofTheThird = (of: Organization) =>
    of.events('111122334444', 'eu-west-1').filter(({ eventTime }) => eventTime.startsWith('2026-11-03'));
  expect(ofTheThird(tomorrow)).toEqual(ofTheThird(organization));
  expect(ofTheThird(organization).length).toBeGreaterThan(20);
});

test('a month and a thin tail: twenty to forty thousand events, each with an id of its own, newest first', () => {
  const recent = all.filter(({ record }) => Date.parse(record.eventTime) > until.getTime() - 30 * 86_400_000);
  expect(recent.length).toBeGreaterThan(20_000);
  expect(all.length).toBeLessThan(40_000);
  expect(all.length - recent.length).toBeGreaterThan(1000);
  expect(new Set(all.map(({ record }) => record.eventID)).size).toBe(all.length);
  for (const { id, regions } of organization.accounts)
    for (const region of regions) {
      const times = organization.events(id, region).map(({ eventTime }) => eventTime);
      expect(times).toEqual(times.toSorted().reverse());
    }
});

test('every record is where CloudTrail keeps it', () => {
  for (const { record, account, region } of all) {
    expect(record['awsRegion']).toBe(region);
    expect(record['recipientAccountId']).toBe(account);
    if (['iam.amazonaws.com', 'organizations.amazonaws.com'].includes(record.eventSource))
      expect(region).toBe('us-east-1');
    if (record.eventName === 'ConsoleLogin' && textAt(record, 'userIdentity', 'type') === 'Root')
      expect(region).toBe('us-east-1');
  }
  const signIns = new Set(all.filter(({ record }) => record.eventName === 'ConsoleLogin').map(({ region }) => region));
  expect([...signIns]).toEqual(
    expect.arrayContaining(['us-east-1', 'us-east-2', 'eu-north-1', 'ap-southeast-2', 'eu-west-1']),
  );
});

test('every session of a role or federated user goes back to the record that made its key, and has somebody behind it', () => {
  const mintings = new Map<string, TrailRecord[]>();
  for (const { record } of all) {
    const key = textAt(record, 'responseElements', 'credentials', 'accessKeyId');
    if (key !== undefined) mintings.set(key, [...(mintings.get(key) ?? []), record]);
  }
  const sessions = all.filter(({ record }) =>
    ['AssumedRole', 'FederatedUser'].includes(textAt(record, 'userIdentity', 'type') ?? ''),
  );
  expect(sessions.length).toBeGreaterThan(10_000);
  for (const { record, account } of sessions) {
    const minting = mintings
      .get(textAt(record, 'userIdentity', 'accessKeyId') ?? '')
      ?.find((one) => one['recipientAccountId'] === account);
    expect(minting, record.eventID).toBeDefined();
    expect(minting?.eventTime).toBe(textAt(record, 'userIdentity', 'sessionContext', 'attributes', 'creationDate'));
    expect(
      textAt(minting, 'responseElements', 'assumedRoleUser', 'arn') ??
        textAt(minting, 'responseElements', 'federatedUser', 'arn'),
    ).toBe(textAt(record, 'userIdentity', 'arn'));
    expect(organization.attack.behind.get(record.eventID)).toMatch(
      /^(user:[\w-]+@\d{12}|saml:[\w-]+@example\.com|service:[\w.]+|workload:.+|account:\d{12})$/,
    );
  }
  expect(organization.attack.behind.size).toBe(sessions.length);
});

test('who stands behind a session follows from the chain of keys alone', () => {
  const byKey = new Map<string, TrailRecord[]>();
  for (const { record } of all) {
    const key = textAt(record, 'responseElements', 'credentials', 'accessKeyId');
    if (key !== undefined) byKey.set(key, [...(byKey.get(key) ?? []), record]);
  }
  const resolve = (record: TrailRecord): string => {
    const identity = at(record, 'userIdentity');
    const type = textAt(identity, 'type');
    if (type === 'IAMUser') return `user:${textAt(identity, 'userName')}@${textAt(identity, 'accountId')}`;
    if (type === 'SAMLUser') return `saml:${textAt(identity, 'userName')}`;
    if (type === 'WebIdentityUser') return `workload:${textAt(identity, 'userName')}`;
    if (type === 'AWSService') {
      const name = textAt(record, 'requestParameters', 'roleSessionName') ?? '';
      const service = textAt(identity, 'invokedBy');
      if (service === 'lambda.amazonaws.com') return `workload:function ${name} (Lambda)`;
      return name.startsWith('i-') ? `workload:${name}` : `service:${service}`;
    }
    if (type === 'AWSAccount') {
      const shared = textAt(record, 'sharedEventID');
      const copy = byKey
        .get(textAt(record, 'responseElements', 'credentials', 'accessKeyId') ?? '')
        ?.find((other) => other !== record && textAt(other, 'sharedEventID') === shared);
      return copy === undefined ? `account:${textAt(identity, 'accountId')}` : resolve(copy);
    }
    const minting = byKey.get(textAt(identity, 'accessKeyId') ?? '')?.at(0);
    return minting === undefined ? 'nobody' : resolve(minting);
  };
  for (const { record } of all) {
    const behind = organization.attack.behind.get(record.eventID);
    if (behind !== undefined) expect(resolve(record), record.eventID).toBe(behind);
  }
});

test('the attack goes through three accounts and is over before the trail ends', () => {
  const ids = new Set(organization.attack.eventIds);
  const steps = all.filter(({ record }) => ids.has(record.eventID));
  expect(steps.length).toBe(ids.size);
  expect([...new Set(steps.map(({ account }) => account))].toSorted()).toEqual([
    '111122223333',
    '111122334444',
    '111122335555',
  ]);
  for (const { record } of steps) {
    expect(Date.parse(record.eventTime)).toBeGreaterThanOrEqual(organization.attack.from.getTime());
    expect(Date.parse(record.eventTime)).toBeLessThanOrEqual(organization.attack.to.getTime());
  }
  // One session goes by the name of somebody who has nothing to do with it.
  const disguised = steps.filter(({ record }) => textAt(record, 'userIdentity', 'arn')?.endsWith('/ana@example.com'));
  expect(disguised.length).toBeGreaterThan(3);
  for (const { record } of disguised)
    expect(organization.attack.behind.get(record.eventID)).toBe(organization.attack.human);
  expect(steps.map(({ record }) => record.eventName)).toEqual(
    expect.arrayContaining([
      'GetCallerIdentity',
      'AttachUserPolicy',
      'CreateUser',
      'StopLogging',
      'GetSecretValue',
      'ModifySnapshotAttribute',
    ]),
  );
});

test('has every kind of actor, and what readers stumble over', () => {
  const types = new Set(all.map(({ record }) => textAt(record, 'userIdentity', 'type')));
  const expected = [
    'Root',
    'IAMUser',
    'AssumedRole',
    'FederatedUser',
    'SAMLUser',
    'WebIdentityUser',
    'AWSService',
    'AWSAccount',
    'Unknown',
  ];
  expect([...types]).toEqual(expect.arrayContaining([...expected, undefined]));
  const some = (holds: (record: TrailRecord) => boolean) => all.some(({ record }) => holds(record));
  expect(
    some((record) => textAt(record, 'userIdentity', 'sessionContext', 'sourceIdentity') === 'ana@example.com'),
  ).toBe(true);
  expect(some((record) => textAt(record, 'userIdentity', 'sessionContext', 'ec2RoleDelivery') === '1.0')).toBe(true);
  expect(some((record) => textAt(record, 'userIdentity', 'userName') === 'HIDDEN_DUE_TO_SECURITY_REASONS')).toBe(true);
  expect(some((record) => textAt(record, 'addendum', 'reason') === 'UPDATED_DATA')).toBe(true);
  expect(some((record) => textAt(record, 'additionalEventData', 'MFAUsed') === 'No')).toBe(true);
  expect(some((record) => textAt(record, 'responseElements', 'ConsoleLogin') === 'Failure')).toBe(true);
  expect(some((record) => textAt(record, 'userAgent')?.startsWith('=HYPERLINK') === true)).toBe(true);
  const people = new Set(organization.identityStore.people.map(({ userId }) => userId));
  const onBehalf = all.flatMap(({ record }) => textAt(record, 'userIdentity', 'onBehalfOf', 'userId') ?? []);
  expect(onBehalf.length).toBeGreaterThan(100);
  expect(onBehalf.every((id) => people.has(id))).toBe(true);
});

test('a call across accounts is in both, joined by its shared event id', () => {
  const shared = Map.groupBy(
    all.filter(
      ({ record }) =>
        textAt(record, 'userIdentity', 'type') === 'AWSAccount' &&
        textAt(record, 'userIdentity', 'accountId') !== '999988887777',
    ),
    ({ record }) => textAt(record, 'sharedEventID'),
  );
  expect(shared.size).toBeGreaterThan(100);
  const copies = Map.groupBy(all, ({ record }) => textAt(record, 'sharedEventID'));
  for (const [id, [owner]] of shared) {
    const caller = copies.get(id)?.find(({ record }) => record !== owner?.record);
    expect(caller?.account).toBe(textAt(owner?.record, 'userIdentity', 'accountId'));
    expect(textAt(caller?.record, 'userIdentity', 'principalId')).toBe(
      textAt(owner?.record, 'userIdentity', 'principalId'),
    );
    expect(caller?.record.eventID).not.toBe(owner?.record.eventID);
    expect(caller?.region).toBe(owner?.region);
  }
});

test('a thousand accounts are made as they are asked for', () => {
  const large = createOrganization({ until, accounts: 1000 });
  expect(new Set(large.accounts.map(({ id }) => id)).size).toBe(1000);
  expect(large.accounts.every(({ id }) => /^\d{12}$/.test(id))).toBe(true);
  const [team] = large.accounts.slice(-1);
  const records = (team?.regions ?? []).flatMap((region) => large.events(team?.id ?? '', region));
  expect(records.length).toBeGreaterThan(50);
  const visits = records.filter((record) => textAt(record, 'userIdentity', 'accountId') === '111122777777');
  const hub = new Set(
    ['eu-west-1', 'eu-west-2', 'eu-central-1', 'us-east-1'].flatMap((region) =>
      large.events('111122777777', region).map((record) => textAt(record, 'sharedEventID')),
    ),
  );
  for (const visit of visits) expect(hub.has(textAt(visit, 'sharedEventID'))).toBe(true);
  expect(() => createOrganization({ until, accounts: 5 })).toThrow(RangeError);
  expect(() => large.events('123456789012', 'eu-west-1')).toThrow('no account 123456789012');
});

test('as many events as a scale test asks for', () => {
  const busy = createOrganization({ until, accounts: 12, eventsPerAccount: 5000, regions: ['eu-west-1', 'us-east-1'] });
  const recent = [...everything(busy)].filter(
    ({ record }) => Date.parse(record.eventTime) > until.getTime() - 30 * 86_400_000,
  );
  // The suspended account has none.
  expect(recent.length / 11).toBeGreaterThan(4500);
  expect(recent.length / 11).toBeLessThan(5800);
  expect(new Set(recent.map(({ region }) => region))).toEqual(new Set(['eu-west-1', 'us-east-1']));
});
