import type { DataTableBlock, RichTextBlock } from '@slack/types';
import { visible } from '../escape.ts';
import { characters, limits } from '../limits.ts';
import type { MessageBlock } from '../types.ts';

export type TableCell = DataTableBlock['rows'][number][number];

/** Text that no markup can hide in, on one line; Slack refuses an empty cell, hence `–`. */
export const cell = (text: string, max = 60): TableCell => ({
  type: 'raw_text',
  text: visible(text, max).trim() || '–',
});

/** A cell that leads to a page. Only for addresses of ours. */
export const linkCell = (text: string, url: string, max = 60): RichTextBlock => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_section', elements: [{ type: 'link', url, text: visible(text, max).trim() || '–' }] }],
});

/**
 * A table that the reader can sort, of as many rows from the first as fit into Slack's limits and into `space`
 * characters. At least one row is needed: Slack refuses a table of a header alone.
 */
export function dataTable(
  caption: (shown: number) => string,
  header: readonly string[],
  rows: readonly TableCell[][],
  space: number = limits.dataTable.characters,
): { table: DataTableBlock; shown: number } | undefined {
  const head = header.map((text) => cell(text));
  let left = Math.min(space, limits.dataTable.characters) - characters(head) - caption(rows.length).length;
  const kept: TableCell[][] = [];
  for (const row of rows.slice(0, limits.dataTable.rows - 1)) {
    left -= characters(row);
    if (left < 0) break;
    kept.push(row);
  }
  if (kept.length === 0) return undefined;
  const table = {
    type: 'data_table',
    caption: caption(kept.length),
    rows: [head, ...kept],
    page_size: Math.min(10, kept.length),
  } satisfies DataTableBlock;
  return { table, shown: kept.length };
}

/** Rows that the tables of a message show, their headers apart. */
export const rowsIn = (blocks: readonly MessageBlock[]): number =>
  blocks.reduce((sum, block) => sum + (block.type === 'data_table' ? block.rows.length - 1 : 0), 0);
