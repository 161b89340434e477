import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  GetQueryResultsCommand,
  type ResultField,
  StartQueryCommand,
  StopQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { insightsField } from '../../../sandbox/aws/queries/columns.ts';
import { meets } from '../../../sandbox/aws/queries/condition.ts';
import { parseInsights } from '../../../sandbox/aws/queries/insights.ts';
import { logs } from '../../../sandbox/aws/services/logs.ts';
import { createOrganization } from '../../../sandbox/organization/create.ts';
import { deliveryDelayMs } from '../../../sandbox/organization/event-history.ts';
import type { TrailRecord } from '../../../sandbox/organization/organization.ts';
import { textAt } from '../../../src/words/json.ts';
import { startHarness } from './harness.ts';

// The harness's world has today's date; after an hour all is delivered.
const until = new Date(Date.now() - 3_600_000);
const organization = createOrganization({ until });
const { account, region, logGroup } = organization.trail;
const day = 86_400;
const seconds = (date: Date) => Math.floor(date.getTime() / 1000);
const all = organization.accounts.flatMap(({ id, regions }) => regions.flatMap((one) => organization.events(id, one)));

const value = (row: readonly ResultField[] | undefined, name: string) =>
  row?.find(({ field }) => field === name)?.value;
const message = (row: readonly ResultField[]): TrailRecord => JSON.parse(value(row, '@message') ?? '');

