import { CsvError, parse } from 'csv-parse/sync';
import { z } from 'zod';
import { parseArn } from '../../aws-names/arn.ts';
import { listed, oneLine } from '../../words/text.ts';
import type { AccessKey, CredentialRow, SigningCertificate, UnreadRow } from './facts.ts';

/** Why a report as a whole cannot be used, in one sentence for people. */
export class CredentialReportError extends Error {
  override name = 'CredentialReportError';
}

export interface CredentialReport {
  rows: readonly CredentialRow[];
  unreadRows: readonly UnreadRow[];
  /** Columns that rules may need and this report has not. */
  missingColumns: readonly string[];
  /** Columns of this report that Trailwatch does not know; they are left out. */
  unknownColumns: readonly string[];
}

const nothing = new Set(['', 'n/a', 'not_supported', 'no_information']);

const says = (text: string): string => `says "${oneLine(text, 40)}"`;

const Flag = z
  .string()
  .optional()
  .transform((text, context) => {
    const value = text?.trim().toLowerCase() ?? '';
    if (value === 'true') return true;
    if (value === 'false') return false;
    if (!nothing.has(value)) context.addIssue(`${says(value)}, neither true nor false`);
    return null;
  });

const IsoTime = z.iso.datetime({ offset: true });

const Moment = z
  .string()
  .optional()
  .transform((text, context) => {
    const value = text?.trim() ?? '';
    if (nothing.has(value.toLowerCase())) return null;
    const time = IsoTime.safeParse(value);
    if (time.success) return new Date(time.data);
    context.addIssue(`${says(value)}, which is no time`);
    return null;
  });

const Words = z
  .string()
  .optional()
  .transform((text) => (text === undefined || nothing.has(text.trim().toLowerCase()) ? null : text));

/** The columns of the report by AWS's names. Source: IAM User Guide, "Understanding the report format". */
const Cells = z.object({
  user: z.string().min(1, 'is empty'),
  arn: z.string().refine((arn) => parseArn(arn)?.service === 'iam', 'is no ARN of IAM'),
  user_creation_time: Moment,
  password_enabled: Flag,
  password_last_used: Moment,
  password_last_changed: Moment,
  password_next_rotation: Moment,
  mfa_active: Flag,
  access_key_1_active: Flag,
  access_key_1_last_rotated: Moment,
  access_key_1_last_used_date: Moment,
  access_key_1_last_used_region: Words,
  access_key_1_last_used_service: Words,
  access_key_2_active: Flag,
  access_key_2_last_rotated: Moment,
  access_key_2_last_used_date: Moment,
  access_key_2_last_used_region: Words,
  access_key_2_last_used_service: Words,
  cert_1_active: Flag,
  cert_1_last_rotated: Moment,
  cert_2_active: Flag,
  cert_2_last_rotated: Moment,
  additional_credentials_info: Words,
});

const columns = Object.keys(Cells.shape);

/** Documented, but absent from the reports that AWS gives today: nothing to remark on. */
const optionalColumns = new Set(['additional_credentials_info']);

/** AWS writes `N/A` into these where it has nothing to say. */
const alwaysFilled = new Set(columns.filter((name) => !optionalColumns.has(name)));

/** What every user says with true or false; only the root user's row may leave one open. */
const userFlags = ['password_enabled', 'mfa_active', 'access_key_1_active', 'access_key_2_active'] as const;

const Records = z.array(z.object({ record: z.array(z.string()), info: z.object({ lines: z.number() }) }));

/**
 * Reads a credential report as GetCredentialReport gives it. Columns are found by name, so more, fewer and moved ones do no
 * harm. Rows that cannot be read are listed with the reason, the others are used.
 * @param account 12 digits: whose report it has to be
 * @throws CredentialReportError when the file is no such report, is cut off, or is another account's
 */
