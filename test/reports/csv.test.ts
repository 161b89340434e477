import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CsvCell, csvFile, neutralise } from '../../src/reports/csv.ts';

const text = async (header: string[], rows: Iterable<readonly CsvCell[]> | AsyncIterable<readonly CsvCell[]>) =>
  (await Array.fromAsync(csvFile(header, rows))).join('');

describe('neutralise', () => {
  test.each([
    '=HYPERLINK("http://evil.example","click")',
    '+1',
    '-2+3',
    '@SUM(A1)',
    ' =1+1',
    '＝1+1',
    '＋1',
    '－1',
    '＠SUM',
    '\uFEFF=1',
    '\u2060=1',
    '\u00AD\u200E@SUM(A1)',
    '\u0000=1',
  ])('%j is made text', (cell) => expect(neutralise(cell)).toBe(`'${cell}`));

  test.each(['', 'ana', "o'brien", 'a=b', 'ana+test@example.com', '2026-11-23T08:00:00.000Z', ' indented'])(
    '%j stays',
    (cell) => expect(neutralise(cell)).toBe(cell),
  );

  test('what would begin a cell where semicolons separate them is text too', () => {
    expect(neutralise('ok;=1+1;b\n@SUM(A1)\t -2')).toBe("ok;'=1+1;b\n'@SUM(A1)\t' -2");
    expect(neutralise(';=1')).toBe(";'=1");
    for (const sign of '\t\r\n') expect(neutralise(`${sign}=1`)).toBe(`'${sign}'=1`);
    expect(neutralise('\t1')).toBe("'\t1");
  });
});

test('values are written by their type, and Excel is told the encoding', async () => {
  expect(await text(['user', 'days', 'active', 'since'], [['josé', -3, true, new Date('2026-11-23T08:00:00Z')]])).toBe(
    '\uFEFF"user","days","active","since"\n"josé",-3,true,2026-11-23T08:00:00.000Z\n',
  );
  expect(await text(['a', 'b'], [[null, '']])).toBe('\uFEFF"a","b"\n,""\n');
});

test('any text comes back from any reader of CSV, and no cell of it is a formula', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: fc.constantFrom(...'=+-@",\n\r\t a;') }))),
      async (rows) => {
        const read: unknown = parse(await text(['one', 'two'], rows), { bom: true, record_delimiter: '\n' });
        expect(read).toEqual([['one', 'two'], ...rows.map((row) => row.map(neutralise))]);
        for (const cell of rows.flat().map(neutralise)) expect(cell).not.toMatch(/^[=+\-@\t\r\n＝＋－＠]/);
      },
    ),
  );
});

test('rows are taken as they are wanted, not all at once', async () => {
  let made = 0;
  const rows = (function* () {
    for (; made < 1_000_000; made++) yield [made];
  })();
  const chunks = csvFile(['n'], rows);
  await chunks.next();
  expect(made).toBeLessThan(1000);
  await chunks.return();
});

test('trouble with the rows is trouble with the file', async () => {
  const rows = (async function* () {
    yield ['a'];
    throw new Error('the account denied');
  })();
  await expect(text(['n'], rows)).rejects.toThrow('the account denied');
});
