import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { severities } from '../../../src/alerts/severity.ts';
import { actionIds } from '../../../src/slack/views/action-ids.ts';
import { type AlertList, alertList, readListBlockId, turnList } from '../../../src/slack/views/alert-list.ts';
import { helpMessage } from '../../../src/slack/views/help.ts';
import { homeView } from '../../../src/slack/views/home.ts';
import { notAllowed, refused, unknownCommand } from '../../../src/slack/views/refusals.ts';
import { matcherText, silenceEnded, silenceList } from '../../../src/slack/views/silences.ts';
import { statusMessage } from '../../../src/slack/views/status.ts';
import { type Storm, stormMessage } from '../../../src/slack/views/storm-message.ts';
import { acknowledged, firing, resolved } from './alerts.ts';
import { objectsIn, shown } from './check.ts';

const at = new Date('2026-11-23T09:30:00Z');
const date = '<!date^1795426200^{date_short_pretty} {time}|2026-11-23 09:30 UTC>';

const buttons = (value: unknown) =>
  objectsIn(value)
    .filter((object) => object['type'] === 'button')
    .map((button) => `${shown(button['text'])} ${String(button['value'])}`);

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
      `🚨 *Critical* · CloudTrail logging was stopped\n#1042 · prod-payments · eu-west-1 · firing · last ${date}`,
    );
    expect(shown(message.blocks)).toContain(`acknowledged by <@U0ANA> · last ${date}`);
    expect(buttons(message)).toEqual(['Open 1042', 'Open 1042', 'Previous 1', 'Next 3']);
  });

  test('the first page has no way back, the last none on', () => {
    expect(buttons(alertList({ ...list, alerts: [], page: 1 }))).toEqual(['Next 2']);
    expect(buttons(alertList({ ...list, alerts: [], page: 3 }))).toEqual(['Previous 2']);
    expect(buttons(alertList({ ...list, alerts: [], page: 1, pages: 1 }))).toEqual([]);
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
        fc.option(fc.nat(), { nil: undefined }),
        fc.integer({ min: 1, max: 1000 }),
        (severity, state, storm, page) => {
          const filter = { severity, state, ...(storm === undefined ? {} : { storm }) };
          const ids = alertList({ ...list, page, pages: page + 1, filter }).blocks.flatMap(
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
  const storm: Storm = {
    id: 3,
    kind: 'metric alarm',
    source: 'cloudwatch',
    count: 512,
    openCount: 498,
    severity: 'high',
    firstSeen: at,
    lastSeen: at,
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

  test('one message with the count, a chart where names are short, a table where they are long', () => {
    const message = stormMessage(storm);
    expect(message.text).toBe(
      '🔴 High · 512 alerts of one kind · metric alarm. 498 open, more may come, this count is live.',
    );
    expect(types(message)).toEqual(['header', 'context', 'data_visualization', 'data_table', 'actions']);
    expect(buttons(message.blocks)).toEqual(['Open list 3', 'Acknowledge all 3', 'Resolve all 3']);
  });

  test('Slack takes one table a message: two long lists share one', () => {
    expect(types(stormMessage({ ...storm, topAccounts: storm.topResources }))).toEqual([
      'header',
      'context',
      'data_table',
      'actions',
    ]);
  });

  test('names that a chart could not tell apart go into the table', () => {
    const topAccounts = [
      { name: 'prod', count: 2 },
      { name: ' prod', count: 1 },
    ];
    expect(types(stormMessage({ ...storm, topAccounts, topResources: [] }))).toContain('data_table');
  });

  test('a single account is said in words', () => {
    const message = stormMessage({ ...storm, topAccounts: [{ name: 'prod', count: 512 }], topResources: [] });
    expect(shown(message.blocks)).toContain('*Account*: prod (all of them)');
  });

  test('once it is over it is small', () => {
    const message = stormMessage({ ...storm, active: false, openCount: 0 });
    expect(types(message)).toEqual(['header', 'context', 'actions']);
    expect(buttons(message.blocks)).toEqual(['Open list 3']);
    expect(message.text).toMatch(/^✅ Resolved · 512 alerts of one kind · metric alarm\. all resolved/);
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
    topics: [{ arn: 'arn:aws:sns:eu-west-1:111122223333:security', lastMessageAt: null }],
  };
  expect(statusMessage(status).text).toBe('❗ Trailwatch has trouble: Queue. No worker takes jobs.');
  expect(shown(statusMessage(status).blocks)).toMatch(/❗ \nsecurity\n \(111122223333, eu-west-1\)\n: no message yet/);
  expect(shown(statusMessage(status).blocks)).toContain('Version 1.2.3 · up for 2 hours');
  expect(statusMessage({ ...status, parts: [] }).text).toBe('✅ Trailwatch is working.');
  expect(shown(statusMessage({ ...status, topics: [] }).blocks)).toContain('No SNS topic');
});

test('help shows commands by topic, or one alone', () => {
  const commands = [
    { name: 'alerts', usage: 'alerts [severity]', sentence: 'Lists alerts.', topic: 'Alerts' },
    { name: 'status', usage: 'status', sentence: 'Is all well?', topic: 'Running it' },
  ];
  expect(shown(helpMessage(commands).blocks)).toMatch(
    /Alerts\n\n\n\/audit alerts \[severity\]\n\n\nLists alerts\.\nRunning it/,
  );
  expect(shown(helpMessage(commands, 'status').blocks)).not.toContain('alerts [severity]');
});

test('the home tab shows what is mine, who is on call and the last report', () => {
  const view = homeView({
    mine: [acknowledged],
    waiting: 2,
    onCall: [
      { schedule: 'security', user: 'U0ANA', until: at },
      { schedule: 'platform', user: null, until: null },
    ],
    lastDigest: { name: 'Credential report', at, permalink: 'https://acme.slack.com/archives/C0A/p1' },
  });
  const text = shown(view.blocks);
  expect(text).toContain('Your alerts (1)');
  expect(text).toContain("*2* open alerts are in nobody's hands");
  expect(text).toContain(`*security*: <@U0ANA> until ${date}`);
  expect(text).toContain('*platform*: nobody');
  expect(text).toContain(`<https://acme.slack.com/archives/C0A/p1|Credential report>, ${date}`);
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
  };
  const message = silenceList([silence]);
  expect(shown(message.blocks)).toContain(
    `🔕 kind Stop∗, tag env dev or test\nplanned\nuntil ${date} · by <@U0ANA> · 1 held back`,
  );
  expect(buttons(message.blocks)).toEqual(['End 2']);
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
      `#1042 is already resolved: AWS said that it is over, ${date}.`,
    );
    expect(refused(firing, { reason: 'impossible', sentence: 'This alert is not snoozed.' })).toBe(
      'Nothing was changed on #1042. This alert is not snoozed.',
    );
  });

  test('who lacks a right is told who has it', () => {
    expect(notAllowed('respond', ['usergroup:S0ONCALL', 'channel:C0SEC'])).toBe(
      'You may not act on alerts. These may: <!subteam^S0ONCALL>, everybody in <#C0SEC>.',
    );
    expect(notAllowed('administer', [])).toContain(
      'nobody may yet: add somebody to access.administer in the configuration',
    );
  });

  test('a typo gets the nearest command', () => {
    expect(unknownCommand('alrets', 'alerts')).toBe(
      'There is no command "alrets". Did you mean /audit *alerts*? All commands: /audit help',
    );
    expect(unknownCommand('<!channel>', undefined)).toBe(
      'There is no command "&lt;!channel&gt;". All commands: /audit help',
    );
  });
});
