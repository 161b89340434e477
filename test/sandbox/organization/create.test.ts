import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { createOrganization } from '../../../sandbox/organization/create.ts';
import type { Organization, TrailRecord } from '../../../sandbox/organization/organization.ts';
import { at, textAt } from '../../../src/alerts/json.ts';

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
      return name.startsWith('i-') ? `workload:${name}` : `service:${textAt(identity, 'invokedBy')}`;
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
