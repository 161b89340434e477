import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { partsOfTable } from '../../sandbox/aws/services/lines.ts';
import { deletedUsers } from '../../sandbox/organization/configuration.ts';
import { networks } from '../../sandbox/organization/network.ts';
import { sessionManager } from '../../sandbox/organization/session-manager.ts';
import { openWorld, type World } from '../../sandbox/world.ts';
import { ask } from '../../src/cli/ask.ts';
import { openDatabase } from '../../src/store/database.ts';
import { prepareDataDir } from '../store/fresh-store.ts';

const config = join(import.meta.dirname, '..', '..', 'sandbox', 'config.yaml');
const dataDir = mkdtempSync(join(tmpdir(), 'trailwatch-tables-'));
let world: World;

beforeAll(async () => {
  await prepareDataDir(dataDir);
  world = await openWorld({ port: 0, log: pino({ level: 'silent' }) });
}, 60_000);
afterAll(async () => {
  await world.close();
  rmSync(dataDir, { recursive: true, force: true });
});

async function run(...args: string[]) {
  let [out, err] = ['', ''];
  const code = await ask(args, {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
    stdin: (async function* () {})(),
    env: { TRAILWATCH_CONFIG: config, DATA_DIR: dataDir, COLUMNS: '200' },
    cwd: '/',
  });
  return { code, out, err };
}

const lines = (out: string) =>
  out
    .trimEnd()
    .split('\n')
    .map((line) => z.record(z.string(), z.unknown()).parse(JSON.parse(line)));

describe('sessions', () => {
  test('are listed, open ones first, with why there is no transcript', async () => {
    const { code, out } = await run('sessions --region eu-west-1', '--json');
    // One account lets nobody in.
    expect(code).toBe(3);
    const rows = lines(out);
    const sessions = rows.filter(({ type }) => type === 'sessions');
    expect(sessions).toHaveLength(sessionManager(world.organization).sessions.length);
    expect(sessions[0]?.['Lasted']).toMatch(/^open, 3\d ?m/);
    expect(sessions.find(({ Document }) => Document === 'AWS-StartSSHSession')).toMatchObject({
      Transcript: 'none: SSH is never logged',
      Reason: 'copy a backup',
    });
    expect(rows.at(-1)).toMatchObject({ type: 'answer', whole: false, coverage: expect.stringMatching(/accounts/) });
  }, 120_000);

  test('are found by person and by instance; what nobody knows is nothing', async () => {
    const all = sessionManager(world.organization).sessions;
    const [one] = all;
    const byNode = lines((await run(`sessions ${one?.target} --region eu-west-1`, '--json')).out).filter(
      ({ type }) => type === 'sessions',
    );
    expect(byNode).toHaveLength(all.filter(({ target }) => target === one?.target).length);
    // Dana is not Ana.
    const ana = lines((await run('sessions ANA --region eu-west-1', '--json')).out).filter(
      ({ Who }) => Who !== undefined,
    );
    expect(new Set(ana.map(({ Who }) => Who))).toEqual(new Set(['ana@example.com']));
    const nobody = lines((await run('sessions nobody@ --active --region eu-west-1', '--json')).out).filter(
      ({ type }) => type === 'sessions',
    );
    expect(nobody).toEqual([]);
    expect(await run('sessions nobody --region eu-west-9')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/no region eu-west-9/),
    });
    expect(await run('sessions --sinse 2d')).toMatchObject({ code: 2 });
  }, 120_000);

  test('a transcript has no escape codes and no secrets, and is on the record', async () => {
    const { sessions, groups } = sessionManager(world.organization);
    const logged = sessions.find(({ id, ended }) => ended !== null && groups.some(({ streams }) => streams.has(id)));
    const { code, out } = await run(`sessions ${logged?.id} --account ${logged?.account} --region eu-west-1`, '--json');
    expect(code).toBe(0);
    const screen = lines(out).flatMap(({ Screen }) => (typeof Screen === 'string' ? [Screen] : []));
    expect(screen).toContain('sh-5.2$ df -h /');
    expect(screen).toContain('<!channel> *urgent* <https://example.com|click here> red');
    expect(out).not.toContain('wJalrXUtnFEMI');
    const database = await openDatabase({ databaseUrl: null, dataDir });
    try {
      const rows = await database.db
        .selectFrom('audit_log')
        .select(['subject', 'detail'])
        .where('action', '=', 'answer')
        .orderBy('seq', 'desc')
        .limit(1)
        .execute();
      expect(rows).toMatchObject([{ subject: 'ask sessions', detail: { shown: screen.length, whole: true } }]);
    } finally {
      await database.close();
    }
    const ssh = sessions.find(({ document }) => document === 'AWS-StartSSHSession');
    expect(await run(`sessions ${ssh?.id} --account ${ssh?.account} --region eu-west-1`)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/SSH is never logged/),
    });
  }, 120_000);
});

