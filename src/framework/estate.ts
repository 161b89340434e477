import type { Answer, Asking, Place } from './asks.ts';
import { all, ask, together } from './asks.ts';
import { listRegions } from './calls/account.ts';
import {
  describeOrganization,
  listAccountsForParent,
  listDelegatedAdministrators,
  listOrganizationalUnitsForParent,
  listRoots,
} from './calls/organizations.ts';
import type { FrameworkSettings } from './settings.ts';
import { type Judged, type Spot, unknown } from './verdict.ts';

/** An account as the run knows it. */
export interface EstateAccount {
  /** 12 digits. */
  id: string;
  name: string | null;
  /** ACTIVE, SUSPENDED, PENDING_CLOSURE, CLOSED … */
  state: string;
  /** Names from the root down; empty: under the root itself, or not known. */
  organizationalUnits: readonly string[];
  /** The id of the root or unit that it is in; null: not known. */
  parent: string | null;
  joined: Date | null;
  /** Those that are on and meant by the run; unknown where nobody could be asked. */
  regions: Answer<readonly string[]>;
}

/** Everything that is the same for all checks of a run. */
export interface Estate {
  now: Date;
  /** Where the bot itself is. */
  home: Place & { arn: string; partition: string };
  /** `absent`: an account without an organization. */
  organization: Answer<{ id: string; managementAccount: string; allFeatures: boolean }>;
  /** Accounts that are meant by the run, whatever their state. */
  accounts: readonly EstateAccount[];
  /** Why the list of accounts may not be whole; null: it is. */
  trouble: string | null;
  /** The delegated administrators by service principal, as `guardduty.amazonaws.com`. */
  delegated: Answer<ReadonlyMap<string, readonly string[]>>;
  settings: FrameworkSettings;
}

/** Services whose delegated administrator the framework asks for. */
export const delegatedServices = [
  'access-analyzer.amazonaws.com',
  'account.amazonaws.com',
  'auditmanager.amazonaws.com',
  'cloudtrail.amazonaws.com',
  'config.amazonaws.com',
  'detective.amazonaws.com',
  'guardduty.amazonaws.com',
  'securityhub.amazonaws.com',
] as const;

/** Where global services are asked, by partition. Source: AWS General Reference, "Global service endpoints". */
export const globalRegion = (partition: string): string =>
  partition === 'aws-cn' ? 'cn-north-1' : partition === 'aws-us-gov' ? 'us-gov-west-1' : 'us-east-1';

/** The place of a global service in an account. */
export const globalPlace = ({ home }: Pick<Estate, 'home'>, account: string): Place => ({
  account,
  region: globalRegion(home.partition),
});

/** Where a verdict on the whole organization holds: its management account, or the only account there is. */
export const organizationSpot = ({ organization, home }: Pick<Estate, 'organization' | 'home'>): Spot => ({
  account: organization.is === 'value' ? organization.value.managementAccount : home.account,
  region: 'global',
});

/** Source: Organizations API reference, Account, State. */
const atRest = ['PENDING_ACTIVATION', 'SUSPENDED', 'PENDING_CLOSURE', 'CLOSED'];

/** Whether an account is checked: one in a state that nobody knows is, so that it is not lost sight of. */
export const isActive = ({ state }: Pick<EstateAccount, 'state'>): boolean => !atRest.includes(state.toUpperCase());

/** Accounts that are checked: the others are listed and not applicable. */
export const activeAccounts = ({ accounts }: Pick<Estate, 'accounts'>): readonly EstateAccount[] =>
  accounts.filter(isActive);

/** The regions that are on in an account of the run, each once. */
export const regionsOf = ({ accounts }: Pick<Estate, 'accounts'>): string[] =>
  [
    ...new Set(activeAccounts({ accounts }).flatMap(({ regions }) => (regions.is === 'value' ? regions.value : []))),
  ].toSorted();

/** The account that administers a service for the organization, or the management account, or the only one there is. */
export function administratorOf(estate: Estate, service: (typeof delegatedServices)[number]): Answer<string> {
  const { organization, delegated, home } = estate;
  if (organization.is === 'absent') return { is: 'value', value: home.account, at: organization.at };
  if (delegated.is === 'unknown') {
    const { securityAccount } = estate.settings;
    return securityAccount === null ? delegated : { is: 'value', value: securityAccount, at: delegated.at };
  }
  const [account] = delegated.is === 'value' ? (delegated.value.get(service) ?? []) : [];
  if (account !== undefined) return { is: 'value', value: account, at: delegated.at };
  return organization.is === 'value'
    ? { is: 'value', value: organization.value.managementAccount, at: organization.at }
    : organization;
}

/** A verdict on what could not be asked; `doing` ends "It is not known …". */
export const unknownFrom = (spot: Spot, answer: Extract<Answer<unknown>, { is: 'unknown' }>): Judged =>
  unknown(spot, answer.why, answer.sentence);

/** What the account list of the bot says, before Organizations is asked. */
export interface KnownAccount {
  id: string;
  name: string | null;
  organizationalUnits: readonly string[];
}

