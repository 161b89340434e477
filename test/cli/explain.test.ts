import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { alarm } from '../../sandbox/scenario.ts';
import { explain } from '../../src/cli/explain.ts';
import { dataFile, dataFiles } from '../data.ts';
import {
  certificate,
  confirmation,
  type Envelope,
  notification,
  now,
  topicArn,
  without,
} from '../listeners/sns/aws.ts';
import { genuine } from '../listeners/sns/genuine.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trailwatch-explain-'));
});

const config = `sns: { topics: ["${topicArn}"] }
channels: { default: C0ALERTS }
accounts: { list: [{ id: "111122223333", name: prod-web }] }
routes:
  - { match: { account: ["prod-*"], severity: [medium] }, channel: C0PROD, escalation: primary }
  - { match: { kind: noise }, mode: drop }
escalation: { primary: [{ notify: ["user:U0ANA"], after: 5m }] }
`;

function put(name: string, content: unknown): string {
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  return name;
}

async function run(args: string[], input = '') {
  let [out, err] = ['', ''];
  const code = await explain(args, {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
    stdin: (async function* () {
      yield input;
    })(),
    env: {},
    cwd: folder,
  });
  return { code, out, err };
}

const Line = z.object({
  signature: z.string(),
  signal: z.looseObject({ source: z.string(), kind: z.string(), severity: z.string(), title: z.string() }).optional(),
  route: z.looseObject({ channel: z.string(), because: z.string(), mode: z.string() }).optional(),
  blocks: z.array(z.looseObject({ type: z.string() })).optional(),
});

async function lines(args: string[]): Promise<{ code: number; each: z.output<typeof Line>[] }> {
  const { code, out, err } = await run([...args, '--json']);
  expect(err).toBe('');
  return {
    code,
    each: out
      .trimEnd()
      .split('\n')
      .map((line) => Line.parse(JSON.parse(line))),
  };
}

const signed = (changes: Envelope = {}) =>
  notification({ Message: JSON.stringify(alarm('cpu-high', 'ALARM', now)), ...changes });
const pinned = () => ['--cert', put('aws.pem', certificate()), '--at', now.toISOString()];

describe('a bare payload', () => {
  test('is read as if it came in an SNS message, and shown as the bot would show it', async () => {
    const { code, each } = await lines([put('alarm.json', alarm('cpu-high', 'ALARM', now))]);
    expect(code).toBe(0);
    expect(each).toMatchObject([
      { signature: 'none', signal: { source: 'cloudwatch', account: '111122223333' }, route: { channel: 'default' } },
    ]);
    expect(each[0]?.blocks?.[0]?.type).toBe('rich_text');
  });

  test('goes where the configuration says, by the name that it gives the account', async () => {
    put('trailwatch.yaml', config);
    const { each } = await lines([put('alarm.json', alarm('cpu-high', 'ALARM', now))]);
    expect(each[0]).toMatchObject({
      signal: { accountName: 'prod-web' },
      route: { channel: 'C0PROD', escalation: 'primary' },
    });
  });

  test('whose calls a schedule decides says that overrides are not asked', async () => {
    const name = put('alarm.json', alarm('cpu-high', 'ALARM', now));
    put('trailwatch.yaml', config);
    expect((await run([name])).out).not.toMatch(/overrides/);
    const week = 'schedules: { sec: { timezone: UTC, rotation: weekly, handoff: "Mon 09:00", users: [U0ANA, U0BEN] } }';
    put('trailwatch.yaml', `${config.replace('user:U0ANA', 'schedule:sec')}${week}\n`);
    expect((await run([name])).out).toMatch(/^ {2}but {8}By the configuration alone: overrides, .*\/audit oncall at/m);
    expect((await run([name, '--json'])).out).toContain('"callsNote":"By the configuration alone');
  });

  test('comes from standard input too', async () => {
    const { code, out } = await run(['-'], JSON.stringify(alarm('cpu-high', 'ALARM', now)));
    expect(code).toBe(0);
    expect(out).toMatch(/^-\n {2}signature {2}none/);
    expect(out).toContain('cloudwatch');
  });

  test('that ends something is said to be posted only where that something is open', async () => {
    const { code, out } = await run([put('ok.json', alarm('cpu-high', 'OK', now))]);
    expect(code).toBe(0);
    expect(out).toMatch(/^ {2}over {7}.*resolves the open alert.*where there is none, nothing is posted$/m);
    expect((await run([put('alarm.json', alarm('cpu-high', 'ALARM', now))])).out).not.toMatch(/^ {2}over/m);
  });

  test.each(['', '{', '[[[[]]]]', 'just words', '{"a":'.repeat(20)])('%j is a readable alert', async (text) => {
    const { code, each } = await lines([put('odd', text)]);
    expect(code).toBe(0);
    expect(each[0]?.signal?.title).toMatch(/\S/);
  });
});

