import type { FindingDetails, FindingStatus, FindingType, ResourceType } from '@aws-sdk/client-accessanalyzer';
import type { Finding } from '@aws-sdk/client-guardduty';
import type { Organization } from './organization.ts';
import { dayMs, hexOf, hourMs, numberOf } from './stable.ts';
import { type Activity, attackTraces, homeRegion } from './traces.ts';

/** A GuardDuty finding, and which IAM user or role it is about. */
export interface GuardDutyFinding {
  entity: string | undefined;
  finding: Finding & { Id: string; Arn: string; AccountId: string; Region: string; Type: string; Severity: number };
  at: Date;
}

/** Which calls of the attack GuardDuty tells of, as what, and how bad. Source: GuardDuty user guide, "IAM finding types". */
const threats: readonly { type: string; severity: number; title: string; apis: readonly string[] }[] = [
  {
    type: 'UnauthorizedAccess:IAMUser/MaliciousIPCaller',
    severity: 5,
    title: 'APIs were called from a known malicious IP address.',
    apis: ['GetCallerIdentity', 'ConsoleLogin'],
  },
  {
    type: 'Discovery:IAMUser/AnomalousBehavior',
    severity: 2,
    title: 'APIs commonly used in Discovery tactics were called in an anomalous way.',
    apis: ['ListBuckets', 'ListUsers', 'ListRoles', 'DescribeInstances', 'GetAccountAuthorizationDetails'],
  },
  {
    type: 'PrivilegeEscalation:IAMUser/AnomalousBehavior',
    severity: 5,
    title: 'APIs commonly used in Privilege Escalation tactics were called in an anomalous way.',
    apis: ['AttachUserPolicy', 'AttachRolePolicy', 'PutUserPolicy', 'PutRolePolicy', 'CreatePolicyVersion'],
  },
  {
    type: 'Persistence:IAMUser/AnomalousBehavior',
    severity: 5,
    title: 'APIs commonly used in Persistence tactics were called in an anomalous way.',
    apis: ['CreateUser', 'CreateAccessKey', 'CreateLoginProfile', 'UpdateAssumeRolePolicy', 'CreateRole'],
  },
  {
    type: 'Stealth:IAMUser/CloudTrailLoggingDisabled',
    severity: 2,
    title: 'AWS CloudTrail logging was disabled.',
    apis: ['StopLogging', 'DeleteTrail', 'UpdateTrail', 'PutEventSelectors'],
  },
  {
    type: 'Exfiltration:S3/AnomalousBehavior',
    severity: 8,
    title: 'S3 objects were read in an anomalous way.',
    apis: ['GetObject', 'PutBucketPolicy'],
  },
  {
    type: 'CredentialAccess:IAMUser/AnomalousBehavior',
    severity: 5,
    title: 'APIs commonly used in Credential Access tactics were called in an anomalous way.',
    apis: ['GetSecretValue', 'GetPasswordData', 'GetParameter'],
  },
];

/** How long after the call GuardDuty tells of it. */
const noticeMs = hourMs / 4;

export const detectorId = (account: string, region: string): string => hexOf('detector', account, region).slice(0, 32);

/** What GuardDuty found in an account, by the attack that the trail tells and by the noise of every day. */
export function guardDutyFindings(organization: Organization, account: string): GuardDutyFinding[] {
  const mine = attackTraces(organization).activities.filter((activity) => activity.account === account);
  const found = threats.flatMap((threat) => {
    const seen = mine.filter(({ api }) => threat.apis.includes(api));
    const groups = Map.groupBy(seen, ({ entity, region }) => `${entity} ${region}`);
    return [...groups.values()].flatMap((group) => fromCalls(threat, group));
  });
  return [...found, ...portProbes(organization, account)];
}

