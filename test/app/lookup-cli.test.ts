import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { openWorld, type World } from '../../sandbox/world.ts';
import { ask } from '../../src/cli/ask.ts';
import { runOnMachineClock } from '../clock.ts';
import { startCli, cli as version } from '../sandbox/aws/cli.ts';
import { prepareDataDir } from '../store/fresh-store.ts';

// The AWS CLI signs with the machine's clock.
runOnMachineClock();

/** The stock AWS CLI asks by hand what `ask` asks: the same events must be found. */
const config = join(import.meta.dirname, '..', '..', 'sandbox', 'config.yaml');
const dataDir = mkdtempSync(join(tmpdir(), 'trailwatch-by-hand-'));

let world: World;
let session: Record<string, string>;
const account = '111122223333';

const Session = z.object({
  Credentials: z.object({ AccessKeyId: z.string(), SecretAccessKey: z.string(), SessionToken: z.string() }),
});
const Events = z.object({ Events: z.array(z.object({ EventId: z.string(), CloudTrailEvent: z.string() })) });

let running: ReturnType<typeof startCli>;

async function aws(env: Record<string, string>, ...args: string[]): Promise<unknown> {
  const [, stdout, stderr] = await running.run(
    [...args, '--output', 'json', '--endpoint-url', env['AWS_ENDPOINT_URL'] ?? ''],
    { ...env, AWS_DEFAULT_REGION: 'eu-west-1', AWS_MAX_ATTEMPTS: '10' },
  );
  if (stdout === '') throw new Error(`aws ${args.join(' ')}\n${stderr}`);
  return JSON.parse(stdout);
}

beforeAll(async () => {
  if (version === undefined) return;
  running = startCli();
  await prepareDataDir(dataDir);
  world = await openWorld({ port: 0, log: pino({ level: 'silent' }) });
  const { Credentials } = Session.parse(
    await aws(
      { ...world.awsEnvironment },
      'sts',
      'assume-role',
      '--role-arn',
      `arn:aws:iam::${account}:role/trailwatch-read`,
      '--role-session-name',
      'trailwatch-by-hand',
      '--source-identity',
      'trailwatch-by-hand',
      '--external-id',
      'sandbox-external-id-0001',
    ),
  );
  session = {
    ...world.awsEnvironment,
    AWS_ACCESS_KEY_ID: Credentials.AccessKeyId,
    AWS_SECRET_ACCESS_KEY: Credentials.SecretAccessKey,
    AWS_SESSION_TOKEN: Credentials.SessionToken,
  };
}, 120_000);
afterAll(async () => {
  running?.[Symbol.dispose]();
  await world?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

async function asked(line: string): Promise<string[]> {
  let out = '';
  await ask([line, '--json'], {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: () => true },
    stdin: (async function* () {})(),
    env: { TRAILWATCH_CONFIG: config, DATA_DIR: dataDir },
    cwd: '/',
  });
  const Line = z.object({ type: z.string(), id: z.string().optional() });
  return out
    .trimEnd()
    .split('\n')
    .flatMap((text) => {
      const line = Line.parse(JSON.parse(text));
      return line.type === 'event' && line.id !== undefined ? [line.id] : [];
    })
    .sort();
}

type Wanted = (record: Record<string, unknown>) => boolean;

/** By hand: one attribute for the CLI, a pipe through a filter for the rest. */
async function byHand(region: string, from: string, to: string, attribute: [string, string] | null, wanted: Wanted) {
  const { Events: found } = Events.parse(
    await aws(
      session,
      'cloudtrail',
      'lookup-events',
      '--region',
      region,
      '--start-time',
      from,
      '--end-time',
      to,
      ...(attribute === null
        ? []
        : ['--lookup-attributes', `AttributeKey=${attribute[0]},AttributeValue=${attribute[1]}`]),
    ),
  );
  const Json = z.record(z.string(), z.unknown());
  return found
    .filter(({ CloudTrailEvent }) => wanted(Json.parse(JSON.parse(CloudTrailEvent))))
    .map(({ EventId }) => EventId)
    .sort();
}

test.skipIf(version === undefined)(
  'twenty questions over the attack find what the AWS CLI finds by hand',
  async () => {
    const { attack } = world.organization;
    const [from, to] = [new Date(attack.from.getTime() - 3_600_000).toISOString(), attack.to.toISOString()];
    const any: Wanted = () => true;
    const issuer = (record: Record<string, unknown>) => JSON.stringify(record['userIdentity']);
    const regions = ['eu-west-1', 'us-east-1'];
    const questions: [line: string, attribute: [string, string] | null, wanted: Wanted][] = [
      [`key ${attack.leakedKey}`, ['AccessKeyId', attack.leakedKey], any],
      [
        `key ${attack.leakedKey} --errors`,
        ['AccessKeyId', attack.leakedKey],
        (each) => each['errorCode'] !== undefined,
      ],
      ['user deploy-bot', ['Username', 'deploy-bot'], any],
      ['user deploy-bot --writes', ['Username', 'deploy-bot'], (each) => each['readOnly'] === false],
      ['event StopLogging', ['EventName', 'StopLogging'], any],
      ['event AssumeRole', ['EventName', 'AssumeRole'], any],
      ['service iam', ['EventSource', 'iam.amazonaws.com'], any],
      ['resource org-trail --writes', ['ResourceName', 'org-trail'], (each) => each['readOnly'] === false],
      [
        'role OrganizationAccountAccessRole',
        null,
        (each) => issuer(each).includes('assumed-role/OrganizationAccountAccessRole/'),
      ],
      ['everything --writes', ['ReadOnly', 'false'], any],
    ];
    let found = 0;
    for (const region of regions)
      for (const [line, attribute, wanted] of questions) {
        const [ours, theirs] = [
          await asked(`lookup ${line} --since ${from} --until ${to} --account ${account} --region ${region} --all`),
          await byHand(region, from, to, attribute, wanted),
        ];
        expect(ours, `${line} in ${region}`).toEqual(theirs);
        found += ours.length;
      }
    expect(found).toBeGreaterThan(50);
  },
  240_000,
);
