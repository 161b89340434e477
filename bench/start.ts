import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { mb, median, openSurroundings, type Running, rssBytes, startLoad, startServer, storages } from './harness.ts';

/**
 * From the start of the process to /readyz, and memory ten seconds later: `node bench/start.ts`, with DATABASE_URL and
 * REDIS_URL. The reference, in turn with it, is Bolt with one BullMQ queue and worker on the same Redis, and nothing else.
 */
const rounds = 5;
const settleMs = 10_000;

async function compare(): Promise<void> {
  const servers = storages().find(({ name }) => name === 'postgres');
  if (servers === undefined) throw new Error('Set DATABASE_URL and REDIS_URL.');
  const storage = await servers.open();
  const load = await startLoad();
  const surroundings = await openSurroundings();
  const { slack } = surroundings.world.environment;
  const starts = {
    bot: () => surroundings.startBot(storage, load.certificate),
    reference: () =>
      startServer([join(import.meta.dirname, 'start-reference.ts')], {
        SLACK_BOT_TOKEN: slack?.botToken ?? '',
        SLACK_SIGNING_SECRET: 'bench',
        SLACK_API_URL: slack?.apiUrl ?? '',
        ...storage.environment,
      }),
  };
  // The first start makes the tables.
  await (await starts.bot()).stop();
  const measured = { bot: new Measured(), reference: new Measured() };
  for (let round = 0; round < rounds; round++)
    for (const name of ['bot', 'reference'] as const) await measured[name].add(await starts[name]());
  const { bot, reference } = measured;
  for (const [name, { words }] of Object.entries(measured)) console.log(`${name}: ${words}`);
  console.log(
    `ratio: start ${(bot.readyMs / reference.readyMs).toFixed(2)}, memory ${(bot.bytes / reference.bytes).toFixed(2)}`,
  );
  load.stop();
  await surroundings.close();
  await storage.close();
}

/** What several starts of one server took: medians. */
class Measured {
  readonly #ready: number[] = [];
  readonly #bytes: number[] = [];

  async add(server: Running): Promise<void> {
    await sleep(settleMs);
    this.#ready.push(server.readyMs);
    this.#bytes.push(rssBytes(server.pid));
    await server.stop();
  }

  get readyMs(): number {
    return median(this.#ready);
  }

  get bytes(): number {
    return median(this.#bytes);
  }

  get words(): string {
    return `ready after ${this.readyMs.toFixed(0)} ms, ${mb(this.bytes)} when idle (medians of ${this.#ready.length})`;
  }
}

await compare();