function fromCalls(threat: (typeof threats)[number], calls: readonly Activity[]): GuardDutyFinding[] {
  const [first] = calls;
  const last = calls.at(-1);
  if (first === undefined || last === undefined) return [];
  const { account, region, entity, entityId } = first;
  const at = new Date(first.at.getTime() + noticeMs);
  const head = headOf(threat.type, account, region, at, entity);
  return [
    {
      entity,
      at,
      finding: {
        ...head,
        Severity: threat.severity,
        Title: threat.title,
        Description: `${threat.title} The principal is ${entity}.`,
        UpdatedAt: new Date(last.at.getTime() + noticeMs).toISOString(),
        Resource: {
          ResourceType: 'AccessKey',
          AccessKeyDetails: {
            PrincipalId: entityId ?? '',
            UserName: entity.split('/').at(-1) ?? '',
            UserType: entity.includes(':user/') ? 'IAMUser' : 'AssumedRole',
          },
        },
        Service: {
          ...serviceOf(account, region, first.at, last.at, calls.length, false),
          ResourceRole: 'TARGET',
          Action: {
            ActionType: 'AWS_API_CALL',
            AwsApiCallAction: {
              Api: first.api,
              CallerType: 'Remote IP',
              ServiceName: first.source,
              ...(first.address !== undefined && { RemoteIpDetails: { IpAddressV4: first.address } }),
            },
          },
        },
      },
    },
  ];
}

/** Somebody always tries ports: two in three accounts, a few days before the attack; the older half is archived. */
function portProbes(organization: Organization, account: string): GuardDutyFinding[] {
  if (numberOf(3, 'probe', account) === 0) return [];
  const region = homeRegion;
  const at = new Date(organization.attack.from.getTime() - (2 + numberOf(12, 'probed', account)) * dayMs);
  const instance = `i-${hexOf('instance', account).slice(0, 17)}`;
  const type = 'Recon:EC2/PortProbeUnprotectedPort';
  const archived = numberOf(2, 'archived', account) === 0;
  return [
    {
      entity: undefined,
      at,
      finding: {
        ...headOf(type, account, region, at, instance),
        Severity: 2,
        Title: `Unprotected port on EC2 instance ${instance} is being probed.`,
        Description: `EC2 instance ${instance} has an unprotected port which is being probed by a known malicious host.`,
        UpdatedAt: at.toISOString(),
        Resource: { ResourceType: 'Instance', InstanceDetails: { InstanceId: instance } },
        Service: {
          ...serviceOf(account, region, at, at, 1 + numberOf(40, 'count', account), archived),
          ResourceRole: 'TARGET',
          Action: {
            ActionType: 'PORT_PROBE',
            PortProbeAction: {
              Blocked: false,
              PortProbeDetails: [
                {
                  LocalPortDetails: { Port: 22, PortName: 'SSH' },
                  RemoteIpDetails: { IpAddressV4: `198.51.100.${1 + numberOf(250, 'prober', account)}` },
                },
              ],
            },
          },
        },
      },
    },
  ];
}

function headOf(type: string, account: string, region: string, at: Date, about: string) {
  const Id = hexOf('guardduty', type, account, region, about).slice(0, 32);
  return {
    SchemaVersion: '2.0',
    AccountId: account,
    Region: region,
    Partition: 'aws',
    Id,
    Arn: `arn:aws:guardduty:${region}:${account}:detector/${detectorId(account, region)}/finding/${Id}`,
    Type: type,
    CreatedAt: at.toISOString(),
  };
}

const serviceOf = (account: string, region: string, first: Date, last: Date, count: number, archived: boolean) => ({
  ServiceName: 'guardduty',
  DetectorId: detectorId(account, region),
  EventFirstSeen: first.toISOString(),
  EventLastSeen: last.toISOString(),
  Count: count,
  Archived: archived,
});

/** A finding of IAM Access Analyzer with what GetFindingV2 tells beyond the list. */
export interface AccessFinding {
  id: string;
  account: string;
  type: FindingType;
  resource: string;
  resourceType: ResourceType;
  createdAt: Date;
  archived: boolean;
  details: readonly FindingDetails[];
}

export const statusOf = ({ archived }: AccessFinding): FindingStatus => (archived ? 'ARCHIVED' : 'ACTIVE');

/** A partner of the organization, whose access is wanted. */
const partner = '444455556666';

