import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChangeKind } from '../framework/credential-report/compare.ts';
import { cisVersions } from '../framework/credential-report/controls.ts';
import type { Exception } from '../framework/credential-report/exceptions.ts';
import type { Finding } from '../framework/credential-report/finding.ts';
import { type CsvCell, csvLines, csvStart, inChunks } from './csv.ts';

/** A finding with what the comparison and the exceptions say of it: one row of the files. */
export interface ReportedFinding {
  finding: Finding;
  /** null: a note, which is not compared; `not-checked`: what a rule could not look at. */
  change: ChangeKind | 'not-checked' | null;
  /** How it went, or why it counts: the end of a sentence; null: the change says it all. */
  how: string | null;
  /** ISO 8601: the run that found it first; null for notes. */
  firstSeen: string | null;
  /** The exception that counts now; null: none. */
  exception: Exception | null;
}

const columns: readonly [string, (row: ReportedFinding) => CsvCell][] = [
  ['account', ({ finding }) => finding.account],
  ['account_name', ({ finding }) => finding.accountName],
  ['severity', ({ finding }) => finding.severity],
  ['rule', ({ finding }) => finding.rule],
  ['title', ({ finding }) => finding.title],
  ['user', ({ finding }) => finding.user],
  ['principal', ({ finding }) => finding.principal],
  ['slot', ({ finding }) => finding.slot],
  ['finding', ({ finding }) => finding.sentence],
  ['since', ({ finding }) => finding.since],
  ['age_days', ({ finding }) => finding.ageDays],
  ['limit', ({ finding }) => (finding.limit === null ? null : `${finding.limit.name} ${finding.limit.value}`)],
  ['user_created', ({ finding }) => finding.principalCreatedAt],
  ['change', ({ change }) => change],
  ['how', ({ how }) => how],
  ['first_seen', ({ firstSeen }) => firstSeen],
  ['note', ({ finding }) => finding.note],
  ['exception_owner', ({ exception }) => exception?.owner ?? null],
  ['exception_reason', ({ exception }) => exception?.reason ?? null],
  ['exception_expiry', ({ exception }) => exception?.expiry ?? null],
  ['exception_requested_by', ({ exception }) => exception?.requestedBy ?? null],
  ['exception_requested_at', ({ exception }) => exception?.requestedAt ?? null],
  ['exception_approved_by', ({ exception }) => exception?.approvedBy ?? null],
  ['exception_approved_at', ({ exception }) => exception?.decidedAt ?? null],
  ...cisVersions.map((version): [string, (row: ReportedFinding) => CsvCell] => [
    `cis_${version.replace('.', '_')}`,
    // With the word a spreadsheet takes it for text: 1.10 would become 1.1, which is another control.
    ({ finding }) => (finding.controls.cis[version] == null ? null : `CIS ${finding.controls.cis[version]}`),
  ]),
  ['security_hub', ({ finding }) => finding.controls.securityHub.join(' ')],
  // In words, as the numbers of CIS.
  ['pci_dss_4_0_1', ({ finding }) => finding.controls.pci.map((number) => `PCI ${number}`).join(' ') || null],
  ['console_link', ({ finding }) => finding.consoleLink],
];

/** How a row stands in the files: as cells under a header for people, as an object for programs. */
export interface RowForms<Row> {
  header: readonly string[];
  cells: (row: Row) => readonly CsvCell[];
  object: (row: Row) => object;
}

export const reportedFinding: RowForms<ReportedFinding> = {
  header: columns.map(([name]) => name),
  cells: (row) => columns.map(([, cell]) => cell(row)),
  object: (row) => row,
};

/** Rows that are cells already. */
export const tableRow = (header: readonly string[]): RowForms<readonly CsvCell[]> => ({
  header,
  cells: (row) => row,
  object: (row) => Object.fromEntries(header.map((name, i) => [name, row[i] ?? null])),
});

/**
 * Writes `findings.csv` and `findings.json` (or another name), an array with an object on each line, into a folder: side
 * by side in one pass, as the rows come, so that memory does not grow with their number.
 */
export async function writeFindings<Row>(
  folder: string,
  rows: AsyncIterable<Row> | Iterable<Row>,
  { header, cells, object }: RowForms<Row>,
  name = 'findings',
): Promise<void> {
  await using csv = await open(join(folder, `${name}.csv`), 'w');
  await using json = await open(join(folder, `${name}.json`), 'w');
  await csv.appendFile(csvStart(header));
  let before = '[\n';
  for await (const chunk of inChunks(rows)) {
    await csv.appendFile(csvLines(chunk.map(cells)));
    await json.appendFile(before + chunk.map((row) => JSON.stringify(object(row))).join(',\n'));
    before = ',\n';
  }
  await json.appendFile(before === '[\n' ? '[]\n' : '\n]\n');
}
