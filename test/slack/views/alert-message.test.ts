import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { newAlert } from '../../../src/alerts/alert.ts';
import type { Signal } from '../../../src/alerts/signal.ts';
import { readAlertBlockId } from '../../../src/slack/views/action-ids.ts';
import { alertMessage } from '../../../src/slack/views/alert-message.ts';
import { readAll } from '../../alerts/sources/reading.ts';
import { dataFiles, dataJson } from '../../data.ts';
import { acknowledged, endedByAws, firing, flapping, resolved, snoozed } from './alerts.ts';
import { objectsIn, shown } from './check.ts';

const headlineOf = (message: ReturnType<typeof alertMessage>) => shown(message.blocks).split('\n')[0];

/** What can be pressed, in order: buttons and menus by their words, each menu with its choices. */
const presses = (message: ReturnType<typeof alertMessage>): string[] =>
  objectsIn(message)
    .filter((object) => ['button', 'static_select', 'overflow'].includes(String(object['type'])))
    .map((element) =>
      [
        shown(element['text'] ?? element['placeholder']),
        ...objectsIn(element['options']).flatMap((one) => ('value' in one ? [one['value']] : [])),
      ]
        .join(' ')
        .trim(),
    );

describe('the first line says grade, where, and what it means', () => {
  test.each([
    ['firing', firing, '🚨 Critical · prod-payments · Logging stopped: org-trail'],
    ['acknowledged', acknowledged, '👀 Critical, acknowledged · prod-payments · Logging stopped: org-trail'],
    ['snoozed', snoozed, '💤 Critical, snoozed · prod-payments · Logging stopped: org-trail'],
    ['resolved', resolved, '✅ Resolved · prod-payments · Logging stopped: org-trail'],
  ])('%s', (_, alert, line) => {
    expect(headlineOf(alertMessage(alert))).toBe(line);
  });

  test('the account is told by its number where it has no name, and a long title is cut at 90 characters', () => {
    const { accountName: _, judgement: __, ...signal } = firing.signal;
    const message = alertMessage({ ...firing, signal: { ...signal, title: 'x'.repeat(150) } });
    expect(headlineOf(message)).toMatch(/^🚨 Critical · 111122223333 · x+…$/);
    expect(headlineOf(message)).toHaveLength(90);
  });

  test('a key or a name is shown whole or not at all, in the title and on a phone', () => {
    const { judgement: _, ...signal } = firing.signal;
    const title = `EC2 persistent instance retirement for reasons of hardware scheduled (i-00ddbf07ce6372aa1)`;
    const message = alertMessage({ ...firing, signal: { ...signal, title } });
    expect(headlineOf(message)).toMatch(/for reasons of hardware…$/);
    for (const said of [headlineOf(message), message.text]) expect(said).not.toMatch(/i-00/);
  });

  test.each([
    ['a bucket was opened to everybody', {}, 'Bucket opened to everybody: org-trail'],
    ['it is now public', {}, 'CloudTrail trail is now public: org-trail'],
    ['gave org-trail away', {}, 'Gave org-trail away'],
    ['root changed something', { type: 'root' as const }, 'Root user: Stop logging in CloudTrail: org-trail'],
    ['the call did not succeed', {}, 'Stop logging in CloudTrail: org-trail'],
    ['stopped, deleted or changed a trail', {}, 'Stop logging in CloudTrail: org-trail'],
  ])('the reason of the judge is the title where it says what was done: %s', (reason, actor, title) => {
    const signal = {
      ...firing.signal,
      title: 'Stop logging in CloudTrail',
      judgement: { severity: 'high' as const, reasons: [reason] },
      actor: { type: 'role' as const, name: 'Admin/ana', ...actor },
    };
    expect(headlineOf(alertMessage({ ...firing, signal }))).toBe(`🚨 Critical · prod-payments · ${title}`);
  });
});

