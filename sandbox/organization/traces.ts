import { z } from 'zod';
import type { Organization, TrailRecord } from './organization.ts';
import { perOrganization } from './per-organization.ts';

/** Where the security services are run from: the region that the sandbox's topics are in. */
export const homeRegion = 'eu-west-1';

const Record = z.object({
  awsRegion: z.string().optional(),
  userIdentity: z
    .object({
      arn: z.string().optional(),
      principalId: z.string().optional(),
      sessionContext: z
        .object({
          sessionIssuer: z.object({ arn: z.string().optional(), principalId: z.string().optional() }).optional(),
        })
        .optional(),
    })
    .optional(),
  sourceIPAddress: z.string().optional(),
  userAgent: z.string().optional(),
  errorCode: z.string().optional(),
  requestParameters: z.record(z.string(), z.unknown()).nullish(),
});

/** What the security services look at in one CloudTrail record. */
export interface Activity {
  id: string;
  at: Date;
  account: string;
  region: string;
  /** `iam.amazonaws.com` */
  source: string;
  api: string;
  /** The IAM user or role that acted; a session counts as its role. */
  entity: string;
  /** Its unique id: `AIDA…`, `AROA…`. */
  entityId: string | undefined;
  /** Undefined: AWS itself, by a service's name. */
  address: string | undefined;
  userAgent: string | undefined;
  failed: boolean;
  parameters: Readonly<Record<string, unknown>>;
}

function activityOf(record: TrailRecord, account: string, region: string): Activity | undefined {
  const read = Record.safeParse(record);
  const identity = read.data?.userIdentity;
  const issuer = identity?.sessionContext?.sessionIssuer;
  const entity = issuer?.arn ?? identity?.arn;
  if (!read.success || entity === undefined || !/^arn:[^:]+:iam::\d{12}:(user|role)\//.test(entity)) return undefined;
  const { awsRegion, sourceIPAddress, userAgent, errorCode, requestParameters } = read.data;
  return {
    id: record.eventID,
    at: new Date(record.eventTime),
    account,
    region: awsRegion ?? region,
    source: record.eventSource,
    api: record.eventName,
    entity,
    entityId: issuer?.principalId ?? identity?.principalId,
    address: /^[\d.]+$|:/.test(sourceIPAddress ?? '') ? sourceIPAddress : undefined,
    userAgent,
    failed: errorCode !== undefined,
    parameters: requestParameters ?? {},
  };
}

const byAccount = perOrganization(() => new Map<string, readonly Activity[]>());

/** What users and roles did in an account, oldest first, over all its regions. */
export function activitiesOf(organization: Organization, account: string): readonly Activity[] {
  const read = byAccount(organization);
  const known = read.get(account);
  if (known !== undefined) return known;
  const regions = organization.accounts.find(({ id }) => id === account)?.regions ?? [];
  const activities = regions
    .flatMap((region) =>
      organization.events(account, region).flatMap((record) => activityOf(record, account, region) ?? []),
    )
    .sort((a, b) => a.at.getTime() - b.at.getTime());
  read.set(account, activities);
  return activities;
}

/** The attack as the trail tells it: who acted in it, and from where. */
export interface AttackTraces {
  /** Oldest first. */
  activities: readonly Activity[];
  /** IAM users and roles, in the order in which they came into it. */
  entities: readonly string[];
  /** Addresses that nobody but the attack uses. */
  addresses: ReadonlySet<string>;
}

export const attackTraces = perOrganization((organization): AttackTraces => {
  const attack = new Set(organization.attack.eventIds);
  const activities: Activity[] = [];
  const ordinary = new Set<string>();
  let left = attack.size;
  for (const { id, regions } of organization.accounts) {
    // The attack's accounts come among the first; a thousand others need not be read.
    if (left === 0) break;
    for (const region of regions)
      for (const { eventID } of organization.events(id, region)) if (attack.has(eventID)) left -= 1;
    for (const activity of activitiesOf(organization, id)) {
      if (attack.has(activity.id)) activities.push(activity);
      else if (activity.address !== undefined) ordinary.add(activity.address);
    }
  }
  activities.sort((a, b) => a.at.getTime() - b.at.getTime());
  return {
    activities,
    entities: [...new Set(activities.map(({ entity }) => entity))],
    addresses: new Set(
      activities.flatMap(({ address }) => (address === undefined || ordinary.has(address) ? [] : [address])),
    ),
  };
});
