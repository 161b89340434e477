import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type Fault, lasting } from './faults.ts';
import type { Storage } from './servers.ts';
import type { Stage } from './stage.ts';

const serversOf = ({ storage }: Stage): NonNullable<Storage['servers']> => {
  if (storage.servers === undefined) throw new Error('This fault needs servers.');
  return storage.servers;
};

const redisFaults: readonly Fault[] = [
  lasting('Redis flushed', 2000, async (stage) => {
    const { redis } = serversOf(stage);
    await redis.ask('FLUSHALL');
    return async () => void (await redis.ask('FLUSHALL'));
  }),
  lasting('Redis away, and back empty', 10_000, async (stage) => {
    const { redis } = serversOf(stage);
    const back = Promise.withResolvers<void>();
    const started = redis.startEmpty(() => back.promise);
    return async () => {
      back.resolve();
      await started;
    };
  }),
  lasting('Redis refuses connections', 10_000, async (stage) => {
    const { relay } = serversOf(stage).redis;
    relay.set('refuse');
    return async () => relay.set('open');
  }),
  lasting('Redis does not answer', 20_000, async (stage) => {
    const { relay } = serversOf(stage).redis;
    relay.set('swallow');
    return async () => relay.set('open');
  }),
  lasting('Redis out of memory', 10_000, async (stage) => {
    const { redis } = serversOf(stage);
    await redis.ask('CONFIG', 'SET', 'maxmemory', '1');
    return async () => void (await redis.ask('CONFIG', 'SET', 'maxmemory', '0'));
  }),
  lasting('Redis read-only, as after a failover', 10_000, async (stage) => {
    const { redis } = serversOf(stage);
    await redis.ask('REPLICAOF', '127.0.0.1', '1');
    return async () => void (await redis.ask('REPLICAOF', 'NO', 'ONE'));
  }),
];

/** A statement that holds its locks until it is ended. */
async function holding(databaseUrl: string, statement: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query('begin');
  await client.query(statement);
  return async () => {
    await client.query('rollback');
    await client.end();
  };
}

const databaseOf = ({ storage }: Stage): string => storage.databaseUrl ?? '';
const nameOf = (stage: Stage): string => new URL(databaseOf(stage)).pathname.slice(1);
const endConnections = (stage: Stage): Promise<void> =>
  serversOf(stage).statement(
    'select pg_terminate_backend(pid) from pg_stat_activity where usename = current_database() and pid <> pg_backend_pid()',
  );

const postgresFaults: readonly Fault[] = [
  lasting('PostgreSQL refuses connections', 10_000, async (stage) => {
    const { postgres } = serversOf(stage);
    postgres.set('refuse');
    return async () => postgres.set('open');
  }),
  lasting('PostgreSQL does not answer', 15_000, async (stage) => {
    const { postgres } = serversOf(stage);
    postgres.set('swallow');
    return async () => {
      // What was swallowed leaves half a conversation: such a network breaks the connections, sooner or later.
      postgres.cut();
      postgres.set('open');
    };
  }),
  lasting('PostgreSQL ends all connections, each second', 8000, async (stage) => {
    let ended = false;
    const ending = (async () => {
      while (!ended) {
        await endConnections(stage);
        await sleep(1000);
      }
    })();
    return async () => {
      ended = true;
      await ending;
    };
  }),
  lasting('PostgreSQL: tables locked', 12_000, (stage) =>
    holding(databaseOf(stage), 'lock table inbox, alert, slack_message, outbox in access exclusive mode'),
  ),
  lasting('PostgreSQL: one connection for all', 10_000, async (stage) => {
    const { statement } = serversOf(stage);
    await statement(`alter role ${nameOf(stage)} connection limit 1`);
    await endConnections(stage);
    return () => statement(`alter role ${nameOf(stage)} connection limit -1`);
  }),
  lasting('PostgreSQL: read-only', 10_000, async (stage) => {
    const { statement } = serversOf(stage);
    await statement(`alter role ${nameOf(stage)} set default_transaction_read_only to on`);
    await endConnections(stage);
    return async () => {
      await statement(`alter role ${nameOf(stage)} reset default_transaction_read_only`);
      await endConnections(stage);
    };
  }),
  lasting('PostgreSQL: every second change fails to serialize', 10_000, async (stage) => {
    const { statement } = serversOf(stage);
    const tables = ['inbox', 'alert', 'slack_message', 'outbox', 'audit_log'];
    await statement(`create function fault_of_the_suite() returns trigger language plpgsql as $$ begin
      if random() < 0.5 then raise exception 'could not serialize access' using errcode = '40001'; end if;
      return new; end $$`);
    for (const table of tables)
      await statement(
        `create trigger fault_of_the_suite before insert or update on ${table} for each row execute function fault_of_the_suite()`,
      );
    return () => statement('drop function fault_of_the_suite cascade');
  }),
];

export const serverFaults: readonly Fault[] = [...redisFaults, ...postgresFaults];
