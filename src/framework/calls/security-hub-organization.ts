import * as z from 'zod';
import { type Call, pagedBy } from '../asks.ts';

/** What Security Hub says where it is off: an answer, though it looks like a refusal. */
const absent = ['InvalidAccessException'];

const Configuration = z.object({
  AutoEnable: z.boolean().optional(),
  OrganizationConfiguration: z
    .object({ ConfigurationType: z.string().optional(), Status: z.string().optional() })
    .optional(),
});
export const describeHubOrganization: Call<z.output<typeof Configuration>> = {
  service: 'securityHub',
  operation: 'DescribeOrganizationConfiguration',
  output: Configuration,
  absent,
  elsewhere: ['AccessDeniedException'],
};
export type HubOrganization = z.output<typeof Configuration>;

const Members = z.object({
  Members: z.array(z.object({ AccountId: z.string(), MemberStatus: z.string().optional() })).default([]),
});
/** Accounts in which Security Hub is on under the administrator that is asked, region by region. */
export const listHubMembers: Call<z.output<typeof Members>> = {
  service: 'securityHub',
  operation: 'ListMembers',
  output: Members,
  pages: pagedBy('NextToken', 'Members'),
  absent,
  elsewhere: ['AccessDeniedException'],
};

const Findings = z.object({ Findings: z.array(z.object({ UpdatedAt: z.string() })).default([]) });
/** One page: whether there is a finding is asked, not all of them; three requests a second. */
export const getHubFindings: Call<z.output<typeof Findings>> = {
  service: 'securityHub',
  operation: 'GetFindings',
  output: Findings,
  absent,
};

const Administrators = z.object({
  AdminAccounts: z.array(z.object({ AccountId: z.string().optional(), Status: z.string().optional() })).default([]),
});
/** Of one region, in the management account. */
export const listHubAdministrators: Call<z.output<typeof Administrators>> = {
  service: 'securityHub',
  operation: 'ListOrganizationAdminAccounts',
  output: Administrators,
  pages: pagedBy('NextToken', 'AdminAccounts'),
  absent,
};
