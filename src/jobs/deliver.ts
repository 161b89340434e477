import { setTimeout as sleep } from 'node:timers/promises';
import type { WebClient } from '@slack/web-api';
import type { Selectable } from 'kysely';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Alert } from '../alerts/alert.ts';
import { type Incident, type OwnAddress, sharedBy } from '../alerts/incidents.ts';
import { calledNext, type EscalationPolicy, lostPolicy } from '../alerts/ladder.ts';
import { isCall, isReminder, type Notice } from '../alerts/notices.ts';
import { route } from '../alerts/routing.ts';
import { readTarget } from '../alerts/targets/index.ts';
import type { Config } from '../config/config.ts';
import type { Metrics } from '../metrics.ts';
import { callPager } from '../notify/index.ts';
import type { PagerParts } from '../notify/pager.ts';
import { isUserId } from '../slack/escape.ts';
import { directChannel, namesOf, quietUntil, whyUnreachable } from '../slack/people.ts';
import { permalinkOf } from '../slack/permalinks.ts';
import { editPosted, type Posted, postOnce, retryAfterMs } from '../slack/post-once.ts';
import { type Failure, judgeFailure } from '../slack/posting.ts';
import type { Message, SentMessage } from '../slack/types.ts';
import { givenMessage } from '../slack/views/alert-list.ts';
import { type AlertContext, alertMessage } from '../slack/views/alert-message.ts';
import { askMessage } from '../slack/views/asked.ts';
import { digestNews } from '../slack/views/digest-news.ts';
import {
  endedIncident,
  foldedMessage,
  type IncidentShown,
  incidentMessage,
  joinedReply,
} from '../slack/views/incident-message.ts';
import { oncallNews } from '../slack/views/oncall.ts';
import { silenceBegun, silenceEnded } from '../slack/views/silences.ts';
import { type StormShown, stormMessage } from '../slack/views/storm-message.ts';
import {
  bundledCalls,
  channelNotice,
  type DirectWhy,
  directAgain,
  directMessage,
  escalationNotice,
  stormCallMessage,
  timelineReply,
} from '../slack/views/thread.ts';
import { watchNews } from '../slack/views/watch.ts';
import { alertById, alertsById, alertsOfIncident, appendEvents, stillCalls } from '../store/alerts.ts';
import type { Database } from '../store/database.ts';
import {
  alertsOfBundle,
  anythingFor,
  bundleRows,
  claimNext,
  type Delivery,
  directNotice,
  forgetMessage,
  giveUp,
  holdLane,
  homeMessage,
  keepDirect,
  lastCall,
  markBundleSaid,
  markFailed,
  markSaid,
  markShown,
  messageOfStorm,
  moveMessage,
  pointTo,
  rowOf,
  sendBefore,
  showAgain,
  triageSaid,
} from '../store/deliveries.ts';
import { incidentById, joinReasons } from '../store/incidents.ts';
import { stormById } from '../store/storms.ts';
import type { OutboxTable } from '../store/tables.ts';
import { hurryOtherWays, noteUnreached } from '../store/unreached.ts';
import { traced } from '../tracing.ts';
import { tellAdministrators } from './digests/administrators.ts';
import type { Wakes } from './wakes.ts';

export interface DeliverParts {
  database: Database;
  slack: WebClient;
  environment: PagerParts;
  /** Where an alert is shown when its own channel cannot be posted to. */
  defaultChannel: string;
  config: Pick<Config, 'access' | 'routes'>;
  policies: ReadonlyMap<string, EscalationPolicy>;
  /** Which addresses are the company's own. */
  isOwn: OwnAddress;
  /** Those of these channels that everybody may read. */
  readableByAll: (channels: readonly string[]) => Promise<string[]>;
  now: () => Date;
  log: Logger;
  metrics: Metrics;
  wakes: Pick<Wakes, 'deliver' | 'triage' | 'escalate'>;
}