describe('what can be pressed follows the state, in one row', () => {
  const menu = 'alert:triage alert:expected alert:assign alert:details';
  test.each([
    ['firing', firing, ['Acknowledge', 'Escalate', 'Resolve', `alert:snooze ${menu}`]],
    ['acknowledged', acknowledged, ['Resolve', 'Escalate', 'Unacknowledge', `alert:snooze ${menu}`]],
    ['snoozed', snoozed, ['Wake', 'Acknowledge', 'Resolve', menu]],
    ['resolved', resolved, ['alert:reopen alert:triage alert:details']],
    ['a notification', { ...firing, mode: 'notification' as const }, []],
  ])('%s', (_, alert, expected) => {
    const message = alertMessage(alert);
    expect(presses(message)).toEqual(expected);
    expect(message.blocks.filter(({ type }) => type === 'actions').length).toBeLessThanOrEqual(1);
  });

  test('a press tells which alert, and which version of it was on screen', () => {
    const block = objectsIn(alertMessage(firing).blocks).find((object) => object['type'] === 'actions');
    expect(readAlertBlockId(String(block?.['block_id']))).toEqual({ id: 1042, version: 7 });
    expect(readAlertBlockId('alert:1042:7:8')).toBeUndefined();
  });
});

describe('in whose hands it is', () => {
  const at = (unix: number, utc: string) => `<!date^${unix}^{time}|${utc} UTC>`;
  test.each([
    [
      'firing',
      firing,
      `<!subteam^S0ONCALL> · #1042 · not acknowledged · 📣 level 1 of 3 · calls Ben at ${at(1795427100, '2026-11-23 09:45')}`,
    ],
    ['acknowledged', acknowledged, `#1042 · acknowledged by <@U0ANA> ${at(1795426380, '2026-11-23 09:33')}`],
    [
      'acknowledged, and assigned to another',
      { ...acknowledged, assignee: 'U0BEN' },
      `#1042 · acknowledged by <@U0ANA> ${at(1795426380, '2026-11-23 09:33')} · assigned to <@U0BEN>`,
    ],
    ['snoozed', snoozed, `#1042 · snoozed until ${at(1795433400, '2026-11-23 11:30')}`],
    ['resolved', resolved, '#1042 · resolved by <@U0BEN> after 2 hours 10 minutes · was critical'],
    ['ended by AWS', endedByAws, '#1042 · resolved by AWS after 5 minutes · was critical'],
  ])('%s', (_, alert, line) => {
    const lines = shown(alertMessage(alert, { levels: 3, next: ['Ben'] }).blocks).split('\n');
    expect(lines.filter((one) => one.includes('#1042'))).toEqual([line]);
  });

  test('whoever comes next is named, not called; who was called is mentioned', () => {
    const called = { targets: ['user:U0BEN', 'channel:C0PROD'], at: new Date('2026-11-23T09:35:00Z') };
    const { blocks } = alertMessage({ ...firing, mention: [] }, { next: ['<@U0BEN>'], called });
    expect(shown(blocks)).toContain('📣 called <@U0BEN> <#C0PROD> <!date^');
    expect(shown(blocks)).toContain('calls &lt;@U0BEN&gt; at ');
    // A group, which only a mention names, is mentioned where that is an edit: after the first call.
    const then = (level: number) =>
      shown(alertMessage({ ...firing, level, mention: [] }, { mentions: ['usergroup:S0SECLEADS'] }).blocks);
    expect(then(0)).toContain('calls level 1 at ');
    expect(then(1)).toContain('calls <!subteam^S0SECLEADS> at ');
  });

  test('people are called when it opens, and no more once somebody has it', () => {
    expect(shown(alertMessage(firing).blocks)).toContain('<!subteam^S0ONCALL>');
    expect(shown(alertMessage(acknowledged).blocks)).not.toContain('<!subteam^S0ONCALL>');
  });

  test('who is called on another day is said with the day, and once with "at"', () => {
    const tomorrow = new Date(firing.firingSince.getTime() + 20 * 3_600_000);
    const text = shown(alertMessage({ ...firing, dueAt: tomorrow }, { next: ['@ben'] }).blocks);
    expect(text).toMatch(/calls @ben <!date\^\d+\^\u200b\{date_short_pretty\} at \{time\}/);
  });

  test('flapping is said', () => {
    expect(shown(alertMessage(flapping).blocks)).toMatch(/Flapping\*: 3 changes in 10 minutes/);
    expect(shown(alertMessage(firing).blocks)).not.toMatch(/Flapping/);
  });
});