describe('access', () => {
  test('of a role: used first, unused with the policy that grants it, and who may take it', async () => {
    const { code, out } = await run('access ops-admin --account prod-web', '--json');
    // Of one account it is not known which of its roles this one may take.
    expect(code).toBe(3);
    const rows = lines(out);
    const services = rows.filter(({ type }) => type === 'access');
    expect(services.length).toBeGreaterThan(20);
    expect(new Set(services.map((row) => row['Granted by']))).toEqual(new Set(['AdministratorAccess']));
    expect(services.findIndex(({ Verdict }) => Verdict === 'unused')).toBeGreaterThanOrEqual(0);
    expect(rows.at(-1)?.['facts']).toContain(
      'May be taken by arn:aws:iam::111122777777:root ⚠️ another account, without an external id.',
    );
    expect(JSON.stringify(rows.at(-1)?.['facts'])).toMatch(/service control polic(?:y|ies) [\w-]/);
  }, 120_000);

  test('of a user or a key, with the roles that it may take: by the trust of each, and by its own policies', async () => {
    const { attack } = world.organization;
    for (const name of ['deploy-bot --account prod-payments', attack.leakedKey]) {
      const { code, out } = await run(`access ${name}`, '--json');
      expect(code).toBe(3);
      const answer = lines(out).at(-1);
      expect(answer?.['facts']).toContain(
        // `release` trusts the whole account, and no policy of the user's allows it.
        'May take 1 role: OrganizationAccountAccessRole in 111122223333. What such a role may do, it may do.',
      );
      expect(answer?.['gaps']).toMatch(/^Roles of 111122667777 could not be read\.$/);
    }
    const { out } = await run('access OrganizationAccountAccessRole --account prod-payments', '--json');
    expect(JSON.stringify(lines(out).at(-1)?.['facts'])).toMatch(/May take 1 role: release in 111122334444/);
    expect(await run('access AKIAAAAAAAAAAAAAAAAA')).toMatchObject({
      code: 3,
      err: expect.stringMatching(/no event of this key/),
    });
  }, 120_000);

  test('of a session is that of its role; one service alone', async () => {
    const arn = 'arn:aws:sts::111122334444:assumed-role/ops-admin/ana@example.com';
    const { code, out } = await run(`access ${arn} s3`, '--json');
    expect(code).toBe(0);
    expect(lines(out).filter(({ type }) => type === 'access')).toMatchObject([{ Service: 's3' }]);
  }, 120_000);

  test('of a service: which roles of an account may use it', async () => {
    const { code, out } = await run('access service S3 --account prod-data', '--json');
    expect(code).toBe(0);
    const roles = lines(out).filter(({ type }) => type === 'access');
    expect(roles.map(({ Role }) => Role)).toContain('analytics-export');
    expect(roles.map(({ Role }) => Role)).not.toContain('order-worker');
    expect(await run('access service s3')).toMatchObject({ code: 2, err: expect.stringMatching(/Say one account/) });
  }, 120_000);

  test('a name in many accounts, nobody’s name and a wrong account are said', async () => {
    expect(await run('access ops-admin')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/ops-admin is in \d+ accounts .*--account/),
    });
    expect(await run('access nobody-of-this-name --account prod-web')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/No user or role nobody-of-this-name/),
    });
    expect(await run('access ops-admin --account nonexist')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/no account nonexist/),
    });
    expect(await run('access')).toMatchObject({ code: 2 });
  }, 120_000);
});

