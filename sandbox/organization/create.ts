import { accountsOf, defaultRegions, known, organizationalUnits, rootId } from './accounts.ts';
import { attack, attackFrom, attackTo, backdoorOf } from './attack.ts';
import { credentialReport } from './credential-report.ts';
import { dataEvents, watchedBucket } from './data-events.ts';
import type { Organization, OrganizationAccount, OrganizationRole, TrailRecord } from './organization.ts';
import { leakedKey, peopleOf, usersOf } from './people.ts';
import { identityCenterRegion, rolesOf } from './roles.ts';
import type { Place } from './sessions.ts';
import { minuteMs } from './stable.ts';
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

/** The trails of accounts that were asked for last. */
class HeldTrails {
  readonly #held = new Map<string, AccountTrail>();
  #size = 0;

  get(name: string, make: () => AccountTrail): AccountTrail {
    const kept = this.#held.get(name);
    const trail = kept ?? make();
    // The map's order is that of the last use.
    this.#held.delete(name);
    this.#held.set(name, trail);
    if (kept === undefined) this.#size += trail.size;
    for (const [oldest, { size }] of this.#held) {
      if (this.#size <= heldRecords || oldest === name) break;
      this.#held.delete(oldest);
      this.#size -= size;
    }
    return trail;
  }
}

const usualTrails = new HeldTrails();

/**
 * The organization that a world has unless it needs another, with its trail up to this minute. What was recorded is made
 * once for all worlds that begin in the minute; all else is each one's own.
 */
export const usualOrganization = (now: Date): Organization =>
  createOrganization({ until: new Date(Math.floor(now.getTime() / minuteMs) * minuteMs), trails: usualTrails });

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
  /** Where its trails are held; shared with others, what has the same options is made once. */
  trails?: HeldTrails;
}): Organization {
  const { until, seed = 'trailwatch', accounts: count = 12, usersPerAccount = 14, trails = new HeldTrails() } = options;
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

  const name = JSON.stringify([seed, until, count, eventsPerAccount, regions]);
  const trailOf = (of: string): AccountTrail => trails.get(`${of} ${name}`, () => make(account(of)));

  const backdoor = backdoorOf(until);
  const users = (of: string, at: Date) =>
    usersOf({ seed, until, count: usersPerAccount, backdoor }, account(of).id, at);
  let onObjects: readonly TrailRecord[] | undefined;
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
      injectedTable: 'cloudtrail_injected',
      eventDataStoreArn: `arn:aws:cloudtrail:${home.region}:${home.account}:eventdatastore/5f0c2c9e-7a51-4b0e-9c55-0f6d2c1b7a10`,
    },
    users,
    roles: rolesIn,
    events: (of, region) => trailOf(of).regions.get(region) ?? [],
    dataEvents: (of, region) => {
      if (of !== watchedBucket.account || region !== watchedBucket.region) return [];
      onObjects ??= dataEvents(company);
      return onObjects;
    },
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
