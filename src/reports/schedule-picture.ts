import { DateTime } from 'luxon';
import { clip, oneLine } from '../words/text.ts';
import { dayMs } from '../words/time.ts';
import { dateOf, instantOfWallTime, wallTimeAt } from '../words/wall-clock.ts';
import { drawPng } from './chart.ts';
import { fonts } from './fonts.ts';
import { text } from './svg.ts';

/** Weeks of a schedule, a row for each person; times are shown by the clock of a zone. */
export interface ScheduleShown {
  title: string;
  zone: string;
  from: Date;
  to: Date;
  rows: readonly { name: string; spans: readonly { from: Date; to: Date }[] }[];
  /** Hours in which nobody is on call. */
  gaps: readonly { from: Date; to: Date }[];
}

/** Apart for every kind of colour blindness. Source: Okabe and Ito, "Color Universal Design". */
const colours = ['#00735C', '#0A6EB4', '#E69F00', '#CC79A7', '#56B4E9', '#8C8C8C'];
const gapColour = '#A8330F';
const box = { row: 30, label: 190, day: 36, margin: 20, head: 84 } as const;

/** The weeks as a PNG, twice as fine as it is wide on the screen. */
export async function schedulePng(shown: ScheduleShown): Promise<Uint8Array> {
  const days = daysOf(shown);
  const width = 2 * box.margin + box.label + days.length * box.day;
  const rows = [...shown.rows, ...(shown.gaps.length === 0 ? [] : [{ name: 'Nobody', spans: shown.gaps }])];
  const height = box.head + rows.length * box.row + box.margin;
  const left = box.margin + box.label;
  const scale = (days.length * box.day) / (shown.to.getTime() - shown.from.getTime());
  const x = (at: number): number =>
    left + (Math.min(Math.max(at, shown.from.getTime()), shown.to.getTime()) - shown.from.getTime()) * scale;
  const body = [
    text(box.margin, 34, oneLine(shown.title, 90), { size: 18, weight: 'bold' }),
    ...days.flatMap((day) => column(day, x, height, shown.zone)),
    ...rows.flatMap(({ name, spans }, place) => {
      const top = box.head + place * box.row;
      const fill = place >= shown.rows.length ? gapColour : colours[place % colours.length];
      return [
        text(box.margin, top + 19, clip(oneLine(name, 80), 24), { size: 13 }),
        ...spans.map(({ from, to }) => {
          const [begin, end] = [x(from.getTime()), x(to.getTime())];
          return `<rect x="${begin}" y="${top + 4}" width="${Math.max(end - begin - 1, 1)}" height="${box.row - 8}" rx="3" fill="${fill}"/>`;
        }),
      ];
    }),
  ];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${fonts.family}">${body.join('')}</svg>`;
  return drawPng(svg, width * 2);
}

/** The picture in words, for who cannot see it. */
export function scheduleAlt({ title, zone, rows, gaps }: ScheduleShown): string {
  const when = (at: Date): string => DateTime.fromJSDate(at, { zone }).setLocale('en').toFormat('d LLL HH:mm');
  const said = ({ name, spans }: { name: string; spans: readonly { from: Date; to: Date }[] }): string =>
    `${name}: ${spans.map(({ from, to }) => `${when(from)} to ${when(to)}`).join(', ')}.`;
  const all = [...rows, ...(gaps.length === 0 ? [] : [{ name: 'Nobody', spans: gaps }])];
  return oneLine(`${title}. ${all.map(said).join(' ')}`, 2000);
}

/** When the days begin, by the clock on the wall; one of 23 hours is narrower than the others. */
function daysOf({ from, to, zone }: ScheduleShown): number[] {
  const days: number[] = [];
  for (let date = dateOf(wallTimeAt(from.getTime(), zone)); ; date += dayMs) {
    const begin = instantOfWallTime(date, zone);
    if (begin >= to.getTime()) return days;
    days.push(begin);
  }
}

function column(day: number, x: (at: number) => number, height: number, zone: string): string[] {
  const date = DateTime.fromMillis(day, { zone }).setLocale('en');
  const [begin, end] = [x(day), x(day + dayMs)];
  const middle = { size: 11, anchor: 'middle', fill: '#555555' };
  return [
    ...(date.weekday > 5
      ? [
          `<rect x="${begin}" y="${box.head - 30}" width="${end - begin}" height="${height - box.head + 14}" fill="#F1F2F4"/>`,
        ]
      : []),
    `<rect x="${begin}" y="${box.head - 30}" width="1" height="${height - box.head + 14}" fill="#D5D8DC"/>`,
    text((begin + end) / 2, box.head - 18, date.toFormat('ccc'), middle),
    text((begin + end) / 2, box.head - 4, date.toFormat(date.day === 1 ? 'd LLL' : 'd'), middle),
  ];
}