/** Who outside can reach what in an account: what the attack opened, and what was shared long ago. */
export function externalAccess(organization: Organization, account: string): AccessFinding[] {
  const opened = attackTraces(organization).activities.flatMap((activity): AccessFinding[] => {
    if (activity.account !== account || activity.failed) return [];
    const bucket = activity.parameters['bucketName'];
    const role = activity.parameters['roleName'];
    const createdAt = new Date(activity.at.getTime() + hourMs / 2);
    if (activity.api === 'PutBucketPolicy' && typeof bucket === 'string') {
      const isPublic = JSON.stringify(activity.parameters['bucketPolicy'] ?? {}).includes('"Principal":"*"');
      return [
        {
          ...finding('ExternalAccess', account, `arn:aws:s3:::${bucket}`, 'AWS::S3::Bucket', createdAt),
          details: [
            {
              externalAccessDetails: {
                action: ['s3:GetObject'],
                condition: {},
                isPublic,
                principal: { AWS: isPublic ? '*' : (outsiderIn(activity) ?? partner) },
                sources: [{ type: 'POLICY' }],
              },
            },
          ],
        },
      ];
    }
    if ((activity.api === 'UpdateAssumeRolePolicy' || activity.api === 'CreateRole') && typeof role === 'string')
      return [
        {
          ...finding('ExternalAccess', account, `arn:aws:iam::${account}:role/${role}`, 'AWS::IAM::Role', createdAt),
          details: [
            {
              externalAccessDetails: {
                action: ['sts:AssumeRole'],
                condition: {},
                isPublic: false,
                principal: { AWS: outsiderIn(activity) ?? partner },
              },
            },
          ],
        },
      ];
    return [];
  });
  const shared: AccessFinding = {
    ...finding(
      'ExternalAccess',
      account,
      `arn:aws:sqs:${homeRegion}:${account}:partner-orders`,
      'AWS::SQS::Queue',
      new Date(organization.attack.from.getTime() - (40 + numberOf(200, 'shared', account)) * dayMs),
    ),
    archived: numberOf(4, 'shared archived', account) === 0,
    details: [
      {
        externalAccessDetails: {
          action: ['sqs:SendMessage'],
          condition: {},
          isPublic: false,
          principal: { AWS: partner },
        },
      },
    ],
  };
  return numberOf(3, 'sharing', account) === 0 ? [...opened, shared] : opened;
}

/** The account in the request that is not its own: whom a policy lets in. */
const outsiderIn = ({ account, parameters }: Activity): string | undefined =>
  [...JSON.stringify(parameters).matchAll(/arn:aws:iam::(\d{12}):/g)].map(([, id]) => id).find((id) => id !== account);

const unusedAfterMs = 90 * dayMs;

/** Roles, keys and passwords of an account that nobody has used for 90 days. */
export function unusedAccess(organization: Organization, account: string, now: Date): AccessFinding[] {
  const due = (since: Date) => new Date(since.getTime() + unusedAfterMs);
  const users = organization.users(account, now).flatMap(({ arn, created, password, keys }): AccessFinding[] => [
    ...keys.flatMap((key): AccessFinding[] => {
      const since = key?.lastUsed?.at ?? key?.created;
      if (key === null || since === undefined || !key.active || due(since) > now) return [];
      return [
        {
          ...finding('UnusedIAMUserAccessKey', account, arn, 'AWS::IAM::User', due(since), key.id),
          details: [
            {
              unusedIamUserAccessKeyDetails: {
                accessKeyId: key.id,
                ...(key.lastUsed !== null && { lastAccessed: key.lastUsed.at }),
              },
            },
          ],
        },
      ];
    }),
    ...(password === null || due(password.lastUsed ?? created) > now
      ? []
      : [
          {
            ...finding('UnusedIAMUserPassword', account, arn, 'AWS::IAM::User', due(password.lastUsed ?? created)),
            details: [
              {
                unusedIamUserPasswordDetails: password.lastUsed === null ? {} : { lastAccessed: password.lastUsed },
              },
            ],
          },
        ]),
  ]);
  const acting = new Set(attackTraces(organization).entities);
  const roles = organization.roles(account).flatMap(({ arn, created }): AccessFinding[] => {
    if (acting.has(arn) || numberOf(5, 'unused role', arn) !== 0 || due(created) > now) return [];
    return [
      {
        ...finding('UnusedIAMRole', account, arn, 'AWS::IAM::Role', due(created)),
        details: [{ unusedIamRoleDetails: {} }],
      },
    ];
  });
  return [...users, ...roles];
}

const finding = (
  type: FindingType,
  account: string,
  resource: string,
  resourceType: ResourceType,
  createdAt: Date,
  ...words: string[]
): Omit<AccessFinding, 'details'> => {
  const hex = hexOf('access', type, account, resource, ...words);
  return {
    id: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5'),
    account,
    type,
    resource,
    resourceType,
    createdAt,
    archived: false,
  };
};
