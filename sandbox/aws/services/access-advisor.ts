import type {
  AttachRolePolicyRequest,
  DeleteRoleRequest,
  DetachRolePolicyRequest,
  GenerateOrganizationsAccessReportRequest,
  GenerateServiceLastAccessedDetailsRequest,
  GenerateServiceLastAccessedDetailsResponse,
  GetAccountAuthorizationDetailsRequest,
  GetAccountAuthorizationDetailsResponse,
  GetOrganizationsAccessReportRequest,
  GetOrganizationsAccessReportResponse,
  GetServiceLastAccessedDetailsRequest,
  GetServiceLastAccessedDetailsResponse,
  InstanceProfile,
  ListPoliciesGrantingServiceAccessRequest,
  ListPoliciesGrantingServiceAccessResponse,
  RoleDetail,
  ServiceLastAccessed,
} from '@aws-sdk/client-iam';
import { granted, lastUseOf, organizationUse, policiesOf, roleLastUsed, services } from '../../organization/access.ts';
import type { OrganizationRole } from '../../organization/organization.ts';
import { perOrganization } from '../../organization/per-organization.ts';
import { uuidOf } from '../../organization/stable.ts';
import { pageOf } from '../page.ts';
import { AwsError, type Call, type Service } from '../service.ts';

/** Roles for instances have a profile of their name. */
const profileOf = ({ name, path, id, arn, created, trustPolicy }: OrganizationRole): InstanceProfile[] =>
  JSON.stringify(trustPolicy).includes('ec2.amazonaws.com')
    ? [
        {
          Path: path,
          InstanceProfileName: name,
          InstanceProfileId: id.replace(/^AROA/, 'AIPA'),
          Arn: arn.replace(':role/', ':instance-profile/'),
          CreateDate: created,
          Roles: [],
        },
      ]
    : [];

/** How long a job takes here. */
const jobTakesMs = 200;

interface Job {
  account: string;
  /** The session that may read it. */
  accessKeyId: string;
  begun: Date;
  /** ARN of the identity, or path of the organization. */
  about: string;
  granularity: 'SERVICE_LEVEL' | 'ACTION_LEVEL';
}

const jobs = perOrganization(() => new Map<string, Job>());

/**
 * Access Advisor: when identities and accounts last used what they may, and what they may at all.
 * Sources: IAM API reference; IAM user guide, "Refine permissions in AWS using last accessed information".
 */
export const accessAdvisorOperations = {
  GenerateServiceLastAccessedDetails: (
    call: Call<GenerateServiceLastAccessedDetailsRequest>,
  ): GenerateServiceLastAccessedDetailsResponse => {
    const { Arn = '', Granularity = 'SERVICE_LEVEL' } = call.input;
    requireIdentity(call, Arn);
    return { JobId: begin(call, Arn, Granularity) };
  },

  GetServiceLastAccessedDetails: (
    call: Call<GetServiceLastAccessedDetailsRequest>,
  ): GetServiceLastAccessedDetailsResponse => {
    const job = findJob(call);
    const state = stateOf(job, call.now);
    if (state.JobStatus === 'IN_PROGRESS')
      return { ...state, JobType: job.granularity, ServicesLastAccessed: [], IsTruncated: false };
    const all = granted(call.organization, call.account, job.about).map((namespace): ServiceLastAccessed => {
      const use = lastUseOf(call.organization, call.account, job.about, namespace, call.now);
      return {
        ServiceName: services[namespace] ?? namespace,
        ServiceNamespace: namespace,
        TotalAuthenticatedEntities: use === undefined ? 0 : 1,
        ...(use !== undefined && {
          LastAuthenticated: use.at,
          LastAuthenticatedEntity: job.about,
          LastAuthenticatedRegion: use.region,
        }),
      };
    });
    const { items, ...more } = listed(call, all);
    return { ...state, JobType: job.granularity, ServicesLastAccessed: items, ...more };
  },

  ListPoliciesGrantingServiceAccess: (
    call: Call<ListPoliciesGrantingServiceAccessRequest>,
  ): ListPoliciesGrantingServiceAccessResponse => {
    const { Arn = '', ServiceNamespaces = [] } = call.input;
    requireIdentity(call, Arn);
    return {
      PoliciesGrantingServiceAccess: ServiceNamespaces.map((ServiceNamespace) => ({
        ServiceNamespace,
        Policies: policiesOf(call.organization, call.account, Arn, ServiceNamespace).map((PolicyArn) => ({
          PolicyName: PolicyArn.split('/').at(-1) ?? '',
          PolicyType: 'MANAGED',
          PolicyArn,
        })),
      })),
      IsTruncated: false,
    };
  },

  /** Of roles alone. */
  GetAccountAuthorizationDetails: (
    call: Call<GetAccountAuthorizationDetailsRequest>,
  ): GetAccountAuthorizationDetailsResponse => {
    const { Filter = [] } = call.input;
    if (Filter.length !== 1 || Filter[0] !== 'Role')
      throw new AwsError('ValidationError', 'The sandbox tells the details of roles alone.');
    const { items, ...more } = listed(call, call.organization.roles(call.account));
    return {
      UserDetailList: [],
      GroupDetailList: [],
      Policies: [],
      RoleDetailList: items.map((role): RoleDetail => {
        const last = roleLastUsed(call.organization, call.account, role, call.now);
        return {
          Path: role.path,
          RoleName: role.name,
          RoleId: role.id,
          Arn: role.arn,
          CreateDate: role.created,
          AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(role.trustPolicy)),
          InstanceProfileList: profileOf(role),
          RolePolicyList: [],
          AttachedManagedPolicies: role.policyArns.map((PolicyArn) => ({
            PolicyName: PolicyArn.split('/').at(-1),
            PolicyArn,
          })),
          RoleLastUsed: last === null ? {} : { LastUsedDate: last, Region: 'eu-west-1' },
        };
      }),
      ...more,
    };
  },

  AttachRolePolicy: (call: Call<AttachRolePolicyRequest>): object => {
    const { RoleName, PolicyArn = '' } = call.input;
    change(call, RoleName, ({ policyArns, ...role }) => [
      { ...role, policyArns: [...policyArns.filter((arn) => arn !== PolicyArn), PolicyArn] },
    ]);
    return {};
  },

  DetachRolePolicy: (call: Call<DetachRolePolicyRequest>): object => {
    const { RoleName, PolicyArn } = call.input;
    change(call, RoleName, ({ policyArns, ...role }) => {
      if (PolicyArn === undefined || !policyArns.includes(PolicyArn))
        throw new AwsError('NoSuchEntity', `Policy ${PolicyArn} was not found.`, 404);
      return [{ ...role, policyArns: policyArns.filter((arn) => arn !== PolicyArn) }];
    });
    return {};
  },

  DeleteRole: (call: Call<DeleteRoleRequest>): object => {
    change(call, call.input.RoleName, ({ policyArns }) => {
      if (policyArns.length > 0)
        throw new AwsError('DeleteConflict', 'Cannot delete entity, must detach all policies first.', 409);
      return [];
    });
    return {};
  },

  GenerateOrganizationsAccessReport: (
    call: Call<GenerateOrganizationsAccessReportRequest>,
  ): GenerateServiceLastAccessedDetailsResponse => {
    const { EntityPath = '' } = call.input;
    if (call.account !== call.organization.managementAccount)
      throw new AwsError('AccessDenied', 'The report can be asked for in the management account alone.', 403);
    const open = [...jobs(call.organization).values()].some(
      (job) => job.about.startsWith('o-') && stateOf(job, call.now).JobStatus === 'IN_PROGRESS',
    );
    if (open) throw new AwsError('ReportGenerationLimitExceeded', 'A report is being generated already.', 409);
    return { JobId: begin(call, EntityPath, 'SERVICE_LEVEL') };
  },

  GetOrganizationsAccessReport: (
    call: Call<GetOrganizationsAccessReportRequest>,
  ): GetOrganizationsAccessReportResponse => {
    const job = findJob(call);
    const state = stateOf(job, call.now);
    if (state.JobStatus === 'IN_PROGRESS') return { ...state, IsTruncated: false };
    const all = organizationUse(call.organization, job.about, call.now);
    const { items, ...more } = listed(call, all);
    return {
      ...state,
      NumberOfServicesAccessible: all.length,
      NumberOfServicesNotAccessed: all.filter(({ at }) => at === null).length,
      AccessDetails: items.map(({ namespace, at }) => ({
        ServiceName: services[namespace] ?? namespace,
        ServiceNamespace: namespace,
        TotalAuthenticatedEntities: at === null ? 0 : 1,
        ...(at !== null && { LastAuthenticatedTime: at }),
      })),
      ...more,
    };
  },
} satisfies Service['operations'];