/** A call or a reply that is still refused after so long (the person has left, say) is of no use to anybody any more. */
const giveUpAfterMs = 86_400_000;
/** Who is called and does not have the message after so long is called by their other ways. */
const slackPatienceMs = 60_000;

/**
 * Brings one Slack channel (or person, or pager) up to date with the database: edits what is behind, posts what is
 * new, says what is to be said, until nothing is due or Slack's pace says to wait. Safe to run at any time and on
 * any number of replicas: each step is claimed in the database first.
 */
export async function deliver(parts: DeliverParts, target: string): Promise<void> {
  while (await anythingFor(parts.database.db, target)) {
    const claim = await parts.database.transaction((trx) => claimNext(trx, target, parts.now()));
    if ('next' in claim) {
      if (claim.next !== null) parts.wakes.deliver(target, claim.next);
      return;
    }
    const { delivery } = claim;
    if (delivery.kind === 'notice') await sayNotice(parts, delivery);
    else if (delivery.kind === 'bundle') await sayBundle(parts, delivery);
    else await showMessage(parts, delivery);
  }
}

/** The newest state of what a Slack message shows, drawn. A copy in another channel than the alert's has no buttons. */
async function draw(
  parts: DeliverParts,
  place: {
    alert_id: number | null;
    storm_id: number | null;
    incident_id: number | null;
    channel: string;
    ts: string | null;
  },
): Promise<{ message: SentMessage; version: number; key: string; traceparent?: string | undefined } | undefined> {
  const { db } = parts.database;
  if (place.storm_id !== null) {
    const storm = await stormShown(parts, place.storm_id);
    return storm && { message: stormMessage(storm), version: storm.version, key: `storm-${storm.id}` };
  }
  if (place.incident_id !== null) {
    const shown = await incidentShown(parts, place.incident_id, { readable: parts.readableByAll });
    if (shown === undefined) return undefined;
    const { incident, alerts } = shown;
    const drawn =
      alerts.length === 0 ? endedIncident(incident, await linkToIncident(parts, incident)) : incidentMessage(shown);
    return { message: drawn, version: incident.version, key: `incident-${incident.id}` };
  }
  const alert = place.alert_id === null ? undefined : await alertById(db, place.alert_id);
  if (alert === undefined) return undefined;
  const key = `alert-${alert.id}-${place.channel}`;
  const { traceparent } = alert.signal;
  const extra = await ladderOf(parts, alert);
  if (isDirect(place.channel)) {
    const why = (await directNotice(db, alert.id, place.ts))?.why ?? { reason: 'escalated', level: alert.level };
    const message = await directTo(parts, alert, why, extra);
    return { message, version: alert.version, key, traceparent };
  }
  if (alert.incidentId !== null)
    return {
      message: foldedMessage(alert, await linkTo(parts, alert.id)),
      version: alert.version,
      key,
      traceparent,
    };
  // It came before the storm was one. Its copies in other channels stay as they are.
  if (alert.stormId !== null && place.channel === alert.channel) {
    const way = await linkOf(parts, await messageOfStorm(db, alert.stormId));
    return { message: foldedMessage(alert, way), version: alert.version, key, traceparent };
  }
  const shown: Alert = place.channel === alert.channel ? alert : { ...alert, mode: 'notification', mention: [] };
  const { show } = route(alert.signal, parts.config.routes, parts.defaultChannel, parts.now()).home;
  const message = alertMessage(shown, show === null ? extra : { ...extra, show });
  return { message, version: alert.version, key, traceparent };
}

/** A direct message about an alert; to whoever is called for one that is inside a storm, about all of the storm. */
async function directTo(parts: DeliverParts, alert: Alert, why: DirectWhy, extra: AlertContext): Promise<SentMessage> {
  const storm = why.reason === 'escalated' ? await stormOf(parts, alert) : undefined;
  if (storm !== undefined)
    return stormCallMessage(storm, why, await linkOf(parts, await messageOfStorm(parts.database.db, storm.id)));
  return withTriage(parts, alert, directMessage(alert, why, await linkTo(parts, alert.id), extra));
}

