/** A worker that takes a job and never finishes it, until it is killed. Says "took" when it has it. */
import { pino } from 'pino';
import { openQueue } from '../../src/jobs/queue.ts';
import { openDatabase } from '../../src/store/database.ts';

const [databaseUrl, dataDir = '', redisUrl, name = ''] = process.argv.slice(2);
const database = await openDatabase({ databaseUrl: databaseUrl || null, dataDir });
const queue = await openQueue({
  redisUrl: redisUrl || null,
  database,
  log: pino({ level: 'silent' }),
  work: true,
  name,
  lockMs: 1000,
  handlers: {
    long: () => {
      process.stdout.write('took\n');
      return new Promise(() => {});
    },
  },
});
await queue.add('long', { alert: 7 }, { jobId: 'long-7' });
