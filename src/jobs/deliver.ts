import type { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Alert } from '../alerts/alert.ts';
import type { EscalationPolicy } from '../alerts/escalation.ts';
import { isRecord } from '../alerts/json.ts';
import type { Notice } from '../alerts/notices.ts';
import type { Metrics } from '../metrics.ts';
import { isUserId } from '../slack/escape.ts';
import { edit, findPosted, judgeFailure, post, type Sent } from '../slack/posting.ts';
import type { Message } from '../slack/types.ts';
import { type AlertContext, alertMessage } from '../slack/views/alert-message.ts';
import { digestNews } from '../slack/views/digest-news.ts';
import { silenceEnded } from '../slack/views/silences.ts';
import { stormMessage } from '../slack/views/storm-message.ts';
import { channelNotice, directMessage, escalationNotice, timelineReply } from '../slack/views/thread.ts';
import { alertById } from '../store/alerts.ts';
import type { Database } from '../store/database.ts';
import {
  claimNext,
  type Delivery,
  giveUp,
  holdLane,
  homeMessage,
  markFailed,
  markSaid,
  markShown,
  moveMessage,
} from '../store/deliveries.ts';
import { stormById } from '../store/storms.ts';
import type { Pager } from './page.ts';

export interface DeliverParts {
  database: Database;
  slack: WebClient;
  pager: Pager;
  /** Where an alert is shown when its own channel cannot be posted to. */
  defaultChannel: string;
  policies: ReadonlyMap<string, EscalationPolicy>;
  now: () => Date;
  log: Logger;
  metrics: Metrics;
  /** Wakes a delivery for this target at that time. */
  wakeTarget: (target: string, at: Date) => Promise<void>;
  /** An alert or a storm was posted for the first time. */
  posted: () => Promise<void>;
}

/** Before a post whose answer was lost is looked for, Slack gets this long to show it, in milliseconds. */
const settleMs = 3000;
const longestWaitMs = 10 * 60_000;
/** A call or a reply that is still refused after so long (the person has left, say) is of no use to anybody any more. */
const giveUpAfterMs = 86_400_000;

const backoff = (tries: number): number => Math.min(2 ** tries * 1000, longestWaitMs);

/** Slack's refusals that concern the channel: the alert must be shown somewhere else. */
const channelRefuses = /^(channel_not_found|not_in_channel|is_archived|restricted_action|messages_tab_disabled)/;
const blocksRefused = /^(invalid_blocks|invalid_attachments|msg_blocks_too_long|msg_too_long)/;

/**
 * Brings one Slack channel (or person, or pager) up to date with the database: edits what is behind, posts what is
 * new, says what is to be said, until nothing is due or Slack's pace says to wait. Safe to run at any time and on
 * any number of replicas: each step is claimed in the database first.
 */
export async function deliver(parts: DeliverParts, target: string): Promise<void> {
  for (;;) {
    const claim = await parts.database.transaction((trx) => claimNext(trx, target, parts.now()));
    if ('next' in claim) {
      if (claim.next !== null) await parts.wakeTarget(target, claim.next);
      return;
    }
    const { delivery } = claim;
    if (delivery.kind === 'notice') await sayNotice(parts, delivery);
    else await showMessage(parts, delivery);
  }
}

/** The newest state of what a Slack message shows, drawn. A copy in another channel than the alert's has no buttons. */
async function draw(
  parts: DeliverParts,
  message: { alert_id: number | null; storm_id: number | null; channel: string },
): Promise<{ message: Message; version: number; key: string } | undefined> {
  const { db } = parts.database;
  if (message.storm_id !== null) {
    const storm = await stormById(db, message.storm_id);
    return storm && { message: stormMessage(storm), version: storm.version, key: `storm-${storm.id}` };
  }
  const alert = message.alert_id === null ? undefined : await alertById(db, message.alert_id);
  if (alert === undefined) return undefined;
  const shown: Alert = message.channel === alert.channel ? alert : { ...alert, mode: 'notification', mention: [] };
  return {
    message: alertMessage(shown, ladderOf(alert, parts.policies)),
    version: alert.version,
    key: `alert-${alert.id}-${message.channel}`,
  };
}

/** The levels of the alert's policy, and who is called next: people are not named, a mention would call them now. */
function ladderOf({ escalation, level }: Alert, policies: DeliverParts['policies']): AlertContext {
  const policy = escalation === null ? undefined : policies.get(escalation);
  if (policy === undefined) return {};
  const next = policy[level]?.notify.flatMap((target) => {
    const [kind, name = ''] = target.split(':');
    return kind === 'schedule' ? [`the ${name} schedule`] : kind === 'pagerduty' ? [`PagerDuty ${name}`] : [];
  });
  return { levels: policy.length, next: next ?? [] };
}

