import type {
  AccountStatus,
  ActionEnum,
  AssessmentControl,
  AssessmentControlSet,
  AssessmentEvidenceFolder,
  AssessmentMetadataItem,
  AssessmentReport,
  AssessmentReportMetadata,
  BatchImportEvidenceToAssessmentControlRequest,
  BatchImportEvidenceToAssessmentControlResponse,
  ChangeLog,
  CreateAssessmentReportRequest,
  CreateAssessmentReportResponse,
  Delegation,
  DelegationMetadata,
  Evidence,
  GetAccountStatusResponse,
  GetAssessmentReportUrlRequest,
  GetAssessmentReportUrlResponse,
  GetAssessmentRequest,
  GetAssessmentResponse,
  GetChangeLogsRequest,
  GetChangeLogsResponse,
  GetDelegationsRequest,
  GetDelegationsResponse,
  GetEvidenceByEvidenceFolderRequest,
  GetEvidenceByEvidenceFolderResponse,
  GetEvidenceFoldersByAssessmentControlRequest,
  GetEvidenceFoldersByAssessmentControlResponse,
  GetEvidenceFoldersByAssessmentRequest,
  GetEvidenceFoldersByAssessmentResponse,
  GetInsightsByAssessmentRequest,
  GetInsightsByAssessmentResponse,
  GetInsightsResponse,
  GetOrganizationAdminAccountResponse,
  GetSettingsRequest,
  GetSettingsResponse,
  ListAssessmentControlInsightsByControlDomainRequest,
  ListAssessmentControlInsightsByControlDomainResponse,
  ListAssessmentReportsRequest,
  ListAssessmentReportsResponse,
  ListAssessmentsRequest,
  ListAssessmentsResponse,
  ListControlDomainInsightsByAssessmentRequest,
  ListControlDomainInsightsByAssessmentResponse,
  ListNotificationsRequest,
  ListNotificationsResponse,
  ManualEvidence,
  Notification,
  ObjectTypeEnum,
  RegisterOrganizationAdminAccountRequest,
  RegisterOrganizationAdminAccountResponse,
  Role,
  Settings,
  UpdateAssessmentControlSetStatusRequest,
  UpdateAssessmentControlSetStatusResponse,
  UpdateAssessmentRequest,
  UpdateAssessmentResponse,
  UpdateSettingsRequest,
  UpdateSettingsResponse,
  ValidateAssessmentReportIntegrityRequest,
  ValidateAssessmentReportIntegrityResponse,
} from '@aws-sdk/client-auditmanager';
import {
  type Assessment,
  assessmentsOf,
  type Control,
  type ControlSet,
  countedAt,
  countedFolders,
  type Folder,
  foldersOf,
  midnight,
  type Review,
  reviewOf,
} from '../../organization/assessments.ts';
import { evidenceSettings } from '../../organization/evidence.ts';
import type { Organization } from '../../organization/organization.ts';
import { perOrganization } from '../../organization/per-organization.ts';
import { dayMs, hexOf, hourMs, minuteMs, numberOf, uuidOf } from '../../organization/stable.ts';
import { homeRegion } from '../../organization/traces.ts';
import { pageOf } from '../page.ts';
import { AwsError, type Call, type Service } from '../service.ts';

/** How long a report is IN_PROGRESS, by the world's clock. */
const reportMs = 3 * minuteMs;
/** How long the link to a report holds. */
const linkSeconds = 60;

interface Report {
  id: string;
  name: string;
  description: string | undefined;
  assessment: Assessment;
  author: string;
  createdAt: Date;
}

interface Imported {
  assessmentId: string;
  controlSetId: string;
  controlId: string;
  at: Date;
  by: string;
  evidence: ManualEvidence;
}

/** Reports and evidence that somebody made here, newest first. */
const states = perOrganization(() => ({
  status: 'ACTIVE' as AccountStatus,
  reports: [] as Report[],
  imported: [] as Imported[],
}));

/** Turns Audit Manager off, as it is for all who had not used it before 2026-04-30, or on again; it may be under way. */
export function setAuditManager(organization: Organization, status: AccountStatus): void {
  states(organization).status = status;
}

/**
 * AWS Audit Manager in the home account and region, delegated administrator of the organization.
 * Source: AWS Audit Manager API reference. What it has is a function of the clock; only reports and imported evidence
 * are remembered.
 */
