import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { troubleOf } from '../../../aws/trouble.ts';
import { type ComparedControl, compareEvidence } from '../../../framework/evidence/compare.ts';
import { type EvidenceControl, type EvidenceCounts, EvidenceSnapshot } from '../../../framework/evidence/snapshot.ts';
import type { Cell } from '../../../reports/csv.ts';
import { tableRow, writeFindings } from '../../../reports/findings.ts';
import { describeFiles } from '../../../reports/manifest.ts';
import { writePdf } from '../../../reports/pdf.ts';
import { type DigestItem, type DigestResult, keptItems } from '../../../slack/views/digest-result.ts';
import { type AskedException, exceptionsHeld } from '../../../store/digest-people.ts';
import { type DigestRun, memoryBefore, placesOf, remember, snapshotOf } from '../../../store/digests.ts';
import { aboutReport, coverageOf, drawChart, namesOf, plainChart, plural, silence, trendOf } from '../common.ts';
import { asker, type Digest, type DigestParts, everyAccount, type Place, type Reported } from '../digest.ts';
import { auditManagerSnapshot } from './audit-manager.ts';
import { configEvidence, securityHubEvidence } from './config.ts';
import { insightsOfLastWeek } from './daily.ts';
import { type AssessmentNumbers, evidenceDocument, type ReportedControl } from './document.ts';

const Shared = z.object({
  source: z.enum(['audit-manager', 'config']),
  /** What GetAccountStatus said. */
  status: z.string(),
});

/**
 * The evidence of the week: from Audit Manager where it is set up, else from the conformance packs of AWS Config and the
 * standards of Security Hub, which the message then says.
 */
export const evidence: Digest = {
  name: 'evidence',
  command: 'evidence',
  title: 'Evidence',
  places: async (parts) => {
    const home = await parts.aws.home();
    const client = await parts.aws.client('auditManager', home, asker);
    const { GetAccountStatusCommand } = await import('@aws-sdk/client-auditmanager');
    const { status } = await client.send(new GetAccountStatusCommand({}));
    if (status !== 'ACTIVE')
      return { ...(await everyAccount(parts)), shared: { source: 'config', status: status ?? 'INACTIVE' } };
    const places = [{ account: home.account, name: 'Audit Manager' }];
    return { places, trouble: null, shared: { source: 'audit-manager', status } };
  },
  collect: async (parts, place, shared) => {
    const { source } = Shared.parse(shared);
    const snapshot = source === 'audit-manager' ? await fromAuditManager(parts) : await fromConfig(parts, place);
    // Every control that was looked at, with all its counts: what the findings are drawn from.
    const name = `evidence/${place.account}-${source}.json`;
    const bytes = Buffer.from(`${JSON.stringify(snapshot, null, 1)}\n`);
    return { reportedAt: new Date(snapshot.countedAt ?? snapshot.at), content: snapshot, raw: [{ name, bytes }] };
  },
  report,
};

async function fromAuditManager({ aws, now }: DigestParts): Promise<EvidenceSnapshot> {
  const home = await aws.home();
  return auditManagerSnapshot(await aws.client('auditManager', home, asker), home, now());
}

/** Conformance packs and standards of every region of an account. A region without either has nothing to tell. */
async function fromConfig({ aws, now }: DigestParts, { account }: Place): Promise<EvidenceSnapshot> {
  const snapshot: EvidenceSnapshot = {
    source: 'config',
    at: now().toISOString(),
    countedAt: null,
    assessments: [],
    controls: [],
    reviews: [],
    delegations: [],
    reports: [],
    changes: [],
    remarks: [],
  };
  const add = (found: Pick<EvidenceSnapshot, 'assessments' | 'controls'> & { remarks?: string[] }) => {
    snapshot.assessments.push(...found.assessments);
    snapshot.controls.push(...found.controls);
    snapshot.remarks.push(...(found.remarks ?? []));
  };
  let answered = 0;
  let last: unknown;
  for (const region of await aws.regions(account, asker)) {
    const where = { account, region };
    for (const ask of [
      async () => configEvidence(await aws.client('config', where, asker), where),
      async () => securityHubEvidence(await aws.client('securityHub', where, asker), where),
    ])
      try {
        add(await ask());
        answered += 1;
      } catch (error) {
        // A region where Security Hub was never switched on says so with this error.
        if (error instanceof Error && /^(InvalidAccessException|NoSuchConfigurationRecorder)/.test(error.name))
          continue;
        last = error;
        snapshot.remarks.push(`${account} in ${region}: ${troubleOf(error, 'read Config and Security Hub').message}`);
      }
  }
  if (answered === 0 && last !== undefined) throw last;
  return snapshot;
}

