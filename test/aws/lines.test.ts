import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lineTable } from '../../sandbox/aws/queries/columns.ts';
import type { Row } from '../../sandbox/aws/queries/condition.ts';
import { parseInsights } from '../../sandbox/aws/queries/insights.ts';
import { summedUp } from '../../sandbox/aws/queries/search.ts';
import { parseSql } from '../../sandbox/aws/queries/sql.ts';
import { linesQuery, linesStatement, plainly, totalQuery, totalStatement } from '../../src/aws/history/lines.ts';
import { quoted } from '../../src/aws/history/sql.ts';
import { anyCharacter } from '../characters.ts';

const span = { from: new Date('2026-11-28T23:50:00Z'), to: new Date('2026-11-29T08:00:00Z') };

describe('a value in a pattern', () => {
  test('means itself alone, or is refused', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 40 }), fc.string({ maxLength: 40 }), (value, other) => {
        const pattern = (() => {
          try {
            return plainly(value);
          } catch {
            return undefined;
          }
        })();
        fc.pre(pattern !== undefined);
        expect(new RegExp(`^(?:${pattern})$`).test(value)).toBe(true);
        expect(new RegExp(`^(?:${pattern})$`).test(other)).toBe(other === value);
      }),
    );
    expect(() => plainly('x/ | delete')).toThrow(/may stand in a query/);
  });

  test('does not end the query that it stands in', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\w+=,.@:/$ ()[\]-]{1,40}$/), (value) => {
        const read = parseInsights(linesQuery({ patterns: [plainly(value)] }), (name) => ({
          name,
          value: () => value,
        }));
        expect(read.limit).toBe(10_000);
        expect(read.where).toMatchObject({ of: [{ kind: 'match' }] });
      }),
    );
  });
});

test('a statement has every value as a parameter, and reads the days of the span alone', () => {
  const table = { database: 'audit', table: 'flow_logs' };
  const { sql, values } = linesStatement(
    table,
    { account: ['111122223333', '111122224444'] },
    { ...span, patterns: ["x' or 1=1"], time: null, sizeWord: null },
  );
  expect(sql).toBe(
    'select line from "audit"."flow_logs" where day between ? and ? and "account" in (?, ?) and regexp_like(line, ?) limit 10000',
  );
  expect(values).toEqual(['2026/11/28', '2026/11/29', '111122223333', '111122224444', "x' or 1=1"]);
});

describe('lines that say when they were', () => {
  const table = { database: 'audit', table: 'logs' };
  const asked = { ...span, patterns: ['x'] };

  test('are asked for by that time, the newest first', () => {
    const { sql, values } = linesStatement(table, {}, { ...asked, time: { word: 11 }, sizeWord: 10 });
    const start = "try_cast(element_at(split(line, ' '), 11) as bigint)";
    expect(sql).toBe(
      `select line from "audit"."logs" where day between ? and ? and ${start} between cast(? as bigint) and cast(? as bigint) and regexp_like(line, ?) order by ${start} desc limit 10000`,
    );
    expect(values).toEqual(['2026/11/28', '2026/11/29', '1795909800', '1795939200', 'x']);
    const dns = linesStatement(table, {}, { ...asked, time: { key: 'query_timestamp' }, sizeWord: null });
    expect(dns.sql).toContain("json_extract_scalar(line, '$.query_timestamp') between ? and ?");
    expect(dns.values).toContain('2026-11-28T23:50:00Z');
    const s3 = linesStatement(table, {}, { ...asked, time: 'brackets', sizeWord: null });
    expect(s3.sql).toContain(
      String.raw`try(parse_datetime(regexp_extract(line, '\[([^\]]+)\]', 1), 'dd/MMM/yyyy:HH:mm:ss Z')) between from_iso8601_timestamp(?)`,
    );
  });

  test('are counted where they are kept, with the bytes they tell of', () => {
    expect(totalStatement(table, {}, { ...asked, time: null, sizeWord: 10 }).sql).toBe(
      `select count(*) as lines, sum(try_cast(element_at(split(line, ' '), 10) as bigint)) as bytes from "audit"."logs" where day between ? and ? and regexp_like(line, ?)`,
    );
    const three = totalQuery({ patterns: ['x'], sizeWord: 3 });
    const message = (name: string) => ({ name, value: ({ line }: Row) => line?.text });
    const rows = ['x a 40 b', 'x a - b', 'x a 2 b'].map((text) => ({
      record: { eventID: '' },
      time: 0,
      line: { text, partitions: {} },
    }));
    const found = { rows, matched: 3, scanned: 3, bytesScanned: 0 };
    const { columns } = summedUp(parseInsights(three, message).totals, found);
    expect(columns.map(({ label, column }) => [label, column.value({ record: { eventID: '' }, time: 0 })])).toEqual([
      ['lines', '3'],
      ['bytes', '42'],
    ]);
    expect(totalQuery({ patterns: ['x'], sizeWord: 10 })).toBe(
      String.raw`filter @message like /x/ | parse @message /^(?:\S+ +){9}(?<size>\d+)/ | stats count(*) as lines, sum(size) as bytes`,
    );
  });
});

test('whatever a folder is called, a statement asks for it and for nothing else', () => {
  const table = { database: 'audit', table: 'access_logs' };
  const name = fc.oneof(
    fc.string({ unit: anyCharacter, minLength: 1 }),
    fc.constantFrom("a') or ('1'='1", "a''", 'a\n--', '?', '\\'),
  );
  fc.assert(
    fc.property(name, fc.stringMatching(/^[\w. ()[\]-]{1,40}$/), (bucket, word) => {
      const { sql, values } = linesStatement(
        table,
        { bucket: [bucket] },
        { ...span, patterns: [plainly(word)], time: null, sizeWord: null },
      );
      const { where, limit } = parseSql(sql, values.map(quoted), lineTable);
      const days = { kind: 'all', of: [{ to: '2026/11/28' }, { to: '2026/11/29' }] };
      expect(where).toMatchObject({
        kind: 'all',
        of: [days, { kind: 'any', of: [{ kind: 'compare', operator: '=', to: bucket }] }, { kind: 'match' }],
      });
      expect(limit).toBe(10_000);
    }),
    { numRuns: 40 },
  );
});
