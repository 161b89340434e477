import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { severities } from '../../../src/alerts/severity.ts';
import { actionIds } from '../../../src/slack/views/action-ids.ts';
import { type AlertList, alertList, readListBlockId, turnList } from '../../../src/slack/views/alert-list.ts';
import { helpMessage } from '../../../src/slack/views/help.ts';
import { homeView } from '../../../src/slack/views/home.ts';
import { notAllowed, notForGuests, refused, unknownCommand } from '../../../src/slack/views/refusals.ts';
import { matcherText, silenceEnded, silenceList } from '../../../src/slack/views/silences.ts';
import { statusMessage } from '../../../src/slack/views/status.ts';
import { type StormShown, stormMessage } from '../../../src/slack/views/storm-message.ts';
import { acknowledged, firing, resolved } from './alerts.ts';
import { objectsIn, shown } from './check.ts';

const at = new Date('2026-11-23T09:30:00Z');
const date = '<!date^1795426200^\u200b{date_short_pretty} at {time}|2026-11-23 09:30 UTC>';

const buttons = (value: unknown) =>
  objectsIn(value)
    .filter((object) => object['type'] === 'button')
    .map((button) => `${shown(button['text'])} ${String(button['value'])}`);

/** At least one key: none is no narrowing. */
const narrowings = fc
  .record(
    {
      account: fc.string({ minLength: 1, maxLength: 20 }),
      source: fc.string({ minLength: 1, maxLength: 10 }),
      text: fc.string({ minLength: 1, maxLength: 20 }),
      mine: fc.constantFrom('U0ANA', 'W0BEN'),
      since: fc.integer({ min: 1, max: 4_000_000_000 }),
    },
    { requiredKeys: [] },
  )
  .filter((more) => Object.keys(more).length > 0);

describe('the list of alerts', () => {
  const list: AlertList = {
    alerts: [firing, acknowledged],
    total: 47,
    page: 2,
    pages: 3,
    filter: { severity: 'high', state: 'open', storm: 9 },
  };

  test('two lines for each, with a button that opens it', () => {
    const message = alertList(list);
    expect(shown(message.blocks)).toContain('47 high open alerts of storm 9, page 2 of 3');
    expect(shown(message.blocks)).toContain(
      `🚨 *Critical* · Logging stopped: org-trail\n#1042 · prod-payments · eu-west-1 · firing · last seen ${date}`,
    );
    expect(shown(message.blocks)).toContain(`acknowledged by <@U0ANA> · last seen ${date}`);
    expect(buttons(message)).toEqual([
      'Open 1042',
      'Open 1042',
      'Previous 1',
      'Next 3',
      'Acknowledge all alerts-bulk:2:high:open:9',
      'Resolve all 47 alerts-bulk:2:high:open:9',
      'Assign all 47… alerts-bulk:2:high:open:9',
    ]);
  });

  test('the first page has no way back, the last none on', () => {
    const one = { ...list, alerts: [], total: 1 };
    expect(buttons(alertList({ ...one, page: 1 }))).toEqual(['Next 2']);
    expect(buttons(alertList({ ...one, page: 3 }))).toEqual(['Previous 2']);
    expect(buttons(alertList({ ...one, page: 1, pages: 1 }))).toEqual([]);
  });

  test('an empty list says whether all is quiet or the filter is narrow', () => {
    const empty = { alerts: [], total: 0, page: 1, pages: 1 };
    expect(shown(alertList({ ...empty, filter: { severity: 'any', state: 'open' } }))).toContain(
      'No open alerts. All is quiet.',
    );
    expect(shown(alertList({ ...empty, filter: { severity: 'low', state: 'open' } }))).toContain(
      'No alert passes this filter.',
    );
  });

  test('the blocks of a list tell its page and filter, whatever they are', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('any' as const, ...severities),
        fc.constantFrom(...(['open', 'firing', 'acknowledged', 'snoozed', 'resolved'] as const)),
        fc.option(fc.nat(999_999_999), { nil: undefined }),
        fc.integer({ min: 1, max: 1000 }),
        fc.option(narrowings, { nil: undefined }),
        (severity, state, storm, page, more) => {
          const filter = {
            severity,
            state,
            ...(storm === undefined ? {} : { storm }),
            ...(more === undefined ? {} : { more }),
          };
          const ids = alertList({ ...list, total: 1, page, pages: page + 1, filter }).blocks.flatMap(
            ({ block_id }) => block_id ?? [],
          );
          expect(ids).toHaveLength(2);
          for (const id of ids) expect(readListBlockId(id)).toEqual({ page, filter });
        },
      ),
    );
  });

  test('a press leads to a page or another filter, and a forged one nowhere', () => {
    const id = 'alerts-filter:2:high:open:9';
    expect(turnList(id, actionIds.listNext, '3')).toEqual({ page: 3, filter: list.filter });
    expect(turnList(id, actionIds.listSeverity, 'low')).toEqual({
      page: 1,
      filter: { ...list.filter, severity: 'low' },
    });
    expect(turnList(id, actionIds.listState, 'snoozed')).toEqual({
      page: 1,
      filter: { ...list.filter, state: 'snoozed' },
    });
    expect(turnList(id, actionIds.listSeverity, 'worst')).toBeUndefined();
    expect(turnList('alerts-filter:2:high:gone:', actionIds.listNext, '3')).toBeUndefined();
    expect(turnList('alert:1:2', actionIds.listNext, '3')).toBeUndefined();
  });
});

