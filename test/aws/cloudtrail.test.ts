import { createServer } from 'node:http';
import { describe, expect, test, vi } from 'vitest';
import { AwsError } from '../../sandbox/aws/service.ts';
import type { Aws } from '../../src/aws/aws.ts';
import { lookupEvents, type TrailQuery } from '../../src/aws/cloudtrail.ts';
import type { Coverage } from '../../src/aws/coverage.ts';
import { textAt } from '../../src/words/json.ts';
import { type Harness, startHarness } from '../sandbox/aws/harness.ts';
import { bot } from './bot.ts';

const dayMs = 86_400_000;
const everything = (harness: Harness, more: Partial<TrailQuery> = {}): TrailQuery => ({
  attribute: null,
  from: new Date(harness.now().getTime() - 3 * dayMs),
  to: harness.now(),
  where: { accounts: [], regions: [] },
  wanted: () => true,
  mostPages: null,
  ...more,
});

async function all(aws: Aws, query: TrailQuery, signal = new AbortController().signal) {
  const ids: string[] = [];
  let read = 0;
  let coverage: Coverage | undefined;
  for await (const found of lookupEvents(aws, query, { name: 'U0ANA' }, signal)) {
    ids.push(...found.events.map((event) => textAt(event, 'eventID') ?? ''));
    ({ read, coverage } = found);
  }
  if (coverage === undefined) throw new Error('Nothing was said.');
  return { ids, read, coverage };
}

/** The ids of what the organization knows to have happened there, delivered by now. */
const truth = (harness: Harness, query: TrailQuery, regions: readonly string[]): string[] =>
  harness.organization.accounts
    .filter(({ state, deniesReadRole }) => state === 'ACTIVE' && !deniesReadRole)
    .flatMap(({ id }) => regions.flatMap((region) => harness.organization.events(id, region)))
    .filter(({ eventTime }) => new Date(eventTime) >= query.from && new Date(eventTime) <= query.to)
    .map(({ eventID }) => eventID);

describe('the event history', () => {
  test('of a person is found in every account and region, and nothing else', async () => {
    await using harness = await startHarness();
    const { human } = harness.organization.attack;
    const name = human.replace(/^user:/, '').replace(/@\d+$/, '');
    const query = everything(harness, {
      attribute: { key: 'Username', value: name },
      from: new Date(harness.now().getTime() - 30 * dayMs),
      to: new Date(harness.now().getTime() - 20 * 60_000),
    });
    const { ids, coverage } = await all(bot(harness), query);
    const wanted = new Set(truth(harness, query, ['eu-west-1', 'us-east-1']));
    expect(ids.length).toBeGreaterThan(10);
    expect(ids.every((id) => wanted.has(id))).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
    expect(coverage).toMatchObject({ accounts: { asked: 11, answered: 10 }, whole: false });
    expect(coverage.missing.map(({ kind }) => kind)).toEqual(['denied', 'denied']);
    expect(coverage.searchedBackTo).toEqual(query.from);
  });

  test('is left after so many pages, and the answer says where', async () => {
    await using harness = await startHarness();
    const [account] = harness.organization.accounts;
    const query = everything(harness, {
      where: { accounts: [account?.id ?? ''], regions: ['us-east-1'] },
      from: new Date(harness.now().getTime() - 30 * dayMs),
      mostPages: 1,
    });
    const { ids, read, coverage } = await all(bot(harness), query);
    expect(read).toBe(50);
    expect(ids.length).toBeLessThanOrEqual(50);
    expect(coverage.whole).toBe(false);
    expect(coverage.missing[0]).toMatchObject({ kind: 'stopped' });
    expect(Number(coverage.searchedBackTo)).toBeGreaterThan(query.from.getTime());
  });

  test('stops when it is cancelled, and says that it was', async () => {
    await using harness = await startHarness();
    const stop = new AbortController();
    const query = everything(harness, { from: new Date(harness.now().getTime() - 30 * dayMs) });
    let last: Coverage | undefined;
    for await (const { coverage } of lookupEvents(bot(harness), query, { name: 'U0ANA' }, stop.signal)) {
      last = coverage;
      stop.abort();
    }
    expect(last?.whole).toBe(false);
    expect(last?.missing.some(({ reason }) => reason === 'The search was cancelled.')).toBe(true);
  });

  test('is left alone by a reader who goes', async () => {
    await using harness = await startHarness();
    const query = everything(harness, { from: new Date(harness.now().getTime() - 30 * dayMs) });
    for await (const { events } of lookupEvents(bot(harness), query, { name: 'U0ANA' }, new AbortController().signal))
      if (events.length > 0) break;
    const asked = harness.calls().length;
    await new Promise((resolve) => setImmediate(resolve));
    expect(harness.calls().length - asked).toBeLessThanOrEqual(1);
  });

  test('holds no secrets', async () => {
    await using harness = await startHarness();
    const texts: string[] = [];
    const query = everything(harness, { attribute: { key: 'EventName', value: 'AssumeRole' } });
    for await (const { events } of lookupEvents(bot(harness), query, { name: 'U0ANA' }, new AbortController().signal))
      texts.push(...events.map((event) => JSON.stringify(event)));
    expect(texts.length).toBeGreaterThan(0);
    expect(texts.some((text) => text.includes('"accessKeyId":"ASIA'))).toBe(true);
    const tokens = texts.flatMap((text) => /"sessionToken":"([^"]*)"/.exec(text)?.[1] ?? []);
    expect(tokens.filter((token) => token !== '***' && token !== 'HIDDEN_DUE_TO_SECURITY_REASONS')).toEqual([]);
  });
});