async function showMessage(parts: DeliverParts, delivery: Exclude<Delivery, { kind: 'notice' }>): Promise<void> {
  const { database, slack } = parts;
  const { message } = delivery;
  const drawn = await draw(parts, message);
  if (drawn === undefined) throw new Error(`Slack message ${message.id} shows an alert that does not exist.`);
  const { key, version } = drawn;

  if (delivery.kind === 'update') {
    const at = { channel: message.channel, ts: delivery.message.ts, key };
    const sent = await plainIfRefused((view) => edit(slack, at, view), drawn.message);
    // Somebody deleted the message: the alert is shown again rather than lost.
    if (sent.outcome === 'refused' && /^(message_not_found|cant_update_message)/.test(sent.error))
      return showAgain(parts, message.id);
    return settle(parts, delivery, sent, (ts) => markShown(database.db, message.id, { ts, version }));
  }

  const found = await lost(parts, message.attempted_at, { channel: message.channel, key });
  if (found.outcome === 'failed') return settle(parts, delivery, found.failure, async () => {});
  // What was found shows some older version perhaps: as version 1 it is behind, and the next round edits it.
  if (found.outcome === 'found')
    return markShown(database.db, message.id, { ts: found.ts, version: Math.min(version - 1, 1) });
  const sent = await plainIfRefused((view) => post(slack, { channel: message.channel, key }, view), drawn.message);
  if (sent.outcome === 'refused' && channelRefuses.test(sent.error) && message.channel !== parts.defaultChannel) {
    parts.log.warn(
      { channel: message.channel, error: sent.error },
      'Slack refuses this channel: the default channel is used. Is the bot invited to it?',
    );
    await moveMessage(database.db, message.id, parts.defaultChannel);
    return parts.wakeTarget(parts.defaultChannel, parts.now());
  }
  await settle(parts, delivery, sent, async (ts) => {
    await markShown(database.db, message.id, { ts, version });
    parts.metrics.posted.inc();
    await parts.posted();
  });
}

/** A view that Slack refuses is shown as its text: an alert without its looks is better than none. */
async function plainIfRefused(send: (message: Message) => Promise<Sent>, message: Message): Promise<Sent> {
  const sent = await send(message);
  if (sent.outcome !== 'refused' || !blocksRefused.test(sent.error)) return sent;
  return send({ text: message.text, blocks: [] });
}

const showAgain = (parts: DeliverParts, id: number): Promise<void> =>
  parts.database.db
    .updateTable('slack_message')
    .set({ ts: null, version: 0, attempted_at: null, retry_at: null })
    .where('id', '=', id)
    .execute()
    .then(() => {});

type Lost =
  | { outcome: 'found'; ts: string }
  | { outcome: 'not-found' }
  | { outcome: 'failed'; failure: Exclude<Sent, { outcome: 'done' }> };

/** Looks for a post that was tried before and whose answer never came. */
async function lost(
  parts: DeliverParts,
  attemptedAt: Date | null,
  at: { channel: string; threadTs?: string; key: string },
): Promise<Lost> {
  if (attemptedAt === null) return { outcome: 'not-found' };
  try {
    const ts = await findPosted(parts.slack, { ...at, since: attemptedAt });
    return ts === undefined ? { outcome: 'not-found' } : { outcome: 'found', ts };
  } catch (error) {
    const failure = judgeFailure(error);
    // Not allowed to look: a possible repeat is better than an alert that nobody sees.
    if (failure.outcome === 'refused') return { outcome: 'not-found' };
    return { outcome: 'failed', failure: { ...failure, outcome: 'unknown' } };
  }
}

/** Writes down what came of a request, and when it is tried again. */
async function settle(
  parts: DeliverParts,
  delivery: Delivery,
  sent: Sent,
  done: (ts: string) => Promise<void>,
): Promise<void> {
  if (sent.outcome === 'done') return done(sent.ts);
  const { db } = parts.database;
  const row = delivery.kind === 'notice' ? delivery.row : delivery.message;
  const target = delivery.kind === 'notice' ? delivery.row.target : delivery.message.channel;
  const waitMs =
    sent.outcome === 'later'
      ? Math.max(sent.waitMs, 0)
      : sent.outcome === 'unknown'
        ? settleMs + backoff(row.tries)
        : backoff(row.tries + 3);
  const now = parts.now();
  if (sent.outcome === 'refused' && delivery.kind === 'notice' && tooOld(delivery.row.created_at, now)) {
    parts.log.error({ target, error: sent.error }, 'This was refused for a day and is given up.');
    return giveUp(db, delivery.row.id, { now, error: sent.error });
  }
  const retryAt = new Date(now.getTime() + waitMs);
  if (sent.outcome === 'later' && sent.rateLimited)
    await holdLane(db, `${delivery.kind === 'update' ? 'update' : 'post'}:${target}`, retryAt);
  await markFailed(db, delivery, { unknown: sent.outcome === 'unknown', retryAt, error: sent.error });
  parts.metrics.deliveryFailures.inc({ outcome: sent.outcome });
  if (sent.outcome !== 'later' || !sent.rateLimited)
    parts.log.warn({ target, error: sent.error, retryAt }, 'A Slack request did not succeed and is tried again.');
}

