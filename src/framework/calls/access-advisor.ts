import * as z from 'zod';
import type { Call } from '../asks.ts';

const absent = ['NoSuchEntity', 'NoSuchEntityException'];
const marker = (list: string) => ({ token: 'Marker', next: 'Marker', list });
const Trouble = z.object({ Code: z.string(), Message: z.string() });

const LastAccessed = z.object({
  JobStatus: z.string(),
  ServicesLastAccessed: z
    .array(
      z.object({
        ServiceName: z.string(),
        ServiceNamespace: z.string(),
        /** Left out: not in the tracked period. */
        LastAuthenticated: z.date().optional(),
        LastAuthenticatedEntity: z.string().optional(),
        LastAuthenticatedRegion: z.string().optional(),
        TotalAuthenticatedEntities: z.number().optional(),
      }),
    )
    .default([]),
  Error: Trouble.optional(),
});
/** When an identity last used each service that its policies grant: input `{ Arn }`. */
export const serviceLastAccessed: Call<z.output<typeof LastAccessed>> = {
  service: 'iam',
  operation: 'GetServiceLastAccessedDetails',
  output: LastAccessed,
  pages: marker('ServicesLastAccessed'),
  job: { start: 'GenerateServiceLastAccessedDetails', id: 'JobId', state: 'JobStatus', running: 'IN_PROGRESS' },
  absent,
};
export type ServiceLastAccessed = z.output<typeof LastAccessed>['ServicesLastAccessed'][number];

const AccessReport = z.object({
  JobStatus: z.string(),
  NumberOfServicesAccessible: z.number().optional(),
  NumberOfServicesNotAccessed: z.number().optional(),
  AccessDetails: z
    .array(z.object({ ServiceNamespace: z.string(), LastAuthenticatedTime: z.date().optional() }))
    .default([]),
  ErrorDetails: Trouble.optional(),
});
/** Services that the policies on a path allow, with their last use by any account below: input `{ EntityPath }`. */
export const organizationsAccessReport: Call<z.output<typeof AccessReport>> = {
  service: 'iam',
  operation: 'GetOrganizationsAccessReport',
  output: AccessReport,
  pages: marker('AccessDetails'),
  job: { start: 'GenerateOrganizationsAccessReport', id: 'JobId', state: 'JobStatus', running: 'IN_PROGRESS' },
};

const Roles = z.object({
  RoleDetailList: z
    .array(
      z.object({
        RoleName: z.string(),
        Path: z.string().default('/'),
        Arn: z.string(),
        CreateDate: z.date(),
        /** JSON, URL-encoded. */
        AssumeRolePolicyDocument: z.string().default(''),
        RoleLastUsed: z.object({ LastUsedDate: z.date().optional() }).optional(),
        InstanceProfileList: z.array(z.object({ Arn: z.string().optional() })).default([]),
        AttachedManagedPolicies: z.array(z.object({ PolicyArn: z.string().optional() })).default([]),
        /** Documents are JSON, URL-encoded. */
        RolePolicyList: z
          .array(z.object({ PolicyName: z.string().optional(), PolicyDocument: z.string().optional() }))
          .default([]),
      }),
    )
    .default([]),
});
/** The roles of an account with what they may and when they were last used: ListRoles leaves the last use out. */
export const roleDetails: Call<z.output<typeof Roles>> = {
  service: 'iam',
  operation: 'GetAccountAuthorizationDetails',
  output: Roles,
  pages: marker('RoleDetailList'),
};
export type RoleDetail = z.output<typeof Roles>['RoleDetailList'][number];

const Reviewed = z.object({ at: z.date().nullable(), by: z.string().nullable() });
const RoleUse = z.object({
  Role: z.object({
    RoleName: z.string(),
    Arn: z.string(),
    CreateDate: z.date(),
    /** JSON, URL-encoded. */
    AssumeRolePolicyDocument: z.string().default(''),
    PermissionsBoundary: z.object({ PermissionsBoundaryArn: z.string().optional() }).optional(),
    RoleLastUsed: z.object({ LastUsedDate: z.date().optional(), Region: z.string().optional() }).optional(),
  }),
});
/** A role with when it was last used, who may take it, and what bounds it. */
export const roleUse: Call<z.output<typeof RoleUse>> = {
  service: 'iam',
  operation: 'GetRole',
  output: RoleUse,
  absent,
};
export type RoleUse = z.output<typeof RoleUse>['Role'];

const UserUse = z.object({
  User: z.object({
    UserName: z.string(),
    Arn: z.string(),
    CreateDate: z.date(),
    PasswordLastUsed: z.date().optional(),
  }),
});
export const userUse: Call<z.output<typeof UserUse>> = {
  service: 'iam',
  operation: 'GetUser',
  output: UserUse,
  absent,
};

const Granting = z.object({
  PoliciesGrantingServiceAccess: z
    .array(
      z.object({
        ServiceNamespace: z.string().default(''),
        Policies: z.array(z.object({ PolicyName: z.string() })).default([]),
      }),
    )
    .default([]),
});
/** The policies of an identity that grant services: input `{ Arn, ServiceNamespaces }`, 200 at most. */
export const policiesGranting: Call<z.output<typeof Granting>> = {
  service: 'iam',
  operation: 'ListPoliciesGrantingServiceAccess',
  output: Granting,
  pages: marker('PoliciesGrantingServiceAccess'),
  absent,
};

/** When somebody last asked `/audit access`, of the bot's own record: input `{ since }` as Date. */
export const accessReviewed: Call<z.output<typeof Reviewed>> = {
  service: 'store',
  operation: 'AccessReviewed',
  output: Reviewed,
};
