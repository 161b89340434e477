import { createHash } from 'node:crypto';
import { Writable } from 'node:stream';
import { inflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { drawPng } from '../../src/reports/chart.ts';
import { credentialReportDocument } from '../../src/reports/credential-report.ts';
import type { ReportDocument } from '../../src/reports/document.ts';
import { legible } from '../../src/reports/fonts.ts';
import { writePdf } from '../../src/reports/pdf.ts';
import { organizationResults } from './organization.ts';

async function pdf(document: ReportDocument): Promise<{ bytes: Buffer; pages: number; chunks: number }> {
  const chunks: Buffer[] = [];
  const into = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk);
      done();
    },
  });
  const { pages } = await writePdf(document, into);
  return { bytes: Buffer.concat(chunks), pages, chunks: chunks.length };
}

/** What is packed in the file, by the number of its object; pictures are left out. */
function streamsOf(bytes: Buffer): Map<string, string> {
  const text = bytes.toString('latin1');
  const streams = new Map<string, string>();
  for (const { index } of text.matchAll(/\nstream\n/g)) {
    const head = text.slice(text.lastIndexOf(' 0 obj', index) - 8, index);
    const start = index + '\nstream\n'.length;
    const raw = bytes.subarray(start, start + Number(/\/Length (\d+)/.exec(head)?.[1]));
    const id = /(\d+) 0 obj/.exec(head)?.[1] ?? '';
    if (head.includes('/FlateDecode') && !head.includes('/Image')) streams.set(id, inflateSync(raw).toString('latin1'));
  }
  return streams;
}

/** The text of each page: the glyphs that it draws, taken back to letters by the tables which the fonts bring along. */
function letters(bytes: Buffer): string[] {
  const text = bytes.toString('latin1');
  const streams = streamsOf(bytes);
  const tables = new Map<string, string[]>();
  for (const [, id = '', body = ''] of text.matchAll(/(?:^|\n)(\d+) 0 obj\n<<([\s\S]*?)\nendobj/g)) {
    const table = streams.get(/\/ToUnicode (\d+) 0 R/.exec(body)?.[1] ?? '');
    if (table === undefined) continue;
    const units = (hex: string) => (hex.match(/[0-9a-f]{4}/g) ?? []).map((unit) => Number.parseInt(unit, 16));
    const entries = [...table.matchAll(/\[([^\]]*)\]/g)].flatMap(([, list = '']) => list.match(/<[^>]*>/g) ?? []);
    tables.set(
      id,
      entries.map((hex) => String.fromCharCode(...units(hex))),
    );
  }
  const names = new Map([...text.matchAll(/\/(F\d+) (\d+) 0 R/g)].map(([, name = '', id = '']) => [name, id]));
  return [...streams.values()]
    .filter((body) => body.includes(' Tf\n'))
    .map((body) => {
      let table: string[] = [];
      return [...body.matchAll(/\/(F\d+) [\d.]+ Tf|<([0-9a-f]+)>/g)]
        .map(([, font, hex]) => {
          if (font !== undefined) table = tables.get(names.get(font) ?? '') ?? [];
          return (hex?.match(/.{4}/g) ?? []).map((code) => table[Number.parseInt(code, 16)] ?? '').join('');
        })
        .join('');
    });
}

const pageCount = (bytes: Buffer): number => (bytes.toString('latin1').match(/\/Type \/Page\b(?!s)/g) ?? []).length;

const results = organizationResults(14);

const dot = (): Promise<Uint8Array> => drawPng('<svg xmlns="http://www.w3.org/2000/svg" width="2" height="1"/>', 2);

test('the report tells scope, method, results, exceptions, files and sign-off, on numbered pages', async () => {
  const { bytes, pages } = await pdf(credentialReportDocument(results));
  expect(bytes.subarray(0, 5).toString()).toBe('%PDF-');
  expect(pageCount(bytes)).toBe(pages);
  const drawn = letters(bytes);
  expect(drawn).toHaveLength(pages);
  const [cover = ''] = drawn;
  for (const text of ['IAM credential report', 'As of 2026-11-23 08:00 UTC', '13 of 14 accounts answered'])
    expect(cover).toContain(text);
  const all = drawn.join('\n');
  for (const text of [
    '1  Scope and coverage',
    'iam:GetCredentialReport',
    'AssignmentStatus=Assigned',
    'a credential unused for 45 days or more',
    '3  Results by control',
    'The root user can sign in without MFA.',
    'Nothing was checked. The role trailwatch-read',
    'no: was approved by',
    results.files[0]?.sha256 ?? '',
    'SHA-256 of manifest.json',
  ])
    expect(all).toContain(text);
  for (const [i, text] of drawn.slice(1).entries()) expect(text).toContain(`Page ${i + 2} of ${pages}`);
  // The contents on the cover name the page where each part really begins.
  for (const [i, text] of drawn.entries())
    for (const [, part = ''] of text.matchAll(/(\d {2}(?:Method|Files|Sign-off|Exceptions))/g))
      if (i > 0) expect(cover).toContain(`${part}${i + 1}`);
});

test('the same document gives the same bytes, and another time others', async () => {
  const document = credentialReportDocument(results);
  const hash = async (one: ReportDocument) =>
    createHash('sha256')
      .update((await pdf(one)).bytes)
      .digest('hex');
  const first = await hash(document);
  expect(await hash(document)).toBe(first);
  expect(await hash({ ...document, createdAt: new Date('2026-11-23T09:00:00Z') })).not.toBe(first);
});

test('hundreds of accounts go out in pieces while other work gets its turn', async () => {
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
  }, 1);
  const { pages, chunks } = await pdf(credentialReportDocument(organizationResults(300)));
  clearInterval(timer);
  expect(pages).toBeGreaterThan(15);
  expect(chunks).toBeGreaterThan(pages);
  expect(turns).toBeGreaterThan(10);
});

