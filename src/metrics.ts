import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export type Metrics = ReturnType<typeof createMetrics>;

/** The numbers that /metrics shows. Names follow Prometheus' conventions: base units, counters end in _total. */
export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    snsMessages: new Counter({
      name: 'trailwatch_sns_messages_total',
      help: 'SNS messages by what became of them: an intake outcome, or the code of the refusal.',
      labelNames: ['outcome'],
      registers,
    }),
    readingFaults: new Counter({
      name: 'trailwatch_reading_faults_total',
      help: 'Payloads at which a source failed; the alert shows them as they came.',
      labelNames: ['source'],
      registers,
    }),
    sqsMessages: new Counter({
      name: 'trailwatch_sqs_messages_total',
      help: 'Messages received from SQS queues: accepted, or the code of the refusal. What is not accepted stays in the queue.',
      labelNames: ['queue', 'outcome'],
      registers,
    }),
    posted: new Counter({
      name: 'trailwatch_alerts_posted_total',
      help: 'Alerts and storms posted to Slack.',
      registers,
    }),
    deliveryFailures: new Counter({
      name: 'trailwatch_delivery_failures_total',
      help: 'Slack requests that did not succeed, by outcome: refused, later, unknown.',
      labelNames: ['outcome'],
      registers,
    }),
    acts: new Counter({
      name: 'trailwatch_acts_total',
      help: 'What people and the clock did to alerts.',
      labelNames: ['kind'],
      registers,
    }),
    escalationDelay: new Histogram({
      name: 'trailwatch_escalation_delay_seconds',
      help: 'Between the time an escalation was due and the time it was done.',
      buckets: [0.1, 0.5, 1, 5, 15, 60, 300],
      registers,
    }),
    mended: new Counter({
      name: 'trailwatch_silent_alerts_mended_total',
      help: 'Alerts and storms that fired without a next step and were given one: a fault, unless the configuration changed.',
      registers,
    }),
    jobs: new Gauge({
      name: 'trailwatch_jobs',
      help: 'Jobs of the queue by state: bells between processes.',
      labelNames: ['state'],
      registers,
    }),
  };
}
