import * as z from 'zod';
import { type Call, pagedBy } from '../asks.ts';

const elsewhere = ['AccessDeniedException'];

const Organization = z.object({
  Organization: z.object({ Id: z.string(), MasterAccountId: z.string(), FeatureSet: z.string().optional() }),
});
export const describeOrganization: Call<z.output<typeof Organization>> = {
  service: 'organizations',
  operation: 'DescribeOrganization',
  output: Organization,
  absent: ['AWSOrganizationsNotInUseException'],
};

const Roots = z.object({
  Roots: z
    .array(
      z.object({
        Id: z.string(),
        PolicyTypes: z.array(z.object({ Type: z.string().optional(), Status: z.string().optional() })).default([]),
      }),
    )
    .default([]),
});
export const listRoots: Call<z.output<typeof Roots>> = {
  service: 'organizations',
  operation: 'ListRoots',
  output: Roots,
  pages: pagedBy('NextToken', 'Roots'),
  elsewhere,
};

const Accounts = z.object({
  Accounts: z
    .array(
      z.object({
        Id: z.string(),
        Name: z.string().optional(),
        State: z.string().optional(),
        JoinedTimestamp: z.date().optional(),
      }),
    )
    .default([]),
});
/** `State` is read; `Status` was retired on 2026-09-09. Source: Organizations API reference, ListAccountsForParent. */
export const listAccountsForParent: Call<z.output<typeof Accounts>> = {
  service: 'organizations',
  operation: 'ListAccountsForParent',
  output: Accounts,
  pages: pagedBy('NextToken', 'Accounts'),
  elsewhere,
};

const Units = z.object({
  OrganizationalUnits: z.array(z.object({ Id: z.string(), Name: z.string().optional() })).default([]),
});
export const listOrganizationalUnitsForParent: Call<z.output<typeof Units>> = {
  service: 'organizations',
  operation: 'ListOrganizationalUnitsForParent',
  output: Units,
  pages: pagedBy('NextToken', 'OrganizationalUnits'),
  elsewhere,
};

const Administrators = z.object({ DelegatedAdministrators: z.array(z.object({ Id: z.string() })).default([]) });
export const listDelegatedAdministrators: Call<z.output<typeof Administrators>> = {
  service: 'organizations',
  operation: 'ListDelegatedAdministrators',
  output: Administrators,
  pages: pagedBy('NextToken', 'DelegatedAdministrators'),
  elsewhere,
};

const Policies = z.object({
  Policies: z
    .array(
      z.object({
        Id: z.string(),
        Name: z.string().optional(),
        Type: z.string().optional(),
        AwsManaged: z.boolean().optional(),
      }),
    )
    .default([]),
});
export const listPolicies: Call<z.output<typeof Policies>> = {
  service: 'organizations',
  operation: 'ListPolicies',
  output: Policies,
  pages: pagedBy('NextToken', 'Policies'),
  elsewhere,
};

const PolicyText = z.object({ Policy: z.object({ Content: z.string().optional() }) });
export const describePolicy: Call<z.output<typeof PolicyText>> = {
  service: 'organizations',
  operation: 'DescribePolicy',
  output: PolicyText,
  elsewhere,
};

const Targets = z.object({
  Targets: z.array(z.object({ TargetId: z.string(), Type: z.string().optional() })).default([]),
});
export const listTargetsForPolicy: Call<z.output<typeof Targets>> = {
  service: 'organizations',
  operation: 'ListTargetsForPolicy',
  output: Targets,
  pages: pagedBy('NextToken', 'Targets'),
  elsewhere,
};

const Tags = z.object({
  Tags: z.array(z.object({ Key: z.string(), Value: z.string() })).default([]),
});
/** The tags of an account, a unit or a policy: input `{ ResourceId }`. */
export const listTagsForResource: Call<z.output<typeof Tags>> = {
  service: 'organizations',
  operation: 'ListTagsForResource',
  output: Tags,
  pages: pagedBy('NextToken', 'Tags'),
  elsewhere,
};