describe('a storm', () => {
  const storm: StormShown = {
    id: 3,
    channel: 'C0ALERTS',
    kind: 'metric alarm',
    source: 'cloudwatch',
    title: null,
    count: 512,
    openCount: 498,
    apart: 0,
    waiting: 498,
    level: 0,
    firingSince: at,
    dueAt: null,
    extra: {},
    worst: [],
    acts: [],
    severity: 'high',
    firstSeen: at,
    lastSeen: new Date(at.getTime() + 130_000),
    topAccounts: [
      { name: 'prod', count: 300 },
      { name: 'staging', count: 212 },
    ],
    topResources: [
      { name: 'a'.repeat(21), count: 12 },
      { name: 'b', count: 9 },
    ],
    active: true,
    version: 4,
  };
  const types = (message: { blocks: { type: string }[] }) => message.blocks.map(({ type }) => type);

  test('one message with the count, where from in a line each, and what to do with all', () => {
    const message = stormMessage(storm);
    expect(message.text).toBe('🔴 High · 512 alerts in 2 min: metric alarm. 498 open, still arriving.');
    expect(types(message)).toEqual(['header', 'context', 'actions']);
    expect(shown(message.blocks)).toContain('*498 open* · no one is called · still arriving');
    expect(shown(message.blocks)).toContain('Accounts: prod (300), staging (212)');
    expect(buttons(message.blocks)).toEqual(['Open list 3', 'Acknowledge all 3', 'Resolve all 3']);
  });

  test('one that somebody acts on says so, and offers nothing meanwhile', () => {
    const message = stormMessage(storm, { by: 'U0ANA', act: 'acknowledge' });
    expect(shown(message.blocks)).toContain('⏳ <@U0ANA> acknowledges all 498 …');
    expect(types(message)).not.toContain('actions');
  });

  test('many names are cut short, and a single account is said to be all', () => {
    const topResources = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name, count: 9 }));
    const message = stormMessage({ ...storm, topAccounts: [{ name: 'prod', count: 512 }], topResources });
    expect(shown(message.blocks)).toContain('Accounts: prod (all)');
    expect(shown(message.blocks)).toContain('Resources: a (9), b (9), c (9), d (9), …');
  });

  test('its headline is what most of its alerts say, and who acted and who was called is shown', () => {
    const message = stormMessage({
      ...storm,
      title: 'web-… is in ALARM',
      apart: 2,
      level: 1,
      dueAt: new Date(at.getTime() + 900_000),
      extra: { levels: 2, next: ['@sec-leads'], called: { targets: ['user:U0BEN'], at } },
      worst: [
        { alert: firing, permalink: 'https://slack.example/archives/C1/p1' },
        { alert: acknowledged, permalink: '' },
      ],
      acts: [
        { state: 'acknowledged', by: 'U0ANA', count: 480 },
        { state: 'resolved', by: null, count: 14 },
      ],
    });
    expect(message.text).toContain('512 alerts in 2 min: web-… is in ALARM. 498 open');
    expect(shown(message.blocks)).toContain('👀 <@U0ANA> acknowledged 480 · ✅ AWS resolved 14');
    expect(shown(message.blocks)).toMatch(
      /\*498 open\* · 📣 called <@U0BEN> <.*> · calls @sec-leads at <.*> · still arriving/,
    );
    expect(shown(message.blocks)).toMatch(
      /🚨 <https:\/\/slack\.example\/archives\/C1\/p1\|#1042 .+> · 👀 #1042 .+2 stood out, with messages/s,
    );
  });

  test('once all of it is acknowledged it says so, and waits for nobody', () => {
    const message = stormMessage({
      ...storm,
      waiting: 0,
      level: 1,
      dueAt: at,
      extra: { called: { targets: ['user:U0BEN'], at } },
      acts: [{ state: 'acknowledged', by: 'U0ANA', count: 498 }],
    });
    expect(shown(message.blocks)).toMatch(
      /\*498 open, all acknowledged\* · 📣 called <@U0BEN> <[^>]*> · still arriving/,
    );
    expect(buttons(message.blocks)).toEqual(['Open list 3', 'Resolve all 3']);
  });

  test('once it is over it is small', () => {
    const message = stormMessage({ ...storm, active: false, openCount: 0 });
    expect(types(message)).toEqual(['header', 'context', 'actions']);
    expect(buttons(message.blocks)).toEqual(['Open list 3']);
    expect(message.text).toMatch(/^✅ Resolved · 512 alerts in 2 min: metric alarm\. all resolved/);
  });
});

