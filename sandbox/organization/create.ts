import { accountsOf, defaultRegions, known, organizationalUnits, rootId } from './accounts.ts';
import { attack, attackFrom, attackTo, backdoorOf } from './attack.ts';
import { credentialReport } from './credential-report.ts';
import type { Organization, OrganizationAccount, OrganizationRole, TrailRecord } from './organization.ts';
import { leakedKey, peopleOf, usersOf } from './people.ts';
import { identityCenterRegion, rolesOf } from './roles.ts';
import type { Place } from './sessions.ts';
import { activity, type Company, hubs } from './trail.ts';

/** The records of one account, as long as they are held. */
interface AccountTrail {
  /** By region, newest first. */
  regions: ReadonlyMap<string, readonly TrailRecord[]>;
  /** Who stood behind each record of a session, by event id. */
  behind: ReadonlyMap<string, string>;
  size: number;
}

/** Records held in memory; beyond that the trails that were longest not asked for are made again when needed. */
const heldRecords = 300_000;

/**
 * An AWS organization with its accounts, people, roles, credential reports and CloudTrail: 30 full days and thin ones
 * back to 120 days. The same options give the same organization. An account's records are made when first asked for.
 * @throws RangeError for fewer accounts than the story needs
 */
export function createOrganization(options: {
  /** Where the trail ends; the attack is over shortly before. */
  until: Date;
  seed?: string;
  /** 12 are the story's; the others are teams'. */
  accounts?: number;
  /** Records of an account over the last 30 days, roughly; the default keeps large organizations small. */
  eventsPerAccount?: number;
  /** IAM users of an account. */
  usersPerAccount?: number;
  /** Enabled regions; us-east-1, where the global services are recorded, always is. */
  regions?: readonly string[];
}): Organization {
  const { until, seed = 'trailwatch', accounts: count = 12, usersPerAccount = 14 } = options;
  if (count < Object.keys(known).length)
    throw new RangeError('The organization needs its 12 accounts: ask for 12 or more.');
  const regions = [...new Set([...(options.regions ?? defaultRegions), 'us-east-1'])];
  const eventsPerAccount = options.eventsPerAccount ?? Math.min(2500, 100_000 / count);
  const accounts = accountsOf(seed, count, regions, until);
  const byId = new Map(accounts.map((account) => [account.id, account]));
  const account = (id: string): OrganizationAccount => {
    const found = byId.get(id);
    if (found === undefined) throw new RangeError(`There is no account ${id} in the organization.`);
    return found;
  };
  const roles = new Map<string, readonly OrganizationRole[]>();
  const rolesIn = (id: string): readonly OrganizationRole[] => {
    const made = roles.get(id) ?? rolesOf(seed, id, account(id).joined);
    roles.set(id, made);
    return made;
  };
  const id = 'o-trailwatch';
  const identityStoreId = 'd-93670a1b2c';
  const identityStoreArn = `arn:aws:identitystore::${known.management}:identitystore/${identityStoreId}`;
  const people = peopleOf(seed);
  const company: Company = {
    seed,
    until,
    // Working days and the few calls of weekends: 24 days' worth in 30.
    eventsPerDay: eventsPerAccount / 24,
    people,
    identityStoreArn,
    account,
    role: (where, name) => {
      const role = rolesIn(where).find((one) => one.name === name);
      if (role === undefined) throw new RangeError(`There is no role ${name} in account ${where}.`);
      return role;
    },
  };

  const make = (of: OrganizationAccount): AccountTrail => {
    const byRegion = new Map<string, { at: number; record: TrailRecord }[]>();
    const behind = new Map<string, string>();
    let size = 0;
    const sink = (record: TrailRecord, place: Place, at: number, who: string | undefined): void => {
      if (place.account !== of.id) return;
      const list = byRegion.get(place.region) ?? [];
      byRegion.set(place.region, list);
      list.push({ at, record });
      if (who !== undefined) behind.set(record.eventID, who);
      size++;
    };
    activity(company, of, sink, 'own');
    for (const visited of hubs.has(of.id) ? accounts : [of]) activity(company, visited, sink, 'visits');
    attack(company, sink);
    const newestFirst = [...byRegion].map(
      ([region, list]) => [region, list.sort((a, b) => b.at - a.at).map(({ record }) => record)] as const,
    );
    return { regions: new Map(newestFirst), behind, size };
  };

  const held = new Map<string, AccountTrail>();
  let heldSize = 0;
  const trailOf = (of: string): AccountTrail => {
    const kept = held.get(of);
    const trail = kept ?? make(account(of));
    // The map's order is that of the last use.
    held.delete(of);
    held.set(of, trail);
    if (kept === undefined) heldSize += trail.size;
    for (const [oldest, { size }] of held) {
      if (heldSize <= heldRecords || oldest === of) break;
      held.delete(oldest);
      heldSize -= size;
    }
    return trail;
  };

  const backdoor = backdoorOf(until);
  const users = (of: string, at: Date) =>
    usersOf({ seed, until, count: usersPerAccount, backdoor }, account(of).id, at);
  let truth: ReadonlyMap<string, string> | undefined;
  const home = { account: known.logArchive, region: identityCenterRegion };
  return {
    id,
    rootId,
    managementAccount: known.management,
    homeAccount: known.securityTooling,
    organizationalUnits,
    accounts,
    identityStore: { id: identityStoreId, arn: identityStoreArn, people },
    trail: {
      name: 'organization',
      arn: `arn:aws:cloudtrail:${home.region}:${known.management}:trail/organization`,
      bucket: `${id}-cloudtrail`,
      ...home,
      logGroup: 'organization-trail',
      database: 'audit',
      table: 'cloudtrail',
      eventDataStoreArn: `arn:aws:cloudtrail:${home.region}:${home.account}:eventdatastore/5f0c2c9e-7a51-4b0e-9c55-0f6d2c1b7a10`,
    },
    users,
    roles: rolesIn,
    events: (of, region) => trailOf(of).regions.get(region) ?? [],
    credentialReport: (of, at) => credentialReport(account(of), users(of, at), at),
    attack: {
      human: `user:deploy-bot@${known.payments}`,
      leakedKey,
      from: attackFrom(until),
      to: attackTo(until),
      eventIds: attack(company, () => {}),
      get behind() {
        truth ??= new Map(accounts.flatMap(({ id }) => [...trailOf(id).behind]));
        return truth;
      },
    },
  };
}
