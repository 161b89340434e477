import { z } from 'zod';
import { partitionOfRegion } from '../../alerts/arn.ts';
import { accessAnalyzerFindingLink, guarddutyFindingLink } from '../../alerts/console-links.ts';
import type { Severity } from '../../alerts/severity.ts';
import type { Aws } from '../../aws/aws.ts';
import { troubleOf } from '../../aws/trouble.ts';
import { ageDays, byAge, compareOpen, OpenFinding, worstOpen } from '../../framework/open-findings.ts';
import { tableRow, writeFindings } from '../../reports/findings.ts';
import { type DigestResult, keptItems } from '../../slack/views/digest-result.ts';
import { type DigestRun, memoryBefore, placesOf, remember, snapshotOf } from '../../store/digests.ts';
import { coverageOf, plainChart, plural, silence, trendOf } from './common.ts';
import { asker, type Digest, type DigestParts, everyAccount, ownersOf, type Reported } from './digest.ts';

const Content = z.object({ findings: z.array(OpenFinding), remarks: z.array(z.string()) });

/** Findings of GuardDuty and Access Analyzer that are open, in every account and region, by age. */
export const openFindings: Digest = {
  name: 'openFindings',
  command: 'open-findings',
  title: 'Open findings',
  places: everyAccount,
  collect: async ({ aws, now }, { account }) => {
    const findings: OpenFinding[] = [];
    const remarks: string[] = [];
    let answered = 0;
    let last: unknown;
    for (const region of await aws.regions(account, asker))
      for (const ask of [guardDutyFindings, analyzerFindings])
        try {
          findings.push(...(await ask(aws, { account, region })));
          answered += 1;
        } catch (error) {
          last = error;
          remarks.push(`${account} in ${region}: ${troubleOf(error, 'list findings').message}`);
        }
    if (answered === 0 && last !== undefined) throw last;
    return { reportedAt: now(), content: { findings, remarks }, raw: [] };
  },
  report,
};

/** Source: GuardDuty user guide, "Severity levels". */
const severityOf = (score: number): Severity =>
  score >= 9 ? 'critical' : score >= 7 ? 'high' : score >= 4 ? 'medium' : 'low';

/** The unarchived findings of one account: an administrator's list holds those of its members too, which are asked themselves. */
async function guardDutyFindings(aws: Aws, where: { account: string; region: string }): Promise<OpenFinding[]> {
  const sdk = await import('@aws-sdk/client-guardduty');
  const client = await aws.client('guardDuty', where, asker);
  const found: OpenFinding[] = [];
  const criteria = { Criterion: { 'service.archived': { Equals: ['false'] }, accountId: { Equals: [where.account] } } };
  for await (const detectors of sdk.paginateListDetectors({ client }, {}))
    for (const DetectorId of detectors.DetectorIds ?? [])
      for await (const page of sdk.paginateListFindings({ client }, { DetectorId, FindingCriteria: criteria })) {
        if ((page.FindingIds ?? []).length === 0) continue;
        const { Findings = [] } = await client.send(
          new sdk.GetFindingsCommand({ DetectorId, FindingIds: page.FindingIds }),
        );
        for (const { Id = '', Arn = Id, Title = Id, Severity = 0, CreatedAt, Resource, AccountId } of Findings)
          if (AccountId === where.account && CreatedAt !== undefined)
            found.push({
              key: Arn,
              source: 'GuardDuty',
              title: Title,
              severity: severityOf(Severity),
              ...where,
              resource:
                Resource?.InstanceDetails?.InstanceId ??
                Resource?.AccessKeyDetails?.UserName ??
                Resource?.ResourceType ??
                '',
              since: CreatedAt,
              link: guarddutyFindingLink({ partition: partitionOfRegion(where.region), region: where.region }, Id).url,
            });
      }
  return found;
}

/** The active findings about resources of one account. */
async function analyzerFindings(aws: Aws, where: { account: string; region: string }): Promise<OpenFinding[]> {
  const sdk = await import('@aws-sdk/client-accessanalyzer');
  const client = await aws.client('accessAnalyzer', where, asker);
  const found: OpenFinding[] = [];
  for await (const analyzers of sdk.paginateListAnalyzers({ client }, {}))
    for (const { arn: analyzerArn, name } of analyzers.analyzers ?? []) {
      if (analyzerArn === undefined) continue;
      const input = { analyzerArn, filter: { status: { eq: ['ACTIVE'] } } };
      for await (const page of sdk.paginateListFindingsV2({ client }, input))
        for (const {
          id = '',
          createdAt,
          resource = '',
          resourceType,
          findingType,
          resourceOwnerAccount,
        } of page.findings ?? [])
          if (resourceOwnerAccount === where.account && createdAt !== undefined)
            found.push({
              key: `${analyzerArn}/${id}`,
              source: 'Access Analyzer',
              title: `${findingType ?? 'Finding'}: ${resourceType ?? 'a resource'}`,
              severity: findingType === 'ExternalAccess' ? 'high' : findingType === 'InternalAccess' ? 'medium' : 'low',
              ...where,
              resource,
              since: createdAt.toISOString(),
              link: accessAnalyzerFindingLink(
                { partition: partitionOfRegion(where.region), region: where.region },
                name,
                id,
              ).url,
            });
    }
  return found;
}