test('status names what is broken first', () => {
  const status = {
    version: '1.2.3',
    startedAt: new Date(at.getTime() - 7_200_000),
    now: at,
    parts: [
      { name: 'Database', ok: true, sentence: 'answers' },
      { name: 'Queue', ok: false, sentence: 'No worker takes jobs.' },
    ],
    topics: [{ arn: 'arn:aws:sns:eu-west-1:111122223333:security', lastMessageAt: null, cadence: null }],
    sources: [],
    others: 0,
  };
  expect(statusMessage(status).text).toBe(
    '❗ Trailwatch has trouble: Queue, topic security. No worker takes jobs. Topic security has sent no message yet.',
  );
  expect(shown(statusMessage(status).blocks)).toMatch(/❗ \nsecurity\n \(111122223333, eu-west-1\)\n: no message yet/);
  expect(shown(statusMessage(status).blocks)).toContain('Version 1.2.3 · up for 2 hours');
  const heard = status.topics.map((topic) => ({ ...topic, lastMessageAt: at }));
  expect(statusMessage({ ...status, parts: [], topics: heard }).text).toBe('✅ Trailwatch is working.');
  expect(shown(statusMessage({ ...status, topics: [] }).blocks)).toContain('No SNS topic');
  const usual = { every: 2, quiet: 1, overdue: 0, limit: 6 };
  const sources = [
    { name: 'guardduty', cadence: { ...usual, state: 'silent' as const, quiet: 30, overdue: 26 } },
    { name: 'config', cadence: { ...usual, state: 'heard' as const } },
    { name: 'health', cadence: { state: 'learning' as const, quiet: 3 } },
  ];
  // Each line with ❗ is in the heading.
  expect(statusMessage({ ...status, parts: [], topics: heard, sources }).text).toBe(
    '❗ Trailwatch has trouble: guardduty. Guardduty is silent, nothing for 1 day 6 hours; usually one every 2 hours.',
  );
  const blocks = shown(statusMessage({ ...status, topics: heard, sources, others: 12 }).blocks);
  expect(blocks).toMatch(/❗ \nguardduty\n: silent, nothing for 1 day 6 hours; usually one every 2 hours/);
  expect(blocks).toMatch(/✅ \nconfig\n: usually one every 2 hours, missed when it is overdue for 6 hours/);
  expect(blocks).toMatch(/⏳ \nhealth\n: too little is known yet to miss it/);
  expect(blocks).toContain('Watched in the same way: 12 accounts and sources in an account.');
});

test('help shows commands by topic, and how many more there are', () => {
  const commands = [
    { name: 'alerts', usage: 'alerts [severity]', sentence: 'Lists alerts.', topic: 'Alerts' },
    { name: 'status', usage: 'status', sentence: 'Is all well?', topic: 'Running it' },
  ];
  expect(shown(helpMessage(commands).blocks)).toMatch(
    /Alerts\n\n\n\/audit alerts \[severity\]\n\n\nLists alerts\.\nRunning it/,
  );
  expect(shown(helpMessage(commands, { others: 3 }).blocks)).toContain('3 more commands you may not use');
  const [first] = commands;
  const listing = first && [{ ...first, list: [{ usage: 'alerts mine', sentence: 'your own' }] }];
  expect(shown(helpMessage(listing ?? []).blocks)).not.toContain('alerts mine');
  expect(shown(helpMessage(listing ?? [], { name: 'alerts' }).blocks)).toMatch(/\/audit alerts mine\n +your own/);
});