export const auditManager: Service = {
  signingName: 'auditmanager',
  sdk: () => import('@aws-sdk/client-auditmanager'),
  operations: {
    GetAccountStatus: (call: Call<object>): GetAccountStatusResponse => ({
      status: isHome(call) ? states(call.organization).status : 'INACTIVE',
    }),

    GetSettings: (call: Call<GetSettingsRequest>): GetSettingsResponse => {
      requireOn(call);
      return { settings: settingsOf(call) };
    },

    UpdateSettings: (call: Call<UpdateSettingsRequest>): UpdateSettingsResponse => {
      requireOn(call);
      const { destination } = call.input.defaultAssessmentReportsDestination ?? {};
      if (destination !== undefined) evidenceSettings(call.organization).audit.destination = destination;
      return { settings: settingsOf(call) };
    },

    GetOrganizationAdminAccount: (call: Call<object>): GetOrganizationAdminAccountResponse => {
      const { organization, account } = call;
      if (account !== organization.managementAccount && account !== organization.homeAccount)
        throw new AwsError('AccessDeniedException', 'The account is not in charge of the organization.', 403);
      const { administrator: adminAccountId } = evidenceSettings(organization).audit;
      return { adminAccountId, organizationId: organization.id };
    },

    RegisterOrganizationAdminAccount: (
      call: Call<RegisterOrganizationAdminAccountRequest>,
    ): RegisterOrganizationAdminAccountResponse => {
      const { organization, account, input } = call;
      if (account !== organization.managementAccount)
        throw new AwsError('AccessDeniedException', 'Only the management account names the administrator.', 403);
      const { audit } = evidenceSettings(organization);
      audit.administrator = input.adminAccountId ?? '';
      audit.connected = true;
      return { adminAccountId: audit.administrator, organizationId: organization.id };
    },

    UpdateAssessment: (call: Call<UpdateAssessmentRequest>): UpdateAssessmentResponse => {
      find(call);
      const scope = new Set((call.input.scope?.awsAccounts ?? []).map(({ id }) => id));
      const { outOfScope } = evidenceSettings(call.organization).audit;
      outOfScope.clear();
      for (const { id } of call.organization.accounts) if (!scope.has(id)) outOfScope.add(id);
      return {};
    },

    UpdateAssessmentControlSetStatus: (
      call: Call<UpdateAssessmentControlSetStatusRequest>,
    ): UpdateAssessmentControlSetStatusResponse => {
      const assessment = find(call);
      const { controlSetId = '', status } = call.input;
      if (!assessment.controlSets.some(({ id }) => id === controlSetId)) throw absent('controlSet', controlSetId);
      if (status === 'REVIEWED')
        evidenceSettings(call.organization).audit.reviewed.add(`${assessment.id}/${controlSetId}`);
      return {};
    },

    ListAssessments: (call: Call<ListAssessmentsRequest>): ListAssessmentsResponse => {
      requireOn(call);
      const wanted = assessmentsOf(call.organization).filter(
        ({ active }) => call.input.status === undefined || (call.input.status === 'ACTIVE') === active,
      );
      const { items, nextToken } = page(call.input, wanted);
      return { assessmentMetadata: items.map((one) => metadataOf(call, one)), nextToken };
    },

    GetAssessment: (call: Call<GetAssessmentRequest>): GetAssessmentResponse => {
      const assessment = find(call);
      return {
        assessment: {
          arn: `arn:aws:auditmanager:${homeRegion}:${call.organization.homeAccount}:assessment/${assessment.id}`,
          awsAccount: { id: call.organization.homeAccount },
          metadata: {
            ...metadataOf(call, assessment),
            description: `The organization's evidence for ${assessment.name}.`,
            assessmentReportsDestination: { destinationType: 'S3', destination: `s3://${reportsBucket(call)}/reports` },
            scope: {
              awsAccounts: call.organization.accounts
                .filter(({ id }) => !evidenceSettings(call.organization).audit.outOfScope.has(id))
                .slice(0, 200)
                .map(({ id, name }) => ({ id, name })),
            },
          },
          framework: {
            id: assessment.frameworkId,
            arn: `arn:aws:auditmanager:${homeRegion}:${call.organization.homeAccount}:assessmentFramework/${assessment.frameworkId}`,
            metadata: { name: assessment.complianceType, complianceType: assessment.complianceType },
            controlSets: controlSetsOf(call, assessment),
          },
        },
        userRole: owner(call),
      };
    },

    GetEvidenceFoldersByAssessment: (
      call: Call<GetEvidenceFoldersByAssessmentRequest>,
    ): GetEvidenceFoldersByAssessmentResponse => {
      const { items, nextToken } = page(call.input, allFolders(call, find(call)));
      const { withoutActivity } = evidenceSettings(call.organization).audit;
      return {
        evidenceFolders: withoutActivity
          ? items.map((folder) => ({ ...folder, evidenceByTypeUserActivityCount: 0 }))
          : items,
        nextToken,
      };
    },

    GetEvidenceFoldersByAssessmentControl: (
      call: Call<GetEvidenceFoldersByAssessmentControlRequest>,
    ): GetEvidenceFoldersByAssessmentControlResponse => {
      const assessment = find(call);
      const { control } = controlOf(assessment, call.input);
      const { items, nextToken } = page(call.input, allFolders(call, assessment, control));
      return { evidenceFolders: items, nextToken };
    },

    GetEvidenceByEvidenceFolder: (
      call: Call<GetEvidenceByEvidenceFolderRequest>,
    ): GetEvidenceByEvidenceFolderResponse => {
      const assessment = find(call);
      const { controlSetId, evidenceFolderId = '' } = call.input;
      const folder = foldersOf(assessment, call.now, ({ id }) => id === controlSetId).find(
        ({ id }) => id === evidenceFolderId,
      );
      const imported = importedOf(call, assessment).filter((one) => importedFolder(one) === evidenceFolderId);
      if (folder === undefined && imported.length === 0) throw absent('evidenceFolder', evidenceFolderId);
      const all = [...(folder === undefined ? [] : evidenceOf(call.organization, folder)), ...imported.map(manual)];
      const { items, nextToken } = page(call.input, all);
      return { evidence: items, nextToken };
    },

    GetInsights: (call: Call<object>): GetInsightsResponse => {
      requireOn(call);
      const active = assessmentsOf(call.organization).filter((assessment) => assessment.active);
      return {
        insights: {
          activeAssessmentsCount: active.length,
          ...countsOf(active.flatMap((assessment) => countedFolders(assessment, call.now))),
          totalAssessmentControlsCount: active.reduce((sum, assessment) => sum + controlsOf(assessment).length, 0),
          lastUpdated: new Date(countedAt(call.now).getTime() - evidenceSettings(call.organization).audit.lateMs),
        },
      };
    },

    GetInsightsByAssessment: (call: Call<GetInsightsByAssessmentRequest>): GetInsightsByAssessmentResponse => {
      const assessment = find(call);
      return {
        insights: {
          ...countsOf(countedFolders(assessment, call.now)),
          totalAssessmentControlsCount: controlsOf(assessment).length,
          lastUpdated: countedAt(call.now),
        },
      };
    },

    ListControlDomainInsightsByAssessment: (
      call: Call<ListControlDomainInsightsByAssessmentRequest>,
    ): ListControlDomainInsightsByAssessmentResponse => {
      const assessment = find(call);
      const domains = [...new Set(controlsOf(assessment).map(({ domain }) => domain))];
      const { items, nextToken } = page(call.input, domains);
      return {
        controlDomainInsights: items.map((name) => {
          const counts = countsOf(countedFolders(assessment, call.now, (_, { domain }) => domain === name));
          return {
            name,
            id: domainId(name),
            controlsCountByNoncompliantEvidence: counts.assessmentControlsCountByNoncompliantEvidence,
            totalControlsCount: controlsOf(assessment).filter(({ domain }) => domain === name).length,
            evidenceInsights: evidenceInsights(counts),
            lastUpdated: countedAt(call.now),
          };
        }),
        nextToken,
      };
    },

    ListAssessmentControlInsightsByControlDomain: (
      call: Call<ListAssessmentControlInsightsByControlDomainRequest>,
    ): ListAssessmentControlInsightsByControlDomainResponse => {
      const assessment = find(call);
      const controls = assessment.controlSets.flatMap((controlSet) =>
        controlSet.controls
          .filter(({ domain }) => domainId(domain) === call.input.controlDomainId)
          .map((control) => ({ control, controlSet })),
      );
      if (controls.length === 0) throw absent('controlDomain', call.input.controlDomainId ?? '');
      const { items, nextToken } = page(call.input, controls);
      return {
        controlInsightsByAssessment: items.map(({ control, controlSet }) => ({
          name: control.name,
          id: control.id,
          controlSetName: controlSet.id,
          evidenceInsights: evidenceInsights(
            countsOf(countedFolders(assessment, call.now, (_, { id }) => id === control.id)),
          ),
          lastUpdated: countedAt(call.now),
        })),
        nextToken,
      };
    },

    GetChangeLogs: (call: Call<GetChangeLogsRequest>): GetChangeLogsResponse => {
      const assessment = find(call);
      const { controlSetId, controlId } = call.input;
      const logs = changeLogs(call, assessment).filter(
        ({ set, control }) =>
          (controlSetId === undefined || set === controlSetId) && (controlId === undefined || control === controlId),
      );
      const { items, nextToken } = page(call.input, logs);
      return { changeLogs: items.map(({ log }) => log), nextToken };
    },

    GetDelegations: (call: Call<GetDelegationsRequest>): GetDelegationsResponse => {
      requireOn(call);
      const all = assessmentsOf(call.organization).flatMap((assessment) =>
        assessment.controlSets.flatMap((controlSet) =>
          delegationsOf(call, assessment, controlSet).map(
            ({ controlSetId, ...rest }): DelegationMetadata => ({ ...pick(rest), controlSetName: controlSetId }),
          ),
        ),
      );
      const { items, nextToken } = page(call.input, all);
      return { delegations: items, nextToken };
    },

    ListNotifications: (call: Call<ListNotificationsRequest>): ListNotificationsResponse => {
      requireOn(call);
      const { items, nextToken } = page(call.input, notifications(call));
      return { notifications: items, nextToken };
    },

    ListAssessmentReports: (call: Call<ListAssessmentReportsRequest>): ListAssessmentReportsResponse => {
      requireOn(call);
      const { items, nextToken } = page(call.input, reportsOf(call));
      return { assessmentReports: items.map((report) => reportMetadata(call, report)), nextToken };
    },

    CreateAssessmentReport: (call: Call<CreateAssessmentReportRequest>): CreateAssessmentReportResponse => {
      const assessment = find(call);
      const { reports } = states(call.organization);
      const report: Report = {
        id: uuidOf('report', call.organization.id, assessment.id, reports.length),
        name: call.input.name ?? '',
        description: call.input.description,
        assessment,
        author: (call.caller.sessionName ?? call.caller.arn.split('/').at(-1) ?? 'unknown').slice(0, 128),
        createdAt: call.now,
      };
      reports.unshift(report);
      const made: AssessmentReport = { ...reportMetadata(call, report), awsAccountId: call.organization.homeAccount };
      return { assessmentReport: made };
    },

    GetAssessmentReportUrl: (call: Call<GetAssessmentReportUrlRequest>): GetAssessmentReportUrlResponse => {
      const report = findReport(call);
      if (reportStatus(call, report) !== 'COMPLETE') throw invalid('The assessment report is not complete yet.');
      const signature = hexOf('signature', report.id, call.now.getTime());
      return {
        preSignedUrl: {
          hyperlinkName: `${report.name}.zip`,
          link: `https://${reportsBucket(call)}.s3.${homeRegion}.amazonaws.com/${reportKey(report)}?X-Amz-Expires=${linkSeconds}&X-Amz-Signature=${signature}`,
        },
      };
    },

    ValidateAssessmentReportIntegrity: (
      call: Call<ValidateAssessmentReportIntegrityRequest>,
    ): ValidateAssessmentReportIntegrityResponse => {
      requireOn(call);
      const path = call.input.s3RelativePath ?? '';
      const report = reportsOf(call).find((one) => path.endsWith(reportKey(one)));
      if (report === undefined || reportStatus(call, report) !== 'COMPLETE') throw absent('assessmentReport', path);
      return {
        signatureValid: true,
        signatureAlgorithm: 'SHA256withRSA',
        signatureDateTime: new Date(report.createdAt.getTime() + reportMs).toISOString(),
        signatureKeyId: uuidOf('signing key', call.organization.id),
        validationErrors: [],
      };
    },

    BatchImportEvidenceToAssessmentControl: (
      call: Call<BatchImportEvidenceToAssessmentControlRequest>,
    ): BatchImportEvidenceToAssessmentControlResponse => {
      const assessment = find(call);
      if (!assessment.active) throw invalid('Evidence cannot be added to an inactive assessment.');
      const { control, controlSet } = controlOf(assessment, call.input);
      const { imported } = states(call.organization);
      const wrong: ManualEvidence[] = [];
      for (const evidence of call.input.manualEvidence ?? []) {
        const given = [evidence.s3ResourcePath, evidence.textResponse, evidence.evidenceFileName];
        if (given.filter((one) => one !== undefined).length !== 1) wrong.push(evidence);
        else
          imported.unshift({
            assessmentId: assessment.id,
            controlSetId: controlSet.id,
            controlId: control.id,
            at: call.now,
            by: call.caller.arn,
            evidence,
          });
      }
      return {
        errors: wrong.map((manualEvidence) => ({
          manualEvidence,
          errorCode: '400',
          errorMessage: 'Give exactly one of s3ResourcePath, textResponse and evidenceFileName.',
        })),
      };
    },
  },
};

