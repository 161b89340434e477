import { known } from './accounts.ts';
import type { Organization } from './organization.ts';
import { perOrganization } from './per-organization.ts';
import { hexOf, numberOf } from './stable.ts';
import { homeRegion } from './traces.ts';

interface Subnet {
  id: string;
  cidr: string;
  zone: string;
}

/** An elastic network interface, with the instance that it belongs to. */
interface NetworkInterface {
  id: string;
  subnet: string;
  address: string;
  instance: string;
  group: string;
}

export interface Vpc {
  id: string;
  /** Who owns it. */
  account: string;
  region: string;
  cidr: string;
  /** Whether AWS made it with the account. */
  isDefault: boolean;
  /** Accounts with which its subnets are shared: they see it, and it is not theirs. */
  participants: readonly string[];
  subnets: readonly Subnet[];
  interfaces: NetworkInterface[];
}

/** Accounts in which nothing runs that has a network. */
const withoutNetwork: ReadonlySet<string> = new Set([known.management, known.logArchive, known.audit]);

/** Accounts that have a second network in us-east-1. */
const twoRegions: ReadonlySet<string> = new Set([known.web, known.data, known.dev]);

/** The network that shared services lend to staging. */
const sharedWith: Readonly<Record<string, readonly string[]>> = { [known.sharedServices]: [known.staging] };

/** Every network of the organization: the default ones were removed when the accounts were made. */
export const networks = perOrganization((organization: Organization): Vpc[] =>
  organization.accounts
    .filter(({ id }) => !withoutNetwork.has(id))
    .flatMap(({ id, regions }) =>
      [homeRegion, ...(twoRegions.has(id) ? ['us-east-1'] : [])]
        .filter((region) => regions.includes(region))
        .map((region) => vpcOf(id, region)),
    ),
);

/** The networks that an account sees in a region: its own, and those that are shared with it. */
export const vpcsSeen = (organization: Organization, account: string, region: string): Vpc[] =>
  networks(organization).filter(
    (vpc) => vpc.region === region && (vpc.account === account || vpc.participants.includes(account)),
  );

const idOf = (kind: string, ...words: string[]): string => `${kind}-0${hexOf(kind, ...words).slice(0, 16)}`;

function vpcOf(account: string, region: string): Vpc {
  const block = numberOf(250, account, region);
  const subnets = ['a', 'b', 'c'].map((zone, place) => ({
    id: idOf('subnet', account, region, zone),
    cidr: `10.${block}.${place * 16}.0/20`,
    zone: `${region}${zone}`,
  }));
  return {
    id: idOf('vpc', account, region),
    account,
    region,
    cidr: `10.${block}.0.0/16`,
    isDefault: false,
    participants: sharedWith[account] ?? [],
    subnets,
    interfaces: subnets.map(({ id, zone }, place) => ({
      id: idOf('eni', account, region, zone),
      subnet: id,
      address: `10.${block}.${place * 16}.10`,
      instance: idOf('i', account, region, zone),
      group: idOf('sg', account, region),
    })),
  };
}