test('the home tab shows what is mine, who is on call and the last report', () => {
  const view = homeView({
    mine: [acknowledged],
    escalated: [firing],
    silences: [],
    waiting: { total: 2, worst: [firing] },
    tasks: [{ title: 'Root has no MFA', since: at, due: null }],
    shifts: [
      { schedule: 'security', from: at, to: null },
      { schedule: 'platform', from: new Date('2026-11-24T09:30:00Z'), to: new Date('2026-11-25T09:30:00Z') },
    ],
    now: at,
    onCall: [
      { schedule: 'security', users: ['U0ANA'], until: at },
      { schedule: 'platform', users: [], until: null },
    ],
    reach: {
      rules: [{ way: 'voice:+420123456789', afterMs: 300_000, from: 'high' }],
      quietHours: { from: 1320, to: 420, timezone: 'UTC' },
    },
    late: [
      {
        rule: { way: 'voice:+420123456789', afterMs: 300_000, from: 'high' },
        policy: 'primary',
        gapMs: 180_000,
      },
    ],
    lastDigest: { name: 'Credential report', at, permalink: 'https://acme.slack.com/archives/C0A/p1' },
    digestTroubles: ['evidence: Slack refuses the channel of run 3: not_in_channel in C0AUDIT'],
  });
  const text = shown(view.blocks);
  expect(text).toContain('Your alerts (1)');
  expect(text).toContain('telephone …789, 5 minutes later, from high on. From 22:00 to 07:00 by direct message alone');
  expect(text).toContain('In primary the next level is called after 3 minutes, before telephone …789');
  expect(text).toMatch(/You escalated \(1\)\n.*Logging stopped/);
  expect(text).toContain('Waiting for somebody (2)');
  expect(text).toContain('1 more: type /audit alerts firing');
  expect(text).toContain(`• Root has no MFA, since ${date}`);
  expect(text).toContain('You are on call for *security* for the weeks ahead');
  expect(text).toMatch(/Your next shift of \*platform\*: <!date\^\d+.* until <!date/);
  expect(text).toContain(`*security*: <@U0ANA> until ${date}`);
  expect(text).toContain('*platform*: nobody');
  expect(text).toContain(`<https://acme.slack.com/archives/C0A/p1|Credential report>, ${date}`);
  expect(text).toContain('❗ evidence: Slack refuses the channel of run 3');
});

test('silences are listed with their end and what they held back', () => {
  const silence = {
    id: 2,
    match: { kind: ['Stop*'], tag: { env: ['dev', 'test'] } },
    from: at,
    until: at,
    reason: 'planned',
    createdBy: 'U0ANA',
    caught: 1,
    planned: false,
  };
  const message = silenceList([silence]);
  expect(shown(message.blocks)).toContain(
    `🔕 kind Stop∗, tag env dev or test\nplanned\nuntil ${date} · by <@U0ANA> · 1 held back`,
  );
  expect(buttons(message.blocks)).toEqual(['End 2']);
  const both = silenceList([silence, { ...silence, id: 3, planned: true }]);
  expect(both.text).toMatch(/^1 active silence, 1 planned\./);
  expect(shown(both.blocks)).toContain(`planned\nfrom ${date} until ${date} · planned by <@U0ANA>`);
  expect(buttons(both.blocks)).toEqual(['End 2', 'Cancel 3']);
  expect(silenceList([]).text).toBe('Nothing is silenced.');
  expect(matcherText({})).toBe('every alert');
  expect(silenceEnded({ match: {}, caught: 0, endedBy: 'U0BEN' }).text).toBe(
    '🔔 The silence for every alert was ended by <@U0BEN>. It held back nothing.',
  );
});

describe('refusals', () => {
  test('the loser of a race is told who was first', () => {
    expect(refused(firing, { reason: 'already', state: 'acknowledged', by: 'U0BEN', at })).toBe(
      `#1042 was already acknowledged by <@U0BEN>, ${date}. Nothing was changed.`,
    );
    expect(refused(resolved, { reason: 'already', state: 'resolved', by: null, at })).toBe(
      `#1042 was already resolved by AWS, ${date}.`,
    );
    expect(refused(firing, { reason: 'impossible', sentence: 'This alert is not snoozed.' })).toBe(
      'Nothing was changed on #1042. This alert is not snoozed.',
    );
  });

  test('who lacks a right is told who has it', () => {
    expect(notAllowed('respond', ['usergroup:S0ONCALL', 'channel:C0SEC'])).toBe(
      'Only <!subteam^S0ONCALL>, everybody in <#C0SEC> can act on alerts.',
    );
    expect(notForGuests(['usergroup:S0ONCALL'])).toBe('Guests cannot do this. Ask one of these: <!subteam^S0ONCALL>.');
    expect(notForGuests([])).toBe('Guests cannot do this.');
    expect(notAllowed('administer', [])).toContain(
      'Nobody can change how Trailwatch works yet: add somebody to access.administer in the configuration.',
    );
  });

  test('a typo gets the nearest command', () => {
    expect(unknownCommand('alrets', ['alerts', 'status'])).toBe(
      'There is no command "alrets"; did you mean "/audit alerts"? All commands: /audit help',
    );
    expect(unknownCommand('<!channel>', ['alerts'])).toBe(
      'There is no command "&lt;!channel&gt;". All commands: /audit help',
    );
  });
});
