import type { DigestResult } from '../../../framework/digest-result.ts';
import type { ComparedControl } from '../../../framework/evidence/compare.ts';
import type { EvidenceSource } from '../../../framework/evidence/snapshot.ts';
import { type NamedCall, organizationCalls } from '../../../reports/calls.ts';
import type { ReportDocument, Section, Table } from '../../../reports/document.ts';
import type { DigestPlaceTable } from '../../../store/tables.ts';
import { listed } from '../../../words/text.ts';
import { coverageOfReport, figuresOf, inDetail, notChecked, printed, section } from '../document-parts.ts';
import type { AssessmentNumbers, ReportedControl } from './sum.ts';

/** What is asked of each source; tests hold it against what AWS was asked. */
export const evidenceCalls: Record<EvidenceSource, readonly NamedCall[]> = {
  'audit-manager': [
    ['sts:AssumeRole', 'RoleArn, ExternalId, SourceIdentity', 'The role that reads'],
    ['auditmanager:GetAccountStatus', '', 'Whether Audit Manager is set up'],
    ['auditmanager:ListAssessments', 'status=ACTIVE', 'The assessments'],
    ['auditmanager:GetAssessment', 'assessmentId', 'Control sets, controls, reviews'],
    ['auditmanager:GetInsights', '', 'When evidence was last counted'],
    ['auditmanager:ListControlDomainInsightsByAssessment', 'assessmentId', 'Control domains'],
    [
      'auditmanager:ListAssessmentControlInsightsByControlDomain',
      'assessmentId, controlDomainId',
      'Evidence by control',
    ],
    ['auditmanager:GetEvidenceFoldersByAssessment', 'assessmentId', 'Evidence by control, day and type'],
    ['auditmanager:GetChangeLogs', 'assessmentId', 'Who changed what'],
    ['auditmanager:GetDelegations', '', 'Delegated control sets'],
    ['auditmanager:ListAssessmentReports', '', 'Assessment reports'],
  ],
  config: [
    ['ec2:DescribeRegions', '', 'The regions of an account'],
    ...organizationCalls,
    ['auditmanager:GetAccountStatus', '', 'Whether Audit Manager is set up'],
    ['config:DescribeConformancePacks', '', 'The conformance packs'],
    ['config:ListConformancePackComplianceScores', '', 'Their scores'],
    ['config:DescribeConformancePackCompliance', 'ConformancePackName', 'Compliance by rule'],
    ['config:GetConformancePackComplianceDetails', 'ConformancePackName, ComplianceType=NON_COMPLIANT', 'What fails'],
    ['config:DescribeConfigRuleEvaluationStatus', '', 'When rules were last evaluated'],
    ['config:DescribeConfigurationRecorderStatus', '', 'Whether the recorder records'],
    ['securityhub:GetEnabledStandards', '', 'The standards'],
    [
      'securityhub:GetFindings',
      'AwsAccountId, Region, RecordState=ACTIVE, ComplianceStatus=PASSED, FAILED, WARNING, NOT_AVAILABLE',
      'Compliance by control',
    ],
  ],
  'security-hub': [],
};

const words: Record<ComparedControl['change'], string> = {
  open: 'still',
  new: 'newly',
  baseline: 'first look',
  fixed: 'put right',
  removed: 'gone',
  silent: 'no evidence now',
  'not-seen': 'not seen',
};

/** What the report says beside the result and its controls. */
type About = Pick<
  ReportDocument,
  'organization' | 'covers' | 'origin' | 'createdAt' | 'versions' | 'chart' | 'files'
> & {
  source: EvidenceSource;
  /** Who was asked. */
  places: readonly Pick<DigestPlaceTable, 'account' | 'name' | 'reported_at' | 'state' | 'reason'>[];
  /** Assessments, packs or standards that were looked at, by name. */
  assessments: ReadonlyMap<string, AssessmentNumbers>;
  /** How files name whoever accepted a risk. */
  called: (who: string) => string;
  /** Sentences on what could not be asked. */
  remarks: readonly string[];
};

