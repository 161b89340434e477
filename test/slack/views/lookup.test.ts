import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eventRow } from '../../../src/cloudtrail/row.ts';
import { Tally } from '../../../src/cloudtrail/tally.ts';
import { type LookupAnswer, lookupMessage, pivotsOf } from '../../../src/slack/views/lookup.ts';
import { expectSound, mrkdwnIn, objectsIn, shown } from './check.ts';

const record = (place: number, more: Record<string, unknown> = {}) => ({
  eventVersion: '1.11',
  eventID: `7c6e2b4c-30e6-4f43-9f55-${String(place).padStart(12, '0')}`,
  eventTime: new Date(Date.UTC(2026, 10, 24, 9, 0, place)).toISOString(),
  eventSource: 'cloudtrail.amazonaws.com',
  eventName: 'StopLogging',
  awsRegion: 'eu-west-1',
  recipientAccountId: '111122223333',
  sourceIPAddress: '203.0.113.7',
  userAgent: 'aws-cli/2.15',
  userIdentity: {
    type: 'AssumedRole',
    arn: 'arn:aws:sts::111122223333:assumed-role/admin/alice@example.com',
    accountId: '111122223333',
    accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
  },
  requestParameters: { name: 'arn:aws:cloudtrail:eu-west-1:111122223333:trail/org-trail' },
  ...more,
});

function answerOf(records: Record<string, unknown>[], more: Partial<LookupAnswer> = {}): LookupAnswer {
  const tally = new Tally();
  tally.add(records.map(eventRow));
  return {
    asked: 'user alice@example.com',
    subjects: [{ kind: 'user', value: 'alice@example.com', arn: null }],
    line: 'lookup user alice@example.com --since 2026-11-23T10:00:00.000Z --until 2026-11-24T10:00:00.000Z',
    from: '2026-11-23T10:00:00.000Z',
    to: '2026-11-24T10:00:00.000Z',
    zone: 'Europe/Prague',
    state: 'done',
    problem: null,
    summary: tally.summary(),
    rows: tally.newest,
    coverage: '41 of 43 accounts, 17 of 17 regions; 2 gave no answer',
    whole: false,
    gaps: 'Could not search to the end: 999988887777 (denied).',
    filters: 'CloudTrail looked for the user name.',
    source: 'CloudTrail event history.',
    read: records.length,
    notes: [],
    tree: [],
    ...more,
  };
}

const tables = (value: unknown) => objectsIn(value).filter(({ type }) => type === 'data_table');

