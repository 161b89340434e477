import * as z from 'zod';
import { type Call, pagedBy } from '../asks.ts';

const service = 'auditManager';

const Status = z.object({ status: z.string().optional() });
/** INACTIVE: it was never set up, and is closed to new customers since 2026-04-30. */
export const getAccountStatus: Call<z.output<typeof Status>> = {
  service,
  operation: 'GetAccountStatus',
  output: Status,
};

const Settings = z.object({
  settings: z
    .object({
      isAwsOrgEnabled: z.boolean().optional(),
      defaultAssessmentReportsDestination: z.object({ destination: z.string().optional() }).optional(),
    })
    .optional(),
});
export const getAuditSettings: Call<z.output<typeof Settings>> = {
  service,
  operation: 'GetSettings',
  output: Settings,
};
export type AuditSettings = z.output<typeof Settings>;

const Administrator = z.object({ adminAccountId: z.string().optional() });
export const getAuditAdministrator: Call<z.output<typeof Administrator>> = {
  service,
  operation: 'GetOrganizationAdminAccount',
  output: Administrator,
  absent: ['ResourceNotFoundException'],
};

const Assessments = z.object({
  assessmentMetadata: z
    .array(z.object({ id: z.string(), name: z.string().optional(), creationTime: z.date().optional() }))
    .default([]),
});
export const listAssessments: Call<z.output<typeof Assessments>> = {
  service,
  operation: 'ListAssessments',
  output: Assessments,
  pages: pagedBy('nextToken', 'assessmentMetadata'),
};
export type AssessmentName = z.output<typeof Assessments>['assessmentMetadata'][number];

const Assessment = z.object({
  assessment: z.object({
    arn: z.string().optional(),
    metadata: z
      .object({
        scope: z.object({ awsAccounts: z.array(z.object({ id: z.string().optional() })).default([]) }).optional(),
      })
      .optional(),
    framework: z
      .object({
        controlSets: z
          .array(
            z.object({
              id: z.string().optional(),
              status: z.string().optional(),
              controls: z
                .array(z.object({ name: z.string().optional(), evidenceCount: z.number().optional() }))
                .default([]),
            }),
          )
          .default([]),
      })
      .optional(),
  }),
});
export const getAssessment: Call<z.output<typeof Assessment>> = {
  service,
  operation: 'GetAssessment',
  output: Assessment,
};
export type Assessment = z.output<typeof Assessment>['assessment'];

const Insights = z.object({ insights: z.object({ lastUpdated: z.date().optional() }).optional() });
export const getInsights: Call<z.output<typeof Insights>> = { service, operation: 'GetInsights', output: Insights };

const Folders = z.object({
  evidenceFolders: z
    .array(
      z.object({
        date: z.date().optional(),
        evidenceByTypeComplianceCheckCount: z.number().optional(),
        evidenceByTypeUserActivityCount: z.number().optional(),
      }),
    )
    .default([]),
});
export const getEvidenceFolders: Call<z.output<typeof Folders>> = {
  service,
  operation: 'GetEvidenceFoldersByAssessment',
  output: Folders,
  pages: pagedBy('nextToken', 'evidenceFolders'),
};
export type EvidenceFolder = z.output<typeof Folders>['evidenceFolders'][number];

const Delegations = z.object({
  delegations: z
    .array(
      z.object({
        status: z.string().optional(),
        creationTime: z.date().optional(),
        controlSetName: z.string().optional(),
        assessmentName: z.string().optional(),
      }),
    )
    .default([]),
});
export const getDelegations: Call<z.output<typeof Delegations>> = {
  service,
  operation: 'GetDelegations',
  output: Delegations,
  pages: pagedBy('nextToken', 'delegations'),
};
export type Delegation = z.output<typeof Delegations>['delegations'][number];

const Changes = z.object({
  changeLogs: z
    .array(
      z.object({ objectType: z.string().optional(), action: z.string().optional(), createdAt: z.date().optional() }),
    )
    .default([]),
});
export const getChangeLogs: Call<z.output<typeof Changes>> = {
  service,
  operation: 'GetChangeLogs',
  output: Changes,
  pages: pagedBy('nextToken', 'changeLogs'),
};

const Reports = z.object({
  assessmentReports: z
    .array(
      z.object({
        id: z.string(),
        name: z.string().optional(),
        assessmentId: z.string(),
        status: z.string().optional(),
        creationTime: z.date().optional(),
      }),
    )
    .default([]),
});
export const listAssessmentReports: Call<z.output<typeof Reports>> = {
  service,
  operation: 'ListAssessmentReports',
  output: Reports,
  pages: pagedBy('nextToken', 'assessmentReports'),
};
export type ReportName = z.output<typeof Reports>['assessmentReports'][number];

const ReportUrl = z.object({ preSignedUrl: z.object({ link: z.string().optional() }).optional() });
/** The link says where the report is kept; it is not followed. */
export const getReportUrl: Call<z.output<typeof ReportUrl>> = {
  service,
  operation: 'GetAssessmentReportUrl',
  output: ReportUrl,
};

const Integrity = z.object({ signatureValid: z.boolean().optional() });
export const validateReport: Call<z.output<typeof Integrity>> = {
  service,
  operation: 'ValidateAssessmentReportIntegrity',
  output: Integrity,
};
