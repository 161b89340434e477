import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import * as z from 'zod';
import type { Answer, Asked, Call } from '../framework/asks.ts';
import type { Ignorance } from '../framework/verdict.ts';
import { type Asker, type Aws, AwsTrouble, type ServiceName } from './aws.ts';
import { packages } from './clients.ts';
import { errorNames, troubleOf } from './trouble.ts';

/** Asks AWS what a check wants to know, in the asker's name. Never rejects: what went wrong is an answer. */
export type AskAws = (asked: Asked) => Promise<Answer<unknown>>;

/** Pages of one list that are read at most: a list without end is not known. */
const mostPages = 2000;

/**
 * Opens the framework's way to AWS. `signal` ends it: what is asked afterwards is not asked. `sent` is told of each request,
 * of which pages and jobs are several.
 */
export function askingAws(
  aws: Aws,
  asker: Asker,
  { now, signal, sent }: { now: () => Date; signal: AbortSignal; sent?: (service: string, operation: string) => void },
): AskAws {
  return async ({ call, place, input }) => {
    try {
      if (signal.aborted) throw new AwsTrouble('stopped', 'The run was ended before this was asked.');
      if (!isService(call.service)) throw new Error(`There is no service ${call.service}.`);
      const client: object = await aws.client(call.service, place, asker);
      const commands = await packages[call.service]();
      const sendAny = (operation: string, given: object) => {
        sent?.(call.service, operation);
        return sendBy(client, commands, operation, given);
      };
      const done = call.job === undefined ? null : await jobDone(sendAny, call.operation, input, call.job, signal);
      const asked = done === null ? input : done.asked;
      // What said that the job is done is the first page of its answer.
      let first = done?.answer;
      const send = async (more: object): Promise<unknown> => {
        const answer = first ?? (await sendAny(call.operation, { ...asked, ...more }));
        first = undefined;
        return answer;
      };
      const answer = call.pages === undefined ? await send({}) : await allPages(send, call.pages);
      const value = call.body === undefined ? answer : await withBody(answer, call.body, signal);
      return { is: 'value', value, at: now() };
    } catch (error) {
      return answerOf(error, { call, place, input }, now());
    }
  };
}

/** Jobs take seconds; one that is not done after all of these waits, in ms, is not waited for any longer. */
const jobWaits = [250, 500, 1000, 2000, 4000, 8000, 15_000, 30_000];

/**
 * Starts a job and waits for it; returns what its answer is asked with, and the first of it. A job is bound to the session that started it,
 * and one that was renewed in between does not find it: it is started once more.
 * Source: IAM API reference, GetServiceLastAccessedDetails.
 */
async function jobDone(
  send: (operation: string, input: object) => Promise<unknown>,
  operation: string,
  input: object,
  job: NonNullable<Call<unknown>['job']>,
  signal: AbortSignal,
  again = true,
): Promise<{ asked: object; answer: unknown }> {
  const started = await send(job.start, input);
  const id: unknown = typeof started === 'object' && started !== null ? Reflect.get(started, job.id) : undefined;
  const asked = { [job.id]: id };
  for (const ms of jobWaits) {
    await sleep(ms, undefined, { signal });
    try {
      const answer = await send(operation, asked);
      if (typeof answer !== 'object' || answer === null || Reflect.get(answer, job.state) !== job.running)
        return { asked, answer };
    } catch (error) {
      if (!again || !errorNames(error).some((name) => /^NoSuchEntity(?:Exception)?$/.test(name))) throw error;
      return jobDone(send, operation, input, job, signal, false);
    }
  }
  throw new AwsTrouble('other', `${job.start} is still at work: ask again in some minutes.`);
}

const isService = (name: string): name is ServiceName => Object.hasOwn(packages, name);

/** Sends a command that is named by data; what comes back is read by the call's schema. */
async function sendBy(client: object, commands: object, operation: string, input: object): Promise<unknown> {
  const command: unknown = Reflect.get(commands, `${operation}Command`);
  const send: unknown = Reflect.get(client, 'send');
  if (typeof command !== 'function' || typeof send !== 'function')
    throw new Error(`The SDK has no command for ${operation}.`);
  return Reflect.apply(send, client, [Reflect.construct(command, [input])]);
}

/** All pages as one answer. Pages may be empty and go on. */
async function allPages(
  send: (more: object) => Promise<unknown>,
  { token, next, list }: NonNullable<Call<unknown>['pages']>,
): Promise<unknown> {
  const items: unknown[] = [];
  let more: object = {};
  let first: object | undefined;
  let last: string | undefined;
  for (let page = 0; page < mostPages; page++) {
    const answer = await send(more);
    if (typeof answer !== 'object' || answer === null) return answer;
    first ??= answer;
    const found: unknown = Reflect.get(answer, list);
    if (Array.isArray(found)) items.push(...found);
    const following: unknown = Reflect.get(answer, next);
    // Some lists end by giving the same token again. Source: CloudWatch Logs API reference, GetLogEvents.
    if (typeof following !== 'string' || following === '' || following === last) return { ...first, [list]: items };
    last = following;
    more = { [token]: following };
  }
  throw new Error(`${mostPages} pages of ${list} are not all of it`);
}

/** The contents of a file that are taken into memory at most. */
const mostText = 16 * 1024 * 1024;

/** An answer with what is made of its packed body in place of the body. */
async function withBody(answer: unknown, what: 'text' | 'sha256', signal: AbortSignal): Promise<unknown> {
  const { Body, ...rest } = WithBody.parse(answer);
  const hash = createHash('sha256');
  const parts: Buffer[] = [];
  let size = 0;
  await pipeline(
    Body,
    createGunzip(),
    async (unpacked: AsyncIterable<Buffer>) => {
      for await (const part of unpacked) {
        hash.update(part);
        size += part.length;
        if (what === 'sha256') continue;
        if (size > mostText) throw new Error('The file is too large to be read.');
        parts.push(part);
      }
    },
    { signal },
  );
  return what === 'sha256'
    ? { ...rest, sha256: hash.digest('hex') }
    : { ...rest, text: Buffer.concat(parts).toString() };
}

const WithBody = z.looseObject({ Body: z.instanceof(Readable) });

function answerOf(error: unknown, { call, place }: Asked, at: Date): Answer<unknown> {
  const names = errorNames(error);
  const trouble = troubleOf(error, `ask ${call.operation} in ${place.account} ${place.region}`);
  const absent = names.find((name) => call.absent?.includes(name));
  if (absent !== undefined) return { is: 'absent', error: absent, message: trouble.message, at };
  return { is: 'unknown', why: whyOf(trouble, names, call), sentence: trouble.message, at };
}

/** A policy of the organization says so in its refusal. Source: IAM user guide, "Access denied error messages". */
const byOrganization =
  /explicit deny in an? (?:service|resource) control policy|no (?:service|resource) control policy/i;

/** So do calls that only the management account or a delegated administrator may make. */
const inAnother = /\b(?:only|must|not)\b[^.]*\b(?:(?:management|master) account|delegated administrator)\b/i;

function whyOf(trouble: AwsTrouble, names: readonly string[], call: Call<unknown>): Ignorance {
  if (byOrganization.test(trouble.message)) return 'denied by organization';
  if (names.some((name) => call.elsewhere?.includes(name)) || inAnother.test(trouble.message)) return 'ask elsewhere';
  if (trouble.kind === 'denied') return 'denied';
  return trouble.kind === 'throttled' ? 'throttled' : 'not asked';
}