/** The storm in whose name an alert inside it calls. */
const stormOf = async (parts: DeliverParts, { stormId }: Alert): Promise<StormShown | undefined> =>
  stormId === null ? undefined : stormShown(parts, stormId);

/** A direct message with what the triage of its alert found out, to read: its questions are asked in the thread. */
async function withTriage({ database }: DeliverParts, alert: Alert, message: Message): Promise<SentMessage> {
  const reply = alert.state === 'resolved' ? undefined : await triageSaid(database.db, alert.id);
  if (reply === undefined) return message;
  const found = Drawn.parse(reply).blocks.filter(({ type }) => type === 'rich_text' || type === 'context');
  return { ...message, blocks: [...message.blocks, ...found] };
}

/** Ids of direct conversations begin so. Source: docs.slack.dev, "Conversation object". */
const isDirect = (channel: string): boolean => channel.startsWith('D');

/** The way to the alert's own message; '' where there is none any more. */
const linkTo = async (parts: Pick<DeliverParts, 'database' | 'slack'>, alertId: number): Promise<string> =>
  linkOf(parts, await homeMessage(parts.database.db, alertId));

const linkOf = async (
  { slack }: Pick<DeliverParts, 'slack'>,
  home: { channel: string; ts: string } | undefined,
): Promise<string> => (home === undefined ? '' : permalinkOf(slack, home));

/** The way to the message of the incident that another one became part of. */
async function linkToIncident(parts: DeliverParts, { mergedInto }: Incident): Promise<string> {
  const [first] = mergedInto === null ? [] : await alertsOfIncident(parts.database.db, mergedInto);
  return first === undefined ? '' : linkTo(parts, first.id);
}

/** The levels of the alert's policy, who was called last, and who is called next: these are not mentioned, it would call them now. */
export async function ladderOf(
  { database, policies }: Pick<DeliverParts, 'database' | 'policies'>,
  alert: Alert,
): Promise<AlertContext> {
  const incident = alert.incidentId === null ? undefined : await incidentById(database.db, alert.incidentId);
  const last =
    alert.state === 'firing' && alert.level > 0 ? await lastCall(database.db, { alert: alert.id }) : undefined;
  return {
    ...(incident === undefined ? {} : { incident: { id: incident.id, count: incident.count } }),
    ...callsOf(alert, policies, last),
  };
}

function callsOf(
  ladder: Pick<Alert, 'escalation' | 'level' | 'round' | 'exhaustedAt' | 'severity'>,
  policies: DeliverParts['policies'],
  last: Awaited<ReturnType<typeof lastCall>>,
): Pick<AlertContext, 'levels' | 'next' | 'mentions' | 'called'> {
  const policy = ladder.escalation === null ? undefined : policies.get(ladder.escalation);
  const next = calledNext(ladder, policy ?? lostPolicy) ?? [];
  const named = next.flatMap((target) => {
    const read = readTarget(target);
    return read?.kind.words == null ? [] : [read.kind.words(read.id)];
  });
  const mentions = next.filter((target) => readTarget(target)?.kind.words === null);
  return {
    ...(policy === undefined ? {} : { levels: policy.steps.length }),
    next: next.length === 0 ? ['the default channel'] : named,
    mentions,
    ...(last === undefined
      ? {}
      : {
          called: {
            targets: [
              ...last.call.users.map((id) => `user:${id}`),
              ...last.call.usergroups.map((id) => `usergroup:${id}`),
              ...(last.call.others ?? []),
            ],
            at: last.at,
          },
        }),
  };
}