async function report(parts: DigestParts, run: DigestRun, folder: string): Promise<Reported> {
  const { db } = parts.database;
  const at = run.started_at;
  const open: OpenFinding[] = [];
  const fresh = new Set<string>();
  const closed: OpenFinding[] = [];
  const remarks: string[] = [];
  const names = new Map<string, string | null>();
  let first = true;
  let notSeen = 0;
  for (const { account, name, state } of await placesOf(db, run.id)) {
    names.set(account, name);
    const known = Content.safeParse(await memoryBefore(db, run, account)).data?.findings ?? null;
    if (known !== null) first = false;
    if (state !== 'answered') {
      // What was open there stays so until somebody can look; with an account that left, it went.
      if (state === 'left') closed.push(...(known ?? []));
      else open.push(...(known ?? []));
      notSeen += state === 'left' ? 0 : (known?.length ?? 0);
      continue;
    }
    const content = Content.parse((await snapshotOf(db, run.id, account))?.content);
    const compared = compareOpen(content.findings, known);
    for (const key of compared.fresh) fresh.add(key);
    closed.push(...compared.closed);
    open.push(...content.findings);
    remarks.push(...content.remarks);
    await remember(db, run.id, account, content);
  }
  open.sort(worstOpen);
  await writeFindings(folder, rows(open, fresh, at), tableRow(header));
  const count = (severity: Severity) => open.filter((finding) => finding.severity === severity).length;
  const totals = {
    open: open.length,
    new: fresh.size,
    closed: closed.length,
    critical: count('critical'),
    high: count('high'),
    medium: count('medium'),
    low: count('low'),
  };
  const trend = await trendOf(db, run, totals, ['critical', 'high', 'medium', 'low'], {
    title: 'Open findings by severity',
    unit: 'open findings',
  });
  const number = (label: string, key: 'open' | 'new' | 'closed', good: 'down' | 'neither') => ({
    label,
    value: totals[key],
    unit: '',
    before: trend.before?.[key] ?? null,
    good,
  });
  const grave = totals.critical + totals.high;
  const oldest = open.reduce((most, finding) => Math.max(most, ageDays(finding, at)), 0);
  const changed = first ? '' : `: ${totals.new} new and ${totals.closed} closed since the last time`;
  const coverage = await coverageOf(db, run);
  const shown = open.slice(0, keptItems);
  const owners = await ownersOf(parts, shown);
  const result: DigestResult = {
    title: 'Open findings',
    headline:
      coverage.answered === 0
        ? 'No account gave an answer: nothing is known this time.'
        : open.length === 0
          ? `No finding of GuardDuty or Access Analyzer is open.${silence(coverage)}`
          : `${plural(open.length, 'finding')} open, ${grave} of them critical or high, the oldest for ${plural(oldest, 'day')}${changed}.${silence(coverage)}`,
    coverage,
    numbers: [number('Open', 'open', 'down'), number('New', 'new', 'down'), number('Closed', 'closed', 'neither')],
    chart: plainChart(trend.chart),
    items: shown.map((finding) => ({
      key: finding.key,
      severity: finding.severity,
      title: finding.title,
      sentence: `${finding.source}${finding.resource === '' ? '' : `, ${finding.resource}`}`,
      where: `${names.get(finding.account) ?? finding.account}, ${finding.region}`,
      owner: owners.get(finding.account) ?? null,
      ageDays: ageDays(finding, at),
      isNew: fresh.has(finding.key),
      link: finding.link,
    })),
    itemsTotal: open.length,
    lists: [
      {
        title: 'By age',
        lines: byAge(open, at).map(({ upTo, count: found }, i, bands) =>
          Number.isFinite(upTo)
            ? `up to ${upTo} days: ${found.toLocaleString('en')}`
            : `more than ${bands[i - 1]?.upTo ?? 0} days: ${found.toLocaleString('en')}`,
        ),
      },
      { title: 'Closed since the last time', lines: closed.map(({ title, account }) => `${title} (${account})`) },
    ],
    notes: [
      ...(notSeen === 0
        ? []
        : [`${plural(notSeen, 'finding')} of accounts without an answer stand as they were the last time.`]),
      ...remarks.slice(0, 5),
    ],
    totals,
  };
  return { result, gone: closed.map(({ key }) => key) };
}

const header = [
  'source',
  'severity',
  'title',
  'account',
  'region',
  'resource',
  'since',
  'age_days',
  'new',
  'link',
  'key',
];

function* rows(findings: readonly OpenFinding[], fresh: ReadonlySet<string>, at: Date) {
  for (const finding of findings) {
    const { source, severity, title, account, region, resource, since, link, key } = finding;
    yield [source, severity, title, account, region, resource, since, ageDays(finding, at), fresh.has(key), link, key];
  }
}
