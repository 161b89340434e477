import { setTimeout as sleep } from 'node:timers/promises';
import { Refused } from '../acts/act.ts';
import { longestCaseName } from '../acts/cases.ts';
import { shareFramework } from '../acts/framework.ts';
import { acceptCost, cancelQuestion, keptQuestion, sendFiles, shareAnswer } from '../acts/questions.ts';
import { mustHave } from '../acts/rights.ts';
import { sendTableFiles, shareTable } from '../acts/table-answers.ts';
import { respondTo, respondWith } from '../commands/audit.ts';
import { askLookup, lookupCommand, readFor, resume } from '../commands/lookup.ts';
import type { Parts } from '../parts.ts';
import { answerOf, keptLookup, lineOf } from '../questions/answer.ts';
import { toldIn } from '../questions/told.ts';
import type { Person } from '../slack/access.ts';
import { userMention } from '../slack/escape.ts';
import { isResponseUrl } from '../slack/respond.ts';
import type { Message } from '../slack/types.ts';
import { lookupMessage, pivotsOf } from '../slack/views/lookup.ts';
import { caseModal } from '../slack/views/modals/case.ts';
import { fromCopy, type SubmittedView } from '../slack/views/modals/form.ts';
import { readLookupForm, returnOf } from '../slack/views/modals/lookup.ts';
import { readQuestionBlockId } from '../slack/views/question-ids.ts';
import { openCases } from '../store/cases.ts';
import { questionById, type StoredQuestion } from '../store/questions.ts';
import type { Press } from './press.ts';

/** A process that searches gives a sign of life every second; after this it is gone. */
const goneMs = 30_000;
/** When a followed answer is shown again, in milliseconds after the press: a response URL serves five times. */
const followAtMs = [3000, 10_000, 40_000];

/** The number of the question in whose answer a press is. */
function numberOf({ blockId }: Press): number {
  const number = readQuestionBlockId(blockId);
  if (number === undefined) throw new Refused('This button is out of date: ask again.');
  return number;
}

const questionOf = (parts: Parts, press: Press): Promise<StoredQuestion> =>
  keptQuestion(parts, press.person, numberOf(press));

/** Asks a line as if the person had typed it here. */
async function askLine(parts: Parts, press: Press, text: string): Promise<undefined> {
  const { person, channel = '', triggerId, responseUrl } = press;
  await respondTo(parts, { person, channel, text, triggerId, responseUrl });
}

/** A button whose value is the line to ask. */
export const ask = (parts: Parts, press: Press): Promise<undefined> => askLine(parts, press, press.value);

/** The same question, up to now. */
export async function askAgain(parts: Parts, press: Press): Promise<undefined> {
  const { question } = keptLookup(await questionOf(parts, press));
  return askLine(parts, press, lineOf({ ...question, span: { ...question.span, to: null } }));
}

/** A question that follows from the answer. */
export async function pivot(parts: Parts, press: Press): Promise<undefined> {
  const { next, more } = pivotsOf(answerOf(await questionOf(parts, press)));
  const chosen = [...next, ...more][Number(press.value)];
  if (chosen === undefined) throw new Refused('This answer has changed meanwhile: ask again.');
  return askLine(parts, press, chosen.line);
}

/** Searches although it costs something. */
export async function begin(parts: Parts, press: Press): Promise<undefined> {
  const question = await acceptCost(parts, press.person, numberOf(press));
  await press.remove();
  await resume(parts, press, question);
}

export async function cancel(parts: Parts, press: Press): Promise<undefined> {
  await cancelQuestion(parts, press.person, numberOf(press));
  await press.remove();
}

const sharedBy = ({ person }: Press): string =>
  `Shared: everybody in this channel sees it now, under the name of ${userMention(person.user)}.`;

export async function share(parts: Parts, press: Press): Promise<string> {
  await shareAnswer(parts, press.person, numberOf(press), press.channel);
  return sharedBy(press);
}

export async function files(parts: Parts, press: Press): Promise<string> {
  const sent = await sendFiles(parts, press.person, numberOf(press));
  return `${sent.toLocaleString('en')} ${sent === 1 ? 'event is' : 'events are'} in your direct messages with Trailwatch, as CSV and JSON.`;
}

export async function tableShare(parts: Parts, press: Press): Promise<string> {
  await shareTable(parts, press.person, numberOf(press), press.channel);
  return sharedBy(press);
}

export async function frameworkShare(parts: Parts, press: Press): Promise<string> {
  await shareFramework(parts, press.person, numberOf(press), press.channel);
  return sharedBy(press);
}

export async function tableFiles(parts: Parts, press: Press): Promise<string> {
  const sent = await sendTableFiles(parts, press.person, numberOf(press));
  return `${sent.toLocaleString('en')} ${sent === 1 ? 'row is' : 'rows are'} in your direct messages with Trailwatch, as CSV and JSON.`;
}

/** Asks into which case the answer goes. */
export async function openAddToCase(parts: Parts, press: Press): Promise<undefined> {
  const id = numberOf(press);
  await mustHave(parts, 'investigate', press.person, `question ${id}`);
  const question = await questionById(parts.database.db, id);
  const told = question === undefined ? undefined : toldIn(question);
  if (told === undefined) throw new Refused('This answer is not kept any more: ask again.');
  const view = caseModal({ id, line: told.line }, await openCases(parts.database.db, 100), longestCaseName);
  await press.open(fromCopy(view, press.responseUrl));
}

/** Keeps the message with the button up to date for a while, and removes it once the answer stands beside it. */
export async function follow(parts: Parts, press: Press): Promise<undefined> {
  const { id } = await questionOf(parts, press);
  let waited = 0;
  for (const at of [0, ...followAtMs]) {
    await sleep(at - waited);
    waited = at;
    const now = await questionById(parts.database.db, id);
    if (now === undefined || now.state !== 'searching') {
      await press.remove();
      return;
    }
    const gone = parts.now().getTime() - now.seen_at.getTime() > goneMs;
    await press.replace(gone ? lost(now) : lookupMessage(id, answerOf(now)));
    if (gone) return;
  }
}

const lost = (question: StoredQuestion): Message =>
  lookupMessage(question.id, {
    ...answerOf(question),
    state: 'failed',
    whole: false,
    problem: 'The process that searched was ended before it was through: search again.',
  });

/** The form of /audit lookup: the answer goes where the form was asked for. */
export async function lookUp(
  parts: Parts,
  person: Person,
  view: SubmittedView,
): Promise<Record<string, string> | (() => Promise<void>)> {
  const filled = readLookupForm(view);
  if (!filled.ok) return filled.errors;
  const reading = await readFor(parts, filled.form, person);
  if ('wrong' in reading) return { [reading.wrong.field]: reading.wrong.sentence };
  const back = returnOf(view);
  if (back === undefined || !isResponseUrl(back.responseUrl, parts.slack.slackApiUrl))
    throw new Refused('This form is out of date: type /audit lookup again.');
  const line = { person, ...back, text: lineOf(reading.question), triggerId: null };
  return () => respondWith(parts, line, lookupCommand, () => askLookup(parts, line, reading));
}
