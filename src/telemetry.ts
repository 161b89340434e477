import type { Resource } from '@opentelemetry/resources';
import type { CollectionResult, DataPoint, MetricData, MetricProducer } from '@opentelemetry/sdk-metrics';
import type { MetricObjectWithValues, MetricValue, Registry } from 'prom-client';
import type { Environment } from './config/config.ts';
import { trackWith } from './tracing.ts';

/**
 * Sends spans, and the numbers of /metrics, to a collector by OTLP over HTTP (JSON). Where to, with which headers and how often
 * say the standard variables, which the packages read themselves; they are imported when it is on. Returns the way to send what
 * is left and stop. Source: opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables.
 */
export async function startTelemetry(
  { traces, metrics }: Environment['telemetry'],
  { registry, collect, version }: { registry: Registry; collect: () => Promise<void>; version: string },
): Promise<() => Promise<void>> {
  const stops: (() => Promise<void>)[] = [];
  if (!traces && !metrics) return async () => {};
  const { detectResources, envDetector, resourceFromAttributes } = await import('@opentelemetry/resources');
  const resource = resourceFromAttributes({ 'service.name': 'trailwatch', 'service.version': version }).merge(
    detectResources({ detectors: [envDetector] }),
  );
  if (traces) stops.push(await startTraces(resource));
  if (metrics) stops.push(await startMetrics(resource, { registry, collect }));
  return async () => void (await Promise.allSettled(stops.map((stop) => stop())));
}

async function startTraces(resource: Resource): Promise<() => Promise<void>> {
  const [api, { BatchSpanProcessor, TracerProvider }, { OTLPTraceExporter }, { AsyncLocalStorageContextManager }] =
    await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/context-async-hooks'),
    ]);
  const exporter = new OTLPTraceExporter();
  const provider = new TracerProvider({ resource, spanProcessors: [new BatchSpanProcessor({ exporter })] });
  api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trackWith({ api, tracer: provider.getTracer('trailwatch') });
  return async () => {
    trackWith(undefined);
    api.context.disable();
    await provider.shutdown();
  };
}

async function startMetrics(
  resource: Resource,
  { registry, collect }: { registry: Registry; collect: () => Promise<void> },
): Promise<() => Promise<void>> {
  const [sdk, { OTLPMetricExporter }] = await Promise.all([
    import('@opentelemetry/sdk-metrics'),
    import('@opentelemetry/exporter-metrics-otlp-http'),
  ]);
  const startTime = timeOf(new Date());
  const producer: MetricProducer = {
    collect: async (): Promise<CollectionResult> => {
      await collect();
      const span = { startTime, endTime: timeOf(new Date()) };
      const metrics = (await registry.getMetricsAsJSON()).flatMap((metric) => converted(sdk, metric, span));
      return { resourceMetrics: { resource, scopeMetrics: [{ scope: { name: 'trailwatch' }, metrics }] }, errors: [] };
    },
  };
  const reader = new sdk.PeriodicExportingMetricReader({
    exporter: new OTLPMetricExporter(),
    metricProducers: [producer],
  });
  const provider = new sdk.MeterProvider({ resource, readers: [reader] });
  return () => provider.shutdown();
}

type Span = Pick<DataPoint<number>, 'startTime' | 'endTime'>;
type Time = Span['startTime'];

const timeOf = (date: Date): Time => {
  const ms = date.getTime();
  return [Math.floor(ms / 1000), (ms % 1000) * 1_000_000];
};

/** A number of Prometheus as OpenTelemetry has it. Source: OpenTelemetry, "Prometheus and OpenMetrics Compatibility". */
function converted(
  { AggregationTemporality, DataPointType }: typeof import('@opentelemetry/sdk-metrics'),
  { name, help, type, values }: MetricObjectWithValues<MetricValue<string>>,
  span: Span,
): MetricData[] {
  const descriptor = { name, description: help, unit: '', valueType: 1 };
  const common = { descriptor, aggregationTemporality: AggregationTemporality.CUMULATIVE };
  const points = values.map(({ labels, value }) => ({ ...span, attributes: { ...labels }, value }));
  // What prom-client's types leave out: each is named in its documentation.
  switch (String(type)) {
    case 'counter':
      return [{ ...common, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints: points }];
    case 'gauge':
      return [{ ...common, dataPointType: DataPointType.GAUGE, dataPoints: points }];
    case 'histogram':
      return [{ ...common, dataPointType: DataPointType.HISTOGRAM, dataPoints: histograms(values, span) }];
    default:
      return [];
  }
}

/** Buckets of Prometheus count all below their bound; those of OpenTelemetry what is between two. */
function histograms(
  values: readonly (MetricValue<string> & { metricName?: string })[],
  span: Span,
): Extract<MetricData, { dataPoints: DataPoint<{ count: number; buckets: unknown }>[] }>['dataPoints'] {
  const groups = Map.groupBy(values, ({ labels: { le: _, ...labels } }) => JSON.stringify(labels));
  return [...groups.values()].map((group) => {
    const { le: _, ...attributes } = group[0]?.labels ?? {};
    const ended = (end: string) => group.find(({ metricName }) => metricName?.endsWith(end))?.value ?? 0;
    const buckets = group
      .filter(({ labels }) => labels['le'] !== undefined && labels['le'] !== '+Inf')
      .map(({ labels, value }) => ({ bound: Number(labels['le']), value }));
    const count = ended('_count');
    const below = [...buckets.map(({ value }) => value), count];
    return {
      ...span,
      attributes,
      value: {
        buckets: {
          boundaries: buckets.map(({ bound }) => bound),
          counts: below.map((value, at) => value - (below[at - 1] ?? 0)),
        },
        sum: ended('_sum'),
        count,
      },
    };
  });
}
