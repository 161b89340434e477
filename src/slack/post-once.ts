import type { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import { md } from './escape.ts';
import { limits } from './limits.ts';
import { edit, type Failure, findPosted, judgeFailure, post, type Sent } from './posting.ts';
import type { SentMessage } from './types.ts';
import { context } from './views/elements.ts';

export interface PostParts {
  slack: WebClient;
  now: () => Date;
  log: Logger;
}

/** `found`: it is in Slack since an earlier try, perhaps as it was drawn then. */
export type Posted = Sent | { outcome: 'found'; ts: string };

/** Before a post whose answer was lost is looked for, Slack gets this long to show it, in milliseconds. */
const settleMs = 3000;
/** Who came too late to a post leaves it alone for so long. */
const lateMs = 1000;
/** Slack that is away is asked at least this often, so that calls go out soon after it is back. */
const longestSilenceMs = 60_000;
/** What Slack refuses is not taken sooner for being tried more often. */
const longestRefusedMs = 10 * 60_000;

/**
 * Posts a message that must be in Slack once, however often this runs. `triedAt` is when a post with this key was begun
 * whose outcome nobody knows: it is looked for before it is repeated. Null: there is none. `before`: from then on another
 * process may do this, so that one which was stopped in between, or looked for too long, must not.
 */
export async function postOnce(
  parts: PostParts,
  to: { channel: string; threadTs?: string; key: string; before?: Date },
  message: SentMessage,
  triedAt: Date | null,
): Promise<Posted> {
  const earlier = triedAt === null ? 'none' : await find(parts, { ...to, since: triedAt });
  if (typeof earlier === 'object') return earlier;
  // Nothing was sent: on a slow machine looking for it the next time would only make that one late, too.
  if (to.before !== undefined && parts.now() >= to.before)
    return { outcome: 'later', error: 'too late to be sent from here', waitMs: lateMs, rateLimited: false };
  const told = earlier === 'unknown' ? asRepeat(message) : message;
  return sendPlainer(parts, to, told, (view) => post(parts.slack, to, view));
}

/** Whether Slack took an earlier one could not be seen: whoever reads it twice knows why. */
function asRepeat(message: SentMessage): SentMessage {
  const said = md`_Possible repeat: Slack did not answer when this was posted before, and it cannot be looked up._`;
  const blocks = message.blocks.length === 0 || message.blocks.length >= limits.message.blocks ? [] : [context(said)];
  return { ...message, text: `Possible repeat: ${message.text}`, blocks: [...message.blocks, ...blocks] };
}

/** Brings a message of ours up to date. */
export const editPosted = (
  parts: PostParts,
  at: { channel: string; ts: string; key: string },
  message: SentMessage,
): Promise<Sent> => sendPlainer(parts, at, message, (view) => edit(parts.slack, at, view));

/** An earlier post, or why it could not be looked for now; `none`: there is none; `unknown`: nobody can tell. */
async function find(
  { slack }: PostParts,
  at: { channel: string; threadTs?: string; key: string; since: Date },
): Promise<Posted | 'none' | 'unknown'> {
  try {
    const found = await findPosted(slack, at);
    if (found === undefined) return 'none';
    return found === 'unseen' ? 'unknown' : { outcome: 'found', ts: found.ts };
  } catch (error) {
    const failure = judgeFailure(error);
    // Not allowed to look: a possible repeat is better than an alert that nobody sees.
    if (failure.outcome === 'refused') return 'unknown';
    // Whatever hindered the look, whether the post is there is as unknown as before.
    return failure.outcome === 'later' ? { ...failure, outcome: 'unknown' } : failure;
  }
}

/** What Slack refuses for its look is sent without its charts, then as its text alone: better than not at all. */
async function sendPlainer(
  parts: PostParts,
  { channel, key }: { channel: string; key: string },
  message: SentMessage,
  send: (message: SentMessage) => Promise<Sent>,
): Promise<Sent> {
  const sent = await send(message);
  if (sent.outcome !== 'refused' || sent.about !== 'look' || message.blocks.length === 0) return sent;
  parts.log.warn({ channel, key, error: sent.error }, 'Slack refuses the look of a message: it is shown plainer.');
  const blocks = message.blocks.filter(({ type }) => type !== 'data_visualization');
  const plainer = blocks.length === message.blocks.length ? { text: message.text, blocks: [] } : { ...message, blocks };
  return sendPlainer(parts, { channel, key }, plainer, send);
}

/** How long to wait before the next try, in milliseconds, when `tries` have failed before this one. */
export function retryAfterMs(failure: Failure, tries: number): number {
  if (failure.outcome === 'later') return Math.max(failure.waitMs, 0);
  return failure.outcome === 'unknown'
    ? settleMs + backoff(tries, longestSilenceMs)
    : backoff(tries + 3, longestRefusedMs);
}

const backoff = (tries: number, longestMs: number): number => Math.min(2 ** tries * 1000, longestMs);
