import type { Parts } from '../parts.ts';
import type { Person } from '../slack/access.ts';
import { post } from '../slack/posting.ts';
import type { Message } from '../slack/types.ts';
import { recordOf } from '../store/audit-log.ts';
import { Refused } from './act.ts';

/** An answer as everybody in a channel is to see it. */
interface SharedAnswer {
  /** The number of its question. */
  id: number;
  channel: string;
  message: Message;
  /** The question as it would be typed, and the rows shown: for the audit log. */
  line: string;
  shown: number;
}

/** Posts an answer for everybody in a channel, on the record. @throws Refused when Slack does not take it */
export async function shareAnswerIn(
  parts: Parts,
  person: Person,
  { id, channel, message, line, shown }: SharedAnswer,
): Promise<void> {
  const now = parts.now();
  const sent = await post(parts.slack, { channel, key: `question-${id}-${now.getTime()}` }, message);
  if (sent.outcome !== 'done')
    throw new Refused(`Slack did not take it (${sent.error}): is Trailwatch invited to this channel?`);
  await parts.database.transaction((trx) =>
    recordOf(person, now)(trx, 'share', `question ${id}`, { question: line, channel, shown }),
  );
}
