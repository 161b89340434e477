import type { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import * as z from 'zod';
import { type Aws, AwsTrouble } from '../aws/aws.ts';
import { answered, investigationNow } from '../questions/investigation.ts';
import { md } from '../slack/escape.ts';
import { directChannel } from '../slack/people.ts';
import { postOnce } from '../slack/post-once.ts';
import type { Message } from '../slack/types.ts';
import { investigationMessage } from '../slack/views/investigate.ts';
import { recordOf } from '../store/audit-log.ts';
import type { Database } from '../store/database.ts';
import { questionById, reportQuestion } from '../store/questions.ts';

export interface InvestigationParts {
  database: Database;
  slack: WebClient;
  aws: Aws;
  now: () => Date;
  log: Logger;
}

/** Detective takes minutes; nobody waits at a screen for it. */
export const lookEveryMs = 15_000;

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
  const again = async (): Promise<void> =>
    void (await reportQuestion(database.db, question, { state: 'following', answer: row.answer, now: now() }));
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
  const at = { channel: await directChannel(slack, row.asked_by), key: `investigation-${question}` };
  const sent = await postOnce(parts, at, message, row.at);
  if (sent.outcome !== 'done' && sent.outcome !== 'found') {
    log.warn({ error: sent.error, investigation }, 'The result of an investigation was not sent and is tried again.');
    return again();
  }
  await database.transaction(async (trx) => {
    await reportQuestion(trx, question, { state: 'done', answer: row.answer, now: now() });
    await recordOf({ team: row.team, user: row.asked_by }, now())(
      trx,
      'answer',
      `investigation ${investigation}`,
      detail,
    );
  });
}
