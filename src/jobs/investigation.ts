import type { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import * as z from 'zod';
import { type Aws, AwsTrouble } from '../aws/aws.ts';
import { answered, investigationNow } from '../commands/investigate.ts';
import { md } from '../slack/escape.ts';
import { directChannel } from '../slack/people.ts';
import { findPosted, post } from '../slack/posting.ts';
import type { Message } from '../slack/types.ts';
import { investigationMessage } from '../slack/views/investigate.ts';
import { appendAudit } from '../store/audit-log.ts';
import type { Database } from '../store/database.ts';
import { questionById, reportQuestion } from '../store/questions.ts';

export interface InvestigationParts {
  database: Database;
  slack: WebClient;
  aws: Aws;
  now: () => Date;
  log: Logger;
  /** Looks again at that time. */
  wakeInvestigation: (question: number, at: Date) => Promise<void>;
}

/** Detective takes minutes; nobody waits at a screen for it. */
const lookEveryMs = 15_000;

const Followed = z.object({
  investigation: z.string(),
  graph: z.object({ arn: z.string(), account: z.string(), region: z.string() }),
});

/**
 * Follows an investigation until Detective is done, and tells who asked by direct message. The database says what is followed;
 * run twice it looks for its own message before it sends another.
 */
export async function followInvestigation(parts: InvestigationParts, question: number): Promise<void> {
  const { database, slack, now, log } = parts;
  const row = await questionById(database.db, question);
  if (row?.state !== 'following') return;
  const { investigation, graph } = Followed.parse(row.answer);
  const again = async (): Promise<void> => {
    await reportQuestion(database.db, question, { state: 'following', answer: row.answer, now: now() });
    await parts.wakeInvestigation(question, new Date(now().getTime() + lookEveryMs));
  };
  let message: Message;
  let detail: Record<string, unknown>;
  try {
    const shown = await investigationNow(parts, graph, investigation, row.asked_by);
    if (shown.status === 'RUNNING') return again();
    message = investigationMessage(shown, 'You asked for this.');
    detail = answered(shown, message);
  } catch (error) {
    if (!(error instanceof AwsTrouble)) throw error;
    if (error.kind === 'throttled' || error.kind === 'unreachable') return again();
    message = {
      text: md`Detective's investigation ${investigation} cannot be followed: ${error.message}`.toString(),
      blocks: [],
    };
    detail = { problem: error.message };
  }
  const key = `investigation-${question}`;
  const channel = await directChannel(slack, row.asked_by);
  if ((await findPosted(slack, { channel, key, since: row.at })) === undefined) {
    const sent = await post(slack, { channel, key }, message);
    if (sent.outcome !== 'done') {
      log.warn({ error: sent.error, investigation }, 'The result of an investigation was not sent and is tried again.');
      return again();
    }
  }
  await database.transaction(async (trx) => {
    await reportQuestion(trx, question, { state: 'done', answer: row.answer, now: now() });
    await appendAudit(trx, {
      at: now(),
      actor: { type: 'user', team: row.team, user: row.asked_by },
      action: 'answer',
      subject: `investigation ${investigation}`,
      detail,
    });
  });
}
