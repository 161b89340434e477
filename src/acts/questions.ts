import type { Parts } from '../parts.ts';
import { answerOf, isReadable } from '../questions/answer.ts';
import { eventsCsv, eventsJson } from '../questions/event-files.ts';
import type { Person } from '../slack/access.ts';
import { sendFilesTo } from '../slack/upload.ts';
import { lookupMessage } from '../slack/views/lookup.ts';
import { recordOf } from '../store/audit-log.ts';
import {
  beginQuestion as begin,
  cancelQuestion as cancel,
  keptEvents,
  questionById,
  type StoredQuestion,
} from '../store/questions.ts';
import { Refused } from './act.ts';
import { mustHave } from './rights.ts';
import { shareAnswerIn } from './share-answer.ts';

/** What people do with a question about AWS that was asked already, by its number. */

/** A question that is kept, for whoever may ask such things. @throws Refused */
export async function keptQuestion(parts: Parts, person: Person, id: number): Promise<StoredQuestion> {
  await mustHave(parts, 'investigate', person, `question ${id}`);
  const question = await questionById(parts.database.db, id);
  if (question === undefined) throw new Refused('This answer is not kept any more: ask again.');
  if (!isReadable(question)) throw new Refused('This answer was kept by another version of Trailwatch: ask again.');
  return question;
}

/** Lets a question be searched although it costs something: only the first who presses. Returns it. @throws Refused */
export async function acceptCost(parts: Parts, person: Person, id: number): Promise<StoredQuestion> {
  const question = await keptQuestion(parts, person, id);
  const { line, problem } = answerOf(question);
  const now = parts.now();
  const first = await parts.database.transaction(async (trx) => {
    const begun = await begin(trx, id, now);
    if (begun) await recordOf(person, now)(trx, 'accept-cost', `question ${id}`, { question: line, cost: problem });
    return begun;
  });
  if (!first) throw new Refused('This question was begun or left already.');
  return question;
}

/** Stops a search. Whoever searches, on whichever replica, sees it within a second and shows what was found until then. @throws Refused */
export async function cancelQuestion(parts: Parts, person: Person, id: number): Promise<void> {
  const { line } = answerOf(await keptQuestion(parts, person, id));
  const now = parts.now();
  const first = await parts.database.transaction(async (trx) => {
    const cancelled = await cancel(trx, id, person.user);
    if (cancelled) await recordOf(person, now)(trx, 'cancel', `question ${id}`, { question: line });
    return cancelled;
  });
  if (!first) throw new Refused('This question is over already.');
}

/** Shows an answer to everybody in a channel, under the person's name. @throws Refused when Slack does not take it */
export async function shareAnswer(parts: Parts, person: Person, id: number, where: string | undefined): Promise<void> {
  const question = await keptQuestion(parts, person, id);
  const answer = answerOf(question);
  const channel = where ?? question.channel;
  const message = lookupMessage(id, answer, { by: person.user });
  await shareAnswerIn(parts, person, { id, channel, message, line: answer.line, shown: answer.rows.length });
}

/** Sends all events of a question to the person directly, as CSV and JSON. Returns how many. @throws Refused */
export async function sendFiles(parts: Parts, person: Person, id: number): Promise<number> {
  const answer = answerOf(await keptQuestion(parts, person, id));
  const events = () => keptEvents(parts.database.db, id);
  const file = (ending: string, what: string, content: AsyncIterable<string>) => ({
    name: `cloudtrail-${id}.${ending}`,
    title: `${answer.asked}, ${what}`,
    content,
  });
  await sendFilesTo(
    parts.slack,
    person.user,
    [file('csv', 'as a table', eventsCsv(events())), file('json', 'the whole records', eventsJson(events()))],
    lookupMessage(id, { ...answer, rows: [] }).text,
  );
  const { events: count } = answer.summary;
  await parts.database.transaction((trx) =>
    recordOf(person, parts.now())(trx, 'files', `question ${id}`, { question: answer.line, events: count }),
  );
  return count;
}