describe('an SNS message', () => {
  test('with a good signature is read, its certificate given by hand', async () => {
    put('trailwatch.yaml', config);
    const { code, each } = await lines([put('message.json', signed()), ...pinned()]);
    expect(code).toBe(0);
    expect(each).toMatchObject([
      { signature: 'valid', signal: { source: 'cloudwatch' }, route: { channel: 'C0PROD' } },
    ]);
  });

  test('that confirms the subscription is no alert, and not refused', async () => {
    const { code, each } = await lines([put('message.json', confirmation()), ...pinned()]);
    expect({ code, each }).toEqual({ code: 0, each: [{ signature: 'valid' }] });
  });

  test.each<[string, () => unknown, RegExp]>([
    ['changed after signing', () => ({ ...signed(), Subject: 'Other' }), /signature/i],
    ['without a signature', () => without(signed(), 'Signature'), /Signature is missing/],
    ['without a topic', () => without(signed(), 'TopicArn'), /TopicArn is missing/],
    [
      'of a topic that is none',
      () => ({ ...signed(), TopicArn: 'arn:aws:sns:eu-west-1:1:alerts' }),
      /TopicArn of the message is not the ARN of an SNS topic/,
    ],
    ['with a version that is none', () => ({ ...signed(), SignatureVersion: '3' }), /neither 1 nor 2|not listed/],
    ['cut short', () => JSON.stringify(signed()).slice(0, -30), /JSON/],
    [
      'with a certificate from elsewhere',
      () => signed({ SigningCertURL: 'https://sns.us-west-2.amazonaws.com.evil.example/x.pem' }),
      /SigningCertURL|certificate/i,
    ],
  ])('%s is refused with the reason, exit code 2', async (_name, message, reason) => {
    const { code, each } = await lines([put('message.json', message()), ...pinned()]);
    expect(code).toBe(2);
    expect(each[0]?.signature).toMatch(reason);
    expect(each[0]).not.toHaveProperty('signal');
    expect(each[0]).not.toHaveProperty('blocks');
  });

  test('of a topic that the configuration does not list is refused', async () => {
    put('trailwatch.yaml', config.replace(topicArn, `${topicArn}-2`));
    const { code, each } = await lines([put('message.json', signed()), ...pinned()]);
    expect(code).toBe(2);
    expect(each[0]?.signature).toContain('is not listed under sns.topics');
  });
});

test('one line a file, in order; one that is refused makes the exit code 2', async () => {
  const good = put('good.json', signed());
  const bad = put('bad.json', { ...signed(), Message: 'x' });
  const { code, each } = await lines([good, bad, good, ...pinned()]);
  expect(code).toBe(2);
  expect(each.map(({ signature }) => signature === 'valid')).toEqual([true, false, true]);
});

test('what cannot be told is one sentence', async () => {
  await expect(run(['nowhere.json'])).rejects.toThrow('nowhere.json is not there.');
  await expect(run([])).rejects.toThrow(/Name the files/);
  await expect(run(['x', '--at', 'yesterday'])).rejects.toThrow('"yesterday" is no time');
  mkdirSync(join(folder, 'folder'));
  await expect(run(['folder'])).rejects.toThrow(/^folder cannot be read/);
  put('trailwatch.yaml', 'channels: { defualt: C0A }\n');
  const { code, err } = await run([put('alarm.json', alarm('cpu-high', 'ALARM', now))]);
  expect(code).toBe(1);
  expect(err).toMatch(/trailwatch\.yaml:1:\d+ channels/);
});

describe('messages of AWS itself', () => {
  test('verify with their certificates at their own time', async () => {
    for (const { text, pem, sent } of genuine()) {
      const args = [put('message.json', text), '--cert', put('aws.pem', pem), '--at', sent.toISOString()];
      expect((await lines(args)).each[0]?.signature).toBe('valid');
    }
  });

  test('all alert payloads are read by a source of their own', async () => {
    const folders = ['guardduty-eventbridge', 'cloudwatch-alarm-sns', 'config-notification', 'macie', 'health'];
    const files = folders.flatMap((name) => dataFiles(name)).filter((path) => path.endsWith('.json'));
    const { code, each } = await lines(files.map((path, place) => put(`${place}.json`, dataFile(path))));
    expect(code).toBe(0);
    expect(each).toHaveLength(files.length);
    expect(each.filter(({ signal }) => signal?.source === 'generic')).toEqual([]);
  });
});
