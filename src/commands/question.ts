import { AwsTrouble } from '../aws/aws.ts';
import { gapsSentence } from '../aws/coverage.ts';
import { Tally } from '../cloudtrail/tally.ts';
import type { Parts } from '../parts.ts';
import { type KeptLookup, lineOf, shownLookup } from '../questions/answer.ts';
import type { Question } from '../questions/lookup-query.ts';
import { said } from '../questions/moments.ts';
import { coverageWords, search } from '../questions/search.ts';
import type { Search } from '../questions/search-history.ts';
import type { Person } from '../slack/access.ts';
import { directChannel } from '../slack/people.ts';
import { postOnce } from '../slack/post-once.ts';
import type { Message } from '../slack/types.ts';
import { rowsIn } from '../slack/views/data-table.ts';
import { lookupMessage } from '../slack/views/lookup.ts';
import { recordOf } from '../store/audit-log.ts';
import { keepEvents, openQuestion, reportQuestion } from '../store/questions.ts';

/** Who asks, where, and how the answer is shown to this person alone. */
export interface AskedBy {
  person: Person;
  channel: string;
  show: (message: Message) => Promise<void>;
}

/** Before this, the answer itself is the first that is seen. */
const firstRowsMs = 1500;
const pulseMs = 1000;
/** Lines that are kept in one part: some hundred KB before they are packed. */
const linesPerPart = 250;

/** Keeps a question; returns its number. */
export const keepQuestion = (parts: Parts, { person, channel }: AskedBy, lookup: KeptLookup): Promise<number> =>
  parts.database.transaction((trx) =>
    openQuestion(trx, {
      team: person.team,
      asked_by: person.user,
      channel,
      at: parts.now(),
      state: lookup.state,
      answer: lookup,
    }),
  );

/** A question that is being searched: what is known of it so far, and how it is stopped. */
interface Running {
  id: number;
  lookup: KeptLookup;
  stop: AbortController;
}

/**
 * Searches, and shows first what is found in the first moments and then the answer. What is found goes to the store as it
 * comes, so memory does not grow with it. Anybody who cancels, on whichever replica, stops it within a second.
 */
export async function runQuestion(parts: Parts, asking: AskedBy, id: number, begun: KeptLookup): Promise<void> {
  const running: Running = { id, lookup: begun, stop: new AbortController() };
  const { signal } = running.stop;
  const progress = showProgress(parts, asking, running);
  try {
    await searchAndKeep(parts, asking, running);
    running.lookup = { ...running.lookup, state: signal.aborted ? 'cancelled' : 'done' };
  } catch (error) {
    if (!(error instanceof AwsTrouble) && !signal.aborted)
      parts.log.error({ err: error, question: id }, 'A question could not be answered.');
    const how = signal.aborted
      ? { state: 'cancelled' as const }
      : { state: 'failed' as const, problem: problemOf(error) };
    running.lookup = { ...running.lookup, ...how, whole: false };
  } finally {
    progress.end();
  }
  await conclude(parts, asking, running, progress.wasShown());
}

/** Gives a sign of life each second, which says whether somebody cancelled, and shows the first rows where it takes long. */
function showProgress(parts: Parts, asking: AskedBy, running: Running): { end: () => void; wasShown: () => boolean } {
  const { id, stop } = running;
  const { db } = parts.database;
  let shown = false;
  const report = async (): Promise<void> => {
    const { lookup } = running;
    const cancelledBy = await reportQuestion(db, id, { state: lookup.state, answer: lookup, now: parts.now() });
    if (cancelledBy !== null) stop.abort();
  };
  const pulse = setInterval(() => {
    report().catch((error: unknown) =>
      parts.log.warn({ err: error, question: id }, 'The progress of a question was not kept.'),
    );
  }, pulseMs);
  const early = setTimeout(() => {
    shown = true;
    asking
      .show(lookupMessage(id, shownLookup(running.lookup)))
      .catch((error: unknown) => parts.log.warn({ err: error }, 'The progress of a question was not shown.'));
  }, firstRowsMs);
  return {
    end: () => {
      clearInterval(pulse);
      clearTimeout(early);
    },
    wasShown: () => shown,
  };
}

/** Counts what is found and keeps its events, those too that were found before it failed. */
async function searchAndKeep(parts: Parts, { person }: AskedBy, running: Running): Promise<void> {
  const { question } = running.lookup;
  const tally = new Tally();
  let part = 0;
  let lines: string[] = [];
  const keep = async (): Promise<void> => {
    if (lines.length === 0) return;
    await keepEvents(parts.database.db, running.id, part++, lines);
    lines = [];
  };
  try {
    for await (const found of search(parts, question, { name: person.user }, running.stop.signal)) {
      tally.add(found.rows);
      lines.push(...found.lines);
      if (lines.length >= linesPerPart) await keep();
      running.lookup = { ...running.lookup, ...knownOf(found, tally, question, running.lookup.zone) };
    }
  } finally {
    await keep();
  }
}

const knownOf = (found: Search, tally: Tally, question: Question, zone: string) => ({
  summary: tally.summary(),
  rows: tally.newest,
  coverage: coverageWords(found, question, (at) => said(at, { zone })),
  whole: found.whole,
  gaps: found.coverage === null ? found.gaps : gapsSentence(found.coverage),
  filters: found.filters,
  source: found.source,
  read: found.read,
  notes: [...found.notes],
  tree: [...found.tree],
});

/** Keeps the answer, puts it on the record, and shows it. */
async function conclude(parts: Parts, asking: AskedBy, { id, lookup }: Running, late: boolean): Promise<void> {
  const message = lookupMessage(id, shownLookup(lookup));
  const now = parts.now();
  await parts.database.transaction(async (trx) => {
    await reportQuestion(trx, id, { state: lookup.state, answer: lookup, now });
    await recordOf(asking.person, now)(trx, 'answer', `question ${id}`, {
      question: lineOf(lookup.question),
      state: lookup.state,
      events: lookup.summary.events,
      shown: rowsIn(message.blocks),
      coverage: lookup.coverage,
      whole: lookup.whole,
      source: lookup.source,
      ...(lookup.problem === null ? {} : { problem: lookup.problem }),
    });
  });
  await showOrSend(parts, asking, `question-${id}`, message, late);
}

/** One sentence for people; what is no trouble of AWS is ours. */
const problemOf = (error: unknown): string =>
  error instanceof AwsTrouble
    ? error.message
    : 'Trailwatch could not go on with this just now. Try again in a minute; /audit status says what is wrong.';

/** Slack takes an answer for half an hour after the question: a later one goes to the person directly. */
export async function showOrSend(
  parts: Parts,
  asking: AskedBy,
  key: string,
  message: Message,
  late: boolean,
): Promise<void> {
  try {
    await asking.show(message);
  } catch (error) {
    if (!late) throw error;
    const channel = await directChannel(parts.slack, asking.person.user);
    const sent = await postOnce(parts, { channel, key }, message, null);
    if (sent.outcome !== 'done') throw error;
  }
}
