import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alarm } from '../../sandbox/scenario.ts';
import { appendAudit, verifyAuditLog } from '../../src/store/audit-log.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { dayMs } from '../../src/words/time.ts';
import { intakeOf, messageOf } from '../jobs/taking-in.ts';
import { freshDatabase } from '../store/fresh-database.ts';
import { prepareDataDir } from '../store/fresh-store.ts';
import { endedAt, processOf } from './copies.ts';
import type { Fault } from './faults.ts';
import type { Stage } from './stage.ts';

const start = Date.UTC(2026, 10, 23, 2);

interface Own {
  databaseUrl: string | null;
  dataDir: string;
  drop: () => Promise<void>;
}

/** A database of the kind that the stage has, and of the fault's own. */
async function ownDatabase(stage: Stage, server: string): Promise<Own> {
  if (stage.storage.databaseUrl !== null) return { ...(await freshDatabase(server)), dataDir: '' };
  const dataDir = mkdtempSync(join(tmpdir(), 'trailwatch-at-rest-'));
  await prepareDataDir(dataDir);
  return { databaseUrl: null, dataDir, drop: async () => rmSync(dataDir, { recursive: true, force: true }) };
}

async function inDatabase<Result>(own: Own, act: (database: Database) => Promise<Result>): Promise<Result> {
  const database = await openDatabase(own);
  try {
    return await act(database);
  } finally {
    await database.close();
  }
}

/** So many alerts that are over in two batches, and one that fires. */
async function fillWithOld(own: Own): Promise<void> {
  await inDatabase(own, async (database) => {
    const { take } = intakeOf(database, { now: new Date(start) });
    const names = Array.from({ length: 700 }, (_, at) => `old-${at}`);
    for (let from = 0; from < names.length; from += 100)
      await take(
        ...names
          .slice(from, from + 100)
          .map((name) => messageOf(alarm(name, 'ALARM', new Date(start)), new Date(start))),
      );
    await database.pool.query(`
      update alert set storm_id = null where id = (select min(id) from alert);
      update outbox set done_at = created_at;
      update triage set done_at = wanted_at;
      update storm set ended_at = last_at;
      update alert set state = 'resolved', resolved_at = last_seen where storm_id is not null`);
  });
}

/** What is half: of an alert, all is there or nothing. */
const halves = (own: Own, ended: boolean): Promise<string[]> =>
  inDatabase(own, async ({ pool }) => {
    const { rows } = await pool.query<{ open: number; over: number; half: number }>(`
      select count(*) filter (where state <> 'resolved')::int as open, count(*) filter (where state = 'resolved')::int as over,
        count(*) filter (where not exists (select from alert_event where alert_id = alert.id)
          or storm_id is not null and not exists (select from slack_message where slack_message.storm_id = alert.storm_id))::int as half
      from alert`);
    const { open = 0, over = 0, half = 0 } = rows[0] ?? {};
    return [
      ...(open === 0 ? ['what is open was thrown away'] : []),
      ...(half > 0 ? [`${half} alerts are there by half`] : []),
      ...(!ended && over > 0 ? [`${over} alerts that are over were left`] : []),
    ];
  });

/** What names a person, in rows and in the log. */
async function fillWithPerson(own: Own): Promise<void> {
  await inDatabase(own, async (database) => {
    const now = new Date(start);
    const { take } = intakeOf(database, { now });
    await take(...['one', 'two'].map((name) => messageOf(alarm(name, 'ALARM', now), now)));
    await database.pool.query(`
      update outbox set done_at = created_at;
      update alert set state = 'resolved', resolved_at = last_seen, resolved_by = 'U0ANA'`);
    for (const subject of ['alert 1', 'user U0ANA', 'alert 2'])
      await database.transaction((trx) =>
        appendAudit(trx, {
          at: now,
          actor: { type: 'user', team: 'T0', user: 'U0ANA' },
          action: 'act',
          subject,
          detail: {},
        }),
      );
  });
}

/** The person is named everywhere or nowhere; what guards the log is there, and it holds. */
const halfErased = (own: Own, ended: boolean): Promise<string[]> =>
  inDatabase(own, async ({ db, pool }) => {
    const { rows } = await pool.query<{ alerts: number; acts: number }>(`
      select (select count(*)::int from alert where resolved_by = 'U0ANA') as alerts,
        (select count(*)::int from audit_log where actor_user = 'U0ANA' or subject = 'user U0ANA') as acts`);
    const { alerts = 0, acts = 0 } = rows[0] ?? {};
    const log = await verifyAuditLog(db);
    return [
      ...((alerts === 0) === (acts === 0) ? [] : [`named in ${alerts} alerts and ${acts} acts`]),
      ...(!ended && alerts + acts > 0 ? ['not erased'] : []),
      ...(log.ok && log.altered === undefined ? [] : ['the audit log is broken, or its table altered']),
    ];
  });

/** What the bot does to what it holds, ended in the middle. */
export const atRestFaults = (server: string): Fault[] => [
  {
    name: 'retention ended at a step',
    run: async (stage, { points }) => {
      const all: Own[] = [];
      const last = () => all.at(-1) ?? { databaseUrl: null, dataDir: '', drop: async () => {} };
      const forgetting = (at: number) => {
        const { databaseUrl, dataDir } = last();
        const now = new Date(start + 200 * dayMs).toISOString();
        return processOf('test/faults/forget-process.ts', [now, databaseUrl ?? '', dataDir], {}, at);
      };
      try {
        return await endedAt(
          points,
          async (at) => {
            const own = await ownDatabase(stage, server);
            all.push(own);
            await fillWithOld(own);
            return forgetting(at);
          },
          async (ended) => {
            const wrong = await halves(last(), ended);
            if (!ended) return wrong;
            // The next start goes on with it.
            const { said, code } = await forgetting(0);
            return [...wrong, ...(code === 0 ? await halves(last(), false) : [said])];
          },
        );
      } finally {
        for (const { drop } of all) await drop();
      }
    },
  },
  {
    name: 'erase ended at a step',
    run: async (stage, { points }) => {
      const all: Own[] = [];
      const last = () => all.at(-1) ?? { databaseUrl: null, dataDir: '', drop: async () => {} };
      try {
        return await endedAt(
          points,
          async (at) => {
            const own = await ownDatabase(stage, server);
            all.push(own);
            await fillWithPerson(own);
            const { databaseUrl, dataDir } = own;
            const environment: Record<string, string> =
              databaseUrl === null ? { DATA_DIR: dataDir } : { DATABASE_URL: databaseUrl };
            return processOf('src/main.ts', ['erase', 'U0ANA'], environment, at);
          },
          (ended) => halfErased(last(), ended),
        );
      } finally {
        for (const { drop } of all) await drop();
      }
    },
  },
];
