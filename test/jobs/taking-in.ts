import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import type { InboxMessage } from '../../src/alerts/message.ts';
import type { Route } from '../../src/alerts/routing.ts';
import { type IntakeParts, intake } from '../../src/jobs/intake.ts';
import { createMetrics } from '../../src/metrics.ts';
import type { Database } from '../../src/store/database.ts';
import { openInbox } from '../../src/store/inbox.ts';

export const topicArn = 'arn:aws:sns:eu-west-1:111122223333:security-alerts';

/** A payload as SNS brings it. */
export const messageOf = (payload: unknown, at: Date, more: Partial<InboxMessage> = {}): InboxMessage => ({
  type: 'Notification',
  id: randomUUID(),
  topicArn,
  timestamp: at.toISOString(),
  message: typeof payload === 'string' ? payload : JSON.stringify(payload),
  stale: false,
  ...more,
});

const everything: Route = {
  match: {},
  channel: 'C0ALERTS',
  mention: [],
  escalation: 'primary',
  severity: null,
  runbook: null,
  mode: 'alert',
  quietHours: null,
  ask: null,
  show: null,
  continue: false,
};

export const policies = new Map([
  [
    'primary',
    {
      steps: [
        { notify: ['user:U0ANA'], afterMs: 300_000 },
        { notify: ['user:U0BEN'], afterMs: 900_000 },
      ],
      repeat: 0,
    },
  ],
]);

/** The intake over a database, with one route: everything is an alert in C0ALERTS that `primary` escalates. */
export function intakeOf(database: Database, clock: { now: Date }, changes: Partial<IntakeParts> = {}) {
  const parts: IntakeParts = {
    database,
    config: {
      routes: [everything],
      channels: { default: 'C0ALERTS', digest: 'C0AUDIT' },
      grouping: { reopenWindowMs: 3_600_000, storm: 10, incidentWindowMs: 7_200_000, isOwn: () => false },
    },
    accountNames: () => new Map(),
    standing: async (now) => ({ now, policies, onCall: () => [], defaultChannel: 'C0ALERTS' }),
    now: () => clock.now,
    log: pino({ level: 'silent' }),
    metrics: createMetrics(),
    stopping: new AbortController().signal,
    wakes: { after: () => {} },
    ...changes,
  };
  const inbox = openInbox(database);
  const put = (messages: readonly InboxMessage[]): Promise<boolean[]> =>
    Promise.all(messages.map((message) => inbox.put(message, clock.now)));
  return {
    parts,
    put,
    intake: () => intake(parts),
    /** Puts messages into the inbox one after the other (two writers keep no order), and takes everything in. */
    take: async (...messages: InboxMessage[]): Promise<void> => {
      for (const message of messages) await inbox.put(message, clock.now);
      await intake(parts);
    },
    outcomes: async (): Promise<Record<string, number>> => {
      const { values } = await parts.metrics.snsMessages.get();
      return Object.fromEntries(values.map(({ labels, value }) => [labels.outcome, value]));
    },
  };
}
