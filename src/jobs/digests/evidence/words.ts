import { type DigestItem, type DigestResult, keptItems } from '../../../framework/digest-result.ts';
import type { ComparedControl } from '../../../framework/evidence/compare.ts';
import type { EvidenceControl } from '../../../framework/evidence/snapshot.ts';
import { offSentences } from '../../../framework/looks.ts';
import type { CsvCell } from '../../../reports/csv.ts';
import { counted, listed, plural, terms } from '../../../words/text.ts';
import { dayMs } from '../../../words/time.ts';
import { betterFor, plainChart, silence, type trendOf } from '../common.ts';
import { inWords } from './audit-manager.ts';
import { type EvidenceSum, openControls } from './sum.ts';

/** The result of a run in words. */
export function evidenceResult(
  sum: EvidenceSum,
  at: Date,
  coverage: DigestResult['coverage'],
  { before, chart }: Awaited<ReturnType<typeof trendOf>>,
): DigestResult {
  const counting = openControls(sum);
  const number = (label: string, name: 'noncompliant' | 'new' | 'withoutEvidence') => ({
    label,
    value: sum.totals[name],
    unit: '',
    // Audit Manager is compared with its own numbers of a week ago where no run was before.
    before: before?.[name] ?? (name === 'noncompliant' && !sum.first ? sum.totals.before : null),
    good:
      name === 'noncompliant'
        ? betterFor(sum.totals.noncompliant, before?.[name] ?? null, sum.totals.silent + sum.totals.removed === 0)
        : ('down' as const),
  });
  return {
    title: 'Evidence',
    headline: headline(sum, coverage),
    coverage,
    numbers: [
      number('With evidence against', 'noncompliant'),
      number('Newly so', 'new'),
      number('Without any evidence', 'withoutEvidence'),
    ],
    chart: plainChart(chart),
    items: counting.slice(0, keptItems).map(toItem),
    itemsTotal: counting.length,
    lists: lists(sum, at),
    notes: notes(sum, coverage),
    totals: sum.totals,
  };
}

function toItem({ control, change }: ComparedControl): DigestItem {
  const place = control.at === null ? control.set : `${control.at.account}, ${control.at.region}`;
  return {
    key: control.key,
    severity: control.severity ?? (change === 'new' ? 'high' : 'medium'),
    title: control.name,
    sentence: `${against(control)}${change === 'not-seen' ? ' As the last time: it could not be looked at now.' : ''}`,
    where: `${control.assessment} · ${place}`,
    owner: null,
    ageDays: null,
    isNew: change === 'new',
    link: control.link,
  };
}

/** What is against a control: the resources that fail where they are known, else how much evidence says so. */
function against({ counts: { compliant, noncompliant, inconclusive }, failing }: EvidenceControl): string {
  const others = [
    ...(compliant === 0 ? [] : [`${compliant.toLocaleString('en')} for it`]),
    ...(inconclusive === 0 ? [] : [`${inconclusive.toLocaleString('en')} inconclusive`]),
  ];
  const rest = others.length === 0 ? '' : `, ${others.join(', ')}`;
  const [first] = failing;
  if (first === undefined) return `${plural(noncompliant, 'piece', 'pieces')} of evidence against it${rest}.`;
  const named = listed(
    failing.map(({ resource }) => resource),
    3,
  );
  const oldest = failing.reduce<string | null>(
    (since, each) => (each.since !== null && (since === null || each.since < since) ? each.since : since),
    null,
  );
  return `Fails for ${named}${oldest === null ? '' : `, since ${oldest.slice(0, 10)}`}${rest}.`;
}

function headline(sum: EvidenceSum, coverage: DigestResult['coverage']): string {
  const { totals, source, first, snapshots, unlooked } = sum;
  const shadow =
    unlooked.length === 0 ? '' : ` Nothing looks at ${plural(unlooked.length, 'account')}: ${listed(unlooked, 4)}.`;
  const mute = silence({ ...coverage, missing: coverage.missing.slice(unlooked.length) });
  if (coverage.answered === 0) return `Nobody gave an answer: nothing is known of the evidence this time.${shadow}`;
  const assessments = new Set(snapshots.flatMap((one) => one.assessments.map(({ name }) => name))).size;
  const where =
    source === 'audit-manager'
      ? plural(assessments, 'active assessment')
      : `${plural(assessments, 'conformance pack or standard', 'conformance packs and standards')}`;
  const against = `${totals.noncompliant.toLocaleString('en')} of ${plural(totals.controls, 'control')} in ${where} have evidence against them`;
  const parts = counted([...came(totals), ...went(totals), [totals.notSeen, 'not seen this time']]);
  const changed = first ? '' : parts.length === 0 ? ', as the last time' : `: ${listed(parts, 9)}`;
  const gaps = totals.stopped === 0 ? '' : ` Evidence stopped coming for ${plural(totals.stopped, 'control')}.`;
  return `${against}${changed}.${gaps}${shadow}${mute}`;
}

