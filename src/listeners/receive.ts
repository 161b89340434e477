import type { Transaction } from 'kysely';
import { type Routing, route } from '../alerts/routing.ts';
import type { Signal } from '../alerts/signal.ts';
import { silenceFor } from '../alerts/silences.ts';
import { payloadFromSns, readSignals } from '../alerts/sources/index.ts';
import { subscriptionLost } from '../alerts/sources/sns.ts';
import type { AccountName, AccountNames } from '../aws/names.ts';
import type { Config } from '../config/config.ts';
import type { Metrics } from '../metrics.ts';
import { rememberMessage } from '../store/alerts.ts';
import type { Database, Tables } from '../store/database.ts';
import { type Intake, type Placement, takeIn } from '../store/intake.ts';
import { activeSilences, countCaught } from '../store/silences.ts';
import type { Standing, Wake } from '../store/transitions.ts';
import type { SnsMessage } from './sns/message.ts';

export interface ReceiveParts {
  database: Database;
  config: Config;
  accountNames: AccountNames;
  standing: (now: Date) => Promise<Standing>;
  now: () => Date;
  metrics: Metrics;
  wake: (wake: Wake) => Promise<void>;
}

/**
 * Takes in a verified SNS message: the message id, the alerts it opens or updates, their timeline and what must be
 * said of them are committed together, and only then does it return. Whatever throws before is answered 503 and
 * comes again. Both ways in (HTTP and SQS) end here.
 */
export async function receive(parts: ReceiveParts, message: SnsMessage, stale: boolean): Promise<void> {
  const now = parts.now();
  const signals = signalsOf(message, stale);
  const standing = await parts.standing(now);
  const taken = await parts.database.transaction(async (trx) => {
    const first = await rememberMessage(trx, {
      id: message.messageId,
      topic_arn: message.topicArn,
      sent_at: new Date(message.timestamp),
      received_at: now,
      outcome: signals
        .map((signal) => signal.source)
        .join(' ')
        .slice(0, 100),
    });
    if (!first) return [{ outcome: 'repeated-message' as const, wake: undefined }];
    const results: { outcome: Intake | 'dropped' | 'silenced'; wake: Wake | undefined }[] = [];
    // In the order of the locks that are taken, so that two messages with the same alerts cannot wait for each other.
    for (const signal of signals.toSorted((a, b) => (lockOrder(a) < lockOrder(b) ? -1 : 1)))
      results.push(await takeSignal(trx, parts, signal, standing));
    return results;
  });
  for (const { outcome, wake } of taken) {
    parts.metrics.snsMessages.inc({ outcome });
    if (wake !== undefined) await parts.wake(wake);
  }
}

const lockOrder = ({ source, kind, dedupKey }: Signal): string => JSON.stringify([source, kind, dedupKey]);

/** What a message says. A message too old to have come straight from SNS is shown with a word about that. */
export function signalsOf(message: SnsMessage, stale: boolean): Signal[] {
  const signals =
    message.type === 'UnsubscribeConfirmation'
      ? [subscriptionLost(message.topicArn, message.timestamp)]
      : readSignals(
          payloadFromSns({
            message: message.message,
            topicArn: message.topicArn,
            timestamp: message.timestamp,
            ...(message.subject === undefined ? {} : { subject: message.subject }),
          }),
        );
  if (!stale) return signals;
  const late = {
    name: 'Late',
    value: `SNS sent this at ${message.timestamp}, long before it arrived: it waited in a queue, or somebody plays it again.`,
  };
  return signals.map((signal) => ({ ...signal, fields: [late, ...signal.fields].slice(0, 10) }));
}

async function takeSignal(
  trx: Transaction<Tables>,
  { config, accountNames }: Pick<ReceiveParts, 'config' | 'accountNames'>,
  signal: Signal,
  standing: Standing,
): Promise<{ outcome: Intake | 'dropped' | 'silenced'; wake: Wake | undefined }> {
  const named = withAccount(signal, accountNames());
  const routing = route(named, config.routes, config.channels.default, standing.now);
  if (routing.home.mode === 'drop') return { outcome: 'dropped', wake: undefined };
  const placement = placementOf(routing);
  const silence = silenceFor(named, await activeSilences(trx, standing.now), standing.now);
  if (silence === undefined || named.state === 'resolved') {
    const { intake, wake } = await takeIn(trx, named, placement, config.grouping, standing);
    return { outcome: intake, wake };
  }
  await countCaught(trx, silence.id);
  const hidden: Placement = { ...placement, mode: 'digest', also: [] };
  const { wake } = await takeIn(trx, named, hidden, config.grouping, standing);
  return { outcome: 'silenced', wake };
}

/** What is known of the account: routes match on its name and organizational units, people read them. */
export function withAccount(signal: Signal, names: ReadonlyMap<string, AccountName>): Signal {
  const account = names.get(signal.account ?? '');
  if (account === undefined) return signal;
  return {
    ...signal,
    ...(account.name === null || signal.accountName !== undefined ? {} : { accountName: account.name }),
    ...(account.organizationalUnits.length === 0 ? {} : { organizationalUnits: [...account.organizationalUnits] }),
  };
}

const placementOf = ({ home, copies }: Routing): Placement => ({
  channel: home.channel,
  mention: home.mention,
  escalation: home.escalation,
  severity: home.severity,
  mode: home.mode === 'drop' ? 'digest' : home.mode,
  runbook: home.runbook,
  also: copies.map((copy) => copy.channel),
});