/** All that a reader sees in one place, dates by their fallback. */
const read = (blocks: unknown): string =>
  objectsIn(blocks)
    .map((object) => (object['type'] === 'date' ? object['fallback'] : object['text']))
    .filter((text) => typeof text === 'string')
    .join('');

describe('the facts', () => {
  const lines = (alert: typeof firing) =>
    read(alertMessage(alert).blocks.filter(({ type }) => type === 'rich_text')).replace(/^.*\n/, '');
  const bar = (alert: typeof firing) => read(alertMessage(alert).attachments ?? []);

  test('who, from where and when in one line, then what to do', () => {
    expect(lines(firing)).toBe(
      'ana, through Admin (ana@example.com), no MFA, from 203.0.113.9, 2026-11-23 09:29 UTC\n▶ Start logging again, then see what the caller did · Runbook · CloudTrail event in the console',
    );
  });

  test('the other facts beside the bar, each once', () => {
    expect(bar(firing)).toBe('account 111122223333 · eu-west-1 · StopLogging · key ASIAIOSFODNN7EXAMPLE · also no MFA');
  });

  test('those that the route wants, in its order, in place of the others', () => {
    const alert = { ...firing, signal: { ...firing.signal, tags: { team: 'payments' } } };
    const bar = (show?: string[]) => shown(alertMessage(alert, show === undefined ? {} : { show }).attachments ?? []);
    expect(bar()).not.toContain('payments');
    expect(bar(['Tag team', 'region', 'nothing of the kind'])).toBe('team payments · eu-west-1');
    expect(bar([])).toBe('');
    const long = Array.from({ length: 10 }, (_, n) => ({ name: `f${n}`, value: `${n}`.repeat(400) }));
    const wide = alertMessage(
      { ...alert, signal: { ...alert.signal, fields: long } },
      { show: long.map(({ name }) => name) },
    );
    expect(shown(wide.attachments).length).toBeLessThanOrEqual(1500);
    expect(shown(wide.attachments)).toMatch(/f0 0{249}…/);
  });

  test('nothing is told twice', () => {
    const fields = [
      { name: 'Access key', value: 'ASIAIOSFODNN7EXAMPLE' },
      { name: 'Source address', value: '203.0.113.9' },
      { name: 'Tag', value: 'blue' },
    ];
    const message = alertMessage({ ...firing, signal: { ...firing.signal, region: undefined, fields } });
    expect(read(message.attachments)).toContain(' · tag blue');
    expect(read([message.blocks, message.attachments]).match(/ASIAIOSFODNN7EXAMPLE|203\.0\.113\.9/g)).toHaveLength(2);
  });

  test('repeats are counted', () => {
    expect(lines(flapping)).toContain('12 times, last 2026-11-23 09:39 UTC');
  });

  test('in hand or over it is two lines, without a bar', () => {
    for (const alert of [acknowledged, snoozed, resolved]) {
      const { blocks, attachments } = alertMessage(alert);
      expect(blocks.filter(({ type }) => type !== 'actions')).toHaveLength(2);
      expect(attachments).toBeUndefined();
    }
  });

  test('what is for information is one line without buttons', () => {
    const { blocks, attachments } = alertMessage({ ...firing, severity: 'info', mode: 'notification' });
    expect(shown(blocks)).toBe('⚪ Info · prod-payments · Logging stopped: org-trail · Admin/ana · #1042');
    expect(blocks.map(({ type }) => type)).toEqual(['context']);
    expect(attachments).toBeUndefined();
  });

  test('an alert that knows next to nothing still tells when', () => {
    const { source, kind, dedupKey, severity, state, title, time, partition, raw } = firing.signal;
    const bare = {
      source,
      kind,
      dedupKey,
      severity,
      state,
      title,
      time,
      partition,
      raw,
      sentence: title,
      links: [],
      fields: [],
    };
    expect(lines({ ...firing, runbook: null, signal: { ...bare, kind: 'x' } })).toBe('2026-11-23 09:29 UTC');
    expect(headlineOf(alertMessage({ ...firing, signal: bare }))).toBe('🚨 Critical · CloudTrail logging was stopped');
  });

  test('links that do not fit any more are left out, never cut', () => {
    const links = ['a', 'b', 'c'].map((name) => ({ title: name, url: `https://console.example/${name.repeat(1500)}` }));
    expect(lines({ ...firing, runbook: null, signal: { ...firing.signal, links } })).toMatch(/ · a · b$/);
  });

  test('a runbook link from a payload shows where it leads; what is no https link is not linked', () => {
    const signal = { ...firing.signal, links: [{ title: 'Console', url: 'http://console.example' }] };
    const linked = lines({ ...firing, runbook: null, signal: { ...signal, runbook: 'https://evil.example/runbook' } });
    expect(linked).toContain('Runbook at evil.example');
    expect(linked).not.toContain('Console');
    expect(lines({ ...firing, runbook: null, signal: { ...signal, runbook: 'javascript:alert(1)' } })).not.toContain(
      'Runbook',
    );
  });
});

