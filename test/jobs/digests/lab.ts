import { pino } from 'pino';
import { loadConfig } from '../../../src/config/load.ts';
import type { DigestResult } from '../../../src/framework/digest-result.ts';
import type { Digest } from '../../../src/jobs/digests/digest.ts';
import { makeRun } from '../../../src/jobs/digests/run.ts';
import type { Database } from '../../../src/store/database.ts';
import { bot } from '../../aws/bot.ts';
import type { Harness } from '../../sandbox/aws/harness.ts';

/** Digests of a sandbox organization without Slack, in a database of their own. */
export function digestLab(harness: Harness, database: Database) {
  const loaded = loadConfig('sandbox/config.yaml', {});
  if ('problems' in loaded) throw new Error('The configuration of the sandbox has problems.');
  const parts = {
    database,
    aws: bot(harness),
    config: loaded.config,
    nameOf: async (user: string) => user,
    zoneOf: async () => 'UTC',
    now: harness.now,
    log: pino({ level: 'silent' }),
    stopping: new AbortController().signal,
  };
  return {
    parts,
    /**
     * Collects and writes a digest into a new folder; null: nowhere. The world's time passes quickly meanwhile: what AWS
     * takes seconds for is ready when it is next asked for.
     */
    run: async (digest: Digest, folder: string | null): Promise<DigestResult> => {
      const passing = setInterval(() => harness.moveClock(2000), 100);
      try {
        return (await makeRun(parts, digest, folder)).result;
      } finally {
        clearInterval(passing);
      }
    },
  };
}
