import * as z from 'zod';
import { type Call, pagedBy } from '../asks.ts';

const Analyzers = z.object({
  analyzers: z
    .array(
      z.object({
        arn: z.string(),
        name: z.string(),
        type: z.string(),
        status: z.string(),
        statusReason: z.object({ code: z.string() }).optional(),
        managedBy: z.string().optional(),
        lastResourceAnalyzedAt: z.date().optional(),
      }),
    )
    .default([]),
});
export const listAnalyzers: Call<z.output<typeof Analyzers>> = {
  service: 'accessAnalyzer',
  operation: 'ListAnalyzers',
  output: Analyzers,
  pages: pagedBy('nextToken', 'analyzers'),
};
export type Analyzer = z.output<typeof Analyzers>['analyzers'][number];

const Criterion = z.object({
  eq: z.array(z.string()).optional(),
  neq: z.array(z.string()).optional(),
  contains: z.array(z.string()).optional(),
  exists: z.boolean().optional(),
});
const ArchiveRules = z.object({
  archiveRules: z
    .array(z.object({ ruleName: z.string(), filter: z.record(z.string(), Criterion).default({}) }))
    .default([]),
});
export const listArchiveRules: Call<z.output<typeof ArchiveRules>> = {
  service: 'accessAnalyzer',
  operation: 'ListArchiveRules',
  output: ArchiveRules,
  pages: pagedBy('nextToken', 'archiveRules'),
};
export type ArchiveRule = z.output<typeof ArchiveRules>['archiveRules'][number];

const AccessFindings = z.object({
  findings: z
    .array(
      z.object({
        id: z.string(),
        resource: z.string().optional(),
        resourceOwnerAccount: z.string(),
        createdAt: z.date(),
      }),
    )
    .default([]),
});
/** The older ListFindings is refused for analyzers of unused and internal access. */
export const listAccessFindings: Call<z.output<typeof AccessFindings>> = {
  service: 'accessAnalyzer',
  operation: 'ListFindingsV2',
  output: AccessFindings,
  pages: pagedBy('nextToken', 'findings'),
};
export type AccessFinding = z.output<typeof AccessFindings>['findings'][number];

const Checked = z.object({
  result: z.string(),
  reasons: z.array(z.object({ description: z.string().optional() })).default([]),
});
/** Whether a policy opens a resource to the world, by reasoning over all requests there can be. AWS charges for each call. */
export const checkNoPublicAccess: Call<z.output<typeof Checked>> = {
  service: 'accessAnalyzer',
  operation: 'CheckNoPublicAccess',
  output: Checked,
};
export type CheckedPolicy = z.output<typeof Checked>;