describe('an answer', () => {
  test('says what was found, on what it rests, and where to go on', () => {
    const message = lookupMessage(7, answerOf([record(1), record(2, { errorCode: 'AccessDenied' })]));
    expectSound(message);
    const text = shown(message.blocks);
    expect(text).toMatch(/2 events: user alice@example.com \(not everything was searched\)/);
    expect(text).toMatch(/41 of 43 accounts/);
    expect(text).toMatch(/Could not search to the end: 999988887777 \(denied\)\./);
    expect(text).toMatch(/2 events, 1 failure, 1 change, 1 rated medium or worse/);
    expect(text).toMatch(/Stop logging \(CloudTrail\)/);
    expect(text).toMatch(/2026-11-24 10:00:02/);
    expect(text).toMatch(/Key ASIAIOSFODNN7EXAMPLE/);
    expect(text).toMatch(/Share to channel/);
    expect(JSON.stringify(tables(message.blocks))).toContain('https://console.aws.amazon.com/cloudtrailv2');
  });

  test('links to the console of the partition', () => {
    const china = record(1, { awsRegion: 'cn-north-1' });
    expect(JSON.stringify(lookupMessage(1, answerOf([china])))).toContain('https://console.amazonaws.cn/');
  });

  test.each([0, 1, 5, 100, 400])('of %i events fits into a message', (events) => {
    const answer = answerOf(Array.from({ length: events }, (_, place) => record(place)));
    for (const state of ['searching', 'done', 'cancelled', 'failed', 'asking'] as const)
      expectSound(lookupMessage(1, { ...answer, state, problem: state === 'failed' ? 'AWS took no more.' : null }));
    expectSound(lookupMessage(1, answer, { by: 'U0ANA' }));
  });

  test('shows the worst on top, however old it is, and pivots from it', () => {
    const telling = record(0, { eventTime: '2026-11-20T10:00:00Z', eventID: 'worst' });
    const reads = Array.from({ length: 300 }, (_, n) =>
      record(n, {
        eventName: 'GetFunction20150331v2',
        eventSource: 'lambda.amazonaws.com',
        eventTime: `2026-11-24T10:${String(n % 60).padStart(2, '0')}:00Z`,
        readOnly: true,
      }),
    );
    const answer = answerOf([telling, ...reads]);
    const text = shown(lookupMessage(7, answer).blocks);
    expect(text).toMatch(
      /20 Nov 11:00 .*: Stop logging \(CloudTrail\) on org-trail; stopped, deleted or changed a trail/,
    );
    expect(text).toMatch(/Get function \(Lambda\)/);
    expect(pivotsOf(answer).next.map(({ line }) => line)).toContain('who worst');
  });

  test('nothing found where not everything was searched is not told as nothing', () => {
    expect(lookupMessage(1, answerOf([])).text).toMatch(/Nothing found: .* \(not everything was searched\)/);
    expect(lookupMessage(1, answerOf([], { whole: true })).text).toMatch(/^Nothing found: /);
  });

  test('while it searches it shows the first rows, progress and Cancel', () => {
    const message = lookupMessage(1, answerOf([record(1)], { state: 'searching', read: 1204 }));
    const text = JSON.stringify(message.blocks);
    expect(text).toMatch(/1,204 events read, 1 match/);
    expect(text).toMatch(/"plan"/);
    expect(shown(message.blocks)).toMatch(/Cancel/);
  });

  test('pivots are the same each time, and can be typed', () => {
    const answer = answerOf([record(1), record(2)]);
    expect(pivotsOf(answer)).toEqual(pivotsOf(JSON.parse(JSON.stringify(answer))));
    const { next, more } = pivotsOf(answer);
    // Two stand as buttons, all else is in a menu.
    expect(next.map(({ line }) => line)).toEqual([
      `who ${record(2).eventID}`,
      `lookup key "ASIAIOSFODNN7EXAMPLE" --since ${answer.from} --until ${answer.to}`,
    ]);
    expect(more.map(({ line }) => line)).toEqual(
      expect.arrayContaining([
        `lookup ip "203.0.113.7" --since ${answer.from} --until ${answer.to}`,
        `lookup resource "arn:aws:cloudtrail:eu-west-1:111122223333:trail/org-trail" --since ${answer.from} --until ${answer.to}`,
        'lookup around 2026-11-24T09:00:02.000Z --account 111122223333 --region eu-west-1',
        `flows 203.0.113.7 --since ${answer.from} --until ${answer.to}`,
      ]),
    );
    const all = [...next, ...more].map(({ line }) => line);
    // What was asked about is answered.
    expect(all.filter((line) => line.startsWith('lookup user "alice@example.com"'))).toEqual([]);
    expect(new Set(all).size).toBe(all.length);
    const buttons = lookupMessage(1, answer).blocks.flatMap((block) =>
      block.type === 'actions' ? block.elements : [],
    );
    expect(buttons.filter(({ type }) => type === 'button')).toHaveLength(4);
  });

  test('what attackers write is shown as text, in every place', () => {
    const hostile = fc.oneof(
      fc.string({ maxLength: 300 }),
      fc.constantFrom('<!channel>', '<https://evil.example|x>', '*b*', '=1+1', '@here', '\u202egpj', '"', "'", ' ', ''),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(hostile, hostile, hostile, hostile), { maxLength: 30 }), (events) => {
        const answer = answerOf(
          events.map(([agent, name, address, session], place) =>
            record(place, {
              userAgent: agent,
              eventName: name,
              sourceIPAddress: address,
              userIdentity: { type: 'AssumedRole', arn: `arn:aws:sts::111122223333:assumed-role/r/${session}` },
            }),
          ),
        );
        const message = lookupMessage(1, answer);
        expectSound(message);
        for (const text of mrkdwnIn(message)) expect(text).not.toMatch(/<!channel>|<https:\/\/evil/);
      }),
      { numRuns: 60 },
    );
  });

  test('secrets do not come as far as here', () => {
    const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
    expect(JSON.stringify(answerOf([record(1)]))).not.toContain(secret);
  });
});