/** A storm as its message shows it; undefined: there is none of this number. */
export async function stormShown(
  parts: Pick<DeliverParts, 'database' | 'policies' | 'slack'>,
  id: number,
): Promise<StormShown | undefined> {
  const { db } = parts.database;
  const storm = await stormById(db, id);
  if (storm === undefined) return undefined;
  const worst = await alertsById(db, storm.worst);
  const last = storm.level > 0 ? await lastCall(db, { storm: id }) : undefined;
  return {
    ...storm,
    extra: callsOf(storm, parts.policies, last),
    worst: await Promise.all(
      // An alert inside it has no message that says more.
      worst.map(async (alert) => ({ alert, permalink: alert.stormId === null ? await linkTo(parts, alert.id) : '' })),
    ),
  };
}

/** An alert of a private channel as others may know of it: that it is there, how bad it is and how it stands. */
const withheld = (alert: Alert): Alert => {
  const { source, kind, dedupKey, severity, state, time, partition } = alert.signal;
  const said = 'An alert of a private channel';
  const signal = { source, kind, dedupKey, severity, state, time, partition, title: said, sentence: said, links: [] };
  return { ...alert, signal: { ...signal, fields: [], raw: null } };
};

/** An incident with its alerts as its message shows it; undefined: there is none of this number. */
export async function incidentShown(
  parts: Pick<DeliverParts, 'database' | 'policies' | 'isOwn'>,
  id: number,
  { readable }: { readable: (channels: readonly string[]) => Promise<string[]> },
): Promise<IncidentShown | undefined> {
  const { db } = parts.database;
  const incident = await incidentById(db, id);
  if (incident === undefined) return undefined;
  const all = await alertsOfIncident(db, id);
  const elsewhere = new Set(all.map(({ channel }) => channel));
  elsewhere.delete(incident.channel);
  const open = new Set([incident.channel, ...(elsewhere.size === 0 ? [] : await readable([...elsewhere]))]);
  const hidden = new Set(all.filter(({ channel }) => !open.has(channel)).map((alert) => alert.id));
  const alerts = all.map((alert) => (hidden.has(alert.id) ? withheld(alert) : alert));
  const lead = alerts.find(({ leads }) => leads);
  return {
    incident,
    alerts,
    reasons: new Map([...(await joinReasons(db, id))].filter(([alert]) => !hidden.has(alert))),
    shared: sharedBy(alerts, parts.isOwn),
    withheld: hidden,
    ...(lead === undefined ? {} : { extra: await ladderOf(parts, lead) }),
  };
}

async function showMessage(
  parts: DeliverParts,
  delivery: Extract<Delivery, { kind: 'update' | 'post' }>,
): Promise<void> {
  const { message } = delivery;
  const drawn = await draw(parts, message);
  if (drawn === undefined) throw new Error(`Slack message ${message.id} shows an alert that does not exist.`);
  const about = {
    kind: 'PRODUCER',
    parent: drawn.traceparent,
    attributes: { 'trailwatch.delivery': delivery.kind },
  } as const;
  await traced('deliver message', about, () => sendDrawn(parts, delivery, drawn));
}