test('a signed report shows who reviewed it and when', async () => {
  const signOff = { reviewer: 'ben', at: new Date('2026-11-24T10:00:00Z') };
  const { bytes } = await pdf({ ...credentialReportDocument(results), signOff });
  expect(letters(bytes).at(-1)).toContain('Reviewed byben');
  expect(letters(bytes).at(-1)).toContain('2026-11-24 10:00');
  expect(letters(bytes).at(-1)).toContain('Made by trailwatch 0.1.0, node v24.21.0.');
});

test('what its fonts have no sign for can still be read: as numbers, never as one box for all', async () => {
  const signOff = { reviewer: '山田 Ana, محمد', at: new Date('2026-11-24T10:00:00Z') };
  const { bytes } = await pdf({ ...credentialReportDocument(results), signOff });
  const drawn = letters(bytes).at(-1) ?? '';
  expect(drawn).toContain('[U+5C71 U+7530] Ana, ');
  expect(drawn).not.toContain('U+0645');
  expect(legible('שלום', 'regular')).toBe('שלום');
  expect(legible('שלום', 'mono')).toBe('[U+05E9 U+05DC U+05D5 U+05DD]');
  expect(legible('é … 🚨', 'bold')).toBe('é … [U+1F6A8]');
});

test('the title of a table stands on the page on which the table begins, wherever that is', async () => {
  const columns = [
    { title: 'Name', share: 1 },
    { title: 'What', share: 4 },
  ];
  const table = (rows: string[][]) => ({ columns, rows, empty: '' });
  const { bytes } = await pdf({
    ...credentialReportDocument(results),
    sections: Array.from({ length: 30 }, (_, i) => ({
      title: 'x',
      paragraphs: [],
      tables: [
        { title: null, table: table(Array.from({ length: i }, () => ['x', 'x'])) },
        { title: `Title ${i}.`, table: table([[`Row ${i}.`, 'long '.repeat(60)]]) },
      ],
    })),
  });
  for (const page of letters(bytes))
    expect([...page.matchAll(/Title (\d+)\./g)].map(([, i]) => i)).toEqual(
      [...page.matchAll(/Row (\d+)\./g)].map(([, i]) => i),
    );
});

test('no text whatever breaks a page: it is cut with a sign, and its marks are gone', async () => {
  const hostile = [
    'x'.repeat(10_000),
    '\u202Eevil\u202C \u200B\u0000\u001b[31m',
    'שלום عليكم',
    '漢字 🙂',
    'a\nb\r\n\tc',
    '\uD800',
    '',
    ' ',
    'W'.repeat(400),
  ];
  const document = credentialReportDocument(results);
  const column = { title: 'x'.repeat(200), share: 1 };
  const { bytes, pages } = await pdf({
    ...document,
    title: 'T'.repeat(10_000),
    organization: '\u202E'.repeat(50) + 'O'.repeat(10_000),
    headline: 'H '.repeat(5000),
    figures: hostile.map((text) => ({ label: text, value: text, change: text })),
    sections: hostile.map((text) => ({
      title: text,
      paragraphs: [text],
      tables: [
        {
          title: text,
          table: {
            columns: [column, { ...column, kind: 'severity' }, { ...column, kind: 'mono' }],
            rows: [[text, text, text], []],
            empty: '',
          },
        },
        { title: null, table: { columns: [column], rows: [], empty: text } },
      ],
    })),
    files: hostile.map((name) => ({ name, bytes: 1, sha256: 'a'.repeat(64) })),
  });
  expect(pageCount(bytes)).toBe(pages);
  expect(pages).toBeLessThan(30);
  const all = letters(bytes).join('');
  expect(all).toContain('xxx…');
  expect(all).toContain('ש');
  for (const mark of ['\u202E', '\u200B', '\u001B']) expect(all).not.toContain(mark);
});

test('a reader of screens learns what each mark is: all that is drawn is a heading, a paragraph, a cell, a picture in words, or nothing', async () => {
  const document = credentialReportDocument({ ...results, chart: { png: await dot(), alt: 'Fewer each week' } });
  const { bytes } = await pdf(document);
  const text = bytes.toString('latin1');
  expect(text).toMatch(/\/MarkInfo/);
  const kinds = (kind: string) => text.match(new RegExp(`/S /${kind}\\b`, 'g'))?.length ?? 0;
  expect(kinds('H1')).toBe(1);
  expect(kinds('H2')).toBe(document.sections.length + 5);
  // The head of a table that goes on is said once.
  expect(kinds('Table')).toBeGreaterThan(4);
  expect(kinds('TH')).toBeLessThan(12 * kinds('Table'));
  const rows = [
    document.coverage.table,
    ...document.sections.flatMap(({ tables }) => tables.map(({ table }) => table)),
  ];
  expect(kinds('TD')).toBeGreaterThan(
    rows.reduce((sum, { rows: each, columns }) => sum + each.length * columns.length, 0),
  );
  expect(text).toMatch(/\/S \/Figure[\s\S]{0,80}\/Alt \(Fewer each week\)/);
  for (const body of [...streamsOf(bytes).values()].filter((each) => each.includes(' Tf\n'))) {
    let depth = 0;
    for (const line of body.split('\n'))
      if (/\bB(?:D|M)C$/.test(line)) depth += 1;
      else if (line === 'EMC') depth -= 1;
      else if (/(?:\bT[Jj]|\bDo|^[fSB]\*?)$/.test(line)) expect([line, depth]).toEqual([line, 1]);
    expect(depth).toBe(0);
  }
});