function settingsOf({ organization }: Call<unknown>): Settings {
  const { connected, destination } = evidenceSettings(organization).audit;
  return {
    isAwsOrgEnabled: connected,
    ...(destination !== null && { defaultAssessmentReportsDestination: { destinationType: 'S3', destination } }),
  };
}

const isHome = ({ account, region, organization }: Call<unknown>): boolean =>
  account === organization.homeAccount && region === homeRegion;

const isOn = (call: Call<unknown>): boolean => isHome(call) && states(call.organization).status === 'ACTIVE';

function requireOn(call: Call<unknown>): void {
  if (!isOn(call))
    throw new AwsError(
      'AccessDeniedException',
      'Please complete AWS Audit Manager setup from home page to enable this action in this account.',
      403,
    );
}

function find(call: Call<{ assessmentId: string | undefined }>): Assessment {
  requireOn(call);
  const { assessmentId = '' } = call.input;
  const found = assessmentsOf(call.organization).find(({ id }) => id === assessmentId);
  if (found === undefined) throw absent('assessment', assessmentId);
  return found;
}

function controlOf(
  assessment: Assessment,
  { controlSetId = '', controlId = '' }: { controlSetId: string | undefined; controlId: string | undefined },
): { control: Control; controlSet: ControlSet } {
  const controlSet = assessment.controlSets.find(({ id }) => id === controlSetId);
  if (controlSet === undefined) throw absent('controlSet', controlSetId);
  const control = controlSet.controls.find(({ id }) => id === controlId);
  if (control === undefined) throw absent('control', controlId);
  return { control, controlSet };
}

