import {
  CancelQueryCommand,
  CloudTrailClient,
  DescribeQueryCommand,
  DescribeTrailsCommand,
  type Event,
  GetQueryResultsCommand,
  GetTrailCommand,
  GetTrailStatusCommand,
  ListEventDataStoresCommand,
  type LookupAttribute,
  LookupEventsCommand,
  type LookupEventsRequest,
  StartQueryCommand,
} from '@aws-sdk/client-cloudtrail';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cloudTrail } from '../../../sandbox/aws/services/cloudtrail.ts';
import { createOrganization } from '../../../sandbox/organization/create.ts';
import type { TrailRecord } from '../../../sandbox/organization/organization.ts';
import { textAt } from '../../../src/words/json.ts';
import { startHarness } from './harness.ts';

const until = new Date('2026-11-24T12:00:00Z');
const organization = createOrganization({ until });
const payments = '111122223333';
const hourMs = 3_600_000;
/** All is delivered by then. */
const later = new Date(until.getTime() + hourMs);

const ask = (
  input: LookupEventsRequest,
  { account = payments, region = 'eu-west-1', now = later }: { account?: string; region?: string; now?: Date } = {},
) => {
  const caller = { account, arn: `arn:aws:iam::${account}:user/ana`, accessKeyId: 'AKIAIOSFODNN7EXAMPLE' };
  return cloudTrail.operations.LookupEvents({ input, account, region, caller, now, organization });
};

/** Every page, one after the other. */
function pages(input: LookupEventsRequest, where: Parameters<typeof ask>[1] = {}): Event[][] {
  const all: Event[][] = [];
  let NextToken: string | undefined;
  do {
    const answer = ask({ ...input, NextToken }, where);
    all.push(answer.Events ?? []);
    NextToken = answer.NextToken;
  } while (NextToken !== undefined);
  return all;
}

const ids = (events: readonly Event[] = []) => events.map(({ EventId }) => EventId);
const by = (AttributeKey: LookupAttribute['AttributeKey'], AttributeValue: string): LookupEventsRequest => ({
  LookupAttributes: [{ AttributeKey, AttributeValue }],
});
const records = organization.events(payments, 'eu-west-1');

