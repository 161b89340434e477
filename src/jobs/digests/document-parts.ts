import { coverageSentence, type DigestResult } from '../../framework/digest-result.ts';
import { minute, type ReportDocument, type Section, type Table } from '../../reports/document.ts';
import type { DigestPlaceTable } from '../../store/tables.ts';

/** Rows of a list that a report prints; the files have all. */
export const printed = 60;

/** The numbers of a result for the cover. */
export const figuresOf = ({ numbers }: DigestResult): ReportDocument['figures'] =>
  numbers.map(({ label, value, unit, before }) => ({
    label,
    value: value === null ? '–' : `${value.toLocaleString('en')}${unit}`,
    change: before === null ? 'the first look' : `${before.toLocaleString('en')}${unit} the last time`,
  }));

/** Who was asked, and what came of it. `time`: what the time says of each. */
export const coverageOfReport = (
  { coverage }: DigestResult,
  places: readonly Pick<DigestPlaceTable, 'account' | 'name' | 'reported_at' | 'state' | 'reason'>[],
  time: string,
  more = '',
): ReportDocument['coverage'] => ({
  sentence: [`${coverageSentence(coverage)}.`, more, coverage.trouble ?? ''].filter((text) => text !== '').join(' '),
  table: {
    columns: [
      { title: 'Account', share: 17, kind: 'mono' },
      { title: 'Name', share: 25 },
      { title: time, share: 20 },
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
});

/** A section of one table without a title of its own. */
export const section = (title: string, paragraphs: readonly string[], table: Table): Section => ({
  title,
  paragraphs,
  tables: [{ title: null, table }],
});

/** The lists of a result, each under its title. */
export const inDetail = ({ lists }: DigestResult, title: string): Section => ({
  title,
  paragraphs: [],
  tables: lists
    .filter(({ lines }) => lines.length > 0)
    .map(({ title, lines }) => ({
      title,
      table: { columns: [{ title: '', share: 1 }], rows: lines.slice(0, printed).map((line) => [line]), empty: '' },
    })),
});

/** What could not be looked at, a sentence each. `where`: the files that have all of them. */
export const notChecked = (remarks: readonly string[], where: string): Section =>
  section(
    'What could not be checked',
    remarks.length > printed ? [`The first ${printed} of ${remarks.length.toLocaleString('en')}; ${where}.`] : [],
    {
      columns: [{ title: 'What', share: 1 }],
      rows: remarks.slice(0, printed).map((remark) => [remark]),
      empty: 'All that was asked was answered by every account that answered.',
    },
  );
