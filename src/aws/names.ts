import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type { Aws } from './aws.ts';

/** What people call an account: routes match on it, and alerts show it. */
export interface AccountName {
  name: string | null;
  /** Names of its organizational units, and their path: `Workloads`, `Prod`, `Workloads/Prod`. */
  organizationalUnits: readonly string[];
}

/** The accounts by id, as far as they are known at this moment. */
export type AccountNames = () => ReadonlyMap<string, AccountName>;

const refreshMs = 10 * 60_000;

/** The names that the configuration gives. */
export const configuredNames = ({ list }: Config['accounts']): ReadonlyMap<string, AccountName> =>
  new Map(
    list.map(({ id, name, organizationalUnit }) => [
      id,
      { name, organizationalUnits: organizationalUnit === null ? [] : [organizationalUnit] },
    ]),
  );

/**
 * The names of the configuration and those of AWS Organizations. An alert never waits for them, and never fails for
 * want of them: they are asked for in the background, again every ten minutes while somebody wants them.
 */
export function accountNames(
  aws: Pick<Aws, 'accounts'>,
  accounts: Config['accounts'],
  { now, log }: { now: () => Date; log: Pick<Logger, 'warn'> },
): AccountNames {
  const configured = configuredNames(accounts);
  let known = configured;
  let askedAt = Number.NEGATIVE_INFINITY;
  const ask = async (): Promise<void> => {
    const discovered = await aws.accounts({ name: 'accounts' });
    known = new Map([
      ...discovered.accounts.map(({ id, name, organizationalUnits: units }): [string, AccountName] => {
        const own = configured.get(id);
        const paths = [...units, ...(units.length > 1 ? [units.join('/')] : []), ...(own?.organizationalUnits ?? [])];
        return [id, { name: own?.name ?? name, organizationalUnits: [...new Set(paths)] }];
      }),
      ...[...configured].filter(([id]) => !discovered.accounts.some((account) => account.id === id)),
    ]);
  };
  const refresh = (): void => {
    if (!accounts.discover || now().getTime() - askedAt < refreshMs) return;
    askedAt = now().getTime();
    ask().catch((error: unknown) => log.warn({ err: error }, 'The names of the accounts could not be asked for.'));
  };
  refresh();
  return () => {
    refresh();
    return known;
  };
}
