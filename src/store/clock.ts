import { type Kysely, sql } from 'kysely';
import type { Logger } from 'pino';
import type { Tables } from './tables.ts';

const lookEveryMs = 5000;
/** What a slow answer says of the time is that wrong: the clock goes on by itself, and looks again. */
const slowMs = 1000;
/** A machine's clock that is this wrong is worth a line: what AWS signs is judged by it. */
const remarkableMs = 5000;

export interface DatabaseClock {
  now: () => Date;
  /** Sets it by the database once more. */
  look: () => Promise<void>;
  stop: () => void;
}

/**
 * The time by the database's clock, the one that all replicas share: what is due is judged by it, so a machine whose clock is set
 * wrong, or is set anew, calls nobody early. Between two looks it is carried on by the time since the process began, which nobody
 * can set.
 */
export async function databaseClock({ db }: { db: Kysely<Tables> }, log: Pick<Logger, 'warn'>): Promise<DatabaseClock> {
  let ahead = Number.NaN;
  const look = async (): Promise<void> => {
    const asked = performance.now();
    const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(db);
    const tookMs = performance.now() - asked;
    const [row] = rows;
    if (row !== undefined && (tookMs < slowMs || Number.isNaN(ahead))) ahead = row.now.getTime() - asked - tookMs / 2;
  };
  const now = (): Date => new Date(ahead + performance.now());
  await look();
  const wrongMs = Date.now() - now().getTime();
  if (Math.abs(wrongMs) > remarkableMs)
    log.warn({ aheadMs: Math.round(wrongMs) }, "This machine's clock is wrong by the database's, which counts.");
  const timer = setInterval(() => {
    look().catch((error: unknown) => log.warn({ err: error }, 'The database could not be asked for the time.'));
  }, lookEveryMs).unref();
  return { now, look, stop: () => clearInterval(timer) };
}
