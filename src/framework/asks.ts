import type { z } from 'zod';
import type { Ignorance } from './verdict.ts';

/** An account and a region of it; global services are asked in us-east-1. */
export interface Place {
  /** 12 digits. */
  account: string;
  region: string;
}

/**
 * One operation of an AWS API (or of the bot's own store) as the framework asks it: data, so that the role's policy, the
 * plan and the paces can be read from it. Every call is exported by a file of framework/calls/.
 */
export interface Call<Output> {
  /** As the bot names its clients: `cloudTrail`; `store` is the bot's own. */
  service: string;
  /** As the API names it: `DescribeTrails`. */
  operation: string;
  /** What is read of the answer, without transforms; a list that is left out reads as empty. */
  output: z.ZodType<Output>;
  /** Where the answer comes in pages: all are read, and a list of which one page is missing is unknown as a whole. */
  pages?: { token: string; next: string; list: string };
  /**
   * Where the answer is made first: `start` is sent with the input, and the operation with the `id` that it gave, until
   * `state` says another word than `running`.
   */
  job?: { start: string; id: string; state: string; running: string };
  /** Where the answer has a body packed by gzip: what is made of it, as `text` or as `sha256` of the contents. */
  body?: 'text' | 'sha256';
  /** Errors that say that there is no such thing or that the service is off: an answer, not a trouble. */
  absent?: readonly string[];
  /** Errors that say that another account has to be asked. */
  elsewhere?: readonly string[];
}

/** Pages of a list, where the answer names the token as the request does. */
export const pagedBy = (token: string, list: string) => ({ token, next: token, list });

/** One request. */
export interface Asked {
  call: Call<unknown>;
  place: Place;
  input: Readonly<Record<string, unknown>>;
}

/** What came of a request. */
export type Answer<Value> =
  | { is: 'value'; value: Value; at: Date }
  | { is: 'absent'; error: string; message: string; at: Date }
  | { is: 'unknown'; why: Ignorance; sentence: string; at: Date };

/**
 * A pure course of requests: it yields what it asks next (all at once) and is given the answers in that order. Who drives
 * it does the asking, keeps each answer for the run, and keeps the paces.
 */
export type Asking<Result> = Generator<readonly Asked[], Result, readonly Answer<unknown>[]>;

/** Asks once. An answer in which the API breaks its own model is unknown. */
export function* ask<Output>(
  call: Call<Output>,
  place: Place,
  input: Readonly<Record<string, unknown>> = {},
): Asking<Answer<Output>> {
  const [answer] = yield [{ call, place, input }];
  if (answer === undefined) throw new Error(`${call.operation} was not answered.`);
  return readAs(call, answer);
}

/** What is read of an answer, and no more: read again it stays the same. */
export function readAs<Output>(call: Call<Output>, answer: Answer<unknown>): Answer<Output> {
  if (answer.is !== 'value') return answer;
  const read = call.output.safeParse(answer.value);
  return read.success
    ? { is: 'value', value: read.data, at: answer.at }
    : { is: 'unknown', why: 'not asked', sentence: `The answer to ${call.operation} cannot be read.`, at: answer.at };
}

/** Asks side by side; the results come in the order of what was asked. */
export function* all<Result>(askings: readonly Asking<Result>[]): Asking<Result[]> {
  const turns = askings.map((asking) => ({ asking, turn: asking.next() }));
  for (;;) {
    const open = turns.filter(({ turn }) => turn.done !== true);
    if (open.length === 0) break;
    const wanted = open.map(({ turn }) => (turn.done === true ? [] : turn.value));
    const answers = yield wanted.flat();
    let at = 0;
    open.forEach((each, place) => {
      const count = wanted[place]?.length ?? 0;
      each.turn = each.asking.next(answers.slice(at, at + count));
      at += count;
    });
  }
  return turns.map(({ turn }) => {
    if (turn.done !== true) throw new Error('An asking was left before its end.');
    return turn.value;
  });
}

/** Changes what was answered; what is absent or unknown stays so. */
export const mapped = <Value, Other>(answer: Answer<Value>, change: (value: Value) => Other): Answer<Other> =>
  answer.is === 'value' ? { ...answer, value: change(answer.value) } : answer;

/** Of several answers of which all are needed: the values, else the first that is not known. */
export function together<Value>(answers: readonly Answer<Value>[]): Answer<Value[]> {
  const missing = answers.find((answer) => answer.is !== 'value');
  if (missing !== undefined) return missing;
  const values = answers.flatMap((answer) => (answer.is === 'value' ? [answer.value] : []));
  const at = new Date(Math.min(Date.UTC(9999, 0), ...answers.map((answer) => answer.at.getTime())));
  return { is: 'value', value: values, at };
}
