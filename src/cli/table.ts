import { oneLine } from '../words/text.ts';

/**
 * A table for a terminal: columns as wide as they need to be, the widest cut first where they do not fit into `width`
 * characters; those that are `firm` are never cut. Control characters go: what AWS says must not move a cursor.
 */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  width: number,
  firm: readonly string[] = [],
): string {
  const lines = [header, ...rows.map((row) => row.map((cell) => oneLine(cell, 300)))];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const gap = 2;
  const least = 8;
  for (let over = widths.reduce((sum, each) => sum + each + gap, -gap) - width; over > 0; over--) {
    const loose = widths.map((each, column) => (firm.includes(header[column] ?? '') ? 0 : each));
    const widest = loose.indexOf(Math.max(...loose));
    if ((loose[widest] ?? 0) <= least) break;
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