describe('accounts', () => {
  test('are all listed, with what is known of each and whether it can be read', async () => {
    const { code, out } = await run('accounts', '--json');
    // One lets nobody in.
    expect(code).toBe(3);
    const rows = lines(out);
    const accounts = rows.filter(({ type }) => type === 'accounts');
    expect(accounts).toHaveLength(world.organization.accounts.length);
    const of = (name: string) => accounts.find(({ Name }) => Name === name);
    expect(of('prod-web')).toMatchObject({ Unit: 'Workloads / Prod', Owner: 'web', Readable: 'yes', State: 'ACTIVE' });
    expect(of('sandbox-experiments')).toMatchObject({ Readable: 'no: denied', Owner: '@channel _free_for_all_' });
    expect(of('legacy-shop')).toMatchObject({ Readable: 'not tried', Notes: 'suspended' });
    expect(of('management')).toMatchObject({ Notes: 'management account' });
    expect(of('security-tooling')?.['Administers']).toMatch(/guardduty/);
    expect(rows.at(-1)).toMatchObject({ whole: false, coverage: expect.stringMatching(/^10 of 11 active accounts/) });
  }, 120_000);

  test('are found by name, id and unit', async () => {
    const names = async (word: string) =>
      lines((await run(`accounts ${word}`, '--json')).out).flatMap(({ Name }) => (Name === undefined ? [] : [Name]));
    expect(await names('prod')).toEqual(['prod-payments', 'prod-web', 'prod-data']);
    expect(await names('111122334444')).toEqual(['prod-web']);
    expect(await names('staging')).toEqual(['staging']);
    expect(await run('accounts nothing-like-it')).toMatchObject({ code: 2 });
  }, 120_000);
});

describe('findings', () => {
  test('are listed once, the worst first, narrowed by source, severity and word', async () => {
    const at = '--account prod-payments --region eu-west-1,us-east-1';
    const ask = async (line: string) => lines((await run(`findings ${line}`, '--json')).out);
    const rows = await ask(at);
    const found = rows.filter(({ type }) => type === 'findings');
    expect(found.length).toBeGreaterThan(3);
    expect(new Set(found.map(({ Link }) => Link)).size).toBe(found.length);
    const ranks = found.map(({ Severity }) => ['critical', 'high', 'medium', 'low'].indexOf(String(Severity)));
    expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
    expect(rows.at(-1)).toMatchObject({ whole: true, coverage: '1 of 1 account, 2 of 2 regions' });
    const only = (await ask(`${at} --source gd --severity high`)).filter(({ type }) => type === 'findings');
    expect(only).toEqual(
      found.filter((row) => row['Source'] === 'GuardDuty' && row['Severity'] !== 'medium' && row['Severity'] !== 'low'),
    );
    // A severity is one, not a word of a title.
    expect((await ask(`high --source gd ${at}`)).filter(({ type }) => type === 'findings')).toEqual(only);
    const word = String(found[0]?.['Resource']).slice(0, 12);
    const named = (await ask(`"${word}" ${at}`)).filter(({ type }) => type === 'findings');
    expect(named.length).toBeGreaterThan(0);
    expect(named.every((row) => `${row['Finding']} ${row['Resource']}`.includes(word))).toBe(true);
  }, 120_000);

  test('what cannot be asked is said', async () => {
    expect(await run('findings --region eu-west-1')).toMatchObject({
      code: 3,
      out: expect.stringMatching(/denied in 1/),
    });
    expect(await run('findings --source guardutty')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/guardduty/),
    });
    expect(await run('findings --severity hihg')).toMatchObject({ code: 2, err: expect.stringMatching(/high/) });
  }, 120_000);
});