test('a tally counts every event once, in whichever pieces they come, and stays small', () => {
  const records = Array.from({ length: 300 }, (_, place) =>
    eventRow(
      record(place, { userAgent: `agent ${place % 7}`, eventName: place % 3 === 0 ? 'GetTrail' : 'StopLogging' }),
    ),
  );
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 20 }), (sizes) => {
      const tally = new Tally();
      for (let at = 0, turn = 0; at < records.length; turn++) {
        const size = sizes[turn % sizes.length] ?? 1;
        tally.add(records.slice(at, at + size));
        at += size;
      }
      const { events, agents, actions, first, last } = tally.summary();
      expect(events).toBe(300);
      expect(agents.different).toBe(7);
      expect(actions.top.map(({ count }) => count)).toEqual([200, 100]);
      expect([first, last]).toEqual([records[0]?.time, records[299]?.time]);
      expect(tally.newest.map(({ id }) => id)).toEqual(
        records
          .toReversed()
          .slice(0, 100)
          .map(({ id }) => id),
      );
    }),
    { numRuns: 30 },
  );
  const many = new Tally();
  for (let place = 0; place < 5000; place++) many.add([eventRow(record(place, { userAgent: `a${place}` }))]);
  expect(many.summary().agents).toMatchObject({ different: 2000, more: true });
  expect(many.newest).toHaveLength(100);
});

describe('all that came of a credential', () => {
  const came = (depth: number, name: string, more: Partial<LookupAnswer['tree'][number]> = {}) => ({
    depth,
    name,
    key: null,
    account: '111122223333',
    user: null,
    proof: 'key match',
    made: { id: 'made', name: 'AssumeRole', time: '2026-11-24T09:00:00Z' },
    events: 2,
    failures: 1,
    changes: 1,
    first: '2026-11-24T09:00:01Z',
    last: '2026-11-24T09:00:02Z',
    from: ['203.0.113.7'],
    problem: null,
    ...more,
  });

  test('is a tree, with what stops it to be copied', () => {
    const key = 'AKIAIOSFODNN7EXAMPLE';
    const tree = [
      came(0, key, { key, user: 'deploy-bot', made: null, proof: 'asked for' }),
      came(1, 'admin/maintenance', { key: 'ASIAONE0000000000001' }),
      came(2, 'far/z', { account: '999988887777', problem: 'Account 999988887777 is not one that Trailwatch reads.' }),
    ];
    const message = lookupMessage(7, answerOf([record(1)], { tree, notes: ['<!channel> is no mention'] }));
    expectSound(message);
    const text = shown(message.blocks);
    expect(text).toMatch(
      /↳ admin\/maintenance ASIAONE0000000000001 in 111122223333 \(AssumeRole 24 Nov 10:00, key match\): 2 events/,
    );
    expect(text).toMatch(/Account 999988887777 is not one that Trailwatch reads/);
    expect(text).toMatch(
      /aws iam update-access-key --user-name deploy-bot --access-key-id AKIAIOSFODNN7EXAMPLE --status Inactive/,
    );
    expect(mrkdwnIn(message.blocks).join()).not.toContain('<!channel>');
  });

  test('fits into a message, however much it is', () => {
    const many = Array.from({ length: 150 }, (_, n) =>
      came(1 + (n % 9), `role-${n}/${'s'.repeat(60)}`, { key: `ASIA${n}` }),
    );
    const records = Array.from({ length: 100 }, (_, n) => record(n));
    expectSound(lookupMessage(7, answerOf(records, { tree: many, notes: Array(9).fill('n'.repeat(900)) })));
  });
});
