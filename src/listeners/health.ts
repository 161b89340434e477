import type { ServerResponse } from 'node:http';
import type { Metrics } from '../metrics.ts';
import type { Handler, Routes } from './http.ts';

/** One thing that must work for the bot to be of use, and what is wrong with it (undefined: nothing). */
export type Check = { name: string; trouble: () => Promise<string | undefined> };

const json = (res: ServerResponse, status: number, body: unknown): void => {
  res.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
};

const patience = 3000;

/** Answers what is wrong by now; a check that takes too long is a trouble of its own. */
export async function troublesOf(checks: readonly Check[]): Promise<{ name: string; trouble: string }[]> {
  const found = await Promise.all(
    checks.map(async ({ name, trouble }) => {
      const slow = new Promise<string>((resolve) =>
        setTimeout(() => resolve(`no answer within ${patience / 1000} s`), patience).unref(),
      );
      const what = await Promise.race([trouble().catch((error: unknown) => String(error)), slow]);
      return what === undefined ? [] : [{ name, trouble: what }];
    }),
  );
  return found.flat();
}

/**
 * /healthz: the process lives (it asks nothing of others: a database outage must not restart the bot).
 * /readyz: what it needs works. /metrics: Prometheus' text format.
 */
export function healthRoutes(parts: {
  checks: readonly Check[];
  draining: () => boolean;
  metrics: Metrics;
  collect: () => Promise<void>;
}): Routes {
  const get = (handle: Handler) => ({ methods: ['GET', 'HEAD'], handle });
  return {
    '/healthz': get((_req, res) => json(res, 200, { ok: true })),
    '/readyz': get(async (_req, res) => {
      if (parts.draining())
        return json(res, 503, { ok: false, troubles: [{ name: 'process', trouble: 'shutting down' }] });
      const troubles = await troublesOf(parts.checks);
      json(res, troubles.length === 0 ? 200 : 503, { ok: troubles.length === 0, troubles });
    }),
    '/metrics': get(async (_req, res) => {
      await parts.collect();
      res
        .writeHead(200, { 'content-type': parts.metrics.registry.contentType })
        .end(await parts.metrics.registry.metrics());
    }),
  };
}
