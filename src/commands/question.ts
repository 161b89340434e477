import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod';
import { Tally } from '../alerts/sources/cloudtrail/tally.ts';
import { AwsTrouble } from '../aws/aws.ts';
import { gapsSentence } from '../aws/coverage.ts';
import { record } from '../listeners/act.ts';
import type { Parts } from '../parts.ts';
import type { Person } from '../slack/access.ts';
import { directChannel } from '../slack/people.ts';
import { post } from '../slack/posting.ts';
import type { Message } from '../slack/types.ts';
import { uploadFiles } from '../slack/upload.ts';
import { rowsIn } from '../slack/views/data-table.ts';
import { type LookupAnswer, lookupMessage } from '../slack/views/lookup.ts';
import { keepEvents, keptEvents, openQuestion, reportQuestion, type StoredQuestion } from '../store/questions.ts';
import { eventsCsv, eventsJson } from './event-files.ts';
import type { Question } from './lookup-query.ts';
import { said } from './moments.ts';
import { coverageWords, type Search, search } from './search.ts';

/** Who asks, where, and how the answer is shown to this person alone. */
export interface Asking {
  person: Person;
  channel: string;
  zone: string;
  show: (message: Message) => Promise<void>;
}

/** Before this, the answer itself is the first that is seen. */
const firstRowsMs = 1500;
const pulseMs = 1000;
/** Lines that are kept in one part: some hundred KB before they are packed. */
const linesPerPart = 250;

/** A question in the store, not begun yet. */
export const newAnswer = (question: Question, line: string, asked: string, zone: string): LookupAnswer => ({
  asked,
  line,
  from: question.span.from.toISOString(),
  to: question.span.to.toISOString(),
  zone,
  state: 'searching',
  problem: null,
  summary: new Tally().summary(),
  rows: [],
  coverage: 'nothing searched yet',
  whole: false,
  gaps: '',
  filters: '',
  source: '',
  read: 0,
});

/** Keeps a question; answers its number. */
export const keepQuestion = (parts: Parts, { person, channel }: Asking, answer: LookupAnswer): Promise<number> =>
  parts.database.transaction((trx) =>
    openQuestion(trx, {
      team: person.team,
      asked_by: person.user,
      channel,
      at: parts.now(),
      state: answer.state,
      answer,
    }),
  );

/**
 * Searches, and shows first what is found in the first moments and then the answer. What is found goes to the store as it
 * comes, so memory does not grow with it. Anybody who cancels, on whichever replica, stops it within a second.
 */
export async function runQuestion(
  parts: Parts,
  asking: Asking,
  id: number,
  question: Question,
  begun: LookupAnswer,
): Promise<void> {
  const { db } = parts.database;
  const tally = new Tally();
  const stop = new AbortController();
  let answer = begun;
  let cancelled = false;
  const report = async (): Promise<void> => {
    cancelled ||= (await reportQuestion(db, id, { state: answer.state, answer, now: parts.now() })) !== null;
    if (cancelled) stop.abort();
  };
  let shownFirst = false;
  const pulse = setInterval(() => {
    report().catch((error: unknown) =>
      parts.log.warn({ err: error, question: id }, 'The progress of a question was not kept.'),
    );
  }, pulseMs);
  const early = setTimeout(() => {
    shownFirst = true;
    asking
      .show(lookupMessage(id, answer))
      .catch((error: unknown) => parts.log.warn({ err: error }, 'The progress of a question was not shown.'));
  }, firstRowsMs);

  let part = 0;
  let lines: string[] = [];
  const keep = async (): Promise<void> => {
    if (lines.length === 0) return;
    await keepEvents(db, id, part++, lines);
    lines = [];
  };
  try {
    for await (const found of search(parts, question, { name: asking.person.user }, stop.signal)) {
      tally.add(found.rows);
      lines.push(...found.lines);
      if (lines.length >= linesPerPart) await keep();
      answer = { ...answer, ...stateOf(found, tally, question, answer.zone) };
    }
    await keep();
    answer = { ...answer, state: cancelled ? 'cancelled' : 'done' };
  } catch (error) {
    await keep();
    if (!(error instanceof AwsTrouble) && !stop.signal.aborted)
      parts.log.error({ err: error, question: id }, 'A question could not be answered.');
    answer =
      cancelled || stop.signal.aborted
        ? { ...answer, state: 'cancelled', whole: false }
        : { ...answer, state: 'failed', whole: false, problem: problemOf(error) };
  } finally {
    clearInterval(pulse);
    clearTimeout(early);
  }
  const message = lookupMessage(id, answer);
  await parts.database.transaction(async (trx) => {
    await reportQuestion(trx, id, { state: answer.state, answer, now: parts.now() });
    await record(trx, parts, asking.person, 'answer', `question ${id}`, {
      question: answer.line,
      state: answer.state,
      events: answer.summary.events,
      shown: rowsIn(message.blocks),
      coverage: answer.coverage,
      whole: answer.whole,
      source: answer.source,
      ...(answer.problem === null ? {} : { problem: answer.problem }),
    });
  });
  await showOrSend(parts, asking, id, message, shownFirst);
}

