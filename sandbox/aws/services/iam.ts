import type {
  AccessKeyMetadata,
  AttachedPolicy,
  EnableOrganizationsRootCredentialsManagementResponse,
  FeatureType,
  GenerateCredentialReportResponse,
  GetAccessKeyLastUsedRequest,
  GetAccessKeyLastUsedResponse,
  GetAccountPasswordPolicyResponse,
  GetAccountSummaryResponse,
  GetCredentialReportResponse,
  GetRoleRequest,
  GetRoleResponse,
  GetUserRequest,
  GetUserResponse,
  ListAccessKeysRequest,
  ListAccessKeysResponse,
  ListAccountAliasesResponse,
  ListAttachedGroupPoliciesRequest,
  ListAttachedGroupPoliciesResponse,
  ListAttachedRolePoliciesRequest,
  ListAttachedRolePoliciesResponse,
  ListAttachedUserPoliciesRequest,
  ListAttachedUserPoliciesResponse,
  ListGroupsForUserRequest,
  ListGroupsForUserResponse,
  ListMFADevicesRequest,
  ListMFADevicesResponse,
  ListOrganizationsFeaturesResponse,
  ListRolePoliciesRequest,
  ListRolePoliciesResponse,
  ListServerCertificatesRequest,
  ListServerCertificatesResponse,
  ListServiceSpecificCredentialsRequest,
  ListServiceSpecificCredentialsResponse,
  ListUserPoliciesRequest,
  ListUserPoliciesResponse,
  ListUsersRequest,
  ListUsersResponse,
  ListVirtualMFADevicesRequest,
  ListVirtualMFADevicesResponse,
  ServerCertificateMetadata,
  ServiceSpecificCredentialMetadata,
  SimulateCustomPolicyRequest,
  SimulatePolicyResponse,
  SimulatePrincipalPolicyRequest,
  User,
  VirtualMFADevice,
} from '@aws-sdk/client-iam';
import { parse as parseCsv } from 'csv-parse/sync';
import * as z from 'zod';
import { attachedTo, roleLastUsed } from '../../organization/access.ts';
import type { Organization, OrganizationRole, OrganizationUser } from '../../organization/organization.ts';
import { perOrganization } from '../../organization/per-organization.ts';
import { dayMs, hexOf, hourMs, numberOf } from '../../organization/stable.ts';
import { pageOf } from '../page.ts';
import { AwsError, type Call, type Service } from '../service.ts';
import { allowedByOrganization, simulate } from '../simulate.ts';
import { accessAdvisorOperations } from './access-advisor.ts';
import { policiesOver } from './organization-policies.ts';

/** How long a credential report takes here, and how long one stands before a new one is made. */
const reportTakesMs = 2000;
const reportStandsMs = 4 * hourMs;

/** By account: when its report was last asked for. */
const reports = perOrganization(() => new Map<string, Date>());

/**
 * IAM of the organization's accounts: users and roles of the organization, with what CloudTrail says was done to them since.
 * Source: IAM API reference; IAM user guide, "Getting credential reports".
 */