interface Sum {
  source: EvidenceSnapshot['source'];
  /** What Audit Manager says of itself. */
  status: string;
  first: boolean;
  controls: ReportedControl[];
  withoutEvidence: EvidenceControl[];
  stopped: EvidenceControl[];
  snapshots: (Pick<
    EvidenceSnapshot,
    'assessments' | 'reviews' | 'delegations' | 'reports' | 'changes' | 'remarks' | 'countedAt'
  > & { account: string })[];
  domains: Map<string, { noncompliant: number; total: number }>;
  /** By the name of the assessment, pack or standard. */
  assessments: Map<string, AssessmentNumbers>;
  week: Record<'configurationData' | 'manual' | 'complianceCheck' | 'userActivity', number> | null;
  /** Controls of places without an answer that had evidence against them. */
  unseen: number;
  /** Pieces of evidence in the snapshots that were compared with; null on the first run. */
  evidenceBefore: EvidenceCounts | null;
  totals: Record<(typeof totalNames)[number], number>;
}

const totalNames = [
  'controls',
  'noncompliant',
  'new',
  'fixed',
  'removed',
  'silent',
  'withoutEvidence',
  'stopped',
  'accepted',
  'compliantEvidence',
  'noncompliantEvidence',
  'inconclusiveEvidence',
] as const;

async function report(parts: DigestParts, run: DigestRun, folder: string): Promise<Reported> {
  const { database } = parts;
  const sum = await sumUp(parts, run);
  const trend = await trendOf(database.db, run, sum.totals, ['noncompliant', 'withoutEvidence'], {
    title: 'Controls that need somebody, 12 weeks',
    unit: 'controls',
  });
  await writeFindings(folder, rows(sum), tableRow(header));
  const coverage = await coverageOf(database.db, run);
  const counting = open(sum);
  const result: DigestResult = {
    title: 'Evidence',
    headline: headline(sum, coverage),
    coverage,
    numbers: [
      number('With evidence against', sum.totals.noncompliant, trend.before?.['noncompliant'], 'down'),
      number('Newly so', sum.totals.new, trend.before?.['new'], 'down'),
      number('Without any evidence', sum.totals.withoutEvidence, trend.before?.['withoutEvidence'], 'down'),
    ],
    chart: plainChart(trend.chart),
    items: counting.slice(0, keptItems).map(toItem),
    itemsTotal: counting.length,
    lists: lists(sum, run.started_at),
    notes: notes(sum),
    totals: sum.totals,
  };
  const document = evidenceDocument(result, worstFirst(sum), {
    ...aboutReport(run, await parts.aws.home()),
    source: sum.source,
    places: (await placesOf(database.db, run.id)).filter(({ state }) => state !== 'left'),
    assessments: sum.assessments,
    called: await namesOf(
      parts,
      sum.controls.flatMap(({ accepted }) => (accepted === null ? [] : [accepted.owner, accepted.decided_by])),
    ),
    remarks: sum.snapshots.flatMap(({ remarks }) => remarks),
    chart: await drawChart(folder, trend.chart),
    files: await describeFiles(folder),
  });
  await writePdf(document, createWriteStream(join(folder, 'report.pdf')));
  const gone = sum.controls.filter(({ change }) => change === 'fixed' || change === 'removed');
  return { result, gone: gone.map(({ control }) => control.key) };
}

const number = (label: string, value: number, before: number | undefined, good: 'down' | 'up') => ({
  label,
  value,
  unit: '',
  before: before ?? null,
  good,
});

