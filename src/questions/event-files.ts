import { type EventRow, eventRow } from '../cloudtrail/row.ts';
import { type CsvCell, csvFile } from '../reports/csv.ts';
import { isRecord, parseJson } from '../words/json.ts';

const columns = {
  'Time (UTC)': (row) => row.time,
  Who: (row) => row.who,
  Person: (row) => row.human,
  'Caller ARN': (row) => row.arn,
  'Access key': (row) => row.key,
  Action: (row) => row.event,
  Service: (row) => row.service,
  On: (row) => row.on,
  'Resource ARN': (row) => row.resource,
  From: (row) => row.from,
  'User agent': (row) => row.agent,
  Account: (row) => row.account,
  Region: (row) => row.region,
  Outcome: (row) => row.error ?? 'ok',
  Changes: (row) => row.changes,
  Severity: (row) => row.severity,
  Why: (row) => row.why,
  Technique: (row) => row.technique,
  'Event id': (row) => row.id,
  Console: (row) => row.link,
} as const satisfies Record<string, (row: EventRow) => CsvCell>;

/** The events as a CSV file, in pieces: one line each, every cell neutralised. `lines` are records as JSON texts. */
export const eventsCsv = (lines: AsyncIterable<string>): AsyncGenerator<string, void> =>
  csvFile(Object.keys(columns), cells(lines));

async function* cells(lines: AsyncIterable<string>): AsyncGenerator<CsvCell[], void> {
  for await (const line of lines) {
    const record = parseJson(line);
    if (!isRecord(record)) continue;
    const row = eventRow(record);
    yield Object.values(columns).map((read) => read(row));
  }
}

/** The records as CloudTrail writes its own files, `{"Records": […]}`, in pieces; secrets are masked. */
export async function* eventsJson(lines: AsyncIterable<string>): AsyncGenerator<string, void> {
  let before = '{"Records":[\n';
  for await (const line of lines) {
    yield `${before}${line}`;
    before = ',\n';
  }
  yield before === ',\n' ? '\n]}\n' : `${before}]}\n`;
}