export const iam: Service = {
  signingName: 'iam',
  sdk: () => import('@aws-sdk/client-iam'),
  operations: {
    GenerateCredentialReport: (call: Call<object>): GenerateCredentialReportResponse => {
      const asked = reports(call.organization).get(call.account);
      const age = asked === undefined ? Infinity : call.now.getTime() - asked.getTime();
      if (age < reportTakesMs) return { State: 'INPROGRESS' };
      if (age < reportTakesMs + reportStandsMs) return { State: 'COMPLETE' };
      reports(call.organization).set(call.account, call.now);
      return { State: 'STARTED', Description: 'No report exists. Starting a new report generation task' };
    },

    GetCredentialReport: ({ organization, account, now }: Call<object>): GetCredentialReportResponse => {
      const asked = reports(organization).get(account);
      if (asked === undefined)
        throw new AwsError('ReportNotPresent', 'Credential report is not present. Generate a new report.', 410);
      const made = new Date(asked.getTime() + reportTakesMs);
      if (now < made) throw new AwsError('ReportInProgress', 'Credential report is in progress.', 404);
      if (now.getTime() - made.getTime() >= reportStandsMs)
        throw new AwsError('ReportExpired', 'Credential report has expired. Generate a new report.', 410);
      return {
        Content: new TextEncoder().encode(organization.credentialReport(account, made)),
        ReportFormat: 'text/csv',
        GeneratedTime: made,
      };
    },

    GetAccountSummary: (call: Call<object>): GetAccountSummaryResponse => {
      const users = usersOf(call);
      const root = rootOf(call);
      const devices = users.filter(({ mfa }) => mfa).length;
      return {
        SummaryMap: {
          Users: users.length,
          UsersQuota: 5000,
          Groups: groups.length,
          GroupsQuota: 300,
          Roles: call.organization.roles(call.account).length,
          RolesQuota: 1000,
          MFADevices: devices + (root.virtual ? 1 : 0),
          MFADevicesInUse: devices + (root.virtual ? 1 : 0),
          AccountMFAEnabled: root.mfa ? 1 : 0,
          AccountAccessKeysPresent: root.keys,
          AccountPasswordPresent: 1,
          AccountSigningCertificatesPresent: 0,
          AccessKeysPerUserQuota: 2,
        },
      };
    },

    GetAccountPasswordPolicy: ({ account }: Call<object>): GetAccountPasswordPolicyResponse => {
      const kind = numberOf(3, account, 'password policy');
      if (kind === 0) throw absent(`The Password Policy with domain name ${account} cannot be found.`);
      return {
        PasswordPolicy: {
          MinimumPasswordLength: kind === 1 ? 14 : 8,
          RequireSymbols: true,
          RequireNumbers: true,
          RequireUppercaseCharacters: true,
          RequireLowercaseCharacters: true,
          AllowUsersToChangePassword: true,
          ExpirePasswords: false,
          ...(kind === 1 && { PasswordReusePrevention: 24 }),
        },
      };
    },

    GetUser: (call: Call<GetUserRequest>): GetUserResponse => ({
      User: describe(findUser(call, call.input.UserName ?? ownName(call)), true),
    }),

    ListUsers: (call: Call<ListUsersRequest>): ListUsersResponse => {
      const { PathPrefix = '/' } = call.input;
      const { items, ...more } = listed(call, '/'.startsWith(PathPrefix) ? usersOf(call) : []);
      return { Users: items.map((user) => describe(user, false)), ...more };
    },

    ListAccessKeys: (call: Call<ListAccessKeysRequest>): ListAccessKeysResponse => {
      const user = findUser(call, call.input.UserName ?? ownName(call));
      const { items, ...more } = listed(call, keysOf(user));
      return {
        AccessKeyMetadata: items.map(
          ({ id, active, created }): AccessKeyMetadata => ({
            UserName: user.name,
            AccessKeyId: id,
            Status: active ? 'Active' : 'Inactive',
            CreateDate: created,
          }),
        ),
        ...more,
      };
    },

    GetAccessKeyLastUsed: (call: Call<GetAccessKeyLastUsedRequest>): GetAccessKeyLastUsedResponse => {
      const { AccessKeyId } = call.input;
      for (const user of usersOf(call)) {
        const key = keysOf(user).find(({ id }) => id === AccessKeyId);
        if (key === undefined) continue;
        const { at, service, region } = key.lastUsed ?? { at: undefined, service: 'N/A', region: 'N/A' };
        return {
          UserName: user.name,
          AccessKeyLastUsed: { LastUsedDate: at, ServiceName: service, Region: region },
        };
      }
      throw new AwsError(
        'AccessDenied',
        `User: ${call.caller.arn} is not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key ${AccessKeyId}`,
        403,
      );
    },

    ListMFADevices: (call: Call<ListMFADevicesRequest>): ListMFADevicesResponse => {
      const user = findUser(call, call.input.UserName ?? ownName(call));
      const devices = user.mfa
        ? [{ UserName: user.name, SerialNumber: deviceOf(call, user.name), EnableDate: user.created }]
        : [];
      const { items, ...more } = listed(call, devices);
      return { MFADevices: items, ...more };
    },

    ListVirtualMFADevices: (call: Call<ListVirtualMFADevicesRequest>): ListVirtualMFADevicesResponse => {
      const { account, input } = call;
      const root: VirtualMFADevice[] = rootOf(call).virtual
        ? [
            {
              SerialNumber: deviceOf(call, 'root-account-mfa-device'),
              User: {
                Path: '/',
                UserName: account,
                UserId: account,
                Arn: `arn:aws:iam::${account}:root`,
                CreateDate: new Date(0),
              },
              EnableDate: new Date(0),
            },
          ]
        : [];
      const own = usersOf(call)
        .filter(({ mfa }) => mfa)
        .map((user) => ({
          SerialNumber: deviceOf(call, user.name),
          User: describe(user, false),
          EnableDate: user.created,
        }));
      const { items, ...more } = listed(call, input.AssignmentStatus === 'Unassigned' ? [] : [...root, ...own]);
      return { VirtualMFADevices: items, ...more };
    },

    ListServiceSpecificCredentials: (
      call: Call<ListServiceSpecificCredentialsRequest>,
    ): ListServiceSpecificCredentialsResponse => {
      const { UserName, AllUsers = false, ServiceName } = call.input;
      if (AllUsers && UserName !== undefined)
        throw new AwsError('ValidationError', 'UserName cannot be specified when AllUsers is set to true');
      const users = AllUsers ? usersOf(call) : [findUser(call, UserName ?? ownName(call))];
      const credentials = users
        .flatMap((user) => credentialsOf(call, user))
        .filter((one) => ServiceName === undefined || one.ServiceName === ServiceName);
      const { items, ...more } = listed(call, credentials);
      return { ServiceSpecificCredentials: items, ...more };
    },

    ListServerCertificates: (call: Call<ListServerCertificatesRequest>): ListServerCertificatesResponse => {
      const { items, ...more } = listed(call, certificatesOf(call));
      return { ServerCertificateMetadataList: items, ...more };
    },

    ListGroupsForUser: (call: Call<ListGroupsForUserRequest>): ListGroupsForUserResponse => {
      const user = findUser(call, call.input.UserName);
      const { items, ...more } = listed(call, groupsOf(user));
      return {
        Groups: items.map((name) => ({
          Path: '/',
          GroupName: name,
          GroupId: `AGPA${hexOf(call.account, name).slice(0, 17).toUpperCase()}`,
          Arn: `arn:aws:iam::${call.account}:group/${name}`,
          CreateDate: new Date('2023-01-16T09:00:00Z'),
        })),
        ...more,
      };
    },

    ListAttachedGroupPolicies: (call: Call<ListAttachedGroupPoliciesRequest>): ListAttachedGroupPoliciesResponse => {
      const group = groups.find(({ name }) => name === call.input.GroupName);
      if (group === undefined) throw absent(`The group with name ${call.input.GroupName} cannot be found.`);
      const { items, ...more } = listed(call, [attached(group.policyArn)]);
      return { AttachedPolicies: items, ...more };
    },

    ListAttachedUserPolicies: (call: Call<ListAttachedUserPoliciesRequest>): ListAttachedUserPoliciesResponse => {
      const user = findUser(call, call.input.UserName);
      const own = groupsOf(user).length === 0 ? [`arn:aws:iam::${call.account}:policy/${policyName(user)}`] : [];
      const since = done(call, 'AttachUserPolicy', 'userName', user.name).map(({ policyArn }) => policyArn ?? '');
      const { items, ...more } = listed(call, [...own, ...since].map(attached));
      return { AttachedPolicies: items, ...more };
    },

    ListUserPolicies: (call: Call<ListUserPoliciesRequest>): ListUserPoliciesResponse => {
      const user = findUser(call, call.input.UserName);
      const since = done(call, 'PutUserPolicy', 'userName', user.name).map(({ policyName }) => policyName ?? '');
      const { items, ...more } = listed(call, [...new Set(since)]);
      return { PolicyNames: items, ...more };
    },

    GetRole: (call: Call<GetRoleRequest>): GetRoleResponse => {
      const role = findRole(call, call.input.RoleName);
      const last = roleLastUsed(call.organization, call.account, role, call.now);
      const changed = done(call, 'UpdateAssumeRolePolicy', 'roleName', role.name).at(-1)?.policyDocument;
      return {
        Role: {
          Path: role.path,
          RoleName: role.name,
          RoleId: role.id,
          Arn: role.arn,
          CreateDate: role.created,
          AssumeRolePolicyDocument: encodeURIComponent(changed ?? JSON.stringify(role.trustPolicy)),
          MaxSessionDuration: 3600,
          RoleLastUsed: last === null ? {} : { LastUsedDate: last, Region: 'eu-west-1' },
        },
      };
    },

    ListAttachedRolePolicies: (call: Call<ListAttachedRolePoliciesRequest>): ListAttachedRolePoliciesResponse => {
      const role = findRole(call, call.input.RoleName);
      const since = done(call, 'AttachRolePolicy', 'roleName', role.name).map(({ policyArn }) => policyArn ?? '');
      const { items, ...more } = listed(call, [...role.policyArns, ...since].map(attached));
      return { AttachedPolicies: items, ...more };
    },

    ListRolePolicies: (call: Call<ListRolePoliciesRequest>): ListRolePoliciesResponse => {
      const role = findRole(call, call.input.RoleName);
      const since = done(call, 'PutRolePolicy', 'roleName', role.name).map(({ policyName }) => policyName ?? '');
      const { items, ...more } = listed(call, [...new Set(since)]);
      return { PolicyNames: items, ...more };
    },

    ListAccountAliases: ({ organization, account }: Call<object>): ListAccountAliasesResponse => {
      const name = organization.accounts.find(({ id }) => id === account)?.name;
      return { AccountAliases: name === undefined ? [] : [`${name}-${organization.id}`], IsTruncated: false };
    },

    SimulateCustomPolicy: ({ input }: Call<SimulateCustomPolicyRequest>): SimulatePolicyResponse => ({
      EvaluationResults: simulate(input),
      IsTruncated: false,
    }),

    SimulatePrincipalPolicy: (call: Call<SimulatePrincipalPolicyRequest>): SimulatePolicyResponse => {
      const { input, organization, account } = call;
      const name = input.PolicySourceArn?.split('/').at(-1);
      const arn = input.PolicySourceArn ?? '';
      const isKnown =
        name === memberRoleName ||
        [...organization.roles(account), ...organization.users(account, call.now)].some((one) => one.arn === arn);
      if (!arn.includes(`::${account}:`) || !isKnown)
        throw new AwsError('NoSuchEntity', `The entity ${name} cannot be found.`, 404);
      const over = policiesOver(organization, account);
      return {
        EvaluationResults: simulate({
          ...input,
          PolicyInputList: [
            ...(input.PolicyInputList ?? []),
            ...documentsOf(name === memberRoleName ? [] : attachedTo(organization, account, arn)),
          ],
        }).map((result) => {
          const allowed = allowedByOrganization(over, result.EvalActionName ?? '');
          return {
            ...result,
            EvalDecision: allowed ? result.EvalDecision : 'explicitDeny',
            OrganizationsDecisionDetail: { AllowedByOrganizations: allowed },
          };
        }),
        IsTruncated: false,
      };
    },

    ListOrganizationsFeatures: ({ organization, account }: Call<object>): ListOrganizationsFeaturesResponse => {
      if (account !== organization.managementAccount && account !== organization.homeAccount)
        throw new AwsError(
          'AccountNotManagementOrDelegatedAdministratorException',
          'The account is neither the management account of the organization nor its delegated administrator for IAM.',
        );
      return { OrganizationId: organization.id, EnabledFeatures: [...rootManagement(organization)] };
    },

    EnableOrganizationsRootCredentialsManagement: ({
      organization,
      account,
    }: Call<object>): EnableOrganizationsRootCredentialsManagementResponse => {
      if (account !== organization.managementAccount)
        throw new AwsError(
          'AccountNotManagementOrDelegatedAdministratorException',
          'The account is not the management account of the organization.',
        );
      rootManagement(organization).add('RootCredentialsManagement');
      return { OrganizationId: organization.id, EnabledFeatures: [...rootManagement(organization)] };
    },

    ...accessAdvisorOperations,
  },
};

