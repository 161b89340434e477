import type { ChangeKind } from '../framework/credential-report/compare.ts';
import { cisVersions } from '../framework/credential-report/controls.ts';
import type { Exception } from '../framework/credential-report/exceptions.ts';
import type { Finding } from '../framework/credential-report/finding.ts';
import { type Cell, csvFile } from './csv.ts';

/** A finding with what the comparison and the exceptions say of it: one row of the files. */
export interface ReportedFinding {
  finding: Finding;
  /** null: a note, which is not compared. */
  change: ChangeKind | null;
  /** ISO 8601: the run that found it first; null for notes. */
  firstSeen: string | null;
  /** The exception that counts now; null: none. */
  exception: Exception | null;
}

type Findings = AsyncIterable<ReportedFinding> | Iterable<ReportedFinding>;

const columns: readonly [string, (row: ReportedFinding) => Cell][] = [
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
  ['change', ({ change }) => change],
  ['first_seen', ({ firstSeen }) => firstSeen],
  ['note', ({ finding }) => finding.note],
  ['exception_owner', ({ exception }) => exception?.owner ?? null],
  ['exception_reason', ({ exception }) => exception?.reason ?? null],
  ['exception_expiry', ({ exception }) => exception?.expiry ?? null],
  ['exception_requested_by', ({ exception }) => exception?.requestedBy ?? null],
  ['exception_approved_by', ({ exception }) => exception?.approvedBy ?? null],
  ...cisVersions.map((version): [string, (row: ReportedFinding) => Cell] => [
    `cis_${version.replace('.', '_')}`,
    ({ finding }) => finding.controls.cis[version],
  ]),
  ['security_hub', ({ finding }) => finding.controls.securityHub.join(' ')],
  ['console_link', ({ finding }) => finding.consoleLink],
];

/** All findings as CSV for people, in pieces. */
export const findingsCsv = (findings: Findings): AsyncGenerator<string, void> =>
  csvFile(
    columns.map(([name]) => name),
    (async function* () {
      for await (const row of findings) yield columns.map(([, cell]) => cell(row));
    })(),
  );

/** Objects as one JSON array for programs, in pieces: an object on each line. */
export async function* jsonArray(rows: AsyncIterable<object> | Iterable<object>): AsyncGenerator<string, void> {
  let before = '[\n';
  for await (const row of rows) {
    yield before + JSON.stringify(row);
    before = ',\n';
  }
  yield before === '[\n' ? '[]\n' : '\n]\n';
}
