import { createSecretKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { AwsError } from '../../sandbox/aws/service.ts';
import { stranger, watchedBucket } from '../../sandbox/organization/data-events.ts';
import { openWorld, type World } from '../../sandbox/world.ts';
import { ask } from '../../src/cli/ask.ts';
import { table } from '../../src/cli/table.ts';
import { verifyAuditLog } from '../../src/store/audit-log.ts';
import { openDatabase } from '../../src/store/database.ts';
import { prepareDataDir } from '../store/fresh-store.ts';

const config = join(import.meta.dirname, '..', '..', 'sandbox', 'config.yaml');
const dataDir = mkdtempSync(join(tmpdir(), 'trailwatch-ask-'));
let world: World;

beforeAll(async () => {
  await prepareDataDir(dataDir);
  world = await openWorld({ port: 0, log: pino({ level: 'silent' }) });
}, 60_000);
afterAll(async () => {
  await world.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const runWith = async (
  configPath: string,
  args: string[],
  onOutput: () => void = () => {},
  env: Record<string, string> = {},
) => {
  let [out, err] = ['', ''];
  const code = await ask(args, {
    stdout: {
      write: (text: string) => {
        out += text;
        onOutput();
      },
    },
    stderr: { write: (text: string) => (err += text) },
    stdin: (async function* () {})(),
    env: { TRAILWATCH_CONFIG: configPath, DATA_DIR: dataDir, COLUMNS: '140', ...env },
    cwd: '/',
  });
  return { code, out, err };
};
const run = (...args: string[]) => runWith(config, args);

/** The sandbox's configuration with a history source. */
function withHistory(history: unknown): string {
  const path = join(dataDir, 'with-history.yaml');
  writeFileSync(path, `${readFileSync(config, 'utf8')}\nhistory: ${JSON.stringify(history)}\n`);
  return path;
}

const Line = z.object({ type: z.string(), id: z.string().optional() });
const lines = (out: string) =>
  out
    .trimEnd()
    .split('\n')
    .map((line) => Line.loose().parse(JSON.parse(line)));

describe('ask', () => {
  test('Detective is asked as in Slack: listed, and what it noticed in words', async () => {
    const list = await run('investigate list', '--json');
    expect([0, 1]).toContain(list.code);
    expect(list.err).toBe('');
    // The newest about somebody is shown, and none is begun.
    const [newest] = lines(list.out);
    const shown = await run(`investigate show ${newest?.['entity']}`, '--json');
    expect(shown.code).toBe(0);
    expect(lines(shown.out)).toMatchObject([{ entity: newest?.['entity'], indicators: expect.any(Array) }]);
    expect(await run('investigate show arn:aws:iam::111122223333:user/nobody-of-this-name')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/no investigation of nobody-of-this-name/),
    });
    const strange = await run('investigate lst');
    expect(strange).toMatchObject({ code: 2, err: expect.stringMatching(/did you mean "list"/) });
    const here = await run('investigate list --region ap-southeast-1');
    expect(here).toMatchObject({ code: 2, err: expect.stringMatching(/no graph in ap-southeast-1; it has one in/) });
  }, 60_000);

  test('a question is answered as a table, and what it rests on stands below', async () => {
    const { attack } = world.organization;
    const { code, out } = await run(`lookup key ${attack.leakedKey} --since ${attack.from.toISOString()}`);
    // One account of the sandbox lets nobody in: the answer is not whole.
    expect(code).toBe(3);
    expect(out).toMatch(/^TIME \(UTC\) +WHO +ACTION/);
    // However narrow the window, a time is whole.
    expect(out.split('\n')[1]).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}/);
    expect(out).toMatch(/Not whole: \d+ of \d+ accounts/);
    expect(out).toMatch(/CloudTrail looked for the access key/);
    for (const line of out.split('\n').slice(0, 5)) expect(line.length).toBeLessThanOrEqual(140);
  }, 60_000);

  test('with --json one object a line, the events first and then the answer', async () => {
    const { attack } = world.organization;
    const { out } = await run('lookup', 'key', attack.leakedKey, '--since', attack.from.toISOString(), '--json');
    const all = lines(out);
    expect(all.at(-1)).toMatchObject({ type: 'answer', summary: { events: all.length - 1 } });
    expect(all.length).toBeGreaterThan(5);
    expect(new Set(all.slice(0, -1).map(({ type }) => type))).toEqual(new Set(['event']));
  }, 60_000);

  test('exit codes: found whole, nothing found, bad input', async () => {
    const account = world.organization.homeAccount;
    const where = `--account ${account} --since 7d`;
    expect((await run(`lookup everything ${where}`)).code).toBe(0);
    expect((await run(`lookup user nobody-of-this-name ${where}`)).code).toBe(1);
    expect(await run('lookup usr alice')).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(/cannot look up "usr"/),
    });
    // A question in quotes with its options behind it.
    expect(await run('lookup user alice', '--sinse', '3d')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/no option --sinse; did you mean "--since"/),
    });
    expect(await run('lokup user alice')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/did you mean "lookup"/),
    });
    expect(await run('lookup user alice --account prod-pay')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/There is no account prod-pay/),
    });
    // One that there is does not make up for one that there is not.
    expect(await run(`lookup user alice --account ${account},nonexist`)).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(/There is no account nonexist/),
    });
    expect(await run('lookup user alice --region eu-west-9')).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(/^There is no region eu-west-9; did you mean "eu-west-\d"\?$/m),
    });
  }, 60_000);

  test('what costs is asked first, above the days that the configuration allows', async () => {
    const { trail } = world.organization;
    const path = withHistory({
      logGroup: `arn:aws:logs:${trail.region}:${trail.account}:log-group:${trail.logGroup}`,
      askAboveDays: 100,
    });
    expect(await runWith(path, ['lookup event CreateUser --since 101d'])).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(/^This searches 101 days with CloudWatch Logs Insights, .* Add --yes to search\.$/m),
    });
    for (const line of [
      'lookup event CreateUser --since 100d --json',
      'lookup event CreateUser --since 101d --yes --json',
    ]) {
      const { code, out } = await runWith(path, [line]);
      expect(code).toBe(0);
      expect(lines(out).at(-1)).toMatchObject({ source: expect.stringMatching(/ read, less than \$0\.01\.$/) });
    }
  }, 60_000);

  test('within 90 days the history is asked for what the event history cannot find, and for accounts that it does not give', async () => {
    const { trail } = world.organization;
    const path = withHistory({
      logGroup: `arn:aws:logs:${trail.region}:${trail.account}:log-group:${trail.logGroup}`,
    });
    const asked = async (at: string, line: string) => {
      const found = lines((await runWith(at, [line, '--json'])).out);
      return { ids: new Set(found.flatMap(({ id }) => id ?? [])), count: found.length - 1, answer: found.at(-1) };
    };
    const plain = await asked(config, 'lookup ip 198.51.100.23 --since 5h');
    const both = await asked(path, 'lookup ip 198.51.100.23 --since 5h');
    // Each call once, whichever of the two gave it, and of whichever account.
    expect(both.count).toBe(plain.count);
    expect(both.ids).toEqual(plain.ids);
    expect(JSON.stringify(both.answer?.['notes'])).toMatch(/Searched too: CloudWatch Logs Insights, .* read/);
    // A trail without selectors for data events holds none, which proves nothing.
    const { answer: data } = await asked(path, 'lookup event GetObject --since 5h');
    expect(JSON.stringify(data?.['notes'])).toMatch(/where the trail’s selectors take them in/);
    // What it held while they did is told, and of an object nothing else can be.
    const { count: gets, answer: told } = await asked(path, 'lookup event GetObject --since 108h');
    expect(gets).toBe(9);
    expect(JSON.stringify(told?.['notes'])).toMatch(/where the trail’s selectors take them in/);
    expect((await asked(path, `lookup resource s3://${watchedBucket.name}/app/main.js --since 108h`)).count).toBe(6);
    const denied = 'lookup service sts --since 24h --account 111122667777';
    expect(await asked(config, denied)).toMatchObject({ count: 0 });
    const { count, answer } = await asked(path, denied);
    expect(count).toBeGreaterThan(0);
    expect(answer).toMatchObject({ coverage: { whole: false } });
    expect(JSON.stringify(answer?.['notes'])).toMatch(
      new RegExp(`Of 111122667777, not searched to the end there: CloudWatch Logs Insights, .*: ${count} events?\\.`),
    );
  }, 60_000);

  test('s3 is answered from data events where nobody can read access logs, and says who is whose', async () => {
    const { trail } = world.organization;
    const path = withHistory({
      logGroup: `arn:aws:logs:${trail.region}:${trail.account}:log-group:${trail.logGroup}`,
    });
    const line = `s3 ${watchedBucket.name} --account prod-web --since 10d`;
    expect(await run(line)).toMatchObject({ code: 2, err: expect.stringMatching(/What would be needed/) });
    const { code, out } = await runWith(path, [line, '--json']);
    expect(code).toBe(0);
    const rows = lines(out);
    expect(rows.filter(({ type }) => type === 's3')).toHaveLength(40);
    expect(new Set(rows.flatMap(({ Who }) => (Who === undefined ? [] : [Who])))).toEqual(
      new Set([
        'github-deploy/GitHubActions (111122334444)',
        'order-worker/web-thumbnails (111122334444)',
        `AROAEXAMPLEOTHER000AB:sync, account ${stranger}`,
        'nobody signed in',
      ]),
    );
    expect(rows.find(({ Who }) => Who === 'nobody signed in')).toMatchObject({
      Key: 'backup.sql',
      Status: 'AccessDenied',
    });
    expect(JSON.stringify(rows.at(-1))).toMatch(/8 without signing in, 8 denied, 8 that delete.*selectors take in/);
    const ofOne = await runWith(path, [`${line} --who ${stranger} --json`]);
    expect(lines(ofOne.out).filter(({ type }) => type === 's3')).toHaveLength(8);
  }, 60_000);

  test('a role is looked for by its sessions where that asks less, and finds the same', async () => {
    // Places are searched side by side: the busiest one takes longest.
    const pages = () =>
      world.aws
        .calls()
        .filter(({ operation, region }) => operation === 'cloudtrail:LookupEvents' && region === 'eu-west-1').length;
    const asked = async (line: string) => {
      const before = pages();
      const found = lines((await run(line, '--json')).out);
      return { ids: found.flatMap(({ id }) => id ?? []).toSorted(), pages: pages() - before, answer: found.at(-1) };
    };
    const line = 'lookup role github-deploy --since 7d --account prod-web';
    const [bySessions, whole] = [await asked(line), await asked(`${line} --all`)];
    expect(bySessions.ids.length).toBeGreaterThan(0);
    expect(bySessions.ids).toEqual(whole.ids);
    expect(bySessions.pages).toBeLessThan(whole.pages);
    expect(bySessions.answer).toMatchObject({ coverage: { whole: true } });
    expect(JSON.stringify(bySessions.answer)).toMatch(
      /looked for each session that took the role.*by the 1 name of the .*other ways than AssumeRole/,
    );
    expect(JSON.stringify(whole.answer)).toMatch(/gave every event of the span/);
  }, 60_000);

  test('what was denied says by which kind of policy', async () => {
    const since = world.organization.attack.from.toISOString();
    const found = lines((await run(`lookup denied --since ${since} --account prod-payments`, '--json')).out);
    expect(JSON.stringify(found.at(-1)?.['notes'])).toMatch(
      /Refused, by AWS's messages: no identity-based policy allows it \d+×/,
    );
  }, 60_000);

  test('what is new for a caller is told, and what it always did is not', async () => {
    const line = 'lookup user deploy-bot --since 3d --account prod-payments';
    const all = lines((await run(line, '--json')).out);
    const fresh = lines((await run(line, '--new', '--json')).out);
    const events = (found: typeof all) => found.flatMap(({ id }) => id ?? []);
    const attacker = all.filter(({ from }) => from === '198.51.100.23');
    expect(attacker.length).toBeGreaterThan(5);
    expect(events(fresh)).toEqual(expect.arrayContaining(events(attacker)));
    expect(events(all)).toEqual(expect.arrayContaining(events(fresh)));
    expect(fresh.length).toBeLessThan(all.length);
    const [note = ''] = z
      .array(z.string())
      .parse(fresh.at(-1)?.['notes'])
      .filter((each) => each.startsWith('New'));
    expect(note).toMatch(
      /^New beside the 30 days before, in which [\d,]+ events were found: .*address 198\.51\.100\.23/,
    );
    expect(note).toMatch(/region .*ap-southeast-1/);
    expect(note).not.toMatch(/192\.0\.2\.10|caller/);
  }, 60_000);

  test('a search that fails on its way tells what it had found, and that it is not whole', async () => {
    const { trail } = world.organization;
    const { database, table: name, account, region } = trail;
    const output = 's3://example-athena-results/';
    const path = withHistory({ athena: { database, table: name, workGroup: 'primary', output, account, region } });
    let withdraw: (() => void) | undefined;
    const effect = new AwsError('AccessDeniedException', 'You are not authorized.', 400);
    const { code, out, err } = await runWith(path, ['lookup everything --since 95d', '--json'], () => {
      withdraw ??= world.aws.faults.inject({ operation: 'athena:GetQueryResults', effect });
    });
    withdraw?.();
    expect(err).not.toMatch(/authorized/);
    const all = lines(out);
    expect(all.length).toBe(1000);
    expect(all.at(-1)).toMatchObject({
      type: 'answer',
      summary: { events: all.length - 1 },
      coverage: { whole: false },
      problem: 'AWS did not allow Trailwatch to search with Athena: You are not authorized.',
    });
    expect(code).toBe(3);
  }, 60_000);

  test('each question and its answer is on the record', async () => {
    const database = await openDatabase({ databaseUrl: null, dataDir });
    try {
      const rows = await database.db.selectFrom('audit_log').select(['action', 'actor_team', 'detail']).execute();
      expect(rows).toContainEqual(
        expect.objectContaining({
          action: 'answer',
          actor_team: 'terminal',
          detail: expect.objectContaining({ whole: false }),
        }),
      );
      expect(rows).toContainEqual(
        expect.objectContaining({
          action: 'answer',
          detail: expect.objectContaining({ shown: 999, problem: expect.stringMatching(/Athena/) }),
        }),
      );
      expect(await verifyAuditLog(database.db)).toMatchObject({ ok: true });
    } finally {
      await database.close();
    }
  });

  test('who asks before the bot has begun with a key begins with it, and nobody asks past it afterwards', async () => {
    const first = 'the-key-that-the-bot-begins-with-tomorrow';
    const later = 'the-key-that-takes-its-place-the-day-after';
    const askWith = (env: Record<string, string> = {}) =>
      runWith(config, [`lookup key ${world.organization.attack.leakedKey} --since 1h`], () => {}, env);
    expect(await askWith({ AUDIT_LOG_KEY: first })).toMatchObject({ err: expect.not.stringContaining('AUDIT') });
    expect(await askWith({ AUDIT_LOG_KEY: later, AUDIT_LOG_KEYS_BEFORE: first })).toMatchObject({
      err: expect.not.stringContaining('AUDIT'),
    });
    for (const refused of [await askWith(), await askWith({ AUDIT_LOG_KEY: first })])
      expect(refused).toMatchObject({ code: 2, err: expect.stringMatching(/another AUDIT_LOG_KEY/) });
    const database = await openDatabase({ databaseUrl: null, dataDir });
    const keys = [later, first].map((key) => createSecretKey(key, 'utf8'));
    expect(await verifyAuditLog(database.db, { keys })).toMatchObject({ ok: true, vouchedFrom: expect.any(Number) });
    await database.close();
  });
});

test('a table fits into the terminal, and nothing in it moves the cursor', () => {
  const text = table(['A', 'B'], [['x'.repeat(50), '\u001b[2Jhello\n']], 40);
  for (const line of text.trimEnd().split('\n')) expect(line.length).toBeLessThanOrEqual(40);
  const firm = table(['A', 'B'], [['x'.repeat(25), 'y'.repeat(30)]], 40, ['A']);
  expect(firm).toBe(`A${' '.repeat(26)}B\n${'x'.repeat(25)}  ${'y'.repeat(12)}…\n`);
  expect(text).not.toContain('\u001b');
});
