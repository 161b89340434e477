import type { KnownBlock } from '@slack/types';
import { fallback, md, userMention } from '../escape.ts';
import { characters, limits } from '../limits.ts';
import type { Message } from '../types.ts';
import { addToCaseButton } from './case.ts';
import { cell, dataTable } from './data-table.ts';
import { actions, button, context, header, lineBreak, richText, words } from './elements.ts';
import { linesBlockId, questionBlockId, questionIds } from './question-ids.ts';

/** An answer that is a table: what its message is drawn from. */
export interface ShownTable {
  title: string;
  facts: readonly string[];
  columns: readonly string[];
  rows: readonly (readonly string[])[];
  coverage: string;
  gaps: string;
  whole: boolean;
  next: readonly { label: string; line: string }[];
  shareable: boolean;
}

/** How far a question is that takes long. */
export const tableProgress = (asked: string, sentence: string): Message => ({
  text: fallback(md`Asking AWS: ${asked}. ${sentence}`),
  blocks: [
    richText(words(`Asking AWS: ${asked}`, 200)),
    context(md`${sentence} The answer comes below, in a message of its own.`),
  ],
});

/** The answer, to the one who asked, or shared with a channel. */
export function tableMessage(id: number, answer: ShownTable, shared?: { by: string }): Message {
  const { title, facts, coverage, gaps, whole, next } = answer;
  const top: KnownBlock[] = [
    header(title),
    ...(facts.length === 0
      ? []
      : [richText(...facts.flatMap((fact, place) => [...(place === 0 ? [] : [lineBreak]), words(fact, 400)]))]),
  ];
  const foot: KnownBlock[] = [
    context(md`${whole ? '✅' : '⚠️'} ${coverage}`, ...(gaps === '' ? [] : [md`${gaps}`])),
    ...(next.length === 0
      ? []
      : [
          actions(
            linesBlockId,
            next
              .slice(0, 5)
              .map(({ label, line }, place) => button(`${questionIds.line}:${place}`, label, line, `Ask: ${label}`)),
          ),
        ]),
    ...(shared === undefined
      ? []
      : [context(md`Shared by ${userMention(shared.by)}. The files go to whoever may ask AWS.`)]),
    ...buttons(id, answer, shared !== undefined),
  ];
  const space = limits.message.characters - characters([...top, ...foot]) - 500;
  return { text: fallback(md`${title}. ${coverage}`), blocks: [...top, ...tableOf(answer, space), ...foot] };
}

function tableOf({ columns, rows }: ShownTable, space: number): KnownBlock[] {
  if (rows.length === 0) return [];
  const made = dataTable(
    (shown) => (shown < rows.length ? `The first ${shown} of ${rows.length} rows` : `${rows.length} rows`),
    columns,
    rows.map((row) => row.map((text) => cell(text, 120))),
    space,
  );
  return made === undefined ? [] : [made.table];
}

function buttons(id: number, { title, rows, shareable }: ShownTable, shared: boolean): KnownBlock[] {
  const elements = [
    ...(rows.length === 0
      ? []
      : [button(questionIds.tableFiles, 'Send me the files', String(id), `Send all rows as CSV and JSON: ${title}`)]),
    ...(shared || !shareable
      ? []
      : [button(questionIds.tableShare, 'Share to channel', String(id), `Show this answer to everybody: ${title}`)]),
  ];
  return [actions(questionBlockId('table', id), [...elements, addToCaseButton(id, title)])];
}