async function sendDrawn(
  parts: DeliverParts,
  delivery: Extract<Delivery, { kind: 'update' | 'post' }>,
  drawn: { message: SentMessage; version: number; key: string },
): Promise<void> {
  const { database } = parts;
  const { message } = delivery;
  const { key, version } = drawn;

  const to = { channel: message.channel, key };
  if (delivery.kind === 'update') {
    const sent = await editPosted(parts, { ...to, ts: delivery.message.ts }, drawn.message);
    // Somebody deleted the message: the alert is shown again rather than lost.
    if (sent.outcome === 'refused' && sent.about === 'gone')
      return isDirect(message.channel) ? forgetMessage(database.db, message.id) : showAgain(database.db, message.id);
    return settle(parts, delivery, sent, (ts) => markShown(database.db, message.id, { ts, version }));
  }

  const sent = await postOnce(parts, { ...to, before: sendBefore(delivery) }, drawn.message, message.attempted_at);
  if (sent.outcome === 'refused' && sent.about === 'channel' && message.channel !== parts.defaultChannel) {
    parts.log.warn(
      { channel: message.channel, error: sent.error },
      'Slack refuses this channel: the default channel is used. Is the bot invited to it?',
    );
    await moveMessage(database.db, message.id, parts.defaultChannel);
    return parts.wakes.deliver(parts.defaultChannel);
  }
  await settle(parts, delivery, sent, async (ts) => {
    // What was found shows some older version perhaps: as version 0 it is behind, and the next round edits it.
    if (sent.outcome === 'found') return markShown(database.db, message.id, { ts, version: 0 });
    await markShown(database.db, message.id, { ts, version });
    const whole =
      message.incident_id !== null
        ? ({ column: 'incident_id', id: message.incident_id } as const)
        : message.storm_id !== null
          ? ({ column: 'storm_id', id: message.storm_id } as const)
          : undefined;
    if (whole !== undefined) for (const channel of await pointTo(database.db, whole)) parts.wakes.deliver(channel);
    parts.metrics.posted.inc();
    parts.wakes.triage();
  });
}

/** Writes down what came of a request, and when it is tried again. */
async function settle(
  parts: DeliverParts,
  delivery: Delivery,
  sent: Posted,
  done: (ts: string) => Promise<void>,
): Promise<void> {
  if (sent.outcome === 'done' || sent.outcome === 'found') return done(sent.ts);
  const { db } = parts.database;
  const row = rowOf(delivery);
  const target = 'target' in row ? row.target : row.channel;
  const now = parts.now();
  if (sent.outcome === 'refused' && 'payload' in row && isUnreached(sent, row.payload)) {
    parts.log.warn({ target, error: sent.error }, 'Somebody who was called cannot be reached.');
    parts.metrics.deliveryFailures.inc({ outcome: sent.outcome });
    const rows = delivery.kind === 'bundle' ? await bundleRows(db, row.bundle ?? row.id) : [row];
    await goOn(parts, rows, { error: sent.error, outcome: 'unreached' });
    return tellAdministrators(parts, {
      key: `unreached-${target}-${now.toISOString().slice(0, 10)}`,
      title: 'On call',
      sentence: `${target} is called and cannot be reached (${sent.error}): take it out of the policies, schedules and groups that call it.`,
    });
  }
  if (sent.outcome === 'refused' && delivery.kind === 'notice' && tooOld(delivery.row.created_at, now)) {
    parts.log.error({ target, error: sent.error }, 'This was refused for a day and is given up.');
    return giveUp(db, delivery.row.id, { now, error: sent.error });
  }
  const retryAt = new Date(now.getTime() + retryAfterMs(sent, row.tries));
  if (sent.outcome === 'later' && sent.rateLimited)
    await holdLane(db, `${delivery.kind === 'update' ? 'update' : 'post'}:${target}`, retryAt);
  await markFailed(db, delivery, { unknown: sent.outcome === 'unknown', retryAt, error: sent.error });
  parts.metrics.deliveryFailures.inc({ outcome: sent.outcome });
  // Slack may be down: the person is called by what is not Slack.
  if ('payload' in row && isDirectCall(row) && now.getTime() - row.created_at.getTime() >= slackPatienceMs) {
    const calls = delivery.kind === 'bundle' ? await bundleRows(db, row.bundle ?? row.id) : [row];
    for (const other of await hurryOtherWays(db, calls)) parts.wakes.deliver(other);
  }
  if (sent.outcome !== 'later' || !sent.rateLimited)
    parts.log.warn({ target, error: sent.error, retryAt }, 'A Slack request did not succeed and is tried again.');
}

/** Nobody hears these calls: the timeline says so, and the next way, or the next level, is taken at once. */
async function goOn(
  parts: DeliverParts,
  rows: readonly Selectable<OutboxTable>[],
  why: { error: string; outcome: 'unreached' | 'silent' },
): Promise<void> {
  const now = parts.now();
  const { targets, dueNow } = await parts.database.transaction((trx) => noteUnreached(trx, rows, { now, ...why }));
  for (const target of targets) parts.wakes.deliver(target);
  if (dueNow) parts.wakes.escalate(now);
}

