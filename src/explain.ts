import { z } from 'zod';
import { newAlert } from './alerts/alert.ts';
import { callsAt, type PlannedCall } from './alerts/calls-at.ts';
import type { EscalationPolicy } from './alerts/ladder.ts';
import { signalsOf } from './alerts/message.ts';
import { withoutStore } from './alerts/oncall/schedule.ts';
import { onCallAt } from './alerts/oncall/shifts.ts';
import { type Routing, route, withAccount } from './alerts/routing.ts';
import type { Signal } from './alerts/signal.ts';
import { payloadFromText, readSignals } from './alerts/sources/index.ts';
import { configuredNames } from './aws/names.ts';
import type { Config, Topic } from './config/config.ts';
import { messageFrom } from './listeners/receive.ts';
import { isTopicArn } from './listeners/sns/topic.ts';
import { snsVerifier } from './listeners/sns/verify.ts';
import { alertMessage } from './slack/views/alert-message.ts';

/** What would happen to a message. */
export interface Explanation {
  /** `valid`; `none` for a bare payload, which has no signature; else why the message is refused. */
  signature: string;
  /** Absent for a message that is refused, and for one that confirms a subscription: that is no alert. */
  signal?: Signal;
  /** The others, when one message says several things. */
  more?: Signal[];
  route?: Routing['home'] & { copies: Routing['copies'] };
  /** Whom each level of the escalation policy would call, and when, if nobody took it. */
  calls?: PlannedCall[];
  /** What the calls leave out, where a schedule says who is called. */
  callsNote?: string;
  text?: string;
  blocks?: unknown[];
  attachments?: unknown[];
}

/** What decides about a message. Without a configuration (null) every topic counts as listed, and nothing is routed. */
export type Deciding = Pick<Config, 'sns' | 'routes' | 'channels' | 'accounts' | 'escalation' | 'schedules'>;

const envelopeNames = [
  'Type',
  'MessageId',
  'TopicArn',
  'Message',
  'Timestamp',
  'SignatureVersion',
  'Signature',
  'SigningCertURL',
  'SigningCertUrl',
];

/** Whether a text means to be an SNS message. Half of an envelope is one too: it must be refused, not read as a payload. */
function isEnvelope(text: string): boolean {
  const json = parsed(text);
  const has = (name: string): boolean =>
    json === undefined ? new RegExp(`"${name}"\\s*:`).test(text) : Object.hasOwn(json, name);
  return envelopeNames.filter(has).length >= 4;
}

function parsed(text: string): object | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null ? json : {};
  } catch {
    return undefined;
  }
}

/**
 * What would happen to a message: an SNS envelope is verified as if it had come in at `at`, a bare payload is read as
 * if it had come inside one. The same code that serves the bot serves this.
 */
export async function explainMessage(
  text: string,
  config: Deciding | null,
  options: { at: Date; certificates: readonly string[]; fetch?: Parameters<typeof snsVerifier>[0]['fetch'] },
): Promise<Explanation> {
  const { at, certificates, fetch } = options;
  if (!isEnvelope(text))
    return { signature: 'none', ...told(readSignals(payloadFromText(text, at.toISOString())), config, at) };
  const verify = snsVerifier({
    topics: config?.sns.topics ?? ownTopic(text),
    trustedCertificates: certificates.length > 0 ? certificates : (config?.sns.trustedCertificates ?? []),
    now: () => at,
    ...(fetch === undefined ? {} : { fetch }),
  });
  const verdict = await verify(text);
  if (!verdict.ok) return { signature: verdict.reason };
  const message = messageFrom(verdict.message, verdict.stale);
  return message === undefined
    ? { signature: 'valid' }
    : { signature: 'valid', ...told(signalsOf(message), config, at) };
}

const Named = z.object({ TopicArn: z.string().refine(isTopicArn), SignatureVersion: z.enum(['1', '2']) });

/** The topic that a message names, as if it were listed. */
function ownTopic(text: string): Topic[] {
  const named = Named.safeParse(parsed(text));
  return named.success ? [{ arn: named.data.TopicArn, signatureVersion: named.data.SignatureVersion }] : [];
}

function told(signals: Signal[], config: Deciding | null, at: Date): Partial<Explanation> {
  const [signal, ...more] =
    config === null ? signals : signals.map((each) => withAccount(each, configuredNames(config.accounts)));
  if (signal === undefined) return {};
  const { home, copies } = route(signal, config?.routes ?? [], config?.channels.default ?? 'default', at);
  const alert = newAlert(
    { ...signal, severity: home.severity },
    { ...home, mode: home.mode === 'drop' ? 'digest' : home.mode },
    null,
    at,
  );
  const message = alertMessage({ ...alert, id: 1 });
  return {
    signal,
    ...(more.length === 0 ? {} : { more }),
    route: { ...home, copies },
    ...(config === null || home.escalation === null
      ? {}
      : planned(config.escalation.get(home.escalation)?.steps ?? [], home, at, config)),
    text: message.text,
    blocks: message.blocks,
    ...(message.attachments === undefined ? {} : { attachments: message.attachments }),
  };
}

function planned(
  steps: EscalationPolicy['steps'],
  home: Routing['home'],
  at: Date,
  config: Deciding,
): Pick<Explanation, 'calls' | 'callsNote'> {
  const bySchedule = steps.some(({ notify }) => notify.some((target) => target.startsWith('schedule:')));
  return { calls: callsAt(steps, home, at, onCallBy(config)), ...(bySchedule ? { callsNote: withoutStore } : {}) };
}

const onCallBy =
  ({ schedules }: Pick<Config, 'schedules'>) =>
  (name: string, at: Date): readonly string[] => {
    const schedule = schedules.get(name);
    return schedule === undefined ? [] : onCallAt(schedule, at).users;
  };
