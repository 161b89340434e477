import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { Kysely, PostgresDialect, type Transaction } from 'kysely';
import pg from 'pg';
import type { AlertEventTable, AlertTable, MessageTable } from './alerts.ts';
import type { AuditHeadTable, AuditLogTable } from './audit-log.ts';
import { lockDirectory } from './directory-lock.ts';
import type { LaneTable, OutboxTable, SlackMessageTable } from './deliveries.ts';
import { migrate } from './migrate.ts';
import type { OncallOverrideTable } from './overrides.ts';
import { pglitePool } from './pglite-pool.ts';
import type { SilenceTable } from './silences.ts';
import type { StormTable } from './storms.ts';

/** Every table, as the file that owns it declares it. */
export interface Tables {
  alert: AlertTable;
  alert_event: AlertEventTable;
  audit_head: AuditHeadTable;
  audit_log: AuditLogTable;
  lane: LaneTable;
  message: MessageTable;
  oncall_override: OncallOverrideTable;
  outbox: OutboxTable;
  silence: SilenceTable;
  slack_message: SlackMessageTable;
  storm: StormTable;
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
