import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { createOrganization } from '../../../sandbox/organization/create.ts';
import { credentialReport } from '../../../src/jobs/digests/credential-report/index.ts';
import { framework } from '../../../src/jobs/digests/framework/index.ts';
import { startHarness } from '../../sandbox/aws/harness.ts';
import { freshStore } from '../../store/fresh-store.ts';
import { digestLab } from './lab.ts';

/** The public schemas name formats that their own patterns say more strictly. */
const options = { strict: false, validateFormats: false };
const schema = (name: string) => JSON.parse(readFileSync(`test/data/schemas/${name}.json`, 'utf8'));
const oscal = new Ajv(options).compile(schema('oscal-assessment-results'));
const ocsf = new Ajv2020(options).compile(schema('ocsf-compliance-finding'));

const faultsOf = (validate: ValidateFunction, value: unknown): unknown => (validate(value) ? [] : validate.errors);

const minuteMs = 60_000;

test('a run and the next: baseline, then what changed, with files that auditors and programs can read', async () => {
  const organization = createOrganization({ until: new Date(), usersPerAccount: 2, eventsPerAccount: 1 });
  await using aws = await startHarness(organization);
  const database = await freshStore();
  const folder = mkdtempSync(join(tmpdir(), 'trailwatch-framework-'));
  try {
    const lab = digestLab(aws, database);
    const make = (name: string) => {
      mkdirSync(join(folder, name));
      return lab.run(framework, join(folder, name));
    };
    const read = (name: string, file: string) => readFileSync(join(folder, name, file), 'utf8');
    await lab.run(credentialReport, null);
    const first = await make('first');
    expect(first.headline).toMatch(/This is the first run, a baseline/);
    expect(first.items.every(({ isNew }) => !isNew)).toBe(true);
    expect(first.totals).toMatchObject({ new: 0, fixed: 0, lostSight: 0 });
    // A check that fails everywhere hides no other of its severity.
    const high = first.items.filter(({ severity }) => severity === 'high').map(({ title }) => title);
    expect(new Set(high.slice(0, new Set(high).size))).toEqual(new Set(high));
    // An account that denies the role is no clean account: it is named, and caps what the steps reach.
    expect(first.coverage.missing.map(({ name }) => name)).toContain('sandbox-experiments');
    expect(first.coverage).toMatchObject({ asked: 11, answered: 10 });
    expect(first.table?.rows.every((row) => row.length === first.table?.header.length)).toBe(true);
    expect(first.alt?.['heat-map.png']).toMatch(/Accounts by the sixteen steps/);

    // Step 11 is read from what the bot itself keeps: the account that denied the role has no report.
    const credentials = JSON.parse(read('first', 'results.json')).filter(
      ({ check }: { check: string }) => check === 'cred-fresh',
    );
    expect(credentials.map(({ verdict, proof }: Record<string, string>) => `${verdict} ${proof}`).toSorted()).toEqual([
      'not applicable null',
      ...Array.from({ length: 10 }, () => 'pass proven'),
      'unknown null',
    ]);

    aws.moveClock(2 * minuteMs);
    const second = await make('second');
    expect(second.totals).toMatchObject({ new: 0, fixed: 0, lostSight: 0, results: first.totals['results'] });
    expect(second.items.map(({ key }) => key)).toEqual(first.items.map(({ key }) => key));

    const results = JSON.parse(read('second', 'results.json'));
    expect(results).toHaveLength(second.totals['results'] ?? 0);
    expect(read('second', 'results.csv').trimEnd().split('\n').length).toBeGreaterThan(results.length);
    expect(faultsOf(oscal, JSON.parse(read('second', 'oscal-assessment-results.json')))).toEqual([]);
    const findings = read('second', 'ocsf-compliance-findings.jsonl').trimEnd().split('\n');
    expect(findings.length).toBeGreaterThan(0);
    for (const finding of findings) expect(faultsOf(ocsf, JSON.parse(finding))).toEqual([]);
  } finally {
    if (process.env['KEEP_REPORTS'] === undefined) rmSync(folder, { recursive: true });
    else console.log(folder);
    await database.close();
  }
}, 240_000);