describe('what a phone shows', () => {
  test.each([
    [firing, '🚨 Critical prod-payments: Logging stopped: org-trail by Admin/ana. #1042'],
    [
      acknowledged,
      '👀 Critical prod-payments: Logging stopped: org-trail by Admin/ana. #1042 Acknowledged by <@U0ANA>',
    ],
    [
      endedByAws,
      '✅ Resolved prod-payments: Logging stopped: org-trail by Admin/ana. #1042 Resolved by AWS after 5 minutes',
    ],
    [
      { ...resolved, signal: { ...resolved.signal, actor: { type: 'unknown' as const, name: '' } } },
      '✅ Resolved prod-payments: Logging stopped: org-trail. #1042 Resolved by <@U0BEN> after 2 hours 10 minutes',
    ],
  ])('%#', (alert, text) => {
    expect(alertMessage(alert).text).toBe(text);
  });
});

describe('over every sample', () => {
  const all = readdirSync(join(import.meta.dirname, '../../../sandbox/samples'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => dataFiles(name))
    .filter((file) => file.endsWith('.json'))
    .flatMap((file) => readAll(dataJson(file)).map((signal) => ({ file, signal })));
  const alertOf = (signal: Signal) => ({
    ...newAlert(
      signal,
      { channel: 'C0SEC', mention: [], runbook: null, escalation: null, quietHours: null, mode: 'alert' as const },
      null,
      new Date(signal.time),
    ),
    id: 1,
  });

  test('there are many', () => expect(all.length).toBeGreaterThan(100));

  test('a phone’s text of at most 110 characters, a header of at most 90, one row of buttons', () => {
    for (const { file, signal } of all) {
      const message = alertMessage(alertOf(signal));
      expect(message.text.length, file).toBeLessThanOrEqual(110);
      expect(headlineOf(message)?.length, file).toBeLessThanOrEqual(90);
      expect(message.blocks.filter(({ type }) => type === 'actions').length, file).toBe(1);
    }
  });

  test('each fact once', () => {
    for (const { file, signal } of all) {
      const message = alertMessage(alertOf(signal));
      const facts = objectsIn([message.blocks, message.attachments ?? []]).flatMap(({ text }) =>
        typeof text === 'string' && text.trim().length > 2 && !text.endsWith(' ') ? [text] : [],
      );
      expect(
        facts.filter((fact, index) => facts.indexOf(fact) !== index),
        file,
      ).toEqual([]);
    }
  });
});

test('the colour says what the words say', () => {
  const colours = (['critical', 'high', 'medium'] as const).map(
    (severity) => alertMessage({ ...firing, severity }).attachments?.[0]?.color,
  );
  expect(new Set(colours).size).toBe(3);
});

test('nothing is said twice: a key found in public is the resource, not also its own caller, key and field', () => {
  const key = 'AKIAIOSFODNN7EXAMPLE';
  const signal = {
    ...firing.signal,
    sourceIp: undefined,
    region: undefined,
    resource: { name: key, type: 'access key' },
    actor: { type: 'unknown' as const, name: key, accessKeyId: key, mfa: false },
    fields: [
      { name: 'Key', value: key },
      { name: 'MFA', value: 'no' },
      { name: 'By', value: 'a partner' },
    ],
  };
  const message = alertMessage({ ...firing, signal });
  expect(read([message.blocks, message.attachments]).split(key)).toHaveLength(2);
  expect(read(message.attachments)).toContain('by a partner');
});
