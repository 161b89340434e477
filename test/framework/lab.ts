import { pino } from 'pino';
import { createOrganization } from '../../sandbox/organization/create.ts';
import type { Config } from '../../src/config/config.ts';
import { type FrameworkSettings, frameworkDefaults } from '../../src/framework/settings.ts';
import type { Row } from '../../src/framework/verdict.ts';
import { type FrameworkParts, runFramework, type Told, type Wanted } from '../../src/questions/framework/run.ts';
import { bot, stubBotKey } from '../aws/bot.ts';
import { type Harness, startHarness } from '../sandbox/aws/harness.ts';

/** A sandbox organization and the bot's checks over it: `await using lab = await startLab()`. */
export interface Lab extends Harness {
  /** Runs steps or checks over the whole organization, or over what is named; everything that the run told. */
  told: (
    of: string | readonly string[],
    where?: Partial<Wanted>,
    settings?: Partial<FrameworkSettings>,
  ) => Promise<Told[]>;
  /** The rows of it. */
  rows: (
    of: string | readonly string[],
    where?: Partial<Wanted>,
    settings?: Partial<FrameworkSettings>,
  ) => Promise<Row[]>;
}

/** `regions`: those that the bot is configured to read; empty: those that are on. `store` is the bot's own; none by default. */
export async function startLab(
  organization: Partial<Parameters<typeof createOrganization>[0]> = {},
  accounts: Partial<Config['accounts']> = {},
  store?: FrameworkParts['store'],
): Promise<Lab> {
  // Paces are for AWS: here time goes by a thousand times as fast, and nobody waits for a turn.
  const harness = await startHarness(createOrganization({ until: new Date(), eventsPerAccount: 40, ...organization }), {
    paceMs: () => performance.now() * 1000,
  });
  const aws = bot(harness, { regions: ['eu-west-1', 'us-east-1'], ...accounts }, { pace: async () => {} });
  const told: Lab['told'] = async (of, where = {}, settings = {}) => {
    // A lab outlives the test that stubs the environment.
    stubBotKey(harness);
    const parts = {
      aws,
      asker: { name: 'framework' },
      settings: { ...frameworkDefaults, ...settings },
      store: store ?? (async () => noStore(harness.now())),
      now: harness.now,
      log: pino({ level: 'silent' }),
    };
    const wanted = { of: typeof of === 'string' ? [of] : of, accounts: [], regions: [], ...where };
    return Array.fromAsync(runFramework(parts, wanted, new AbortController().signal));
  };
  return {
    ...harness,
    told,
    rows: async (...given) => (await told(...given)).flatMap((each) => (each.kind === 'rows' ? each.rows : [])),
  };
}

const noStore = (at: Date) => ({ is: 'unknown', why: 'not asked', sentence: 'There is no store here.', at }) as const;

/** How many rows of each verdict. */
export const counts = (rows: readonly Row[]): Record<string, number> =>
  Object.fromEntries(
    Map.groupBy(rows, ({ verdict }) => verdict)
      .entries()
      .map(([verdict, of]) => [verdict, of.length]),
  );
