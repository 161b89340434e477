import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ControlRow } from '../../../framework/catalogues.ts';
import type { DigestResult } from '../../../framework/digest-result.ts';
import { controlCells, controlHeader } from '../../../reports/controls.ts';
import type { AccountResult } from '../../../reports/credential-report.ts';
import type { CsvCell } from '../../../reports/csv.ts';
import { type ReportedFinding, reportedFinding } from '../../../reports/findings.ts';
import { type Sheet, writeWorkbook } from '../../../reports/xlsx.ts';
import type { ReportedExceptions } from './exceptions.ts';
import { accountHeader, accountRows } from './words.ts';

/** Writes `report.xlsx` beside the files it is drawn from: what people filter and sort, in text cells. */
export async function writeCredentialWorkbook(
  folder: string,
  {
    result,
    accounts,
    exceptions,
    controls,
  }: {
    result: DigestResult;
    accounts: readonly AccountResult[];
    exceptions: ReportedExceptions['all'];
    controls: readonly ControlRow[];
  },
): Promise<void> {
  const findings = (wanted: (row: ReportedFinding) => boolean): Sheet['rows'] => cellsOf(folder, wanted);
  await writeWorkbook(join(folder, 'report.xlsx'), [
    { name: 'Summary', header: ['what', 'value'], rows: summary(result) },
    { name: 'Population', header: accountHeader, rows: accountRows(accounts) },
    { name: 'Findings', header: reportedFinding.header, rows: findings(({ change }) => change !== 'not-checked') },
    { name: 'Not checked', header: reportedFinding.header, rows: findings(({ change }) => change === 'not-checked') },
    { name: 'Controls', header: controlHeader, rows: controlCells(controls) },
    { name: 'Exceptions', header: exceptionHeader, rows: exceptionRows(exceptions) },
  ]);
}

function* summary({ headline, numbers, notes, totals }: DigestResult): Generator<CsvCell[]> {
  yield ['headline', headline];
  for (const { label, value } of numbers) yield [label, value];
  for (const [name, value] of Object.entries(totals)) yield [name, value];
  for (const note of notes) yield ['note', note];
}

const exceptionHeader = [
  'account',
  'principal',
  'rule',
  'slot',
  'owner',
  'reason',
  'expires',
  'requested_by',
  'requested_at',
  'approved_by',
  'decided_at',
  'counts',
];

function* exceptionRows(all: ReportedExceptions['all']): Generator<CsvCell[]> {
  for (const { exception: of, refused } of all)
    yield [
      of.account,
      of.principal,
      of.rule,
      of.slot,
      of.owner,
      of.reason,
      of.expiry,
      of.requestedBy,
      of.requestedAt,
      of.approvedBy,
      of.decidedAt,
      refused === null ? 'yes' : `no: it ${refused}`,
    ];
}

/** The rows of findings.json, an object on each line, as cells: so that memory does not grow with their number. */
async function* cellsOf(
  folder: string,
  wanted: (row: ReportedFinding) => boolean,
): AsyncGenerator<readonly CsvCell[], void> {
  for await (const line of createInterface({ input: createReadStream(join(folder, 'findings.json')) })) {
    if (!line.startsWith('{')) continue;
    const row: ReportedFinding = JSON.parse(line.replace(/,$/, ''));
    if (wanted(row)) yield reportedFinding.cells(row);
  }
}
