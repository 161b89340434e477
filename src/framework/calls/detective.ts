import * as z from 'zod';
import { type Call, pagedBy } from '../asks.ts';

const service = 'detective';
/** Only the administrator of a graph may ask about it. */
const elsewhere = ['AccessDeniedException'];

const Graphs = z.object({ GraphList: z.array(z.object({ Arn: z.string() })).default([]) });
/** The graphs that the account administers. A region without Detective has no such host. */
export const listGraphs: Call<z.output<typeof Graphs>> = {
  service,
  operation: 'ListGraphs',
  output: Graphs,
  pages: pagedBy('NextToken', 'GraphList'),
  absent: ['ENOTFOUND'],
};

const Members = z.object({
  MemberDetails: z
    .array(
      z.object({
        AccountId: z.string(),
        Status: z.string(),
        DisabledReason: z.string().optional(),
        VolumeUsageByDatasourcePackage: z
          .record(
            z.string(),
            z.object({ VolumeUsageInBytes: z.number().optional(), VolumeUsageUpdateTime: z.date().optional() }),
          )
          .optional(),
      }),
    )
    .default([]),
});
/** Neither the administrator itself nor accounts that were never enabled. */
export const listGraphMembers: Call<z.output<typeof Members>> = {
  service,
  operation: 'ListMembers',
  output: Members,
  pages: pagedBy('NextToken', 'MemberDetails'),
  elsewhere,
};
export type GraphMember = z.output<typeof Members>['MemberDetails'][number];

const Configuration = z.object({ AutoEnable: z.boolean().optional() });
export const describeGraphOrganization: Call<z.output<typeof Configuration>> = {
  service,
  operation: 'DescribeOrganizationConfiguration',
  output: Configuration,
  elsewhere,
};

const Packages = z.object({
  DatasourcePackages: z
    .record(z.string(), z.object({ DatasourcePackageIngestState: z.string().optional() }))
    .default({}),
});
/** In one page: there are three. */
export const listDatasourcePackages: Call<z.output<typeof Packages>> = {
  service,
  operation: 'ListDatasourcePackages',
  output: Packages,
  elsewhere,
};

const Investigations = z.object({
  InvestigationDetails: z
    .array(
      z.object({
        InvestigationId: z.string(),
        EntityArn: z.string().optional(),
        Severity: z.string().optional(),
        CreatedTime: z.date().optional(),
      }),
    )
    .default([]),
});
export const listInvestigations: Call<z.output<typeof Investigations>> = {
  service,
  operation: 'ListInvestigations',
  output: Investigations,
  pages: pagedBy('NextToken', 'InvestigationDetails'),
  elsewhere,
};
export type OpenInvestigation = z.output<typeof Investigations>['InvestigationDetails'][number];

const Administrators = z.object({
  Administrators: z.array(z.object({ AccountId: z.string().optional() })).default([]),
});
/** Of one region, in the management account. A region without Detective has no such host. */
export const listDetectiveAdministrators: Call<z.output<typeof Administrators>> = {
  service,
  operation: 'ListOrganizationAdminAccounts',
  output: Administrators,
  pages: pagedBy('NextToken', 'Administrators'),
  absent: ['ENOTFOUND'],
};
