import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { AwsError } from '../../sandbox/aws/service.ts';
import { openWorld, type World } from '../../sandbox/world.ts';
import { framework } from '../../src/cli/framework.ts';

const config = join(import.meta.dirname, '..', '..', 'sandbox', 'config.yaml');
let world: World;

beforeAll(async () => {
  world = await openWorld({ port: 0, log: pino({ level: 'silent' }) });
}, 60_000);
afterAll(() => world.close());

async function run(...args: string[]) {
  let [out, err] = ['', ''];
  const code = await framework(args, {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
    stdin: (async function* () {})(),
    env: { TRAILWATCH_CONFIG: config },
    cwd: '/',
  });
  return { code, out, err };
}

/** A line of `--json`, as other programs rely on it. */
const Line = z.strictObject({
  step: z.int().min(1).max(16),
  check: z.string(),
  account: z.string().regex(/^\d{12}$/),
  region: z.string(),
  resource: z.string().nullable(),
  verdict: z.enum(['pass', 'fail', 'not applicable', 'unknown']),
  proof: z.enum(['proven', 'configured', 'stale']).nullable(),
  reason: z.string().min(1),
  severity: z.enum(['critical', 'high', 'medium', 'low', 'info']),
  unknown: z.string().nullable(),
  inheritedFrom: z.string().nullable(),
  cause: z.string().nullable(),
  askedAt: z.iso.datetime(),
});
const Summary = z.strictObject({
  summary: z.object({
    steps: z.array(z.object({ step: z.int(), level: z.int().min(0).max(4).nullable() })),
    coverage: z.object({ accounts: z.int(), results: z.int(), unknown: z.int() }),
    calls: z.int().positive(),
  }),
});

describe('trailwatch framework', () => {
  test('--json is a line a result, and then the summary', async () => {
    const { code, out } = await run(
      '12',
      '--account',
      'prod-*',
      '--region',
      'eu-west-1',
      '--region',
      'us-east-1',
      '--json',
    );
    const lines = out.trimEnd().split('\n');
    const rows = lines.slice(0, -1).map((line) => Line.parse(JSON.parse(line)));
    const { summary } = Summary.parse(JSON.parse(lines.at(-1) ?? ''));
    expect(rows.filter(({ check }) => check === 'aa-external').map(({ verdict }) => verdict)).toContain('fail');
    expect(summary.coverage.results).toBe(rows.length);
    expect(code).toBe(1);
  });

  test('in words: the steps, what is open, and the command that turns it green', async () => {
    const { out } = await run('aa-external', '--account', 'prod-payments', '--region', 'us-east-1');
    expect(out).toMatch(/Step +Level +Accounts/);
    expect(out).toMatch(/FAIL high aa-external \d{12} us-east-1: No analyzer/);
    expect(out).toContain('aws accessanalyzer create-analyzer --analyzer-name organization-external');
  });

  test('only what passes is exit code 0', async () => {
    expect((await run('aa-external', '--region', 'eu-west-1', '--account', 'prod-web')).code).toBe(0);
  });

  test('where the list of accounts may not be whole, exit code 3 says so though everything read passes', async () => {
    const withdraw = world.aws.faults.inject({
      operation: 'organizations:ListAccountsForParent',
      effect: new AwsError('TooManyRequestsException', 'AWS Organizations could not process the request.'),
    });
    const { code, out } = await run('aa-external', '--region', 'eu-west-1', '--json');
    withdraw();
    const lines = out.trimEnd().split('\n');
    expect(lines.slice(0, -1).map((line) => Line.parse(JSON.parse(line)).verdict)).not.toContain('fail');
    expect(code).toBe(3);
  });

  test.each([
    [['17'], 'There is no step 17: they are 1 to 16.'],
    [['aa-extrenal'], 'There is no step or check "aa-extrenal"; did you mean "aa-external"?'],
    [['--jsno'], "Unknown option '--jsno'"],
    [['1', '2'], '"2" is one word too many'],
    [['12', '--account', 'nonexist'], 'There is no account nonexist'],
    [['12', '--region', 'eu-wset-1'], 'The region eu-wset-1 is on in none of the accounts that are meant.'],
  ])('%j is refused in one sentence', async (args, sentence) => {
    const { code, err, out } = await run(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(sentence);
  });
});
