import type { Signal } from './signal.ts';
import { type OnFault, payloadFromSns, readSignals } from './sources/index.ts';
import { subscriptionLost } from './sources/sns.ts';
import { OwnFinding, ownSignal } from './sources/trailwatch.ts';

/** A verified message of SNS as it came, or a finding of Trailwatch's own, which takes the same way. */
export interface InboxMessage {
  type: 'Notification' | 'UnsubscribeConfirmation' | 'Finding';
  /** Of SNS: the same message has the same one, however often and whichever way it comes. */
  id: string;
  topicArn: string;
  /** When SNS took it: ISO 8601, UTC. */
  timestamp: string;
  subject?: string | undefined;
  message: string;
  /** Genuine, but older than SNS can deliver over HTTP: somebody may be playing it again. */
  stale: boolean;
  /** Where its trace stands, where traces are on: a W3C traceparent. */
  traceparent?: string | undefined;
}

/** What a message says. A message too old to have come straight from SNS is shown with a word about that. */
export function signalsOf(message: InboxMessage, onFault?: OnFault): Signal[] {
  if (message.type === 'Finding') return [ownSignal(OwnFinding.parse(JSON.parse(message.message)), message.timestamp)];
  const signals =
    message.type === 'UnsubscribeConfirmation'
      ? [subscriptionLost(message.topicArn, message.timestamp)]
      : readSignals(payloadFromSns(message), onFault);
  if (!message.stale) return signals;
  const late = {
    name: 'Late',
    value: `SNS sent this at ${message.timestamp}, long before it arrived: it waited in a queue, or somebody plays it again.`,
  };
  return signals.map((signal) => ({ ...signal, fields: [late, ...signal.fields].slice(0, 10) }));
}
