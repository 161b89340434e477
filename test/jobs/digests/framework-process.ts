/** Makes a run of the framework digest until it is killed. Writes the number of accounts that answered, as it grows. */
import { setInterval as every } from 'node:timers/promises';
import { pino } from 'pino';
import { memberRole } from '../../../sandbox/aws/roles.ts';
import { openAws } from '../../../src/aws/open.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { makeRun } from '../../../src/jobs/digests/run.ts';
import { openDatabase } from '../../../src/store/database.ts';
import { placesOf } from '../../../src/store/digests/places.ts';
import { runsOf } from '../../../src/store/digests/runs.ts';
import { fewSteps } from './few-steps.ts';

const [databaseUrl, dataDir = '', begun = ''] = process.argv.slice(2);
const ahead = Date.parse(begun) - Date.now();
const now = () => new Date(Date.now() + ahead);
const loaded = loadConfig('sandbox/config.yaml', {});
if ('problems' in loaded) throw new Error('The configuration of the sandbox has problems.');
const database = await openDatabase({ databaseUrl: databaseUrl || null, dataDir });
const log = pino({ level: 'silent' });
const parts = {
  database,
  aws: openAws({
    accounts: {
      discover: true,
      list: [],
      role: memberRole.name,
      externalId: memberRole.externalId,
      regions: ['eu-west-1', 'us-east-1'],
    },
    history: { logGroup: null, athena: null, eventDataStore: null, askAboveDays: 180 },
    pace: async () => {},
    now,
    log,
  }),
  config: loaded.config,
  nameOf: async (user: string) => user,
  zoneOf: async () => 'UTC',
  now,
  log,
  stopping: new AbortController().signal,
};
const made = makeRun(parts, fewSteps, null);
made.catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
let told = 0;
for await (const _ of every(50)) {
  const [run] = await runsOf(database.db, 'framework', 1);
  const answered = run === undefined ? [] : await placesOf(database.db, run.id, 'answered');
  if (answered.length > told) process.stdout.write(`${answered.length}\n`);
  told = answered.length;
}