/**
 * Finds out what there is: the organization, its accounts with their state, their regions, and who administers what.
 * `meant` says which accounts and regions the run is about. Where Organizations cannot be asked, the known accounts stand.
 */
export function* readEstate(
  home: Estate['home'],
  known: { accounts: readonly KnownAccount[]; trouble: string | null; regions: readonly string[] },
  settings: FrameworkSettings,
  meant: { account: (id: string, name: string | null) => boolean; region: (name: string) => boolean },
  now: Date,
): Asking<Estate> {
  const organization = yield* readOrganization(home);
  const asker = { account: home.account, region: globalRegion(home.partition) };
  const walked = organization.is === 'value' ? yield* walk(asker) : null;
  const found =
    walked !== null && walked.is === 'value'
      ? walked.value
      : known.accounts.map((account) => ({ ...account, state: 'ACTIVE', parent: null, joined: null }));
  const accounts = found.filter(({ id, name }) => meant.account(id, name));
  const regions = yield* all(
    accounts.map((account) => readRegions(asker, account.id, home.account, known.regions, meant.region)),
  );
  const unknownRegions: Answer<readonly string[]> = { is: 'value', value: [], at: now };
  return {
    now,
    home,
    organization,
    accounts: accounts.map((account, place) => ({ ...account, regions: regions[place] ?? unknownRegions })),
    trouble: walked?.is === 'unknown' ? walked.sentence : known.trouble,
    delegated: organization.is === 'value' ? yield* readDelegated(asker) : { is: 'value', value: new Map(), at: now },
    settings,
  };
}

function* readOrganization(home: Place): Asking<Estate['organization']> {
  const answer = yield* ask(describeOrganization, home);
  if (answer.is !== 'value') return answer;
  const { Id, MasterAccountId, FeatureSet } = answer.value.Organization;
  return { ...answer, value: { id: Id, managementAccount: MasterAccountId, allFeatures: FeatureSet === 'ALL' } };
}

type Walked = Omit<EstateAccount, 'regions'>;

/** Every account with its path: one walk down the tree, for asking upwards is throttled much sooner. */
function* walk(place: Place): Asking<Answer<Walked[]>> {
  const roots = yield* ask(listRoots, place);
  if (roots.is !== 'value') return roots;
  const accounts: Walked[] = [];
  let level: { id: string; path: readonly string[] }[] = roots.value.Roots.map(({ Id }) => ({ id: Id, path: [] }));
  while (level.length > 0) {
    const inside = together(yield* all(level.map(({ id }) => ask(listAccountsForParent, place, { ParentId: id }))));
    const units = together(
      yield* all(level.map(({ id }) => ask(listOrganizationalUnitsForParent, place, { ParentId: id }))),
    );
    if (inside.is !== 'value') return inside;
    if (units.is !== 'value') return units;
    const parents = level;
    level = units.value.flatMap(({ OrganizationalUnits }, at) =>
      OrganizationalUnits.map(({ Id, Name = Id }) => ({ id: Id, path: [...(parents[at]?.path ?? []), Name] })),
    );
    for (const [at, { Accounts }] of inside.value.entries())
      for (const { Id, Name = null, State = 'ACTIVE', JoinedTimestamp = null } of Accounts)
        accounts.push({
          id: Id,
          name: Name,
          state: State,
          organizationalUnits: parents[at]?.path ?? [],
          parent: parents[at]?.id ?? null,
          joined: JoinedTimestamp,
        });
  }
  return { ...roots, value: accounts.toSorted((a, b) => (a.id < b.id ? -1 : 1)) };
}

/** The regions that are on: the configured ones, else what Account Management says. */
function* readRegions(
  asker: Place,
  account: string,
  own: string,
  configured: readonly string[],
  meant: (name: string) => boolean,
): Asking<Answer<readonly string[]>> {
  const answer = yield* ask(listRegions, asker, {
    // An account may not name itself. Source: Account Management API reference, ListRegions.
    ...(account === own ? {} : { AccountId: account }),
    RegionOptStatusContains: ['ENABLED', 'ENABLED_BY_DEFAULT'],
  });
  if (answer.is !== 'value') {
    if (configured.length === 0) return answer;
    return { is: 'value', value: configured.filter(meant), at: answer.at };
  }
  const on = answer.value.Regions.map(({ RegionName }) => RegionName);
  const wanted = configured.length === 0 ? on : on.filter((region) => configured.includes(region));
  return { ...answer, value: wanted.filter(meant).toSorted() };
}

function* readDelegated(place: Place): Asking<Estate['delegated']> {
  const answers = yield* all(
    delegatedServices.map((ServicePrincipal) => ask(listDelegatedAdministrators, place, { ServicePrincipal })),
  );
  const found = new Map<string, readonly string[]>();
  for (const [at, service] of delegatedServices.entries()) {
    const answer = answers[at];
    if (answer === undefined || answer.is === 'absent') continue;
    if (answer.is === 'unknown') return answer;
    found.set(
      service,
      answer.value.DelegatedAdministrators.map(({ Id }) => Id),
    );
  }
  return { is: 'value', value: found, at: answers[0]?.at ?? new Date(0) };
}