/** One pass over the places: what changed in each, and what the next run has to know. */
async function sumUp({ database, ...parts }: DigestParts, run: DigestRun): Promise<Sum> {
  const { db } = database;
  const held = await exceptionsHeld(db, 'evidence', run.started_at);
  const accepted = new Map(held.map((exception) => [exception.finding, exception]));
  const shared = Shared.parse(run.shared);
  const sum: Sum = {
    source: shared.source,
    status: shared.status,
    first: true,
    controls: [],
    withoutEvidence: [],
    stopped: [],
    snapshots: [],
    domains: new Map(),
    assessments: new Map(),
    week: null,
    unseen: 0,
    evidenceBefore: null,
    totals: {
      controls: 0,
      noncompliant: 0,
      new: 0,
      fixed: 0,
      removed: 0,
      silent: 0,
      withoutEvidence: 0,
      stopped: 0,
      accepted: 0,
      compliantEvidence: 0,
      noncompliantEvidence: 0,
      inconclusiveEvidence: 0,
    },
  };
  const { totals } = sum;
  for (const { account, state } of await placesOf(db, run.id)) {
    const known = EvidenceSnapshot.safeParse(await memoryBefore(db, run, account)).data ?? null;
    if (state !== 'answered') {
      if (known !== null && state !== 'left') addUnseen(sum, known, accepted);
      continue;
    }
    const snapshot = EvidenceSnapshot.parse((await snapshotOf(db, run.id, account))?.content);
    // Snapshots of different sources have nothing in common: Audit Manager was switched on or off since.
    const before =
      known?.source === snapshot.source
        ? known
        : snapshot.source === 'audit-manager'
          ? await insightsOfLastWeek({ database, ...parts }, run.started_at)
          : null;
    if (before !== null) sum.first = false;
    await remember(db, run.id, account, snapshot);
    const found = compareEvidence(snapshot, before);
    for (const each of found.controls) {
      const exception = accepted.get(each.control.key) ?? null;
      sum.controls.push({ ...each, accepted: exception });
      if (stands(each.change)) totals.noncompliant += 1;
      if (each.change !== 'open' && each.change !== 'baseline' && each.change !== 'not-seen') totals[each.change] += 1;
      if (exception !== null) totals.accepted += 1;
    }
    addAssessments(sum, snapshot.controls, found.withoutEvidence);
    sum.withoutEvidence.push(...found.withoutEvidence);
    sum.stopped.push(...found.stopped);
    for (const { name, noncompliant, total } of found.domains) {
      const domain = sum.domains.get(name) ?? { noncompliant: 0, total: 0 };
      sum.domains.set(name, { noncompliant: domain.noncompliant + noncompliant, total: domain.total + total });
    }
    if (found.week !== null) {
      const week = sum.week ?? { configurationData: 0, manual: 0, complianceCheck: 0, userActivity: 0 };
      for (const type of ['configurationData', 'manual', 'complianceCheck', 'userActivity'] as const)
        week[type] += found.week[type];
      sum.week = week;
    }
    if (found.totalsBefore !== null) {
      const { compliant, noncompliant, inconclusive } = sum.evidenceBefore ?? {
        compliant: 0,
        noncompliant: 0,
        inconclusive: 0,
      };
      sum.evidenceBefore = {
        compliant: compliant + found.totalsBefore.compliant,
        noncompliant: noncompliant + found.totalsBefore.noncompliant,
        inconclusive: inconclusive + found.totalsBefore.inconclusive,
      };
    }
    totals.controls += snapshot.controls.length;
    totals.withoutEvidence += found.withoutEvidence.length;
    totals.stopped += found.stopped.length;
    totals.compliantEvidence += found.totals.compliant;
    totals.noncompliantEvidence += found.totals.noncompliant;
    totals.inconclusiveEvidence += found.totals.inconclusive;
    const { assessments, reviews, delegations, reports, changes, remarks, countedAt } = snapshot;
    sum.snapshots.push({ account, assessments, reviews, delegations, reports, changes, remarks, countedAt });
  }
  return sum;
}

/** Counts controls by what they are assessed for. */
function addAssessments(
  { assessments }: Sum,
  controls: readonly EvidenceControl[],
  without: readonly EvidenceControl[],
) {
  const of = (name: string): AssessmentNumbers => {
    const numbers = assessments.get(name) ?? { controls: 0, against: 0, without: 0 };
    assessments.set(name, numbers);
    return numbers;
  };
  for (const { assessment, counts } of controls) {
    of(assessment).controls += 1;
    if (counts.noncompliant > 0) of(assessment).against += 1;
  }
  for (const { assessment } of without) of(assessment).without += 1;
}

/** Of a place without an answer: what was against its controls the last time still counts, and is said to be old. */
function addUnseen(sum: Sum, known: EvidenceSnapshot, accepted: ReadonlyMap<string, AskedException>): void {
  const against = known.controls.filter(({ counts }) => counts.noncompliant > 0);
  sum.first = false;
  sum.unseen += against.length;
  sum.totals.controls += known.controls.length;
  sum.totals.noncompliant += against.length;
  addAssessments(sum, known.controls, []);
  for (const control of against)
    sum.controls.push({ control, change: 'not-seen', accepted: accepted.get(control.key) ?? null });
}

/** Whether there is evidence against a control now, as far as anybody knows. */
const stands = (change: ComparedControl['change']): boolean =>
  change === 'open' || change === 'new' || change === 'baseline' || change === 'not-seen';

