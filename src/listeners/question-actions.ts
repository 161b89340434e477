import { setTimeout as sleep } from 'node:timers/promises';
import type { App, ViewSubmitAction } from '@slack/bolt';
import { respondTo } from '../commands/audit.ts';
import { readerFor, resume } from '../commands/lookup.ts';
import { lookupFlags, lookupValueWords, readLookup } from '../commands/lookup-query.ts';
import { answerOf, sendFiles } from '../commands/question.ts';
import { readTyped } from '../commands/words.ts';
import type { Parts } from '../parts.ts';
import { userMention } from '../slack/escape.ts';
import { post } from '../slack/posting.ts';
import { removeAt, respondAt } from '../slack/respond.ts';
import type { Message } from '../slack/types.ts';
import { lookupMessage, pivotsOf } from '../slack/views/lookup.ts';
import { readLookupForm, returnOf } from '../slack/views/modals/lookup.ts';
import { errorModal } from '../slack/views/modals/plain.ts';
import { linesBlockId, lookupCallbackId, questionIds, readQuestionBlockId } from '../slack/views/question-ids.ts';
import { beginQuestion, cancelQuestion, questionById, type StoredQuestion } from '../store/questions.ts';
import { lacksRight, record } from './act.ts';
import type { Press } from './actions.ts';

/** A process that searches gives a sign of life every second; after this it is gone. */
const goneMs = 30_000;
/** When a followed answer is shown again, in milliseconds after the press: a response URL serves five times. */
const followAtMs = [3000, 10_000, 40_000];

/** A press in an answer to a question about AWS; false when it is none. */
export async function questionPressed(parts: Parts, press: Press, id: string): Promise<boolean> {
  if (press.blockId.startsWith(linesBlockId)) {
    await askOn(parts, press, press.value);
    return true;
  }
  const number = readQuestionBlockId(press.blockId);
  if (number === undefined) return false;
  const lacking = await lacksRight(parts, 'investigate', press.person, `question ${number}`);
  if (lacking !== undefined) {
    await press.tell(lacking);
    return true;
  }
  const question = await questionById(parts.database.db, number);
  if (question === undefined) {
    await press.tell('This answer is more than a day old and not kept any more: ask again.');
    return true;
  }
  await carryOut(parts, press, id, question);
  return true;
}

async function carryOut(parts: Parts, press: Press, id: string, question: StoredQuestion): Promise<void> {
  const answer = answerOf(question);
  switch (id.replace(/:\d+$/, '')) {
    case questionIds.go:
      return begin(parts, press, question);
    case questionIds.cancel:
      return cancel(parts, press, question);
    case questionIds.update:
      return follow(parts, press, question);
    case questionIds.share:
      return press.tell(await share(parts, press, question));
    case questionIds.files:
      return press.tell(await sendFiles(parts, press.person, question));
    case questionIds.again:
      return askOn(parts, press, answer.line.replace(/ --until \S+/, ''));
    case questionIds.pivot:
    case questionIds.pivotMore: {
      const { next, more } = pivotsOf(answer);
      const pivot = [...next, ...more][Number(press.value)];
      return pivot === undefined
        ? press.tell('This answer has changed meanwhile: ask again.')
        : askOn(parts, press, pivot.line);
    }
    default:
      return press.tell('This button is of an older version of Trailwatch: ask again.');
  }
}

/** Asks a line as if the person had typed it here. */
const askOn = (parts: Parts, press: Press, text: string): Promise<void> =>
  respondTo(parts, {
    person: press.person,
    channel: press.channel ?? '',
    text,
    triggerId: press.triggerId,
    responseUrl: press.responseUrl,
  });

/** Searches although it costs something: the one who asked first, once. */
async function begin(parts: Parts, press: Press, question: StoredQuestion): Promise<void> {
  const begun = await parts.database.transaction(async (trx) => {
    const first = await beginQuestion(trx, question.id, parts.now());
    if (first)
      await record(trx, parts, press.person, 'accept-cost', `question ${question.id}`, {
        question: answerOf(question).line,
        cost: answerOf(question).problem,
      });
    return first;
  });
  if (!begun) return press.tell('This question was begun or left already.');
  await removeAt(press.responseUrl);
  await resume(parts, press, question);
}

