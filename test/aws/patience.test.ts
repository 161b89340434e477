import { createServer, type RequestListener } from 'node:http';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { usualPatience } from '../../src/aws/clients.ts';
import { openAws } from '../../src/aws/open.ts';
import { memoryPace } from '../../src/aws/pace.ts';

let answer: RequestListener = () => {};
const server = createServer((request, response) => answer(request, response));
const asker = { name: 'cli' };
const place = { account: '111122223333', region: 'eu-west-1' };

beforeAll(() => new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening)));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function opened(patience = { answerMs: 150, stsAnswerMs: 100, giveUpMs: 220 }) {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  for (const [name, value] of Object.entries({
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'x',
    AWS_SESSION_TOKEN: undefined,
  }))
    vi.stubEnv(name, value);
  return openAws({
    accounts: { discover: false, list: [], role: null, externalId: null, regions: ['eu-west-1'] },
    history: { logGroup: null, athena: null, eventDataStore: null, askAboveDays: 180 },
    pace: memoryPace(),
    now: () => new Date(),
    log: pino({ level: 'silent' }),
    patience,
  });
}

test('no call waits for ever: STS and every service are given up, and who was silent is named', async () => {
  const warned = vi.spyOn(console, 'warn');
  let asked = 0;
  answer = () => {
    asked += 1;
  };
  const aws = opened();
  await expect(aws.home()).rejects.toThrow(/^AWS did not answer in \d+ seconds when Trailwatch asked who it is/);
  const { LookupEventsCommand } = await import('@aws-sdk/client-cloudtrail');
  const client = await aws.client('cloudTrail', place, asker);
  await expect(client.send(new LookupEventsCommand({}))).rejects.toThrow(
    /^AWS did not answer in \d+ seconds when Trailwatch asked account 111122223333 in eu-west-1/,
  );
  // STS three times, CloudTrail twice: after that neither is tried again.
  expect(asked).toBeLessThanOrEqual(5);
  expect(warned).not.toHaveBeenCalled();
}, 20_000);

test('as it is, a silent place is given up within a minute', () => {
  const tries = Math.ceil(usualPatience.giveUpMs / usualPatience.answerMs);
  expect(tries * usualPatience.answerMs).toBeLessThan(50_000);
  expect(Math.ceil(usualPatience.giveUpMs / usualPatience.stsAnswerMs) * usualPatience.stsAnswerMs).toBeLessThan(
    30_000,
  );
});

test('what is not AWS is told from AWS', async () => {
  answer = (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>It works!</html>');
  await expect(opened().home()).rejects.toThrow(/was not AWS: check for a proxy/);
}, 20_000);
