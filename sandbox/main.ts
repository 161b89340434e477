import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '../src/cli/start.ts';
import { openWorld } from './world.ts';

/** `npm run sandbox -- [--socket] [ADDRESS]`: Slack and AWS alone, for a bot started by hand; prints the line that starts it. */
const args = process.argv.slice(2);
const socketMode = args.includes('--socket');
const app = args.find((arg) => !arg.startsWith('--')) ?? 'http://127.0.0.1:3000';
const world = await openWorld({
  port: Number(process.env['SANDBOX_PORT'] ?? 4000),
  log: createLog('warn'),
  socketMode,
});
if (!socketMode) world.slack.connect(`${app}/slack/events`);

// The demo's configuration, with the certificate that this sandbox signs with.
const folder = mkdtempSync(join(tmpdir(), 'trailwatch-sandbox-'));
const configFile = join(folder, 'trailwatch.yaml');
writeFileSync(join(folder, 'sns.pem'), world.sns.certificate);
const demo = readFileSync(join(import.meta.dirname, 'config.yaml'), 'utf8');
writeFileSync(configFile, demo.replace(/^sns:$/m, 'sns:\n  trustedCertificates: [sns.pem]'));

const { slack } = world.environment;
const environment = {
  TRAILWATCH_CONFIG: configFile,
  PORT: new URL(app).port || '80',
  SLACK_API_URL: slack?.apiUrl,
  SLACK_BOT_TOKEN: slack?.botToken,
  ...(slack?.mode === 'http' ? { SLACK_SIGNING_SECRET: slack.signingSecret } : { SLACK_APP_TOKEN: slack?.appToken }),
  ...world.awsEnvironment,
};
process.stdout.write(
  [
    `The sandbox is at ${world.slack.url}. Start the bot in another terminal:`,
    '',
    `${Object.entries(environment)
      .map(([name, value]) => `${name}=${value}`)
      .join(' \\\n  ')} \\\n  npm start`,
    '',
    `When it is ready, press Enter here: the topic is subscribed to ${app}/sns.`,
    '',
  ].join('\n'),
);
process.stdin.on('data', () => {
  world.sns.subscribe(world.topicArn, `${app}/sns`);
  process.stdout.write(`${app}/sns is subscribed; the panel at ${world.slack.url} shows whether it answers.\n`);
});
const stop = async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
};
process.once('SIGINT', stop);
process.once('SIGTERM', stop);
