import { describe, expect, test } from 'vitest';
import { readAlertBlockId } from '../../../src/slack/views/action-ids.ts';
import { alertMessage } from '../../../src/slack/views/alert-message.ts';
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

describe('the first line says severity, what and where', () => {
  test.each([
    ['firing', firing, '🚨 Critical · CloudTrail logging was stopped · prod-payments'],
    ['acknowledged', acknowledged, '👀 Critical, acknowledged · CloudTrail logging was stopped · prod-payments'],
    ['snoozed', snoozed, '💤 Critical, snoozed · CloudTrail logging was stopped · prod-payments'],
    ['resolved', resolved, '✅ Resolved · CloudTrail logging was stopped · prod-payments'],
  ])('%s', (_, alert, line) => {
    const message = alertMessage(alert);
    expect(headlineOf(message)).toBe(line);
    expect(message.text.startsWith(line)).toBe(true);
  });

  test('the account is told by its number where it has no name, and a long title gives way to it', () => {
    const { accountName: _, ...signal } = firing.signal;
    const message = alertMessage({ ...firing, signal: { ...signal, title: 'x'.repeat(150) } });
    expect(headlineOf(message)).toMatch(/^🚨 Critical · x+… · 111122223333$/);
    expect(headlineOf(message)).toHaveLength(150);
  });
});

describe('what can be pressed follows the state', () => {
  const always = 'alert:note alert:silence alert:details';
  const snooze = 'Snooze 30m 2h tomorrow choose';
  test.each([
    [
      'firing',
      firing,
      ['Acknowledge', 'Escalate', 'Resolve', snooze, 'Triage', `alert:assign-to-me alert:assign ${always}`],
    ],
    [
      'acknowledged',
      acknowledged,
      ['Resolve', 'Escalate', snooze, 'Triage', `alert:unacknowledge alert:assign ${always}`],
    ],
    ['snoozed', snoozed, ['Wake', 'Acknowledge', 'Resolve', 'Triage', `alert:assign-to-me alert:assign ${always}`]],
    ['resolved', resolved, ['Reopen', 'Triage', always]],
    ['a notification', { ...firing, mode: 'notification' as const }, []],
  ])('%s', (_, alert, expected) => {
    expect(presses(alertMessage(alert))).toEqual(expected);
  });

  test('a press tells which alert, and which version of it was on screen', () => {
    const block = objectsIn(alertMessage(firing).blocks).find((object) => object['type'] === 'actions');
    expect(readAlertBlockId(String(block?.['block_id']))).toEqual({ id: 1042, version: 7 });
    expect(readAlertBlockId('alert:1042:7:8')).toBeUndefined();
  });
});

describe('in whose hands it is', () => {
  test.each([
    [
      'firing',
      firing,
      '#1042 · nobody has acknowledged yet · escalation level 1 of 3 · escalates to Ben <!date^1795427100^{date_short_pretty} {time}|2026-11-23 09:45 UTC>',
    ],
    [
      'acknowledged',
      acknowledged,
      '#1042 · acknowledged by <@U0ANA>, <!date^1795426380^{date_short_pretty} {time}|2026-11-23 09:33 UTC>',
    ],
    [
      'acknowledged, and assigned to another',
      { ...acknowledged, assignee: 'U0BEN' },
      '#1042 · acknowledged by <@U0ANA>, <!date^1795426380^{date_short_pretty} {time}|2026-11-23 09:33 UTC> · assigned to <@U0BEN>',
    ],
    ['snoozed', snoozed, '#1042 · snoozed until <!date^1795433400^{date_short_pretty} {time}|2026-11-23 11:30 UTC>'],
    [
      'resolved',
      resolved,
      '#1042 · resolved by <@U0BEN> after 2 hours 10 minutes, <!date^1795434000^{date_short_pretty} {time}|2026-11-23 11:40 UTC> · was critical',
    ],
    [
      'ended by AWS',
      endedByAws,
      '#1042 · AWS says it is over, after 5 minutes, <!date^1795426500^{date_short_pretty} {time}|2026-11-23 09:35 UTC> · was critical',
    ],
  ])('%s', (_, alert, line) => {
    const lines = shown(alertMessage(alert, { levels: 3, next: ['Ben'] }).blocks).split('\n');
    expect(lines.filter((one) => one.startsWith('#1042'))).toEqual([line]);
  });

  test('whoever comes next is named, not called', () => {
    const { blocks } = alertMessage({ ...firing, mention: [] }, { next: ['<@U0BEN>'] });
    expect(shown(blocks)).toContain('escalates to &lt;@U0BEN&gt; ');
  });

  test('people are called when it opens, and no more once somebody has it', () => {
    expect(shown(alertMessage(firing).blocks)).toContain('<!subteam^S0ONCALL>');
    expect(shown(alertMessage(acknowledged).blocks)).not.toContain('<!subteam^S0ONCALL>');
  });

  test('flapping is said', () => {
    expect(shown(alertMessage(flapping).blocks)).toMatch(/Flapping\*: AWS changed its mind 3 times in 10 min/);
    expect(shown(alertMessage(firing).blocks)).not.toMatch(/Flapping/);
  });
});

