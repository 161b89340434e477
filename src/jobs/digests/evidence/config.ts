import type { ConfigServiceClient } from '@aws-sdk/client-config-service';
import type { SecurityHubClient } from '@aws-sdk/client-securityhub';
import { configSource, type PackRule, packControls } from '../../../framework/evidence/conformance.ts';
import { HubFinding, hubControls, securityHubSource, standardName } from '../../../framework/evidence/security-hub.ts';
import type { EvidenceSnapshot } from '../../../framework/evidence/snapshot.ts';
import type { Look } from '../../../framework/looks.ts';
import { messageOf } from '../../../words/text.ts';

/** What one source says in one Region: null where it is not on, so that nobody looks there. */
export interface Region {
  assessments: EvidenceSnapshot['assessments'];
  controls: EvidenceSnapshot['controls'];
  look: Look;
  /** Sentences on what is known of it and does not make it incomplete. */
  remarks: string[];
  /** What AWS answered, as far as it is counted: plain JSON for the folder `raw`. */
  answers: object;
}

interface Where {
  account: string;
  region: string;
}

type Sdk = typeof import('@aws-sdk/client-config-service');

/**
 * What AWS Config's conformance packs say in one account and Region. A recorder that does not record leaves verdicts of before:
 * what they do not call bad is then not known. Source: AWS Config API reference.
 */
export async function configEvidence(
  client: ConfigServiceClient,
  where: Where,
  recorder: Recorder,
): Promise<Region | null> {
  const sdk = await import('@aws-sdk/client-config-service');
  const packs: { id: string; name: string }[] = [];
  for await (const page of sdk.paginateDescribeConformancePacks({ client }, {}))
    for (const { ConformancePackName: name = '', ConformancePackArn: id = name } of page.ConformancePackDetails ?? [])
      packs.push({ id, name });
  if (packs.length === 0) return null;
  const scores = new Map<string, number>();
  for await (const page of sdk.paginateListConformancePackComplianceScores({ client }, {}))
    for (const { ConformancePackName = '', Score } of page.ConformancePackComplianceScores ?? [])
      if (Number.isFinite(Number(Score))) scores.set(ConformancePackName, Number(Score));
  const remarks: string[] = [];
  const evaluated = await orRemark(remarks, where, 'when its rules were last evaluated', new Map(), () =>
    evaluationTimes(client, sdk),
  );
  const rules: PackRule[] = [];
  for (const { name: pack } of packs) {
    const failing = await orRemark(remarks, where, `which resources fail in ${pack}`, new Map(), () =>
      failingResources(client, sdk, pack),
    );
    for await (const page of sdk.paginateDescribeConformancePackCompliance({ client }, { ConformancePackName: pack }))
      for (const { ConfigRuleName: rule = '', ComplianceType, Controls } of page.ConformancePackRuleComplianceList ??
        [])
        rules.push({
          pack,
          rule,
          verdict: ComplianceType ?? '',
          domain: Controls?.[0] ?? null,
          evaluatedAt: evaluated.get(rule) ?? null,
          failing: failing.get(rule) ?? [],
        });
  }
  // Packs that hold no rule judge nothing.
  if (rules.length === 0) return null;
  const stopped = await orRemark(remarks, where, 'whether its recorder records', null, recorder);
  return {
    assessments: packs.map(({ id, name }) => ({ id, name, score: scores.get(name) ?? null })),
    controls: packControls(rules, where),
    look: {
      region: where.region,
      source: configSource,
      state: stopped === null ? 'read' : 'partly',
      reason: stopped,
    },
    remarks,
    answers: { rules },
  };
}

/** What may be missing without making the verdicts wrong: it is said to be. */
async function orRemark<T>(
  remarks: string[],
  { account, region }: Where,
  what: string,
  otherwise: T,
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    remarks.push(`${account} in ${region}: AWS Config did not tell ${what}: ${messageOf(error).slice(0, 200)}`);
    return otherwise;
  }
}

/** When each rule was last evaluated with success. */
async function evaluationTimes(client: ConfigServiceClient, sdk: Sdk): Promise<Map<string, string>> {
  const times = new Map<string, string>();
  for await (const page of sdk.paginateDescribeConfigRuleEvaluationStatus({ client }, {}))
    for (const { ConfigRuleName = '', LastSuccessfulEvaluationTime: at } of page.ConfigRulesEvaluationStatus ?? [])
      if (at !== undefined) times.set(ConfigRuleName, at.toISOString());
  return times;
}

/** Failing resources that are listed of a pack; more are only counted by AWS's verdict on their rule. */
const listedResources = 1000;

