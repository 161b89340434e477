import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite, type PGliteOptions } from '@electric-sql/pglite';
import { Kysely, PostgresDialect, type Transaction } from 'kysely';
import pg from 'pg';
import { messageOf } from '../alerts/text.ts';
import type { AlertEventTable, AlertTable, MessageTable } from './alerts.ts';
import type { AuditHeadTable, AuditLogTable } from './audit-log.ts';
import type { LaneTable, OutboxTable, SlackMessageTable } from './deliveries.ts';
import type { DigestFileTable } from './digest-files.ts';
import type { DigestExceptionTable, DigestReportTable, DigestTaskTable } from './digest-people.ts';
import type {
  DigestDailyTable,
  DigestPlaceTable,
  DigestRawTable,
  DigestRunTable,
  DigestScheduleTable,
} from './digests.ts';
import { lockDirectory } from './directory-lock.ts';
import type { UnmatchedEndTable } from './intake.ts';
import { migrate } from './migrate.ts';
import { migrations } from './migrations/index.ts';
import type { OncallOverrideTable } from './overrides.ts';
import { pglitePool } from './pglite-pool.ts';
import type { QuestionPartTable, QuestionTable } from './questions.ts';
import type { SlackRequestTable } from './requests.ts';
import type { SilenceTable } from './silences.ts';
import { StoreError } from './store-error.ts';
import type { StormTable } from './storms.ts';
import type { TriageTable } from './triage.ts';

/** Every table, as the file that owns it declares it. */
export interface Tables {
  alert: AlertTable;
  alert_event: AlertEventTable;
  audit_head: AuditHeadTable;
  audit_log: AuditLogTable;
  digest_daily: DigestDailyTable;
  digest_exception: DigestExceptionTable;
  digest_file: DigestFileTable;
  digest_place: DigestPlaceTable;
  digest_raw: DigestRawTable;
  digest_report: DigestReportTable;
  digest_run: DigestRunTable;
  digest_schedule: DigestScheduleTable;
  digest_task: DigestTaskTable;
  lane: LaneTable;
  message: MessageTable;
  oncall_override: OncallOverrideTable;
  outbox: OutboxTable;
  question: QuestionTable;
  question_part: QuestionPartTable;
  silence: SilenceTable;
  slack_message: SlackMessageTable;
  slack_request: SlackRequestTable;
  storm: StormTable;
  triage: TriageTable;
  unmatched_end: UnmatchedEndTable;
}

/**
 * An open database. bigint columns come as strings, timestamptz as Date, jsonb as parsed JSON, on both kinds alike.
 */
export interface Database {
  readonly kind: 'embedded' | 'postgres';
  readonly db: Kysely<Tables>;
  /** For BullMQ, and for LISTEN; unqualified names are looked up in the schemas public and bullmq. */
  readonly pool: pg.Pool;
  /** Runs `act` in one transaction: commits what it did when it returns, rolls back when it throws. */
  transaction<Result>(act: (trx: Transaction<Tables>) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** A PostgreSQL server; null: the embedded database in `dataDir`. */
  databaseUrl: string | null;
  dataDir: string;
}

/**
 * Opens the database and brings its schema up to date. Throws a StoreError, one sentence for the operator, when the
 * server cannot be reached or refuses, when the embedded database is in use, or when the database is newer than the code.
 */
export const openDatabase = ({ databaseUrl, dataDir }: DatabaseOptions): Promise<Database> =>
  databaseUrl === null ? openEmbedded(dataDir) : openPostgres(databaseUrl);

const poolSettings = {
  // BullMQ's tables are in a schema of their own, and it names them without. The pool waits for this promise.
  onConnect: (client) => client.query('set search_path to public, bullmq'),
  // BullMQ asks for it before it trusts LISTEN for longer than ten seconds.
  keepAlive: true,
} satisfies pg.PoolConfig;

/** A laptop's memory: PostgreSQL's default of 128 MB of buffers makes the process that much larger. */
export const pgliteSettings = {
  startParams: [...PGlite.defaultStartParams, '-c', 'shared_buffers=16MB'],
} satisfies PGliteOptions;

/** The database around a PGlite that is open already; closes it too. */
export async function databaseOf(pglite: PGlite, release: () => Promise<void> = async () => {}): Promise<Database> {
  return ready('embedded', pglitePool(pglite, poolSettings), async () => {
    await pglite.close();
    await release();
  });
}

async function openEmbedded(dataDir: string): Promise<Database> {
  try {
    await mkdir(dataDir, { recursive: true });
    const release = await lockDirectory(join(dataDir, 'pg.lock'));
    try {
      return await databaseOf(await openPglite(join(dataDir, 'pg')), release);
    } catch (error) {
      await release();
      throw error;
    }
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError(`The embedded database in ${dataDir} could not be opened: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** A new database is made beside its place and then moved there: a start that was cut short leaves no half of one. */
async function openPglite(directory: string): Promise<PGlite> {
  if (!(await exists(directory))) {
    const unfinished = `${directory}.new`;
    await rm(unfinished, { recursive: true, force: true });
    await (await PGlite.create(unfinished, pgliteSettings)).close();
    await rename(unfinished, directory);
  }
  return PGlite.create(directory, pgliteSettings);
}

async function openPostgres(databaseUrl: string): Promise<Database> {
  try {
    const pool = new pg.Pool({
      ...poolSettings,
      connectionString: databaseUrl,
      application_name: 'trailwatch',
      max: 20,
      connectionTimeoutMillis: 10_000,
    });
    return await ready('postgres', pool, async () => {});
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError(`${reasonOf(error)} (DATABASE_URL: ${withoutPassword(databaseUrl)})`, { cause: error });
  }
}

async function ready(kind: Database['kind'], pool: pg.Pool, closed: () => Promise<void>): Promise<Database> {
  // A connection that breaks fails the query under way and is replaced; without a listener it would end the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  const close = async () => {
    await pool.end();
    await closed();
  };
  try {
    await migrate(pool, migrations);
  } catch (error) {
    await close();
    throw error;
  }
  return { kind, db, pool, transaction: (act) => db.transaction().execute(act), close };
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Why a PostgreSQL server could not be used, and what to do. Source of the codes: PostgreSQL documentation, appendix A. */
function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  switch (code) {
    case 'ECONNREFUSED':
      return 'No PostgreSQL server answers at this host and port: start it, or correct the address';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'The host name of the PostgreSQL server is not known: correct it, or check the name server';
    case '28P01':
    case '28000':
      return `The PostgreSQL server refuses this user or password: ${messageOf(error)}`;
    case '3D000':
      return 'This database does not exist on the PostgreSQL server: create it, or correct the name';
    case '42501':
      return `The user may not do this in the PostgreSQL database (it needs CREATE on the database and on its schema public): ${messageOf(error)}`;
    case 'ERR_INVALID_URL':
      return 'This is not an address of a PostgreSQL server: write postgres://user:password@host:5432/database';
    default:
      return `The PostgreSQL server cannot be used: ${messageOf(error)}`;
  }
}

/** The address without its password and without parameters, which may hold another one. */
function withoutPassword(databaseUrl: string): string {
  const url = URL.parse(databaseUrl);
  if (url === null) return 'not shown, it cannot be parsed';
  url.password = '';
  url.search = '';
  return url.href;
}
