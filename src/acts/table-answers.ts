import type { Parts } from '../parts.ts';
import { keptTable, type TableAnswer } from '../questions/table-answer.ts';
import { csvLines, csvStart } from '../reports/csv.ts';
import type { Person } from '../slack/access.ts';
import { sendFilesTo } from '../slack/upload.ts';
import { tableMessage } from '../slack/views/table-answer.ts';
import { recordOf } from '../store/audit-log.ts';
import { questionById } from '../store/questions.ts';
import { Refused } from './act.ts';
import { mustHave } from './rights.ts';
import { shareAnswerIn } from './share-answer.ts';

/** What people do with an answer that is a table, by its number. */

interface Kept {
  answer: TableAnswer;
  /** Where it was asked. */
  channel: string;
}

/** An answer that is kept, for whoever may ask such things. @throws Refused */
async function keptAnswer(parts: Parts, person: Person, id: number): Promise<Kept> {
  await mustHave(parts, 'investigate', person, `question ${id}`);
  const question = await questionById(parts.database.db, id);
  if (question === undefined) throw new Refused('This answer is not kept any more: ask again.');
  const answer = keptTable(question);
  if (answer === undefined) throw new Refused('This answer was kept by another version of Trailwatch: ask again.');
  return { answer, channel: question.channel };
}

/** Shows an answer to everybody in a channel, under the person's name. @throws Refused when Slack does not take it */
export async function shareTable(parts: Parts, person: Person, id: number, where: string | undefined): Promise<void> {
  const { answer, channel: asked } = await keptAnswer(parts, person, id);
  if (!answer.shareable) throw new Refused('This answer is for you alone.');
  const channel = where ?? asked;
  const message = tableMessage(id, answer, { by: person.user });
  await shareAnswerIn(parts, person, { id, channel, message, line: answer.line, shown: answer.rows.length });
}

/** Sends all rows of an answer to the person directly, as CSV and JSON. Returns how many. @throws Refused */
export async function sendTableFiles(parts: Parts, person: Person, id: number): Promise<number> {
  const { answer } = await keptAnswer(parts, person, id);
  const { line, columns, rows, coverage, gaps, whole, title } = answer;
  const named = rows.map((row) => Object.fromEntries(columns.map((column, at) => [column, row[at] ?? ''])));
  const file = (ending: string, content: string) => ({
    name: `${line.split(' ')[0]}-${id}.${ending}`,
    title: `${title} (${ending})`,
    content,
  });
  await sendFilesTo(
    parts.slack,
    person.user,
    [
      file('csv', csvStart(columns) + csvLines(rows)),
      file('json', `${JSON.stringify({ question: line, coverage, gaps, whole, rows: named }, null, 2)}\n`),
    ],
    tableMessage(id, { ...answer, rows: [] }).text,
  );
  await parts.database.transaction((trx) =>
    recordOf(person, parts.now())(trx, 'files', `question ${id}`, { question: line, rows: rows.length }),
  );
  return rows.length;
}