type Totals = EvidenceSum['totals'];

const came = (totals: Totals) =>
  [
    [totals.baseline, 'first seen'],
    [totals.new, 'newly so'],
  ] as const;
const went = (totals: Totals) =>
  [
    [totals.fixed, 'put right'],
    [totals.silent, 'without a verdict now'],
    [totals.removed, 'gone'],
  ] as const;

/** How the controls with evidence against them follow from those of the last time: every number of the digest is in it. */
function arithmetic(totals: Totals): string {
  const accepted = totals.accepted === 0 ? '' : `; ${totals.accepted.toLocaleString('en')} of them accepted`;
  return `With evidence against: ${totals.before.toLocaleString('en')} the last time${terms('+', came(totals))}${terms('−', went(totals))} = ${totals.noncompliant.toLocaleString('en')} now${accepted}.`;
}

/** "12 compliant (9 the last time)" */
const beside = (word: string, now: number, before: number | undefined): string =>
  `${now.toLocaleString('en')} ${word}${before === undefined ? '' : ` (${before.toLocaleString('en')} the last time)`}`;

/** The last part of an ARN. */
const lastOf = (arn: string): string => arn.split('/').at(-1) ?? arn;

const age = (since: string | null, at: Date): string =>
  since === null
    ? 'nobody knows since when'
    : `for ${plural(Math.max(0, Math.floor((at.getTime() - Date.parse(since)) / dayMs)), 'day')}`;

const lists = (sum: EvidenceSum, at: Date): DigestResult['lists'] => [
  { title: 'Worst control domains', lines: worstDomains(sum) },
  { title: 'Evidence', lines: piecesOfEvidence(sum) },
  { title: 'Lowest scores', lines: lowestScores(sum) },
  { title: 'Under review', lines: underReview(sum, at) },
  { title: 'Delegated and not done', lines: delegated(sum, at) },
  {
    title: 'Without any evidence',
    lines: sum.withoutEvidence.map(({ name, assessment }) => `${name} (${assessment})`),
  },
  { title: 'Suppressed in Security Hub', lines: sum.suppressed },
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
          `${name}: ${inWords(status)}${createdAt === null ? '' : `, ${createdAt.slice(0, 10)}`}`,
      ),
  },
  {
    title: 'Changes of the week',
    lines: sum.snapshots
      .flatMap(({ changes }) => changes)
      .map(({ at: when, by, what }) => `${when.slice(0, 10)} ${what}, by ${lastOf(by)}`),
  },
];

const worstDomains = ({ domains }: EvidenceSum): string[] =>
  [...domains]
    .filter(([, { noncompliant }]) => noncompliant > 0)
    .sort(([, a], [, b]) => b.noncompliant / b.total - a.noncompliant / a.total)
    .slice(0, 5)
    .map(([name, { noncompliant, total }]) => `${name}: ${noncompliant} of ${plural(total, 'control')}`);

function piecesOfEvidence({ totals, evidenceBefore, week }: EvidenceSum): string[] {
  const now = [
    beside('compliant', totals.compliantEvidence, evidenceBefore?.compliant),
    beside('not compliant', totals.noncompliantEvidence, evidenceBefore?.noncompliant),
    beside('inconclusive', totals.inconclusiveEvidence, evidenceBefore?.inconclusive),
  ].join(', ');
  if (week === null) return [now];
  const came = [
    `${week.complianceCheck.toLocaleString('en')} compliance checks`,
    `${week.configurationData.toLocaleString('en')} configurations`,
    `${week.userActivity.toLocaleString('en')} user activities`,
    `${week.manual.toLocaleString('en')} by hand`,
  ].join(', ');
  return [now, `This week: ${came}`];
}

