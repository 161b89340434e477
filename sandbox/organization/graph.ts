import type { Indicator, MemberDetail, Severity } from '@aws-sdk/client-detective';
import { guardDutyFindings } from './findings.ts';
import type { Organization } from './organization.ts';
import { dayMs, hexOf, hourMs, minuteMs, numberOf } from './stable.ts';
import { type Activity, activitiesOf, attackTraces, homeRegion } from './traces.ts';

export const graphArn = (organization: Organization): string =>
  `arn:aws:detective:${homeRegion}:${organization.homeAccount}:graph:${hexOf('graph', organization.id).slice(0, 32)}`;

export const graphCreated = (organization: Organization): Date => {
  const joined = organization.accounts.find(({ id }) => id === organization.homeAccount)?.joined ?? new Date(0);
  return new Date(joined.getTime() + 30 * dayMs);
};

/** Every active account but the administrator's own; the last of them sends more than Detective takes. */
export function graphMembers(organization: Organization): MemberDetail[] {
  const created = graphCreated(organization);
  const members = organization.accounts.filter(
    ({ id, state }) => id !== organization.homeAccount && state === 'ACTIVE',
  );
  return members.map(({ id, email, joined }, place) => {
    const disabled = place === members.length - 1;
    const invited = new Date(Math.max(joined.getTime(), created.getTime()));
    return {
      AccountId: id,
      EmailAddress: email,
      GraphArn: graphArn(organization),
      MasterId: organization.homeAccount,
      AdministratorId: organization.homeAccount,
      Status: disabled ? 'ACCEPTED_BUT_DISABLED' : 'ENABLED',
      ...(disabled && { DisabledReason: 'VOLUME_TOO_HIGH' }),
      InvitedTime: invited,
      UpdatedTime: new Date(invited.getTime() + hourMs),
      InvitationType: 'ORGANIZATION',
      DatasourcePackageIngestStates: { DETECTIVE_CORE: disabled ? 'STOPPED' : 'STARTED' },
    };
  });
}

/** Whether the account of an IAM user or role sends its logs to the graph. */
export const inGraph = (organization: Organization, entityArn: string): boolean => {
  const account = entityArn.split(':')[4];
  return (
    account === organization.homeAccount ||
    graphMembers(organization).some(({ AccountId, Status }) => AccountId === account && Status === 'ENABLED')
  );
};

/** Tactic, technique and procedure of calls that attackers are known by. Source: MITRE ATT&CK for Enterprise, cloud matrix. */
const procedures: Readonly<Record<string, readonly [tactic: string, technique: string, procedure: string]>> = {
  GetCallerIdentity: ['Discovery', 'Account Discovery', 'Identity of the credentials was asked for'],
  ListBuckets: ['Discovery', 'Cloud Storage Object Discovery', 'Buckets were listed'],
  ListUsers: ['Discovery', 'Account Discovery', 'IAM users were listed'],
  ListRoles: ['Discovery', 'Account Discovery', 'IAM roles were listed'],
  ListAttachedUserPolicies: ['Discovery', 'Permission Groups Discovery', 'Policies of a user were listed'],
  GetAccountAuthorizationDetails: ['Discovery', 'Permission Groups Discovery', 'All IAM details were read'],
  DescribeInstances: ['Discovery', 'Cloud Infrastructure Discovery', 'Instances were listed'],
  AssumeRole: ['Lateral Movement', 'Use Alternate Authentication Material', 'A role was assumed'],
  ConsoleLogin: ['Initial Access', 'Valid Accounts', 'Somebody signed in to the console'],
  AttachUserPolicy: ['Privilege Escalation', 'Account Manipulation', 'A policy was attached to a user'],
  AttachRolePolicy: ['Privilege Escalation', 'Account Manipulation', 'A policy was attached to a role'],
  PutUserPolicy: ['Privilege Escalation', 'Account Manipulation', 'An inline policy was put on a user'],
  PutRolePolicy: ['Privilege Escalation', 'Account Manipulation', 'An inline policy was put on a role'],
  UpdateAssumeRolePolicy: ['Persistence', 'Account Manipulation', 'The trust policy of a role was changed'],
  CreatePolicyVersion: ['Privilege Escalation', 'Account Manipulation', 'A policy got a new version'],
  CreateUser: ['Persistence', 'Create Account', 'An IAM user was made'],
  CreateRole: ['Persistence', 'Create Account', 'An IAM role was made'],
  CreateAccessKey: ['Persistence', 'Account Manipulation', 'An access key was made'],
  CreateLoginProfile: ['Persistence', 'Account Manipulation', 'A console password was made'],
  StopLogging: ['Defense Evasion', 'Impair Defenses', 'A trail was stopped'],
  DeleteTrail: ['Defense Evasion', 'Impair Defenses', 'A trail was deleted'],
  UpdateTrail: ['Defense Evasion', 'Impair Defenses', 'A trail was changed'],
  PutEventSelectors: ['Defense Evasion', 'Impair Defenses', 'What a trail records was changed'],
  DeleteDetector: ['Defense Evasion', 'Impair Defenses', 'GuardDuty was turned off'],
  StopConfigurationRecorder: ['Defense Evasion', 'Impair Defenses', 'AWS Config was stopped'],
  GetSecretValue: ['Credential Access', 'Credentials from Password Stores', 'A secret was read'],
  GetPasswordData: ['Credential Access', 'Unsecured Credentials', 'An instance password was read'],
  GetParameter: ['Credential Access', 'Credentials from Password Stores', 'A parameter was read'],
  GetObject: ['Collection', 'Data from Cloud Storage', 'Objects were read'],
  PutBucketPolicy: ['Exfiltration', 'Transfer Data to Cloud Account', 'The policy of a bucket was changed'],
  ModifySnapshotAttribute: ['Exfiltration', 'Transfer Data to Cloud Account', 'A snapshot was shared'],
  CreateSnapshot: ['Collection', 'Data from Cloud Storage', 'A snapshot was made'],
  RunInstances: ['Impact', 'Resource Hijacking', 'Instances were started'],
};

