import { pino } from 'pino';
import { vi } from 'vitest';
import { environmentFor } from '../../sandbox/aws/keys.ts';
import { botKey, memberRole } from '../../sandbox/aws/roles.ts';
import { openAws } from '../../src/aws/open.ts';
import { memoryPace, type Pace } from '../../src/aws/pace.ts';
import type { Config } from '../../src/config/config.ts';
import type { Harness } from '../sandbox/aws/harness.ts';

const configured: Config['accounts'] = {
  discover: true,
  list: [],
  role: memberRole.name,
  externalId: memberRole.externalId,
  regions: ['eu-west-1', 'us-east-1'],
};

/** Puts the key that the bot runs with into the environment, where the SDK looks when it first makes a client of a place. */
export function stubBotKey(harness: Harness): void {
  const environment = environmentFor(harness.url, botKey(harness.organization, harness.keys));
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
}

/** The bot's way to AWS, with the key it runs with in the environment, as on a real machine. */
export function bot(
  harness: Harness,
  accounts: Partial<Config['accounts']> = {},
  {
    now = harness.now,
    history = {},
    pace = memoryPace(),
  }: { now?: () => Date; history?: Partial<Config['history']>; pace?: Pace } = {},
) {
  stubBotKey(harness);
  return openAws({
    accounts: { ...configured, ...accounts },
    history: { logGroup: null, athena: null, eventDataStore: null, askAboveDays: 180, ...history },
    pace,
    now,
    log: pino({ level: 'silent' }),
  });
}
