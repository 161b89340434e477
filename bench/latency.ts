import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { alarm } from '../sandbox/scenario.ts';
import { openWorld } from '../sandbox/world.ts';

/**
 * From publishing on SNS to the message standing in Slack: 100 alerts at 5 a second, over ten channels (Slack takes one
 * message a second and channel). The reference, measured beside it in the same run: a bare post to the same Slack.
 */
const alerts = 100;
const channels = Array.from({ length: 10 }, (_, number) => `C0BENCH${number}`);
const dataDir = mkdtempSync(join(tmpdir(), 'trailwatch-bench-'));
const world = await openWorld({ port: 0, log: pino({ level: 'warn' }) });
for (const id of channels) {
  world.slack.state.channels.push({ id, name: id, kind: 'channel', topic: '' });
  world.slack.state.botIsIn.add(id);
}
const route = {
  mention: [],
  escalation: null,
  severity: null,
  runbook: null,
  mode: 'alert' as const,
  ask: null,
  show: null,
  quietHours: null,
  continue: false,
};
world.config.routes.unshift(
  ...channels.map((channel, number) => ({ ...route, channel, match: { text: [`*-${number}x*`] } })),
);
await world.startApp({ dataDir });
await world.sns.idle();

const published = new Map<string, number>();
const took: number[] = [];
world.slack.state.watch((event) => {
  if (event.type !== 'message' || event.message.edited) return;
  const name = /bench-\d+-\dx/.exec(event.message.text)?.[0];
  const start = name === undefined ? undefined : published.get(name);
  if (start !== undefined && name !== undefined && published.delete(name)) took.push(performance.now() - start);
});
const reference: number[] = [];
for (let number = 0; number < alerts; number++) {
  const name = `bench-${number}-${number % 10}x`;
  published.set(name, performance.now());
  world.sns.publish(world.topicArn, { message: JSON.stringify(alarm(name, 'ALARM', world.now())) });
  await sleep(100);
  const start = performance.now();
  await fetch(`${world.slack.url}/api/auth.test`, {
    method: 'POST',
    headers: { authorization: 'Bearer xoxb-sandbox-0000000000-token' },
  }).then((answer) => answer.text());
  reference.push(performance.now() - start);
  await sleep(100);
}
for (let waited = 0; published.size > 0 && waited < 30_000; waited += 50) await sleep(50);
const at = (list: number[], share: number): number =>
  list.toSorted((a, b) => a - b)[Math.floor(list.length * share)] ?? Number.NaN;
const [p50, p99, bare] = [at(took, 0.5), at(took, 0.99), at(reference, 0.5)];
console.log(
  `${took.length} of ${alerts} alerts arrived; publish to message: p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms; a bare call to the same Slack: p50 ${bare.toFixed(1)} ms; ratio ${(p50 / bare).toFixed(1)}`,
);
await world.close();
rmSync(dataDir, { recursive: true, force: true });
process.exit(took.length === alerts ? 0 : 1);
