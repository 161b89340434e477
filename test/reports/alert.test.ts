import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AlertRecord, alertJson, alertMarkdown, peopleIn } from '../../src/reports/alert.ts';
import { fenced, markdown } from '../../src/words/markdown.ts';
import { alert, at, signal } from '../alerts/fixtures.ts';

const record = (more: Partial<AlertRecord> = {}): AlertRecord => ({
  alert: alert({ acknowledgedBy: 'U0ANA', acknowledgedAt: at(4), state: 'acknowledged' }),
  incident: { id: 3, alerts: [6, 7, 9] },
  timeline: [
    { kind: 'opened', at: at(0), by: { type: 'aws' } },
    { kind: 'escalated', at: at(3), by: { type: 'timer' }, detail: '1' },
    { kind: 'acknowledged', at: at(4), by: { type: 'user', id: 'U0ANA' } },
    {
      kind: 'noted',
      at: at(6),
      by: { type: 'user', id: 'U0BEN' },
      text: 'See [this](https://evil.example) | <b>now</b>',
    },
  ],
  earlier: 0,
  said: [{ kind: 'direct', target: 'U0ANA', at: at(3), done: at(3), error: null, payload: { kind: 'direct' } }],
  events: ['4f1c'],
  audit: [
    {
      seq: 7,
      at: at(4).toISOString(),
      actor: { type: 'user', team: 'T0', user: 'U0ANA' },
      action: 'acknowledge',
      subject: 'alert 7',
      detail: {},
      prevHash: 'aa',
      hash: 'bb',
    },
  ],
  written: { at: at(60), for: 'U0CY' },
  nameOf: (user) => ({ U0ANA: 'Ana Novák (U0ANA)' })[user] ?? user,
  ...more,
});

test('what happened, who was called and what is on the record stand in the file, people by name', () => {
  expect(peopleIn(record()).sort()).toEqual(['U0ANA', 'U0BEN', 'U0CY']);
  const text = alertMarkdown(record());
  expect(text).toMatch(/# Alert 7: Unprotected port is being probed/);
  expect(text).toMatch(/- 2026-11-23 03:04:00 .*Acknowledged by Ana Novák \(U0ANA\)/);
  expect(text).toMatch(/\| Incident \| 3: alerts #6, #7 and #9 \|/);
  expect(text).toMatch(/direct to Ana Novák \(U0ANA\): said 2026-11-23 03:03:00/);
  expect(text).toContain('- 7 · 2026-11-23 03:04:00 acknowledge by Ana Novák (U0ANA) · bb');
  expect(JSON.parse(alertJson(record()))).toMatchObject({
    version: 1,
    incident: { id: 3, alerts: [6, 7, 9] },
    alert: { id: 7, firstSeen: at(0).toISOString() },
    timeline: [{ kind: 'opened' }, { kind: 'escalated' }, { kind: 'acknowledged' }, { kind: 'noted' }],
    audit: [{ hash: 'bb' }],
    people: { U0ANA: 'Ana Novák (U0ANA)' },
  });
});

test('text from outside makes no link, table, heading or HTML, and leaves its fence never', () => {
  const hostile = '\n# x\n![a](https://evil.example/b.png) <img src=x> | `code` ```';
  const text = alertMarkdown(
    record({ alert: alert({ signal: signal({ title: hostile, sentence: hostile, kind: hostile, raw: hostile }) }) }),
  );
  const outside = text.slice(0, text.lastIndexOf('The payload as AWS sent it'));
  expect(outside).not.toMatch(/(?<!\\)!\[|(?<!\\)\]\(|(?<!\\)<|^# x/m);
  fc.assert(
    fc.property(
      fc.string({
        unit: fc.constantFrom('`', 'a', '\n', '~', '[', ']', '(', '<', '\\', '|', ':', '/', '-', '#', '1', '.'),
      }),
      (raw) => {
        const [fence = '', ...lines] = fenced(raw).split('\n');
        expect(lines.at(-1)).toBe(fence);
        expect(lines.slice(0, -1).join('\n')).toBe(raw);
        expect(raw).not.toContain(fence);
        // Without the escapes nothing is left that Markdown reads.
        expect(markdown(raw).replace(/\\[!-/:-@[-`{-~]/g, ' ')).not.toMatch(/[\\`*_[\]<>|!~&@]|:\/\/|^[#+=-]/);
      },
    ),
  );
});
