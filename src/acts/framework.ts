import * as z from 'zod';
import { heatMapAlt } from '../framework/standing.ts';
import type { Parts } from '../parts.ts';
import { heatMapOf } from '../questions/framework/answer.ts';
import { heatMapPng } from '../reports/framework/heat-map.ts';
import type { Person } from '../slack/access.ts';
import type { Message } from '../slack/types.ts';
import { sendFilesTo } from '../slack/upload.ts';
import { recordOf } from '../store/audit-log.ts';
import { questionById } from '../store/questions.ts';
import { isRecord } from '../words/json.ts';
import { Refused } from './act.ts';
import { digestTooOld } from './reviews.ts';
import { mustHave } from './rights.ts';
import { shareAnswerIn } from './share-answer.ts';

/** How the framework stood for somebody, as others are to see it; the store keeps it for a while. */
const SharedFramework = z.object({
  version: z.literal(1),
  kind: z.literal('framework'),
  /** What could be typed after /audit to ask this again. */
  line: z.string(),
  /** As it was drawn: written here, and nowhere else. */
  message: z.custom<Message>((value) => isRecord(value) && typeof value['text'] === 'string'),
});
export type SharedFramework = z.output<typeof SharedFramework>;

/** Shows everybody in a channel how the framework stood, under the person's name. @throws Refused */
export async function shareFramework(
  parts: Parts,
  person: Person,
  id: number,
  where: string | undefined,
): Promise<void> {
  await mustHave(parts, 'investigate', person, `question ${id}`);
  const question = await questionById(parts.database.db, id);
  const kept = SharedFramework.safeParse(question?.answer).data;
  if (question === undefined || kept === undefined) throw new Refused('This answer is not kept any more: ask again.');
  const { line, message } = kept;
  await shareAnswerIn(parts, person, { id, channel: where ?? question.channel, message, line, shown: 1 });
}

/** Sends the picture of accounts by steps of a run to the person directly, with its words. @throws Refused */
export async function sendHeatMap(parts: Parts, person: Person, run: number): Promise<void> {
  const subject = `digest run ${run}`;
  await mustHave(parts, 'investigate', person, subject);
  const found = await heatMapOf(parts, run);
  if (found === undefined) throw new Refused(digestTooOld);
  const day = found.at.toISOString().slice(0, 10);
  const { png } = await heatMapPng({ title: `Accounts by the sixteen steps, ${day}`, ...found.map });
  const file = { name: `framework-${day}-heat-map.png`, title: `Accounts and steps, ${day}`, content: png };
  await sendFilesTo(parts.slack, person.user, [file], heatMapAlt(found.map));
  await parts.database.transaction((trx) => recordOf(person, parts.now())(trx, 'files', subject, { file: 'heat map' }));
}
