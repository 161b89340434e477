import { z } from 'zod';
import { severityRank } from '../alerts/severity.ts';
import type { Failure } from '../slack/posting.ts';
import { clip } from '../words/text.ts';
import { type CallPager, idOf, inShort, type PagerParts } from './pager.ts';
import { ask, notSet } from './post.ts';

const Taken = z.object({ receipt: z.string().optional() });
const Receipt = z.object({ acknowledged: z.number(), expired: z.number() });

const urlOf = ({ callVariables }: PagerParts): string =>
  callVariables.get('PUSHOVER_URL') ?? 'https://api.pushover.net/1';

/** A page repeats every minute for an hour, until somebody takes it. */
const repeat = { priority: '2', retry: '60', expire: '3600' };

/**
 * Pushover. What is critical or high is an emergency there: it repeats until it is taken, and has a receipt. Its tag is the alert's,
 * so that it ends when the alert is in hand. Source: pushover.net/api, "Pushing messages", "Receipts".
 */
export const callPushover: CallPager = async (parts, page, alert) => {
  const token = parts.callVariables.get('PUSHOVER_TOKEN');
  if (token === undefined) return notSet('PUSHOVER_TOKEN', 'Pushover');
  const tag = `trailwatch-alert-${alert.id}`;
  const hint = 'check PUSHOVER_TOKEN and the key of the person';
  if (page.action !== 'trigger') {
    const url = `${urlOf(parts)}/receipts/cancel_by_tag/${tag}.json`;
    const answer = await ask('Pushover', url, { body: new URLSearchParams({ token }) }, hint);
    return answer.outcome === 'answered' ? { outcome: 'taken' } : answer;
  }
  const urgent = severityRank(alert.severity) <= severityRank('high');
  const body = new URLSearchParams({
    token,
    user: idOf(page),
    title: clip(inShort(page, alert), 250),
    message: clip(alert.signal.title, 1024),
    ...(urgent ? { ...repeat, tags: tag } : { priority: '1' }),
  });
  const answer = await ask('Pushover', `${urlOf(parts)}/messages.json`, { body }, hint);
  if (answer.outcome !== 'answered') return answer;
  const { receipt } = readAnswer(Taken, answer.text) ?? {};
  return { outcome: 'taken', ...(receipt === undefined ? {} : { receipt, polled: true }) };
};

/** What became of a page: `over` when nobody took it in its hour. */
export async function pushoverReceipt(
  parts: PagerParts,
  receipt: string,
): Promise<{ outcome: 'acknowledged' | 'waiting' | 'over' } | Failure> {
  const token = parts.callVariables.get('PUSHOVER_TOKEN');
  if (token === undefined) return notSet('PUSHOVER_TOKEN', 'Pushover');
  const url = `${urlOf(parts)}/receipts/${encodeURIComponent(receipt)}.json?${new URLSearchParams({ token })}`;
  const answer = await ask('Pushover', url, { method: 'GET' }, 'the receipt is too old');
  if (answer.outcome !== 'answered') return answer;
  const read = readAnswer(Receipt, answer.text);
  if (read?.acknowledged === 1) return { outcome: 'acknowledged' };
  return { outcome: read?.expired === 1 ? 'over' : 'waiting' };
}

function readAnswer<Shape extends z.ZodType>(shape: Shape, text: string): z.output<Shape> | undefined {
  try {
    return shape.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