const absent = (what: string, id: string) =>
  new AwsError('ResourceNotFoundException', `The ${what} ${id} does not exist.`, 404);
const invalid = (message: string) => new AwsError('ValidationException', message);

function page<T>(
  input: { nextToken?: string | undefined; maxResults?: number | undefined },
  all: readonly T[],
): { items: T[]; nextToken: string | undefined } {
  const { nextToken: token, maxResults: size = 100, ...request } = input;
  const { items, next } = pageOf(all, { token, size, request });
  return { items, nextToken: next };
}

const controlsOf = ({ controlSets }: Assessment): Control[] => controlSets.flatMap(({ controls }) => controls);

const domainId = (name: string): string => uuidOf('control domain', name);

const reportsBucket = ({ organization }: Call<unknown>): string => `audit-reports-${organization.homeAccount}`;

const owner = ({ organization }: Call<unknown>): Role => ({
  roleType: 'PROCESS_OWNER',
  roleArn: `arn:aws:iam::${organization.homeAccount}:role/audit-owner`,
});

const metadataOf = (call: Call<unknown>, assessment: Assessment): AssessmentMetadataItem => ({
  name: assessment.name,
  id: assessment.id,
  complianceType: assessment.complianceType,
  status: assessment.active ? 'ACTIVE' : 'INACTIVE',
  roles: [owner(call)],
  delegations: assessment.controlSets.flatMap((controlSet) => delegationsOf(call, assessment, controlSet)),
  creationTime: assessment.createdAt,
  lastUpdated: midnight(call.now.getTime()),
});