/** All controls: those that count now first, the new ones among them, then by how much evidence is against them. */
const worstFirst = ({ controls }: Sum): ReportedControl[] =>
  controls.toSorted(
    (a, b) =>
      Number(stands(b.change)) - Number(stands(a.change)) ||
      Number(b.change === 'new') - Number(a.change === 'new') ||
      b.control.counts.noncompliant - a.control.counts.noncompliant,
  );

/** What counts now, and nobody accepted. */
const open = (sum: Sum): ReportedControl[] =>
  worstFirst(sum).filter(({ change, accepted }) => accepted === null && stands(change));

function toItem({ control, change }: ComparedControl): DigestItem {
  const { compliant, noncompliant, inconclusive } = control.counts;
  const others = [
    ...(compliant === 0 ? [] : [`${compliant.toLocaleString('en')} for it`]),
    ...(inconclusive === 0 ? [] : [`${inconclusive.toLocaleString('en')} inconclusive`]),
  ];
  return {
    key: control.key,
    severity: change === 'new' ? 'high' : 'medium',
    title: control.name,
    sentence: `${plural(noncompliant, 'piece', 'pieces')} of evidence against it${others.length === 0 ? '' : `, ${others.join(', ')}`}.`,
    where: `${control.assessment} · ${control.set}`,
    owner: null,
    ageDays: null,
    isNew: change === 'new',
    link: control.link,
  };
}

function headline({ totals, source, first, snapshots }: Sum, coverage: DigestResult['coverage']): string {
  if (coverage.answered === 0) return 'Nobody gave an answer: nothing is known of the evidence this time.';
  const assessments = new Set(snapshots.flatMap((one) => one.assessments.map(({ name }) => name))).size;
  const where =
    source === 'audit-manager'
      ? plural(assessments, 'active assessment')
      : `${plural(assessments, 'conformance pack or standard', 'conformance packs and standards')}`;
  const against = `${totals.noncompliant.toLocaleString('en')} of ${plural(totals.controls, 'control')} in ${where} have evidence against them`;
  const changed = first
    ? ''
    : `: ${totals.new.toLocaleString('en')} newly so, ${totals.fixed.toLocaleString('en')} put right`;
  const gaps = totals.stopped === 0 ? '' : ` Evidence stopped coming for ${plural(totals.stopped, 'control')}.`;
  return `${against}${changed}.${gaps}${silence(coverage)}`;
}

const dayMs = 86_400_000;

/** "12 compliant (9 the last time)" */
const beside = (word: string, now: number, before: number | undefined): string =>
  `${now.toLocaleString('en')} ${word}${before === undefined ? '' : ` (${before.toLocaleString('en')} the last time)`}`;

