import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { alarm } from '../../sandbox/scenario.ts';
import { about, testInTurn } from './world.ts';

/** The sandbox's configuration with these routes in place of its own. */
function configFile(routes: unknown): string {
  const config = z.record(z.string(), z.unknown()).parse(parse(readFileSync('sandbox/config.yaml', 'utf8')));
  const path = join(mkdtempSync(join(tmpdir(), 'trailwatch-config-')), 'trailwatch.yaml');
  writeFileSync(path, stringify({ ...config, routes }));
  return path;
}

const test = testInTurn(
  configFile([
    { match: { text: ['*canary*'] }, mode: 'drop' },
    { match: { text: ['*weekly*'] }, mode: 'digest' },
    { match: { text: ['*release*'] }, channel: 'C0AUDIT', mode: 'notification', continue: true },
    { match: { organizationalUnit: ['Security'] }, channel: 'C0SEC' },
    {
      match: { account: ['prod-*'], region: ['eu-*'] },
      channel: 'C0PROD',
      severity: 'critical',
      mention: ['user:U0BEN'],
    },
  ]),
);

test('a route by account and region changes the channel, the severity and who is mentioned', async ({ evening }) => {
  evening.alarm('checkout-slow');
  const message = await evening.channel('C0PROD').expectMessage(/checkout-slow/);
  expect(JSON.stringify(message)).toMatch(/Critical/);
  expect(JSON.stringify(message)).toContain('<@U0BEN>');
});

test('a route that goes on makes copies, which have no buttons', async ({ evening }) => {
  evening.alarm('release-slow');
  const home = await evening.channel('C0PROD').expectMessage(/release-slow/);
  const copy = await evening.channel('C0AUDIT').expectMessage(/release-slow/);
  expect(JSON.stringify(home.blocks)).toContain('Acknowledge');
  expect(JSON.stringify(copy.blocks)).not.toContain('Acknowledge');
});

test('a route drops and counts, or stores for the digest alone', async ({ evening }) => {
  evening.alarm('canary');
  evening.alarm('weekly-trend');
  evening.alarm('last-one');
  await evening.channel('C0PROD').expectMessage(/last-one/);
  for (const channel of ['C0ALERTS', 'C0SEC', 'C0PROD', 'C0AUDIT'])
    expect([...about(evening, channel, 'canary'), ...about(evening, channel, 'weekly-trend')]).toEqual([]);
  const metrics = await (await fetch(`http://127.0.0.1:${evening.app.port}/metrics`)).text();
  expect(metrics).toMatch(/trailwatch_\w+\{[^}]*dropped[^}]*\} 1$/m);
  const ana = evening.person('ana');
  await ana.type('/audit alerts');
  const list = await ana.expectEphemeral(/last-one/);
  expect(JSON.stringify(list)).not.toContain('canary');
});

test('a route by the organizational unit that Organizations has for an account', async ({ evening }) => {
  const { world } = evening;
  const configured = new Set(world.config.accounts.list.map(({ id }) => id));
  const account = world.organization.accounts.find(
    ({ id, state, name }) => state === 'ACTIVE' && !configured.has(id) && /security|audit|log/.test(name),
  );
  if (account === undefined) throw new Error('The organization has no account for security.');
  // An alert waits for no unit: they are asked for when the app starts, and one of the next alerts has it.
  let number = 0;
  await vi.waitFor(
    () => {
      const on = { namespace: 'AWS/EC2', metric: 'CPUUtilization', account: account.id };
      evening.publish(alarm(`unit-${number++}`, 'ALARM', world.now(), on));
      expect(about(evening, 'C0SEC', 'unit-')).not.toEqual([]);
    },
    { timeout: 25_000, interval: 1000 },
  );
});
