import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseInsights } from '../../sandbox/aws/queries/insights.ts';
import { linesQuery, linesStatement, plainly } from '../../src/aws/history/lines.ts';

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
    { ...span, patterns: ["x' or 1=1"] },
  );
  expect(sql).toBe(
    'select line from "audit"."flow_logs" where day between ? and ? and "account" in (?, ?) and regexp_like(line, ?) limit 10000',
  );
  expect(values).toEqual(['2026/11/28', '2026/11/29', '111122223333', '111122224444', "x' or 1=1"]);
});