describe('what is recorded elsewhere', () => {
  const since = (harness: Harness, days: number) => ({
    from: new Date(harness.now().getTime() - days * dayMs),
    to: new Date(harness.now().getTime() - 20 * 60_000),
  });
  const oneRegion = { regions: ['eu-west-1'] };

  test('sign-ins are found where the global address records them', async () => {
    await using harness = await startHarness();
    const attribute = { key: 'EventName', value: 'ConsoleLogin' } as const;
    const query = everything(harness, { attribute, ...since(harness, 10) });
    const { ids, coverage } = await all(bot(harness, oneRegion), query);
    const regions = ['eu-west-1', 'us-east-1', 'us-east-2', 'eu-north-1', 'ap-southeast-2'];
    const signIns = harness.organization.accounts
      .filter(({ state, deniesReadRole }) => state === 'ACTIVE' && !deniesReadRole)
      .flatMap(({ id }) => regions.flatMap((region) => harness.organization.events(id, region)))
      .filter(
        ({ eventName, eventTime }) =>
          eventName === 'ConsoleLogin' && new Date(eventTime) >= query.from && new Date(eventTime) <= query.to,
      )
      .map(({ eventID }) => eventID);
    expect(ids.toSorted()).toEqual(signIns.toSorted());
    expect(coverage.regions.asked).toBe(5);
  });

  test('IAM is searched in us-east-1, whichever regions are read; a region that was asked for is alone', async () => {
    await using harness = await startHarness();
    const attribute = { key: 'EventName', value: 'CreateUser' } as const;
    const query = everything(harness, { attribute, ...since(harness, 1) });
    const { ids } = await all(bot(harness, oneRegion), query);
    const { ids: here } = await all(bot(harness, oneRegion), {
      ...query,
      where: { accounts: [], regions: ['eu-west-1'] },
    });
    expect(ids.length).toBeGreaterThan(0);
    expect(here).toEqual([]);
  });
});

test('of a call that two accounts recorded the copy is told that says who called', async () => {
  await using harness = await startHarness();
  const attribute = { key: 'EventName', value: 'AssumeRole' } as const;
  const { from, to } = harness.organization.attack;
  const calls: { shared: string; caller: string }[] = [];
  for await (const { events } of lookupEvents(
    bot(harness),
    everything(harness, { attribute, from, to }),
    { name: 'U0ANA' },
    new AbortController().signal,
  ))
    for (const event of events)
      if (textAt(event, 'sharedEventID') !== undefined)
        calls.push({
          shared: textAt(event, 'sharedEventID') ?? '',
          caller: textAt(event, 'userIdentity', 'type') ?? '',
        });
  expect(new Set(calls.map(({ shared }) => shared)).size).toBe(calls.length);
  expect(calls.some(({ caller }) => caller === 'AssumedRole')).toBe(true);
  // Only who came from outside of the organization is known by account alone.
  expect(calls.filter(({ caller }) => caller === 'AWSAccount')).toHaveLength(1);
});