/** Whether a call or a reminder was refused for good: the person is gone, the channel takes nothing of ours, or the service does not know us. */
const isUnreached = ({ about }: Extract<Failure, { outcome: 'refused' }>, notice: Notice): boolean =>
  (isCall(notice) || isReminder(notice)) &&
  notice.kind !== 'call' &&
  (about === 'person' || about === 'channel' || notice.kind === 'page');

const tooOld = (since: Date, now: Date): boolean => now.getTime() - since.getTime() > giveUpAfterMs;

async function sayNotice(parts: DeliverParts, delivery: Extract<Delivery, { kind: 'notice' }>): Promise<void> {
  const { database } = parts;
  const { row } = delivery;
  const said = (ts: string | null) => markSaid(database.db, row.id, row.payload, { ts, now: parts.now() });
  const alert = row.alert_id === null ? undefined : await alertById(database.db, row.alert_id);

  if (alert !== undefined && (await isVain(database.db, row.payload, alert))) {
    parts.log.info({ alert: alert.id, target: row.target, state: alert.state }, 'A call is not made any more.');
    return giveUp(database.db, row.id, { now: parts.now(), error: `not sent: the alert was ${alert.state} by then` });
  }
  if (row.payload.kind === 'page' && alert !== undefined) {
    const called = await callPager(parts.environment, row.payload, alert, row.key);
    if (called.outcome !== 'taken') return settle(parts, delivery, called, async () => {});
    const { receipt, polled } = called;
    return markSaid(database.db, row.id, row.payload, { ts: null, now: parts.now(), receipt, polled });
  }
  // What is claimed has to be sent soon: Slack is asked everything at once.
  const [place, heard] = await Promise.all([
    placeOf(parts, row.payload, alert).catch(judgeFailure),
    isDirectCall(row) || isReminder(row.payload) ? hearing(parts, row.target) : { quiet: null },
  ]);
  if ('outcome' in place) return settle(parts, delivery, place, async () => {});
  const { at, message } = place;
  const to = { ...at, key: row.key };
  if ('outcome' in heard) return settle(parts, delivery, heard, async () => {});
  if (row.ts === null) {
    const sent = await postOnce(parts, { ...to, before: sendBefore(delivery) }, message, row.attempted_at);
    return settle(parts, delivery, sent, async (ts) => {
      await said(ts);
      // A reminder that does not ring has its quarter of an hour all the same.
      if (heard.quiet !== null && isDirectCall(row))
        await goOn(parts, [row], { error: heard.quiet, outcome: 'silent' });
      if (alert === undefined || row.payload.kind !== 'direct') return;
      // What was found shows an older version perhaps: the next round edits it.
      const version = sent.outcome === 'found' ? 0 : alert.version;
      const kept = await keepDirect(database.db, { alertId: alert.id, channel: at.channel, ts, version });
      if (kept.behind) parts.wakes.deliver(at.channel);
      if (kept.earlier !== null) await retire(parts, alert, { channel: at.channel, ts: kept.earlier });
    });
  }
  // It was said before, and says more now.
  const sent = await editPosted(parts, { ...to, channel: saidIn(row, at.channel), ts: row.ts }, message);
  if (sent.outcome === 'refused' && sent.about === 'gone')
    return giveUp(database.db, row.id, { now: parts.now(), error: sent.error });
  await settle(parts, delivery, sent, said);
}

