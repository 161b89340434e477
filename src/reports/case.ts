import type { CaseAnswer, CaseMoment, CaseRecord } from '../alerts/case.ts';
import { markdown } from '../words/markdown.ts';
import { plural } from '../words/text.ts';
import type { CsvCell } from './csv.ts';
import { csvLines, csvStart } from './csv.ts';

export const caseJson = (record: CaseRecord): string => `${JSON.stringify(record, null, 2)}\n`;

const utc = (iso: string): string => iso.slice(0, 19).replace('T', ' ');

const columns = {
  'Time (UTC)': ({ at }) => utc(at),
  Kind: ({ kind }) => kind,
  What: ({ what }) => what,
  Who: ({ who }) => who,
  On: ({ on }) => on,
  From: ({ from }) => from,
  Account: ({ account }) => account,
  Region: ({ region }) => region,
  Severity: ({ severity }) => severity,
  Outcome: ({ outcome }) => outcome,
  Source: ({ source }) => source,
} as const satisfies Record<string, (moment: CaseMoment) => CsvCell>;

/** The timeline as CSV, every cell neutralised. */
export const caseCsv = ({ timeline }: CaseRecord): string =>
  csvStart(Object.keys(columns)) +
  csvLines(timeline.map((moment) => Object.values(columns).map((read) => read(moment))));

const table = (head: readonly string[], rows: readonly (readonly (string | null)[])[]): string[] =>
  [
    head.map((name) => markdown(name)),
    head.map(() => '---'),
    ...rows.map((row) => row.map((text) => markdown(text ?? '', 300))),
  ].map((cells) => `| ${cells.join(' | ')} |`);

/** The case as Markdown: the timeline, then every answer with its question, its coverage and its first rows. Times are UTC. */
export function caseMarkdown(record: CaseRecord): string {
  const { id, name, openedBy, openedAt, closedAt, exportedAt, entries, timeline, withheld } = record;
  const answers = entries.filter(({ answer }) => answer !== null);
  return [
    `# Case ${id}: ${markdown(name)}`,
    '',
    `Opened by ${markdown(openedBy)} ${utc(openedAt)} UTC${closedAt === null ? '' : `, closed ${utc(closedAt)} UTC`}. Exported ${utc(exportedAt)} UTC. ${plural(answers.length, 'answer')}, ${plural(timeline.length, 'line')} of timeline.`,
    ...(withheld === 0
      ? []
      : ['', `${plural(withheld, 'alert')} of private channels that the exporter is not in: not told here.`]),
    '',
    '## Timeline',
    '',
    ...table(
      Object.keys(columns),
      timeline.map((moment) => Object.values(columns).map((read) => read(moment))),
    ),
    '',
    '## Answers',
    ...answers.flatMap(({ at, by, answer }) => (answer === null ? [] : answerIn(at, by, answer))),
    '',
  ].join('\n');
}

function answerIn(at: string, by: string, answer: CaseAnswer): string[] {
  const { line, title, facts, rows, total, coverage, gaps, whole } = answer;
  return [
    '',
    `### ${markdown(title)}`,
    '',
    `${markdown(by)} added it ${utc(at)} UTC: ${markdown(`/audit ${line}`, 1700)}`,
    '',
    `${whole ? 'Whole' : '**Not whole**'}: ${markdown(coverage)} ${markdown(gaps)}`.trim(),
    ...facts.flatMap((fact) => ['', `- ${markdown(fact)}`]),
    ...(rows.length === 0
      ? []
      : [
          '',
          ...(rows.length < total ? [`The first ${rows.length} of ${total.toLocaleString('en')}:`, ''] : []),
          ...table(answer.columns, rows),
        ]),
  ];
}
