import type { ControlRow } from '../../../framework/catalogues.ts';
import type { ChangeKind } from '../../../framework/compare.ts';
import { cells, cellWords, coverageSentence } from '../../../framework/standing.ts';
import type { Population } from '../../../questions/framework/kept.ts';
import { controlSection } from '../../../reports/controls.ts';
import type { ReportDocument, Section, Table } from '../../../reports/document.ts';
import { listed, plural } from '../../../words/text.ts';
import type { aboutReport } from '../common.ts';
import {
  ageDays,
  callsTotal,
  changeWords,
  costSentence,
  type FrameworkFound,
  headlineOf,
  levelWords,
  placeWords,
  weeksWords,
  worstWords,
} from './words.ts';

interface About extends ReturnType<typeof aboutReport>, Pick<ReportDocument, 'chart' | 'files'> {
  picture: NonNullable<Section['picture']>;
  byControl: readonly ControlRow[];
  /** Who signed the run before, in a sentence. */
  lastReview: string;
}

/** Findings that are printed of a list; results.csv has all. */
const printed = 40;

/** The report for auditors. */
export function frameworkDocument(found: FrameworkFound, population: Population, about: About): ReportDocument {
  const { sum, scores, coverage } = found;
  const { picture, byControl, lastReview, ...rest } = about;
  const applying = scores.filter(({ level }) => level !== null);
  const count = (kind: ChangeKind) => sum.changed.get(kind) ?? 0;
  return {
    ...rest,
    title: 'The sixteen steps',
    headline: headlineOf(found),
    figures: [
      {
        label: 'steps proven',
        value: String(applying.filter(({ level }) => level !== null && level >= 3).length),
        change: `of ${applying.length} that apply`,
      },
      {
        label: 'findings open',
        value: String(sum.openTotal),
        change: `${sum.open.critical} critical, ${sum.open.high} high`,
      },
      {
        label: 'fixed',
        value: String(count('fixed')),
        change: `${count('new')} new, ${count('lost sight')} lost sight`,
      },
      {
        label: 'results unknown',
        value: sum.standing.coverage().unknown.toLocaleString('en'),
        change: `of ${sum.standing.coverage().results.toLocaleString('en')}`,
      },
    ],
    coverage: {
      sentence: `${coverage.answered} of ${plural(coverage.asked, 'account')} answered. ${coverageSentence(sum.standing.coverage())}${coverage.trouble === null ? '' : ` ${coverage.trouble}`}`,
      table: populationTable(population, found),
    },
    method: methodOf(found, lastReview),
    sections: [
      stepSection(found),
      {
        title: 'Accounts by steps',
        paragraphs: [
          `${cells.map((cell) => `${cell}: ${cellWords[cell]}`).join('; ')}. Accounts of one organizational unit that stand alike are one line, the worst first.`,
        ],
        picture,
        tables: [],
      },
      openSection(found),
      changeSection(found),
      checkSection(found),
      controlSection(byControl, 'checks'),
    ],
    exceptions: exceptionsOf(found),
    signOff: null,
  };
}

const table = (columns: Table['columns'], rows: Table['rows'], empty: string): Table => ({ columns, rows, empty });

/** Every account with the reason why it is in or out, and its regions. */
const populationTable = ({ accounts }: Population, { coverage }: FrameworkFound): Table =>
  table(
    [
      { title: 'Account', share: 16, kind: 'mono' },
      { title: 'Name', share: 20 },
      { title: 'Unit', share: 18 },
      { title: 'Regions', share: 9, kind: 'number' },
      { title: 'In or out', share: 37 },
    ],
    accounts.map(({ id, name, state, organizationalUnits, regions, reason }) => [
      id,
      name ?? '',
      organizationalUnits.join('/'),
      regions === null ? '?' : String(regions.length),
      state !== 'ACTIVE'
        ? `Out: its state is ${state}.`
        : (coverage.missing
            .filter(({ account }) => account === id)
            .map((missing) => `In, and gave no answer: ${missing.reason}`)[0] ??
          reason ??
          'In.'),
    ]),
    'No account was asked.',
  );

