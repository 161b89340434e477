import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type { Accounts, Asker, Aws, AwsAccount, HomeAccount, Services } from './aws.ts';
import { allOf } from './pages.ts';
import { troubleOf } from './trouble.ts';

/** How long the list of accounts and of regions is believed, in milliseconds. */
const believedMs = 10 * 60_000;

interface DirectoryOptions {
  accounts: Config['accounts'];
  now: () => Date;
  home: () => Promise<HomeAccount>;
  client: Aws['client'];
  log: Pick<Logger, 'warn'>;
}

/** Which accounts and regions there are: from AWS Organizations and EC2, or from the configuration. */
export function accountDirectory(options: DirectoryOptions): Pick<Aws, 'accounts' | 'regions'> {
  const { accounts: config, now, home, client, log } = options;
  const lists = remembered<Accounts>(now, (list) => list.trouble === null);
  const regions = remembered<readonly string[]>(now);

  const discovered = async (asker: Asker): Promise<Accounts> => {
    const own = await home();
    if (!config.discover) return { accounts: listed(config, own), closed: [], trouble: null };
    try {
      const organizations = await client('organizations', { account: own.account, region: own.region }, asker);
      return { ...(await askOrganizations(organizations, config)), trouble: null };
    } catch (error) {
      const trouble = troubleOf(error, 'list the accounts of the organization');
      log.warn({ err: error }, trouble.message);
      return { accounts: listed(config, own), closed: [], trouble: trouble.message };
    }
  };

  return {
    accounts: (asker) => lists('all', () => discovered(asker)),
    regions: async (account, asker) => {
      if (config.regions.length > 0) return config.regions;
      return regions(account, async () => {
        const { region } = await home();
        const ec2 = await client('ec2', { account, region }, asker);
        const { DescribeRegionsCommand } = await import('./ec2.ts');
        try {
          const { Regions = [] } = await ec2.send(new DescribeRegionsCommand({}));
          return Regions.flatMap(({ RegionName }) => (RegionName === undefined ? [] : [RegionName])).toSorted();
        } catch (error) {
          throw troubleOf(error, `list the regions of account ${account}`);
        }
      });
    },
  };
}

/** The accounts of the configuration, and the bot's own where none is listed. */
const listed = (config: Config['accounts'], own: HomeAccount): AwsAccount[] =>
  config.list.length === 0
    ? [{ id: own.account, name: null, organizationalUnits: [] }]
    : config.list.map(({ id, name, organizationalUnit }) => ({
        id,
        name,
        organizationalUnits: organizationalUnit === null ? [] : organizationalUnit.split('/'),
      }));

/**
 * The accounts, active ones and others, with the path of their organizational units. One walk down the tree asks for each unit once,
 * where asking each account for its parents would ask a thousand times. Names in the configuration win.
 * `State` is read; `Status` was retired on 2026-09-09. Source: Organizations API reference, ListAccountsForParent.
 */
async function askOrganizations(
  organizations: Services['organizations'],
  config: Config['accounts'],
): Promise<Pick<Accounts, 'accounts' | 'closed'>> {
  const { ListRootsCommand, ListOrganizationalUnitsForParentCommand, ListAccountsForParentCommand } = await import(
    '@aws-sdk/client-organizations'
  );
  const names = new Map(config.list.map(({ id, name }) => [id, name]));
  const found: (AwsAccount & { state: string })[] = [];
  const walk = async (parent: string, path: readonly string[]): Promise<void> => {
    const accounts = await allOf(async (NextToken) => {
      const page = await organizations.send(new ListAccountsForParentCommand({ ParentId: parent, NextToken }));
      return { items: page.Accounts ?? [], next: page.NextToken };
    });
    for (const { Id: id, Name: name, State: state = 'in no known state' } of accounts)
      if (id !== undefined) found.push({ id, name: names.get(id) ?? name ?? null, organizationalUnits: path, state });
    const units = await allOf(async (NextToken) => {
      const page = await organizations.send(
        new ListOrganizationalUnitsForParentCommand({ ParentId: parent, NextToken }),
      );
      return { items: page.OrganizationalUnits ?? [], next: page.NextToken };
    });
    for (const { Id: id, Name: name } of units) if (id !== undefined) await walk(id, [...path, name ?? id]);
  };
  const roots = await allOf(async (NextToken) => {
    const page = await organizations.send(new ListRootsCommand({ NextToken }));
    return { items: page.Roots ?? [], next: page.NextToken };
  });
  for (const { Id: id } of roots) if (id !== undefined) await walk(id, []);
  const sorted = found.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return {
    accounts: sorted.flatMap(({ state, ...account }) => (state === 'ACTIVE' ? [account] : [])),
    closed: sorted.filter(({ state }) => state !== 'ACTIVE'),
  };
}

/** Asks once for each name, and again when the answer is old; what is not worth keeping is asked for again at once. */
function remembered<Value>(now: () => Date, keep: (value: Value) => boolean = () => true) {
  const known = new Map<string, { at: number; value: Promise<Value> }>();
  return (name: string, ask: () => Promise<Value>): Promise<Value> => {
    const at = now().getTime();
    const last = known.get(name);
    if (last !== undefined && at - last.at < believedMs) return last.value;
    const value = ask();
    known.set(name, { at, value });
    value.then(
      (answer) => keep(answer) || known.delete(name),
      () => known.delete(name),
    );
    return value;
  };
}