function controlSetsOf(call: Call<unknown>, assessment: Assessment): AssessmentControlSet[] {
  const folders = Map.groupBy(allFolders(call, assessment), ({ controlId }) => controlId);
  const sum = (control: Control, of: (folder: AssessmentEvidenceFolder) => number | undefined) =>
    (folders.get(control.id) ?? []).reduce((all, folder) => all + (of(folder) ?? 0), 0);
  return assessment.controlSets.map((controlSet) => {
    const { status } = reviewNow(call, assessment, controlSet);
    const manualCount = controlSet.controls.reduce(
      (all, control) => all + sum(control, (folder) => folder.evidenceByTypeManualCount),
      0,
    );
    const controls = controlSet.controls.map(
      (control): AssessmentControl => ({
        id: control.id,
        name: control.name,
        status: status === 'REVIEWED' ? 'REVIEWED' : assessment.active ? 'UNDER_REVIEW' : 'INACTIVE',
        response: control.source === 'Manual' ? 'MANUAL' : 'AUTOMATE',
        comments: [],
        evidenceSources: [control.source],
        evidenceCount: sum(control, (folder) => folder.totalEvidence),
        assessmentReportEvidenceCount: 0,
      }),
    );
    return {
      id: controlSet.id,
      description: controlSet.id,
      status,
      roles: [owner(call)],
      controls,
      delegations: delegationsOf(call, assessment, controlSet),
      systemEvidenceCount: controls.reduce((all, { evidenceCount = 0 }) => all + evidenceCount, 0) - manualCount,
      manualEvidenceCount: manualCount,
    };
  });
}

