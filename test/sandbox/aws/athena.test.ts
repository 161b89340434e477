import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { athenaTable } from '../../../sandbox/aws/queries/columns.ts';
import { meets } from '../../../sandbox/aws/queries/condition.ts';
import { parseSql } from '../../../sandbox/aws/queries/sql.ts';
import { athena } from '../../../sandbox/aws/services/athena.ts';
import { createOrganization } from '../../../sandbox/organization/create.ts';
import { at, textAt } from '../../../src/words/json.ts';
import { startHarness } from './harness.ts';

// The harness's world has today's date; after an hour all is delivered.
const until = new Date(Date.now() - 3_600_000);
const organization = createOrganization({ until });
const { account, region, database, table } = organization.trail;
const QueryExecutionContext = { Database: database };
const all = organization.accounts.flatMap(({ id, regions }) => regions.flatMap((one) => organization.events(id, one)));
const daysAgo = (days: number) => new Date(until.getTime() - days * 86_400_000);
const folder = (date: Date) => date.toISOString().slice(0, 10).replaceAll('-', '/');

describe('Athena', () => {
  test('answers SQL with parameters over every account, header first, in pages', async () => {
    await using aws = await startHarness(organization);
    const client = aws.client(AthenaClient, { account, region });
    const { QueryExecutionId } = await client.send(
      new StartQueryExecutionCommand({
        QueryString: `SELECT eventid, eventtime, useridentity.username, requestparameters, json_format(cast(useridentity as json)) AS who FROM ${table} WHERE "timestamp" BETWEEN ? AND ? AND useridentity.username = ? AND errorcode IS NULL ORDER BY eventtime DESC`,
        QueryExecutionContext,
        ExecutionParameters: [`'${folder(daysAgo(119))}'`, `'${folder(until)}'`, "'deploy-bot'"],
      }),
    );
    const execution = async () =>
      (await client.send(new GetQueryExecutionCommand({ QueryExecutionId }))).QueryExecution;
    aws.moveClock(60_000);
    expect((await execution())?.Status?.State).toBe('SUCCEEDED');
    const rows: (string | undefined)[][] = [];
    let NextToken: string | undefined;
    do {
      const page = await client.send(new GetQueryResultsCommand({ QueryExecutionId, NextToken }));
      expect(page.ResultSet?.Rows?.length).toBeLessThanOrEqual(1000);
      rows.push(...(page.ResultSet?.Rows ?? []).map(({ Data = [] }) => Data.map(({ VarCharValue }) => VarCharValue)));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    const [header, ...found] = rows;
    expect(header).toEqual(['eventid', 'eventtime', 'username', 'requestparameters', 'who']);
    const expected = all.filter(
      (record) =>
        textAt(record, 'userIdentity', 'userName') === 'deploy-bot' &&
        record['errorCode'] === undefined &&
        record.eventTime.slice(0, 10) >= daysAgo(119).toISOString().slice(0, 10),
    );
    expect(expected.length).toBeGreaterThan(1000);
    expect(found.map(([id]) => id).toSorted()).toEqual(expected.map(({ eventID }) => eventID).toSorted());
    expect(found.map(([, time]) => time)).toEqual(
      found
        .map(([, time]) => time)
        .toSorted()
        .reverse(),
    );
    const first = expected.find(({ eventID }) => eventID === found[0]?.[0]);
    expect(JSON.parse(found[0]?.[4] ?? '')).toMatchObject({
      username: 'deploy-bot',
      accesskeyid: textAt(first, 'userIdentity', 'accessKeyId'),
    });
    if (at(first, 'requestParameters') !== null)
      expect(JSON.parse(found[0]?.[3] ?? '')).toEqual(at(first, 'requestParameters'));
  });

  test('is queued, runs and succeeds by the clock; rows are there only then', () => {
    const caller = { account, arn: `arn:aws:iam::${account}:user/ana`, accessKeyId: 'AKIAIOSFODNN7EXAMPLE' };
    const call = <Input>(input: Input, ms: number) => ({
      input,
      account,
      region,
      caller,
      now: new Date(until.getTime() + ms),
      organization,
    });
    const { StartQueryExecution, GetQueryExecution, GetQueryResults } = athena.operations;
    const query = {
      QueryString: `SELECT eventid FROM ${table} WHERE eventname = 'StopLogging'`,
      QueryExecutionContext,
    };
    const { QueryExecutionId } = StartQueryExecution(call(query, 0));
    const states = [100, 1000, 60_000].map(
      (ms) => GetQueryExecution(call({ QueryExecutionId }, ms)).QueryExecution?.Status?.State,
    );
    expect(states).toEqual(['QUEUED', 'RUNNING', 'SUCCEEDED']);
    expect(() => GetQueryResults(call({ QueryExecutionId }, 1000))).toThrow(
      expect.objectContaining({ code: 'InvalidRequestException' }),
    );
  });

  test('scans only the folders that the question names', async () => {
    await using aws = await startHarness(organization);
    const client = aws.client(AthenaClient, { account, region });
    const scanned = async (where: string) => {
      const { QueryExecutionId } = await client.send(
        new StartQueryExecutionCommand({
          QueryString: `SELECT eventid FROM ${table} WHERE ${where}`,
          QueryExecutionContext,
        }),
      );
      aws.moveClock(60_000);
      const { QueryExecution } = await client.send(new GetQueryExecutionCommand({ QueryExecutionId }));
      return QueryExecution?.Statistics?.DataScannedInBytes ?? 0;
    };
    const whole = await scanned("eventname = 'StopLogging'");
    const oneAccount = await scanned("eventname = 'StopLogging' AND account = '111122223333'");
    const oneDay = await scanned(
      `eventname = 'StopLogging' AND account = '111122223333' AND "timestamp" = '${folder(daysAgo(2))}'`,
    );
    expect(whole).toBeGreaterThan(2_000_000);
    expect(oneAccount).toBeLessThan(whole / 6);
    expect(oneDay).toBeLessThan(oneAccount / 10);
    expect(oneDay).toBeGreaterThan(0);
  });

  test('fails for a table that is not there, and can be stopped', async () => {
    await using aws = await startHarness(organization);
    const client = aws.client(AthenaClient, { account, region });
    const lost = await client.send(
      new StartQueryExecutionCommand({ QueryString: 'SELECT eventid FROM nowhere', QueryExecutionContext }),
    );
    const stopped = await client.send(
      new StartQueryExecutionCommand({ QueryString: `SELECT eventid FROM ${table}`, QueryExecutionContext }),
    );
    await client.send(new StopQueryExecutionCommand({ QueryExecutionId: stopped.QueryExecutionId }));
    aws.moveClock(60_000);
    const status = async (QueryExecutionId: string | undefined) =>
      (await client.send(new GetQueryExecutionCommand({ QueryExecutionId }))).QueryExecution?.Status;
    expect(await status(lost.QueryExecutionId)).toMatchObject({
      State: 'FAILED',
      StateChangeReason: expect.stringContaining('TABLE_NOT_FOUND'),
    });
    expect((await status(stopped.QueryExecutionId))?.State).toBe('CANCELLED');
  });

  test.each([
    { QueryString: `SELECT eventid FROM ${table} WHERE username = 'x'` },
    { QueryString: `SELECT eventid FROM ${table} WHERE eventname = 'x' OR 1=1` },
    { QueryString: `SELECT eventid FROM ${table} WHERE eventname = 'x'; DROP TABLE y` },
    { QueryString: `SELECT eventid FROM ${table} WHERE eventname = 'x' -- '` },
    { QueryString: `SELECT eventid FROM ${table} WHERE eventname = 'x' UNION SELECT 1` },
    { QueryString: `DROP TABLE ${table}` },
    { QueryString: `SELECT eventid FROM ${table} WHERE eventname = ?` },
    { QueryString: `SELECT eventid FROM ${table} WHERE eventname = ?`, ExecutionParameters: ["'a'", "'b'"] },
    // A text without its quotes is a column's name, and more than a literal is no parameter.
    { QueryString: `SELECT eventid FROM ${table} WHERE eventname = ?`, ExecutionParameters: ['alice'] },
    { QueryString: `SELECT eventid FROM ${table} WHERE eventname = ?`, ExecutionParameters: ["'a' OR 'a'='a'"] },
  ])('refuses $QueryString with $ExecutionParameters', async (query) => {
    await using aws = await startHarness(organization);
    const client = aws.client(AthenaClient, { account, region });
    await expect(client.send(new StartQueryExecutionCommand({ ...query, QueryExecutionContext }))).rejects.toThrow(
      expect.objectContaining({ name: 'InvalidRequestException' }),
    );
  });
});

describe('its language', () => {
  const row = {
    record: {
      eventID: 'e',
      eventTime: '2026-11-24T10:00:00Z',
      eventName: 'Get_Object',
      eventSource: 's3.amazonaws.com',
      awsRegion: 'eu-west-1',
      readOnly: true,
      userIdentity: { userName: 'ana' },
    },
    time: Date.parse('2026-11-24T10:00:00Z'),
  };
  const holds = (where: string) => meets(parseSql(`SELECT * FROM t WHERE ${where}`, [], athenaTable).where, row);

  test.each([
    ["eventname LIKE 'Get%'", true],
    ["eventname LIKE 'Get__bject'", true],
    ["eventname LIKE 'Get!_Object' ESCAPE '!'", true],
    ["eventname LIKE 'Get!%' ESCAPE '!'", false],
    ["eventName IN ('a', 'Get_Object')", true],
    ["NOT eventname = 'a' AND (region = 'x' OR region = 'eu-west-1')", true],
    ['errorcode IS NULL AND userIdentity.userName IS NOT NULL', true],
    ["errorcode <> 'AccessDenied'", null],
    ["eventtime >= '2026-11-24T10:00:00Z' AND eventtime < '2026-11-24T10:00:01Z'", true],
    [`"timestamp" = '2026/11/24'`, true],
    ["readonly = 'true'", true],
  ])('%s is %s', (where, expected) => {
    expect(holds(where)).toBe(expected);
  });

  test('a parameter in single quotes, the quotes in it doubled, is one value, whatever stands in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const { where } = parseSql(
          'SELECT eventid FROM t WHERE eventname = ?',
          [`'${text.replaceAll("'", "''")}'`],
          athenaTable,
        );
        expect(where).toMatchObject({ kind: 'compare', operator: '=', to: text });
      }),
    );
  });
});
