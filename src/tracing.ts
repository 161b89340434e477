import type { Attributes, Context, SpanKind, Tracer } from '@opentelemetry/api';

/**
 * Spans, where OpenTelemetry is on (telemetry.ts turns it on); where it is off nothing of it is imported and each of these only
 * does the work. Names and attributes are ours: text from AWS or Slack stays out of them.
 */

type Api = typeof import('@opentelemetry/api');

let on: { api: Api; tracer: Tracer } | undefined;

/** Turns spans on, or off again. */
export function trackWith(tracing: { api: Api; tracer: Tracer } | undefined): void {
  on = tracing;
}

interface About {
  kind?: keyof typeof SpanKind;
  attributes?: Attributes;
  /** A W3C traceparent: the span belongs to what happened there. Left out: to the span under way, if there is one. */
  parent?: string | undefined;
}

/** Does the work in a span of its own, which ends with it. An error leaves its kind there, and nothing of what it says. */
export async function traced<T>(name: string, about: About, work: () => Promise<T>): Promise<T> {
  if (on === undefined) return work();
  const { api, tracer } = on;
  return tracer.startActiveSpan(name, optionsOf(api, about), contextOf(api, about.parent), async (span) => {
    try {
      return await work();
    } catch (error) {
      span.setStatus({ code: api.SpanStatusCode.ERROR });
      span.setAttribute('error.type', error instanceof Error ? error.name : typeof error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** A span that is ended by hand, for work that is done together with other work; undefined where traces are off. */
export function beginSpan(name: string, about: About): { traceparent: string; end: () => void } | undefined {
  if (on === undefined) return undefined;
  const { api, tracer } = on;
  const span = tracer.startSpan(name, optionsOf(api, about), contextOf(api, about.parent));
  return { traceparent: written(span.spanContext()), end: () => span.end() };
}

/** The W3C traceparent of the span under way; undefined where there is none. */
export function traceparent(): string | undefined {
  const span = on?.api.trace.getActiveSpan();
  return span && written(span.spanContext());
}

const optionsOf = ({ SpanKind: kinds }: Api, { kind = 'INTERNAL', attributes = {} }: About) => ({
  kind: kinds[kind],
  attributes,
});

/** Source: W3C Trace Context, "traceparent Header Field Values". */
const written = ({ traceId, spanId, traceFlags }: { traceId: string; spanId: string; traceFlags: number }): string =>
  `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;

function contextOf({ context, trace }: Api, parent: string | undefined): Context {
  const [, traceId, spanId, flags] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(parent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined) return context.active();
  const traceFlags = Number.parseInt(flags ?? '0', 16);
  return trace.setSpanContext(context.active(), { traceId, spanId, traceFlags, isRemote: true });
}
