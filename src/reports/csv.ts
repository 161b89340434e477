import { stringify } from 'csv-stringify/sync';

/** One value of a table in a file. Dates are written as ISO 8601 in UTC, `null` as an empty cell. */
export type CsvCell = string | number | boolean | Date | null;

/** Without it Excel reads UTF-8 as the machine's own code page. */
const byteOrderMark = '\uFEFF';

/** Enough rows for one write to pay off, few enough to stay far from a stream's buffer. */
const rowsPerChunk = 200;

/**
 * A cell that a spreadsheet takes for text. One that would begin a formula gets an apostrophe in front: `=`, `+`, `-`, `@`
 * and their full-width forms, also behind white space and what nobody sees, which some programs cut off, and a leading tab or line
 * break. So does what stands behind a semicolon, a tab or a line break in it: where a list is separated by semicolons, as in much of
 * Europe, Excel begins a cell there, whatever the quotes say. Source: OWASP, "CSV Injection".
 */
export const neutralise = (cell: string): string =>
  cell
    // Matches without a sign too, so that a run is read once however long it is.
    .replace(/[;\s\p{Cc}\p{Default_Ignorable_Code_Point}]+[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]?/gu, neutralInside)
    .replace(/^(?=[\t\r\n]|[\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])/u, "'");

/** A run that ends with a sign, with an apostrophe behind the last separator in it. */
function neutralInside(run: string): string {
  if (!/[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]$/.test(run)) return run;
  const begins = 1 + Math.max(...[';', '\t', '\r', '\n'].map((separator) => run.lastIndexOf(separator)));
  return begins === 0 ? run : `${run.slice(0, begins)}'${run.slice(begins)}`;
}

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
