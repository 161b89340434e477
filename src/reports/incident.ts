import type { Severity } from '../alerts/severity.ts';
import { capitalized, clip, oneLine, plural } from '../words/text.ts';
import { drawPng } from './chart.ts';
import { fonts } from './fonts.ts';
import { text } from './svg.ts';

/** One alert of an incident, in words; texts are untrusted. */
interface IncidentAlert {
  id: number;
  /** When it came: ISO 8601, UTC. */
  at: string;
  severity: Severity;
  state: string;
  /** What it means. */
  what: string;
  who: string | null;
  from: string | null;
  account: string | null;
  region: string | null;
  /** Why it is part of the incident; null: it began with this one. */
  why: string | null;
  /** The earlier alert that it shares something with, and what: for the picture. */
  follows: { id: number; by: string } | null;
}

/** An incident from its beginning to the moment of the export, as its files tell it. */
export interface IncidentRecord {
  id: number;
  /** ISO 8601, UTC. */
  exportedAt: string;
  /** "access key AKIA…: 5 of 7 alerts" */
  shared: readonly string[];
  alerts: readonly IncidentAlert[];
  /** All that happened to its alerts, oldest first. */
  events: readonly { at: string; alert: number; what: string }[];
}

export const incidentJson = (record: IncidentRecord): string => `${JSON.stringify(record, null, 2)}\n`;

/** The timeline as Markdown: each time in UTC and, where that is another zone, in the reader's. */
export function incidentMarkdown(record: IncidentRecord, zone: string): string {
  const [first] = record.alerts;
  const clock = clockIn(zone);
  const local = zone === 'UTC' ? [] : [zone];
  const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] =>
    [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  const times = (iso: string): string[] => [`${iso.slice(0, 19).replace('T', ' ')}`, ...local.map(() => clock(iso))];
  return [
    `# Incident ${record.id}: ${plural(record.alerts.length, 'alert')}`,
    '',
    `Exported ${record.exportedAt.slice(0, 19).replace('T', ' ')} UTC.${first === undefined ? '' : ` Began ${first.at.slice(0, 19).replace('T', ' ')} UTC.`}`,
    '',
    ...(record.shared.length === 0 ? [] : [...record.shared.map((line) => `- ${cell(line)}`), '']),
    '## Alerts',
    '',
    ...table(
      ['UTC', ...local, 'alert', 'severity', 'now', 'what', 'who', 'from', 'account', 'why it is here'],
      record.alerts.map(({ id, at, severity, state, what, who, from, account, why }) => [
        ...times(at),
        `#${id}`,
        severity,
        state,
        ...[what, who, from, account, why].map(cell),
      ]),
    ),
    '',
    '## Timeline',
    '',
    ...table(
      ['UTC', ...local, 'alert', 'what happened'],
      record.events.map(({ at, alert, what }) => [...times(at), `#${alert}`, cell(what)]),
    ),
    '',
  ].join('\n');
}

/** Text from AWS in a cell: no markup, no further cell, no line of its own. */
const cell = (value: string | null): string =>
  oneLine(value ?? '', 500)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/[\\`*_[\]|~#]/g, '\\$&');

function clockIn(zone: string): (iso: string) => string {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
  return (iso) => format.format(new Date(iso));
}

const colours: Readonly<Record<Severity, string>> = {
  critical: '#8F0019',
  high: '#D92D20',
  medium: '#B86E14',
  low: '#3B82C4',
  info: '#6B7480',
};

const row = { width: 1100, height: 46, head: 90, margin: 24, dot: 190 } as const;
/** A picture of more rows is not looked at: the others are in the files beside it. */
const mostRows = 40;

/** The chain as a PNG: each alert a dot in its time, with a line to the earlier one that it follows, and by what. */
export async function incidentPng(record: IncidentRecord): Promise<Uint8Array> {
  const shown = record.alerts.slice(0, mostRows);
  const more = record.alerts.length - shown.length;
  const place = new Map(shown.map(({ id }, index) => [id, row.head + index * row.height]));
  const height = row.head + (shown.length + (more > 0 ? 1 : 0)) * row.height + row.margin;
  const arcs = shown.flatMap(({ id, follows }) => {
    const [to, from] = [place.get(id), follows === null ? undefined : place.get(follows.id)];
    if (to === undefined || from === undefined) return [];
    const bend = row.dot - 14 - Math.min(70, (to - from) / 3);
    return [
      `<path d="M${row.dot} ${from} C${bend} ${from} ${bend} ${to} ${row.dot} ${to}" fill="none" stroke="#8A94A0" stroke-width="2"/>`,
    ];
  });
  const rows = shown.flatMap(({ id, at, severity, what, who, from, follows }) => {
    const y = place.get(id) ?? 0;
    const second = [who, from === null ? null : `from ${from}`, follows === null ? null : follows.by];
    return [
      text(row.margin, y + 5, `${at.slice(11, 19)}`, { size: 13, fill: '#4A5560' }),
      `<circle cx="${row.dot}" cy="${y}" r="8" fill="${colours[severity]}" stroke="#FFFFFF" stroke-width="2"/>`,
      text(row.dot + 20, y + 1, clip(`#${id} ${capitalized(severity)}: ${oneLine(what, 200)}`, 110), {
        size: 14,
        weight: 'bold',
      }),
      text(
        row.dot + 20,
        y + 19,
        clip(
          second
            .filter((part) => part !== null)
            .map((part) => oneLine(part, 100))
            .join(' · '),
          130,
        ),
        { size: 12, fill: '#4A5560' },
      ),
    ];
  });
  const head = [
    text(row.margin, 32, `Incident ${record.id}: ${plural(record.alerts.length, 'alert')}`, {
      size: 20,
      weight: 'bold',
    }),
    text(row.margin, 56, clip(`${record.alerts[0]?.at.slice(0, 10) ?? ''} UTC · ${record.shared.join(' · ')}`, 140), {
      size: 13,
      fill: '#4A5560',
    }),
  ];
  const foot = more > 0 ? [text(row.dot + 20, height - row.margin - 12, `and ${more} more`, { size: 13 })] : [];
  const body = ['<rect width="100%" height="100%" fill="#FFFFFF"/>', ...head, ...arcs, ...rows, ...foot].join('');
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${row.width}" height="${height}" viewBox="0 0 ${row.width} ${height}" font-family="${fonts.family}">${body}</svg>`;
  return drawPng(svg, row.width * 2);
}

/** The picture in words, for who cannot see it. */
export const incidentAlt = ({ id, alerts, shared }: IncidentRecord): string =>
  oneLine(
    `Incident ${id}, ${plural(alerts.length, 'alert')} in order: ${alerts
      .slice(0, 12)
      .map((each) => `#${each.id} ${each.severity}, ${each.what}`)
      .join('; ')}${alerts.length > 12 ? ' …' : ''}. ${shared.join('; ')}`,
    2000,
  );