const methodOf = ({ calls }: FrameworkFound, lastReview: string): ReportDocument['method'] => ({
  paragraphs: [
    'Each check asks AWS with a role that can only read, in the name of “digest”, which CloudTrail shows. A check passes as “proven” where an experiment ran (a pattern was tested, a delivery was read back), and as “configured” where the settings say so and nothing was observed. What could not be asked is unknown: it is neither pass nor fail, and keeps its step at level 2.',
    'Levels: 0 not in place, 1 partly, 2 in place everywhere as far as settings say, 3 proven within seven days, 4 proven with nothing open. A step is as good as the worst of its critical checks. A step that does not apply is in no count.',
    '“Fixed” is only what was asked again and passes; “lost sight” was known and is not now; “gone” left with its account or resource. A result that follows from the failure of another check is told with that one, once.',
    costSentence(calls),
    lastReview,
  ],
  calls: Object.entries(calls)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([call, count]) => ({
      call,
      parameters: `${count.toLocaleString('en')} times`,
      purpose: `${((100 * count) / Math.max(1, callsTotal(calls))).toFixed(1)} % of the calls`,
    })),
});

function stepSection(found: FrameworkFound): Section {
  const { steps, scores, weeks, before } = found;
  const names = new Map(steps.map(({ step }) => [step.number, step]));
  return {
    title: 'The sixteen steps',
    paragraphs: [
      'Passes by how they are known, fails, unknown, not applicable: every result is in one of the five. Accounts count as ok when nothing fails there and nothing is unknown.',
    ],
    tables: [
      {
        title: null,
        table: table(
          [
            { title: 'Step', share: 26 },
            { title: 'Level', share: 10 },
            { title: 'Accounts ok', share: 11 },
            { title: 'P', share: 7, kind: 'number' },
            { title: 'C', share: 7, kind: 'number' },
            { title: 'F', share: 7, kind: 'number' },
            { title: '?', share: 7, kind: 'number' },
            { title: '–', share: 7, kind: 'number' },
            { title: 'Proven', share: 13 },
          ],
          scores.map((score) => [
            `${score.step} ${names.get(score.step)?.name ?? ''}`,
            levelWords(score, before),
            `${score.accounts.ok} of ${score.accounts.total}`,
            ...[
              score.counts.proven,
              score.counts.configured,
              score.counts.failed,
              score.counts.unknown,
              score.counts.notApplicable,
            ].map(String),
            score.provenAt?.slice(0, 10) ?? '–',
          ]),
          'No step was checked.',
        ),
      },
      {
        title: 'Over the year, and what is worst',
        table: table(
          [
            { title: 'Step', share: 8, kind: 'number' },
            { title: 'Weeks proven', share: 14 },
            { title: 'Gaps', share: 26 },
            { title: 'Worst open', share: 32 },
            { title: 'Change', share: 20 },
          ],
          scores.map((score) => [
            String(score.step),
            weeksWords(weeks.get(score.step)),
            listed(
              (weeks.get(score.step)?.gaps ?? []).map(({ from, to }) => `${from} to ${to}`),
              3,
            ),
            worstWords(score, found),
            changeWords(score.step, found),
          ]),
          'No step was checked.',
        ),
      },
    ],
  };
}

