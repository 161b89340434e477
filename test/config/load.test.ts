import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { formatProblem } from '../../src/config/problem.ts';

const folder = mkdtempSync(join(tmpdir(), 'trailwatch-config-'));
const path = join(folder, 'trailwatch.yaml');
const good = `sns:
  topics: ["arn:aws:sns:eu-west-1:111122223333:security-alerts"]
channels: { default: C0ALERTS, digest: C0AUDIT }
`;
const load = (yaml: string, env: Record<string, string> = {}) => {
  writeFileSync(path, yaml);
  return loadConfig(path, env);
};
const problems = (yaml: string): string[] => {
  const loaded = load(yaml);
  return 'problems' in loaded ? loaded.problems.map(formatProblem) : [];
};

test('the smallest configuration loads', () => {
  expect(load(good)).toMatchObject({ config: { channels: { default: 'C0ALERTS' }, routes: [] } });
});

test('the example file loads as it stands', () => {
  const loaded = loadConfig(join(import.meta.dirname, '..', '..', 'trailwatch.example.yaml'), {});
  expect('problems' in loaded ? loaded.problems.map(formatProblem) : []).toEqual([]);
});

const everyTheme = `sns:
  topics: ["arn:aws:sns:eu-west-1:111122223333:security-alerts"]   # only these are accepted
  trustedCertificates: []
sqs:
  queues: []
channels: { default: C0ALERTS, digest: C0AUDIT }
routes:                        # first match wins
  - match: { severity: [critical, high], account: ["prod-*"] }
    channel: C0SEC
    escalation: primary
escalation:
  primary:
    - { notify: ["schedule:security"], after: 0m }
    - { notify: ["usergroup:S0SECLEADS"], after: 15m }
    - { notify: ["pagerduty:security", "user:U0CISO"], after: 30m }
schedules: { security: { timezone: Europe/Prague, rotation: weekly, handoff: "Mon 09:00", users: [U1, U2] } }
access:
  respond: ["usergroup:S0ONCALL"]
  investigate: ["usergroup:S0SEC"]
  administer: ["user:U0ADMIN"]
accounts: { discover: organizations, role: trailwatch-read, externalId: "…", regions: [eu-west-1] }
history: { logGroup: cloudtrail }
digests:
  credentialReport: { cron: "0 8 * * 1", timezone: Europe/Prague, channel: C0AUDIT }
  evidence: { cron: "0 8 * * 1", timezone: Europe/Prague, channel: C0AUDIT }
  framework: { cron: "0 8 * * 1", timezone: Europe/Prague, channel: C0AUDIT }
`;

test('a file with every theme in it loads, durations in milliseconds', () => {
  const loaded = load(everyTheme, {
    PAGERDUTY_ROUTING_KEY_SECURITY: 'k',
    SLACK_BOT_TOKEN: 'xoxb-1',
    SLACK_APP_TOKEN: 'xapp-1',
  });
  if ('problems' in loaded) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  expect(loaded.config.escalation.get('primary')).toEqual([
    { notify: ['schedule:security'], afterMs: 0 },
    { notify: ['usergroup:S0SECLEADS'], afterMs: 900_000 },
    { notify: ['pagerduty:security', 'user:U0CISO'], afterMs: 1_800_000 },
  ]);
  expect(loaded.config.schedules.get('security')).toMatchObject({ days: 7, handoff: { hour: 9, minute: 0 } });
  expect(loaded.config.digests.evidence).toMatchObject({ cron: '0 8 * * 1', channel: 'C0AUDIT' });
  expect(loaded.environment.pagerDutyKeys.get('security')).toBe('k');
  expect(loaded.warnings).toEqual([]);
});

test.each([
  ['an unknown key, with the nearest one', `${good}chanels: {}\n`, /:4:1 .*chanels.*channels/],
  [
    'an unknown key deep inside',
    `${good}routes:\n  - match: { sevrity: [high] }\n`,
    /:5:\d+ routes\[0\]\.match\.sevrity: unknown key; did you mean "severity"\?/,
  ],
  [
    'a wrong type',
    good.replace('["arn:aws:sns:eu-west-1:111122223333:security-alerts"]', '5'),
    /:2:\d+ sns\.topics: expected a list, found the number "5"/,
  ],
  [
    'a policy that is not there',
    `${good}routes:\n  - { match: { severity: [high] }, escalation: primry }\nescalation:\n  primary: [{ notify: ["user:U0ANA"], after: 5m }]\n`,
    /primry.*primary/,
  ],
  [
    'a schedule that is not there',
    `${good}escalation:\n  primary: [{ notify: ["schedule:secrity"], after: 5m }]\nschedules:\n  security: { timezone: Europe/Prague, rotation: weekly, handoff: "Mon 09:00", users: [U0ANA] }\n`,
    /secrity.*security/,
  ],
  ['a channel name where an id belongs', good.replace('C0ALERTS', '"#alerts"'), /channels\.default.*id/i],
  [
    'a route that can never match',
    `${good}routes:\n  - { match: {}, channel: C0ALL }\n  - { match: { severity: [high] }, channel: C0SEC }\n`,
    /:6:\d+ routes\[1\]: can never match/,
  ],
  [
    'a key written twice',
    `${good}channels: { default: C0ALERTS, digest: C0AUDIT }\n`,
    /:4:1: the key "channels" is here twice/,
  ],
  ['what is no YAML', 'sns: [', /:1:\d+: not valid YAML/],
])('%s is one line that names the place', (_name, yaml, line) => {
  const told = problems(yaml);
  expect(told.join('\n')).toMatch(line);
  for (const each of told) expect(each).not.toContain('\n');
});

test('a file that is not there says where it was looked for', () => {
  const loaded = loadConfig(join(folder, 'nothing.yaml'), {});
  expect('problems' in loaded && loaded.problems.map(formatProblem).join('\n')).toMatch(/nothing\.yaml/);
});

test('a problem of the environment names the variable and never its value', () => {
  const loaded = load(good, { PORT: 'xoxb-secret' });
  const told = 'problems' in loaded ? loaded.problems.map(formatProblem).join('\n') : '';
  expect(told).toMatch(/PORT/);
  expect(told).not.toContain('xoxb-secret');
});
