import * as z from 'zod';
import { parseArn } from '../../aws-names/arn.ts';
import { formatDuration } from '../../words/durations.ts';
import { hourMs } from '../../words/time.ts';
import { streamOf } from '../cadence.ts';
import type { Signal } from '../signal.ts';

/** What Trailwatch found out about its own ways in; it comes through the inbox like any other message. */
export const OwnFinding = z.discriminatedUnion('about', [
  z.object({
    about: z.literal('silence'),
    state: z.enum(['firing', 'resolved']),
    /** A stream's key. */
    stream: z.string(),
    /** The hour in which something came last, in hours since 1970. */
    last: z.int(),
    /** Hours between two that are usual, and for how many it is overdue. */
    every: z.int(),
    overdue: z.int(),
  }),
  z.object({
    about: z.literal('queue'),
    state: z.enum(['firing', 'resolved']),
    /** `SQS alerts`, or `the inbox`. */
    queue: z.string(),
    waiting: z.int(),
  }),
  /** Something came again of a topic that we had been unsubscribed from. */
  z.object({ about: z.literal('subscription'), state: z.literal('resolved'), topic: z.string() }),
]);

export type OwnFinding = z.infer<typeof OwnFinding>;

export const ownKinds = { silence: 'source fell silent', queue: 'queue only grows' } as const;

/** What a finding says, as a signal of the time `time` (ISO 8601). */
export function ownSignal(finding: OwnFinding, time: string): Signal {
  const common = {
    source: 'trailwatch',
    state: finding.state,
    partition: 'aws' as const,
    time,
    links: [],
    raw: finding,
  };
  const over = finding.state === 'resolved';
  switch (finding.about) {
    case 'silence': {
      const { name, severity, account, region, advice } = about(finding.stream);
      const since = new Date(finding.last * hourMs).toISOString();
      return {
        ...common,
        kind: ownKinds.silence,
        dedupKey: `trailwatch:silence:${finding.stream}`,
        severity,
        title: over ? `Heard again: ${name}` : `Nothing comes any more from ${name}`,
        sentence: over
          ? `Something came from ${name} again.`
          : `The last message from ${name} came in the hour from ${since.slice(0, 16)}Z. Usually there is one every ${hours(finding.every)}; it is overdue for ${hours(finding.overdue)}.`,
        ...(account === undefined ? {} : { account }),
        ...(region === undefined ? {} : { region }),
        fields: over ? [] : [{ name: 'Look at', value: advice }],
      };
    }
    case 'queue':
      return {
        ...common,
        kind: ownKinds.queue,
        dedupKey: `trailwatch:queue:${finding.queue}`,
        severity: 'high',
        title: over ? `Caught up: ${finding.queue}` : `More comes into ${finding.queue} than is taken out`,
        sentence: over
          ? `${finding.waiting} messages wait in ${finding.queue}.`
          : `${finding.waiting} messages wait in ${finding.queue}, and for half an hour it only grew: alerts come late.`,
        fields: over ? [] : [{ name: 'Look at', value: '/audit status, and the log of the bot' }],
      };
    case 'subscription':
      return {
        ...common,
        kind: 'subscription removed',
        dedupKey: `sns:subscription-removed:${finding.topic}`,
        severity: 'info',
        title: `The topic ${parseArn(finding.topic)?.resource ?? finding.topic} is heard again`,
        sentence: 'A message of this topic came after the subscription was removed.',
        fields: [],
      };
  }
}

const hours = (count: number): string => formatDuration(count * hourMs);

/** A stream as people say it, how bad its silence is, and where to look. */
function about(key: string): {
  name: string;
  severity: Signal['severity'];
  account?: string | undefined;
  region?: string | undefined;
  advice: string;
} {
  const stream = streamOf(key);
  switch (stream?.kind) {
    case 'topic': {
      const arn = parseArn(stream.topic);
      return {
        name: `the topic ${arn?.resource ?? stream.topic}`,
        severity: 'high',
        account: arn?.account,
        region: arn?.region,
        advice: 'Its subscriptions: aws sns list-subscriptions-by-topic; then the rules that publish to it',
      };
    }
    case 'account':
      return {
        name: `the account ${stream.account}`,
        severity: 'medium',
        account: stream.account,
        advice: 'EventBridge rules and the trail of the account: /audit framework 13, /audit framework 2',
      };
    case 'source in account':
      return {
        name: `${stream.source} in the account ${stream.account}`,
        severity: 'medium',
        account: stream.account,
        advice: `Whether ${stream.source} is still on there, and who changed it: /audit lookup service ${stream.source} --writes --account ${stream.account}`,
      };
    default:
      return {
        name: stream?.source ?? key,
        severity: 'medium',
        advice: `Whether ${stream?.source ?? 'it'} is still on, and its rules: /audit framework 13`,
      };
  }
}
