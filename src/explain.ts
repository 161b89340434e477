import type { Alert } from './alerts/alert.ts';
import { type Routing, route } from './alerts/routing.ts';
import type { Signal } from './alerts/signal.ts';
import { payloadFromSns, payloadFromText, readSignals } from './alerts/sources/index.ts';
import type { Config } from './config/config.ts';
import { snsVerifier } from './listeners/sns/verify.ts';
import { alertMessage } from './slack/views/alert-message.ts';

/** What would happen to a message. */
export interface Explanation {
  /** `valid`; `none` for a bare payload, which has no signature; else why the message is refused. */
  signature: string;
  /** Absent for a message that is refused. */
  signal?: Signal;
  /** The others, when one message says several things. */
  more?: Signal[];
  route?: Routing['home'] & { copies: Routing['copies'] };
  text?: string;
  blocks?: unknown[];
  attachments?: unknown[];
}

const isEnvelope = (json: unknown): boolean =>
  typeof json === 'object' &&
  json !== null &&
  'Type' in json &&
  'MessageId' in json &&
  'TopicArn' in json &&
  'Signature' in json;

/**
 * What would happen to a message: an SNS envelope is verified as if it had come in at `at`, a bare payload is read as
 * if it had come inside one. The same code that serves the bot serves this.
 */
export async function explain(
  text: string,
  config: Pick<Config, 'sns' | 'routes' | 'channels'>,
  options: { at: Date; certificates: readonly string[]; fetch?: Parameters<typeof snsVerifier>[0]['fetch'] },
): Promise<Explanation> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  if (!isEnvelope(json)) {
    return {
      signature: 'none',
      ...told(readSignals(payloadFromText(text, options.at.toISOString())), config, options.at),
    };
  }
  const verify = snsVerifier({
    topics: config.sns.topics,
    trustedCertificates: options.certificates.length > 0 ? options.certificates : config.sns.trustedCertificates,
    now: () => options.at,
    ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
  });
  const verdict = await verify(text);
  if (!verdict.ok) return { signature: verdict.reason };
  const { message } = verdict;
  const signals = readSignals(
    payloadFromSns({
      message: message.message,
      topicArn: message.topicArn,
      timestamp: message.timestamp,
      ...(message.subject === undefined ? {} : { subject: message.subject }),
    }),
  );
  return { signature: 'valid', ...told(signals, config, options.at) };
}

function told(signals: Signal[], config: Pick<Config, 'routes' | 'channels'>, at: Date): Partial<Explanation> {
  const [signal, ...more] = signals;
  if (signal === undefined) return {};
  const { home, copies } = route(signal, config.routes, config.channels.default, at);
  const message = alertMessage(asAlert({ ...signal, severity: home.severity }, home, at));
  return {
    signal,
    ...(more.length === 0 ? {} : { more }),
    route: { ...home, copies },
    text: message.text,
    blocks: message.blocks,
    ...(message.attachments === undefined ? {} : { attachments: message.attachments }),
  };
}

/** The alert that this signal would open. */
const asAlert = (signal: Signal, home: Routing['home'], at: Date): Alert => ({
  id: 1,
  dedupKey: signal.dedupKey,
  state: 'firing',
  mode: home.mode === 'drop' ? 'digest' : home.mode,
  severity: signal.severity,
  signal,
  count: 1,
  firstSeen: at,
  lastSeen: at,
  channel: home.channel,
  mention: home.mention,
  runbook: home.runbook,
  escalation: home.escalation,
  level: 0,
  firingSince: at,
  dueAt: null,
  snoozedUntil: null,
  assignee: null,
  acknowledgedBy: null,
  acknowledgedAt: null,
  resolvedBy: null,
  resolvedAt: null,
  flaps: [],
  stormId: null,
  version: 1,
});
