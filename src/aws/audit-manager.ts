import { oneLine } from '../words/text.ts';
import type { Aws } from './aws.ts';
import { troubleOf } from './trouble.ts';

/** A report that Audit Manager was asked for. */
interface AssessmentReport {
  id: string;
  name: string;
  assessment: string;
  status: string;
}

/** What Trailwatch asks of Audit Manager about assessment reports and manual evidence. */
export interface AssessmentReports {
  activeAssessments: () => AsyncGenerator<{ id: string; name: string }>;
  /** Returns the report's id; undefined when Audit Manager names none. */
  create: (assessment: string, name: string) => Promise<string | undefined>;
  reports: () => AsyncGenerator<AssessmentReport>;
  /** A fresh link to a report; it does not hold for long. @throws Error when Audit Manager gives none */
  linkTo: (assessment: string, report: string) => Promise<string>;
  /** Has Audit Manager check its own signature of a report; returns one sentence. */
  integrityOf: (assessment: string, report: string) => Promise<string>;
  /** Attaches a text to a control. @throws Error with the reason when Audit Manager does not accept it */
  attach: (to: { assessment: string; controlSet: string; control: string }, text: string) => Promise<void>;
}

/**
 * Audit Manager in the bot's own account, asked in the name of a person or of a digest.
 * Source: AWS Audit Manager API reference.
 */
export async function assessmentReports(aws: Aws, name: string): Promise<AssessmentReports> {
  const sdk = await import('@aws-sdk/client-auditmanager');
  const client = await aws.client('auditManager', await aws.home(), { name });

  const linkTo = async (assessmentId: string, assessmentReportId: string): Promise<string> => {
    const { preSignedUrl } = await client.send(
      new sdk.GetAssessmentReportUrlCommand({ assessmentId, assessmentReportId }),
    );
    if (preSignedUrl?.link === undefined) throw new Error('Audit Manager gave no link to this report.');
    return preSignedUrl.link;
  };

  const signatureOf = async (s3RelativePath: string): Promise<string> => {
    try {
      const { signatureValid, signatureAlgorithm, signatureDateTime } = await client.send(
        new sdk.ValidateAssessmentReportIntegrityCommand({ s3RelativePath }),
      );
      return signatureValid === true
        ? `its signature is valid (${signatureAlgorithm ?? 'unknown algorithm'}, ${signatureDateTime ?? 'no time'})`
        : 'its signature is NOT valid';
    } catch (error) {
      return `its signature could not be checked: ${oneLine(troubleOf(error, 'check it').message, 300)}`;
    }
  };

  return {
    activeAssessments: async function* () {
      for await (const page of sdk.paginateListAssessments({ client }, { status: 'ACTIVE' }))
        for (const { id, name } of page.assessmentMetadata ?? []) if (id !== undefined) yield { id, name: name ?? id };
    },
    create: async (assessmentId, name) => {
      const created = await client.send(
        new sdk.CreateAssessmentReportCommand({ assessmentId, name: reportName(name) }),
      );
      return created.assessmentReport?.id;
    },
    reports: async function* () {
      for await (const page of sdk.paginateListAssessmentReports({ client }, {}))
        for (const { id, name, assessmentId, status = '' } of page.assessmentReports ?? [])
          if (id !== undefined && assessmentId !== undefined)
            yield { id, name: name ?? id, assessment: assessmentId, status };
    },
    linkTo,
    integrityOf: async (assessment, report) => {
      const how = await signatureOf(s3Path(new URL(await linkTo(assessment, report))));
      return `The report is made, and ${how}. Type /audit evidence link ${report} for a link; it does not hold for long.`;
    },
    attach: async ({ assessment, controlSet, control }, textResponse) => {
      const { errors = [] } = await client.send(
        new sdk.BatchImportEvidenceToAssessmentControlCommand({
          assessmentId: assessment,
          controlSetId: controlSet,
          controlId: control,
          manualEvidence: [{ textResponse }],
        }),
      );
      if (errors[0] !== undefined) throw new Error(errors[0].errorMessage ?? 'Audit Manager did not accept it');
    },
  };
}

/** A name as Audit Manager takes it. Source: API reference, AssessmentReport. */
export const reportName = (text: string): string => text.replace(/[^\w.-]+/g, '-').slice(0, 300);

/** `s3://BUCKET/KEY` of a link of S3, with the bucket in the name of the host or in the path. */
function s3Path({ hostname, pathname }: URL): string {
  const key = decodeURIComponent(pathname.slice(1));
  const bucket = /^(.+)\.s3[.-]/.exec(hostname)?.[1];
  return `s3://${bucket === undefined ? key : `${bucket}/${key}`}`;
}
