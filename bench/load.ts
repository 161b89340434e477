import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import * as z from 'zod';
import { alarm } from '../sandbox/scenario.ts';
import { createSns } from '../sandbox/sns/index.ts';
import { percentile, type Result } from './harness.ts';

/**
 * The load generator of the benchmarks, a process of its own. Told by its parent, it signs CloudWatch alarms as SNS does,
 * each with an id of its own, and posts what it signed last as SNS does. Sending the same again to another receiver costs
 * no signing. A request that is not answered after 15 s, SNS's patience, is a timeout.
 */
const patienceMs = 15_000;
const mostConnections = 1000;
/** So many different alarms; a few make no storm. */
const repeatedAlarms = { repeats: 50, few: 5 };
const topicArn = 'arn:aws:sns:eu-west-1:111122223333:security-alerts';

const Order = z.union([
  z.object({ prepare: z.object({ kind: z.enum(['repeats', 'few', 'distinct']), count: z.number() }) }),
  z.object({
    urls: z.array(z.string()),
    pace: z.union([z.object({ connections: z.number(), mostMs: z.number() }), z.object({ perSecond: z.number() })]),
  }),
]);

const Envelope = z.object({ MessageId: z.string() });

let signed: string[] = [];
// A queue takes a message as it is published: signed, and at once.
const sns = createSns({ now: () => new Date(), toQueue: (_arn, body) => signed.push(body) > 0 });
sns.createTopic(topicArn);
sns.subscribeQueue(topicArn, 'arn:aws:sqs:eu-west-1:111122223333:bench');

let names = 0;
function prepare({ kind, count }: { kind: 'repeats' | 'few' | 'distinct'; count: number }): void {
  signed = [];
  for (let number = 0; number < count; number++) {
    const name = kind === 'distinct' ? `bench-${names++}` : `bench-repeated-${number % repeatedAlarms[kind]}`;
    sns.publish(topicArn, { message: JSON.stringify(alarm(name, 'ALARM', new Date())) });
  }
}

interface Sending {
  answers: Record<string, number>;
  latencies: number[];
  post: (number: number, dueMs: number) => Promise<void>;
  close: () => Promise<unknown>;
}

function sending(urls: readonly string[]): Sending {
  const pools = urls.map((url) => new Pool(url, { connections: mostConnections, pipelining: 1 }));
  const answers: Record<string, number> = {};
  const latencies: number[] = [];
  const post = async (number: number, dueMs: number): Promise<void> => {
    const body = signed[number] ?? '';
    const signal = AbortSignal.timeout(Math.max(0, Math.ceil(dueMs + patienceMs - performance.now())));
    const headers = {
      'content-type': 'text/plain; charset=UTF-8',
      'user-agent': 'Amazon Simple Notification Service Agent',
      'x-amz-sns-message-type': 'Notification',
      'x-amz-sns-message-id': Envelope.parse(JSON.parse(body)).MessageId,
      'x-amz-sns-topic-arn': topicArn,
    };
    const answer = await pools[number % pools.length]
      ?.request({ path: '/sns', method: 'POST', headers, body, signal })
      .then(async (response) => {
        await response.body.dump();
        return String(response.statusCode);
      })
      .catch(() => (signal.aborted ? 'timeout' : 'error'));
    answers[answer ?? 'error'] = (answers[answer ?? 'error'] ?? 0) + 1;
    latencies.push(performance.now() - dueMs);
  };
  return { answers, latencies, post, close: () => Promise.all(pools.map((pool) => pool.destroy())) };
}

/** Each connection sends one after the other, until all are sent or the time is up. */
async function sendInTurn({ post }: Sending, connections: number, mostMs: number): Promise<void> {
  const end = performance.now() + mostMs;
  let next = 0;
  const connection = async (): Promise<void> => {
    while (next < signed.length && performance.now() < end) await post(next++, performance.now());
  };
  await Promise.all(Array.from({ length: connections }, connection));
}

/** Messages arrive at their times, as a storm does, whether or not those before them were answered. */
async function sendOnTime({ post }: Sending, perSecond: number): Promise<void> {
  const start = performance.now();
  const underWay: Promise<void>[] = [];
  while (underWay.length < signed.length) {
    const due = Math.min(signed.length, Math.floor(((performance.now() - start) / 1000) * perSecond));
    while (underWay.length < due) underWay.push(post(underWay.length, start + (underWay.length / perSecond) * 1000));
    await sleep(2);
  }
  await Promise.all(underWay);
}

async function send({ urls, pace }: Extract<z.output<typeof Order>, { urls: string[] }>): Promise<Result> {
  const all = sending(urls);
  const start = performance.now();
  await ('perSecond' in pace ? sendOnTime(all, pace.perSecond) : sendInTurn(all, pace.connections, pace.mostMs));
  const seconds = (performance.now() - start) / 1000;
  await all.close();
  const { answers, latencies } = all;
  return { answers, p50Ms: percentile(latencies, 0.5), p99Ms: percentile(latencies, 0.99), seconds };
}

process.on('disconnect', () => process.exit());
process.on('message', async (message) => {
  const order = Order.parse(message);
  if ('prepare' in order) {
    prepare(order.prepare);
    process.send?.({});
  } else process.send?.(await send(order));
});
process.send?.({ certificate: sns.certificate });