describe('Logs Insights', () => {
  test('searches every account and region, 120 days back', async () => {
    await using aws = await startHarness(organization);
    const client = aws.client(CloudWatchLogsClient, { account, region });
    const queryString =
      'fields @timestamp, @message | filter userIdentity.userName = "deploy-bot" and eventName like /^Get/ | sort @timestamp desc | limit 10000';
    // What happened last was delivered minutes later.
    const range = { startTime: seconds(until) - 120 * day, endTime: seconds(until) + 3600 };
    const { queryId } = await client.send(new StartQueryCommand({ logGroupName: logGroup, queryString, ...range }));
    const answer = () => client.send(new GetQueryResultsCommand({ queryId: queryId ?? '' }));
    aws.moveClock(60_000);
    const { status, results = [], statistics } = await answer();
    expect(status).toBe('Complete');
    const expected = all.filter(
      (record) =>
        textAt(record, 'userIdentity', 'userName') === 'deploy-bot' &&
        record.eventName.startsWith('Get') &&
        (Date.parse(record.eventTime) + deliveryDelayMs(record.eventID)) / 1000 >= range.startTime,
    );
    const found = results.map(message);
    expect(found.map(({ eventID }) => eventID).toSorted()).toEqual(expected.map(({ eventID }) => eventID).toSorted());
    const accounts = new Set(found.map((record) => record['recipientAccountId']));
    expect(accounts).toEqual(new Set(expected.map((record) => record['recipientAccountId'])));
    expect(accounts.size).toBeGreaterThan(6);
    // A row's time is when it was delivered, minutes after it happened.
    const times = results.map((row) => value(row, '@timestamp') ?? '');
    expect(times).toEqual(times.toSorted().reverse());
    for (const [place, { eventID, eventTime }] of found.entries())
      expect(Date.parse(`${times[place]}Z`)).toBe(Math.floor(Date.parse(eventTime) + deliveryDelayMs(eventID)));
    expect(found.some(({ eventTime }) => Date.parse(eventTime) < until.getTime() - 90 * day * 1000)).toBe(true);
    expect(statistics?.recordsMatched).toBe(expected.length);
    expect(statistics?.bytesScanned).toBeGreaterThan(20_000_000);
    const narrow = await client.send(
      new StartQueryCommand({
        logGroupName: logGroup,
        queryString,
        startTime: seconds(until) - day,
        endTime: seconds(until),
      }),
    );
    aws.moveClock(60_000);
    const less = await client.send(new GetQueryResultsCommand({ queryId: narrow.queryId ?? '' }));
    expect(less.statistics?.bytesScanned).toBeLessThan((statistics?.bytesScanned ?? 0) / 10);
  });

  test('waits, then gives a part of its rows while it runs, and all when it is complete', () => {
    const caller = { account, arn: `arn:aws:iam::${account}:user/ana`, accessKeyId: 'AKIAIOSFODNN7EXAMPLE' };
    const own = createOrganization({ until });
    const call = <Input>(input: Input, ms: number) => ({
      input,
      account,
      region,
      caller,
      now: new Date(until.getTime() + ms),
      organization: own,
    });
    const { StartQuery, GetQueryResults } = logs.operations;
    const query = {
      logGroupName: logGroup,
      queryString: 'filter eventName = "ConsoleLogin"',
      startTime: 0,
      endTime: seconds(until),
    };
    const { queryId } = StartQuery(call(query, 0));
    const [waiting, running, complete] = [100, 1000, 60_000].map((ms) => GetQueryResults(call({ queryId }, ms)));
    expect(waiting).toMatchObject({ status: 'Scheduled', results: [], statistics: { bytesScanned: 0 } });
    expect(running?.status).toBe('Running');
    expect(complete?.status).toBe('Complete');
    expect(running?.results?.length).toBeGreaterThan(0);
    expect(running?.results?.length).toBeLessThan(complete?.results?.length ?? 0);
    for (let open = 1; open <= 100; open++) StartQuery(call({ ...query, startTime: query.endTime }, 60_000));
    expect(() => StartQuery(call(query, 60_000))).toThrow(expect.objectContaining({ code: 'LimitExceededException' }));
  });

  test('pages are all the rows, each once; limits hold', async () => {
    await using aws = await startHarness(organization);
    const client = aws.client(CloudWatchLogsClient, { account, region, maxAttempts: 5 });
    const range = { logGroupName: logGroup, startTime: seconds(until) - 30 * day, endTime: seconds(until) };
    const { queryId = '' } = await client.send(
      new StartQueryCommand({ ...range, queryString: 'fields @message | sort @timestamp desc' }),
    );
    const { queryId: limited = '' } = await client.send(
      new StartQueryCommand({ ...range, queryString: 'fields eventID | limit 7' }),
    );
    aws.moveClock(600_000);
    const rows: TrailRecord[] = [];
    let nextToken: string | undefined;
    do {
      const page = await client.send(new GetQueryResultsCommand({ queryId, maxItems: 4000, nextToken }));
      rows.push(...(page.results ?? []).map(message));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    expect(rows.length).toBe(10_000);
    expect(new Set(rows.map(({ eventID }) => eventID)).size).toBe(10_000);
    const { results } = await client.send(new GetQueryResultsCommand({ queryId: limited }));
    expect(results?.length).toBe(7);
    await expect(client.send(new GetQueryResultsCommand({ queryId, nextToken: 'nonsense' }))).rejects.toThrow(
      expect.objectContaining({ name: 'InvalidParameterException' }),
    );
  });

  test('a stopped query is cancelled, and cannot be stopped again', async () => {
    await using aws = await startHarness(organization);
    const client = aws.client(CloudWatchLogsClient, { account, region });
    const { queryId = '' } = await client.send(
      new StartQueryCommand({
        logGroupName: logGroup,
        queryString: 'fields @message',
        startTime: 0,
        endTime: seconds(until),
      }),
    );
    expect((await client.send(new StopQueryCommand({ queryId }))).success).toBe(true);
    aws.moveClock(60_000);
    expect((await client.send(new GetQueryResultsCommand({ queryId }))).status).toBe('Cancelled');
    await expect(client.send(new StopQueryCommand({ queryId }))).rejects.toThrow(
      expect.objectContaining({ name: 'InvalidParameterException' }),
    );
  });

  test('the log group is in one account and region', async () => {
    await using aws = await startHarness(organization);
    const here = aws.client(CloudWatchLogsClient, { account, region });
    const { logGroups = [] } = await here.send(new DescribeLogGroupsCommand({}));
    expect(logGroups.map(({ logGroupName }) => logGroupName)).toEqual([logGroup]);
    expect((await here.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: 'other' }))).logGroups).toEqual([]);
    const query = { queryString: 'fields @message', startTime: 0, endTime: seconds(until) };
    const byArn = await here.send(
      new StartQueryCommand({ ...query, logGroupIdentifiers: [logGroups[0]?.logGroupArn ?? ''] }),
    );
    expect(byArn.queryId).toBeDefined();
    const elsewhere = aws.client(CloudWatchLogsClient, { account: '111122223333', region });
    const others = (await elsewhere.send(new DescribeLogGroupsCommand({}))).logGroups ?? [];
    expect(others.map(({ logGroupName }) => logGroupName)).not.toContain(logGroup);
    const absent = expect.objectContaining({ name: 'ResourceNotFoundException' });
    await expect(elsewhere.send(new StartQueryCommand({ ...query, logGroupName: logGroup }))).rejects.toThrow(absent);
    await expect(elsewhere.send(new GetQueryResultsCommand({ queryId: byArn.queryId ?? '' }))).rejects.toThrow(absent);
  });

  test.each([
    'fields @message | filter userIdentity.userName = "x" or 1 = 1',
    'fields @message | filter userIdentity.userName = "x" or "a" = "a"',
    'fields @message | filter userIdentity.userName = "x"" | limit 1',
    'fields @message | filter userIdentity.userName = "x" # | limit 1',
    'fields @message | filter userIdentity.userName = x',
    'fields @message | filter userIdentity.userName = "x" "y"',
    'fields @message | limit 5 or more',
    'fields @message | filter userIdentity.userName = "x" | delete everything',
    'fields @message | filter eventName like /(/',
    'stats count(*) by eventName',
    'fields @message |',
    '',
  ])('does not take what it cannot read: %s', async (queryString) => {
    await using aws = await startHarness(organization);
    const client = aws.client(CloudWatchLogsClient, { account, region });
    await expect(
      client.send(
        new StartQueryCommand({ logGroupName: logGroup, queryString, startTime: 0, endTime: seconds(until) }),
      ),
    ).rejects.toThrow(expect.objectContaining({ name: 'MalformedQueryException' }));
  });
});