describe('the facts', () => {
  const facts = (alert: typeof firing) => {
    const [bar] = alertMessage(alert).attachments ?? [];
    return objectsIn(bar?.blocks)
      .map((object) =>
        object['type'] === 'date'
          ? object['fallback']
          : object['type'] === 'plain_text'
            ? `\n${object['text']}`
            : object['text'],
      )
      .filter((text) => typeof text === 'string')
      .join('');
  };

  test('each on its line, most telling first', () => {
    expect(facts(firing).split('\n')).toEqual([
      'Resource: CloudTrail trail org-trail',
      'Who: role Admin/ana (ana@example.com), no MFA',
      'Account: 111122223333, eu-west-1',
      'From: 203.0.113.9 with key ASIAIOSFODNN7EXAMPLE',
      'When: 2026-11-23 09:29 UTC',
      'Why critical: changes what is logged; no MFA',
      'User agent: aws-cli/2.17 Python/3.12',
      'Outcome: Success',
      'Runbook · CloudTrail event in the console',
      'Why it matters: Attackers stop the trail first, so that what they do next leaves no trace. · MITRE ATT&CK T1562.008 Disable or Modify Cloud Logs',
    ]);
  });

  test('nothing is told twice, and the moments of AWS are in the reader’s own time zone', () => {
    const fields = [
      { name: 'Access key', value: 'ASIAIOSFODNN7EXAMPLE' },
      { name: 'Source address', value: '203.0.113.9' },
      { name: 'First seen', value: '2026-11-20T05:23:39.346Z' },
      { name: 'Tag', value: '2026-13-41T05:23:39Z' },
    ];
    const told = facts({ ...firing, signal: { ...firing.signal, fields } });
    expect(told).toContain('\nFirst seen: 2026-11-20 05:23 UTC\nTag: 2026-13-41T05:23:39Z\n');
    expect(told.match(/ASIAIOSFODNN7EXAMPLE|203\.0\.113\.9/g)).toHaveLength(2);
  });

  test('repeats are counted', () => {
    expect(facts(flapping)).toContain('Seen: 12 times, first 2026-11-23 09:30 UTC, last 2026-11-23 09:39 UTC');
  });

  test('a resolved alert keeps only what identifies it', () => {
    expect(
      facts(resolved)
        .split('\n')
        .map((line) => line.split(': ')[0]),
    ).toEqual(['Resource', 'Who', 'Account', 'Runbook · CloudTrail event in the console']);
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
    expect(facts({ ...firing, runbook: null, signal: bare })).toBe('When: 2026-11-23 09:29 UTC');
    expect(headlineOf(alertMessage({ ...firing, signal: bare }))).toBe('🚨 Critical · CloudTrail logging was stopped');
  });

  test('links that do not fit any more are left out, never cut', () => {
    const links = ['a', 'b', 'c'].map((name) => ({ title: name, url: `https://console.example/${name.repeat(1500)}` }));
    expect(facts({ ...firing, runbook: null, signal: { ...firing.signal, links } })).toContain('\na · b\n');
  });

  test('a runbook link from a payload shows where it leads; what is no https link is not linked', () => {
    const signal = { ...firing.signal, links: [{ title: 'Console', url: 'http://console.example' }] };
    const linked = facts({ ...firing, runbook: null, signal: { ...signal, runbook: 'https://evil.example/runbook' } });
    expect(linked).toContain('Runbook at evil.example');
    expect(linked).not.toContain('Console');
    expect(facts({ ...firing, runbook: null, signal: { ...signal, runbook: 'javascript:alert(1)' } })).not.toContain(
      'Runbook',
    );
  });
});

test('the colour says what the words say', () => {
  const colours = [firing, acknowledged, snoozed, resolved].map((alert) => alertMessage(alert).attachments?.[0]?.color);
  expect(new Set(colours).size).toBe(3);
  expect(colours[0]).toBe(colours[1]);
});

test('nothing is said twice: a key found in public is the resource, not also its own caller, key and field', () => {
  const key = 'AKIAIOSFODNN7EXAMPLE';
  const signal = {
    ...firing.signal,
    sourceIp: undefined,
    resource: { name: key, type: 'access key' },
    actor: { type: 'unknown' as const, name: key, accessKeyId: key, mfa: false },
    fields: [
      { name: 'Key', value: key },
      { name: 'MFA', value: 'no' },
      { name: 'Starts', value: '2026-11-23T09:00:00Z' },
    ],
  };
  const { attachments } = alertMessage({ ...firing, signal });
  expect(shown(attachments).split(key)).toHaveLength(2);
  expect(shown(attachments)).not.toMatch(/Who:|MFA:/);
  expect(shown(attachments)).toMatch(/Starts:/);
});
