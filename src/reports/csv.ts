import { stringify } from 'csv-stringify/sync';

/** One value of a table in a file. Dates are written as ISO 8601 in UTC, `null` as an empty cell. */
export type CsvCell = string | number | boolean | Date | null;

/** Without it Excel reads UTF-8 as the machine's own code page. */
const byteOrderMark = '\uFEFF';

/** Enough rows for one write to pay off, few enough to stay far from a stream's buffer. */
const rowsPerChunk = 200;

/**
 * A cell that a spreadsheet takes for text. One that would begin a formula gets an apostrophe in front: `=`, `+`, `-`, `@`
 * and their full-width forms, also behind white space, which some programs cut off, and a leading tab or line break.
 * Source: OWASP, "CSV Injection".
 */
export const neutralise = (cell: string): string =>
  /^[\t\r\n]|^[\s\u200B]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]/.test(cell) ? `'${cell}` : cell;

/**
 * A CSV file (RFC 4180, UTF-8 with byte order mark, line feeds) in pieces, as its rows come: memory does not grow with
 * their number. All text is quoted and neutralised; never meant for raw files, which stay as they were given.
 */
export async function* csvFile(
  header: readonly string[],
  rows: AsyncIterable<readonly CsvCell[]> | Iterable<readonly CsvCell[]>,
): AsyncGenerator<string, void> {
  yield csvStart(header);
  for await (const chunk of inChunks(rows)) yield csvLines(chunk);
}

/** Rows as they come, so many together as are worth one write. */
export async function* inChunks<Row>(rows: AsyncIterable<Row> | Iterable<Row>): AsyncGenerator<Row[], void> {
  let chunk: Row[] = [];
  for await (const row of rows) {
    chunk.push(row);
    if (chunk.length < rowsPerChunk) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

/** What a CSV file begins with. */
export const csvStart = (header: readonly string[]): string => byteOrderMark + csvLines([header]);

/** Rows of a CSV file, each with its line feed. */
export const csvLines = (rows: readonly (readonly CsvCell[])[]): string =>
  stringify(
    rows.map((row) => [...row]),
    {
      quoted_string: true,
      cast: {
        string: neutralise,
        boolean: (value) => (value ? 'true' : 'false'),
        date: (value) => value.toISOString(),
      },
    },
  );