/** The folders that time filled and those of imported evidence, newest first. */
function allFolders(call: Call<unknown>, assessment: Assessment, control?: Control): AssessmentEvidenceFolder[] {
  const imported = importedOf(call, assessment).filter(
    ({ controlId }) => control === undefined || control.id === controlId,
  );
  const groups = Map.groupBy(imported, importedFolder);
  return [
    ...[...groups].flatMap(([id, evidence]) => importedShape(assessment, id, evidence)),
    ...foldersOf(assessment, call.now, (_, { id }) => control === undefined || id === control.id).map((folder) => {
      const shape = shapes.get(folder) ?? folderShape(assessment, folder);
      shapes.set(folder, shape);
      return shape;
    }),
  ];
}

/** Of thousands of folders, which are asked for page by page. */
const shapes = new WeakMap<Folder, AssessmentEvidenceFolder>();

const importedOf = ({ organization }: Call<unknown>, { id }: Assessment): Imported[] =>
  states(organization).imported.filter(({ assessmentId }) => assessmentId === id);

/** Imported evidence has a folder for each control and day. */
const importedFolder = ({ assessmentId, controlId, at }: Imported): string =>
  uuidOf('imported', assessmentId, controlId, midnight(at.getTime()).getTime());

function importedShape(assessment: Assessment, id: string, evidence: readonly Imported[]): AssessmentEvidenceFolder[] {
  const [first] = evidence;
  if (first === undefined) return [];
  const { control } = controlOf(assessment, first);
  const date = midnight(first.at.getTime());
  return [
    {
      name: date.toISOString().slice(0, 10),
      date,
      assessmentId: assessment.id,
      controlSetId: first.controlSetId,
      controlId: first.controlId,
      controlName: control.name,
      id,
      dataSource: 'Manual',
      author: first.by,
      totalEvidence: evidence.length,
      assessmentReportSelectionCount: 0,
      evidenceResourcesIncludedCount: 0,
      evidenceByTypeConfigurationDataCount: 0,
      evidenceByTypeManualCount: evidence.length,
      evidenceByTypeComplianceCheckCount: 0,
      evidenceByTypeComplianceCheckIssuesCount: 0,
      evidenceByTypeUserActivityCount: 0,
      evidenceAwsServiceSourceCount: 0,
    },
  ];
}

const manual = (one: Imported): Evidence => ({
  dataSource: 'Manual',
  time: one.at,
  eventName: 'Manual evidence',
  evidenceByType: 'Manual',
  resourcesIncluded: [],
  attributes: Object.fromEntries(
    Object.entries(one.evidence).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value.slice(0, 200)]] : [],
    ),
  ),
  iamId: one.by,
  evidenceFolderId: importedFolder(one),
  id: uuidOf('evidence', importedFolder(one), one.at.getTime(), JSON.stringify(one.evidence)),
  assessmentReportSelection: 'Yes',
});

const typeOf = { 'AWS CloudTrail': 'UserActivity', 'AWS API calls': 'ConfigurationData', Manual: 'Manual' } as const;

function folderShape(assessment: Assessment, folder: Folder): AssessmentEvidenceFolder {
  const { control, controlSet, date, compliant, noncompliant, inconclusive } = folder;
  const checks = compliant + noncompliant;
  const total = checks + inconclusive;
  const type = control.source === 'AWS Config' || control.source === 'AWS Security Hub' ? null : typeOf[control.source];
  const of = (name: (typeof typeOf)[keyof typeof typeOf]) => (type === name ? inconclusive : 0);
  return {
    name: date.toISOString().slice(0, 10),
    date,
    assessmentId: assessment.id,
    controlSetId: controlSet.id,
    controlId: control.id,
    controlName: control.name,
    id: folder.id,
    dataSource: control.source,
    author: 'AWS Audit Manager',
    totalEvidence: total,
    assessmentReportSelectionCount: 0,
    evidenceResourcesIncludedCount: total,
    evidenceByTypeConfigurationDataCount: of('ConfigurationData'),
    evidenceByTypeManualCount: of('Manual'),
    evidenceByTypeComplianceCheckCount: checks,
    evidenceByTypeComplianceCheckIssuesCount: noncompliant,
    evidenceByTypeUserActivityCount: of('UserActivity'),
    evidenceAwsServiceSourceCount: control.source === 'Manual' ? 0 : 1,
  };
}