export function parseCredentialReport(content: Uint8Array | string, account: string): CredentialReport {
  const text = typeof content === 'string' ? content.replace(/^\uFEFF/, '') : new TextDecoder().decode(content);
  const [head, ...records] = readRecords(text);
  const header = readHeader(head?.record);
  const rows: CredentialRow[] = [];
  const unreadRows: UnreadRow[] = [];
  for (const [i, { record, info }] of records.entries()) {
    const last = i === records.length - 1;
    const read = readRow(header, record, account);
    if ('refusal' in read) throw new CredentialReportError(read.refusal);
    const cutOff = !('row' in read) || (record.at(-1) === '' && alwaysFilled.has(header.at(-1) ?? ''));
    // AWS writes whole lines: a bad end without a line break is where the file was cut.
    if (last && (record.length < header.length || (cutOff && !text.endsWith('\n'))))
      throw new CredentialReportError(
        `The credential report is cut off in line ${info.lines}: the rest of it is missing. Fetch it again.`,
      );
    if ('row' in read) rows.push(read.row);
    else unreadRows.push({ line: info.lines, user: record[header.indexOf('user')] ?? null, reason: read.reason });
  }
  return {
    rows,
    unreadRows,
    missingColumns: [...alwaysFilled].filter((name) => !header.includes(name)),
    unknownColumns: header.filter((name) => !columns.includes(name)),
  };
}

function readRecords(text: string): z.infer<typeof Records> {
  try {
    return Records.parse(
      parse(text, { info: true, relax_column_count: true, relax_quotes: true, skip_empty_lines: true }),
    );
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new CredentialReportError(
      error.code === 'CSV_QUOTE_NOT_CLOSED'
        ? 'The credential report is cut off: it ends within quotes. Fetch it again.'
        : `The credential report is no CSV: ${oneLine(error.message, 200)}`,
    );
  }
}

function readHeader(record: readonly string[] | undefined): string[] {
  if (record === undefined) throw new CredentialReportError('The credential report is empty.');
  const header = record.map((name) => name.trim().toLowerCase());
  const absent = ['user', 'arn'].filter((name) => !header.includes(name));
  if (absent.length > 0)
    throw new CredentialReportError(`This is no credential report: it has no column ${listed(absent)}.`);
  const twice = header.find((name, i) => header.indexOf(name) !== i);
  if (twice !== undefined)
    throw new CredentialReportError(`The credential report has the column "${oneLine(twice, 60)}" twice.`);
  return header;
}

function readRow(
  header: readonly string[],
  record: readonly string[],
  account: string,
): { row: CredentialRow } | { reason: string } | { refusal: string } {
  if (record.length !== header.length)
    return { reason: `has ${record.length} cells where the header has ${header.length}` };
  const cells = Cells.safeParse(Object.fromEntries(header.map((name, i) => [name, record[i]])));
  if (!cells.success) {
    const [issue] = cells.error.issues;
    return { reason: `${issue?.path.join('.') ?? 'a cell'} ${issue?.message ?? 'cannot be read'}` };
  }
  const row = toRow(cells.data);
  const owner = parseArn(row.arn)?.account;
  if (owner !== account) return { refusal: `The credential report is of account ${owner}, not of ${account}.` };
  const open = row.root ? undefined : userFlags.find((name) => header.includes(name) && cells.data[name] === null);
  return open === undefined ? { row } : { reason: `${open} says neither true nor false` };
}

function toRow(cells: z.infer<typeof Cells>): CredentialRow {
  const key1: AccessKey = {
    slot: 1,
    active: cells.access_key_1_active,
    rotatedAt: cells.access_key_1_last_rotated,
    lastUsedAt: cells.access_key_1_last_used_date,
    lastUsedRegion: cells.access_key_1_last_used_region,
    lastUsedService: cells.access_key_1_last_used_service,
  };
  const key2: AccessKey = {
    slot: 2,
    active: cells.access_key_2_active,
    rotatedAt: cells.access_key_2_last_rotated,
    lastUsedAt: cells.access_key_2_last_used_date,
    lastUsedRegion: cells.access_key_2_last_used_region,
    lastUsedService: cells.access_key_2_last_used_service,
  };
  const certificates: [SigningCertificate, SigningCertificate] = [
    { slot: 1, active: cells.cert_1_active, rotatedAt: cells.cert_1_last_rotated },
    { slot: 2, active: cells.cert_2_active, rotatedAt: cells.cert_2_last_rotated },
  ];
  return {
    user: cells.user,
    arn: cells.arn,
    root: cells.user === '<root_account>',
    createdAt: cells.user_creation_time,
    passwordEnabled: cells.password_enabled,
    passwordLastUsedAt: cells.password_last_used,
    passwordChangedAt: cells.password_last_changed,
    passwordNextRotationAt: cells.password_next_rotation,
    mfaActive: cells.mfa_active,
    keys: [key1, key2],
    certificates,
    additionalCredentials: cells.additional_credentials_info,
  };
}
