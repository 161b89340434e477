import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import * as z from 'zod';
import { digestNames } from '../../config/digests/index.ts';
import type { Answer, Asked } from '../../framework/asks.ts';
import { handledAmong, receivedAmong } from '../../store/findings.ts';
import { acknowledgedOf, hasReceived, receivedIn } from '../../store/received-events.ts';
import type { Tables } from '../../store/tables.ts';
import { credentialReportOf, digestRunsOf, lastEvidenceRunOf } from './digests.ts';
import type { FrameworkParts } from './run.ts';

/** Where there is no store, as in a terminal: what stands on it is not known. */
export const noStore =
  (now: () => Date): FrameworkParts['store'] =>
  async ({ call }) => ({
    is: 'unknown',
    why: 'not asked',
    sentence: `${call.operation} is known to the running bot alone: ask /audit framework in Slack.`,
    at: now(),
  });

/** What one operation of the store gives; the schema of its call reads it. */
type Ask = (db: Kysely<Tables>, input: Asked['input'], now: Date) => Promise<object>;

const Keys = z.object({ keys: z.array(z.string()) });

/** How long an event that was sent just now is waited for. */
const arrivalSeconds = 60;

const operations: Readonly<Record<string, Ask>> = {
  AcknowledgedEvents: async (db, input) => {
    const { eventIds } = z.object({ eventIds: z.array(z.string()) }).parse(input);
    return { acknowledged: await acknowledgedOf(db, eventIds) };
  },
  ReceivedEvents: async (db, input) => {
    const asked = z.object({ account: z.string(), region: z.string(), since: z.date() }).parse(input);
    return receivedIn(db, asked);
  },
  ArrivedEvent: async (db, input) => {
    const { id } = z.object({ id: z.string() }).parse(input);
    for (let tries = 0; tries < arrivalSeconds; tries++) {
      if (await hasReceived(db, id)) return { arrived: true };
      await sleep(1000);
    }
    return { arrived: await hasReceived(db, id) };
  },
  HandledFindings: async (db, input, now) => ({ keys: await handledAmong(db, Keys.parse(input).keys, now) }),
  ReceivedFindings: async (db, input) => ({ keys: await receivedAmong(db, Keys.parse(input).keys) }),
  LastEvidenceRun: async (db) => ({ run: await lastEvidenceRunOf(db) }),
  AccessReviewed: async (db, input) => {
    const { since } = z.object({ since: z.date() }).parse(input);
    const row = await db
      .selectFrom('audit_log')
      .select(['at', 'actor_user'])
      .where('action', '=', 'command')
      .where('subject', '=', '/audit access')
      .where('at', '>=', since)
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirst();
    return { at: row?.at ?? null, by: row?.actor_user ?? null };
  },
  CredentialReport: async (db, input, now) => {
    const { account } = z.object({ account: z.string() }).parse(input);
    return { report: await credentialReportOf(db, account, now) };
  },
  DigestRuns: async (db, input, now) => {
    const { digest } = z.object({ digest: z.enum(digestNames) }).parse(input);
    return digestRunsOf(db, digest, now);
  },
};

/** Answers the calls of the service `store` from the bot's own database. */
export const storeOf =
  ({ database, now }: { database: { db: Kysely<Tables> }; now: () => Date }): FrameworkParts['store'] =>
  async ({ call, input }): Promise<Answer<unknown>> => {
    const at = now();
    const ask = operations[call.operation];
    if (ask === undefined)
      return { is: 'unknown', why: 'not asked', sentence: `The store does not know ${call.operation}.`, at };
    return { is: 'value', value: await ask(database.db, input, at), at };
  };