const stateOf = (found: Search, tally: Tally, question: Question, zone: string) => ({
  summary: tally.summary(),
  rows: tally.newest,
  coverage: coverageWords(found, question, (at) => said(at, { zone })),
  whole: found.whole,
  gaps: found.coverage === null ? found.gaps : gapsSentence(found.coverage),
  filters: found.filters,
  source: found.source,
  read: found.read,
});

/** One sentence for people; what is no trouble of AWS is ours. */
export const problemOf = (error: unknown): string =>
  error instanceof AwsTrouble
    ? error.message
    : 'Trailwatch could not go on with this just now. Try again in a minute; /audit status says what is wrong.';

/** Slack takes an answer for half an hour after the question: a later one goes to the person directly. */
async function showOrSend(parts: Parts, asking: Asking, id: number, message: Message, late: boolean): Promise<void> {
  try {
    await asking.show(message);
  } catch (error) {
    if (!late) throw error;
    const channel = await directChannel(parts.slack, asking.person.user);
    const sent = await post(parts.slack, { channel, key: `question-${id}` }, message);
    if (sent.outcome !== 'done') throw error;
  }
}

const StoredAnswer = z.custom<LookupAnswer>(
  (value) => typeof value === 'object' && value !== null && 'summary' in value,
);

/** The answer as the store holds it: it was written by us. */
export const answerOf = ({ answer }: Pick<StoredQuestion, 'answer'>): LookupAnswer => StoredAnswer.parse(answer);

/** Sends all events of a question to a person directly, as CSV and JSON. One sentence says what came of it. */
export async function sendFiles(parts: Parts, person: Person, question: StoredQuestion): Promise<string> {
  const answer = answerOf(question);
  const events = () => keptEvents(parts.database.db, question.id);
  const directory = await mkdtemp(join(tmpdir(), 'trailwatch-'));
  try {
    const name = `cloudtrail-${question.id}`;
    const write = async (file: string, content: AsyncIterable<string>): Promise<string> => {
      const path = join(directory, file);
      await pipeline(Readable.from(content), createWriteStream(path, { mode: 0o600 }));
      return path;
    };
    const csv = await write(`${name}.csv`, eventsCsv(events()));
    const json = await write(`${name}.json`, eventsJson(events()));
    const channel = await directChannel(parts.slack, person.user);
    await uploadFiles(
      parts.slack,
      { channel },
      [
        { path: csv, name: `${name}.csv`, title: `${answer.asked}, as a table` },
        { path: json, name: `${name}.json`, title: `${answer.asked}, the whole records` },
      ],
      lookupMessage(question.id, { ...answer, rows: [] }).text,
    );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  await parts.database.transaction((trx) =>
    record(trx, parts, person, 'files', `question ${question.id}`, {
      question: answer.line,
      events: answer.summary.events,
    }),
  );
  return `${answer.summary.events.toLocaleString('en')} ${answer.summary.events === 1 ? 'event is' : 'events are'} in your direct messages with Trailwatch, as CSV and JSON.`;
}