/** The role that deploy/ puts into every account; it is no part of the organization's own roles. */
const memberRoleName = 'trailwatch-read';

/** What the simulator knows of AWS's own policies. Source: AWS managed policy reference. */
const managedActions: Readonly<Record<string, readonly string[]>> = {
  AdministratorAccess: ['*'],
  CloudWatchAgentServerPolicy: [
    'logs:CreateLogGroup',
    'logs:CreateLogStream',
    'logs:DescribeLogGroups',
    'logs:DescribeLogStreams',
    'logs:PutLogEvents',
  ],
};

const documentsOf = (policyArns: readonly string[]): string[] =>
  policyArns.flatMap((arn) => {
    const Action = managedActions[arn.split('/').at(-1) ?? ''];
    return Action === undefined ? [] : [JSON.stringify({ Statement: { Effect: 'Allow', Action, Resource: '*' } })];
  });

/** What IAM manages for the whole organization. */
const rootManagement = perOrganization(() => new Set<FeatureType>(['RootCredentialsManagement', 'RootSessions']));

/** Leaves of the central management of root what is given, by no call. */
export function changeRootManagement(organization: Organization, left: readonly FeatureType[]): void {
  const features = rootManagement(organization);
  features.clear();
  for (const feature of left) features.add(feature);
}