function begin(
  { organization, account, caller, now }: Call<unknown>,
  about: string,
  granularity: Job['granularity'],
): string {
  const kept = jobs(organization);
  const id = uuidOf(account, about, kept.size, now.getTime());
  kept.set(id, { account, accessKeyId: caller.accessKeyId, begun: now, about, granularity });
  return id;
}

/** "You must use the same credentials": another session does not find it. Source: IAM API reference. */
function findJob({ organization, caller, account, input }: Call<{ JobId: string | undefined }>): Job {
  const job = jobs(organization).get(input.JobId ?? '');
  if (job === undefined || job.accessKeyId !== caller.accessKeyId || job.account !== account)
    throw new AwsError('NoSuchEntity', `JobId ${input.JobId} is not found.`, 404);
  return job;
}

function stateOf({ begun }: Job, now: Date) {
  const done = new Date(begun.getTime() + jobTakesMs);
  return {
    JobStatus: now < done ? ('IN_PROGRESS' as const) : ('COMPLETED' as const),
    JobCreationDate: begun,
    JobCompletionDate: done,
  };
}

function requireIdentity({ organization, account, now }: Call<unknown>, arn: string): void {
  const known = [...organization.roles(account), ...organization.users(account, now)].some((one) => one.arn === arn);
  if (!known) throw new AwsError('NoSuchEntity', `ARN ${arn} is not found.`, 404);
}

/** Changes a role of the organization: what comes back stands in its place. */
function change(
  { organization, account }: Call<unknown>,
  name: string | undefined,
  to: (role: OrganizationRole) => OrganizationRole[],
): void {
  const { roles } = organization;
  const found = roles(account).find((role) => role.name === name);
  if (found === undefined) throw new AwsError('NoSuchEntity', `The role with name ${name} cannot be found.`, 404);
  const changed = to(found);
  organization.roles = (id) =>
    id === account ? roles(id).flatMap((role) => (role.name === name ? changed : [role])) : roles(id);
}

function listed<T>(
  { input }: Call<{ Marker?: string | undefined; MaxItems?: number | undefined }>,
  all: readonly T[],
): { items: T[]; IsTruncated: boolean; Marker: string | undefined } {
  const { Marker, MaxItems = 100, ...request } = input;
  const refusal = new AwsError('ValidationError', 'Invalid Marker.');
  const { items, next } = pageOf(all, { token: Marker, size: MaxItems, request, refusal });
  return { items, IsTruncated: next !== undefined, Marker: next };
}
