import { oneLine } from '../alerts/text.ts';

/**
 * A table for a terminal: columns as wide as they need to be, the widest cut first where they do not fit into `width`
 * characters. Control characters go: what AWS says must not move a cursor.
 */
export function table(header: readonly string[], rows: readonly (readonly string[])[], width: number): string {
  const lines = [header, ...rows.map((row) => row.map((cell) => oneLine(cell, 300)))];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const gap = 2;
  const least = 8;
  for (let over = widths.reduce((sum, each) => sum + each + gap, -gap) - width; over > 0; over--) {
    const widest = widths.indexOf(Math.max(...widths));
    if ((widths[widest] ?? 0) <= least) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return lines
    .map((line) =>
      widths
        .map((room, column) => padded(line[column] ?? '', room))
        .join(' '.repeat(gap))
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}

const padded = (text: string, room: number): string =>
  text.length <= room ? text.padEnd(room) : `${text.slice(0, room - 1).toWellFormed()}…`;