const tooOld = (since: Date, now: Date): boolean => now.getTime() - since.getTime() > giveUpAfterMs;

async function sayNotice(parts: DeliverParts, delivery: Extract<Delivery, { kind: 'notice' }>): Promise<void> {
  const { database, slack } = parts;
  const { row } = delivery;
  const said = (ts: string | null) => markSaid(database.db, row.id, { ts, now: parts.now() });
  const alert = row.alert_id === null ? undefined : await alertById(database.db, row.alert_id);

  if (row.payload.kind === 'page' && alert !== undefined) {
    const failure = await parts.pager.page(row.payload, alert, row.key);
    return failure === undefined ? said(null) : settle(parts, delivery, failure, async () => {});
  }
  const place = await placeOf(parts, row.payload, alert);
  if ('outcome' in place) return settle(parts, delivery, place, async () => {});
  const at = { ...place.at, key: row.key };
  const found = await lost(parts, row.attempted_at, at);
  if (found.outcome === 'failed') return settle(parts, delivery, found.failure, async () => {});
  const sent: Sent =
    found.outcome === 'found'
      ? { outcome: 'done', ts: found.ts }
      : await plainIfRefused((view) => post(slack, at, view), place.message);
  await settle(parts, delivery, sent, said);
}

/** A message that was drawn when it was put out. */
const Drawn = z.custom<Message>((value) => isRecord(value) && Array.isArray(value['blocks']));

/** Where a notice is posted and what it says, or why that cannot be known now. */
async function placeOf(
  parts: DeliverParts,
  notice: Notice,
  alert: Alert | undefined,
): Promise<{ at: { channel: string; threadTs?: string }; message: Message } | Exclude<Sent, { outcome: 'done' }>> {
  if (notice.kind === 'silence-ended') return { at: { channel: notice.target }, message: silenceEnded(notice.silence) };
  if (notice.kind === 'digest') return digestPlace(parts, notice);
  if (alert === undefined || notice.kind === 'page') return { outcome: 'refused', error: 'its alert does not exist' };
  const home = await homeMessage(parts.database.db, alert.id);
  if (home === undefined)
    return { outcome: 'later', error: 'its alert is not posted yet', waitMs: 1000, rateLimited: false };
  if (notice.kind === 'reply') {
    // The outbox keeps notices as JSON, in which a time is text.
    const event = { ...notice.event, at: new Date(notice.event.at) };
    return { at: { channel: home.channel, threadTs: home.ts }, message: timelineReply(alert, event) };
  }
  if (notice.kind === 'triage')
    return { at: { channel: home.channel, threadTs: home.ts }, message: Drawn.parse(notice.reply) };
  if (notice.kind === 'call')
    return { at: { channel: home.channel, threadTs: home.ts }, message: escalationNotice(alert, notice) };
  try {
    const { permalink } = await parts.slack.chat.getPermalink({ channel: home.channel, message_ts: home.ts });
    const link = permalink ?? '';
    if (notice.kind === 'notice')
      return { at: { channel: notice.target }, message: channelNotice(alert, notice, link) };
    const { channel } = await parts.slack.conversations.open({ users: notice.target });
    if (channel?.id === undefined)
      return { outcome: 'refused', error: 'Slack opened no conversation with this person' };
    return { at: { channel: channel.id }, message: directMessage(alert, notice, link) };
  } catch (error) {
    return judgeFailure(error);
  }
}

/** News of a digest goes to a channel, or to a person directly. */
async function digestPlace(
  { slack }: DeliverParts,
  { target, news }: Extract<Notice, { kind: 'digest' }>,
): Promise<{ at: { channel: string }; message: Message } | Exclude<Sent, { outcome: 'done' }>> {
  const message = digestNews(news);
  if (!isUserId(target)) return { at: { channel: target }, message };
  try {
    const { channel } = await slack.conversations.open({ users: target });
    if (channel?.id === undefined)
      return { outcome: 'refused', error: 'Slack opened no conversation with this person' };
    return { at: { channel: channel.id }, message };
  } catch (error) {
    return judgeFailure(error);
  }
}
