import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { callPager } from '../../src/notify/index.ts';
import type { Page } from '../../src/notify/pager.ts';
import { alert } from '../alerts/fixtures.ts';

/** PagerDuty's side of the Events API v2: takes one request after the other and answers what it is told to. */
let answers: number[];
let taken: { path: string | undefined; body: unknown }[];
let url: string;

beforeEach(async () => {
  answers = [];
  taken = [];
  const server = createServer(async (req, res) => {
    taken.push({ path: req.url, body: JSON.parse(await text(req)) });
    const status = answers.shift() ?? 202;
    res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ status: 'x' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/v2/enqueue`;
  return () => void server.close();
});
afterEach(() => expect(answers).toEqual([]));

const pager = (at = url) => ({
  page: (page: Page, fired: Parameters<typeof callPager>[2], key: string) =>
    callPager(
      {
        callVariables: new Map([
          ['PAGERDUTY_ROUTING_KEY_SEC', 'R0UT1NG'],
          ['PAGERDUTY_EVENTS_URL', at],
        ]),
      },
      page,
      fired,
      key,
    ),
});
const notice = { kind: 'page', target: 'pagerduty:sec', action: 'trigger', level: 2, text: 'look' } as const;

test('a page says what, where and how bad, and is one incident however often it is sent', async () => {
  const fired = alert({ id: 7, severity: 'high' });
  expect(await pager().page(notice, fired, 'alert-7-2-0')).toEqual({ outcome: 'taken' });
  expect(await pager().page(notice, fired, 'alert-7-2-0')).toEqual({ outcome: 'taken' });
  expect(taken).toHaveLength(2);
  expect(taken[0]).toEqual({
    path: '/v2/enqueue',
    body: {
      routing_key: 'R0UT1NG',
      event_action: 'trigger',
      dedup_key: 'trailwatch-alert-7',
      payload: {
        summary: fired.signal.title,
        source: expect.any(String),
        severity: 'error',
        timestamp: fired.signal.time,
        custom_details: { sentence: fired.signal.sentence, level: 2, reason: 'look', key: 'alert-7-2-0' },
      },
    },
  });
  expect(taken[1]).toEqual(taken[0]);
});

test.each(['acknowledge', 'resolve'] as const)('PagerDuty hears: %s', async (action) => {
  await pager().page({ ...notice, action }, alert({ id: 7 }), 'key');
  expect(taken[0]?.body).toMatchObject({ event_action: action, dedup_key: 'trailwatch-alert-7' });
});

test('what PagerDuty cannot take now is tried again later; what it never takes says what to do', async () => {
  answers.push(429, 500, 400);
  expect(await pager().page(notice, alert(), 'key')).toMatchObject({ outcome: 'later', waitMs: 60_000 });
  expect(await pager().page(notice, alert(), 'key')).toMatchObject({ outcome: 'later' });
  expect(await pager().page(notice, alert(), 'key')).toEqual({
    outcome: 'refused',
    about: 'else',
    error: 'PagerDuty answered 400: check the integration key',
  });
  const unknown = { ...notice, target: 'pagerduty:ops' };
  expect(await pager().page(unknown, alert(), 'key')).toEqual({
    outcome: 'refused',
    about: 'else',
    error: 'PAGERDUTY_ROUTING_KEY_OPS is not set in the environment, so pagerduty:ops cannot be called',
  });
});

test('a PagerDuty that cannot be reached is tried again, and the key is not in the reason', async () => {
  const nowhere = pager('http://127.0.0.1:1/v2/enqueue');
  const failure = await nowhere.page(notice, alert(), 'key');
  expect(failure).toMatchObject({ outcome: 'later' });
  expect(JSON.stringify(failure)).not.toContain('R0UT1NG');
});
