import { describe, expect, test } from 'vitest';
import type { Alert } from '../../../src/alerts/alert.ts';
import { mostMembers, sharedBy } from '../../../src/alerts/incidents.ts';
import { incidentAlt, incidentJson, incidentMarkdown, incidentPng } from '../../../src/reports/incident.ts';
import {
  endedIncident,
  foldedMessage,
  type IncidentShown,
  incidentList,
  incidentMessage,
  joinedReply,
} from '../../../src/slack/views/incident-message.ts';
import { alert, at, signal } from '../../alerts/fixtures.ts';
import { expectSound, mrkdwnIn, shown } from './check.ts';

const hostile = '<!channel> *bold* <https://evil.example|here> & | `code`';

const member = (id: number, more: Partial<Alert> = {}): Alert =>
  alert({
    id,
    dedupKey: `k-${id}`,
    incidentId: 3,
    leads: id === 41,
    dueAt: id === 41 ? at(5) : null,
    signal: signal({
      title: `Call ${id}`,
      actor: { type: 'user', name: 'deploy-bot', account: '111122223333', accessKeyId: 'AKIAIOSFODNN7EXAMPLE' },
    }),
    ...more,
  });

const incidentOf = (alerts: readonly Alert[], more: Partial<IncidentShown> = {}): IncidentShown => ({
  incident: {
    id: 3,
    channel: 'C0SEC',
    openedAt: at(0),
    lastAt: at(1),
    count: alerts.length,
    mergedInto: null,
    version: 4,
  },
  alerts,
  reasons: new Map(alerts.slice(1).map(({ id }) => [id, `same access key AKIAIOSFODNN7EXAMPLE as #${id - 1}`])),
  shared: sharedBy(alerts, () => false),
  withheld: new Set(),
  ...more,
});

const buttonsOf = (message: { blocks: readonly object[] }): string[] =>
  [...JSON.stringify(message.blocks).matchAll(/"type":"button","action_id":"incident:([a-z]+)"/g)].map(
    ([, id]) => id ?? '',
  );

