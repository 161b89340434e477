import { createServer } from 'node:http';
import { App, HTTPReceiver } from '@slack/bolt';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';

/** Bolt with one BullMQ queue and worker, and nothing else: what bench/start.ts compares with. It imports nothing of ours. */
const {
  SLACK_BOT_TOKEN: token = '',
  SLACK_SIGNING_SECRET: signingSecret = '',
  SLACK_API_URL: slackApiUrl,
} = process.env;
const redisUrl = process.env['REDIS_URL'] ?? '';
const receiver = new HTTPReceiver({ signingSecret });
const app = new App({ token, receiver, clientOptions: { slackApiUrl }, deferInitialization: true });
app.command('/audit', async ({ ack }) => ack());
await app.init();
const queue = new Queue('reference', { connection: new Redis(redisUrl), prefix: 'bench' });
const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
const worker = new Worker('reference', async () => {}, { connection, prefix: 'bench' });
await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()]);
createServer((req, res) => {
  if (req.url === '/readyz') res.end('ok');
  else receiver.requestListener(req, res);
}).listen(Number(process.env['PORT']), '127.0.0.1');
process.on('SIGTERM', () => process.exit());
