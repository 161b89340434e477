import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Redis } from 'ioredis';
import pg from 'pg';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { Channel, Person } from '../../sandbox/slack/people.ts';
import { openWorld } from '../../sandbox/world.ts';
import { openDatabase } from '../../src/store/database.ts';
import { openStorage, sandboxConfig, slackPatienceMs } from './world.ts';

/** Secrets as they stand in payloads and in what people type. Built here in parts: none is one of anybody's. */
const body = (name: string): string => `${name}Zx81kQp3Rt7Wm2Vb9Nc4Ld6Hf5Jg0Ys`;
const secrets: readonly [text: string, secret: string][] = [
  [`aws_secret_access_key=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY`, 'wJalrXUtnFEMI'],
  [`session token IQoJb3JpZ2luX2Vj${body('s').repeat(6)}==`, body('s')],
  [`xoxb-111122223333-444455556666-${body('b')}`, body('b')],
  [`xapp-1-A0APP-1234567890-${body('a')}`, body('a')],
  [`ghp_${body('g')}Ab12`, body('g')],
  [`sk_${'live'}_${body('k')}`, body('k')],
  ['postgres://app:hunter2hunter2@db.internal/app', 'hunter2hunter2'],
  ['the password is swordfish9', 'swordfish9'],
  [`Authorization: Bearer ${body('h')}`, body('h')],
  [
    `https://b.s3.amazonaws.com/o?X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20261124&X-Amz-Signature=${'0f1e'.repeat(16)}&X-Amz-Security-Token=${body('t')}`,
    '0f1e0f1e',
  ],
  [`https://hooks.slack.com/services/T0TEAM/B0HOOK/${body('w')}`, body('w')],
  [`-----BEGIN RSA PRIVATE KEY-----\n${body('p')}\n-----END RSA PRIVATE KEY-----`, body('p')],
];
const all = secrets.map(([text]) => text).join(' ; ');

const event = (source: string, kind: string, detail: object): object => ({
  version: '0',
  id: '11111111-2222-3333-4444-555555555555',
  'detail-type': kind,
  source,
  account: '111122223333',
  time: '2026-11-24T09:30:00Z',
  region: 'eu-west-1',
  resources: [],
  detail,
});

/** What AWS may send: every place of it is written by somebody. */
const payloads: readonly (object | string)[] = [
  { AlarmName: 'told-by-alarm', AlarmDescription: all, NewStateValue: 'ALARM', NewStateReason: all },
  event('aws.ssm', 'AWS API Call via CloudTrail', {
    eventVersion: '1.09',
    userIdentity: { type: 'IAMUser', arn: 'arn:aws:iam::111122223333:user/ana', userName: 'ana' },
    eventTime: '2026-11-24T09:30:00Z',
    eventSource: 'ssm.amazonaws.com',
    eventName: 'SendCommand',
    awsRegion: 'eu-west-1',
    sourceIPAddress: '203.0.113.9',
    userAgent: all,
    errorMessage: all,
    requestParameters: { documentName: 'AWS-RunShellScript', parameters: { commands: secrets.map(([text]) => text) } },
  }),
  event('aws.guardduty', 'GuardDuty Finding', {
    id: 'f-1',
    type: 'Recon:EC2/PortProbeUnprotectedPort',
    severity: 8,
    title: all,
    description: all,
  }),
  event('my.app', 'Job Failed', { note: all, deep: [{ body: JSON.stringify({ note: JSON.stringify(all) }) }] }),
  `Something told by words: ${all}`,
];

test('secrets of payloads and of people are in no row, no job, no line of the log and no message', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'trailwatch-secrets-'));
  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line) => void lines.push(line) });
  const world = await openWorld({ port: 0, log, configFile: sandboxConfig({}), slackPatienceMs });
  const { drop, databaseUrl, redisUrl } = await openStorage(dataDir);
  const found: string[] = [];
  const look = (where: string, text: string): void => {
    for (const [, secret] of secrets) if (text.includes(secret)) found.push(`${where}: ${secret}`);
  };
  try {
    const app = await world.startApp({ dataDir, databaseUrl, redisUrl });
    await world.sns.idle();
    const [alerts, security, ana] = [
      new Channel(world.slack, 'C0ALERTS'),
      new Channel(world.slack, 'C0SEC'),
      new Person(world.slack, 'ana'),
    ];
    for (const payload of payloads)
      world.sns.publish(world.topicArn, { message: typeof payload === 'string' ? payload : JSON.stringify(payload) });
    const message = await alerts.expectMessage(/told-by-alarm/);
    await security.expectMessage(/prod-payments/);
    await ana.press(message, 'Acknowledge');
    await alerts.expectUpdate(message, /Acknowledged by/);
    await ana.type(`/audit lookup user "${all.replaceAll(/["\n]/g, ' ')}"`);
    await ana.type('/audit silence add --text told-by-nobody');
    await (await ana.expectModal(/Silence alerts/)).submit({
      reason: { value: `${secrets[2]?.[0]} and ${secrets[7]?.[0]}` },
    });
    await alerts.expectMessage(/told-by-nobody/);
    await world.moveClock(16 * 60_000);
    await world.sns.idle();
    await world.stopApp(app);

    const database = databaseUrl === null ? await openDatabase({ databaseUrl, dataDir }) : undefined;
    const client = database?.pool ?? new pg.Pool({ connectionString: databaseUrl ?? '' });
    const { rows: tables } = await client.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'bullmq')`,
    );
    expect(tables.length).toBeGreaterThan(30);
    let read = 0;
    for (const { name } of tables) {
      const { rows } = await client.query<{ row: Record<string, unknown> }>(
        `select to_jsonb(each) as row from ${name} as each`,
      );
      for (const { row } of rows) {
        read += 1;
        look(name, JSON.stringify(row));
        for (const value of Object.values(row))
          if (typeof value === 'string' && value.startsWith('\\x1f8b'))
            look(`${name}, packed`, gunzipSync(Buffer.from(value.slice(2), 'hex')).toString());
      }
    }
    expect(read).toBeGreaterThan(50);
    await (database?.close() ?? client.end());
    if (redisUrl !== null) {
      const redis = new Redis(redisUrl);
      for (const name of await redis.keys('*'))
        look(`Redis ${name}`, (await redis.dumpBuffer(name))?.toString('latin1') ?? '');
      redis.disconnect();
    }
    expect(lines.length).toBeGreaterThan(0);
    look('the log', lines.join(''));
    look('Slack', JSON.stringify(world.slack.state.messages));
  } finally {
    await world.close();
    await drop();
    rmSync(dataDir, { recursive: true, force: true });
  }
  expect(found).toEqual([]);
}, 120_000);
