import { parseArn } from '../alerts/arn.ts';
import { type Json, textAt } from '../alerts/json.ts';
import { type Asker, AwsTrouble } from '../aws/aws.ts';
import { type ChainStart, type FollowedChain, followBack } from '../aws/chain-search.ts';
import { lookupEvents } from '../aws/cloudtrail.ts';
import { coverageSentence, gapsSentence } from '../aws/coverage.ts';
import { record } from '../listeners/act.ts';
import type { Parts } from '../parts.ts';
import { md } from '../slack/escape.ts';
import { zoneOf } from '../slack/people.ts';
import { behind, whoMessage } from '../slack/views/who.ts';
import type { Command } from './audit.ts';
import { eventIdShape, historyDays, keyShape } from './lookup-query.ts';

export const whoUsage = 'who KEY|SESSION|EVENT-ID';

/** What was typed after who: a key, an event id, or a role session by its ARN or as role/session. */
export type WhoSubject = Extract<ChainStart, { value: string }> | { kind: 'session name'; value: string };

export function readWho(words: readonly string[]): WhoSubject | { wrong: string } {
  const value = words.join(' ').trim();
  if (value === '') return { wrong: `Say who: an access key, a role session or an event id, like /audit ${whoUsage}.` };
  if (keyShape.test(value)) return { kind: 'key', value: value.toUpperCase() };
  if (eventIdShape.test(value)) return { kind: 'event', value: value.toLowerCase() };
  const arn = parseArn(value);
  if (arn?.service === 'sts' && arn.resource.startsWith('assumed-role/')) return { kind: 'session', value };
  if (arn?.service === 'iam' && arn.resource.startsWith('role/'))
    return { wrong: 'A role is taken by many: name one of its sessions (role/session), a key or an event id.' };
  if (arn !== undefined || value.startsWith('arn:'))
    return { wrong: 'This ARN names no role session: only sessions have somebody else behind them.' };
  if (/^[\w+=,.@-]{1,64}\/[\w+=,.@-]{2,64}$/.test(value)) return { kind: 'session name', value };
  return {
    wrong: `"${value.slice(0, 60)}" is no access key, no role session (role/session or its ARN) and no event id.`,
  };
}

/**
 * Follows a key, a session or an event back to who stands behind it.
 * @throws AwsTrouble when there is no such event, or AWS cannot be asked
 */
export async function findWho(
  { aws, now }: Pick<Parts, 'aws' | 'now'>,
  subject: WhoSubject,
  asker: Asker,
  signal: AbortSignal,
): Promise<FollowedChain> {
  const start: ChainStart =
    subject.kind === 'session name'
      ? { kind: 'record', value: await newestOf({ aws, now }, subject.value, asker, signal) }
      : subject;
  return followBack(aws, start, asker, { now: now(), signal });
}

/** The newest event of a session that is named without its account. */
async function newestOf(
  { aws, now }: Pick<Parts, 'aws' | 'now'>,
  session: string,
  asker: Asker,
  signal: AbortSignal,
): Promise<Json> {
  const query = {
    attribute: { key: 'Username' as const, value: session.split('/')[1] ?? '' },
    from: new Date(now().getTime() - historyDays * 86_400_000),
    to: now(),
    where: { accounts: [], regions: [] },
    wanted: (event: Json) => (textAt(event, 'userIdentity', 'arn') ?? '').endsWith(`:assumed-role/${session}`),
    mostPages: 10,
  };
  let newest: Json | undefined;
  let blind = '';
  for await (const { events, coverage } of lookupEvents(aws, query, asker, signal)) {
    for (const event of events) if (newest === undefined || timeOf(event) > timeOf(newest)) newest = event;
    blind = gapsSentence(coverage);
  }
  if (newest === undefined)
    throw new AwsTrouble(
      'absent',
      `CloudTrail has no event of the session ${session} in the last ${historyDays} days. ${blind}`.trim(),
    );
  return newest;
}

const timeOf = (event: Json): string => textAt(event, 'eventTime') ?? '';

/** On what the answer rests. */
export const whoCoverage = ({ coverage }: FollowedChain): string =>
  `CloudTrail's event history of the last ${historyDays} days: ${coverageSentence(coverage, (at) => at.toISOString())}. Each step names the event that proves it.`;

export const whoCommand: Command = {
  name: 'who',
  usage: whoUsage,
  sentence:
    'Who stands behind an access key, a role session or an event: the chain of roles back to a person, a workload or a service, with the event that proves each step.',
  topic: 'Who did what',
  right: 'investigate',
  run: async (parts, { typed, person }) => {
    const subject = readWho(typed.words);
    if ('wrong' in subject) return md`${subject.wrong}`.toString();
    try {
      const zone = await zoneOf(parts.slack, person.user);
      const chain = await findWho(parts, subject, { name: person.user }, AbortSignal.timeout(120_000));
      const coverage = whoCoverage(chain);
      const answer = { asked: subject.value, steps: chain.links, problem: chain.problem, zone, coverage };
      await parts.database.transaction((trx) =>
        record(trx, parts, person, 'answer', `who ${subject.value}`, {
          behind: behind(answer),
          events: chain.links.flatMap(({ event }) => (event === null ? [] : [event.id])),
          problem: chain.problem,
          coverage,
          shown: chain.links.length,
        }),
      );
      return whoMessage(answer);
    } catch (error) {
      if (!(error instanceof AwsTrouble)) throw error;
      return md`${error.message}`.toString();
    }
  },
};
