import { listed } from '../../../alerts/text.ts';
import type { ComparedControl } from '../../../framework/evidence/compare.ts';
import type { EvidenceSource } from '../../../framework/evidence/snapshot.ts';
import { type NamedCall, organizationCalls } from '../../../reports/calls.ts';
import { minute, type ReportDocument } from '../../../reports/document.ts';
import type { DigestResult } from '../../../slack/views/digest-result.ts';
import type { AskedException } from '../../../store/digest-people.ts';
import type { DigestPlaceTable } from '../../../store/digests.ts';
import { plural } from '../common.ts';

/** A control with what became of it, and the exception that covers it. */
export type ReportedControl = ComparedControl & { accepted: AskedException | null };

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
    ['securityhub:GetEnabledStandards', '', 'The standards'],
    ['securityhub:ListSecurityControlDefinitions', '', 'Titles of controls'],
    ['securityhub:GetFindings', 'AwsAccountId, RecordState=ACTIVE', 'Compliance by control'],
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

const printed = 60;

/** How many controls there are, how many have evidence against them, how many none at all. */
export interface AssessmentNumbers {
  controls: number;
  against: number;
  without: number;
}

/** The report on evidence as a document for people. */
export function evidenceDocument(
  result: DigestResult,
  controls: readonly ReportedControl[],
  about: Pick<ReportDocument, 'organization' | 'period' | 'createdAt' | 'versions' | 'chart' | 'files'> & {
    source: EvidenceSource;
    /** Who was asked. */
    places: readonly Pick<DigestPlaceTable, 'account' | 'name' | 'reported_at' | 'state' | 'reason'>[];
    /** Assessments, packs or standards that were looked at, by name. */
    assessments: ReadonlyMap<string, AssessmentNumbers>;
    /** How files name whoever accepted a risk. */
    called: (who: string) => string;
    /** Sentences on what could not be asked. */
    remarks: readonly string[];
  },
): ReportDocument {
  const { source, places, assessments, called, remarks, ...rest } = about;
  const { coverage } = result;
  return {
    ...rest,
    title: 'Evidence of the week',
    headline: result.headline,
    figures: result.numbers.map(({ label, value, before }) => ({
      label,
      value: value.toLocaleString('en'),
      change: before === null ? 'the first look' : `${before.toLocaleString('en')} the last time`,
    })),
    coverage: {
      sentence: `${coverage.answered} of ${plural(coverage.asked, 'account')} answered. Looked at: ${listed([...assessments.keys()], 12) || 'nothing'}.${coverage.trouble === null ? '' : ` ${coverage.trouble}`}`,
      table: {
        columns: [
          { title: 'Account', share: 17, kind: 'mono' },
          { title: 'Name', share: 25 },
          { title: 'Counted, UTC', share: 20 },
          { title: 'Answer', share: 38 },
        ],
        rows: places.map(({ account, name, reported_at, state, reason }) => [
          account,
          name ?? '',
          reported_at === null ? '' : minute(reported_at),
          state === 'answered' ? 'answered' : (reason ?? 'It gave no answer.'),
        ]),
        empty: 'No account was asked.',
      },
    },
    method: {
      paragraphs: [
        ...result.notes,
        'A control is “newly” so when the last snapshot had no evidence against it, “put right” when it has evidence for it and none against it now, and “no evidence now” when nothing says either.',
      ],
      calls: evidenceCalls[source].map(([call, parameters, purpose]) => ({ call, parameters, purpose })),
    },
    sections: [
      {
        title: 'Results by assessment',
        paragraphs: [
          'Controls of each assessment, conformance pack or standard: how many have evidence against them, and how many have none at all.',
        ],
        tables: [
          {
            title: null,
            table: {
              columns: [
                { title: 'Assessment', share: 52 },
                { title: 'Controls', share: 14, kind: 'number' },
                { title: 'Against', share: 14, kind: 'number' },
                { title: 'No evidence', share: 20, kind: 'number' },
              ],
              rows: [...assessments].map(([name, { controls: all, against, without }]) => [
                name,
                ...[all, against, without].map((n) => n.toLocaleString('en')),
              ]),
              empty: 'There are none.',
            },
          },
        ],
      },
      {
        title: 'Controls with evidence against them',
        paragraphs: [
          controls.length > printed
            ? `The first ${printed} of ${controls.length.toLocaleString('en')}; findings.csv has all of them.`
            : 'All controls that have, or had the last time, evidence against them.',
        ],
        tables: [
          {
            title: null,
            table: {
              columns: [
                { title: 'Control', share: 42 },
                { title: 'Assessment', share: 24 },
                { title: 'Against', share: 10, kind: 'number' },
                { title: 'For', share: 10, kind: 'number' },
                { title: 'Change', share: 14 },
              ],
              rows: controls
                .slice(0, printed)
                .map(({ control, change, accepted }) => [
                  control.name,
                  `${control.assessment}, ${control.set}`,
                  String(control.counts.noncompliant),
                  String(control.counts.compliant),
                  accepted === null ? words[change] : 'accepted',
                ]),
              empty: 'There are none.',
            },
          },
        ],
      },
      {
        title: 'The week in detail',
        paragraphs: [],
        tables: result.lists
          .filter(({ lines }) => lines.length > 0)
          .map(({ title, lines }) => ({
            title,
            table: {
              columns: [{ title: '', share: 1 }],
              rows: lines.slice(0, printed).map((line) => [line]),
              empty: '',
            },
          })),
      },
      {
        title: 'What could not be checked',
        paragraphs:
          remarks.length > printed
            ? [
                `The first ${printed} of ${remarks.length.toLocaleString('en')}; the files in the folder evidence have all of them.`,
              ]
            : [],
        tables: [
          {
            title: null,
            table: {
              columns: [{ title: 'What', share: 1 }],
              rows: remarks.slice(0, printed).map((remark) => [remark]),
              empty: 'All that was asked was answered by every account that answered.',
            },
          },
        ],
      },
    ],
    exceptions: {
      paragraphs: [
        'Risks that somebody accepted for a time, and that a second person approved. They stay in the list and are not counted among the worst.',
      ],
      table: {
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
      },
    },
    signOff: null,
  };
}