describe('its language', () => {
  const row = {
    record: {
      eventID: 'e',
      eventTime: '2026-11-24T10:00:00Z',
      eventName: 'GetObject',
      eventSource: 's3.amazonaws.com',
      errorCode: 'AccessDenied',
      userIdentity: { type: 'IAMUser', userName: 'ana' },
    },
    time: 0,
  };
  const holds = (filter: string) => meets(parseInsights(`filter ${filter}`, insightsField).where, row);

  test.each([
    ['eventName = "GetObject"', true],
    ["eventName = 'GetObject'", true],
    ['eventName != "GetObject"', false],
    ['eventName like "Obj"', true],
    ['eventName like "O.j"', false],
    ['eventName like /(?i)OBJECT$/', true],
    ['eventName not like /^Put/', true],
    ['eventName in ["PutObject", "GetObject"]', true],
    ['eventName not in ["PutObject"]', true],
    ['userIdentity.userName = "ana" and (eventName = "x" or errorCode like "Denied")', true],
    ['userIdentity.userName = "ana" and eventName = "x" or errorCode = "AccessDenied"', true],
    ['not ispresent(errorCode)', false],
    ['ispresent(userIdentity.sessionContext.sourceIdentity)', false],
    ['userIdentity.arn != "x"', null],
  ])('%s is %s', (filter, expected) => {
    expect(holds(filter)).toBe(expected);
  });

  test('a quoted text with escaped quotes and backslashes is one value, whatever stands in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const quoted = `"${text.replace(/["\\]/g, '\\$&')}"`;
        expect(parseInsights(`filter eventName = ${quoted} | limit 5`, insightsField)).toMatchObject({
          where: { of: [{ kind: 'compare', operator: '=', to: text }] },
          limit: 5,
        });
      }),
    );
  });
});
