import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { athenaTable, insightsField, lakeTable } from '../../sandbox/aws/queries/columns.ts';
import type { Condition as Parsed } from '../../sandbox/aws/queries/condition.ts';
import { parseInsights } from '../../sandbox/aws/queries/insights.ts';
import { parseSql } from '../../sandbox/aws/queries/sql.ts';
import { deliveryDelayMs } from '../../sandbox/organization/event-history.ts';
import { athenaQuery } from '../../src/aws/history/athena.ts';
import type { Condition, HistorySearch } from '../../src/aws/history/conditions.ts';
import { insightsQuery } from '../../src/aws/history/insights.ts';
import { lakeQuery } from '../../src/aws/history/lake.ts';
import { historySource } from '../../src/aws/history/source.ts';
import { quoted } from '../../src/aws/history/sql.ts';
import type { Config } from '../../src/config/config.ts';
import { textAt } from '../../src/words/json.ts';
import { anyCharacter } from '../characters.ts';
import { type Harness, startHarness } from '../sandbox/aws/harness.ts';
import { bot } from './bot.ts';

const none: Config['history'] = { logGroup: null, athena: null, eventDataStore: null, askAboveDays: 180 };
const dayMs = 86_400_000;
const asker = { name: 'U0ANA' };

const sources: [string, (harness: Harness) => Config['history']][] = [
  [
    'CloudWatch Logs Insights',
    ({ organization: { trail } }) => ({
      ...none,
      logGroup: `arn:aws:logs:${trail.region}:${trail.account}:log-group:${trail.logGroup}`,
    }),
  ],
  [
    'Athena',
    ({ organization: { trail } }) => ({
      ...none,
      athena: {
        database: trail.database,
        table: trail.table,
        workGroup: 'primary',
        output: 's3://example-athena-results/',
        account: trail.account,
        region: trail.region,
      },
    }),
  ],
  ['CloudTrail Lake', ({ organization: { trail } }) => ({ ...none, eventDataStore: trail.eventDataStoreArn })],
];

async function found(
  harness: Harness,
  config: Config['history'],
  search: HistorySearch,
  signal = AbortSignal.timeout(25_000),
) {
  const source = historySource(config);
  if (source === undefined) throw new Error('There is no source.');
  const ids: string[] = [];
  let bytes = 0;
  for await (const page of source.search(bot(harness), search, asker, signal)) {
    bytes = page.bytes;
    ids.push(...page.events.map((event) => textAt(event, 'eventID') ?? ''));
  }
  return { ids, bytes, name: source.name };
}

describe.each(sources)('%s', (name, config) => {
  test('finds what happened before CloudTrail’s own 90 days, in all accounts', async () => {
    await using harness = await startHarness();
    const [from, to] = [100, 91].map((days) => new Date(harness.now().getTime() - days * dayMs));
    const old = harness.organization.accounts
      .flatMap(({ id, regions }) => regions.flatMap((region) => harness.organization.events(id, region)))
      .filter(
        ({ eventTime }) =>
          from !== undefined && to !== undefined && eventTime >= from.toISOString() && eventTime <= to.toISOString(),
      );
    const [wanted] = old.filter((record) => textAt(record, 'userIdentity', 'userName') !== undefined);
    const userName = textAt(wanted, 'userIdentity', 'userName') ?? '';
    if (from === undefined || to === undefined) throw new Error('Two times are needed.');
    const conditions: Condition[] = [{ fields: ['userIdentity.userName'], is: 'equal', values: [userName] }];
    const answer = await found(harness, config(harness), { from, to, conditions });
    const truth = old.filter((record) => textAt(record, 'userIdentity', 'userName') === userName);
    expect(truth.length).toBeGreaterThan(0);
    expect(answer.ids.toSorted()).toEqual(truth.map(({ eventID }) => eventID).toSorted());
    expect(answer).toMatchObject({ name });
    expect(answer.bytes).toBeGreaterThan(0);
  });

  test('looks for texts anywhere, in some accounts and regions only', async () => {
    await using harness = await startHarness();
    const [account] = harness.organization.accounts;
    const to = new Date(harness.now().getTime() - 3_600_000);
    const conditions: Condition[] = [
      { fields: ['recipientAccountId'], is: 'equal', values: [account?.id ?? ''] },
      { fields: ['awsRegion'], is: 'equal', values: ['eu-west-1'] },
      { fields: ['eventName'], is: 'equal', values: ['AssumeRole'] },
      { anywhere: 'app-instance' },
    ];
    const { ids } = await found(harness, config(harness), { from: new Date(to.getTime() - 5 * dayMs), to, conditions });
    expect(ids.length).toBeGreaterThan(0);
    const known = new Set(
      harness.organization
        .events(account?.id ?? '', 'eu-west-1')
        .flatMap((event) =>
          event.eventName === 'AssumeRole' && JSON.stringify(event).includes('app-instance') ? [event.eventID] : [],
        ),
    );
    expect(ids.every((id) => known.has(id))).toBe(true);
  });

  test('is stopped when the question is cancelled', async () => {
    await using harness = await startHarness();
    const search = { from: new Date(harness.now().getTime() - dayMs), to: harness.now(), conditions: [] };
    await expect(found(harness, config(harness), search, AbortSignal.abort())).rejects.toThrow();
    expect(harness.calls().some(({ operation }) => /:(?:Stop|Cancel)Query/.test(operation))).toBe(true);
  });
});