const eventSources = {
  'AWS Config': 'config.amazonaws.com',
  'AWS Security Hub': 'securityhub.amazonaws.com',
  'AWS CloudTrail': 'cloudtrail.amazonaws.com',
  'AWS API calls': 'kms.amazonaws.com',
  Manual: undefined,
} as const;

const rulings = {
  'AWS Config': ['Compliant', 'Non-compliant'],
  'AWS Security Hub': ['Pass', 'Fail'],
} as const;

const evidenceTypes = {
  'AWS Config': 'Compliance check',
  'AWS Security Hub': 'Compliance check',
  'AWS CloudTrail': 'User activity',
  'AWS API calls': 'Configuration data',
  Manual: 'Manual',
} as const;

/** One piece of evidence for each account that was looked at. */
function evidenceOf(organization: Organization, folder: Folder): Evidence[] {
  const { control, date, compliant, noncompliant, inconclusive } = folder;
  const { source } = control;
  const accounts = organization.accounts.filter(({ state }) => state === 'ACTIVE');
  return Array.from({ length: compliant + noncompliant + inconclusive }, (_, place): Evidence => {
    const account = accounts[(place + numberOf(accounts.length, 'account', control.id)) % accounts.length]?.id;
    const ruled = source === 'AWS Config' || source === 'AWS Security Hub';
    const ruling = ruled ? rulings[source][place < noncompliant ? 1 : 0] : undefined;
    return {
      dataSource: source,
      evidenceAwsAccountId: account,
      time: new Date(date.getTime() + hourMs + place * minuteMs),
      eventSource: eventSources[source],
      eventName: control.name.slice(0, 100),
      evidenceByType: evidenceTypes[source],
      resourcesIncluded: [
        {
          arn: `arn:aws:${source === 'AWS Config' ? 'config' : 'iam'}::${account}:resource/${place}`,
          ...(ruling !== undefined && { complianceCheck: ruling }),
        },
      ],
      attributes: { account: account ?? '' },
      ...(ruling !== undefined && { complianceCheck: ruling }),
      awsOrganization: organization.id,
      awsAccountId: account,
      evidenceFolderId: folder.id,
      id: uuidOf('evidence', folder.id, place),
      assessmentReportSelection: 'No',
    };
  });
}

function countsOf(folders: readonly Folder[]) {
  const sum = (of: (folder: Folder) => number) => folders.reduce((all, folder) => all + of(folder), 0);
  return {
    noncompliantEvidenceCount: sum(({ noncompliant }) => noncompliant),
    compliantEvidenceCount: sum(({ compliant }) => compliant),
    inconclusiveEvidenceCount: sum(({ inconclusive }) => inconclusive),
    assessmentControlsCountByNoncompliantEvidence: folders.filter(({ noncompliant }) => noncompliant > 0).length,
  };
}

const evidenceInsights = ({
  noncompliantEvidenceCount,
  compliantEvidenceCount,
  inconclusiveEvidenceCount,
}: ReturnType<typeof countsOf>) => ({ noncompliantEvidenceCount, compliantEvidenceCount, inconclusiveEvidenceCount });

/** A control set under review was delegated when the review began. */
/** How a control set stands: as time has it, unless somebody reviewed it here or reviews take longer. */
function reviewNow(call: Call<unknown>, assessment: Assessment, controlSet: ControlSet): Review {
  const { reviewed, reviewsLateMs } = evidenceSettings(call.organization).audit;
  const { status, since } = reviewOf(assessment, controlSet, call.now);
  if (status !== 'UNDER_REVIEW' || since === undefined) return { status, since };
  return reviewed.has(`${assessment.id}/${controlSet.id}`)
    ? { status: 'REVIEWED', since: call.now }
    : { status, since: new Date(since.getTime() - reviewsLateMs) };
}

function delegationsOf(call: Call<unknown>, assessment: Assessment, controlSet: ControlSet): Delegation[] {
  const { status, since } = reviewOf(assessment, controlSet, call.now);
  if (since === undefined || status === 'ACTIVE') return [];
  return [
    {
      id: uuidOf('delegation', assessment.id, controlSet.id, since.getTime()),
      assessmentName: assessment.name,
      assessmentId: assessment.id,
      status: status === 'UNDER_REVIEW' ? 'UNDER_REVIEW' : 'COMPLETE',
      roleArn: `arn:aws:iam::${call.organization.homeAccount}:role/control-owner-${controlSet.phase}`,
      roleType: 'RESOURCE_OWNER',
      creationTime: since,
      lastUpdated: since,
      controlSetId: controlSet.id,
      comment: 'Please review before the end of the month.',
      createdBy: 'audit-owner',
    },
  ];
}