describe('history', () => {
  test('of a user that was attacked: each change with who made it, line by line, and as it stood before', async () => {
    const { from } = world.organization.attack;
    const user = 'deploy-bot --account prod-payments';
    const ask = async (line: string) => lines((await run(`history ${line}`, '--json')).out);
    const rows = await ask(user);
    const changes = rows.filter(({ type }) => type === 'history');
    expect(changes.length).toBeGreaterThan(0);
    expect(JSON.stringify(changes)).toMatch(/userPolicyList|attachedManagedPolicies/);
    expect(changes.some(({ Who }) => /: (?:Attach|Put)UserPolicy$/.test(String(Who)))).toBe(true);

    const diff = (await ask(`${user} --diff`)).filter(({ type }) => type === 'history');
    expect(diff.length).toBeGreaterThanOrEqual(changes.length);
    expect(new Set(diff.map((row) => row['']))).toContain('+');

    const before = new Date(from.getTime() - 3_600_000).toISOString();
    const stood = (await ask(`${user} --at ${before}`)).filter(({ type }) => type === 'history');
    expect(stood).toContainEqual(expect.objectContaining({ 'Where in it': 'userName', Value: 'deploy-bot' }));
    const since = (await ask(`${user} --at ${before} --diff`)).filter(({ type }) => type === 'history');
    expect(since.length).toBeGreaterThan(0);
    // Config records for 60 days before the attack.
    const early = await ask(`${user} --at ${new Date(from.getTime() - 61 * 86_400_000).toISOString()}`);
    expect(early).toMatchObject([{ facts: ['That does not say that it did not exist.'] }]);
  }, 120_000);

  test('a name in several accounts asks which, and nobody’s name says what that means', async () => {
    const many = lines((await run('history ops-admin --region eu-west-1', '--json')).out);
    expect(many.filter(({ type }) => type === 'history').length).toBeGreaterThan(5);
    const none = await run('history nothing-of-this-name --account prod-web --region eu-west-1');
    expect(none).toMatchObject({ code: 1, out: expect.stringMatching(/nothing called nothing-of-this-name/) });
    // What is gone is found by its name all the same.
    const gone = world.organization.accounts
      .flatMap(({ id }) => deletedUsers(world.organization, id, new Date()).map(({ name }) => ({ id, name })))
      .find(({ id }) => id !== '111122667777');
    const { code, out } = await run(`history ${gone?.name} --account ${gone?.id} --region eu-west-1`, '--json');
    expect(code).toBe(0);
    expect(out).toMatch(/"State":"deleted"/);
    expect(await run('history')).toMatchObject({ code: 2 });
    expect(await run('history x --at tomorrowish')).toMatchObject({ code: 2, err: expect.stringMatching(/--at/) });
  }, 120_000);
});