test('a table of Athena that wants accounts and regions named is asked of all that are known', async () => {
  await using harness = await startHarness();
  const { athena } = sources[1]?.[1](harness) ?? none;
  const { accounts, events, trail } = harness.organization;
  if (athena === null) throw new Error('There is no table.');
  const to = new Date(harness.now().getTime() - 3_600_000);
  const from = new Date(to.getTime() - dayMs);
  const conditions: Condition[] = [{ fields: ['eventName'], is: 'equal', values: ['AssumeRole'] }];
  const injected = { ...none, athena: { ...athena, table: trail.injectedTable } };
  // A search of one account names it already, and reads no other's.
  const one = accounts[0]?.id ?? '';
  const ofOne: Condition = { fields: ['recipientAccountId'], is: 'equal', values: [one] };
  const [all, narrow] = await Promise.all(
    [conditions, [...conditions, ofOne]].map((each) => found(harness, injected, { from, to, conditions: each })),
  );
  // The bot of these tests reads two regions.
  const truth = accounts
    .flatMap(({ id }) => ['eu-west-1', 'us-east-1'].flatMap((region) => events(id, region)))
    .filter(
      ({ eventName, eventTime }) =>
        eventName === 'AssumeRole' &&
        eventTime >= `${from.toISOString().slice(0, 19)}Z` &&
        eventTime <= `${to.toISOString().slice(0, 19)}Z`,
    );
  const idsOf = (records: typeof truth) => records.map(({ eventID }) => eventID).toSorted();
  expect(truth.length).toBeGreaterThan(0);
  expect(all?.ids.toSorted()).toEqual(idsOf(truth));
  expect(narrow?.ids.toSorted()).toEqual(idsOf(truth.filter((record) => record['recipientAccountId'] === one)));
  expect(narrow?.bytes).toBeLessThan(all?.bytes ?? 0);
}, 20_000);

describe('a log group with more rows than one query gives', () => {
  const day = new Date(Math.floor(Date.now() / dayMs) * dayMs - 100 * dayMs);

  /** So many records in each second of delivery, oldest second first. */
  function flood(harness: Harness, perSecond: readonly number[]): string[] {
    const records = perSecond.flatMap((count, second) =>
      Array.from({ length: count }, (_, index) => {
        const eventID = `00000000-0000-4000-8000-${String(second * 100_000 + index).padStart(12, '0')}`;
        const delivered = day.getTime() + 3_600_000 + second * 1000;
        const happened = Math.ceil((delivered - deliveryDelayMs(eventID)) / 1000) * 1000;
        const eventTime = `${new Date(happened).toISOString().slice(0, 19)}Z`;
        const { id: recipientAccountId } = harness.organization.accounts[0] ?? {};
        return {
          ...{ eventVersion: '1.11', eventID, eventTime, eventName: 'GetObject', eventSource: 's3.amazonaws.com' },
          ...{ awsRegion: 'eu-west-1', recipientAccountId, userIdentity: { type: 'IAMUser', userName: 'flood' } },
        };
      }),
    );
    const newestFirst = records.sort((a, b) => (a.eventTime < b.eventTime ? 1 : -1));
    const [account] = harness.organization.accounts;
    harness.organization.events = (id, region) => (id === account?.id && region === 'eu-west-1' ? newestFirst : []);
    return newestFirst.map(({ eventID }) => eventID);
  }

  async function searched(harness: Harness) {
    const [, config] = sources[0] ?? [];
    const source = config === undefined ? undefined : historySource(config(harness));
    if (source === undefined) throw new Error('There is no source.');
    const ids: string[] = [];
    const gaps: string[] = [];
    const conditions: Condition[] = [{ fields: ['userIdentity.userName'], is: 'equal', values: ['flood'] }];
    const search = { from: day, to: new Date(day.getTime() + dayMs), conditions };
    for await (const page of source.search(bot(harness), search, asker, AbortSignal.timeout(60_000))) {
      ids.push(...page.events.map((event) => textAt(event, 'eventID') ?? ''));
      if (page.gap !== null) gaps.push(page.gap);
    }
    return { ids, gaps };
  }

  test('is read to the end, and nothing is told twice', async () => {
    await using harness = await startHarness();
    const truth = flood(
      harness,
      Array.from({ length: 50 }, () => 460),
    );
    const { ids, gaps } = await searched(harness);
    expect(gaps).toEqual([]);
    expect(ids).toHaveLength(truth.length);
    expect(new Set(ids)).toEqual(new Set(truth));
  }, 60_000);

  test('and more in one second is read around it, and said not to be whole', async () => {
    await using harness = await startHarness();
    const truth = flood(harness, [300, 200, 12_000, 100]);
    const { ids, gaps } = await searched(harness);
    expect(gaps).toEqual([
      expect.stringMatching(
        /^More than 10,000 events were delivered in the second before \d{4}-.*Z: some of them are not here\.$/,
      ),
    ]);
    expect(new Set(ids).size).toBe(ids.length);
    const second = (id: string) => Math.floor(Number(id.slice(-12)) / 100_000);
    for (const other of [0, 1, 3])
      expect(ids.filter((id) => second(id) === other)).toHaveLength(truth.filter((id) => second(id) === other).length);
    expect(ids.filter((id) => second(id) === 2).length).toBeGreaterThanOrEqual(10_000 - 100);
  }, 60_000);
});