describe('the message of an incident', () => {
  test('lists its alerts in order with the reason, says what they share, and offers what can be done', () => {
    const message = incidentMessage(incidentOf([member(41, { severity: 'critical' }), member(42), member(43)]));
    expectSound(message);
    const said = shown(message);
    expect(said).toMatch(/Critical.*Incident 3, 3 alerts: Call 41/);
    expect(said.indexOf('#41')).toBeLessThan(said.indexOf('#42'));
    // What all share stands above, once.
    expect(said.match(/AKIAIOSFODNN7EXAMPLE/g)).toHaveLength(1);
    expect(said).not.toContain('same access key');
    expect(said).toMatch(/\*not acknowledged\*/);
    expect(buttonsOf(message)).toEqual(['acknowledge', 'escalate', 'resolve']);
  });

  test('says why an alert is in it without what stands above: the value where some share it, all of it where all do', () => {
    const other = member(44, { signal: signal({ title: 'Call 44', sourceIp: '198.51.100.23' }) });
    const from = (id: number) => {
      const known = member(id);
      return { ...known, signal: { ...known.signal, sourceIp: '198.51.100.23' } };
    };
    const reasons = new Map([
      [42, 'same access key AKIAIOSFODNN7EXAMPLE as #41'],
      [43, 'same access key AKIAIOSFODNN7EXAMPLE as #41'],
      [44, 'same address 198.51.100.23 as #43'],
    ]);
    const said = shown(incidentMessage(incidentOf([member(41), from(42), from(43), other], { reasons })));
    expect(said.match(/AKIAIOSFODNN7EXAMPLE/g)).toHaveLength(1);
    expect(said).toContain('same access key as #41');
    expect(said).toContain('same address as #43');
  });

  test('that became part of an older one leads there', () => {
    const { incident } = incidentOf([]);
    const message = endedIncident({ ...incident, mergedInto: 2 }, 'https://acme.slack.com/archives/C0SEC/p1');
    expectSound(message);
    expect(JSON.stringify(message.blocks)).toMatch(/Incident 3 became part of .*archives\/C0SEC\/p1.*incident 2/);
    expect(shown(endedIncident(incident, ''))).toMatch(/none any more/);
  });

  test('in hand, in part in hand, and over', () => {
    const held = { state: 'acknowledged', acknowledgedBy: 'U0ANA' } as const;
    const inHand = incidentMessage(incidentOf([member(41, held), member(42, held)]));
    expect(shown(inHand)).toMatch(/👀 <@U0ANA> acknowledged/);
    expect(buttonsOf(inHand)).toEqual(['escalate', 'resolve']);
    const part = incidentMessage(incidentOf([member(41, held), member(42)]));
    expect(shown(part)).toMatch(/\*1 not acknowledged\*.*<@U0ANA> acknowledged 1/);
    const over = { state: 'resolved', resolvedBy: null } as const;
    const resolved = incidentMessage(incidentOf([member(41, over), member(42, over)]));
    expect(shown(resolved)).toMatch(/✅ Resolved.*\n?/);
    expect(buttonsOf(resolved)).toEqual([]);
    for (const message of [inHand, part, resolved]) expectSound(message);
  });

  test('stays within the limits of Slack however many and however long its alerts are', () => {
    const long = signal({ title: hostile.repeat(10), sentence: hostile.repeat(40) });
    const many = Array.from({ length: mostMembers }, (_, n) => member(n + 1, { signal: long }));
    const reasons = new Map(many.map(({ id }) => [id, hostile.repeat(10)]));
    const message = incidentMessage(incidentOf(many, { reasons }));
    expectSound(message);
    expect(shown(message)).toMatch(/180 more: \/audit alerts --incident 3/);
    expect(shown(message)).toMatch(/full/);
    for (const said of [
      message,
      joinedReply(many, reasons, 'U0ANA'),
      incidentList(
        Array.from({ length: 20 }, () => incidentOf(many)),
        true,
      ),
      foldedMessage(many[0] ?? member(1), ''),
    ])
      expectSound(said);
    for (const text of mrkdwnIn(message)) expect(text).not.toMatch(/<!channel>|<https:\/\/evil/);
  });

  test('of a member is one line that leads to it', () => {
    const message = foldedMessage(member(42), 'https://acme.slack.com/archives/C0SEC/p1');
    expectSound(message);
    expect(JSON.stringify(message.blocks)).toMatch(/archives\/C0SEC\/p1.*in incident 3/);
    expect(message.blocks).toHaveLength(1);
  });
});

describe('the files of an incident', () => {
  const record = {
    id: 3,
    exportedAt: at(9).toISOString(),
    shared: ['access key AKIAIOSFODNN7EXAMPLE: 2 of 2 alerts'],
    alerts: [41, 42].map((id) => ({
      id,
      at: at(id - 41).toISOString(),
      severity: 'high' as const,
      state: 'firing',
      what: hostile,
      who: 'user deploy-bot',
      from: '198.51.100.23',
      account: '111122223333',
      region: 'eu-west-1',
      why: id === 41 ? null : 'same access key AKIAIOSFODNN7EXAMPLE as #41',
      follows: id === 41 ? null : { id: 41, by: 'access key AKIAIOSFODNN7EXAMPLE' },
    })),
    events: [{ at: at(0).toISOString(), alert: 41, what: hostile }],
  };

  test('tell each time in UTC and in the reader’s zone, and nothing of AWS’s text is markup', () => {
    const text = incidentMarkdown(record, 'Europe/Prague');
    expect(text).toContain('| 2026-11-23 03:00:00 | 2026-11-23 04:00:00 | #41 |');
    const rows = text.split('\n').filter((line) => line.startsWith('| 2026'));
    expect(rows).toHaveLength(3);
    for (const row of rows) expect(row).not.toMatch(/<!channel|(?<!\\)\*bold|(?<!\\)`code/);
    expect(rows[0]?.match(/(?<!\\)\|/g)).toHaveLength(11);
    expect(incidentMarkdown(record, 'UTC')).not.toContain('Europe');
    expect(JSON.parse(incidentJson(record))).toEqual(record);
  });

  test('have a picture, and its words', async () => {
    const png = await incidentPng(record);
    expect([...png.slice(1, 4)]).toEqual([...Buffer.from('PNG')]);
    expect(incidentAlt(record)).toMatch(/Incident 3, 2 alerts in order: #41 high/);
  });
});