describe('logs', () => {
  const of = async (line: string, type: string) => {
    const { code, out } = await run(line, '--json');
    const rows = lines(out);
    return { code, found: rows.filter((row) => row['type'] === type), rest: rows.at(-1) };
  };

  test('flows: what the address of the leaked key took, from a log group in an order of its own', async () => {
    const { code, found, rest } = await of(
      'flows 198.51.100.23 --since 4h --account prod-payments --region eu-west-1',
      'flows',
    );
    expect(code).toBe(0);
    const pasted = 'flows 198.51.100.23:443 since 4h in prod-payments --region eu-west-1';
    expect((await of(pasted, 'flows')).found).toEqual(found);
    // Its network is every address in it, and another's half is none.
    const inNetwork = (network: string) =>
      of(`flows ${network} --since 4h --account prod-payments --region eu-west-1`, 'flows');
    const network = await inNetwork('198.51.100.0/25');
    expect(network.code).toBe(0);
    expect(network.found).toEqual(expect.arrayContaining(found));
    expect(network.found.every(({ From, To }) => `${From} ${To}`.includes('198.51.100.'))).toBe(true);
    expect((await inNetwork('198.51.100.128/25')).found).toEqual([]);
    expect(found[0]).toMatchObject({ To: '198.51.100.23', Port: '443/tcp', Action: 'ACCEPT', Direction: 'egress' });
    expect(String(found[0]?.['Bytes'])).toMatch(/^\d+ MB$/);
    expect(found.at(-1)).toMatchObject({ From: '198.51.100.23', Action: 'REJECT' });
    expect(rest).toMatchObject({ coverage: expect.stringMatching(/log group payments-flows/), whole: true });
  }, 120_000);

  test('flows: from a table, of a machine, by port; behind a balancer the client is named', async () => {
    const [vpc] = networks(world.organization).filter(({ account }) => account === '111122335555');
    const [one] = vpc?.interfaces ?? [];
    const { found, rest } = await of(`flows ${one?.instance} --port 8443 --since 2h --account prod-data`, 'flows');
    expect(found.length).toBeGreaterThan(5);
    expect(new Set(found.map(({ Port }) => Port))).toEqual(new Set(['8443/tcp']));
    expect(found[0]).toMatchObject({
      From: expect.stringMatching(/^203\.0\.113\./),
      Through: one?.address.replace(/\d+$/, '5'),
      Interface: one?.id,
    });
    expect(rest).toMatchObject({ whole: true, coverage: expect.stringMatching(/table audit\.flow_logs/) });
    // What is kept as Parquet is read through a view of its own.
    const kept = await of('flows 192.0.2.44 --since 1h --account shared-services', 'flows');
    expect(kept.found.length).toBeGreaterThan(0);
    expect(kept.rest).toMatchObject({
      whole: true,
      coverage: expect.stringMatching(/searched table audit\.flow_lines/),
    });
    const dark = await of('flows 192.0.2.44 --since 1h --account prod-web --region us-east-1', 'flows');
    expect(dark.found).toEqual([]);
    expect(JSON.stringify(dark.rest?.['facts'])).toMatch(/Nothing is recorded of vpc-.*audit framework 5/);
  }, 120_000);

  test('dns: more lines than are read are counted where they are kept, and a part is called one', async () => {
    const { organization } = world;
    const to = world.now().getTime();
    const span = { from: to - 5 * 86_400_000 - 10 * 60_000, to: to + 60 * 60_000, now: to };
    const all = (parts: NonNullable<ReturnType<typeof partsOfTable>>, is: (text: string) => boolean) =>
      parts.flatMap(({ lines }) => [...lines(span)].map(({ text }) => text).filter(is));
    const logged = partsOfTable(organization, organization.trail.account, 'audit.dns_logs') ?? [];
    const accounts = new Set(organization.accounts.filter(({ name }) => name.startsWith('prod-')).map(({ id }) => id));
    const names = all(
      logged.filter(({ partitions }) => accounts.has(partitions['account'] ?? '')),
      (text) => /"query_name": ?"[^"]*\bcom\./.test(text),
    );
    const dns = await of('dns com --since 5d --account prod-*', 'dns');
    expect(dns.code).toBe(3);
    const [said = ''] = z.array(z.string()).parse(dns.rest?.['facts']);
    const [, lines = ''] =
      /^([\d,]+) lines fit in all, by the count of where they are kept; .* 10,000 that/.exec(said) ?? [];
    // The question and this count are moments apart.
    expect(Math.abs(Number(lines.replaceAll(',', '')) - names.length)).toBeLessThan(names.length / 100);
    expect(dns.rest?.['gaps']).toMatch(/and 10,000 of them were read, the newest/);
  }, 120_000);

  test('dns: a name and those below it, with what the firewall stopped', async () => {
    const { found } = await of('dns cdn-sync.example --since 4h --account prod-* --region eu-west-1', 'dns');
    expect(new Set(found.map(({ Firewall }) => Firewall))).toEqual(new Set(['', 'BLOCK', 'ALERT']));
    expect(found.find(({ Name }) => Name === 'updates.cdn-sync.example')).toMatchObject({ Answers: '198.51.100.23' });
    expect(found.find(({ Firewall }) => Firewall === 'BLOCK')).toMatchObject({
      Name: 'c2.cdn-sync.example',
      Answers: '',
    });
    const pasted = 'hxxps://cdn-sync[.]example/x since 4h --account prod-* in eu-west-1';
    expect((await of(`dns ${pasted}`, 'dns')).found).toEqual(found);
    expect(await run('dns exa|mple')).toMatchObject({ code: 2, err: expect.stringMatching(/no name of DNS/) });
  }, 120_000);

  test('s3: by a table and by a log group; what is not logged says what would be needed', async () => {
    const { found, rest } = await of('s3 payments-exports cards/ --since 4h', 's3');
    expect((await of('s3 s3://payments-exports/cards/ in the last 4 hours', 's3')).found).toEqual(found);
    expect(new Set(found.map(({ From }) => From))).toEqual(new Set(['198.51.100.23']));
    expect(new Set(found.map(({ Who }) => Who))).toEqual(
      new Set(['nobody signed in', 'OrganizationAccountAccessRole/maintenance (111122223333)']),
    );
    expect(JSON.stringify(rest?.['facts'])).toMatch(/without signing in, \d+ denied.*best-effort/);
    const lake = await of('s3 prod-data-lake --deletes --who nobody-like-this', 's3');
    expect(lake).toMatchObject({ code: 1, found: [] });
    expect(JSON.stringify(lake.rest?.['facts'])).toMatch(/does not prove that nothing happened/);
    expect(await run('s3 dev-scratch')).toMatchObject({ code: 2, err: expect.stringMatching(/What would be needed/) });
    // One account lets nobody in, so the bucket may be there.
    expect(await run('s3 nobody-has-this')).toMatchObject({ code: 3, err: expect.stringMatching(/No bucket/) });
    expect(await run('s3 nobody-has-this --account prod-web')).toMatchObject({ code: 1 });
    expect(world.aws.defects()).toEqual([]);
  }, 120_000);
});
