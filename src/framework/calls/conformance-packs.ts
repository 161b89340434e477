import * as z from 'zod';
import { type Call, pagedBy } from '../asks.ts';

const service = 'config';

const OrganizationPacks = z.object({
  OrganizationConformancePackStatuses: z
    .array(z.object({ OrganizationConformancePackName: z.string(), Status: z.string() }))
    .default([]),
});
/** In the management account or the delegated administrator of Config. */
export const describeOrganizationPacks: Call<z.output<typeof OrganizationPacks>> = {
  service,
  operation: 'DescribeOrganizationConformancePackStatuses',
  output: OrganizationPacks,
  pages: pagedBy('NextToken', 'OrganizationConformancePackStatuses'),
  elsewhere: ['OrganizationAccessDeniedException', 'NoAvailableOrganizationException'],
};

const PackStatuses = z.object({
  ConformancePackStatusDetails: z
    .array(
      z.object({
        ConformancePackName: z.string(),
        ConformancePackId: z.string(),
        ConformancePackArn: z.string(),
        ConformancePackState: z.string(),
        ConformancePackStatusReason: z.string().optional(),
      }),
    )
    .default([]),
});
export const describePackStatus: Call<z.output<typeof PackStatuses>> = {
  service,
  operation: 'DescribeConformancePackStatus',
  output: PackStatuses,
  pages: pagedBy('NextToken', 'ConformancePackStatusDetails'),
};
export type PackStatus = z.output<typeof PackStatuses>['ConformancePackStatusDetails'][number];

const Summaries = z.object({
  ConformancePackComplianceSummaryList: z
    .array(z.object({ ConformancePackName: z.string(), ConformancePackComplianceStatus: z.string() }))
    .default([]),
});
/** Of at most five packs. */
export const getPackSummary: Call<z.output<typeof Summaries>> = {
  service,
  operation: 'GetConformancePackComplianceSummary',
  output: Summaries,
  pages: pagedBy('NextToken', 'ConformancePackComplianceSummaryList'),
};

const Evaluations = z.object({
  ConfigRulesEvaluationStatus: z
    .array(z.object({ ConfigRuleName: z.string().optional(), LastSuccessfulEvaluationTime: z.date().optional() }))
    .default([]),
});
export const describeRuleEvaluations: Call<z.output<typeof Evaluations>> = {
  service,
  operation: 'DescribeConfigRuleEvaluationStatus',
  output: Evaluations,
  pages: pagedBy('NextToken', 'ConfigRulesEvaluationStatus'),
};