/** The report on evidence as a document for people. */
export function evidenceDocument(
  result: DigestResult,
  controls: readonly ReportedControl[],
  { source, places, assessments, called, remarks, ...about }: About,
): ReportDocument {
  return {
    ...about,
    title: 'Evidence of the week',
    headline: result.headline,
    figures: figuresOf(result),
    coverage: coverageOfReport(
      result,
      places,
      'Counted, UTC',
      `Looked at: ${listed([...assessments.keys()], 12) || 'nothing'}.`,
    ),
    method: {
      paragraphs: [
        ...result.notes.slice(0, 12),
        'A control is “newly” so when the last snapshot had no evidence against it, “put right” when it has evidence for it and none against it now, and “no evidence now” when nothing says either. What could not be looked at stays as it was, “not seen”. Of Security Hub a control has AWS’s own status: FAILED before UNKNOWN before PASSED, without archived and suppressed findings.',
      ],
      calls: evidenceCalls[source].map(([call, parameters, purpose]) => ({ call, parameters, purpose })),
    },
    sections: [
      byAssessment(assessments),
      withEvidenceAgainst(controls),
      inDetail(result, 'The week in detail'),
      notChecked(remarks, 'the files in the folder evidence have all of them'),
    ],
    exceptions: {
      paragraphs: [
        'Risks that somebody accepted for a time, and that a second person approved. They stay in the list and are not counted among the worst.',
      ],
      table: acceptedTable(controls, called),
    },
    signOff: null,
  };
}

const byAssessment = (assessments: About['assessments']): Section =>
  section(
    'Results by assessment',
    [
      'Controls of each assessment, conformance pack or standard: how many have evidence against them, and how many have none at all.',
    ],
    {
      columns: [
        { title: 'Assessment', share: 52 },
        { title: 'Controls', share: 14, kind: 'number' },
        { title: 'Against', share: 14, kind: 'number' },
        { title: 'No evidence', share: 20, kind: 'number' },
      ],
      rows: [...assessments].map(([name, { controls, against, without }]) => [
        name,
        ...[controls, against, without].map((n) => n.toLocaleString('en')),
      ]),
      empty: 'There are none.',
    },
  );

const withEvidenceAgainst = (controls: readonly ReportedControl[]): Section =>
  section(
    'Controls with evidence against them',
    [
      controls.length > printed
        ? `The first ${printed} of ${controls.length.toLocaleString('en')}; findings.csv has all of them.`
        : 'All controls that have, or had the last time, evidence against them.',
    ],
    {
      columns: [
        { title: 'Severity', share: 12, kind: 'severity' },
        { title: 'Control', share: 36 },
        { title: 'Assessment', share: 26 },
        { title: 'Against', share: 10, kind: 'number' },
        { title: 'For', share: 8, kind: 'number' },
        { title: 'Change', share: 12 },
      ],
      rows: controls
        .slice(0, printed)
        .map(({ control, change, accepted }) => [
          control.severity ?? 'medium',
          control.name,
          `${control.assessment}, ${control.at === null ? control.set : `${control.at.account}, ${control.at.region}`}`,
          String(control.counts.noncompliant),
          String(control.counts.compliant),
          accepted === null ? words[change] : 'accepted',
        ]),
      empty: 'There are none.',
    },
  );

const acceptedTable = (controls: readonly ReportedControl[], called: About['called']): Table => ({
  columns: [
    { title: 'Control', share: 34 },
    { title: 'Owner', share: 14 },
    { title: 'Reason', share: 28 },
    { title: 'Expires', share: 11 },
    { title: 'Approved by', share: 13 },
  ],
  rows: controls.flatMap(({ control, accepted }) =>
    accepted === null
      ? []
      : [
          [
            `${control.name} (${control.assessment})`,
            called(accepted.owner),
            accepted.reason,
            accepted.expires_at.toISOString().slice(0, 10),
            called(accepted.decided_by ?? ''),
          ],
        ],
  ),
  empty: 'There are none.',
});
