import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { environmentFor } from '../../../sandbox/aws/keys.ts';
import { botKey } from '../../../sandbox/aws/roles.ts';
import { known } from '../../../sandbox/organization/accounts.ts';
import { createOrganization } from '../../../sandbox/organization/create.ts';
import { keyOf } from '../../../src/framework/score.ts';
import type { StoppableParts } from '../../../src/jobs/digests/digest.ts';
import { makeRun } from '../../../src/jobs/digests/run.ts';
import { steps } from '../../../src/questions/framework/checks.ts';
import { Content, organizationPlace, placesWithRows } from '../../../src/questions/framework/kept.ts';
import { type Database, openDatabase } from '../../../src/store/database.ts';
import { placesOf } from '../../../src/store/digests/places.ts';
import { claimRun, runsOf } from '../../../src/store/digests/runs.ts';
import { type Harness, startHarness } from '../../sandbox/aws/harness.ts';
import { migratedDatabase } from '../../store/fresh-database.ts';
import { prepareDataDir } from '../../store/fresh-store.ts';
import { fewSteps } from './few-steps.ts';
import { digestLab } from './lab.ts';

const script = join(import.meta.dirname, 'framework-process.ts');

/** Accounts that take a minute to answer: the process is killed while it waits for them. */
const slow = [known.web, known.staging];

/** Lets a process ask until so many places answered, and kills it. */
async function killedAfter(answered: number, aws: Harness, databaseUrl: string | null, dataDir: string): Promise<void> {
  const child = spawn(process.execPath, [script, databaseUrl ?? '', dataDir, aws.now().toISOString()], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...environmentFor(aws.url, botKey(aws.organization, aws.keys)) },
  });
  for await (const line of createInterface({ input: child.stdout }))
    if (Number(line) >= answered) child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

/** The keys of the results of a run, place by place. */
async function resultsOf(database: Database, id: number): Promise<string[]> {
  const [run] = (await runsOf(database.db, 'framework', 5)).filter((one) => one.id === id);
  if (run === undefined) throw new Error('The run is gone.');
  const found: string[] = [];
  for await (const { rows } of placesWithRows(database.db, run, await steps())) found.push(...rows.map(keyOf));
  return found.toSorted();
}

/** The same, asked at once and kept nowhere. */
async function resultsUndisturbed(parts: StoppableParts): Promise<string[]> {
  const ask = fewSteps.ask(parts);
  const { places, shared } = await ask.places();
  const answers = await Promise.all(places.map((place) => ask.collect(place, shared)));
  return answers.flatMap(({ content }) => Content.parse(content).rows.map(keyOf)).toSorted();
}

async function provesItGoesOn(databaseUrl: string | null, dataDir: string): Promise<void> {
  await using aws = await startHarness(
    createOrganization({ until: new Date(), usersPerAccount: 2, eventsPerAccount: 1 }),
  );
  const withdraw = slow.map((account) =>
    aws.faults.inject({ operation: 'ec2:DescribeVpcs', account, effect: { delayMs: 60_000 } }),
  );
  await killedAfter(aws.organization.accounts.length - slow.length - 1, aws, databaseUrl, dataDir);
  for (const each of withdraw) each();
  const database = await openDatabase({ databaseUrl, dataDir });
  try {
    const { parts } = digestLab(aws, database);
    const [cut] = await runsOf(database.db, 'framework', 1);
    if (cut === undefined) throw new Error('The process began no run.');
    const answered = (await placesOf(database.db, cut.id, 'answered')).map(({ account }) => account);
    expect((await placesOf(database.db, cut.id, 'waiting')).map(({ account }) => account)).toEqual(slow.toSorted());

    // The lease of the dead holds for a minute: whoever else comes has to wait.
    const end = new Date(aws.now().getTime() + 60_000);
    expect(await claimRun(database.db, cut.id, 'another', aws.now(), end)).toBeUndefined();
    aws.moveClock(61_000);
    const asked = aws.calls().length;
    const { resumed } = await makeRun(parts, fewSteps, null);
    expect(resumed).toEqual(cut.started_at);
    // What was answered is not asked again: but for the accounts that answer for others, and the bot's own.
    const { managementAccount, homeAccount, trail } = aws.organization;
    const hubs = [managementAccount, homeAccount, trail.account, known.audit, known.sharedServices];
    const members = answered.filter((account) => account !== organizationPlace && !hubs.includes(account));
    expect(members.length).toBeGreaterThan(2);
    const again = new Set(
      aws
        .calls()
        .slice(asked)
        .map(({ account }) => account),
    );
    expect(members.filter((account) => again.has(account))).toEqual([]);
    expect(slow.filter((account) => !again.has(account))).toEqual([]);

    // No row is lost or there twice: it is what is found when nobody disturbs.
    const results = await resultsOf(database, cut.id);
    expect(new Set(results).size).toBe(results.length);
    expect(results).toEqual(await resultsUndisturbed(parts));
  } finally {
    await database.close();
  }
}

const server = process.env['TEST_DATABASE_URL'];

test(`a run whose process is killed is gone on with by another: ${server ? 'PostgreSQL' : 'embedded'}`, async () => {
  if (server) {
    const { databaseUrl, drop } = await migratedDatabase(server);
    await provesItGoesOn(databaseUrl, '');
    await drop();
  } else {
    const dataDir = mkdtempSync(join(tmpdir(), 'trailwatch-kill-'));
    await prepareDataDir(dataDir);
    await provesItGoesOn(null, dataDir);
    rmSync(dataDir, { recursive: true });
  }
}, 240_000);