const home = { location: 'Prague, Czech Republic', organization: 'Example Offices AS64496' };
const abroad = [
  { location: 'Amsterdam, Netherlands', organization: 'Documentation Hosting AS64500' },
  { location: 'São Paulo, Brazil', organization: 'Documentation Transit AS64501' },
  { location: 'Singapore, Singapore', organization: 'Documentation Cloud AS64502' },
  { location: 'Lagos, Nigeria', organization: 'Documentation Networks AS64503' },
] as const;

/** The sandbox's geography: the organization is in one place, each address of the attack in another. */
function whereIs(organization: Organization, address: string): { location: string; organization: string } {
  const foreign = [...attackTraces(organization).addresses].indexOf(address);
  return foreign < 0 ? home : (abroad[foreign % abroad.length] ?? home);
}

/**
 * What an investigation of an IAM user or role finds in the trail of its account between two times: all eight kinds
 * of indicator where there is cause for them, none for somebody who did nothing out of the ordinary.
 */
export function indicatorsOf(organization: Organization, entityArn: string, from: Date, to: Date): Indicator[] {
  const account = entityArn.split(':')[4] ?? '';
  const { addresses } = attackTraces(organization);
  const scope: Activity[] = [];
  const before: Activity[] = [];
  const others: Activity[] = [];
  for (const activity of activitiesOf(organization, account)) {
    if (activity.at > to) continue;
    if (activity.entity !== entityArn) others.push(activity);
    else (activity.at < from ? before : scope).push(activity);
  }
  const used = distinct(scope, ({ address }) => address);
  const hostile = used.filter((address) => addresses.has(address));
  const place = (address: string) => whereIs(organization, address);
  const placeOf = ({ address }: Activity) => (address === undefined ? undefined : place(address).location);
  const networkOf = ({ address }: Activity) => (address === undefined ? undefined : place(address).organization);
  const isNew = (value: string, of: (activity: Activity) => string | undefined, among: readonly Activity[]) =>
    !among.some((activity) => of(activity) === value);
  const earlier = others.filter(({ at }) => at < from);
  const findings = guardDutyFindings(organization, account).filter(({ entity }) => entity === entityArn);
  return [
    ...techniques(scope.filter(({ address }) => address !== undefined && addresses.has(address))),
    ...travels(scope, place),
    ...hostile.map(
      (IpAddress): Indicator => ({
        IndicatorType: 'FLAGGED_IP_ADDRESS',
        IndicatorDetail: { FlaggedIpAddressDetail: { IpAddress, Reason: 'AWS_THREAT_INTELLIGENCE' } },
      }),
    ),
    ...used
      .filter((address) => isNew(place(address).location, placeOf, before))
      .map((IpAddress): Indicator => {
        const Location = place(IpAddress).location;
        return {
          IndicatorType: 'NEW_GEOLOCATION',
          IndicatorDetail: {
            NewGeolocationDetail: { IpAddress, Location, IsNewForEntireAccount: isNew(Location, placeOf, earlier) },
          },
        };
      }),
    ...distinct(scope, networkOf)
      .filter((network) => isNew(network, networkOf, before))
      .map(
        (Aso): Indicator => ({
          IndicatorType: 'NEW_ASO',
          IndicatorDetail: { NewAsoDetail: { Aso, IsNewForEntireAccount: isNew(Aso, networkOf, earlier) } },
        }),
      ),
    ...distinct(scope, ({ userAgent }) => userAgent)
      .filter((agent) => isNew(agent, ({ userAgent }) => userAgent, before))
      .map(
        (UserAgent): Indicator => ({
          IndicatorType: 'NEW_USER_AGENT',
          IndicatorDetail: {
            NewUserAgentDetail: {
              UserAgent,
              IsNewForEntireAccount: isNew(UserAgent, ({ userAgent }) => userAgent, earlier),
            },
          },
        }),
      ),
    ...findings.map(
      ({ finding }): Indicator => ({
        IndicatorType: 'RELATED_FINDING',
        IndicatorDetail: {
          RelatedFindingDetail: {
            Arn: finding.Arn,
            Type: finding.Type,
            IpAddress: finding.Service?.Action?.AwsApiCallAction?.RemoteIpDetails?.IpAddressV4,
          },
        },
      }),
    ),
    ...(findings.length === 0
      ? []
      : [
          {
            IndicatorType: 'RELATED_FINDING_GROUP',
            IndicatorDetail: { RelatedFindingGroupDetail: { Id: hexOf('finding group', organization.id) } },
          } satisfies Indicator,
        ]),
  ];
}