test('while it goes on, places that are not searched yet count as missing', async () => {
  await using harness = await startHarness();
  const seen: Coverage[] = [];
  for await (const { coverage } of lookupEvents(
    bot(harness),
    everything(harness),
    { name: 'U0ANA' },
    new AbortController().signal,
  ))
    seen.push(coverage);
  expect(seen[0]?.whole).toBe(false);
  expect(seen[0]?.missing.some(({ kind }) => kind === 'waiting')).toBe(true);
  expect(seen.at(-1)?.missing.some(({ kind }) => kind === 'waiting')).toBe(false);
});

describe('in bad weather', () => {
  /** CloudTrail delivers within 15 minutes: what is older is all there, whenever it is asked for. */
  const query = (harness: Harness): TrailQuery =>
    everything(harness, {
      attribute: { key: 'EventName', value: 'AssumeRole' },
      to: new Date(harness.now().getTime() - 20 * 60_000),
      mostPages: 20,
    });
  const firstAccount = ({ organization }: Harness): string => organization.accounts[0]?.id ?? '';

  test.for([
    ['ThrottlingException', 'throttled', /^AWS took no more requests .*: try again in a minute\.$/],
    ['ExpiredTokenException', 'expired', /^The session had expired/],
    ['InvalidSignatureException', 'clock', /check this machine's clock/],
  ] as const)(
    '%s without end leaves one place out, which is named',
    { timeout: 60_000 },
    async ([name, kind, reason]) => {
      await using harness = await startHarness();
      const effect = new AwsError(name, 'The sandbox says no.', 400);
      const account = firstAccount(harness);
      harness.faults.inject({ operation: 'cloudtrail:LookupEvents', account, region: 'eu-west-1', effect });
      const { ids, coverage } = await all(bot(harness), query(harness));
      const left = coverage.missing.filter(({ place }) => place.account === account);
      expect(left).toMatchObject([{ kind, place: { region: 'eu-west-1' }, reason: expect.stringMatching(reason) }]);
      expect(coverage.whole).toBe(false);
      expect(ids.length).toBeGreaterThan(0);
    },
  );

  test('a few throttlings and broken connections cost time, not events', async () => {
    await using harness = await startHarness();
    const { ids: wanted } = await all(bot(harness), query(harness));
    const throttled = new AwsError('ThrottlingException', 'Rate exceeded', 400);
    const account = firstAccount(harness);
    for (const effect of [throttled, 'cut'] as const)
      harness.faults.inject({ operation: 'cloudtrail:LookupEvents', account, times: 2, effect });
    const { ids } = await all(bot(harness), query(harness));
    expect(ids.toSorted()).toEqual(wanted.toSorted());
  }, 60_000);

  test('a clock that is hours off is put right by AWS’s own', async () => {
    await using harness = await startHarness();
    const asked = query(harness);
    const { ids: wanted } = await all(bot(harness), asked);
    harness.moveClock(3 * 3_600_000);
    const { ids } = await all(bot(harness, {}, { now: () => new Date() }), asked);
    expect(new Set(ids)).toEqual(new Set(wanted));
  }, 60_000);

  test('a page token that comes again ends the place, and that is said', async () => {
    await using harness = await startHarness();
    const server = createServer((_, response) => {
      const EventTime = Math.floor(harness.now().getTime() / 1000);
      const CloudTrailEvent = JSON.stringify({ eventID: 'one', eventName: 'AssumeRole' });
      response.setHeader('content-type', 'application/x-amz-json-1.1');
      response.end(JSON.stringify({ Events: [{ EventId: 'one', EventTime, CloudTrailEvent }], NextToken: 'again' }));
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    try {
      const address = server.address();
      if (typeof address !== 'object' || address === null) throw new Error('The server has no port.');
      const aws = bot(harness, { regions: ['us-east-1'] });
      vi.stubEnv('AWS_ENDPOINT_URL_CLOUDTRAIL', `http://127.0.0.1:${address.port}`);
      const { coverage } = await all(aws, everything(harness));
      expect(coverage.whole).toBe(false);
      expect(coverage.accounts.answered).toBe(0);
      expect(coverage.missing.map(({ reason }) => reason.replace(/\d{12}/, 'N'))).toContainEqual(
        expect.stringMatching(
          /^Trailwatch could not search account N in us-east-1: AWS gave the same page twice, so the list has no end\. Events before \S+ were not searched\.$/,
        ),
      );
    } finally {
      server.close();
      server.closeAllConnections();
    }
  }, 60_000);
});