function openSection(found: FrameworkFound): Section {
  const { sum, at } = found;
  const shown = sum.worst.slice(0, printed);
  return {
    title: 'What is open',
    paragraphs: [
      shown.length < sum.openTotal
        ? `The ${shown.length} worst of ${sum.openTotal.toLocaleString('en')}; results.csv has all.`
        : 'All of it, the worst first.',
    ],
    tables: [
      {
        title: null,
        table: table(
          [
            { title: 'Severity', share: 13, kind: 'severity' },
            { title: 'Step', share: 7, kind: 'number' },
            { title: 'Account, region', share: 22 },
            { title: 'Finding', share: 48 },
            { title: 'Days', share: 8, kind: 'number' },
          ],
          shown.map((change) => {
            const { result } = change;
            const following = sum.following.get(result.check) ?? 0;
            return [
              result.severity,
              String(result.step),
              `${sum.nameOf(result.account) ?? result.account}, ${result.region}`,
              `${sum.aboutOf(result)?.title ?? result.check}. ${result.reason}${following === 0 ? '' : ` ${plural(following, 'more result')} from the same cause.`}`,
              String(ageDays(change, at)),
            ];
          }),
          'Nothing is open.',
        ),
      },
    ],
  };
}

const changeTitles = {
  new: 'New',
  fixed: 'Fixed',
  'lost sight': 'Lost sight',
  gone: 'Gone',
  'rule changed': 'The rule was changed',
} as const;

const changeKindsShown = ['new', 'fixed', 'lost sight', 'gone', 'rule changed'] as const;

function changeSection(found: FrameworkFound): Section {
  const { sum, before } = found;
  const changed = before === null ? [] : changeKindsShown.filter((kind) => (sum.changed.get(kind) ?? 0) > 0);
  const none = before === null ? 'This is the first run: a baseline, with which the next one is compared.' : 'Nothing.';
  return {
    title: 'What changed',
    paragraphs: changed.length === 0 ? [none] : [],
    tables: changed.map((kind) => ({
      title: `${changeTitles[kind]}: ${(sum.changed.get(kind) ?? 0).toLocaleString('en')}`,
      table: table(
        [
          { title: 'Step', share: 8, kind: 'number' },
          { title: 'What, where', share: 52 },
          { title: 'As it was seen', share: 40 },
        ],
        (sum.examples.get(kind) ?? [])
          .slice(0, printed)
          .map((change) => [String(change.result.step), placeWords(change, found), change.result.reason]),
        '',
      ),
    })),
  };
}

function checkSection({ steps, sum }: FrameworkFound): Section {
  const counts = sum.standing.checks();
  const rows = steps.flatMap(({ step, checks }) =>
    checks.map(({ about }) => {
      const of = counts.get(about.id);
      const numbers = [of?.proven, of?.configured, of?.failed, of?.unknown, of?.notApplicable].map((n) =>
        String(n ?? 0),
      );
      return [about.severity, `${step.number} ${about.id} (${about.version})`, about.passes, ...numbers];
    }),
  );
  return {
    title: 'Checks, and the version of their rules',
    paragraphs: [
      'What exactly passes, and how many results of each verdict there are: proven, configured, failed, unknown, not applicable.',
    ],
    tables: [
      {
        title: null,
        table: table(
          [
            { title: 'Severity', share: 12, kind: 'severity' },
            { title: 'Check', share: 22 },
            { title: 'Passes', share: 38 },
            ...['P', 'C', 'F', '?', '–'].map((title) => ({ title, share: 6, kind: 'number' as const })),
          ],
          rows,
          'There is no check.',
        ),
      },
    ],
  };
}

const exceptionsOf = (found: FrameworkFound): ReportDocument['exceptions'] => ({
  paragraphs: [
    'Risks that somebody accepted for a time, each approved by a second person; they change no verdict. Those that end first stand first.',
  ],
  table: table(
    [
      { title: 'Step', share: 7, kind: 'number' },
      { title: 'What, where', share: 37 },
      { title: 'Owner', share: 12 },
      { title: 'Approved by', share: 12 },
      { title: 'Reason', share: 20 },
      { title: 'Ends', share: 12 },
    ],
    found.sum.acceptedNow
      .toSorted((a, b) => (a.risk.until < b.risk.until ? -1 : 1))
      .slice(0, 200)
      .map(({ change, risk }) => [
        String(change.result.step),
        placeWords(change, found),
        risk.owner,
        risk.approvedBy,
        risk.reason,
        risk.until.slice(0, 10),
      ]),
    'There are none.',
  ),
});
