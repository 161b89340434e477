import { clip } from '../alerts/text.ts';
import { AwsTrouble } from '../aws/aws.ts';
import type { Parts } from '../parts.ts';
import type { Person } from '../slack/access.ts';
import { md } from '../slack/escape.ts';
import { zoneOf } from '../slack/people.ts';
import { respondAt } from '../slack/respond.ts';
import type { Message } from '../slack/types.ts';
import { type LookupAnswer, lookupMessage } from '../slack/views/lookup.ts';
import { lookupModal } from '../slack/views/modals/lookup.ts';
import type { StoredQuestion } from '../store/questions.ts';
import type { Call, Command } from './audit.ts';
import {
  lookupFlags,
  lookupValueWords,
  type Question,
  type Reader,
  type Reading,
  readLookup,
  stockQuestions,
  subjectKinds,
} from './lookup-query.ts';
import { narrowed } from './narrowing.ts';
import { type Asking, answerOf, keepQuestion, newAnswer, problemOf, runQuestion } from './question.ts';
import { costOf, hasHistory } from './search.ts';
import { readTyped } from './words.ts';

const stock = Object.values(stockQuestions).map(({ usage, sentence }) => `${usage}: ${sentence}`);

export const lookupCommand: Command = {
  name: 'lookup',
  usage: `lookup ${subjectKinds.join('|')} X [--since 24h] [--until TIME] [--account NAME] [--region NAME] [--errors] [--writes] [--all]`,
  sentence: `Who did what in AWS, from CloudTrail. In a word: ${stock.join('; ')}.`,
  topic: 'Who did what',
  right: 'investigate',
  flags: lookupFlags,
  valueWords: lookupValueWords,
  run: async (parts, call) => {
    // The form comes before anything slow: its trigger is good for three seconds.
    const first = readLookup(call.typed, { now: parts.now(), zone: 'UTC', partition: 'aws', history: true });
    if ('draft' in first) return openForm(parts, call, first.draft);
    const reader = await readerFor(parts, call.person.user);
    if ('wrong' in reader) return safe(reader.wrong);
    const reading = readLookup(call.typed, reader);
    if ('wrong' in reading) return safe(reading.wrong);
    if ('draft' in reading) return undefined;
    return ask(parts, { ...call, zone: reader.zone }, reading.question);
  },
};

async function openForm(
  parts: Parts,
  { triggerId, channel, responseUrl }: Call,
  draft: Extract<Reading, { draft: object }>['draft'],
): Promise<string | undefined> {
  if (triggerId === null) return 'Say what to look up, for example: /audit lookup user alice --since 24h';
  await parts.slack.views.open({ trigger_id: triggerId, view: lookupModal(draft, { channel, responseUrl }) });
  return undefined;
}

/** Against what a person's question is read; or one sentence when AWS cannot be asked at all. */
export async function readerFor(parts: Parts, user: string): Promise<Reader | { wrong: string }> {
  try {
    const [zone, { partition }] = await Promise.all([zoneOf(parts.slack, user), parts.aws.home()]);
    return { now: parts.now(), zone, partition, history: hasHistory(parts.config) };
  } catch (error) {
    if (!(error instanceof AwsTrouble)) throw error;
    return { wrong: problemOf(error) };
  }
}

/** A sentence that holds what somebody typed, as mrkdwn that shows it and does nothing else. */
const safe = (sentence: string): string => md`${sentence}`.toString();

/** Begins a question, or asks first where it costs more than the configuration lets it cost unasked. */
async function ask(parts: Parts, call: Call & { zone: string }, question: Question): Promise<Message | undefined> {
  const asking: Asking = {
    person: call.person,
    channel: call.channel,
    zone: call.zone,
    show: (message) => respondAt(call.responseUrl, message),
  };
  const answer = newAnswer(question, lineOf(question), askedIn(question), call.zone);
  const cost = costOf(parts, question);
  if (cost !== undefined) {
    const waiting: LookupAnswer = { ...answer, state: 'asking', problem: cost.sentence, source: cost.source };
    return lookupMessage(await keepQuestion(parts, asking, waiting), waiting);
  }
  await runQuestion(parts, asking, await keepQuestion(parts, asking, answer), question, answer);
  return undefined;
}

/** The question in words: "user alice, failures only". */
export function askedIn({ subject, narrowing, accounts, regions }: Question): string {
  const what = subject === null ? 'everything' : `${subject.kind} ${clip(subject.arn ?? subject.value, 90)}`;
  const place = [...accounts, ...regions].join(', ');
  return clip([what, ...narrowed(narrowing).words, ...(place === '' ? [] : [`in ${place}`])].join(', '), 140);
}

/** The question as it would be typed, with its times: asked again it is the same question. */
export function lineOf({ subject, narrowing, span, accounts, regions, all }: Question): string {
  const options = [
    `--since ${span.from.toISOString()} --until ${span.to.toISOString()}`,
    ...(accounts.length === 0 ? [] : [`--account ${accounts.join(',')}`]),
    ...(regions.length === 0 ? [] : [`--region ${regions.join(',')}`]),
    ...(narrowing.only === null ? [] : [`--only ${narrowing.only}`]),
    ...(narrowing.notFrom.length === 0 ? [] : [`--not-from ${narrowing.notFrom.join(',')}`]),
    ...(narrowing.errors ? ['--errors'] : []),
    ...(narrowing.writes ? ['--writes'] : []),
    ...(all ? ['--all'] : []),
  ];
  return [
    'lookup',
    subject === null ? 'everything' : `${subject.kind} "${subject.arn ?? subject.value}"`,
    ...options,
  ].join(' ');
}

/** Begins a question that was asked before it was known what it costs. */
export async function resume(
  parts: Parts,
  press: { person: Person; responseUrl: string },
  kept: StoredQuestion,
): Promise<void> {
  const waiting = answerOf(kept);
  const reader = await readerFor(parts, press.person.user);
  const line = waiting.line.replace(/^lookup /, '');
  const reading = 'wrong' in reader ? reader : readLookup(readTyped(line, lookupFlags, lookupValueWords), reader);
  if (!('question' in reading)) throw new Error(`A question of ours cannot be read: ${waiting.line}`);
  const asking: Asking = {
    person: press.person,
    channel: kept.channel,
    zone: waiting.zone,
    show: (message) => respondAt(press.responseUrl, message),
  };
  await runQuestion(parts, asking, kept.id, reading.question, { ...waiting, state: 'searching', problem: null });
}
