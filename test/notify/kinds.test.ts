import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { callPager } from '../../src/notify/index.ts';
import type { Page } from '../../src/notify/pager.ts';
import { pushoverReceipt } from '../../src/notify/pushover.ts';
import { alert } from '../alerts/fixtures.ts';
import { playService } from './services.ts';

const service = playService();
const userKey = 'u'.repeat(30);
const fired = alert({ id: 7, severity: 'critical' });
const page = (target: string, action: Page['action'] = 'trigger'): Page => ({ kind: 'page', target, action, level: 1 });
const variables = () => ({
  callVariables: new Map([
    ['PUSHOVER_TOKEN', 'a-token'],
    ['PUSHOVER_URL', service.url],
    ['NTFY_URL', service.url],
    ['NTFY_TOKEN', 'tk_1'],
    ['WEBHOOK_URL_ON_CALL', `${service.url}/hook`],
    ['WEBHOOK_SECRET_ON_CALL', 'shared'],
  ]),
});

test('Pushover repeats what is urgent until it is taken, and the receipt says who took it', async () => {
  service.answers.push({ status: 200, body: { status: 1, receipt: 'r1' } });
  expect(await callPager(variables(), page(`pushover:${userKey}`), fired, 'key')).toEqual({
    outcome: 'taken',
    receipt: 'r1',
    polled: true,
  });
  const sent = new URLSearchParams(service.taken[0]?.body);
  expect(service.taken[0]?.path).toBe('/messages.json');
  expect(Object.fromEntries(sent)).toMatchObject({
    token: 'a-token',
    user: userKey,
    priority: '2',
    retry: '60',
    expire: '3600',
    tags: 'trailwatch-alert-7',
    title: 'Trailwatch: critical alert 7 in 111122223333.',
  });
  service.answers.push(
    { status: 200, body: { status: 1, acknowledged: 0, expired: 0 } },
    { status: 200, body: { status: 1, acknowledged: 1, expired: 0 } },
    { status: 200, body: { status: 1, acknowledged: 0, expired: 1 } },
  );
  expect(await pushoverReceipt(variables(), 'r1')).toEqual({ outcome: 'waiting' });
  expect(await pushoverReceipt(variables(), 'r1')).toEqual({ outcome: 'acknowledged' });
  expect(await pushoverReceipt(variables(), 'r1')).toEqual({ outcome: 'over' });
  expect(service.taken[1]?.path).toBe('/receipts/r1.json?token=a-token');
});

test('Pushover stops when the alert is in hand; what is not urgent has no receipt', async () => {
  await callPager(variables(), page(`pushover:${userKey}`, 'acknowledge'), fired, 'key');
  expect(service.taken[0]?.path).toBe('/receipts/cancel_by_tag/trailwatch-alert-7.json');
  const low = alert({ severity: 'low' });
  expect(await callPager(variables(), page(`pushover:${userKey}`), low, 'key')).toEqual({ outcome: 'taken' });
  expect(service.taken[1]?.body).toContain('priority=1');
  expect(service.taken[1]?.body).not.toContain('tags=');
});

test('ntfy rings for a call, and says quietly that it is over', async () => {
  await callPager(variables(), page('ntfy:night-watch'), fired, 'key');
  await callPager(variables(), page('ntfy:night-watch', 'resolve'), fired, 'key');
  expect(service.taken[0]?.headers.authorization).toBe('Bearer tk_1');
  expect(service.taken.map(({ body }) => JSON.parse(body))).toMatchObject([
    { topic: 'night-watch', priority: 5, title: 'Trailwatch: critical alert 7 in 111122223333.' },
    { topic: 'night-watch', priority: 2, title: 'Alert 7 is over.' },
  ]);
});

test('a webhook can tell that we sent it, when, and that a repeat is the same call', async () => {
  await callPager(variables(), page('webhook:on-call'), fired, 'alert-7-1-0-1-webhook:on-call');
  await callPager(variables(), page('webhook:on-call'), fired, 'alert-7-1-0-1-webhook:on-call');
  const [first, second] = service.taken;
  const time = first?.headers['trailwatch-timestamp'];
  const signature = createHmac('sha256', 'shared').update(`${time}.${first?.body}`).digest('hex');
  expect(first?.path).toBe('/hook');
  expect(first?.headers['trailwatch-signature']).toBe(`v1=${signature}`);
  expect(first?.headers['idempotency-key']).toBe('alert-7-1-0-1-webhook:on-call-trigger');
  expect(second?.headers['idempotency-key']).toBe(first?.headers['idempotency-key']);
  expect(JSON.parse(first?.body ?? '')).toMatchObject({ action: 'trigger', alert: { id: 7, severity: 'critical' } });
});

test.each([
  [`pushover:${userKey}`, 'PUSHOVER_TOKEN'],
  ['webhook:other', 'WEBHOOK_URL_OTHER'],
  ['voice:+420123456789', 'VOICE_ORIGINATION'],
])('%s cannot be called without %s, which is said', async (target, variable) => {
  expect(await callPager({ callVariables: new Map() }, page(target), fired, 'key')).toMatchObject({
    outcome: 'refused',
    error: expect.stringContaining(`${variable} is not set`),
  });
});

test.each([`pushover:${userKey}`, 'ntfy:x', 'webhook:on-call'])(
  'what %s cannot take now is tried later, what it refuses is not; no secret is in the reason',
  async (target) => {
    const after = (seconds: string) => ({ status: 429, headers: { 'retry-after': seconds } });
    const moved = { status: 308, headers: { location: `${service.url}/elsewhere` } };
    service.answers.push({ status: 503 }, after('20'), after('86400'), { status: 408 }, { status: 400 }, moved);
    const said = [];
    for (let turn = 0; turn < 6; turn++) said.push(await callPager(variables(), page(target), fired, 'key'));
    expect(said.map(({ outcome }) => outcome)).toEqual(['later', 'later', 'later', 'later', 'refused', 'refused']);
    expect(said.flatMap((each) => ('waitMs' in each ? each.waitMs : []))).toEqual([60_000, 20_000, 600_000, 60_000]);
    // What is moved elsewhere is not sent there.
    expect(service.taken).toHaveLength(6);
    expect(JSON.stringify(said)).not.toMatch(/a-token|tk_1|shared|127\.0\.0\.1/);
  },
);

test.each([`pushover:${userKey}`, 'ntfy:x', 'pagerduty:x'])(
  '%s gets a long title cut, and no half of a character',
  async (target) => {
    const long = alert({
      severity: 'critical',
      signal: { ...fired.signal, title: `${'a'.repeat(1023)}${'🚨'.repeat(9)}` },
    });
    const { callVariables } = variables();
    callVariables.set('PAGERDUTY_ROUTING_KEY_X', 'k').set('PAGERDUTY_EVENTS_URL', service.url);
    await callPager({ callVariables }, page(target), long, 'key');
    const body = decodeURIComponent(service.taken[0]?.body ?? '');
    expect(body).toContain('a'.repeat(1000));
    expect(body).not.toMatch(/\ufffd|\\ud83d(?!\\u)|[\ud800-\udbff](?![\udc00-\udfff])/);
  },
);
