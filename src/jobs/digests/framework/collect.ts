import { randomUUID } from 'node:crypto';
import type * as z from 'zod';
import { AwsTrouble } from '../../../aws/aws.ts';
import type { Place } from '../../../framework/asks.ts';
import { activeAccounts, type Estate, globalPlace, organizationSpot } from '../../../framework/estate.ts';
import type { Row } from '../../../framework/verdict.ts';
import { type Content, organizationPlace, type Population } from '../../../questions/framework/kept.ts';
import { type FrameworkRun, openFramework, type Wanted } from '../../../questions/framework/run.ts';
import { storeOf } from '../../../questions/framework/store.ts';
import { messageOf } from '../../../words/text.ts';
import { type Answer, type Ask, asker, type StoppableParts } from '../digest.ts';

/**
 * Judges checks in every account, each account as a place of its own, so that a run goes on where it was cut short.
 * `wanted`: the checks, accounts and regions; the digest wants them all.
 */
export function askFramework(parts: StoppableParts, wanted: Wanted): Ask {
  const opener = randomUUID();
  let opened: Promise<FrameworkRun> | undefined;
  const run = (): Promise<FrameworkRun> => {
    const { aws, config, now, log, stopping } = parts;
    const settings = config.framework;
    opened ??= openFramework({ aws, asker, settings, store: storeOf(parts), now, log }, wanted, stopping);
    return opened;
  };
  return {
    places: async () => {
      const { estate } = await run();
      return {
        places: [
          { account: organizationPlace, name: 'The whole organization' },
          ...activeAccounts(estate).map(({ id, name }) => ({ account: id, name })),
        ],
        trouble: estate.trouble,
        shared: populationOf(estate),
      };
    },
    collect: async ({ account }) => {
      const framework = await run();
      let trouble: string | null = null;
      const rows: Row[] = [];
      const tell = (told: readonly Row[]): void => {
        rows.push(...told);
      };
      if (account === organizationPlace) await framework.organization(tell);
      else {
        const found = activeAccounts(framework.estate).find(({ id }) => id === account);
        if (found === undefined) throw new AwsTrouble('absent', 'It is in the organization no more.');
        trouble = await closed(parts, globalPlace(framework.estate, account));
        await framework.account(found, tell);
      }
      const content = { rows, process: opener, calls: framework.callsOf() } satisfies z.input<typeof Content>;
      return { reportedAt: parts.now(), trouble, content, raw: [] } satisfies Answer;
    },
  };
}

const populationOf = (estate: Estate): Population => ({
  managementAccount: organizationSpot(estate).account,
  accounts: estate.accounts.map(({ id, name, state, organizationalUnits, regions }) => ({
    id,
    name,
    state,
    organizationalUnits: [...organizationalUnits],
    regions: regions.is === 'value' ? [...regions.value] : null,
    reason: regions.is === 'unknown' ? regions.sentence : regions.is === 'absent' ? regions.message : null,
  })),
});

/**
 * Why an account counts as one without an answer: its role cannot be taken. What is known of it from elsewhere (the
 * organization trail, an administrator's list of members) is kept all the same. Null: it is open.
 */
async function closed({ aws }: StoppableParts, place: Place): Promise<string | null> {
  try {
    const { config } = await aws.client('iam', place, asker);
    await config.credentials();
    return null;
  } catch (error) {
    return messageOf(error);
  }
}
