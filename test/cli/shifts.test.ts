import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { shifts } from '../../src/cli/shifts.ts';

const folder = mkdtempSync(join(tmpdir(), 'trailwatch-shifts-'));
writeFileSync(
  join(folder, 'trailwatch.yaml'),
  `channels: { default: C0ALERTS }
schedules:
  security:
    timezone: Europe/Prague
    holidays: { dates: [2027-03-29], users: [U9] }
    layers:
      - { name: night, rotation: weekly, handoff: "Mon 22:00", start: 2027-03-22, users: [U1], restrictions: { from: "22:00", to: "06:00" } }
      - { name: day, rotation: daily, handoff: "06:00", start: 2027-03-27, users: [[U2, U3], U4], restrictions: { from: "08:00", to: "22:00" } }
`,
);

async function run(...args: string[]) {
  let [out, err] = ['', ''];
  const code = await shifts(args, {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
    stdin: (async function* () {})(),
    env: {},
    cwd: folder,
  });
  return { code, out, err };
}

test('with --json each shift is a line, in UTC, cut to the span', async () => {
  const { code, out, err } = await run('security', '--from', '2027-03-27T12:00Z', '--to', '2027-03-29T00:00', '--json');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const line = (from: string, to: string, users: string[], layer: string | null, because = 'rotation') =>
    `${JSON.stringify({ schedule: 'security', from: `2027-${from}:00.000Z`, to: `2027-${to}:00.000Z`, users, layer, because })}\n`;
  expect(out).toBe(
    [
      line('03-27T12:00', '03-27T21:00', ['U2', 'U3'], 'day'),
      line('03-27T21:00', '03-28T04:00', ['U1'], 'night'),
      line('03-28T06:00', '03-28T20:00', ['U4'], 'day'),
      line('03-28T20:00', '03-28T22:00', ['U1'], 'night'),
      line('03-28T22:00', '03-29T00:00', ['U9'], null, 'holiday'),
    ].join(''),
  );
});

test('without it is a table by the clock of the schedule, with the hours in which nobody is on call', async () => {
  const { out } = await run('security', '--from', '2027-03-28', '--to', '2027-03-29');
  expect(out).toContain('Sun 28 Mar 2027 06:00 GMT+2  Sun 28 Mar 2027 08:00 GMT+2  nobody');
  expect(out).toMatch(/U9 +holiday/);
});

test.each([
  [['secrity'], 'did you mean "security"'],
  [['security', '--from', 'noon'], '"noon" is no time: write it as 2027-03-28'],
  [['security', '--from', '2027-03-28', '--to', '2027-03-28'], 'The end must be after the beginning'],
  [[], 'Usage: trailwatch shifts SCHEDULE'],
])('%j is refused in a sentence', async (args, sentence) => {
  await expect(run(...args)).rejects.toThrow(sentence);
});
