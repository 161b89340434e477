import type { ControlRow } from '../framework/catalogues.ts';
import { counted } from '../words/text.ts';
import type { CsvCell } from './csv.ts';
import type { Section } from './document.ts';

export const controlHeader = [
  'catalogue',
  'control',
  'about',
  'verdict',
  'looked_at_with',
  'open',
  'unknown',
  'not_covered',
];

export function* controlCells(rows: readonly ControlRow[]): Generator<CsvCell[]> {
  for (const { catalogue, number, about, verdict, by, beyond } of rows)
    yield [
      catalogue,
      // With a word in front: a spreadsheet reads 8.4.2 as a date.
      number.startsWith('C') || number.startsWith('A') ? number : `PCI ${number}`,
      about,
      verdict,
      by.map(({ id, open, unknown }) => `${id} (${open} open, ${unknown} not known)`).join('; '),
      by.reduce((sum, { open }) => sum + open, 0),
      by.reduce((sum, { unknown }) => sum + unknown, 0),
      beyond,
    ];
}

const standWords = ({ id, open, unknown }: ControlRow['by'][number]): string => {
  const counts = counted([
    [open, 'open'],
    [unknown, 'not known'],
  ]);
  return counts.length === 0 ? id : `${id} (${counts.join(', ')})`;
};

/** The controls of each catalogue for people; what no rule or check of the report is about is named below. */
export const controlSection = (rows: readonly ControlRow[], kind: 'rules' | 'checks'): Section => ({
  title: 'By controls of SOC 2, ISO 27001 and PCI DSS',
  paragraphs: [
    `Which ${kind} of this report are about which control, and how they stand now. No control is fulfilled by them: each asks for more than settings of AWS accounts, and what nobody looks at here stands beside it. “Nothing found by 1 of 6” says how many of the rules and checks that are about it are in this report and answered everywhere; “not looked at here” that none is. Which are about a control is Trailwatch’s reading, compared with nobody’s. An auditor decides.`,
  ],
  tables: [...Map.groupBy(rows, ({ catalogue }) => catalogue)].map(([catalogue, ones]) => ({
    title: catalogue,
    table: {
      columns: [
        { title: 'Control', share: 10 },
        { title: 'Asks for', share: 24 },
        { title: 'Now', share: 16 },
        { title: 'Looked at with', share: 28 },
        { title: 'Not covered', share: 22 },
      ],
      rows: [
        ...ones
          .filter(({ by }) => by.length > 0)
          .map(({ number, about, verdict, by, beyond }) => [
            number,
            about,
            verdict,
            by.map(standWords).join(', '),
            beyond,
          ]),
        [
          'others',
          'controls that nothing of this report is about',
          'not looked at here',
          '–',
          ones.flatMap(({ number, by }) => (by.length > 0 ? [] : [number])).join(', ') || 'none',
        ],
      ],
      empty: '',
    },
  })),
});
