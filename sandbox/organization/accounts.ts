import type { OrganizationAccount } from './organization.ts';
import { random } from './random.ts';

/** The regions that every account has unless it opts out, in the order of EC2's DescribeRegions. */
export const defaultRegions: readonly string[] = [
  'ap-south-1',
  'eu-north-1',
  'eu-west-3',
  'eu-west-2',
  'eu-west-1',
  'ap-northeast-3',
  'ap-northeast-2',
  'ap-northeast-1',
  'ca-central-1',
  'sa-east-1',
  'ap-southeast-1',
  'ap-southeast-2',
  'eu-central-1',
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
];

export const rootId = 'r-tw01';

export const organizationalUnits = [
  { id: 'ou-tw01-security', name: 'Security', parentId: rootId },
  { id: 'ou-tw01-infrastr', name: 'Infrastructure', parentId: rootId },
  { id: 'ou-tw01-workload', name: 'Workloads', parentId: rootId },
  { id: 'ou-tw01-wprod000', name: 'Prod', parentId: 'ou-tw01-workload' },
  { id: 'ou-tw01-wtest000', name: 'Test', parentId: 'ou-tw01-workload' },
  { id: 'ou-tw01-wdev0000', name: 'Dev', parentId: 'ou-tw01-workload' },
  { id: 'ou-tw01-sandbox0', name: 'Sandbox', parentId: rootId },
  { id: 'ou-tw01-suspende', name: 'Suspended', parentId: rootId },
] as const;

type UnitName = (typeof organizationalUnits)[number]['name'];

const unitId = (name: UnitName): string => organizationalUnits.find((unit) => unit.name === name)?.id ?? rootId;

/** The accounts that the story needs, by what they are for. */
export const known = {
  management: '111122220000',
  logArchive: '111122221111',
  securityTooling: '111122222222',
  payments: '111122223333',
  web: '111122334444',
  data: '111122335555',
  staging: '111122445555',
  dev: '111122556666',
  audit: '111122666666',
  experiments: '111122667777',
  sharedServices: '111122777777',
  legacy: '111122778888',
} as const;

const named: readonly { id: string; name: string; unit: UnitName | null; tags: Readonly<Record<string, string>> }[] = [
  { id: known.management, name: 'management', unit: null, tags: { owner: 'platform', environment: 'core' } },
  { id: known.logArchive, name: 'log-archive', unit: 'Security', tags: { owner: 'security', environment: 'core' } },
  {
    id: known.securityTooling,
    name: 'security-tooling',
    unit: 'Security',
    tags: { owner: 'security', environment: 'core' },
  },
  { id: known.audit, name: 'audit', unit: 'Security', tags: { owner: 'security', environment: 'core' } },
  {
    id: known.sharedServices,
    name: 'shared-services',
    unit: 'Infrastructure',
    tags: { owner: 'platform', environment: 'prod' },
  },
  {
    id: known.payments,
    name: 'prod-payments',
    unit: 'Prod',
    tags: { owner: 'payments', environment: 'prod', 'data-class': 'cardholder' },
  },
  { id: known.web, name: 'prod-web', unit: 'Prod', tags: { owner: 'web', environment: 'prod' } },
  { id: known.data, name: 'prod-data', unit: 'Prod', tags: { owner: 'data', environment: 'prod' } },
  { id: known.staging, name: 'staging', unit: 'Test', tags: { owner: 'platform', environment: 'test' } },
  { id: known.dev, name: 'dev', unit: 'Dev', tags: { owner: 'platform', environment: 'dev' } },
  {
    id: known.experiments,
    name: 'sandbox-experiments',
    unit: 'Sandbox',
    // Whoever tags an account writes what they like, as far as Organizations' letters reach: a mention and a formula too.
    tags: { owner: '@channel _free_for_all_', 'cost-center': '=1+1' },
  },
  { id: known.legacy, name: 'legacy-shop', unit: 'Suspended', tags: { owner: 'unknown' } },
];

const environments = ['Prod', 'Test', 'Dev'] as const;

/**
 * `count` accounts: the named ones first, then as many teams' accounts as it takes (at most a million, by their ids).
 * One of the named accounts is suspended, and the read-only role of another cannot be assumed.
 */
export function accountsOf(
  seed: string,
  count: number,
  regions: readonly string[],
  until: Date,
): readonly OrganizationAccount[] {
  const joined = (years: number) => new Date(Date.UTC(until.getUTCFullYear() - years, 2, 14, 9, 26, 53));
  return Array.from({ length: count }, (_, position): OrganizationAccount => {
    const special = named[position];
    if (special !== undefined) {
      return {
        id: special.id,
        name: special.name,
        email: `aws+${special.name}@example.com`,
        state: special.id === known.legacy ? 'SUSPENDED' : 'ACTIVE',
        organizationalUnitId: special.unit === null ? rootId : unitId(special.unit),
        joined: joined(special.id === known.management ? 6 : 4),
        tags: special.tags,
        regions,
        deniesReadRole: special.id === known.experiments,
      };
    }
    const numbers = random(`${seed}/account/${position}`);
    const environment = numbers.pick(environments);
    const name = `team-${String(position).padStart(4, '0')}-${environment.toLowerCase()}`;
    return {
      id: String(200_000_000_000 + position * 700_001),
      name,
      email: `aws+${name}@example.com`,
      state: 'ACTIVE',
      organizationalUnitId: unitId(environment),
      joined: joined(1 + numbers.below(3)),
      tags: { owner: `team-${position % 40}`, environment: environment.toLowerCase() },
      regions,
      deniesReadRole: false,
    };
  });
}
