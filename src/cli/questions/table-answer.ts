import { AwsTrouble } from '../../aws/aws.ts';
import { spokenNames } from '../../questions/spoken.ts';
import type { TableQuestion } from '../../questions/table-answer.ts';
import { oneLine } from '../../words/text.ts';
import { table } from '../table.ts';
import { asker, cannotAsk, exitCodes, onRecord, type TerminalQuestion, widthOf } from './terminal.ts';

/** Half a time says nothing: such columns are never cut. */
const isTime = (column: string): boolean => /^(?:First|Last|Time|Started|Captured|Since)\b/.test(column);

/** Rows of a table: more are for --json. */
const mostRows = 1000;
const progressEveryMs = 2000;

/** A question whose answer is a table, in a terminal; with --json a line for each row, and one with what it rests on. */
export const tableInTerminal = (question: TableQuestion): TerminalQuestion => ({
  name: question.name,
  ...(question.grammar === undefined ? {} : { grammar: question.grammar }),
  ask: async (terminal, typed) => {
    const { io, json, zone, signal } = terminal;
    let told = Date.now();
    const progress = (sentence: string): void => {
      if (Date.now() - told < progressEveryMs) return;
      told = Date.now();
      io.stderr.write(`${sentence}\n`);
    };
    let answer: Awaited<ReturnType<TableQuestion['ask']>>;
    try {
      answer = await question.ask(terminal, spokenNames(typed), { asker, zone, signal, progress });
    } catch (error) {
      if (!(error instanceof AwsTrouble) || (error.kind !== 'absent' && error.kind !== 'stopped')) throw error;
      // That there is nothing is an answer: whole, or not.
      cannotAsk(terminal, error.message);
      return error.kind === 'absent' ? exitCodes.nothing : exitCodes.notWhole;
    }
    if ('wrong' in answer) return cannotAsk(terminal, answer.wrong.sentence);
    const { title, line, facts, columns, rows, coverage, gaps, whole } = answer;
    const shown = json ? rows : rows.slice(0, mostRows);
    await onRecord(terminal, 'answer', `ask ${question.name}`, {
      question: line,
      rows: rows.length,
      shown: shown.length,
      coverage,
      whole,
    });
    if (json) {
      for (const row of shown)
        io.stdout.write(
          `${JSON.stringify({ type: question.name, ...Object.fromEntries(columns.map((name, at) => [name, row[at] ?? ''])) })}\n`,
        );
      io.stdout.write(`${JSON.stringify({ type: 'answer', question: line, facts, coverage, gaps, whole })}\n`);
    } else {
      if (rows.length > 0) io.stdout.write(`${table(columns, shown, widthOf(terminal), columns.filter(isTime))}\n`);
      const more = rows.length > shown.length ? [`The first ${shown.length} of ${rows.length} rows: use --json.`] : [];
      for (const said of [title, ...facts, ...more, `${whole ? '' : 'Not whole: '}${coverage}`, gaps])
        if (said !== '') io.stdout.write(`${oneLine(said, 500)}\n`);
    }
    if (!whole) return exitCodes.notWhole;
    return rows.length === 0 ? exitCodes.nothing : exitCodes.found;
  },
});