const distinct = (activities: readonly Activity[], of: (activity: Activity) => string | undefined): string[] => [
  ...new Set(activities.flatMap((activity) => of(activity) ?? [])),
];

/** One indicator for each call known from attacks, and address it came from. */
function techniques(activities: readonly Activity[]): Indicator[] {
  const groups = Map.groupBy(activities, ({ api, address }) => `${api} ${address}`);
  return [...groups.values()].flatMap((group): Indicator[] => {
    const [first] = group;
    const known = first && procedures[first.api];
    if (known === undefined) return [];
    const [Tactic, Technique, Procedure] = known;
    const failures = group.filter(({ failed }) => failed).length;
    return [
      {
        IndicatorType: 'TTP_OBSERVED',
        IndicatorDetail: {
          TTPsObservedDetail: {
            Tactic,
            Technique,
            Procedure,
            IpAddress: first?.address,
            APIName: first?.api,
            APISuccessCount: group.length - failures,
            APIFailureCount: failures,
          },
        },
      },
    ];
  });
}

/** Two calls from places that nobody travels between in the time. */
function travels(activities: readonly Activity[], place: (address: string) => { location: string }): Indicator[] {
  const seen = new Set<string>();
  const located = activities.flatMap(({ at, address }) => (address === undefined ? [] : [{ at, address }]));
  return located.flatMap((end, i): Indicator[] => {
    const start = located[i - 1];
    if (start === undefined) return [];
    const [from, to] = [place(start.address).location, place(end.address).location];
    const hours = Math.round((end.at.getTime() - start.at.getTime()) / hourMs);
    const pair = `${start.address} ${end.address}`;
    if (from === to || hours > 6 || seen.has(pair)) return [];
    seen.add(pair);
    return [
      {
        IndicatorType: 'IMPOSSIBLE_TRAVEL',
        IndicatorDetail: {
          ImpossibleTravelDetail: {
            StartingIpAddress: start.address,
            EndingIpAddress: end.address,
            StartingLocation: from,
            EndingLocation: to,
            HourlyTimeDelta: hours,
          },
        },
      },
    ];
  });
}

const weights: Readonly<Record<string, number>> = {
  TTP_OBSERVED: 2,
  IMPOSSIBLE_TRAVEL: 3,
  FLAGGED_IP_ADDRESS: 4,
  RELATED_FINDING: 3,
  RELATED_FINDING_GROUP: 2,
};

/** By what was found; new places and programs alone are information. */
export function severityOf(indicators: readonly Indicator[]): Severity {
  const score = indicators.reduce((sum, { IndicatorType = '' }) => sum + (weights[IndicatorType] ?? 0), 0);
  if (score >= 16) return 'CRITICAL';
  if (score >= 8) return 'HIGH';
  if (score >= 4) return 'MEDIUM';
  return score > 0 ? 'LOW' : 'INFORMATIONAL';
}

/** An investigation before it is looked into. */
export interface Investigation {
  /** 21 digits. */
  id: string;
  entityArn: string;
  createdAt: Date;
  scopeStart: Date;
  scopeEnd: Date;
  archived: boolean;
}

export const investigationId = (...words: (string | number)[]): string => {
  const digits = Array.from({ length: 3 }, (_, i) => `${numberOf(9_000_000, i, ...words) + 1_000_000}`);
  return digits.join('');
};

/** What the security team had investigated before anybody asked the bot: the attack's principals, and somebody harmless. */
export function pastInvestigations(organization: Organization): Investigation[] {
  const { entities } = attackTraces(organization);
  const { from } = organization.attack;
  // While it went on: there when the sandbox starts, and too long ago to be what a new question is answered with.
  const investigated = new Date(from.getTime() + 50 * minuteMs);
  const suspects = entities
    .filter((entity) => inGraph(organization, entity))
    .map(
      (entityArn, place): Investigation => ({
        id: investigationId('past', organization.id, entityArn),
        entityArn,
        createdAt: new Date(investigated.getTime() + place * minuteMs),
        scopeStart: new Date(from.getTime() - hourMs),
        scopeEnd: investigated,
        archived: false,
      }),
    );
  const [suspect] = suspects;
  if (suspect === undefined) return [];
  const earlier: Investigation = {
    ...suspect,
    id: investigationId('earlier', organization.id, suspect.entityArn),
    createdAt: new Date(from.getTime() - 7 * dayMs),
    scopeStart: new Date(from.getTime() - 8 * dayMs),
    scopeEnd: new Date(from.getTime() - 7 * dayMs),
    archived: true,
  };
  return [earlier, ...suspects];
}