/** Whoever searches, on whichever replica, sees it within a second and says what was found until then. */
async function cancel(parts: Parts, press: Press, question: StoredQuestion): Promise<void> {
  const cancelled = await parts.database.transaction(async (trx) => {
    const first = await cancelQuestion(trx, question.id, press.person.user);
    if (first)
      await record(trx, parts, press.person, 'cancel', `question ${question.id}`, {
        question: answerOf(question).line,
      });
    return first;
  });
  if (!cancelled) return press.tell('This question is over already.');
  await removeAt(press.responseUrl);
}

/** Keeps the message with the button up to date for a while, and removes it once the answer stands beside it. */
async function follow(parts: Parts, press: Press, question: StoredQuestion): Promise<void> {
  let now: StoredQuestion | undefined = question;
  let waited = 0;
  for (const at of [0, ...followAtMs]) {
    await sleep(at - waited);
    waited = at;
    now = await questionById(parts.database.db, question.id);
    if (now === undefined || now.state !== 'searching') return removeAt(press.responseUrl);
    if (parts.now().getTime() - now.seen_at.getTime() > goneMs)
      return respondAt(press.responseUrl, lost(now), 'replace');
    await respondAt(press.responseUrl, lookupMessage(now.id, answerOf(now)), 'replace');
  }
}

const lost = (question: StoredQuestion): Message =>
  lookupMessage(question.id, {
    ...answerOf(question),
    state: 'failed',
    whole: false,
    problem: 'The process that searched was ended before it was through: search again.',
  });

/** Shows the answer to everybody in the channel. One sentence says what came of it. */
async function share(parts: Parts, press: Press, question: StoredQuestion): Promise<string> {
  const channel = press.channel ?? question.channel;
  const answer = answerOf(question);
  const message = lookupMessage(question.id, answer, { by: press.person.user });
  const sent = await post(parts.slack, { channel, key: `question-${question.id}-${parts.now().getTime()}` }, message);
  if (sent.outcome !== 'done') return `Slack did not take it (${sent.error}): is Trailwatch invited to this channel?`;
  await parts.database.transaction((trx) =>
    record(trx, parts, press.person, 'share', `question ${question.id}`, {
      question: answer.line,
      channel,
      shown: answer.rows.length,
    }),
  );
  return `Shared: everybody in this channel sees it now, under the name of ${userMention(press.person.user)}.`;
}

/** The form of /audit lookup: what is wrong is told at its field, the answer goes where the form was asked for. */
export function registerLookupForm(app: App, parts: Parts): void {
  app.view<ViewSubmitAction>(lookupCallbackId, async ({ ack, body, view }) => {
    const filled = readLookupForm(view);
    if (!filled.ok) return ack({ response_action: 'errors', errors: filled.errors });
    const person = { user: body.user.id, team: body.user.team_id ?? body.team?.id ?? '' };
    const { line } = filled.form;
    try {
      const reader = await readerFor(parts, person.user);
      const reading = 'wrong' in reader ? reader : readLookup(typedAfterName(line), reader);
      if ('wrong' in reading)
        return ack({ response_action: 'errors', errors: { [fieldOf(reading.wrong)]: reading.wrong } });
    } catch (error) {
      parts.log.error({ err: error }, 'A form could not be carried out.');
      return ack({
        response_action: 'update',
        view: errorModal('Not asked', 'Trailwatch could not do this just now: try again in a minute.'),
      });
    }
    await ack();
    await respondTo(parts, { person, ...returnOf(view), text: line, triggerId: null });
  });
}

const typedAfterName = (line: string) => readTyped(line.replace(/^lookup /, ''), lookupFlags, lookupValueWords);

/** The field that a sentence is about. */
const fieldOf = (wrong: string): string =>
  /--(since|until|account|region)/.exec(wrong)?.[1] ?? (/ is no region/.test(wrong) ? 'region' : 'value');
