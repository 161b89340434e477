import { parseArn } from '../../aws-names/arn.ts';
import type { Config } from '../../config/config.ts';
import type { Asker, Aws, Place } from '../aws.ts';
import { globalRegionOf } from '../cloudtrail.ts';
import { targetsOf } from '../everywhere.ts';
import { troubleOf } from '../trouble.ts';
import { type NamedPartitions, searchTable } from './athena.ts';
import type { HistorySearch } from './conditions.ts';
import { costs } from './costs.ts';
import { searchLogGroup } from './insights.ts';
import { searchEventDataStore } from './lake.ts';
import type { HistoryPage } from './page.ts';

/** Where events older than 90 days are. */
export interface HistorySource {
  name: 'CloudWatch Logs Insights' | 'Athena' | 'CloudTrail Lake';
  /** US dollars for reading so many bytes, at the list price of us-east-1. */
  cost: (bytes: number) => number;
  /** @throws AwsTrouble */
  search: (aws: Aws, search: HistorySearch, asker: Asker, signal: AbortSignal) => AsyncGenerator<HistoryPage, void>;
}

/** The history source of the configuration; undefined: there is none. The log group comes before the others. */
export function historySource({ logGroup, athena, eventDataStore }: Config['history']): HistorySource | undefined {
  if (logGroup !== null)
    return {
      name: 'CloudWatch Logs Insights',
      cost: costs.insights,
      search: from('search the log group', async (aws, search, asker, signal) =>
        searchLogGroup(
          await aws.client('cloudWatchLogs', await placeOf(aws, logGroup), asker),
          logGroup,
          search,
          signal,
        ),
      ),
    };
  if (athena !== null)
    return {
      name: 'Athena',
      cost: costs.athena,
      search: from('search with Athena', async (aws, search, asker, signal) => {
        const home = await aws.home();
        const place = { account: athena.account ?? home.account, region: athena.region ?? home.region };
        return searchTable(await aws.client('athena', place, asker), athena, search, signal, () =>
          knownPlaces(aws, asker),
        );
      }),
    };
  if (eventDataStore !== null)
    return {
      name: 'CloudTrail Lake',
      cost: costs.lake,
      search: from('search CloudTrail Lake', async (aws, search, asker, signal) =>
        searchEventDataStore(
          await aws.client('cloudTrail', await placeOf(aws, eventDataStore), asker),
          eventDataStore,
          search,
          signal,
        ),
      ),
    };
  return undefined;
}

/** The accounts that the configuration names for the history. */
export const accountsOfHistory = ({ logGroup, athena, eventDataStore }: Config['history']): string[] =>
  [parseArn(logGroup ?? '')?.account, athena?.account, parseArn(eventDataStore ?? '')?.account].filter(
    (account) => account != null,
  );

/** Account and region of an ARN; of a mere name the bot's own. */
async function placeOf(aws: Aws, arn: string): Promise<Place> {
  const { region, account } = parseArn(arn) ?? {};
  const home = await aws.home();
  return { account: account || home.account, region: region || home.region };
}

/** The accounts of the organization, with every region that is read in one of them; `gap`: why there may be more. */
async function knownPlaces(aws: Aws, asker: Asker): Promise<{ named: NamedPartitions; gap: string | null }> {
  const { accounts, trouble } = await aws.accounts(asker);
  const besides = [globalRegionOf((await aws.home()).partition)];
  const { targets } = await targetsOf(aws, { accounts: [], regions: [], besides }, asker);
  return {
    named: { account: accounts.map(({ id }) => id), region: [...new Set(targets.map(({ region }) => region))] },
    gap: trouble,
  };
}

const from = (
  doing: string,
  open: (...given: Parameters<HistorySource['search']>) => Promise<AsyncGenerator<HistoryPage, void>>,
): HistorySource['search'] =>
  async function* (...given) {
    try {
      yield* await open(...given);
    } catch (error) {
      throw troubleOf(error, doing);
    }
  };