/** An earlier direct message is not kept up to date any more: it loses its buttons, and leads to the newer one below it. */
async function retire(parts: DeliverParts, alert: Alert, at: { channel: string; ts: string }): Promise<void> {
  const earlier = await directNotice(parts.database.db, alert.id, at.ts);
  if (earlier === undefined) return;
  const sent = await editPosted(parts, { ...at, key: earlier.key }, directAgain(alert));
  // It says something old then, which its buttons answer for: nobody has to hear of it.
  if (sent.outcome !== 'done')
    parts.log.info({ alert: alert.id, error: sent.error }, 'An older direct message stays as it is.');
}

const isDirectCall = ({ kind, step }: Pick<Selectable<OutboxTable>, 'kind' | 'step'>): boolean =>
  kind === 'direct' && step !== null;

/** Whether somebody hears a direct message now: `quiet` says why not; a failure says that they cannot be reached at all. */
async function hearing(
  { slack, config, log, now }: DeliverParts,
  user: string,
): Promise<{ quiet: string | null } | Failure> {
  const unknown = (error: unknown): null => {
    // Whoever may hear it is called.
    log.warn({ err: error, user }, 'Slack did not say whether this person hears a message.');
    return null;
  };
  const [gone, until] = await Promise.all([
    soon(whyUnreachable(slack, user, config.access)).catch(unknown),
    soon(quietUntil(slack, user, now())).catch(unknown),
  ]);
  if (gone !== null) return { outcome: 'refused', about: 'person', error: gone };
  return { quiet: until && `Slack will not ring: do not disturb until ${until.toISOString().slice(0, 16)}Z` };
}

/** Slack has this long to say whether somebody hears a message: the message itself must not wait for it. */
const hearingMs = 2000;

const soon = <T>(asked: Promise<T>): Promise<T> =>
  Promise.race([
    asked,
    sleep(hearingMs, undefined, { ref: false }).then(() => {
      throw new Error('no answer in time');
    }),
  ]);

/** Calls one person for several alerts, in one message. */
async function sayBundle(parts: DeliverParts, delivery: Extract<Delivery, { kind: 'bundle' }>): Promise<void> {
  const { database, slack } = parts;
  const { first, alertIds } = delivery;
  const bundle = first.bundle ?? first.id;
  const [heard, channel] = await Promise.all([
    hearing(parts, first.target),
    directChannel(slack, first.target).catch(judgeFailure),
  ]);
  if ('outcome' in heard) return settle(parts, delivery, heard, async () => {});
  if (typeof channel !== 'string') return settle(parts, delivery, channel, async () => {});
  const worst = await alertsById(database.db, alertIds.slice(0, mostShown));
  const { length: count } = await alertsOfBundle(database.db, bundle);
  const message = bundledCalls(worst, count, bundle);
  const sent = await postOnce(
    parts,
    { channel, key: `bundle-${bundle}`, before: sendBefore(delivery) },
    message,
    first.attempted_at,
  );
  await settle(parts, delivery, sent, async (ts) => {
    const now = parts.now();
    const rows = await database.transaction(async (trx) => {
      const made = await markBundleSaid(trx, bundle, { ts, now });
      const lines = made.flatMap(({ alert_id, target }) => {
        const event = {
          kind: 'called' as const,
          at: now,
          by: { type: 'trailwatch' as const },
          detail: target,
          text: `in a bundle of ${alertIds.length}`,
        };
        return alert_id === null ? [] : [{ alertId: alert_id, event }];
      });
      await appendEvents(trx, lines);
      return made;
    });
    if (heard.quiet !== null) await goOn(parts, rows, { error: heard.quiet, outcome: 'silent' });
  });
}

/** Of the alerts of a bundle, so many are shown: the worst. */
const mostShown = 5;

/** Where a reply was posted: its alert may have become part of an incident of another channel since. */
const saidIn = ({ kind, target }: { kind: Notice['kind']; target: string }, home: string): string =>
  kind === 'triage' ? target : home;

/** Whether a call or a question has no purpose any more: somebody has the alert in hand, or no longer has. */
async function isVain(db: Database['db'], notice: Notice, alert: Alert): Promise<boolean> {
  if (isReminder(notice)) return alert.state !== 'acknowledged';
  if (notice.kind === 'direct' && (notice.reason === 'offered' || notice.reason === 'not-taken'))
    return alert.state === 'resolved';
  return isCall(notice) && !(await stillCalls(db, alert));
}