async function failingResources(client: ConfigServiceClient, sdk: Sdk, pack: string) {
  const found = new Map<string, { resource: string; since: string | null }[]>();
  let count = 0;
  const input = { ConformancePackName: pack, Filters: { ComplianceType: 'NON_COMPLIANT' as const } };
  for await (const page of sdk.paginateGetConformancePackComplianceDetails({ client, pageSize: 100 }, input)) {
    for (const { EvaluationResultIdentifier: of, ResultRecordedTime } of page.ConformancePackRuleEvaluationResults ??
      []) {
      const { ConfigRuleName: rule = '', ResourceId = '' } = of?.EvaluationResultQualifier ?? {};
      const list = found.get(rule) ?? [];
      list.push({ resource: ResourceId, since: ResultRecordedTime?.toISOString() ?? null });
      found.set(rule, list);
      count += 1;
    }
    if (count >= listedResources) break;
  }
  return found;
}

/** Why the verdicts of a Region are old, in a sentence; null: its recorder records. */
export type Recorder = () => Promise<string | null>;

/** What Config says of its recorder, on whose items its own rules and the controls of Security Hub rest. */
export async function stoppedRecorder(client: ConfigServiceClient): Promise<string | null> {
  const sdk = await import('@aws-sdk/client-config-service');
  const { ConfigurationRecordersStatus: recorders = [] } = await client.send(
    new sdk.DescribeConfigurationRecorderStatusCommand({}),
  );
  const [recorder] = recorders;
  if (recorders.some(({ recording }) => recording === true)) return null;
  if (recorder === undefined)
    return 'No configuration recorder is there: the verdicts are of before, and nothing that changed since is in them.';
  const since = recorder.lastStopTime === undefined ? '' : ` since ${recorder.lastStopTime.toISOString().slice(0, 10)}`;
  return `The configuration recorder is stopped${since}: the verdicts are of before, and nothing that changed since is in them.`;
}

/** Findings are read at most this far: what was not read lets nothing be put right or removed. */
const mostFindings = 20_000;

/**
 * What Security Hub's standards say in one account and Region; null where no standard is on. Only findings of controls are
 * asked for (those with a compliance status), and only of this account and Region, which an aggregation Region would repeat.
 * Without a recorder that records, most controls say what was: what they call good is then not known. Source: AWS Security Hub
 * API reference, GetFindings, and user guide, "Enabling and configuring AWS Config for Security Hub".
 */
export async function securityHubEvidence(
  client: SecurityHubClient,
  where: Where,
  recorder: Recorder,
): Promise<Region | null> {
  const { account, region } = where;
  const sdk = await import('@aws-sdk/client-securityhub');
  const standards: string[] = [];
  for await (const page of sdk.paginateGetEnabledStandards({ client }, {}))
    for (const { StandardsArn: arn } of page.StandardsSubscriptions ?? []) if (arn !== undefined) standards.push(arn);
  if (standards.length === 0) return null;
  const titles = new Map<string, string>();
  const remarks: string[] = [];
  const stopped = await orRemark(remarks, where, 'whether its recorder records', null, recorder);
  const equals = (...values: string[]) => values.map((Value) => ({ Value, Comparison: 'EQUALS' as const }));
  const Filters = {
    AwsAccountId: equals(account),
    Region: equals(region),
    RecordState: equals('ACTIVE'),
    ComplianceStatus: equals('PASSED', 'FAILED', 'WARNING', 'NOT_AVAILABLE'),
  };
  const findings: HubFinding[] = [];
  let read = 0;
  let reason: string | null = null;
  for await (const page of sdk.paginateGetFindings({ client, pageSize: 100 }, { Filters })) {
    // Only what is counted is kept: memory does not grow with what a finding says beside.
    findings.push(...(page.Findings ?? []).flatMap((finding) => HubFinding.safeParse(finding).data ?? []));
    for (const { Title, Compliance } of page.Findings ?? [])
      if (Title !== undefined && Compliance?.SecurityControlId !== undefined)
        titles.set(Compliance.SecurityControlId, Title);
    read += page.Findings?.length ?? 0;
    if (read >= mostFindings && page.NextToken !== undefined) {
      reason = `It has more than ${mostFindings.toLocaleString('en')} findings of controls: the rest was not read, so nothing counts as put right.`;
      break;
    }
  }
  return {
    assessments: standards.map((arn) => ({ id: arn, name: standardName(arn), score: null })),
    controls: hubControls(findings, { account, region, standards, titles }),
    look: {
      region,
      source: securityHubSource,
      state: (reason ?? stopped) === null ? 'read' : 'partly',
      reason: reason ?? stopped,
    },
    remarks,
    answers: { standards, findings },
  };
}