const pick = ({ id, assessmentName, assessmentId, status, roleArn, creationTime }: Delegation) => ({
  id,
  assessmentName,
  assessmentId,
  status,
  roleArn,
  creationTime,
});

interface Change {
  log: ChangeLog;
  at: Date;
  /** The control set and control that it is about. */
  set?: string;
  control?: string;
}

/** Newest first. */
function changeLogs(call: Call<unknown>, assessment: Assessment): Change[] {
  const by = owner(call).roleArn;
  const change = (
    objectType: ObjectTypeEnum,
    objectName: string,
    action: ActionEnum,
    at: Date,
    createdBy = by,
  ): Change => ({ at, log: { objectType, objectName, action, createdAt: at, createdBy } });
  const reviews = assessment.controlSets.flatMap((controlSet) => {
    const { status, since } = reviewNow(call, assessment, controlSet);
    return since === undefined ? [] : [{ ...change('CONTROL_SET', controlSet.id, status, since), set: controlSet.id }];
  });
  const imports = importedOf(call, assessment).map((one) => ({
    ...change('CONTROL', controlOf(assessment, one).control.name, 'IMPORT_EVIDENCE', one.at, iamArn(one.by)),
    set: one.controlSetId,
    control: one.controlId,
  }));
  const reports = reportsOf(call)
    .filter((report) => report.assessment === assessment)
    .map(({ name, createdAt }) => change('ASSESSMENT_REPORT', name, 'CREATE', createdAt));
  const created = change('ASSESSMENT', assessment.name, 'CREATE', assessment.createdAt);
  return [...imports, ...reviews, ...reports, created].sort((a, b) => b.at.getTime() - a.at.getTime());
}

/** The role behind a session's ARN: the change log names IAM identities only. */
const iamArn = (arn: string): string => {
  const [, account, role] = /^arn:aws:sts::(\d{12}):assumed-role\/([^/]+)\//.exec(arn) ?? [];
  return account === undefined ? arn : `arn:aws:iam::${account}:role/${role}`;
};

/** Each review asked for is told of once. */
const notifications = (call: Call<unknown>): Notification[] =>
  assessmentsOf(call.organization)
    .filter(({ active }) => active)
    .flatMap((assessment) =>
      assessment.controlSets.flatMap((controlSet): Notification[] => {
        const { status, since } = reviewOf(assessment, controlSet, call.now);
        if (since === undefined || status !== 'UNDER_REVIEW') return [];
        return [
          {
            id: `${since.getTime()}_${uuidOf('notification', assessment.id, controlSet.id, since.getTime())}`,
            assessmentId: assessment.id,
            assessmentName: assessment.name,
            controlSetId: controlSet.id,
            controlSetName: controlSet.id,
            description: `The control set ${controlSet.id} was delegated for review.`,
            eventTime: since,
            source: 'audit-owner',
          },
        ];
      }),
    );

/** Those made here, and one at the end of each assessment's first 60 days. */
function reportsOf({ organization, now }: Call<unknown>): Report[] {
  const early = assessmentsOf(organization).map(
    (assessment): Report => ({
      id: uuidOf('first report', assessment.id),
      name: `${assessment.name.replaceAll(/[^\w.-]+/g, '-')}-first`,
      description: undefined,
      assessment,
      author: 'audit-owner',
      createdAt: new Date(assessment.createdAt.getTime() + 60 * dayMs),
    }),
  );
  return [...states(organization).reports, ...early.filter(({ createdAt }) => createdAt <= now)];
}

const reportStatus = ({ now }: Call<unknown>, { createdAt }: Report) =>
  now.getTime() - createdAt.getTime() < reportMs ? 'IN_PROGRESS' : 'COMPLETE';

const reportKey = ({ id, name }: Report): string => `reports/${id}/${name}.zip`;

const reportMetadata = (call: Call<unknown>, report: Report): AssessmentReportMetadata => ({
  id: report.id,
  name: report.name,
  description: report.description,
  assessmentId: report.assessment.id,
  assessmentName: report.assessment.name,
  author: report.author,
  status: reportStatus(call, report),
  creationTime: report.createdAt,
});

function findReport(call: Call<GetAssessmentReportUrlRequest>): Report {
  const assessment = find(call);
  const { assessmentReportId = '' } = call.input;
  const report = reportsOf(call).find((one) => one.id === assessmentReportId && one.assessment === assessment);
  if (report === undefined) throw absent('assessmentReport', assessmentReportId);
  return report;
}
