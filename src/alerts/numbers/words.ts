import { shortDuration } from '../../words/durations.ts';
import { plural } from '../../words/text.ts';
import { hourMs } from '../../words/time.ts';
import { fewest, type Measures, type Times } from './count.ts';
import type { Load } from './load.ts';

/** The header of `measureCells`, without the group's name. */
export const measureHeader = [
  'alerts',
  'acknowledged',
  'half within',
  '9 of 10 within',
  'before level 2',
  'over',
  'half over within',
  '9 of 10 over within',
] as const;

/** The numbers of a group as cells of a table. */
export const measureCells = ({ spells, acknowledge, resolve, inTime }: Measures): string[] => [
  String(spells),
  String(acknowledge.count),
  timeCell(acknowledge.median, acknowledge.count),
  timeCell(acknowledge.nineTenths, acknowledge.count),
  inTime.of === 0 ? '–' : `${inTime.count} of ${inTime.of}`,
  String(resolve.count),
  timeCell(resolve.median, resolve.count),
  timeCell(resolve.nineTenths, resolve.count),
];

const timeCell = (ms: number | null, count: number): string =>
  ms === null ? (count === 0 ? '–' : 'too few') : shortDuration(ms);

/** How long it took, in words: "half within 4 min, nine of ten within 20 min", or that there were too few. */
export function timesSentence({ count, median, nineTenths }: Times): string {
  if (median === null) return `${plural(count, 'alert')}: too few for a median`;
  const slow = nineTenths === null ? 'too few for nine of ten' : `nine of ten within ${shortDuration(nineTenths)}`;
  return `half within ${shortDuration(median)}, ${slow}`;
}

/** "28 of 31 (90 %)"; a share of few is none. */
export const shareWords = ({ count, of }: Measures['inTime']): string =>
  `${count} of ${of}${of < fewest.median ? '' : ` (${Math.round((100 * count) / of)} %)`}`;

/** What happened on a watch, an incident counted as one: "12 alerts and incidents, 10 acknowledged (half within 4 min …), 9 of 10 before the second level was called". */
export function watchSentence({ spells, acknowledge, inTime, untouched }: Measures): string {
  if (spells === 0) return 'no alert';
  const times = acknowledge.median === null ? '' : ` (${timesSentence(acknowledge)})`;
  return [
    spells === 1 ? '1 alert or incident' : `${spells} alerts and incidents`,
    `${acknowledge.count} acknowledged${times}`,
    ...(inTime.of === 0 ? [] : [`${shareWords(inTime)} before the second level was called`]),
    ...(untouched === 0 ? [] : [`${untouched} that nobody has touched yet`]),
  ].join(', ');
}

/** What somebody carried: "48 h on call (33 %), called 5 times, 3 at night in 2 nights". `all`: everybody's, for the share; empty: no share. */
export function loadSentence({ onCallMs, pages, atNight, nights }: Load, all: readonly Load[]): string {
  const total = all.reduce((sum, load) => sum + load.onCallMs, 0);
  const share = onCallMs === 0 || total === 0 ? '' : ` (${Math.round((100 * onCallMs) / total)} %)`;
  const night = atNight === 0 ? '' : `, ${atNight} at night in ${plural(nights, 'night')}`;
  return `${Math.round(onCallMs / hourMs)} h on call${share}, ${pages === 0 ? 'never called' : `called ${plural(pages, 'time')}`}${night}`;
}
