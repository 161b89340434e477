import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import * as z from 'zod';
import { after } from '../../bench/harness.ts';
import { alarm } from '../../sandbox/scenario.ts';
import { openWorld } from '../../sandbox/world.ts';
import { freePort } from '../faults/servers.ts';

/**
 * `npm run test:image -- IMAGE`: starts an image as the bot against the sandbox's Slack, AWS and SNS with buildah, which needs no
 * daemon: it gets ready, shows an alarm, and ends itself at SIGTERM. Throws when it does not. Needs root, as containers do that are
 * told apart by nothing but a chroot.
 */
const root = join(import.meta.dirname, '../..');
const image = process.argv[2];
if (image === undefined) throw new Error('Name the image: scripts/image.sh NAME builds one.');

function buildah(...args: string[]): string {
  const { stdout, stderr, status } = spawnSync('buildah', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`buildah ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}

const Started = z.object({ Docker: z.object({ config: z.object({ Cmd: z.array(z.string()) }) }) });

const folder = mkdtempSync(join(tmpdir(), 'trailwatch-image-'));
const container = buildah('from', '--pull=never', image);
const world = await openWorld({ port: 0, log: pino({ level: 'silent' }) });
try {
  const { slack } = world.environment;
  if (slack?.mode !== 'http') throw new Error('The trial speaks to Slack by HTTP.');
  const demo = readFileSync(join(root, 'sandbox/config.yaml'), 'utf8');
  writeFileSync(join(folder, 'sns.pem'), world.sns.certificate);
  writeFileSync(join(folder, 'trailwatch.yaml'), demo.replace(/^sns:$/m, 'sns:\n  trustedCertificates: [sns.pem]'));
  // Whoever the image runs as reads it.
  chmodSync(folder, 0o755);
  const port = await freePort();
  const environment = {
    PORT: String(port),
    TRAILWATCH_CONFIG: '/trial/trailwatch.yaml',
    SLACK_API_URL: slack.apiUrl,
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_SIGNING_SECRET: slack.signingSecret,
    ...world.awsEnvironment,
  };
  const { Docker } = Started.parse(JSON.parse(buildah('inspect', container)));
  const began = performance.now();
  const running = spawn(
    'buildah',
    [
      'run',
      '--isolation=chroot',
      // buildah puts the image's own volumes over others: not where the image has one.
      `--volume=${folder}:/trial:ro`,
      ...Object.entries(environment).map(([name, value]) => `--env=${name}=${value}`),
      container,
      '--',
      // Says by which number the bot is known here.
      ...['sh', '-c', 'echo "pid $$"; exec "$@"', 'sh', ...Docker.config.Cmd],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  for (const stream of [running.stdout, running.stderr])
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  const ended = once(running, 'exit');
  const seconds = (since: number): string => ((performance.now() - since) / 1000).toFixed(1);
  const must = (holds: boolean, what: string): void => {
    if (!holds) throw new Error(`${what}:\n${said.slice(-3000)}`);
  };

  const ready = await after(120_000, () =>
    fetch(`http://127.0.0.1:${port}/readyz`).then(
      ({ ok }) => ok,
      () => running.exitCode !== null,
    ),
  );
  must(ready !== undefined && running.exitCode === null, 'The bot did not get ready');
  console.log(`Ready after ${seconds(began)} s.`);

  world.slack.connect(`http://127.0.0.1:${port}/slack/events`);
  world.sns.subscribe(world.topicArn, `http://127.0.0.1:${port}/sns`);
  await world.sns.idle();
  const message = alarm('of-the-image', 'ALARM', world.now(), {
    namespace: 'AWS/EC2',
    metric: 'CPUUtilization',
  });
  world.sns.publish(world.topicArn, { message: JSON.stringify(message) });
  const shown = await after(20_000, () => world.slack.state.messages.some(({ text }) => text.includes('of-the-image')));
  must(shown !== undefined, 'It shows no alarm');
  console.log('It shows an alarm.');

  const pid = Number(/^pid (\d+)$/m.exec(said)?.[1]);
  const stopping = performance.now();
  process.kill(pid, 'SIGTERM');
  await ended;
  must(running.exitCode === 0, `It ended with ${running.exitCode ?? running.signalCode} at SIGTERM`);
  console.log(`It ended itself ${seconds(stopping)} s after SIGTERM.`);
} finally {
  await world.close();
  buildah('rm', container);
  rmSync(folder, { recursive: true, force: true });
}
