import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { check } from '../../src/cli/check.ts';

const folder = mkdtempSync(join(tmpdir(), 'trailwatch-check-'));
const file = `sns:
  topics:
    - { arn: "arn:aws:sns:eu-west-1:111122223333:security-alerts", signatureVersion: 1 }
channels: { default: C0ALERTS, digest: C0AUDIT }
routes:
  - match: { severity: [critical, high], account: ["prod-*"] }
    channel: C0SEC
    escalation: primary
  - match: { source: config }
    severity: low
    mention: ["user:U0ANA"]
    quietHours: { from: "22:00", to: "06:30", timezone: Europe/Prague, days: [Mon, Tue], below: high }
    continue: true
  - { match: { kind: noise }, mode: drop }
escalation:
  primary:
    - { notify: ["schedule:security"], after: 0m }
    - { notify: ["usergroup:S0LEADS", "pagerduty:sec"], after: 1h30m }
schedules:
  security: { timezone: Europe/Prague, rotation: weekly, handoff: "Mon 09:00", start: 2026-11-02, users: [U0ANA, U0BEN] }
  alone: { timezone: UTC, rotation: daily, handoff: "09:00", users: [U0ANA] }
digests:
  evidence: { cron: "0 8 * * 1", timezone: Europe/Prague }
`;
const secrets = {
  SLACK_BOT_TOKEN: 'xoxb-very-secret',
  SLACK_SIGNING_SECRET: 'signing-secret',
  DATABASE_URL: 'postgres://bot:database-secret@db/trailwatch',
  REDIS_URL: 'redis://:redis-secret@redis:6379',
  PAGERDUTY_ROUTING_KEY_SEC: 'pager-secret',
};

async function run(yaml: string, args: string[] = [], env: Record<string, string> = {}) {
  writeFileSync(join(folder, 'trailwatch.yaml'), yaml);
  let [out, err] = ['', ''];
  const code = await check(args, {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
    stdin: (async function* () {})(),
    env,
    cwd: folder,
  });
  return { code, out, err };
}

beforeEach(() => {
  // A Tuesday in the fourth turn since 2 November: U0BEN's.
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-24T12:00:00Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

test('it says in words what it understood', async () => {
  const { code, out } = await run(file, [], secrets);
  expect(code).toBe(0);
  const lines = out.split('\n').map((line) => line.trim());
  for (const line of [
    'arn:aws:sns:eu-west-1:111122223333:security-alerts (old SHA-1 signatures accepted)',
    '1. critical or high, account prod-*: C0SEC, escalates by primary',
    '2. source config: the default channel, mentions user:U0ANA, counts as low, quiet below high from 22:00 to 06:30 on Mon Tue (Europe/Prague), and the routes below are tried too',
    '3. kind noise: dropped',
    '4. everything else: C0ALERTS',
    'primary: at once schedule:security, after 1 hour 30 minutes usergroup:S0LEADS and pagerduty:sec',
    'security: U0BEN until Mon 30 Nov 2026 09:00 (Europe/Prague), then U0ANA',
    'alone: U0ANA, always',
    'By the configuration alone: overrides, swaps and what an edited list leaves until its handoff are in the database, and /audit oncall at TIME has them.',
    'respond to alerts: every full member of the workspace',
    'investigate: nobody',
    'administer: nobody',
    'evidence: cron 0 8 * * 1 (Europe/Prague) to C0AUDIT',
    'PostgreSQL at DATABASE_URL',
    'the queue in Redis at REDIS_URL',
    'Slack over HTTP, port 3000',
  ])
    expect(lines).toContain(line);
});

test('with --json it is one object, and nothing else is written', async () => {
  const { code, out, err } = await run(file, ['--json'], secrets);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out.trimEnd()).not.toContain('\n');
  expect(JSON.parse(out)).toMatchObject({
    config: {
      channels: { default: 'C0ALERTS' },
      escalation: { primary: { steps: [{ afterMs: 0 }, { afterMs: 5_400_000 }], repeat: 0 } },
    },
    runtime: { storage: { kind: 'postgresql' }, queue: 'redis', slack: 'http' },
    onCall: {
      security: { now: ['U0BEN'], next: { at: '2026-11-30T08:00:00.000Z', users: ['U0ANA'] } },
      alone: { next: null },
    },
    onCallNote: expect.stringMatching(/^By the configuration alone: .*\/audit oncall at TIME/),
    warnings: [{ key: 'schedules.alone' }],
  });
});

test.each([[[]], [['--json']]])('no secret is printed, of the environment or of the file (%j)', async (args) => {
  const leaky = `${file}accounts: { list: [{ id: "111122223333", name: xoxb-in-the-file }] }\n`;
  const { code, out, err } = await run(leaky, args, secrets);
  expect(code).toBe(0);
  expect(out + err).toContain('looks like a secret');
  expect(out + err).not.toMatch(/very-secret|signing-secret|database-secret|redis-secret|pager-secret|in-the-file/);
});

test('warnings go beside the words, not among them', async () => {
  const { code, out, err } = await run(file);
  expect(code).toBe(0);
  expect(err).toContain(
    'Warning: environment PAGERDUTY_ROUTING_KEY_SEC: is not set, so pagerduty:sec cannot be called\n',
  );
  expect(out).not.toContain('PAGERDUTY_ROUTING_KEY_SEC');
});

test('every problem is a line on standard error, and the exit code is 1', async () => {
  const wrong = file.replace('C0SEC', '"#sec"').replace('escalation: primary', 'escalation: primry');
  const { code, out, err } = await run(wrong);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err.trimEnd().split('\n')).toEqual([
    expect.stringMatching(/trailwatch\.yaml:7:14 routes\[0\]\.channel: "#sec" is a channel's name/),
    expect.stringMatching(
      /trailwatch\.yaml:8:17 routes\[0\]\.escalation: unknown escalation policy "primry"; did you mean "primary"\?$/,
    ),
  ]);
  const json = await run(wrong, ['--json']);
  expect({ code: json.code, err: json.err }).toEqual({ code: 1, err: '' });
  expect(JSON.parse(json.out)).toEqual({
    problems: [expect.objectContaining({ line: 7, key: 'routes[0].channel' }), expect.objectContaining({ line: 8 })],
  });
});