describe('a query to the history', () => {
  const hostile = fc.oneof(
    fc.string({ unit: anyCharacter }),
    fc.constantFrom(
      `a" or eventName like "`,
      `a' or '1'='1`,
      'a\\" | limit 1',
      'x/ or 1=1',
      '%',
      "a'); drop table t",
      'a`b',
      '$(x)',
    ),
  );
  const search = (value: string): HistorySearch => ({
    from: new Date('2026-06-01T00:00:00Z'),
    to: new Date('2026-06-02T00:00:00Z'),
    conditions: [{ fields: ['userIdentity.userName'], is: 'equal', values: [value] }, { anywhere: value }],
  });
  const athena = { database: 'logs', table: 'trail' };

  test('is the same but for the value, or refused', () => {
    const shape = (query: string, value: string) => query.replaceAll(value, 'V');
    fc.assert(
      fc.property(hostile, (value) => {
        for (const write of [
          (text: string) => shape(insightsQuery(search(text)), text),
          (text: string) =>
            shape(lakeQuery('arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/abc', search(text)), text),
          (text: string) => athenaQuery(athena, search(text)).sql,
        ]) {
          try {
            const query = write(value);
            expect(value).toMatch(/^[^"'\\|%`;]+$/);
            if (value.length > 12) expect(query).toBe(write('nothing-like-it'));
          } catch (error) {
            expect(String(error)).toMatch(/cannot be searched for past 90 days|toMatch/);
            expect(String(error)).not.toMatch(/toMatch/);
          }
        }
      }),
    );
  });

  /** What a query asks, as AWS's grammar has it, with V in place of the value. */
  const asked = (condition: Parsed, value: string): unknown => {
    switch (condition.kind) {
      case 'all':
      case 'any':
        return [condition.kind, ...condition.of.map((each) => asked(each, value))];
      case 'not':
        return ['not', asked(condition.of, value)];
      case 'compare':
        return [condition.column.name, condition.operator, condition.to === value ? 'V' : condition.to];
      case 'match':
        return [condition.column.name, condition.pattern.test(`before ${value}`)];
      case 'present':
        return [condition.column.name];
    }
  };
  const eventDataStore =
    'arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f';
  const parsed: Readonly<Record<string, (value: string) => Parsed>> = {
    'Logs Insights': (value) => parseInsights(insightsQuery(search(value)), insightsField).where,
    'Amazon Athena': (value) => {
      const { sql, values } = athenaQuery(athena, search(value));
      return parseSql(sql, values.map(quoted), athenaTable).where;
    },
    'CloudTrail Lake': (value) => parseSql(lakeQuery(eventDataStore, search(value)), [], lakeTable).where,
  };

  test.each(Object.entries(parsed))(
    'to %s is read as the same question about the value, or never sent',
    (_name, parse) => {
      const usual = asked(parse('somebody'), 'somebody');
      const plain = fc.stringMatching(/^[\w+=,.@:/$ ()[\]-]{1,40}$/);
      const around = fc.tuple(plain, hostile, plain).map((parts) => parts.join(''));
      let sent = 0;
      fc.assert(
        fc.property(fc.oneof(hostile, plain, around), (value) => {
          let condition: Parsed;
          try {
            condition = parse(value);
          } catch (error) {
            expect(error).toMatchObject({ name: 'AwsTrouble', kind: 'invalid' });
            return;
          }
          sent += 1;
          expect(asked(condition, value)).toEqual(usual);
        }),
      );
      expect(sent).toBeGreaterThan(0);
    },
  );

  test('to Athena holds no value at all: each is a parameter', () => {
    const { sql, values } = athenaQuery(athena, search('alice'));
    expect(sql).not.toContain('alice');
    expect(sql.match(/\?/g)).toHaveLength(values.length);
  });
});