interface Place {
  at: { channel: string; threadTs?: string };
  message: SentMessage;
}

const Blocks = z.array(z.looseObject({ type: z.string(), block_id: z.string().optional() }));

/** A message that was drawn when it was put out. */
const Drawn = z.object({ text: z.string(), blocks: Blocks });

/** Where a notice is posted and what it says, or why that cannot be known now. Throws what the Web API client throws. */
async function placeOf(parts: DeliverParts, notice: Notice, alert: Alert | undefined): Promise<Place | Failure> {
  const { slack } = parts;
  if (notice.kind === 'silence-begun') return { at: { channel: notice.target }, message: silenceBegun(notice.silence) };
  if (notice.kind === 'silence-ended') return { at: { channel: notice.target }, message: silenceEnded(notice.silence) };
  if (notice.kind === 'watch')
    return { at: { channel: await directChannel(slack, notice.target) }, message: watchNews(notice.news) };
  if (notice.kind === 'given')
    return { at: { channel: await directChannel(slack, notice.target) }, message: givenMessage(notice) };
  if (notice.kind === 'digest' || notice.kind === 'oncall') {
    const channel = isUserId(notice.target) ? await directChannel(slack, notice.target) : notice.target;
    return { at: { channel }, message: notice.kind === 'digest' ? digestNews(notice.news) : oncallNews(notice.news) };
  }
  if (alert === undefined) return { outcome: 'refused', about: 'else', error: 'its alert does not exist' };
  const storm = isCall(notice) ? await stormOf(parts, alert) : undefined;
  const ofStorm = storm && (await messageOfStorm(parts.database.db, storm.id));
  const home = ofStorm ?? (await homeMessage(parts.database.db, alert.id));
  if (home === undefined)
    return { outcome: 'later', error: 'its alert is not posted yet', waitMs: 1000, rateLimited: false };
  const inThread = { channel: home.channel, threadTs: home.ts };
  const extra = await ladderOf(parts, alert);
  switch (notice.kind) {
    case 'reply':
      // The outbox keeps notices as JSON, in which a time is text.
      return { at: inThread, message: timelineReply(alert, { ...notice.event, at: new Date(notice.event.at) }) };
    case 'joined': {
      const told = new Set(notice.alerts.map(({ id }) => id));
      const shown =
        alert.incidentId === null
          ? undefined
          : await incidentShown(parts, alert.incidentId, { readable: parts.readableByAll });
      const all = shown?.alerts ?? [alert];
      const owner = all.find(({ leads }) => leads)?.acknowledgedBy ?? null;
      const news = all.filter(({ id }) => told.has(id));
      return { at: inThread, message: joinedReply(news, shown?.reasons ?? new Map(), owner) };
    }
    case 'ask':
      return {
        at: { channel: await directChannel(slack, notice.target) },
        message: askMessage(alert, notice.question),
      };
    case 'triage':
      return { at: inThread, message: Drawn.parse(notice.reply) };
    case 'call':
      return {
        at: inThread,
        message: escalationNotice(alert, notice, {
          ...(storm?.extra ?? extra),
          nameOf: await namesOf(slack, notice.users),
          storm,
        }),
      };
    case 'notice':
      return {
        at: { channel: notice.target },
        message: channelNotice(alert, notice, await linkOf(parts, home), { ...(storm?.extra ?? extra), storm }),
      };
    case 'direct': {
      const [channel, message] = await Promise.all([
        directChannel(slack, notice.target),
        directTo(parts, alert, notice, extra),
      ]);
      return { at: { channel }, message };
    }
    case 'page':
      return { outcome: 'refused', about: 'else', error: 'a page goes to a pager, not to Slack' };
  }
}
