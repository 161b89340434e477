import { type Cell, cells, cellWords, type HeatRow, stepCount } from '../../framework/standing.ts';
import { clip, oneLine } from '../../words/text.ts';
import { drawPng } from '../chart.ts';
import { fonts } from '../fonts.ts';
import { text } from '../svg.ts';

/** Fill and letter. From dark to light and apart for every kind of colour blindness. Source: Okabe and Ito, "Color Universal Design". */
const shades: Readonly<Record<Cell, readonly [string, string]>> = {
  P: ['#00735C', '#FFFFFF'],
  C: ['#8CCBEF', '#1A1A1A'],
  F: ['#A8330F', '#FFFFFF'],
  '?': ['#F2B134', '#1A1A1A'],
  '–': ['#ECEEF1', '#6B7480'],
};

const box = { width: 38, height: 26, gap: 2, label: 300, margin: 20, head: 92 } as const;

/** Accounts by the sixteen steps as a PNG, and how high it is for its width. */
export async function heatMapPng(map: {
  title: string;
  rows: readonly HeatRow[];
  more: number;
}): Promise<{ png: Uint8Array; ratio: number }> {
  const { svg, width, height } = heatMapSvg(map);
  return { png: await drawPng(svg, width * 2), ratio: height / width };
}

function heatMapSvg({ title, rows, more }: Parameters<typeof heatMapPng>[0]) {
  const width = 2 * box.margin + box.label + stepCount * box.width;
  const height = box.head + rows.length * box.height + (more === 0 ? 0 : box.height) + 2 * box.margin;
  const left = (step: number) => box.margin + box.label + step * box.width;
  const body = [
    text(box.margin, 34, oneLine(title, 90), { size: 18, weight: 'bold' }),
    ...legend(box.margin, 60),
    ...Array.from({ length: stepCount }, (_, i) =>
      text(left(i) + (box.width - box.gap) / 2, box.head, String(i + 1), { size: 12, anchor: 'middle' }),
    ),
    ...rows.flatMap((row, i) => line(row, box.head + 8 + i * box.height, left)),
    ...(more === 0
      ? []
      : [
          text(box.margin, box.head + 26 + rows.length * box.height, `and ${more} more, none of them worse`, {
            size: 12,
          }),
        ]),
  ];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${fonts.family}">${body.join('')}</svg>`;
  return { svg, width, height };
}

const line = ({ label, cells: letters }: HeatRow, top: number, left: (step: number) => number): string[] => [
  text(box.margin, top + 17, clip(oneLine(label, 200), 40), { size: 12 }),
  ...letters.map((letter, i) => square(letter, left(i), top)),
];

function square(letter: Cell, x: number, y: number): string {
  const [fill, ink] = shades[letter];
  const [width, height] = [box.width - box.gap, box.height - box.gap];
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="3" fill="${fill}"/>${text(x + width / 2, y + 17, letter, { size: 13, weight: 'bold', anchor: 'middle', fill: ink })}`;
}

/** What the letters stand for. */
const legend = (x: number, y: number): string[] =>
  cells.flatMap((letter, i) => [
    square(letter, x + i * 160, y - 16),
    text(x + i * 160 + box.width + 4, y + 1, cellWords[letter], { size: 12 }),
  ]);