/** The groups that every account has, with the one policy that each carries. */
const groups = [
  { name: 'administrators', policyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' },
  { name: 'people', policyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' },
] as const;

/** People sign in with a password and belong to a group; programs have a policy of their own. */
const groupsOf = ({ name, password }: OrganizationUser): string[] =>
  password === null ? [] : [name === 'ana' ? 'administrators' : 'people'];

const policyName = ({ name }: OrganizationUser): string => `${name.replace(/[^\w+=,.@-]/g, '-')}-access`;

/** IAM holds no user with another name; the reports of the sandbox do, to be hostile. */
const usersOf = ({ organization, account, now }: Call<unknown>): OrganizationUser[] =>
  organization.users(account, now).filter(({ name }) => /^[\w+=,.@-]{1,64}$/.test(name));

const keysOf = ({ keys }: OrganizationUser) => keys.filter((key) => key !== null);

function findUser(call: Call<unknown>, name: string | undefined): OrganizationUser {
  const user = usersOf(call).find((one) => one.name === name);
  if (user === undefined) throw absent(`The user with name ${name} cannot be found.`);
  return user;
}

function findRole({ organization, account }: Call<unknown>, name: string | undefined): OrganizationRole {
  const role = organization.roles(account).find((one) => one.name === name);
  if (role === undefined) throw absent(`The role with name ${name} cannot be found.`);
  return role;
}

/** Without a name, IAM answers for the user who asks; a role's session must name one. */
function ownName({ caller }: Call<unknown>): string {
  if (caller.role !== undefined)
    throw new AwsError('ValidationError', 'Must specify userName when calling with non-User credentials');
  return caller.arn.split('/').at(-1) ?? '';
}

const absent = (message: string): AwsError => new AwsError('NoSuchEntity', message, 404);

/** GetUser alone tells the tags. */
const describe = ({ name, id, arn, created, password, tags }: OrganizationUser, withTags: boolean): User => ({
  Path: '/',
  UserName: name,
  UserId: id,
  Arn: arn,
  CreateDate: created,
  ...(password !== null && password.lastUsed !== null && { PasswordLastUsed: password.lastUsed }),
  ...(withTags && { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }),
});

const attached = (PolicyArn: string): AttachedPolicy => ({ PolicyName: PolicyArn.split('/').at(-1), PolicyArn });

const deviceOf = ({ account }: Call<unknown>, name: string): string => `arn:aws:iam::${account}:mfa/${name}`;

/** Some accounts still have a certificate from before ACM, which ran out two years after it was uploaded. */
function certificatesOf({ organization, account }: Call<unknown>): ServerCertificateMetadata[] {
  const joined = organization.accounts.find(({ id }) => id === account)?.joined;
  if (joined === undefined || numberOf(4, account, 'server certificate') !== 0) return [];
  return [
    {
      Path: '/',
      ServerCertificateName: 'www-2020',
      ServerCertificateId: `ASCA${hexOf(account, 'server certificate').slice(0, 17).toUpperCase()}`,
      Arn: `arn:aws:iam::${account}:server-certificate/www-2020`,
      UploadDate: joined,
      Expiration: new Date(joined.getTime() + 730 * dayMs),
    },
  ];
}

/** Some users have long-term keys that the credential report does not show. */
function credentialsOf({ now }: Call<unknown>, user: OrganizationUser): ServiceSpecificCredentialMetadata[] {
  const kind = numberOf(8, user.arn, 'service credential');
  const ServiceName = ['codecommit.amazonaws.com', 'bedrock.amazonaws.com', 'logs.amazonaws.com'][kind];
  if (ServiceName === undefined) return [];
  const ExpirationDate = new Date(user.created.getTime() + 365 * dayMs);
  const expires = kind !== 0;
  return [
    {
      UserName: user.name,
      Status: expires && ExpirationDate < now ? 'Expired' : 'Active',
      CreateDate: user.created,
      ServiceSpecificCredentialId: `ACCA${hexOf(user.arn, ServiceName).slice(0, 17).toUpperCase()}`,
      ServiceName,
      ...(expires
        ? { ExpirationDate, ServiceCredentialAlias: `${user.name}-key` }
        : { ServiceUserName: `${user.name}-at-code` }),
    },
  ];
}

const ReportRow = z.object({
  user: z.string(),
  mfa_active: z.string(),
  access_key_1_active: z.string(),
  access_key_2_active: z.string(),
});

/** The root user as the credential report shows it; only the management account's device is a piece of hardware. */
function rootOf({ organization, account, now }: Call<unknown>): { mfa: boolean; virtual: boolean; keys: 0 | 1 } {
  const rows: unknown[] = parseCsv(organization.credentialReport(account, now), { columns: true });
  const root = rows.map((row) => ReportRow.safeParse(row).data).find((row) => row?.user === '<root_account>');
  const mfa = root?.mfa_active === 'true';
  const key = root?.access_key_1_active === 'true' || root?.access_key_2_active === 'true';
  return { mfa, virtual: mfa && account !== organization.managementAccount, keys: key ? 1 : 0 };
}

const Change = z.object({
  eventTime: z.string(),
  errorCode: z.string().optional(),
  requestParameters: z.object({
    userName: z.string().optional(),
    roleName: z.string().optional(),
    policyArn: z.string().optional(),
    policyName: z.string().optional(),
    policyDocument: z.string().optional(),
  }),
});
type Parameters = z.infer<typeof Change>['requestParameters'];

/** What CloudTrail says was done to a user or a role up to now, oldest first. IAM records in us-east-1. */
const done = (
  { organization, account, now }: Call<unknown>,
  eventName: string,
  key: 'userName' | 'roleName',
  name: string,
): Parameters[] =>
  organization
    .events(account, 'us-east-1')
    .filter((event) => event.eventSource === 'iam.amazonaws.com' && event.eventName === eventName)
    .map((event) => Change.safeParse(event).data)
    .filter((change) => change !== undefined)
    .filter((change) => change.errorCode === undefined && new Date(change.eventTime) <= now)
    .map(({ requestParameters }) => requestParameters)
    .filter((parameters) => parameters[key] === name)
    .toReversed();

const invalidMarker = new AwsError('ValidationError', 'Invalid Marker.');

interface Paged {
  Marker?: string | undefined;
  MaxItems?: number | undefined;
}

/** One page of a list: 100 unless asked otherwise, as IAM does it. */
function listed<T>(
  { input }: Call<Paged>,
  all: readonly T[],
): { items: T[]; IsTruncated: boolean; Marker: string | undefined } {
  const { Marker, MaxItems = 100, ...request } = input;
  const { items, next } = pageOf(all, { token: Marker, size: MaxItems, request, refusal: invalidMarker });
  return { items, IsTruncated: next !== undefined, Marker: next };
}