describe('LookupEvents', () => {
  test('all pages together are all the events of the range, each once, newest first, whatever the page size', () => {
    const questions: readonly { input: LookupEventsRequest; holds: (record: TrailRecord) => boolean }[] = [
      { input: {}, holds: () => true },
      { input: by('EventName', 'GetCallerIdentity'), holds: ({ eventName }) => eventName === 'GetCallerIdentity' },
      {
        input: by('EventSource', 'sts.amazonaws.com'),
        holds: ({ eventSource }) => eventSource === 'sts.amazonaws.com',
      },
      { input: by('ReadOnly', 'false'), holds: (record) => record['readOnly'] === false },
      {
        input: by('AccessKeyId', organization.attack.leakedKey),
        holds: (record) => textAt(record, 'userIdentity', 'accessKeyId') === organization.attack.leakedKey,
      },
      {
        input: by('ResourceType', 'AWS::S3::Bucket'),
        holds: (record) => textAt(record, 'requestParameters', 'bucketName') !== undefined,
      },
    ];
    const oldest = later.getTime() - 90 * 24 * hourMs;
    fc.assert(
      fc.property(
        fc.constantFrom(...questions),
        fc.integer({ min: oldest, max: until.getTime() }),
        fc.integer({ min: 0, max: 20 * 24 * hourMs }),
        fc.integer({ min: 1, max: 50 }),
        ({ input, holds }, from, span, MaxResults) => {
          const got = pages({ ...input, StartTime: new Date(from), EndTime: new Date(from + span), MaxResults });
          const expected = records.filter((record) => {
            const time = Date.parse(record.eventTime);
            return time >= from && time <= from + span && holds(record);
          });
          expect(ids(got.flat())).toEqual(expected.map(({ eventID }) => eventID));
          for (const page of got.slice(0, -1)) expect(page.length).toBe(MaxResults);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('matches exactly, by case too, and takes the first attribute of two without a word', () => {
    expect(ask(by('EventName', 'StopLogging')).Events).toHaveLength(1);
    expect(ask(by('EventName', 'stoplogging')).Events).toEqual([]);
    expect(ask(by('EventName', 'Stop')).Events).toEqual([]);
    const two = {
      LookupAttributes: [
        { AttributeKey: 'EventName', AttributeValue: 'StopLogging' },
        { AttributeKey: 'Username', AttributeValue: 'nobody' },
      ],
    } satisfies LookupEventsRequest;
    expect(ids(ask(two).Events)).toEqual(ids(ask(by('EventName', 'StopLogging')).Events));
  });

  test('a session is found by its name and its key, and its minting as a resource by every name of it', () => {
    const session = ask(by('Username', 'maintenance')).Events ?? [];
    expect(session.length).toBeGreaterThan(10);
    expect(ids(ask(by('AccessKeyId', 'ASIAIOSFODNN7EXAMPLE')).Events)).toEqual(ids(session));
    expect(session.map(({ EventName }) => EventName)).not.toContain('AttachUserPolicy');
    const role = organization.roles(payments).find(({ name }) => name === 'OrganizationAccountAccessRole');
    for (const name of ['ASIAIOSFODNN7EXAMPLE', 'maintenance', `${role?.id}:maintenance`, role?.arn ?? '']) {
      const [minting] = ask(by('ResourceName', name)).Events ?? [];
      expect(minting?.EventName).toBe('AssumeRole');
      expect(minting?.Username).toBe('deploy-bot');
      expect(JSON.parse(minting?.CloudTrailEvent ?? '').responseElements.credentials.accessKeyId).toBe(
        'ASIAIOSFODNN7EXAMPLE',
      );
    }
  });

  test('tells each event as AWS does', () => {
    const [event] = ask(by('EventName', 'PutBucketPolicy')).Events ?? [];
    expect(event).toMatchObject({
      EventName: 'PutBucketPolicy',
      ReadOnly: 'false',
      AccessKeyId: 'ASIAIOSFODNN7EXAMPLE',
      EventSource: 's3.amazonaws.com',
      Username: 'maintenance',
      Resources: [{ ResourceType: 'AWS::S3::Bucket', ResourceName: 'payments-exports' }],
    });
    expect(event?.EventTime).toEqual(new Date(JSON.parse(event?.CloudTrailEvent ?? '').eventTime));
    const byService = (ask(by('EventName', 'GenerateDataKey')).Events ?? [])[0];
    expect(byService?.Username).toBeUndefined();
    expect(byService?.AccessKeyId).toBeUndefined();
  });

  test('IAM is in us-east-1 alone', () => {
    expect(ask(by('EventName', 'AttachUserPolicy')).Events).toEqual([]);
    expect(ask(by('EventName', 'AttachUserPolicy'), { region: 'us-east-1' }).Events).toHaveLength(1);
  });

  test('reaches 90 days back and no further, though there is more', () => {
    const oldest = pages({ MaxResults: 50 }).flat().at(-1)?.EventTime?.getTime() ?? 0;
    expect(oldest).toBeGreaterThanOrEqual(later.getTime() - 90 * 24 * hourMs);
    expect(Date.parse(records.at(-1)?.eventTime ?? '')).toBeLessThan(later.getTime() - 100 * 24 * hourMs);
    const longAgo = new Date(later.getTime() - 100 * 24 * hourMs);
    expect(() => ask({ EndTime: longAgo })).toThrow(expect.objectContaining({ code: 'InvalidTimeRangeException' }));
    expect(ask({ StartTime: longAgo }).Events).toHaveLength(50);
  });

  test('events come some minutes late, at most 15', () => {
    const { region, account } = { region: 'eu-west-1', account: payments };
    const recent = { StartTime: new Date(until.getTime() - 60 * 60_000) };
    const seen = (now: Date) => ids(pages(recent, { account, region, now }).flat());
    const atOnce = new Set(
      organization.accounts.flatMap(({ id }) => ids(pages(recent, { account: id, region, now: until }).flat())),
    );
    const after15 = organization.accounts.flatMap(({ id }) =>
      ids(pages(recent, { account: id, region, now: new Date(until.getTime() + 15 * 60_000) }).flat()),
    );
    const inEnd = organization.accounts.flatMap(({ id }) =>
      ids(pages(recent, { account: id, region, now: later }).flat()),
    );
    expect(after15).toEqual(inEnd);
    expect([...atOnce].every((id) => inEnd.includes(id))).toBe(true);
    const [step] = organization
      .events(payments, region)
      .filter(({ eventID }) => organization.attack.eventIds.includes(eventID));
    expect(seen(new Date(Date.parse(step?.eventTime ?? '') + 15 * 60_000))).toContain(step?.eventID);
    expect(seen(new Date(Date.parse(step?.eventTime ?? '')))).not.toContain(step?.eventID);
  });

  test('a token is good for its own question, account and region', () => {
    const question = { ...by('EventName', 'GetSecretValue'), MaxResults: 5 };
    const { NextToken } = ask(question);
    expect(ids(ask({ ...question, NextToken }).Events)).toEqual(
      ids(ask({ ...question, MaxResults: 10 }).Events?.slice(5)),
    );
    const refused = expect.objectContaining({ code: 'InvalidNextTokenException' });
    expect(() => ask({ ...by('EventName', 'ListBuckets'), NextToken })).toThrow(refused);
    expect(() => ask({ ...question, StartTime: until, NextToken })).toThrow(refused);
    expect(() => ask({ ...question, NextToken }, { region: 'us-east-1' })).toThrow(refused);
    expect(() => ask({ ...question, NextToken }, { account: '111122334444' })).toThrow(refused);
    expect(() => ask({ ...question, NextToken: 'nonsense' })).toThrow(refused);
  });

  test('refuses what AWS refuses', () => {
    expect(() => ask({ StartTime: until, EndTime: new Date(until.getTime() - 1000) })).toThrow(
      expect.objectContaining({ code: 'InvalidTimeRangeException' }),
    );
    expect(() => ask({ MaxResults: 51 })).toThrow(expect.objectContaining({ code: 'InvalidMaxResultsException' }));
    expect(ask({ EventCategory: 'insight' })).toEqual({ Events: [] });
    expect(() => ask({ ...by('Username', 'ana'), EventCategory: 'insight' })).toThrow(
      expect.objectContaining({ code: 'InvalidLookupAttributesException' }),
    );
  });
});

test('a query of Lake waits, runs and is finished by the clock, or is cancelled', () => {
  const { account, region } = organization.trail;
  const caller = { account, arn: `arn:aws:iam::${account}:user/ana`, accessKeyId: 'AKIAIOSFODNN7EXAMPLE' };
  const call = <Input>(input: Input, seconds: number) => ({
    input,
    account,
    region,
    caller,
    now: new Date(until.getTime() + seconds * 1000),
    organization,
  });
  const { StartQuery, DescribeQuery, GetQueryResults, CancelQuery } = cloudTrail.operations;
  const store = organization.trail.eventDataStoreArn.split('/').at(-1);
  const QueryStatement = `SELECT eventID FROM ${store} WHERE eventName = 'StopLogging'`;
  const start = (seconds: number) => StartQuery(call({ QueryStatement }, seconds)).QueryId;
  const QueryId = start(0);
  const stages = [0.1, 1, 60].map((seconds) => DescribeQuery(call({ QueryId }, seconds)).QueryStatus);
  expect(stages).toEqual(['QUEUED', 'RUNNING', 'FINISHED']);
  expect(GetQueryResults(call({ QueryId }, 1))).toEqual({ QueryStatus: 'RUNNING' });
  const stopped = start(0);
  expect(CancelQuery(call({ QueryId: stopped }, 0.5)).QueryStatus).toBe('CANCELLED');
  expect(GetQueryResults(call({ QueryId: stopped }, 60))).toEqual({ QueryStatus: 'CANCELLED' });
  for (let open = 0; open < 10; open++) start(60);
  expect(() => start(60)).toThrow(expect.objectContaining({ code: 'MaxConcurrentQueriesException' }));
});

describe('over the wire', () => {
  // The harness's world has today's date; after an hour all is delivered.
  const today = createOrganization({ until: new Date(Date.now() - hourMs) });

  test('the SDK pages through a lookup', async () => {
    await using aws = await startHarness(today);
    const client = aws.client(CloudTrailClient, { account: payments, as: 'reader', maxAttempts: 5 });
    const input: LookupEventsRequest = {
      ...by('Username', 'maintenance'),
      MaxResults: 10,
      StartTime: today.attack.from,
      EndTime: today.attack.to,
    };
    const first = await client.send(new LookupEventsCommand(input));
    const second = await client.send(new LookupEventsCommand({ ...input, NextToken: first.NextToken }));
    const session = today
      .events(payments, 'eu-west-1')
      .filter((record) => textAt(record, 'userIdentity', 'accessKeyId') === 'ASIAIOSFODNN7EXAMPLE');
    expect([...ids(first.Events), ...ids(second.Events)]).toEqual(session.slice(0, 20).map(({ eventID }) => eventID));
    await expect(client.send(new LookupEventsCommand({ MaxResults: 10, NextToken: first.NextToken }))).rejects.toThrow(
      expect.objectContaining({ name: 'InvalidNextTokenException' }),
    );
  });

  test('trails: the organization’s in every account, and the one that was turned off', async () => {
    await using aws = await startHarness(today);
    const client = aws.client(CloudTrailClient, { account: payments });
    const { trailList = [] } = await client.send(new DescribeTrailsCommand({}));
    expect(trailList.map(({ Name }) => Name)).toEqual(['organization', 'org-trail']);
    expect((await client.send(new GetTrailCommand({ Name: 'org-trail' }))).Trail?.IsOrganizationTrail).toBe(false);
    const own = await client.send(new GetTrailStatusCommand({ Name: 'org-trail' }));
    expect(own.IsLogging).toBe(false);
    const stop = today.events(payments, 'eu-west-1').find(({ eventName }) => eventName === 'StopLogging');
    expect(own.StopLoggingTime?.toISOString().slice(0, 19)).toBe(stop?.eventTime.slice(0, 19));
    const central = await client.send(new GetTrailStatusCommand({ Name: today.trail.arn }));
    expect(central.IsLogging).toBe(true);
    const elsewhere = aws.client(CloudTrailClient, { account: '111122334444', region: 'eu-central-1' });
    expect((await elsewhere.send(new DescribeTrailsCommand({ includeShadowTrails: false }))).trailList).toEqual([]);
    await expect(elsewhere.send(new GetTrailStatusCommand({ Name: 'org-trail' }))).rejects.toThrow(
      expect.objectContaining({ name: 'TrailNotFoundException' }),
    );
  });

  test('Lake answers SQL over every account, in its own account alone', async () => {
    await using aws = await startHarness(today);
    const { account, region } = today.trail;
    const client = aws.client(CloudTrailClient, { account, region });
    const { EventDataStores = [] } = await client.send(new ListEventDataStoresCommand({}));
    const store = EventDataStores[0]?.EventDataStoreArn?.split('/').at(-1);
    const from = today.attack.from.toISOString().slice(0, 19).replace('T', ' ');
    const QueryStatement = `SELECT eventID, eventTime, recipientAccountId, eventJson FROM ${store} WHERE userIdentity.sessionContext.sessionIssuer.userName = 'release' AND eventTime >= '${from}' ORDER BY eventTime DESC`;
    const { QueryId } = await client.send(new StartQueryCommand({ QueryStatement }));
    aws.moveClock(60_000);
    const {
      QueryStatus,
      QueryResultRows = [],
      QueryStatistics,
    } = await client.send(new GetQueryResultsCommand({ QueryId }));
    expect(QueryStatus).toBe('FINISHED');
    const found = QueryResultRows.map((row) => Object.assign({}, ...row));
    const release = today.accounts
      .flatMap(({ id, regions }) => regions.flatMap((one) => today.events(id, one)))
      .filter((record) => JSON.stringify(record['userIdentity']).includes('role/release'));
    expect(found.map((row) => row.eventID).toSorted()).toEqual(release.map(({ eventID }) => eventID).toSorted());
    expect(JSON.parse(found[0]?.eventJson ?? '')).toMatchObject({ eventID: found[0]?.eventID });
    const described = await client.send(new DescribeQueryCommand({ QueryId }));
    expect(described.QueryStatistics?.BytesScanned).toBe(QueryStatistics?.BytesScanned);
    expect(described.QueryStatistics?.BytesScanned).toBeLessThan(5_000_000);
    await expect(client.send(new CancelQueryCommand({ QueryId }))).rejects.toThrow(
      expect.objectContaining({ name: 'InactiveQueryException' }),
    );
    await expect(
      client.send(new StartQueryCommand({ QueryStatement: `${QueryStatement}; DROP TABLE x` })),
    ).rejects.toThrow(expect.objectContaining({ name: 'InvalidQueryStatementException' }));
    const member = aws.client(CloudTrailClient, { account: payments, region });
    expect((await member.send(new ListEventDataStoresCommand({}))).EventDataStores).toEqual([]);
    await expect(member.send(new StartQueryCommand({ QueryStatement }))).rejects.toThrow(
      expect.objectContaining({ name: 'EventDataStoreNotFoundException' }),
    );
    await expect(member.send(new GetQueryResultsCommand({ QueryId }))).rejects.toThrow(
      expect.objectContaining({ name: 'QueryIdNotFoundException' }),
    );
  });
});
