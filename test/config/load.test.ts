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

test.each([
  ['an unknown key, with the nearest one', `${good}chanels: {}\n`, /:4:1 .*chanels.*channels/],
  ['an unknown key deep inside', `${good}routes:\n  - match: { sevrity: [high] }\n`, /sevrity.*severity/],
  ['a wrong type', good.replace('["arn:aws:sns:eu-west-1:111122223333:security-alerts"]', '5'), /sns\.topics/],
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
    /routes\[1\]/,
  ],
  ['a key written twice', `${good}channels: { default: C0ALERTS, digest: C0AUDIT }\n`, /channels|unique|twice/i],
  ['what is no YAML', 'sns: [', /:1:|:2:/],
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
