import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { alarm } from '../../sandbox/scenario.ts';
import { Channel, Person } from '../../sandbox/slack/people.ts';
import { openWorld, type World } from '../../sandbox/world.ts';
import { createMetrics } from '../../src/metrics.ts';
import { prepareDataDir } from '../store/fresh-store.ts';
import { sandboxConfig, slackPatienceMs } from './world.ts';

/** What OTLP over HTTP carries as JSON. Source: opentelemetry-proto, trace/v1 and metrics/v1. */
const Attributes = z.array(z.object({ key: z.string(), value: z.record(z.string(), z.unknown()) })).default([]);
const Resource = z.object({ attributes: Attributes });
const Span = z.object({
  traceId: z.string().regex(/^[0-9a-f]{32}$/),
  spanId: z.string().regex(/^[0-9a-f]{16}$/),
  parentSpanId: z.string().optional(),
  name: z.string(),
  attributes: Attributes,
});
const Traces = z.object({
  resourceSpans: z.array(z.object({ resource: Resource, scopeSpans: z.array(z.object({ spans: z.array(Span) })) })),
});
const Points = z.object({ dataPoints: z.array(z.looseObject({ attributes: Attributes })) });
const Metric = z.object({
  name: z.string(),
  sum: Points.extend({ isMonotonic: z.boolean() }).optional(),
  gauge: Points.optional(),
  histogram: Points.optional(),
});
const Metrics = z.object({
  resourceMetrics: z.array(
    z.object({ resource: Resource, scopeMetrics: z.array(z.object({ metrics: z.array(Metric) })) }),
  ),
});

let world: World;
const bodies: unknown[] = [];
const asked: string[] = [];
const collector = createServer(async (request, response) => {
  asked.push(`${request.url} ${request.headers['x-key']}`);
  bodies.push(await json(request));
  response.setHeader('content-type', 'application/json').end('{}');
});
const dataDir = mkdtempSync(join(tmpdir(), 'trailwatch-otel-'));

beforeAll(async () => {
  await prepareDataDir(dataDir);
  await new Promise<void>((listening) => collector.listen(0, '127.0.0.1', listening));
  const address = collector.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', `http://127.0.0.1:${port}`);
  vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'x-key=for-the-collector');
  vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'deployment.environment.name=test');
  world = await openWorld({
    port: 0,
    log: pino({ level: process.env['LOG_LEVEL'] ?? 'silent' }),
    slackPatienceMs,
    configFile: sandboxConfig({}),
  });
  world.environment.telemetry = { traces: true, metrics: true };
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await world.close();
  collector.close();
  rmSync(dataDir, { recursive: true, force: true });
});

test('an alert and a question are traces of a collector, which gets the numbers too and no text of others', async () => {
  const app = await world.startApp({ dataDir });
  await world.sns.idle();
  const hostile = 'text-of-an-attacker';
  world.sns.publish(world.topicArn, { message: JSON.stringify(alarm(hostile, 'ALARM', world.now())) });
  await new Channel(world.slack, 'C0ALERTS').expectMessage(new RegExp(hostile));
  await new Person(world.slack, 'ben').type('/audit accounts');
  await new Person(world.slack, 'ben').expectEphemeral(/accounts/);
  await world.stopApp(app);

  expect(new Set(asked)).toEqual(new Set(['/v1/traces for-the-collector', '/v1/metrics for-the-collector']));
  const spans = bodies.flatMap((body) =>
    (Traces.safeParse(body).data?.resourceSpans ?? []).flatMap(({ scopeSpans }) =>
      scopeSpans.flatMap((of) => of.spans),
    ),
  );
  const received = spans.find(({ name, attributes }) => name === 'receive message' && attributes.length > 0);
  const placed = spans.find(({ name, parentSpanId }) => name === 'place message' && parentSpanId === received?.spanId);
  const delivered = spans.find(
    ({ name, parentSpanId }) => name === 'deliver message' && parentSpanId === placed?.spanId,
  );
  expect([placed?.traceId, delivered?.traceId]).toEqual([received?.traceId, received?.traceId]);
  expect(received?.traceId).toBeDefined();

  const question = spans.find(({ name }) => name === '/audit accounts');
  const calls = spans.filter(({ parentSpanId }) => parentSpanId === question?.spanId);
  expect(calls.length).toBeGreaterThan(0);
  for (const { name, attributes } of calls)
    expect([name, attributes]).toEqual([
      expect.stringMatching(/^\w+\/\w+$/),
      expect.arrayContaining([{ key: 'rpc.system', value: { stringValue: 'aws-api' } }]),
    ]);

  const sent = bodies.flatMap((body) => Metrics.safeParse(body).data?.resourceMetrics ?? []);
  const numbers = sent.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics));
  const own = createMetrics().registry.getMetricsAsArray();
  for (const { name } of own.filter((each) => each.name.startsWith('trailwatch_')))
    expect(numbers.map((each) => each.name)).toContain(name);
  const posted = numbers.findLast(({ name }) => name === 'trailwatch_alerts_posted_total');
  expect(posted?.sum).toMatchObject({ isMonotonic: true, dataPoints: [{ asDouble: 1 }] });
  const lag = numbers.findLast(({ name }) => name === 'nodejs_gc_duration_seconds')?.histogram?.dataPoints[0];
  const counts = z.array(z.coerce.number()).parse(lag?.['bucketCounts']);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(Number(lag?.['count']));
  expect(sent[0]?.resource.attributes).toEqual(
    expect.arrayContaining([
      { key: 'service.name', value: { stringValue: 'trailwatch' } },
      { key: 'deployment.environment.name', value: { stringValue: 'test' } },
    ]),
  );
  const all = JSON.stringify(bodies);
  expect(all).not.toContain(hostile);
  const { slack } = world.environment;
  expect(all).not.toContain(slack?.botToken);
}, 60_000);
