import { readFileSync, writeFileSync } from 'node:fs';
import { steps } from '../src/questions/framework/checks.ts';

/**
 * Writes the tables of docs/framework.md, between its markers, from the code: `npx node scripts/framework-table.ts`.
 * test/house/framework-table.test.ts fails where they are stale.
 */

const file = new URL('../docs/framework.md', import.meta.url);
const markers = ['<!-- from the code: begin -->', '<!-- from the code: end -->'] as const;

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');
const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
const table = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(header), row(header.map(() => '---')), ...rows.map(row)].join('\n');

/** The page with its tables as the code has them now. */
export async function framed(page = readFileSync(file, 'utf8')): Promise<string> {
  const known = await steps();
  const count = known.reduce((sum, { checks }) => sum + checks.length, 0);
  const overview = table(
    ['step', 'name', 'what it says', 'checks', 'question'],
    known.map(({ step, checks }) => [
      String(step.number),
      step.name,
      step.sentence,
      String(checks.length),
      step.question === null ? '–' : `\`${step.question}\``,
    ]),
  );
  const each = known.map(({ step, checks }) =>
    [
      `### ${step.number} ${step.name}`,
      table(
        ['check', 'passes', 'severity', 'asked for', 'daily', 'references'],
        checks.map(({ about, work }) => [
          `\`${about.id}\``,
          about.passes,
          about.severity,
          { organization: 'the organization', account: 'each account', region: 'each account and region' }[work.scope],
          about.daily === true ? 'yes' : '',
          about.references.filter((reference) => !reference.startsWith('http')).join(', '),
        ]),
      ),
    ].join('\n\n'),
  );
  const [begin, end] = markers;
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from === -1 || to === -1) throw new Error('docs/framework.md lacks its markers.');
  const made = [`${known.length} steps, ${count} checks.`, overview, ...each].join('\n\n');
  return `${page.slice(0, from)}${begin}\n\n${made}\n\n${page.slice(to)}`;
}

if (import.meta.main) writeFileSync(file, await framed());
