import { afterEach, expect, test } from 'vitest';
import { healthRoutes } from '../../src/listeners/health.ts';
import { httpServer, type Routes } from '../../src/listeners/http.ts';
import { createMetrics } from '../../src/metrics.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function serve(token: string | null, isApart = false): Promise<{ port: string; apart: string }> {
  const { routes, apart } = healthRoutes({
    isApart,
    checks: [{ name: 'Database', trouble: async () => 'connect ECONNREFUSED 10.0.0.7:5432' }],
    draining: () => false,
    metrics: createMetrics(),
    collect: async () => {},
    token,
  });
  return { port: await listen(routes), apart: await listen(apart) };
}

async function listen(routes: Routes): Promise<string> {
  const server = httpServer(routes, { now: () => new Date(), log: { error: () => {} } });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

const token = 'a-token-that-only-prometheus-knows-0';

test('metrics and what is wrong are told to whoever knows the token, and without a token to everybody', async () => {
  const { port: open } = await serve(null);
  expect((await fetch(`${open}/metrics`)).status).toBe(200);
  expect(await (await fetch(`${open}/readyz`)).text()).toContain('10.0.0.7');

  const { port: closed } = await serve(token);
  for (const authorization of ['', 'Bearer', `Bearer ${token}x`, token, `bearer ${token}`]) {
    expect((await fetch(`${closed}/metrics`, { headers: { authorization } })).status).toBe(401);
    const ready = await fetch(`${closed}/readyz`, { headers: { authorization } });
    expect([ready.status, await ready.json()]).toEqual([503, { ok: false, troubles: [{ name: 'Database' }] }]);
  }
  const headers = { authorization: `Bearer ${token}` };
  expect((await fetch(`${closed}/metrics`, { headers })).status).toBe(200);
  expect(await (await fetch(`${closed}/readyz`, { headers })).text()).toContain('10.0.0.7');
});

test('on a port of their own metrics and what is wrong are told, and at the other one to nobody', async () => {
  const { port, apart } = await serve(null, true);
  expect((await fetch(`${port}/metrics`)).status).toBe(404);
  expect((await fetch(`${port}/healthz`)).status).toBe(200);
  expect(await (await fetch(`${port}/readyz`)).json()).toEqual({ ok: false, troubles: [{ name: 'Database' }] });
  expect(await (await fetch(`${apart}/metrics`)).text()).toContain('trailwatch_');
  expect(await (await fetch(`${apart}/readyz`)).text()).toContain('10.0.0.7');
  const { apart: closed } = await serve(token, true);
  expect((await fetch(`${closed}/metrics`)).status).toBe(401);
});
