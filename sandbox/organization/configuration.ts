import type { ConfigurationItem, ResourceType } from '@aws-sdk/client-config-service';
import type { Organization, OrganizationRole, OrganizationUser } from './organization.ts';
import { dayMs, hexOf, minuteMs } from './stable.ts';
import { type Activity, activitiesOf, attackTraces } from './traces.ts';

/** A resource that AWS Config records, and how it was at each time. Oldest first. */
export interface Recorded {
  type: ResourceType;
  id: string;
  name: string;
  arn: string;
  created: Date;
  tags: Readonly<Record<string, string>>;
  versions: readonly {
    at: Date;
    status: 'ResourceDiscovered' | 'OK' | 'ResourceDeleted';
    configuration: object;
    events: readonly string[];
  }[];
}

/** How long after a change Config has it. */
const captureMs = 2 * minuteMs;

/** Since when Config records in the organization. */
export const recordingSince = ({ attack }: Organization): Date => new Date(attack.from.getTime() - 60 * dayMs);

interface Entity {
  policyArns: string[];
  inline: Record<string, string>;
  trust: string | undefined;
}

/** The IAM users and roles of an account and how their rights changed, as the trail tells it. */
export function recordedIdentities(organization: Organization, account: string, now: Date): Recorded[] {
  const changes = activitiesOf(organization, account).filter(
    ({ source, failed }) => source === 'iam.amazonaws.com' && !failed,
  );
  const since = recordingSince(organization);
  const users = organization.users(account, now).map((user) => {
    const about = changes.filter(({ parameters }) => parameters['userName'] === user.name);
    return recorded('AWS::IAM::User', user, user.tags, since, about, { policyArns: [], inline: {}, trust: undefined });
  });
  const roles = organization.roles(account).map((role) => {
    const about = changes.filter(({ parameters }) => parameters['roleName'] === role.name);
    const start = { policyArns: [...role.policyArns], inline: {}, trust: JSON.stringify(role.trustPolicy) };
    return recorded('AWS::IAM::Role', role, {}, since, about, start);
  });
  return [...users, ...roles];
}

function recorded(
  type: 'AWS::IAM::User' | 'AWS::IAM::Role',
  identity: OrganizationUser | OrganizationRole,
  tags: Readonly<Record<string, string>>,
  since: Date,
  changes: readonly Activity[],
  start: Entity,
): Recorded {
  const first = new Date(Math.max(identity.created.getTime() + captureMs, since.getTime()));
  const describe = (entity: Entity) => configurationOf(type, identity, tags, entity);
  const versions: Recorded['versions'][number][] = [
    { at: first, status: 'ResourceDiscovered', configuration: describe(start), events: [] },
  ];
  let entity = start;
  for (const change of changes) {
    const next = changed(entity, change);
    if (next === undefined) continue;
    entity = next;
    const at = new Date(change.at.getTime() + captureMs);
    versions.push({ at, status: 'OK', configuration: describe(entity), events: [change.id] });
  }
  const { id, name, arn, created } = identity;
  return { type, id, name, arn, created, tags, versions };
}

/** What an IAM call changed; undefined: nothing that Config shows. */
function changed(entity: Entity, { api, parameters }: Activity): Entity | undefined {
  const text = (name: string): string => (typeof parameters[name] === 'string' ? parameters[name] : '');
  const [arn, policy, document] = [text('policyArn'), text('policyName'), text('policyDocument')];
  switch (api) {
    case 'AttachUserPolicy':
    case 'AttachRolePolicy':
      return { ...entity, policyArns: [...entity.policyArns, arn] };
    case 'DetachUserPolicy':
    case 'DetachRolePolicy':
      return { ...entity, policyArns: entity.policyArns.filter((one) => one !== arn) };
    case 'PutUserPolicy':
    case 'PutRolePolicy':
      return { ...entity, inline: { ...entity.inline, [policy]: document } };
    case 'DeleteUserPolicy':
    case 'DeleteRolePolicy': {
      const { [policy]: _, ...inline } = entity.inline;
      return { ...entity, inline };
    }
    case 'UpdateAssumeRolePolicy':
      return { ...entity, trust: document };
    default:
      return undefined;
  }
}