function lists(sum: Sum, at: Date): DigestResult['lists'] {
  const age = (since: string | null) =>
    since === null
      ? 'nobody knows since when'
      : `for ${plural(Math.max(0, Math.floor((at.getTime() - Date.parse(since)) / dayMs)), 'day')}`;
  const scores = sum.snapshots
    .flatMap(({ account, assessments }) => assessments.map((one) => ({ ...one, account })))
    .filter(({ score }) => score !== null);
  const { week, totals } = sum;
  return [
    {
      title: 'Worst control domains',
      lines: [...sum.domains]
        .filter(([, { noncompliant }]) => noncompliant > 0)
        .sort(([, a], [, b]) => b.noncompliant / b.total - a.noncompliant / a.total)
        .slice(0, 5)
        .map(([name, { noncompliant, total }]) => `${name}: ${noncompliant} of ${plural(total, 'control')}`),
    },
    {
      title: 'Evidence',
      lines: [
        [
          beside('compliant', totals.compliantEvidence, sum.evidenceBefore?.compliant),
          beside('not compliant', totals.noncompliantEvidence, sum.evidenceBefore?.noncompliant),
          beside('inconclusive', totals.inconclusiveEvidence, sum.evidenceBefore?.inconclusive),
        ].join(', '),
        ...(week === null
          ? []
          : [
              `This week: ${week.complianceCheck.toLocaleString('en')} compliance checks, ${week.configurationData.toLocaleString('en')} configurations, ${week.userActivity.toLocaleString('en')} user activities, ${week.manual.toLocaleString('en')} by hand`,
            ]),
      ],
    },
    {
      title: 'Lowest scores',
      lines: scores
        .sort((a, b) => (a.score ?? 0) - (b.score ?? 0))
        .slice(0, 5)
        .map(({ name, account, score }) => `${name} in ${account}: ${score} %`),
    },
    {
      title: 'Under review',
      lines: sum.snapshots
        .flatMap(({ reviews }) => reviews)
        .map(
          ({ assessment, set, since, reviewers }) =>
            `${set} (${assessment}) ${age(since)}${reviewers.length === 0 ? '' : `, with ${reviewers.join(', ')}`}`,
        ),
    },
    {
      title: 'Delegated and not done',
      lines: sum.snapshots
        .flatMap(({ delegations, reviews }) =>
          // A delegated set that is under review stands among the reviews.
          delegations.filter(
            (each) => !reviews.some(({ assessment, set }) => assessment === each.assessment && set === each.set),
          ),
        )
        .map(
          ({ assessment, set, role, status, since }) =>
            `${set} (${assessment}) to ${role.split('/').at(-1) ?? role}, ${status.toLowerCase().replaceAll('_', ' ')}, ${age(since)}`,
        ),
    },
    {
      title: 'Without any evidence',
      lines: sum.withoutEvidence.map(({ name, assessment }) => `${name} (${assessment})`),
    },
    {
      title: 'Evidence that stopped coming',
      lines: sum.stopped.map(
        ({ name, assessment, lastEvidence }) => `${name} (${assessment}), the last on ${lastEvidence?.slice(0, 10)}`,
      ),
    },
    {
      title: 'Assessment reports',
      lines: sum.snapshots
        .flatMap(({ reports }) => reports)
        .slice(0, 5)
        .map(
          ({ name, status, createdAt }) =>
            `${name}: ${status.toLowerCase().replaceAll('_', ' ')}${createdAt === null ? '' : `, ${createdAt.slice(0, 10)}`}`,
        ),
    },
    {
      title: 'Changes of the week',
      lines: sum.snapshots
        .flatMap(({ changes }) => changes)
        .map(({ at: when, by, what }) => `${when.slice(0, 10)} ${what}, by ${by.split('/').at(-1) ?? by}`),
    },
  ];
}

/** Why the evidence is not from Audit Manager. */
const absences: Readonly<Record<string, string>> = {
  INACTIVE: 'AWS Audit Manager is not set up here, and takes no new customers since 30 April 2026',
  PENDING_ACTIVATION: 'AWS Audit Manager is only just being activated here',
};

function notes({ source, status, unseen, totals, snapshots }: Sum): string[] {
  const counted = snapshots.map(({ countedAt }) => countedAt).find((time) => time !== null);
  return [
    source === 'audit-manager'
      ? `From AWS Audit Manager, which counts once a day${counted === undefined || counted === null ? '' : `, last on ${counted.slice(0, 16).replace('T', ' ')} UTC`}; what it finds inconclusive has no ruling.`
      : `From the conformance packs of AWS Config and the standards of Security Hub: ${absences[status] ?? `AWS Audit Manager says of itself “${status}”`}.`,
    ...(unseen === 0
      ? []
      : [`${plural(unseen, 'control')} of accounts without an answer count as they were the last time.`]),
    ...(totals.silent === 0
      ? []
      : [
          `${plural(totals.silent, 'control')} with evidence against ${totals.silent === 1 ? 'it the last time has' : 'them the last time have'} none now, for or against: that is not put right.`,
        ]),
    ...(totals.removed === 0
      ? []
      : [
          `${plural(totals.removed, 'control')} with evidence against ${totals.removed === 1 ? 'it is' : 'them are'} gone.`,
        ]),
    ...snapshots.flatMap(({ remarks }) => remarks).slice(0, 5),
  ];
}

const header = [
  'assessment',
  'set',
  'control',
  'domain',
  'change',
  'accepted',
  'compliant',
  'noncompliant',
  'inconclusive',
  'evidence_total',
  'week_compliance_checks',
  'week_configurations',
  'week_user_activities',
  'week_manual',
  'last_evidence',
  'link',
  'key',
];

function* rows({ controls }: Sum): Generator<Cell[]> {
  for (const { control, change, accepted } of controls)
    yield [
      control.assessment,
      control.set,
      control.name,
      control.domain,
      change,
      accepted !== null,
      control.counts.compliant,
      control.counts.noncompliant,
      control.counts.inconclusive,
      control.total,
      control.week?.complianceCheck ?? null,
      control.week?.configurationData ?? null,
      control.week?.userActivity ?? null,
      control.week?.manual ?? null,
      control.lastEvidence,
      control.link,
      control.key,
    ];
}
