import { AwsTrouble } from '../aws/aws.ts';
import type { Parts } from '../parts.ts';
import { spokenNames } from '../questions/spoken.ts';
import type { TableAnswer, TableQuestion } from '../questions/table-answer.ts';
import { md } from '../slack/escape.ts';
import { zoneOf } from '../slack/people.ts';
import { respondAt } from '../slack/respond.ts';
import type { Message } from '../slack/types.ts';
import { rowsIn } from '../slack/views/data-table.ts';
import { tableMessage, tableProgress } from '../slack/views/table-answer.ts';
import { recordOf } from '../store/audit-log.ts';
import { openQuestion } from '../store/questions.ts';
import type { CommandCall, SlashCommand } from './command.ts';

/** Before this, the answer itself is the first that is seen. */
const progressAfterMs = 2000;
const atMostMs = 10 * 60_000;

/** A question whose answer is a table, as a command of /audit: progress where it takes long, then the answer, on the record. */
export const tableCommand = (question: TableQuestion, topic: SlashCommand['topic']): SlashCommand => ({
  name: question.name,
  usage: question.usage,
  sentence: question.sentence,
  topic,
  right: 'investigate',
  ...(question.grammar === undefined ? {} : { grammar: question.grammar }),
  mostWords: null,
  run: async (parts, call) => {
    try {
      return await answered(parts, question, call);
    } catch (error) {
      if (!(error instanceof AwsTrouble)) throw error;
      return md`${error.message}`.toString();
    }
  },
});

async function answered(parts: Parts, question: TableQuestion, call: CommandCall): Promise<Message | string> {
  const { person, channel, typed } = call;
  const zone = await zoneOf(parts.slack, person.user);
  let far = 'It has just begun.';
  const late = setTimeout(() => {
    respondAt(call.responseUrl, tableProgress(call.text, far)).catch((error: unknown) =>
      parts.log.warn({ err: error }, 'The progress of a question was not shown.'),
    );
  }, progressAfterMs);
  try {
    const asked = await question.ask(parts, spokenNames(typed), {
      asker: { name: person.user },
      zone,
      signal: AbortSignal.timeout(atMostMs),
      progress: (sentence) => {
        far = sentence;
      },
    });
    if ('wrong' in asked) return md`${asked.wrong.sentence}`.toString();
    const answer: TableAnswer = { version: 1, kind: 'table', ...asked };
    const { line, rows, coverage, whole } = answer;
    const at = parts.now();
    return await parts.database.transaction(async (trx) => {
      const { user: asked_by, team } = person;
      const id = await openQuestion(trx, { team, asked_by, channel, at, state: 'done', answer });
      const message = tableMessage(id, answer);
      await recordOf(person, at)(trx, 'answer', `question ${id}`, {
        question: line,
        rows: rows.length,
        shown: rowsIn(message.blocks),
        coverage,
        whole,
      });
      return message;
    });
  } finally {
    clearTimeout(late);
  }
}