/** As Config writes it: policy documents are URL-encoded inside. */
function configurationOf(
  type: 'AWS::IAM::User' | 'AWS::IAM::Role',
  { id, name, arn, created }: OrganizationUser | OrganizationRole,
  tags: Readonly<Record<string, string>>,
  { policyArns, inline, trust }: Entity,
): object {
  const common = {
    path: arn.slice(arn.indexOf('/'), arn.lastIndexOf('/') + 1),
    arn,
    createDate: created.toISOString(),
    attachedManagedPolicies: policyArns.map((policyArn) => ({ policyName: policyArn.split('/').at(-1), policyArn })),
    permissionsBoundary: null,
    tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
  };
  const policies = Object.entries(inline).map(([policyName, document]) => ({
    policyName,
    policyDocument: encodeURIComponent(document),
  }));
  return type === 'AWS::IAM::User'
    ? { ...common, userName: name, userId: id, userPolicyList: policies, groupList: [] }
    : {
        ...common,
        roleName: name,
        roleId: id,
        assumeRolePolicyDocument: encodeURIComponent(trust ?? ''),
        instanceProfileList: [],
        rolePolicyList: policies,
      };
}

/** IAM users of an account that Config recorded and that are gone by now. */
export function deletedUsers(organization: Organization, account: string, now: Date): Recorded[] {
  const since = recordingSince(organization);
  const there = (at: Date, name: string): boolean => organization.users(account, at).some((one) => one.name === name);
  const gone = new Map<string, Recorded>();
  for (let at = since; at < now; at = new Date(at.getTime() + 7 * dayMs))
    for (const user of organization.users(account, at)) {
      if (gone.has(user.id) || there(now, user.name)) continue;
      let [before, after] = [at.getTime(), now.getTime()];
      while (after - before > minuteMs) {
        const middle = Math.floor((before + after) / 2);
        if (there(new Date(middle), user.name)) before = middle;
        else after = middle;
      }
      const nothing = { policyArns: [], inline: {}, trust: undefined };
      const { versions, ...known } = recorded('AWS::IAM::User', user, user.tags, since, [], nothing);
      const end = {
        at: new Date(after + captureMs),
        status: 'ResourceDeleted' as const,
        configuration: {},
        events: [],
      };
      gone.set(user.id, { ...known, versions: [...versions, end] });
    }
  return [...gone.values()];
}

/** A bucket policy that was put, as a change of the bucket. Only buckets that the attack touched are recorded here. */
export function recordedBuckets(organization: Organization, account: string): Recorded[] {
  const puts = attackTraces(organization).activities.filter(
    (activity) => activity.account === account && activity.api === 'PutBucketPolicy' && !activity.failed,
  );
  return puts.flatMap(({ id, at, parameters }): Recorded[] => {
    const name = parameters['bucketName'];
    if (typeof name !== 'string') return [];
    const since = recordingSince(organization);
    const before = { name, owner: { id: hexOf('owner', account) }, creationDate: since.toISOString() };
    const policyText = JSON.stringify(parameters['bucketPolicy'] ?? {});
    return [
      {
        type: 'AWS::S3::Bucket',
        id: name,
        name,
        arn: `arn:aws:s3:::${name}`,
        created: since,
        tags: {},
        versions: [
          { at: since, status: 'ResourceDiscovered', configuration: before, events: [] },
          {
            at: new Date(at.getTime() + captureMs),
            status: 'OK',
            configuration: { ...before, bucketPolicy: { policyText } },
            events: [id],
          },
        ],
      },
    ];
  });
}

/** One state of a resource, as GetResourceConfigHistory tells it. */
export function configurationItem(
  account: string,
  region: string,
  resource: Recorded,
  place: number,
): ConfigurationItem {
  const { type, id, name, arn, created, tags, versions } = resource;
  const version = versions[place];
  return {
    version: '1.3',
    accountId: account,
    configurationItemCaptureTime: version?.at,
    configurationItemStatus: version?.status,
    configurationStateId: String(version?.at.getTime() ?? 0),
    configurationItemMD5Hash: '',
    arn,
    resourceType: type,
    resourceId: id,
    resourceName: name,
    awsRegion: type.startsWith('AWS::IAM::') ? 'global' : region,
    availabilityZone: type.startsWith('AWS::IAM::') ? 'Not Applicable' : 'Regional',
    resourceCreationTime: created,
    tags: { ...tags },
    relatedEvents: [...(version?.events ?? [])],
    relationships: [],
    configuration: JSON.stringify(version?.configuration ?? {}),
    supplementaryConfiguration: {},
    recordingFrequency: 'CONTINUOUS',
  };
}
