import { createLog } from '../src/cli/start.ts';
import { openWorld } from './world.ts';

/** `npm run sandbox -- [--socket] [ADDRESS]`: Slack and AWS alone, for a bot started by hand; prints what to start it with. */
const args = process.argv.slice(2);
const socketMode = args.includes('--socket');
const app = args.find((arg) => !arg.startsWith('--')) ?? 'http://127.0.0.1:3000';
const world = await openWorld({
  port: Number(process.env['SANDBOX_PORT'] ?? 4000),
  log: createLog('warn'),
  socketMode,
});
if (!socketMode) world.slack.connect(`${app}/slack/events`);
const { slack } = world.environment;
process.stdout.write(
  [
    `The sandbox is at ${world.slack.url}. Start the bot with:`,
    '',
    `  SLACK_BOT_TOKEN=${slack?.botToken}`,
    slack?.mode === 'http' ? `  SLACK_SIGNING_SECRET=${slack.signingSecret}` : `  SLACK_APP_TOKEN=${slack?.appToken}`,
    `  SLACK_API_URL=${slack?.apiUrl}`,
    ...Object.entries(world.awsEnvironment).map(([name, value]) => `  ${name}=${value}`),
    `  TRAILWATCH_CONFIG with the topic ${world.topicArn}, and this certificate under sns.trustedCertificates:`,
    '',
    world.sns.certificate,
    `Then press Enter here: the sandbox subscribes ${app}/sns.`,
    '',
  ].join('\n'),
);
process.stdin.on('data', () => void world.sns.subscribe(world.topicArn, `${app}/sns`));
process.once('SIGINT', () => void world.close().then(() => process.exit(0)));
