import { createSecretKey, type KeyObject } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import { Kysely, PostgresDialect, type Transaction } from 'kysely';
import pg from 'pg';
import { messageOf } from '../words/text.ts';
import { vouchWith } from './audit-log.ts';
import { lockDirectory } from './directory-lock.ts';
import { migrate } from './migrate.ts';
import { migrations } from './migrations/index.ts';
import { pglitePools } from './pglite-pool.ts';
import { StoreError } from './store-error.ts';
import type { Tables } from './tables.ts';

/** Connections of one purpose. */
interface Connections {
  readonly db: Kysely<Tables>;
  /**
   * Runs `act` in one transaction: commits what it did when it returns, rolls back when it throws. Where it and another one wait
   * for each other's locks, or its connection breaks before it is to be committed, it is run again from its beginning: it may
   * change nothing but the database.
   */
  transaction<Result>(act: (trx: Transaction<Tables>) => Promise<Result>): Promise<Result>;
}

/**
 * An open database. bigint columns come as strings, timestamptz as Date, jsonb as parsed JSON, on both kinds alike.
 */
export interface Database extends Connections {
  readonly kind: 'embedded' | 'postgres';
  /** For BullMQ, and for LISTEN; unqualified names are looked up in the schemas public and bullmq. */
  readonly pool: pg.Pool;
  /** For what people ask for: a press is acknowledged within 3 s, however many connections a storm keeps busy. */
  readonly people: Connections;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** A PostgreSQL server; null: the embedded database in `dataDir`. */
  databaseUrl: string | null;
  dataDir: string;
  /** With which rows of the audit log are vouched for; absent: with nothing. */
  auditKey?: string | null;
}

/**
 * Opens the database and brings its schema up to date. Throws a StoreError, one sentence for the operator, when the
 * server cannot be reached or refuses, when the embedded database is in use, or when the database is newer than the code.
 */
export const openDatabase = ({ databaseUrl, dataDir, auditKey = null }: DatabaseOptions): Promise<Database> => {
  const key = auditKey === null ? null : createSecretKey(auditKey, 'utf8');
  return databaseUrl === null ? openEmbedded(dataDir, key) : openPostgres(databaseUrl, key);
};

/** BullMQ's tables are in a schema of their own, and it names them without. */
const searchPath = 'set search_path to public, bullmq';

/**
 * A process that stops or vanishes in a transaction keeps its locks no longer than this, and nobody waits longer for one.
 * Source: PostgreSQL documentation, "Client Connection Defaults".
 */
const patience = "set idle_in_transaction_session_timeout to '5s'; set lock_timeout to '10s'";
/** So that the server notices within seconds when this process's host is gone, and not after two hours. Source: the same. */
const liveliness =
  "set tcp_keepalives_idle to 10; set tcp_keepalives_interval to 5; set tcp_keepalives_count to 3; set tcp_user_timeout to '20s'";

const poolSettings = {
  // BullMQ asks for it before it trusts LISTEN for longer than ten seconds.
  keepAlive: true,
} satisfies pg.PoolConfig;

/** The database around a PGlite that is open already; `closed` is called when nobody uses it any more. */
export async function databaseOf(
  pglite: PGlite,
  closed: () => Promise<void>,
  auditKey: KeyObject | null = null,
): Promise<Database> {
  const settings = { ...poolSettings, onConnect: (client: pg.ClientBase) => client.query(searchPath) };
  const { pool, urgent } = pglitePools(pglite, settings);
  return ready('embedded', auditKey, pool, urgent, closed);
}

async function openEmbedded(dataDir: string, auditKey: KeyObject | null): Promise<Database> {
  try {
    await mkdir(dataDir, { recursive: true });
    const release = await lockDirectory(join(dataDir, 'pg.lock'));
    try {
      // Imported here: on a server's database its engine would lie in memory for nothing.
      const { openPglite } = await import('./pglite.ts');
      const pglite = await openPglite(join(dataDir, 'pg'));
      const closed = async () => {
        await pglite.close();
        await release();
      };
      return await databaseOf(pglite, closed, auditKey);
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

async function openPostgres(databaseUrl: string, auditKey: KeyObject | null): Promise<Database> {
  try {
    const settings = {
      ...poolSettings,
      // The pool waits for this promise.
      onConnect: (client: pg.ClientBase) => client.query(`${searchPath}; ${patience}; ${liveliness}`),
      connectionString: databaseUrl,
      application_name: 'trailwatch',
      connectionTimeoutMillis: 10_000,
    };
    const pool = new pg.Pool({ ...settings, max: 20 });
    return await ready('postgres', auditKey, pool, new pg.Pool({ ...settings, max: 4 }), async () => {});
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError(`${reasonOf(error)} (DATABASE_URL: ${withoutPassword(databaseUrl)})`, { cause: error });
  }
}

async function ready(
  kind: Database['kind'],
  auditKey: KeyObject | null,
  pool: pg.Pool,
  peoplesPool: pg.Pool,
  closed: () => Promise<void>,
): Promise<Database> {
  for (const each of [pool, peoplesPool]) {
    // A connection that breaks fails the query under way and is replaced; without a listener it would end the process.
    each.on('error', () => {});
    each.on('connect', (client) => client.on('error', () => {}));
  }
  const close = async () => {
    await Promise.all([pool.end(), peoplesPool.end()]);
    await closed();
  };
  try {
    await migrate(pool, migrations);
  } catch (error) {
    await close();
    throw error;
  }
  return { kind, pool, ...connectionsOf(pool, auditKey), people: connectionsOf(peoplesPool, auditKey), close };
}

function connectionsOf(pool: pg.Pool, auditKey: KeyObject | null): Connections {
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  return {
    db,
    async transaction(act) {
      for (let attempt = 1; ; attempt += 1) {
        let committing = false;
        try {
          return await db.transaction().execute(async (trx) => {
            if (auditKey !== null) vouchWith(trx, auditKey);
            const result = await act(trx);
            committing = true;
            return result;
          });
        } catch (error) {
          if (committing || attempt === mostAttempts || !isUndone(error)) throw error;
        }
      }
    },
  };
}

/** So often a transaction is tried that others get in the way of: the server sees a deadlock after a second. */
const mostAttempts = 3;

/**
 * Of a transaction that was not yet to be committed: the server gave it up so that another one can go on (a deadlock, a
 * serialization failure), or ended it with its connection. Source of the codes: PostgreSQL documentation, appendix A; where the server said nothing pg has none.
 */
const isUndone = (error: unknown): boolean =>
  error instanceof Error &&
  (('code' in error && undoneCodes.has(String(error.code))) ||
    /^Connection terminated|is not queryable$/.test(error.message));
const undoneCodes: ReadonlySet<string> = new Set(['40001', '40P01', '57P01', '57P02', 'ECONNRESET', 'EPIPE']);

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