const lowestScores = ({ snapshots }: EvidenceSum): string[] =>
  snapshots
    .flatMap(({ account, assessments }) => assessments.map((one) => ({ ...one, account })))
    .filter(({ score }) => score !== null)
    .sort((a, b) => (a.score ?? 0) - (b.score ?? 0))
    .slice(0, 5)
    .map(({ name, account, score }) => `${name} in ${account}: ${score} %`);

const underReview = ({ snapshots }: EvidenceSum, at: Date): string[] =>
  snapshots
    .flatMap(({ reviews }) => reviews)
    .map(
      ({ assessment, set, since, reviewers }) =>
        `${set} (${assessment}) ${age(since, at)}${reviewers.length === 0 ? '' : `, with ${reviewers.join(', ')}`}`,
    );

const delegated = ({ snapshots }: EvidenceSum, at: Date): string[] =>
  snapshots
    .flatMap(({ delegations, reviews }) =>
      // A delegated set that is under review stands among the reviews.
      delegations.filter(
        (each) => !reviews.some(({ assessment, set }) => assessment === each.assessment && set === each.set),
      ),
    )
    .map(
      ({ assessment, set, role, status, since }) =>
        `${set} (${assessment}) to ${lastOf(role)}, ${inWords(status)}, ${age(since, at)}`,
    );

/** Why the evidence is not from Audit Manager. */
const absences: Readonly<Record<string, string>> = {
  INACTIVE: 'AWS Audit Manager is not set up here, and takes no new customers since 30 April 2026',
  PENDING_ACTIVATION: 'AWS Audit Manager is only just being activated here',
};

function notes(sum: EvidenceSum, coverage: DigestResult['coverage']): string[] {
  const { source, status, totals, snapshots, first, suppressed } = sum;
  const counted = snapshots.map(({ countedAt }) => countedAt).find((time) => time !== null);
  return [
    source === 'audit-manager'
      ? `From AWS Audit Manager, which counts once a day${counted === undefined || counted === null ? '' : `, last on ${counted.slice(0, 16).replace('T', ' ')} UTC`}; what it finds inconclusive has no ruling.`
      : `From the conformance packs of AWS Config and the standards of Security Hub: ${absences[status] ?? (/^[A-Z_]+$/.test(status) ? `AWS Audit Manager says of itself “${status}”` : `AWS Audit Manager gave no answer (${status.replace(/\.$/, '')})`)}.`,
    ...(first ? [] : [arithmetic(totals)]),
    ...(totals.notSeen === 0
      ? []
      : [
          `${plural(totals.notSeen, 'control')} with evidence against ${totals.notSeen === 1 ? 'it' : 'them'} could not be looked at, and ${totals.notSeen === 1 ? 'counts as it was' : 'count as they were'} the last time.`,
        ]),
    ...(totals.silent === 0
      ? []
      : [
          `${plural(totals.silent, 'control')} with evidence against ${totals.silent === 1 ? 'it the last time has' : 'them the last time have'} no verdict now: that is not put right.`,
        ]),
    ...(suppressed.length === 0
      ? []
      : [
          `${plural(suppressed.length, 'finding')} suppressed in Security Hub ${suppressed.length === 1 ? 'does' : 'do'} not count, as in AWS’s own status.`,
        ]),
    ...coverage.gaps,
    ...offSentences(snapshots),
    ...snapshots.flatMap(({ remarks }) => remarks),
  ];
}

/** The columns of findings.csv. */
export const header = [
  'assessment',
  'set',
  'account',
  'region',
  'control',
  'domain',
  'severity',
  'status',
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
  'failing',
  'failing_since',
  'suppressed',
  'link',
  'key',
];

export function* rows({ controls }: EvidenceSum): Generator<CsvCell[]> {
  for (const { control, change, accepted } of controls)
    yield [
      control.assessment,
      control.set,
      control.at?.account ?? null,
      control.at?.region ?? null,
      control.name,
      control.domain,
      control.severity,
      control.status,
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
      control.failing.map(({ resource }) => resource).join(' '),
      control.failing.map(({ since }) => since ?? '').join(' '),
      control.suppressed.map(({ resource, by }) => `${resource} (${by ?? 'nobody named'})`).join(' '),
      control.link,
      control.key,
    ];
}
