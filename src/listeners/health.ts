import { createHash, timingSafeEqual } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { type Check, troublesOf } from '../checks.ts';
import type { Metrics } from '../metrics.ts';
import type { HttpHandler, Routes } from './http.ts';

const json = (res: ServerResponse, status: number, body: unknown): void => {
  res.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
};

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

function isAllowed(authorization: string | undefined, token: string | null): boolean {
  return token === null || timingSafeEqual(digest(authorization ?? ''), digest(`Bearer ${token}`));
}

/**
 * /healthz: the process lives (it asks nothing of others: a database outage must not restart the bot).
 * /readyz: what it needs works. /metrics: Prometheus' text format. `apart`: for a port of their own; the other one's then know
 * no /metrics, and tell nobody what is wrong.
 */
export function healthRoutes(parts: Told & { isApart: boolean }): { routes: Routes; apart: Routes } {
  const all = routesTo(parts, (authorization) => isAllowed(authorization, parts.token));
  if (!parts.isApart) return { routes: all, apart: {} };
  const { '/metrics': _, ...routes } = routesTo(parts, () => false);
  return { routes, apart: all };
}

interface Told {
  checks: readonly Check[];
  draining: () => boolean;
  metrics: Metrics;
  collect: () => Promise<void>;
  /** What `Authorization: Bearer` has to hold for /metrics and for the troubles in /readyz; null: nothing. */
  token: string | null;
}

function routesTo(parts: Told, tells: (authorization: string | undefined) => boolean): Routes {
  const get = (handle: HttpHandler) => ({ methods: ['GET', 'HEAD'], handle });
  return {
    '/healthz': get((_req, res) => json(res, 200, { ok: true })),
    '/readyz': get(async (req, res) => {
      if (parts.draining())
        return json(res, 503, { ok: false, troubles: [{ name: 'process', trouble: 'shutting down' }] });
      const troubles = await troublesOf(parts.checks);
      const ok = troubles.length === 0;
      // Whoever may not read the metrics learns that something is wrong, not what.
      const told = tells(req.headers.authorization) ? troubles : troubles.map(({ name }) => ({ name }));
      json(res, ok ? 200 : 503, { ok, troubles: told });
    }),
    '/metrics': get(async (req, res) => {
      if (!tells(req.headers.authorization)) {
        res
          .writeHead(401, { 'www-authenticate': 'Bearer', 'content-type': 'text/plain' })
          .end('Not without the token.\n');
        return;
      }
      await parts.collect();
      res
        .writeHead(200, { 'content-type': parts.metrics.registry.contentType })
        .end(await parts.metrics.registry.metrics());
    }),
  };
}
